//! What clients hear. The JSON is public: its shape is versioned by the event's name and kept in
//! `tests/events/`.

use std::collections::BTreeMap;

use kernel::{Actor, Locale, NewEvent, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    kind::{Category, Kind, SubjectKind},
    notification::{Notification, Shown},
    text,
    values::NotificationId,
};

kernel::event_types! {
    /// A notification came into the inbox.
    CREATED = "notification.created.v1": NotificationSnapshot,
    /// A notification was read, or is unread again.
    UPDATED = "notification.updated.v1": NotificationSnapshot,
    /// A notification was deleted by its owner.
    DELETED = "notification.deleted.v1": NotificationSnapshot,
    /// Every notification up to a moment was read.
    ALL_READ = "notification.all_read.v1": AllReadSnapshot,
    /// A notification goes out by the channel of webhooks.
    SENT = "notification.sent.v1": SentSnapshot,
}

/// A notification as events show it. Its text is not in it, because it names the actor: clients read it from the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotificationSnapshot {
    /// The notification.
    #[schemars(with = "NotificationId")]
    pub id: i64,
    /// Its owner.
    #[schemars(with = "UserId")]
    pub user_id: i64,
    /// What happened.
    #[schemars(with = "Kind")]
    pub kind: String,
    /// The kinds that it is switched on and off with.
    #[schemars(with = "Category")]
    pub category: String,
    /// The sort of thing that it is about.
    #[schemars(with = "Option<SubjectKind>")]
    pub subject_kind: Option<String>,
    /// The number of that thing.
    pub subject_id: Option<i64>,
    /// The account that caused it.
    #[schemars(with = "Option<UserId>")]
    pub actor_id: Option<i64>,
    /// The values that its text is made of.
    pub params: BTreeMap<String, String>,
    /// When it came.
    #[schemars(with = "Timestamp")]
    pub created_at: String,
    /// When it was read.
    #[schemars(with = "Option<Timestamp>")]
    pub read_at: Option<String>,
}

/// A notification with its text, as it goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SentSnapshot {
    /// The notification.
    #[serde(flatten)]
    pub notification: NotificationSnapshot,
    /// Its text, in the language of its owner.
    pub text: String,
    /// That language.
    #[schemars(with = "Locale")]
    pub locale: String,
}

/// Up to when notifications were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AllReadSnapshot {
    /// The owner of the notifications.
    #[schemars(with = "UserId")]
    pub user_id: i64,
    /// Notifications that came before it are read.
    #[schemars(with = "Timestamp")]
    pub before: String,
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
    let payload = json!(SentSnapshot {
        notification: notification.into(),
        text: text::render(shown),
        locale: shown.locale.as_str().to_owned(),
    });
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
    let payload = json!(AllReadSnapshot { user_id: owner.user.get(), before: before.to_string() });
    NewEvent::by(owner, at, ALL_READ, owner.user.get(), payload)
}
