//! Roles that somebody made. An account has one base role, which decides its rank, and any number of
//! these, which only add permissions.

use kernel::{Permissions, Timestamp};

use crate::values::{RoleDescription, RoleName};

/// The most roles that there can be.
pub const MAX_ROLES: usize = 100;

/// The most roles of one account besides its base role.
pub const MAX_PER_ACCOUNT: usize = 20;

/// A named set of permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRole {
    /// To be given by; unique.
    pub name: RoleName,
    /// What it is for; may be empty.
    pub description: RoleDescription,
    /// What it allows.
    pub permissions: Permissions,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// A role that is not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRole {
    /// See [`CustomRole::name`].
    pub name: RoleName,
    /// See [`CustomRole::description`].
    pub description: RoleDescription,
    /// See [`CustomRole::permissions`].
    pub permissions: Permissions,
    /// Now.
    pub created_at: Timestamp,
}

impl NewRole {
    /// The role that it becomes.
    pub fn stored(&self) -> CustomRole {
        let Self { name, description, permissions, created_at } = self;
        CustomRole {
            name: name.clone(),
            description: description.clone(),
            permissions: *permissions,
            created_at: *created_at,
            updated_at: *created_at,
            version: 1,
        }
    }
}
