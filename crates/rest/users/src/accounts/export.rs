//! All that is held on a person, for that person: streamed, page by page, from every module.

use std::sync::Arc;

use actix_web::{get, web::Data};
use bytes::Bytes;
use kernel::Actor;
use rest::{
    call::Call,
    state::State,
    stream::{self, Pages},
};
use serde::Serialize;
use users::{
    Users,
    audit::Audit,
    external::Identity,
    service::{PersonalData, Side},
    values::{AuditId, RoleName},
};
use utoipa::ToSchema;

use super::dto::UserBody;
use crate::{
    Answer, Failure,
    auth::{handlers::SessionBody, tokens::PersonalTokenBody},
};

/// All that is held on one person. Never a hash or a secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = users::PersonalData)]
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
    /// A phone number that waits for its code.
    pub phone_change: Option<PhoneChangeBody>,
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
}

/// A change of the mail address that waits to be confirmed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = users::PendingEmailChange)]
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

/// A phone number that waits for its code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = users::PendingPhoneChange)]
pub struct PhoneChangeBody {
    /// The number to be.
    #[schema(example = "+33612345678")]
    pub new_phone: String,
    /// When it was asked for.
    #[schema(format = DateTime)]
    pub asked_at: String,
    /// When it is void.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// Who somebody is at another provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = users::PersonalIdentity)]
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
#[schema(as = users::PersonalAuditEntry)]
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
pub(crate) async fn export_me(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let held = users.begin_export(&actor, call.origin()).await?;
    let state = Arc::clone(call.state());
    let source = Source {
        state,
        users: users.into_inner(),
        actor,
        part: Part::Head(Box::new(held)),
        first: true,
    };
    let file = "attachment; filename=\"my-data.json\"";
    stream::streamed(source, "application/json", file).await
}

/// What comes next.
enum Part {
    Head(Box<PersonalData>),
    AuditLog(Side, Option<AuditId>),
    /// A list of another module, by its place in the list of lists.
    List(usize, Option<String>),
    End,
}

struct Source {
    state: Arc<State>,
    users: Arc<Users>,
    actor: Actor,
    part: Part,
    /// True when no row of this part was written yet.
    first: bool,
}

impl Pages for Source {
    type Failure = Failure;

    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let page = match std::mem::replace(&mut self.part, Part::End) {
            Part::End => return Ok(None),
            Part::Head(held) => self.head(&held),
            Part::AuditLog(side, after) => self.audit_log(side, after).await?,
            Part::List(at, after) => self.list(at, after).await?,
        };
        Ok(Some(Bytes::from(page)))
    }
}

impl Source {
    /// The members that are not lists without end. The last brace is left open.
    fn head(&mut self, held: &PersonalData) -> String {
        let PersonalData {
            user,
            sessions,
            email_change,
            phone_change,
            personal_access_tokens,
            identities,
            roles,
        } = held;
        let tokens = personal_access_tokens.iter().cloned().map(PersonalTokenBody::from);
        let roles = roles.iter().map(RoleName::as_str);
        let session = |session| SessionBody::of(session, &self.actor);
        let change = email_change.as_ref().map(|change| EmailChangeBody {
            new_email: change.to.as_str().to_owned(),
            asked_at: change.asked_at.to_string(),
            expires_at: change.expires_at.to_string(),
        });
        let phone_change = phone_change.as_ref().map(|change| PhoneChangeBody {
            new_phone: change.phone.as_str().to_owned(),
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
        member(&mut out, "phone_change", &phone_change);
        out.push(',');
        member(&mut out, "access_tokens", &tokens.collect::<Vec<_>>());
        out.push(',');
        let identities = identities.iter().map(OwnIdentityBody::from);
        member(&mut out, "identities", &identities.collect::<Vec<_>>());
        out.push(',');
        member(&mut out, "roles", &roles.collect::<Vec<_>>());
        out.push_str(",\"activity\":[");
        self.part = Part::AuditLog(Side::Own, None);
        out
    }

    async fn audit_log(&mut self, side: Side, after: Option<AuditId>) -> Result<String, Failure> {
        let (found, next) = self.users.export_audit_log(&self.actor, side, after).await?;
        let mut out = self.rows(found.into_iter().map(ActBody::from));
        match (next, side) {
            (Some(next), side) => self.part = Part::AuditLog(side, Some(next)),
            (None, Side::Own) => {
                self.begin(&mut out, "about", Part::AuditLog(Side::Others, None));
            }
            (None, Side::Others) => self.begin_list(&mut out, 0),
        }
        Ok(out)
    }

    /// A page of a list of another module.
    async fn list(&mut self, at: usize, after: Option<String>) -> Result<String, Failure> {
        let Some(part) = self.state.export.get(at) else { return Ok("]}".to_owned()) };
        let page = (part.page)(self.actor.clone(), after).await?;
        let mut out = String::new();
        if !page.rows.is_empty() {
            if !std::mem::take(&mut self.first) {
                out.push(',');
            }
            out.push_str(&page.rows);
        }
        match page.next {
            Some(next) => self.part = Part::List(at, Some(next)),
            None => self.begin_list(&mut out, at + 1),
        }
        Ok(out)
    }

    /// Ends the list that is open and begins that of another module, or ends the document.
    fn begin_list(&mut self, out: &mut String, at: usize) {
        match self.state.export.get(at).map(|part| part.list.name) {
            Some(name) => self.begin(out, name, Part::List(at, None)),
            None => out.push_str("]}"),
        }
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
