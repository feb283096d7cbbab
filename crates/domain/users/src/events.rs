//! What this room tells the others. The JSON is public: its shape is versioned by the event's name
//! and kept in `tests/events/`. It names nobody beyond what everybody may see.

use kernel::{Audience, NewEvent, Permission, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::user::User;

/// An account was made.
pub const CREATED: &str = "user.created.v1";
/// An account changed: its profile, its role or its status.
pub const UPDATED: &str = "user.updated.v1";
/// An account was removed; what points to it must let go.
pub const DELETED: &str = kernel::consumer::USER_DELETED;

/// Every event of this room.
pub const ALL: [&str; 3] = [CREATED, UPDATED, DELETED];

/// An account as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSnapshot {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub username: String,
    /// `user`, `moderator`, `admin` or `super_admin`.
    pub role: String,
}

impl From<&User> for UserSnapshot {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.get(),
            username: user.username.as_str().to_owned(),
            role: user.role.as_str().to_owned(),
        }
    }
}

/// Who caused an event, when, and by which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Who, if anybody was signed in.
    pub actor: Option<UserId>,
    /// By which request.
    pub request_id: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Cause {
    /// The account was made.
    pub fn created(&self, user: &User) -> NewEvent {
        self.event(CREATED, user)
    }

    /// The account changed.
    pub fn updated(&self, user: &User) -> NewEvent {
        self.event(UPDATED, user)
    }

    /// The account was removed.
    pub fn deleted(&self, user: &User) -> NewEvent {
        self.event(DELETED, user)
    }

    fn event(&self, name: &'static str, user: &User) -> NewEvent {
        NewEvent {
            name,
            at: self.at,
            actor: self.actor,
            subject: user.id.get(),
            audience: vec![user.id.into(), Audience::holders(Permission::UsersManage)],
            payload: json!(UserSnapshot::from(user)),
            request_id: self.request_id.clone(),
        }
    }
}
