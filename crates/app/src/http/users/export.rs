//! All that is held on somebody, for themselves: streamed, page by page, from each room.

use std::sync::Arc;

use actix_web::get;
use bytes::Bytes;
use files::FileId;
use kernel::{Actor, Cursor};
use serde::Serialize;
use tasks::{
    query::{DEFAULT_ORDER, TaskFilter, Visibility},
    service::EXPORT_PAGE,
    values::CommentId,
};
use users::{
    audit::Audit,
    external::Identity,
    service::{Holdings, Side},
    values::{AuditId, RoleName},
};
use utoipa::ToSchema;

use super::dto::UserBody;
use crate::http::{
    auth::{handlers::SessionBody, tokens::PersonalTokenBody},
    call::Call,
    files::dto::FileBody,
    problem::{Answer, Problem},
    products::dto::OwnedBody,
    state::State,
    stream::{self, Pages},
    tasks::dto::{CommentBody, TaskBody},
};

/// All that is held on one person. Never a hash or a secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = users::Export)]
pub struct ExportBody {
    /// When it was made.
    #[schema(format = DateTime)]
    pub exported_at: String,
    /// The account.
    pub profile: UserBody,
    /// Its open sessions.
    pub sessions: Vec<SessionBody>,
    /// A change of the mail address that waits to be confirmed.
    pub email_change: Option<EmailChangeBody>,
    /// Personal access tokens, without their secrets.
    pub access_tokens: Vec<PersonalTokenBody>,
    /// Who the person is at other providers.
    pub identities: Vec<OwnIdentityBody>,
    /// The names of the roles they have besides their base role.
    pub roles: Vec<String>,
    /// What the person did, as the audit trail has it, oldest first.
    pub activity: Vec<ActBody>,
    /// What others did about the account, or somebody who was not signed in.
    pub about: Vec<ActBody>,
    /// The tasks they own.
    pub tasks: Vec<TaskBody>,
    /// Other people's tasks that are assigned to them.
    pub assigned_tasks: Vec<TaskBody>,
    /// What they wrote on tasks.
    pub comments: Vec<CommentBody>,
    /// The products they own.
    pub owned_products: Vec<OwnedBody>,
    /// What is known of their files; each `url` has the content.
    pub files: Vec<FileBody>,
}

/// A change of the mail address that waits to be confirmed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = users::EmailChange)]
pub struct EmailChangeBody {
    /// The address to be.
    #[schema(format = Email)]
    pub new_email: String,
    /// When it was asked for.
    #[schema(format = DateTime)]
    pub asked_at: String,
    /// When it is void.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// Who somebody is at another provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = users::OwnIdentity)]
pub struct OwnIdentityBody {
    /// Which provider.
    #[schema(example = "google")]
    pub provider: String,
    /// What that provider calls the person.
    pub subject: String,
    /// Since when.
    #[schema(format = DateTime)]
    pub linked_at: String,
}

impl From<&Identity> for OwnIdentityBody {
    fn from(identity: &Identity) -> Self {
        Self {
            provider: identity.provider.as_str().to_owned(),
            subject: identity.subject.as_str().to_owned(),
            linked_at: identity.linked_at.to_string(),
        }
    }
}

/// An entry of the audit trail, as the person it is about may see it: of what others did neither
/// who they are nor where they were.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = users::Act)]
pub struct ActBody {
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// What.
    #[schema(example = "auth.login")]
    pub action: String,
    /// How it ended: `success`, `failure` or `denied`.
    #[schema(example = "success")]
    pub outcome: &'static str,
    /// Where from.
    pub ip: Option<String>,
    /// As in the answer and the log.
    pub request_id: Option<String>,
    /// A few more words.
    pub detail: Option<String>,
}

impl From<Audit> for ActBody {
    fn from(entry: Audit) -> Self {
        Self {
            at: entry.at.to_string(),
            action: entry.action,
            outcome: entry.outcome.as_str(),
            ip: entry.ip,
            request_id: entry.request_id,
            detail: entry.detail,
        }
    }
}

/// Export one's own data
///
/// Everything that is held on the caller, as one JSON document, streamed: the account, its sessions,
/// tokens (without their secrets), identities at other providers and roles, what the audit trail says
/// about it, tasks, comments, owned products and files. Deleted tasks are not in it; restore them
/// first.
#[utoipa::path(
    tag = "users",
    operation_id = "users_export_me",
    responses((status = 200, description = "The data", body = ExportBody)),
    extensions(("x-alveole" = json!({"permission": "session"})))
)]
#[get("/users/me/export")]
pub(crate) async fn export_me(call: Call) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let held = call.state().users.begin_export(&actor, call.origin()).await?;
    let state = Arc::clone(call.state());
    let source = Source { state, actor, part: Part::Head(Box::new(held)), first: true };
    let file = "attachment; filename=\"my-data.json\"";
    stream::streamed(source, "application/json", file).await
}

/// What comes next.
enum Part {
    Head(Box<Holdings>),
    Trail(Side, Option<AuditId>),
    Tasks(Sight, Option<Cursor>),
    Comments(Option<CommentId>),
    Owned(Option<Cursor>),
    Files(Option<FileId>),
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    Owned,
    Assigned,
}

struct Source {
    state: Arc<State>,
    actor: Actor,
    part: Part,
    /// True when no row of this part was written yet.
    first: bool,
}

