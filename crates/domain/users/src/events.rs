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
/// Something happened to an account that its owner should know, whoever did it. The owner alone sees it.
pub const SECURITY: &str = "user.security.v1";

/// Every event of this room.
pub const ALL: [&str; 4] = [CREATED, UPDATED, DELETED, SECURITY];

/// What a sign-in from a device that was never seen before is called in [`SECURITY`].
pub(crate) const NEW_DEVICE: &str = "new_device";

/// Audited actions with what they are called in [`SECURITY`].
const SECURITY_ACTIONS: [(&str, &str); 14] = [
    ("auth.email_changed", "email_changed"),
    ("auth.linked", "provider_linked"),
    ("auth.password_changed", "password_changed"),
    ("auth.password_reset", "password_changed"),
    ("auth.phone_changed", "phone_changed"),
    ("auth.phone_removed", "phone_removed"),
    ("auth.recovery_codes_renewed", "recovery_codes_renewed"),
    ("auth.token_created", "token_created"),
    ("auth.two_factor_disabled", "two_factor_disabled"),
    ("auth.two_factor_enabled", "two_factor_enabled"),
    ("auth.unlinked", "provider_unlinked"),
    ("users.password_set", "password_changed"),
    ("users.role_changed", "role_changed"),
    ("users.two_factor_reset", "two_factor_disabled"),
];

/// What an audited action is called in [`SECURITY`], if its owner should know of it.
pub(crate) fn security_action(action: &str) -> Option<&'static str> {
    let found = SECURITY_ACTIONS.iter().find(|(audited, _)| *audited == action);
    found.map(|(_, what)| *what)
}

/// The payload of [`SECURITY`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecuritySnapshot {
    /// The number of the account.
    pub id: i64,
    /// What happened, such as `password_changed`.
    pub action: String,
}

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

    /// Something happened that the owner of the account should know.
    pub fn security(&self, user: UserId, action: &str) -> NewEvent {
        NewEvent {
            name: SECURITY,
            at: self.at,
            actor: self.actor,
            subject: user.get(),
            audience: vec![user.into()],
            payload: json!(SecuritySnapshot { id: user.get(), action: action.to_owned() }),
            request_id: self.request_id.clone(),
        }
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
