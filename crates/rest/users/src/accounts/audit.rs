//! The audit trail: parse, call, present.

use std::sync::Arc;

use actix_web::{get, web::Data};
use bytes::Bytes;
use kernel::{Actor, Timestamp, UserId};
use rest::{
    call::Call,
    fields::Reason,
    query::Query,
    reply::{self, Envelope, PageEnvelope},
    stream::{self, Pages, cell},
};
use serde::Serialize;
use users::{
    Users,
    audit::{ACCOUNT, AUDIT_ORDER, Audit, AuditFilter, AuditOutcome, AuditResource},
    audit_log::PAGE,
    chain::{ChainEntry, Flaw, Whole, hex},
    values::AuditId,
};
use utoipa::{IntoParams, ToSchema};

use crate::{Answer, Failure};

/// An entry of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = admin::AuditEntry)]
pub struct AuditBody {
    /// Its place.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Who, if anybody was signed in.
    pub actor_id: Option<i64>,
    /// What.
    #[schema(example = "auth.login")]
    pub action: String,
    /// On what: `user`, `task`, `file`, `product`, `queue` …
    #[schema(example = "user")]
    pub target_type: Option<String>,
    /// On which of them.
    pub target_id: Option<i64>,
    /// On which of them, where things have names.
    pub target_name: Option<String>,
    /// How it ended.
    #[schema(value_type = OutcomeWord)]
    pub outcome: &'static str,
    /// Where from.
    pub ip: Option<String>,
    /// As in the answer and the log.
    pub request_id: Option<String>,
    /// A few more words.
    pub detail: Option<String>,
    /// The hash of the entry before it; zeros before the first.
    #[schema(
        min_length = 64,
        max_length = 64,
        example = "0000000000000000000000000000000000000000000000000000000000000000"
    )]
    pub previous_hash: String,
    /// SHA-256 over all of the above; how, is in the documentation of the users room.
    #[schema(
        min_length = 64,
        max_length = 64,
        example = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
    )]
    pub hash: String,
}

/// How an act ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = admin::AuditOutcome)]
pub enum OutcomeWord {
    /// It was done.
    Success,
    /// It did not work.
    Failure,
    /// It was not allowed.
    Denied,
}

impl From<Audit> for AuditBody {
    fn from(entry: Audit) -> Self {
        let account = entry.target.map(|_| ACCOUNT.to_owned());
        let (target_type, target_id, target_name) = match entry.resource {
            None => (account, entry.target.map(UserId::get), None),
            Some(AuditResource { kind, id, name }) => (Some(kind), id, name),
        };
        Self {
            id: entry.id.get(),
            at: entry.at.to_string(),
            actor_id: entry.actor.map(UserId::get),
            action: entry.action,
            target_type,
            target_id,
            target_name,
            outcome: entry.outcome.as_str(),
            ip: entry.ip,
            request_id: entry.request_id,
            detail: entry.detail,
            previous_hash: hex(&entry.previous),
            hash: hex(&entry.hash),
        }
    }
}

/// Which entries.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditParams {
    /// By this user.
    #[param(minimum = 1, nullable = false)]
    pub actor_id: Option<i64>,
    /// On things of this kind: `user`, `task`, `file`, `product`, `queue` …
    #[param(nullable = false, example = "user")]
    pub target_type: Option<String>,
    /// On the thing with this number; say which kind by `target_type`.
    #[param(minimum = 1, nullable = false)]
    pub target_id: Option<i64>,
    /// On the thing with this name.
    #[param(nullable = false)]
    pub target_name: Option<String>,
    /// Exactly this act.
    #[param(nullable = false, example = "auth.login")]
    pub action: Option<String>,
    /// With this end.
    #[param(nullable = false)]
    pub outcome: Option<OutcomeWord>,
    /// Not before this moment.
    #[param(format = DateTime, nullable = false)]
    pub from: Option<String>,
    /// Before this moment.
    #[param(format = DateTime, nullable = false)]
    pub to: Option<String>,
}