impl Pages for Source {
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        let page = match std::mem::replace(&mut self.part, Part::End) {
            Part::End => return Ok(None),
            Part::Head(held) => self.head(&held),
            Part::Trail(side, after) => self.trail(side, after).await?,
            Part::Tasks(sight, cursor) => self.tasks(sight, cursor).await?,
            Part::Comments(after) => self.comments(after).await?,
            Part::Owned(cursor) => self.owned(cursor).await?,
            Part::Files(after) => self.files(after).await?,
        };
        Ok(Some(Bytes::from(page)))
    }
}

impl Source {
    /// The members that are not lists without end. The last brace is left open.
    fn head(&mut self, held: &Holdings) -> String {
        let Holdings { user, sessions, email_change, grants, identities, roles } = held;
        let tokens = grants.iter().cloned().map(PersonalTokenBody::from);
        let roles = roles.iter().map(RoleName::as_str);
        let session = |session| SessionBody::of(session, &self.actor);
        let change = email_change.as_ref().map(|change| EmailChangeBody {
            new_email: change.to.as_str().to_owned(),
            asked_at: change.asked_at.to_string(),
            expires_at: change.expires_at.to_string(),
        });
        let mut out = String::from("{");
        member(&mut out, "exported_at", &self.state.clock.now().to_string());
        out.push(',');
        member(&mut out, "profile", &UserBody::own(user));
        out.push(',');
        member(&mut out, "sessions", &sessions.iter().map(session).collect::<Vec<_>>());
        out.push(',');
        member(&mut out, "email_change", &change);
        out.push(',');
        member(&mut out, "access_tokens", &tokens.collect::<Vec<_>>());
        out.push(',');
        let identities = identities.iter().map(OwnIdentityBody::from);
        member(&mut out, "identities", &identities.collect::<Vec<_>>());
        out.push(',');
        member(&mut out, "roles", &roles.collect::<Vec<_>>());
        out.push_str(",\"activity\":[");
        self.part = Part::Trail(Side::Own, None);
        out
    }

    async fn trail(&mut self, side: Side, after: Option<AuditId>) -> Result<String, Problem> {
        let (found, next) = self.state.users.export_trail(&self.actor, side, after).await?;
        let mut out = self.rows(found.into_iter().map(ActBody::from));
        match (next, side) {
            (Some(next), side) => self.part = Part::Trail(side, Some(next)),
            (None, Side::Own) => {
                self.begin(&mut out, "about", Part::Trail(Side::Others, None));
            }
            (None, Side::Others) => {
                self.begin(&mut out, "tasks", Part::Tasks(Sight::Owned, None));
            }
        }
        Ok(out)
    }

    async fn tasks(&mut self, sight: Sight, cursor: Option<Cursor>) -> Result<String, Problem> {
        let me = self.actor.user;
        let all = TaskFilter::all(Visibility::Of(me), self.state.clock.now());
        let filter = match sight {
            Sight::Owned => TaskFilter { owner: Some(me), ..all },
            Sight::Assigned => TaskFilter { assignee: Some(me), ..all },
        };
        let order = DEFAULT_ORDER.to_vec();
        let page = self.state.tasks.export(&self.actor, filter, order, cursor).await?;
        let listed = page.items.iter().filter(|task| sight == Sight::Owned || task.owner != me);
        let mut out = self.rows(listed.map(TaskBody::from));
        match (page.next, sight) {
            (Some(cursor), sight) => self.part = Part::Tasks(sight, Some(cursor)),
            (None, Sight::Owned) => {
                self.begin(&mut out, "assigned_tasks", Part::Tasks(Sight::Assigned, None));
            }
            (None, Sight::Assigned) => self.begin(&mut out, "comments", Part::Comments(None)),
        }
        Ok(out)
    }

    async fn comments(&mut self, after: Option<CommentId>) -> Result<String, Problem> {
        let found = self.state.tasks.own_comments(&self.actor, after).await?;
        let last = found.last().map(|comment| comment.id);
        let mut out = self.rows(found.iter().map(CommentBody::from));
        match last {
            Some(last) => self.part = Part::Comments(Some(last)),
            None => self.begin(&mut out, "owned_products", Part::Owned(None)),
        }
        Ok(out)
    }

    async fn owned(&mut self, cursor: Option<Cursor>) -> Result<String, Problem> {
        let page = self.state.products.export_owned(&self.actor, cursor).await?;
        let mut out = self.rows(page.items.iter().map(OwnedBody::from));
        match page.next {
            Some(cursor) => self.part = Part::Owned(Some(cursor)),
            None => self.begin(&mut out, "files", Part::Files(None)),
        }
        Ok(out)
    }

    async fn files(&mut self, after: Option<FileId>) -> Result<String, Problem> {
        let found = self.state.files.own(&self.actor, after, EXPORT_PAGE).await?;
        let last = found.last().map(|file| file.id);
        let mut out = self.rows(found.iter().map(FileBody::from));
        match last {
            Some(last) => self.part = Part::Files(Some(last)),
            None => out.push_str("]}"),
        }
        Ok(out)
    }

    /// Rows of the list that is open.
    fn rows<T: Serialize>(&mut self, rows: impl Iterator<Item = T>) -> String {
        let mut out = String::new();
        for row in rows {
            if !std::mem::take(&mut self.first) {
                out.push(',');
            }
            out.push_str(&serde_json::to_string(&row).unwrap_or_default());
        }
        out
    }

    /// Ends the list that is open and begins the next.
    fn begin(&mut self, out: &mut String, name: &str, part: Part) {
        out.push_str("],\"");
        out.push_str(name);
        out.push_str("\":[");
        self.first = true;
        self.part = part;
    }
}

fn member(out: &mut String, name: &str, value: &impl Serialize) {
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
    out.push_str(&serde_json::to_string(value).unwrap_or_default());
}
