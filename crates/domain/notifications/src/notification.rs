//! The notification. Pure: time is an argument.

use kernel::{Locale, Timestamp, UserId};

use crate::{
    kind::{Kind, SubjectKind},
    values::{Dedupe, NotificationId, Params},
};

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Its number.
    pub id: i64,
}

/// A notification of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Assigned by the store.
    pub id: NotificationId,
    /// The only person who can see it.
    pub owner: UserId,
    /// What happened.
    pub kind: Kind,
    /// What it happened to.
    pub subject: Option<Subject>,
    /// Who did it. The name is looked up when the notification is shown, so none is kept here.
    pub actor: Option<UserId>,
    /// What else its text is made of.
    pub params: Params,
    /// When it came into the inbox.
    pub created_at: Timestamp,
    /// When its owner read it.
    pub read_at: Option<Timestamp>,
}

/// A notification that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotification {
    /// See [`Notification::owner`].
    pub owner: UserId,
    /// See [`Notification::kind`].
    pub kind: Kind,
    /// One person has one notification of a kind with it (N1).
    pub dedupe: Dedupe,
    /// See [`Notification::subject`].
    pub subject: Option<Subject>,
    /// See [`Notification::actor`].
    pub actor: Option<UserId>,
    /// See [`Notification::params`].
    pub params: Params,
    /// See [`Notification::created_at`].
    pub created_at: Timestamp,
}

impl NewNotification {
    /// The notification that it becomes under its id.
    pub fn stored(&self, id: NotificationId) -> Notification {
        let Self { owner, kind, dedupe: _, subject, actor, params, created_at } = self.clone();
        Notification { id, owner, kind, subject, actor, params, created_at, read_at: None }
    }
}

/// A notification and what its text needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The notification.
    pub notification: Notification,
    /// The name of [`Notification::actor`], as long as the account is there.
    pub actor_name: Option<String>,
    /// What its reader reads.
    pub locale: Locale,
}