/// Read the audit trail
///
/// Every security-relevant act, newest first. Entries cannot be changed, and only removed from the
/// old end when they are older than `audit.retention_seconds`; each carries its hash and that of
/// the entry before it, so that neither happens unseen.
#[utoipa::path(
    tag = "audit",
    operation_id = "admin_audit",
    params(AuditParams),
    responses((status = 200, description = "A page of the trail", body = PageEnvelope<AuditBody>)),
    extensions(("x-alveole" = json!({"permission": "audit:read", "paged": true})))
)]
#[get("/admin/audit")]
pub(crate) async fn audit(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let filter = filter(&mut query);
    let request = query.page_in_order(AUDIT_ORDER.text, AUDIT_ORDER.directions.len());
    query.finish()?;
    let page = users.audit(&actor, filter, request.clone(), call.origin()).await?;
    Ok(reply::page(&call, &request, page.map(AuditBody::from)))
}

fn filter(query: &mut Query) -> AuditFilter {
    let person =
        |raw: &str| raw.parse().map_err(|error: kernel::IdError| ("id.invalid", error.to_string()));
    let text = |raw: &str| Ok::<_, Reason>(raw.to_owned());
    let number = |raw: &str| person(raw).map(UserId::get);
    let moment =
        |raw: &str| Timestamp::parse(raw).map_err(|error| ("request.value", error.to_string()));
    AuditFilter {
        actor: query.optional("actor_id", person),
        target: None,
        target_type: query.optional("target_type", text),
        target_id: query.optional("target_id", number),
        target_name: query.optional("target_name", text),
        action: query.optional("action", text),
        outcome: query.optional("outcome", |raw| {
            let message = || "must be success, failure or denied".to_owned();
            AuditOutcome::parse(raw).ok_or_else(|| ("request.value", message()))
        }),
        from: query.optional("from", moment),
        to: query.optional("to", moment),
    }
}

/// What a check of the audit trail found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = admin::AuditCheck)]
pub struct AuditCheckBody {
    /// Whether every entry follows from the one before it, and both ends are where they were.
    #[schema(example = true)]
    whole: bool,
    /// How many entries there are; null when the trail is not whole.
    #[schema(minimum = 0, example = 1804)]
    entries: Option<u64>,
    /// The newest of them, as `ID:HASH`: who notes it down can ask for it later by `expect`. Null without any.
    #[schema(example = "1804:0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")]
    newest: Option<String>,
    /// The first flaw, with the entry that has it.
    #[schema(example = json!(null))]
    flaw: Option<String>,
}

impl AuditCheckBody {
    fn of(found: Result<Whole, Flaw>) -> Self {
        match found {
            Ok(Whole { entries, newest, .. }) => {
                let newest = (newest.id > 0).then(|| newest.to_string());
                Self { whole: true, entries: Some(entries), newest, flaw: None }
            }
            Err(flaw) => {
                Self { whole: false, entries: None, newest: None, flaw: Some(flaw.to_string()) }
            }
        }
    }
}

/// Check the audit trail
///
/// Reads every entry, oldest first, and gives the first flaw, if there is one: a changed entry, a missing one, or
/// an end that is not where it was. `alveole audit verify` does the same on the command line.
#[utoipa::path(
    tag = "audit",
    operation_id = "admin_audit_verify",
    params(
        ("expect" = Option<String>, Query, description = "An entry that was noted down earlier, as `ID:HASH`: it must still be there")
    ),
    responses((status = 200, description = "What was found", body = Envelope<AuditCheckBody>)),
    extensions(("x-alveole" = json!({"permission": "audit:read"})))
)]
#[get("/admin/audit/verify")]
pub(crate) async fn verify(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let noted = query.optional("expect", |raw| {
        ChainEntry::parse(raw).ok_or_else(|| {
            ("request.value", "must be an entry's id and hash, as `newest` gives them".to_owned())
        })
    });
    query.finish()?;
    let found = users.verify_audit(&actor, noted, call.origin()).await?;
    Ok(reply::ok(AuditCheckBody::of(found)))
}

