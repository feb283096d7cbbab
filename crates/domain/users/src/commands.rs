//! What can be asked of this room, made only of parsed values.

use kernel::{Locale, Permissions, Role, Timestamp, actor::Origin};

use crate::values::{
    Bio, EmailAddress, Password, PersonName, RoleDescription, Status, TokenName, Username,
};

/// A new account.
#[derive(Debug, Clone)]
pub struct Register {
    /// The name to sign in with.
    pub username: Username,
    /// The mail address.
    pub email: EmailAddress,
    /// The password.
    pub password: Password,
    /// May be empty.
    pub first_name: PersonName,
    /// May be empty.
    pub last_name: PersonName,
    /// Where from.
    pub origin: Origin,
}

/// How somebody says who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// By mail address, as typed.
    Email(String),
    /// By username, as typed.
    Username(String),
}

/// A sign-in with a password.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Who.
    pub login: Login,
    /// What they typed.
    pub password: Password,
    /// Where from.
    pub origin: Origin,
}

/// A partial update of a profile; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateProfile {
    /// A new username.
    pub username: Option<Username>,
    /// A new address; administrators only.
    pub email: Option<EmailAddress>,
    /// A new first name.
    pub first_name: Option<PersonName>,
    /// A new last name.
    pub last_name: Option<PersonName>,
    /// New words about oneself.
    pub bio: Option<Bio>,
    /// Another language of emails and notifications.
    pub locale: Option<Locale>,
}

/// What an administrator changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Administer {
    /// A new role.
    pub role: Option<Role>,
    /// A new status.
    pub status: Option<Status>,
}

/// A new personal access token.
#[derive(Debug, Clone)]
pub struct MakeToken {
    /// What its owner calls it.
    pub name: TokenName,
    /// The most that it allows.
    pub scopes: Permissions,
    /// When it ends; as late as can be when not said.
    pub expires_at: Option<Timestamp>,
    /// Where from.
    pub origin: Origin,
}

/// A new service account.
#[derive(Debug, Clone)]
pub struct CreateServiceAccount {
    /// To be found by.
    pub username: Username,
    /// What it may do.
    pub role: Role,
    /// Where from.
    pub origin: Origin,
}

/// A partial update of a role that somebody made; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateRole {
    /// What it is for.
    pub description: Option<RoleDescription>,
    /// What it allows.
    pub permissions: Option<Permissions>,
}
