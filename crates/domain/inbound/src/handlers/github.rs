//! GitHub: pushes and pull requests.

use kernel::Timestamp;

use super::{Effect, Unreadable};
use crate::{inbox::Content, record::GithubRecord, values::ObjectKey};

const PUSH: &str = "push";
const PULL_REQUEST: &str = "pull_request";
/// The types that something is done with.
pub const TYPES: [&str; 2] = [PUSH, PULL_REQUEST];
/// The most characters of a text that is taken over.
const LONGEST: usize = 300;

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// What GitHub calls it.
    pub id: i64,
    /// `owner/name`.
    pub full_name: String,
}

/// Commits were pushed to a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Where to.
    pub repository: Repository,
    /// `refs/heads/main`.
    pub reference: String,
    /// The commit before; zeros for a new reference.
    pub before: String,
    /// The commit after; zeros for one that was deleted.
    pub after: String,
    /// How many commits.
    pub commits: u64,
    /// Whether history was rewritten.
    pub is_forced: bool,
    /// Who pushed, in GitHub's name.
    pub pusher: Option<String>,
}

/// A pull request changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Where.
    pub repository: Repository,
    /// Its number in the repository.
    pub number: i64,
    /// `opened`, `closed`, `synchronize` …
    pub action: String,
    /// `open` or `closed`.
    pub state: String,
    /// Whether it was merged.
    pub is_merged: bool,
    /// Its title.
    pub title: String,
    /// Who opened it, in GitHub's name.
    pub author: Option<String>,
    /// When it changed, by GitHub's clock.
    pub updated_at: Timestamp,
}

impl PullRequest {
    /// Of two changes of one second the one that closes it is the later one.
    pub fn rank(&self) -> i16 {
        i16::from(self.state == "closed")
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| *c != '\0').take(LONGEST).collect()
}

/// What an event is about: a repository, or one of its pull requests.
pub(crate) fn object_of(record: &GithubRecord) -> Option<ObjectKey> {
    let key = match &record.pull_request {
        Some(pull_request) => format!("pull_request:{}", pull_request.id?),
        None => format!("repository:{}", record.repository.as_ref()?.id?),
    };
    ObjectKey::parse(&key).ok()
}

pub(super) fn read(kind: &str, content: &Content) -> Result<Effect, Unreadable> {
    if !TYPES.contains(&kind) {
        return Ok(Effect::None);
    }
    let record = GithubRecord::read(&content.json()).ok_or(Unreadable("repository"))?;
    let repository = record.repository.as_ref().ok_or(Unreadable("repository"))?;
    let repository = Repository {
        id: repository.id.filter(|id| *id > 0).ok_or(Unreadable("repository.id"))?,
        full_name: short(repository.full_name.as_deref().unwrap_or_default()),
    };
    let text = |text: &Option<String>| text.as_deref().map(short);
    match kind {
        PUSH => Ok(Effect::Push(Push {
            repository,
            reference: text(&record.reference).ok_or(Unreadable("ref"))?,
            before: text(&record.before).ok_or(Unreadable("before"))?,
            after: text(&record.after).ok_or(Unreadable("after"))?,
            commits: record.commits.as_ref().map_or(0, Vec::len) as u64,
            is_forced: record.forced.unwrap_or(false),
            pusher: record.pusher.as_ref().and_then(|pusher| text(&pusher.name)),
        })),
        PULL_REQUEST => {
            let pull_request = record.pull_request.as_ref().ok_or(Unreadable("pull_request"))?;
            Ok(Effect::PullRequest(PullRequest {
                repository,
                number: pull_request.number.ok_or(Unreadable("pull_request.number"))?,
                action: text(&record.action).ok_or(Unreadable("action"))?,
                state: text(&pull_request.state).ok_or(Unreadable("pull_request.state"))?,
                is_merged: pull_request.merged.unwrap_or(false),
                title: text(&pull_request.title).unwrap_or_default(),
                author: pull_request.user.as_ref().and_then(|user| text(&user.login)),
                updated_at: record.occurred_at().ok_or(Unreadable("pull_request.updated_at"))?,
            }))
        }
        _ => Ok(Effect::None),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::{Value, json};

    use super::*;
    use crate::{envelope::Envelope, inbox::Headers, values::Scheme};

    fn content(kind: &str, body: &Value) -> Content {
        let headers = [("x-github-delivery", "d-1"), ("x-github-event", kind)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Content { headers: Headers::new(headers), body: Bytes::from(body.to_string()) }
    }

    #[test]
    fn a_push_and_a_pull_request_are_about_different_objects() {
        let push = json!({"ref": "refs/heads/main", "before": "a", "after": "b", "commits": [{}, {}],
            "forced": true, "pusher": {"name": "ada"},
            "repository": {"id": 7, "full_name": "ada/engine", "pushed_at": 1}});
        let envelope = Envelope::read(Scheme::Github, None, &content(PUSH, &push));
        assert_eq!(envelope.external_id.as_str(), "d-1");
        assert_eq!(envelope.object.unwrap().as_str(), "repository:7");
        assert_eq!(envelope.occurred_at, None, "pushes are facts, none supersedes another");
        let Ok(Effect::Push(read_push)) = read(PUSH, &content(PUSH, &push)) else { panic!() };
        assert_eq!((read_push.commits, read_push.is_forced), (2, true));
        let change = json!({"action": "closed", "number": 3, "repository": {"id": 7},
            "pull_request": {"id": 70, "number": 3, "state": "closed", "merged": true, "title": "Fix",
                "user": {"login": "eve"}, "updated_at": "2026-11-23T10:00:00Z"}});
        let envelope = Envelope::read(Scheme::Github, None, &content(PULL_REQUEST, &change));
        assert_eq!(envelope.object.unwrap().as_str(), "pull_request:70");
        assert!(envelope.occurred_at.is_some());
        let effect = read(PULL_REQUEST, &content(PULL_REQUEST, &change));
        let Ok(Effect::PullRequest(request)) = effect else { panic!() };
        assert_eq!((request.number, request.is_merged, request.rank()), (3, true, 1));
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = |kind, body: Value| read(kind, &content(kind, &body)).unwrap_err().0;
        assert_eq!(missing(PUSH, json!({})), "repository");
        assert_eq!(missing(PUSH, json!({"repository": {"id": 0}})), "repository.id");
        assert_eq!(missing(PUSH, json!({"repository": {"id": 1}})), "ref");
        assert_eq!(missing(PULL_REQUEST, json!({"repository": {"id": 1}})), "pull_request");
    }
}
