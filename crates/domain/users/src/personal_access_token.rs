//! Personal access tokens: what somebody gives a program so that it can act in their name without
//! their password, and what a service account comes in with. Called *grants* inside, for "token"
//! says too many things here.
//!
//! A grant never allows more than its account may do at that moment: what a call may do is what the
//! account holds *and* the grant's scopes name.

use kernel::{Permissions, Timestamp, TokenId, UserId};

use crate::{
    user::User,
    values::{Digest, TokenName},
};

/// What every token begins with, so that people and scanners know one when they see it, and so that
/// it is not taken for an access token of a session.
pub const PREFIX: &str = "alv_";

/// The most tokens of one account, expired ones included until they are swept.
pub const MAX_PER_ACCOUNT: usize = 100;

/// A personal access token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalAccessToken {
    /// Given by the store.
    pub id: TokenId,
    /// Whose.
    pub user: UserId,
    /// What its owner calls it.
    pub name: TokenName,
    /// The most that it allows.
    pub scopes: Permissions,
    /// When it can no longer be used.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, as of a minute.
    pub last_used_at: Option<Timestamp>,
    /// Where it was last used from.
    pub last_used_ip: Option<String>,
}

impl PersonalAccessToken {
    /// True when its time is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| now >= end)
    }
}

/// A token that has no id yet and was never used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Whose.
    pub user: UserId,
    /// What its owner calls it.
    pub name: TokenName,
    /// The most that it allows.
    pub scopes: Permissions,
    /// SHA-256 of the secret.
    pub digest: Digest,
    /// When it can no longer be used.
    pub expires_at: Option<Timestamp>,
    /// Now.
    pub created_at: Timestamp,
}

/// What the request path needs to know of a token and its account, read together at every call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveToken {
    /// The token.
    pub token: PersonalAccessToken,
    /// Its account.
    pub user: User,
    /// What the account may do besides, by roles that somebody made.
    pub extra: Permissions,
}

/// A token that was just made, with its secret: the only moment at which anybody has both.
#[derive(Clone, PartialEq, Eq)]
pub struct MadeToken {
    /// The token.
    pub token: PersonalAccessToken,
    /// What its owner sends as `Bearer`.
    pub secret: String,
}

/// Never shows the secret.
impl std::fmt::Debug for MadeToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeToken").field("token", &self.token).finish_non_exhaustive()
    }
}
