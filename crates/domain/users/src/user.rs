//! The account. Its password hash is not part of it: see `UserStore::password`.

use kernel::{Locale, PhoneNumber, Role, Timestamp, UserId};

use crate::{
    commands::UpdateProfile,
    values::{Bio, EmailAddress, PersonName, Provider, Status, Username},
};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Given by the store.
    pub id: UserId,
    /// To sign in with and to be found by.
    pub username: Username,
    /// To sign in with; private.
    pub email: EmailAddress,
    /// What it may do.
    pub role: Role,
    /// Whether it may be used; private.
    pub status: Status,
    /// May be empty.
    pub first_name: PersonName,
    /// May be empty.
    pub last_name: PersonName,
    /// May be empty.
    pub bio: Bio,
    /// Where the picture is.
    pub avatar: Option<String>,
    /// What emails and notifications are written in; private.
    pub locale: Locale,
    /// Where the account comes from.
    pub provider: Provider,
    /// Whether the address was proven.
    pub email_verified: bool,
    /// Where texts go. Only ever a number that was proven by a code; private.
    pub phone: Option<PhoneNumber>,
    /// Whether a second factor is asked for.
    pub two_factor_enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When somebody last signed in to it; private.
    pub last_login_at: Option<Timestamp>,
    /// Set when its owner closed it: from then on it may be removed, and until then be had back.
    /// Nobody comes in meanwhile; private.
    pub purge_at: Option<Timestamp>,
    /// Counts the changes, from 1. A sign-in is none.
    pub version: i64,
}

/// An account that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// See [`User::username`].
    pub username: Username,
    /// See [`User::email`].
    pub email: EmailAddress,
    /// See [`User::role`].
    pub role: Role,
    /// See [`User::first_name`].
    pub first_name: PersonName,
    /// See [`User::last_name`].
    pub last_name: PersonName,
    /// See [`User::locale`].
    pub locale: Locale,
    /// See [`User::provider`].
    pub provider: Provider,
    /// See [`User::email_verified`].
    pub email_verified: bool,
    /// See [`User::created_at`].
    pub created_at: Timestamp,
}

impl User {
    /// Applies what is set; gives the names of the fields that changed by it. An address that
    /// changed is unproven again.
    pub fn update(&mut self, update: &UpdateProfile, now: Timestamp) -> Vec<&'static str> {
        fn set<T: Clone + PartialEq>(field: &mut T, new: Option<&T>) -> bool {
            match new {
                Some(new) if new != field => {
                    field.clone_from(new);
                    true
                }
                _ => false,
            }
        }
        let UpdateProfile { username, email, first_name, last_name, bio, locale } = update;
        let mut changed = Vec::new();
        if set(&mut self.username, username.as_ref()) {
            changed.push("username");
        }
        if set(&mut self.email, email.as_ref()) {
            self.email_verified = false;
            changed.push("email");
        }
        if set(&mut self.first_name, first_name.as_ref()) {
            changed.push("first_name");
        }
        if set(&mut self.last_name, last_name.as_ref()) {
            changed.push("last_name");
        }
        if set(&mut self.bio, bio.as_ref()) {
            changed.push("bio");
        }
        if set(&mut self.locale, locale.as_ref()) {
            changed.push("locale");
        }
        if !changed.is_empty() {
            self.updated_at = now;
        }
        changed
    }
}
