//! `GET /events`: every committed change that concerns the caller, in order, without loss.

use std::{sync::Arc, time::Duration};

use actix_web::{get, web::Data};
use kernel::{Actor, Entitlement, ErrorKind, FeedCursor, FeedReader, event::Envelope};
use serde::Serialize;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, sleep_until},
};
use utoipa::ToSchema;

use crate::{
    call::Call,
    fields::Reason,
    follow::{self, CATCH_UP, Filter, RECHECK, Sight},
    live::{LiveRule, Told},
    module::Module,
    problem::{Answer, Problem},
    reply,
    rules::RequestRule,
    state::State,
};

/// The longest that a long-poll waits, in seconds.
const LONGEST_WAIT: u64 = 25;
/// Patterns of one `types`.
const MOST_TYPES: usize = 20;

/// A long-poll waits longer than other requests may take.
const RULES: &[RequestRule] = &[RequestRule::new("/events").no_deadline()];

/// The feed's operations, without the feed.
pub fn description() -> Module {
    Module {
        tags: &[("events", "Every change, in order: to follow, or to ask for")],
        rules: &[RULES],
        routes: |config| {
            config.service(follow_events).service(head);
        },
        ..Module::new("events")
    }
}

/// The feed's operations.
pub fn module(feed: Arc<dyn FeedReader>) -> Module {
    description().service(feed)
}

/// An event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedEvent)]
pub struct EventBody {
    /// Its place in the feed; with `cursor` of the same answer, places of one feed.
    #[schema(minimum = 1, example = 42)]
    id: i64,
    /// What happened; the number at the end is the version of `data`'s shape.
    #[schema(example = "task.completed.v1")]
    r#type: String,
    /// When.
    #[schema(format = DateTime, example = "2026-11-23T08:00:00Z")]
    occurred_at: String,
    /// The account that did it; null for background work.
    #[schema(minimum = 1)]
    actor_id: Option<i64>,
    /// What it happened to, as it was then.
    #[schema(value_type = Object)]
    data: serde_json::Value,
}

impl From<Envelope> for EventBody {
    fn from(envelope: Envelope) -> Self {
        let Envelope { id, name, occurred_at, actor_id, data } = envelope;
        Self { id, r#type: name, occurred_at, actor_id, data }
    }
}

/// A stretch of the feed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedEvents)]
pub struct EventsBody {
    /// What the caller may see of it, oldest first; at most 200.
    events: Vec<EventBody>,
    /// Go on with `after` this.
    #[schema(example = "18f2c7a.1042")]
    cursor: String,
    /// True when there may be more behind the cursor already.
    more: bool,
}

/// Where the feed begins and ends.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedHead {
    /// Every event that is kept follows behind it.
    #[schema(example = "18f2c7a.17")]
    oldest: String,
    /// Only new events follow behind it.
    #[schema(example = "18f2c7a.1042")]
    head: String,
}

