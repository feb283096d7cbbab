//! What other domains and clients hear. The JSON is public: its shape is versioned by the event's name
//! and kept in `tests/events/`. Of an account it shows what is public.

use std::collections::BTreeSet;

use kernel::{Audience, NewEvent, Permission, Role, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::user::User;

kernel::event_types! {
    /// An account was created.
    CREATED = "user.created.v1": UserSnapshot,
    /// An account changed: its profile, its role or its status.
    UPDATED = "user.updated.v1": UserSnapshot,
    /// An account was deleted.
    DELETED = "user.deleted.v1": UserSnapshot,
    /// Something happened to the security of an account; only its owner hears of it.
    SECURITY = "user.security.v1": SecuritySnapshot,
}

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

/// Every word of [`SECURITY`], in order.
fn security_words() -> Vec<&'static str> {
    let words = SECURITY_ACTIONS.iter().map(|(_, what)| *what).chain([NEW_DEVICE]);
    words.collect::<BTreeSet<_>>().into_iter().collect()
}

/// What happened to the security of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecuritySnapshot {
    /// The account.
    #[schemars(with = "UserId")]
    pub id: i64,
    /// What happened, such as `password_changed`.
    #[schemars(extend("enum" = security_words()))]
    pub action: String,
}

/// An account as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserSnapshot {
    /// The account.
    #[schemars(with = "UserId")]
    pub id: i64,
    /// Its name.
    pub username: String,
    /// Its role.
    #[schemars(with = "Role")]
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Other domains wait for this name.
    #[test]
    fn the_deletion_is_the_one_that_consumers_know() {
        assert_eq!(DELETED, kernel::consumer::USER_DELETED);
    }
}
