//! What clients hear. The JSON is public: its shape is versioned by the event's name and kept in
//! `tests/events/`.

use std::collections::BTreeMap;

use kernel::{Actor, NewEvent, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    notification::{Notification, Shown},
    text,
};

/// A notification came into an inbox.
pub const CREATED: &str = "notification.created.v1";
/// A notification was read, or is unread again.
pub const UPDATED: &str = "notification.updated.v1";
/// A notification was deleted by its owner.
pub const DELETED: &str = "notification.deleted.v1";
/// Every notification up to a moment was read. Its subject is the account.
pub const ALL_READ: &str = "notification.all_read.v1";
/// A notification goes out by the channel of webhooks.
pub const SENT: &str = "notification.sent.v1";

/// Every event of this domain.
pub const ALL: [&str; 5] = [CREATED, UPDATED, DELETED, ALL_READ, SENT];

/// A notification as events show it. Its text is not in it, because it names the actor: clients read
/// it from the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is the notification's field of that name")]
pub struct NotificationSnapshot {
    pub id: i64,
    pub user_id: i64,
    pub kind: String,
    pub category: String,
    /// `task` or `owned_product`.
    pub subject_kind: Option<String>,
    pub subject_id: Option<i64>,
    pub actor_id: Option<i64>,
    pub params: BTreeMap<String, String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub read_at: Option<String>,
}

impl From<&Notification> for NotificationSnapshot {
    fn from(notification: &Notification) -> Self {
        let Notification { id, owner, kind, subject, actor, params, created_at, read_at } =
            notification;
        Self {
            id: id.get(),
            user_id: owner.get(),
            kind: kind.as_str().to_owned(),
            category: kind.category().as_str().to_owned(),
            subject_kind: subject.map(|subject| subject.kind.as_str().to_owned()),
            subject_id: subject.map(|subject| subject.id),
            actor_id: actor.map(kernel::UserId::get),
            params: params.all().clone(),
            created_at: created_at.to_string(),
            read_at: read_at.map(|at| at.to_string()),
        }
    }
}

/// A notification came, because of what `notification.actor` did.
pub fn created(notification: &Notification, request_id: Option<&str>) -> NewEvent {
    NewEvent {
        name: CREATED,
        at: notification.created_at,
        actor: notification.actor,
        subject: notification.id.get(),
        audience: vec![notification.owner.into()],
        payload: json!(NotificationSnapshot::from(notification)),
        request_id: request_id.map(str::to_owned),
    }
}

/// A notification goes out, with its text in the language of its owner.
pub fn sent(shown: &Shown, at: Timestamp) -> NewEvent {
    let notification = &shown.notification;
    let mut payload = json!(NotificationSnapshot::from(notification));
    if let Some(fields) = payload.as_object_mut() {
        fields.insert("text".to_owned(), json!(text::render(shown)));
        fields.insert("locale".to_owned(), json!(shown.locale.as_str()));
    }
    NewEvent {
        name: SENT,
        at,
        actor: notification.actor,
        subject: notification.id.get(),
        audience: vec![notification.owner.into()],
        payload,
        request_id: None,
    }
}

/// The event `name` of a notification, caused by its owner.
pub fn event(
    name: &'static str,
    notification: &Notification,
    owner: &Actor,
    at: Timestamp,
) -> NewEvent {
    let payload = json!(NotificationSnapshot::from(notification));
    NewEvent::by(owner, at, name, notification.id.get(), payload)
}

/// Everything up to `before` was read.
pub fn all_read(owner: &Actor, before: Timestamp, at: Timestamp) -> NewEvent {
    let payload = json!({ "user_id": owner.user.get(), "before": before.to_string() });
    NewEvent::by(owner, at, ALL_READ, owner.user.get(), payload)
}