/// Follow every change
///
/// The events of all domains that the caller may see: their own ones, those that others share with
/// them, and everybody's where they manage the kind. Events are in the order of their commits, and
/// none is lost: list first, then follow `after` the `X-Feed-Cursor` of the list.
///
/// Without `wait`, Server-Sent Events: `id` is a cursor, `event` the type, `data` the event as below. The
/// first block is an `id` without data. A connection that breaks goes on behind `Last-Event-ID`, which
/// counts more than `after`. A stream that cannot go on without a gap sends `event: reset` and ends.
/// A browser, which cannot set headers here, passes `?ticket=` from `POST /auth/ticket`.
///
/// With `wait`, the answer is a stretch of the feed in JSON: immediately when there is one, otherwise as soon
/// as something happens or when the time is over.
#[utoipa::path(
    tag = "events",
    operation_id = "events_follow",
    params(
        ("types" = Option<String>, Query, nullable = false, description = "Types of events, separated by commas; `*` at the end stands for anything", example = "task.*,file.uploaded.v1"),
        ("subject" = Option<String>, Query, nullable = false, description = "Only what happened to this resource", example = "task:42"),
        ("after" = Option<String>, Query, nullable = false, description = "A cursor: `X-Feed-Cursor` of a list, an `id` of the stream, or 0 for all that is kept; without it, what happens next", example = "18f2c7a.1042"),
        ("wait" = Option<u32>, Query, nullable = false, minimum = 0, maximum = 25, description = "Answer in JSON, after at most this many seconds"),
        ("ticket" = Option<String>, Query, nullable = false, description = "A ticket instead of a token"),
        ("Last-Event-ID" = Option<String>, Header, nullable = false, description = "The last event seen")
    ),
    responses(
        (status = 200, description = "The events", content(
            (String = "text/event-stream"),
            (reply::Envelope<EventsBody> = "application/json")
        )),
        (status = 403, description = "The caller may not read events of a type that is asked for"),
        (status = 410, description = "Events behind the cursor are missing; `oldest` and `head` say from where to go on")
    ),
    extensions(("x-alveole" = json!({"permission": "signed-in", "ticket": true})))
)]
#[get("/events")]
pub(crate) async fn follow_events(call: Call, feed: Data<dyn FeedReader>) -> Answer {
    let mut query = call.query();
    let actor = follow::caller_or_ticket(&call, &mut query, Entitlement::default()).await?;
    let rules = &call.state().live_rules;
    let types = query.optional("types", |raw| types(raw, rules)).unwrap_or_default();
    let subject = query.optional("subject", |raw| subject(raw, rules));
    let after: Option<FeedCursor> = query.optional("after", |raw| {
        raw.parse().map_err(|error| ("events.cursor_malformed", format!("{error}")))
    });
    let wait = query.optional("wait", |raw| {
        let seconds = raw.parse::<u64>().ok().filter(|wait| *wait <= LONGEST_WAIT);
        let seconds = seconds.filter(|_| raw.bytes().all(|byte| byte.is_ascii_digit()));
        seconds.ok_or(("events.wait_invalid", format!("must be 0 to {LONGEST_WAIT} seconds")))
    });
    query.finish()?;
    let seen = follow::last_event_id(&call)?.or(after);
    let mut sight = sight(rules, actor, vec![Filter { types, subject }])?.holding().await?;
    let feed = feed.into_inner();
    match wait {
        None => follow::stream(&call, feed, sight, seen).await,
        Some(seconds) => {
            wait_for(&call, &*feed, &mut sight, seen, Duration::from_secs(seconds)).await
        }
    }
}

/// Where the feed begins and ends
///
/// A cursor is worth something as long as it is between the two.
#[utoipa::path(
    tag = "events",
    operation_id = "events_head",
    responses((status = 200, description = "The cursors", body = reply::Envelope<FeedHead>)),
    extensions(("x-alveole" = json!({"permission": "signed-in"})))
)]
#[get("/events/head")]
pub(crate) async fn head(call: Call, feed: Data<dyn FeedReader>) -> Answer {
    call.caller()?;
    call.no_query()?;
    let state = feed.state().await?;
    Ok(reply::ok(FeedHead { oldest: state.oldest().to_string(), head: state.end().to_string() }))
}

/// What the caller sees of what they ask for. They may read every kind that they name.
fn sight(rules: &[LiveRule], actor: Actor, filters: Vec<Filter>) -> Result<Sight, Problem> {
    let names = filters.iter().flat_map(|filter| filter.types.iter().chain(&filter.subject));
    let named = names.filter_map(|text| rule_of(text, rules));
    let missing = named.map(|rule| rule.read).find(|read| !actor.may(*read));
    let all = Sight::of(actor, rules);
    let missing =
        missing.or_else(|| rules.first().map(|rule| rule.read).filter(|_| all.is_empty()));
    match missing {
        Some(permission) => Err(Problem::missing(permission)),
        None => Ok(all.asking_for(filters)),
    }
}

/// Something to follow: a kind (`task`), types (`task.*`, `task.completed.v1`) or a resource (`task:42`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    text: String,
    filter: Filter,
}

impl Topic {
    /// Reads one, of a kind that there is.
    ///
    /// # Errors
    /// What is wrong with it: a code, and words that follow a name.
    pub fn parse(raw: &str, state: &State) -> Result<Self, Reason> {
        let rules = &state.live_rules;
        let filter = if raw.contains(':') {
            Filter { types: Vec::new(), subject: Some(subject(raw, rules)?) }
        } else if raw.contains('.') && !raw.contains(',') {
            Filter { types: types(raw, rules)?, subject: None }
        } else if rules.iter().any(|rule| rule.kind == raw) {
            Filter { types: vec![format!("{raw}.*")], subject: None }
        } else {
            let known = kinds(rules, ToOwned::to_owned);
            let message = format!(
                "must be a kind ({known}), a type such as task.* or a resource such as task:1"
            );
            return Err(("events.types_invalid", message));
        };
        Ok(Self { text: raw.to_owned(), filter })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What a caller sees of these topics at this moment. They may read every kind that is named.
    ///
    /// # Errors
    /// The permission that is missing, or that a domain cannot say what the caller belongs to.
    pub async fn sight(topics: &[Self], actor: Actor, state: &State) -> Result<Sight, Problem> {
        let filters = topics.iter().map(|topic| topic.filter.clone()).collect();
        sight(&state.live_rules, actor, filters)?.holding().await
    }
}

/// The rule of a type or a subject.
fn rule_of<'a>(text: &str, rules: &'a [LiveRule]) -> Option<&'a LiveRule> {
    let kind = text.split(['.', ':']).next();
    rules.iter().find(|rule| Some(rule.kind) == kind)
}

