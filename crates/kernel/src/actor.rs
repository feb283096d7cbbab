//! Who is asking. Built once per request from live state, passed down, never a token.

use std::sync::Arc;

use crate::{Locale, MissingPermission, Permission, Permissions, Role, SessionId, TokenId, UserId};

/// The caller of a use case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub user: UserId,
    /// The sign-in this call belongs to; none for a personal access token, the command line and
    /// background work.
    pub session: Option<SessionId>,
    /// The personal access token this call came with instead of a sign-in.
    pub token: Option<TokenId>,
    /// The role at this moment.
    pub role: Role,
    /// What they may do at this moment, by way of this call.
    pub permissions: Permissions,
    /// The request this call belongs to; goes into events and the audit trail.
    pub request_id: Option<Arc<str>>,
    /// Where the call came from; goes into the audit trail.
    pub ip: Option<Arc<str>>,
}

impl Actor {
    /// Somebody with all that a role allows, in no session and no request.
    pub fn new(user: UserId, role: Role) -> Self {
        let permissions = role.permissions();
        Self { user, session: None, token: None, role, permissions, request_id: None, ip: None }
    }

    /// True when the caller holds `permission`.
    pub const fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }

    /// Asks for a permission. A call with a token holds what the token's scopes name.
    ///
    /// # Errors
    ///
    /// The permission that is missing.
    pub const fn require(&self, permission: Permission) -> Result<(), MissingPermission> {
        if self.may(permission) { Ok(()) } else { Err(MissingPermission(permission)) }
    }
}

/// Where a call came from, for the audit trail and the session list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The client's address, after trusted proxies.
    pub ip: Option<String>,
    /// What the client calls itself (`User-Agent`), cut to 255 characters.
    pub device: Option<String>,
    /// The request id, as in every log line.
    pub request_id: Option<String>,
    /// The language that the client prefers (`Accept-Language`) of those that emails are written in.
    pub locale: Option<Locale>,
}