/// The formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditFormat {
    /// One JSON object a line, as `alveole audit verify --file` takes it.
    Jsonl,
    /// RFC 4180.
    Csv,
}

/// Export the audit trail
///
/// The entries that the same filters would list, oldest first, streamed; that it was exported is
/// itself on record. An export without filters can be verified from end to end without the server;
/// of one with filters, each entry by itself.
#[utoipa::path(
    tag = "audit",
    operation_id = "admin_audit_export",
    params(
        ("format" = inline(Option<AuditFormat>), Query, description = "The format; `jsonl` when not said"),
        AuditParams
    ),
    responses((status = 200, description = "The entries", content(
        (AuditBody = "application/jsonl"),
        (String = "text/csv")
    ))),
    extensions(("x-alveole" = json!({"permission": "audit:read"})))
)]
#[get("/admin/audit/export")]
pub(crate) async fn export(call: Call, users: Data<Users>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let format = query.optional("format", |raw| match raw {
        "jsonl" => Ok(AuditFormat::Jsonl),
        "csv" => Ok(AuditFormat::Csv),
        _ => Err(("request.value", "must be jsonl or csv".to_owned())),
    });
    let filter = filter(&mut query);
    query.finish()?;
    users.begin_audit_export(&actor, call.origin()).await?;
    let format = format.unwrap_or(AuditFormat::Jsonl);
    let (media_type, disposition) = match format {
        AuditFormat::Jsonl => ("application/jsonl", "attachment; filename=\"audit.jsonl\""),
        AuditFormat::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\""),
    };
    let source = Source { users: users.into_inner(), actor, filter, format, at: At::Begin };
    stream::streamed(source, media_type, disposition).await
}

enum At {
    Begin,
    Behind(AuditId),
    End,
}

struct Source {
    users: Arc<Users>,
    actor: Actor,
    filter: AuditFilter,
    format: AuditFormat,
    at: At,
}

impl Pages for Source {
    type Failure = Failure;

    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let (after, first) = match self.at {
            At::Begin => (None, true),
            At::Behind(id) => (Some(id), false),
            At::End => return Ok(None),
        };
        let filter = self.filter.clone();
        let entries = self.users.audit_export(&self.actor, filter, after).await?;
        self.at = match entries.last() {
            Some(last) if entries.len() >= PAGE as usize => At::Behind(last.id),
            _ => At::End,
        };
        Ok(Some(Bytes::from(match self.format {
            AuditFormat::Jsonl => entries.into_iter().map(line).collect(),
            AuditFormat::Csv => csv(entries, first),
        })))
    }
}

/// An entry as a line of an export.
pub fn line(entry: Audit) -> String {
    let mut line = serde_json::to_string(&AuditBody::from(entry)).unwrap_or_default();
    line.push('\n');
    line
}

fn csv(entries: Vec<Audit>, first: bool) -> String {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory cannot fail.
    if first {
        let _ = writer.write_record([
            "id",
            "at",
            "actor_id",
            "action",
            "target_type",
            "target_id",
            "target_name",
            "outcome",
            "ip",
            "request_id",
            "detail",
            "previous_hash",
            "hash",
        ]);
    }
    for entry in entries {
        let row = AuditBody::from(entry);
        let number = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
        let text = |text: Option<String>| cell(&text.unwrap_or_default());
        let _ = writer.write_record([
            row.id.to_string(),
            row.at,
            number(row.actor_id),
            cell(&row.action),
            text(row.target_type),
            number(row.target_id),
            text(row.target_name),
            row.outcome.to_owned(),
            text(row.ip),
            text(row.request_id),
            text(row.detail),
            row.previous_hash,
            row.hash,
        ]);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