fn kinds(rules: &[LiveRule], form: impl Fn(&str) -> String) -> String {
    rules.iter().map(|rule| form(rule.kind)).collect::<Vec<_>>().join(", ")
}

fn types(raw: &str, rules: &[LiveRule]) -> Result<Vec<String>, (&'static str, String)> {
    let types: Vec<String> = raw.split(',').map(|one| one.trim().to_owned()).collect();
    let is_type = |one: &String| {
        let name = one.strip_suffix('*').unwrap_or(one);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
        name.len() <= 100
            && name.contains('.')
            && name.bytes().all(plain)
            && rule_of(name, rules).is_some()
    };
    match types.iter().find(|one| !is_type(one)) {
        None if types.len() <= MOST_TYPES => Ok(types),
        None => Err(("events.types_invalid", format!("names at most {MOST_TYPES} types"))),
        Some(_) => {
            let known = kinds(rules, |kind| format!("{kind}.*"));
            let message = format!("must name types of events; there are {known}");
            Err(("events.types_invalid", message))
        }
    }
}

fn subject(raw: &str, rules: &[LiveRule]) -> Result<String, (&'static str, String)> {
    let id = raw.split_once(':').and_then(|(_, id)| id.parse::<i64>().ok());
    // Written as the feed writes it: no sign, no leading zero.
    let is_id = id.is_some_and(|id| id > 0 && raw.ends_with(&format!(":{id}")));
    if is_id && rule_of(raw, rules).is_some() {
        return Ok(raw.to_owned());
    }
    let known = kinds(rules, |kind| format!("{kind}:1"));
    Err(("events.subject_invalid", format!("must be a resource such as {known}")))
}

/// A long-poll.
async fn wait_for(
    call: &Call,
    feed: &dyn FeedReader,
    sight: &mut Sight,
    seen: Option<FeedCursor>,
    wait: Duration,
) -> Answer {
    let state = call.state();
    let until = Instant::now() + wait;
    let mut checked = Instant::now();
    // Before the first reading, so that nothing happens unheard.
    let mut live = state.live_feed.subscribe();
    let mut cursor = feed.begin(seen).await?;
    loop {
        let (events, next, more) = sight.read(feed, cursor, CATCH_UP).await?;
        cursor = next;
        let is_over = Instant::now() >= until || state.is_draining();
        if !events.is_empty() || is_over {
            let events = events.iter().map(|event| Envelope::from(event).into()).collect();
            let cursor = cursor.to_string();
            return Ok(reply::ok(EventsBody { events, cursor, more }));
        }
        if !more {
            hear(state, &mut live, sight, until.min(checked + RECHECK)).await;
        }
        if checked.elapsed() >= RECHECK {
            checked = Instant::now();
            if !state.authenticator.still_valid(sight.actor()).await {
                let ended = "The session has ended.";
                return Err(Problem::new(ErrorKind::Unauthenticated, "auth.bad_token", ended));
            }
        }
    }
}

/// Waits until something happened that the caller sees, at most until then.
async fn hear(state: &State, live: &mut Receiver<Told>, sight: &Sight, until: Instant) {
    let mut draining = state.draining.clone();
    loop {
        tokio::select! {
            told = live.recv() => match told {
                Ok(Told::Event(event)) if !sight.shows(&event) && !sight.may_change(&event) => {}
                Ok(_) | Err(RecvError::Lagged(_)) => return,
                // Nobody drives the feed: the next reading says what there is.
                Err(RecvError::Closed) => return sleep_until(until).await,
            },
            () = sleep_until(until) => return,
            _ = draining.wait_for(|draining| *draining) => return,
        }
    }
}
