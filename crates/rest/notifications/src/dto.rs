//! Notifications as clients see them.

use std::collections::BTreeMap;

use kernel::Timestamp;
use notifications::{Category, Kind, Shown, query::Filter, text};
use rest::{
    call::Body,
    fields::{Misread, Reason, string},
    problem::Problem,
    query::Query,
    reply::Pagination,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// What a notification is about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = notifications::Subject)]
pub struct SubjectBody {
    /// What it is.
    #[schema(
        example = "task",
        pattern = "^(task|owned_product|job|webhook_endpoint|message|room)$"
    )]
    pub kind: &'static str,
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
}

/// A notification.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = notifications::Notification)]
pub struct NotificationBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// What happened.
    #[schema(example = "task.assigned")]
    pub kind: &'static str,
    /// The category of the kind.
    #[schema(example = "tasks")]
    pub category: &'static str,
    /// What happened, in a sentence in your language (`locale`), with the name that the actor has now.
    #[schema(example = "bob assigned you the task \"Write the report\".")]
    pub text: String,
    /// What it happened to.
    pub subject: Option<SubjectBody>,
    /// Who did it.
    #[schema(minimum = 1, example = 2)]
    pub actor_id: Option<i64>,
    /// What the text is made of.
    #[schema(example = json!({"title": "Write the report"}))]
    pub params: BTreeMap<String, String>,
    /// When it came.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub created_at: String,
    /// Whether you read it.
    #[schema(example = false)]
    pub read: bool,
    /// When you read it.
    #[schema(format = DateTime, example = "2026-11-21T09:00:00Z")]
    pub read_at: Option<String>,
}

impl From<&Shown> for NotificationBody {
    fn from(shown: &Shown) -> Self {
        let it = &shown.notification;
        Self {
            id: it.id.get(),
            kind: it.kind.as_str(),
            category: it.kind.category().as_str(),
            text: text::render(shown),
            subject: it
                .subject
                .map(|subject| SubjectBody { kind: subject.kind.as_str(), id: subject.id }),
            actor_id: it.actor.map(kernel::UserId::get),
            params: it.params.all().clone(),
            created_at: it.created_at.to_string(),
            read: it.read_at.is_some(),
            read_at: it.read_at.map(|at| at.to_string()),
        }
    }
}

/// A page of notifications.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = notifications::Inbox)]
pub struct InboxBody {
    /// Always true.
    #[schema(example = true)]
    pub success: bool,
    /// The rows.
    pub data: Vec<NotificationBody>,
    /// Where this page is.
    pub pagination: Pagination,
    /// How many notifications you have not read, whatever this page shows.
    #[schema(minimum = 0, example = 1)]
    pub unread_count: u64,
}

/// What stands beside the rows of a page.
#[derive(Debug, Serialize)]
pub struct Beside {
    /// See [`InboxBody::unread_count`].
    pub unread_count: u64,
}

/// How many notifications are unread.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = notifications::UnreadCount)]
pub struct CountBody {
    /// In all.
    #[schema(minimum = 0, example = 1)]
    pub unread: u64,
    /// By category; every category is there.
    #[schema(example = json!({"tasks": 1, "products": 0, "security": 0, "operations": 0}))]
    pub by_category: BTreeMap<&'static str, u64>,
}

impl From<&BTreeMap<Kind, u64>> for CountBody {
    fn from(unread: &BTreeMap<Kind, u64>) -> Self {
        let mut by_category: BTreeMap<&'static str, u64> =
            Category::ALL.iter().map(|category| (category.as_str(), 0)).collect();
        for (kind, count) in unread {
            *by_category.entry(kind.category().as_str()).or_default() += count;
        }
        Self { unread: unread.values().sum(), by_category }
    }
}

/// How many were marked as read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = notifications::AllRead)]
pub struct AllReadBody {
    /// Those that were unread before.
    #[schema(minimum = 0, example = 3)]
    pub read: u64,
}

/// What a list shows.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterParams {
    /// `true` for unread notifications only, `false` for those that were read.
    #[param(required = false)]
    pub unread: bool,
    /// Notifications of this kind.
    #[param(required = false, example = "task.assigned")]
    pub kind: String,
}

/// A change of a notification.
#[derive(Debug, ToSchema)]
#[schema(as = notifications::UpdateNotification, example = json!({"read": true}))]
pub struct UpdateNotificationBody {
    /// Whether you read it.
    pub read: bool,
}

/// Which notifications to mark as read.
#[derive(Debug, ToSchema)]
#[schema(as = notifications::ReadAll, example = json!({"before": "2026-11-21T08:00:00Z"}))]
pub struct ReadAllBody {
    /// Those that came at this time or before; without it all that are there. Send the time of the newest
    /// one that you showed, so that none is marked that nobody has seen.
    #[schema(format = DateTime)]
    pub before: Option<String>,
}

fn truth(raw: &str) -> Result<bool, Reason> {
    raw.parse().map_err(|_| ("notifications.unread_invalid", "must be true or false".to_owned()))
}

fn kind(raw: &str) -> Result<Kind, Reason> {
    let known = || {
        let all: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("must be one of {}", all.join(", "))
    };
    Kind::parse(raw).ok_or_else(|| ("notifications.kind_unknown", known()))
}

fn moment(raw: &str) -> Result<Timestamp, Reason> {
    Timestamp::parse(raw).map_err(|error| ("notifications.before_invalid", error.to_string()))
}

fn boolean(value: Value) -> Result<bool, Misread> {
    value.as_bool().ok_or(Misread::Type("a boolean", value))
}

/// The filter of `GET /notifications`.
pub fn filter(query: &mut Query) -> Filter {
    Filter { unread: query.optional("unread", truth), kind: query.optional("kind", kind) }
}

/// `PUT` and `PATCH /notifications/{id}`: whether it was read.
pub fn update(body: &Body) -> Result<bool, Problem> {
    let mut fields = body.fields()?;
    let read = fields.required("read", boolean);
    fields.finish(read)
}

/// `POST /notifications/read-all`.
pub fn read_all(body: &Body) -> Result<Option<Timestamp>, Problem> {
    let mut fields = body.fields()?;
    let before = fields.optional("before", string(moment));
    fields.finish(Some(before))
}
