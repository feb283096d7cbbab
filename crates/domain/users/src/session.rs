//! Sessions and the line of refresh tokens that keeps one alive.
//!
//! Every pair of tokens of a session is a *generation*. Presenting the refresh token of the live
//! generation makes the next one. Presenting a used token again means either that the answer with
//! the next pair was lost, or that somebody stole a token. The two are told apart by whether the
//! next pair was ever used, either half of it: if not, it dies and another takes its place; if it
//! was, the session ends. So there are never two live branches (SPEC §2.1, RFC 9700 §4.14.2).

use kernel::{Permissions, SessionId, Timestamp, UserId};

use crate::values::Digest;

/// One sign-in on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Given by the store.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// What the client called itself.
    pub device: Option<String>,
    /// Where it was last used from.
    pub ip: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last refreshed.
    pub last_used_at: Timestamp,
    /// When it ends unless it is refreshed.
    pub expires_at: Timestamp,
    /// When it was ended before its time.
    pub revoked_at: Option<Timestamp>,
    /// The live generation.
    pub generation: i64,
    /// The generation the live one came from (0: none). Its access token is still good.
    pub parent: i64,
    /// The newest generation of which a token was used.
    pub seen: i64,
    /// The greatest generation ever given; numbers are not given twice.
    pub last_generation: i64,
}

impl Session {
    /// True when it is neither ended nor expired.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// True when access tokens of `generation` are good: the live one and the one before it.
    pub const fn accepts(&self, generation: i64) -> bool {
        generation == self.generation || (generation != 0 && generation == self.parent)
    }
}

/// A session that has no id yet; its first generation is 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Whose.
    pub user: UserId,
    /// What the client calls itself.
    pub device: Option<String>,
    /// Where from.
    pub ip: Option<String>,
    /// Now.
    pub created_at: Timestamp,
    /// When it ends unless it is refreshed.
    pub expires_at: Timestamp,
}

/// What has become of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefreshState {
    /// Can be used.
    Live,
    /// Was used.
    Used,
    /// Died unused, because its sibling took its place.
    Dead,
}

impl RefreshState {
    /// As stores keep it.
    pub const fn rank(self) -> i16 {
        match self {
            Self::Live => 0,
            Self::Used => 1,
            Self::Dead => 2,
        }
    }

    /// From how stores keep it.
    pub const fn from_rank(rank: i16) -> Option<Self> {
        match rank {
            0 => Some(Self::Live),
            1 => Some(Self::Used),
            2 => Some(Self::Dead),
            _ => None,
        }
    }
}

/// A refresh token, known by its digest only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The session it keeps alive.
    pub session: SessionId,
    /// Which pair it belongs to.
    pub generation: i64,
    /// SHA-256 of the secret.
    pub digest: Digest,
    /// What has become of it.
    pub state: RefreshState,
    /// When it can no longer be used.
    pub expires_at: Timestamp,
}

/// What the request path needs to know of a session and its account, read together and cached for
/// at most five seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The session.
    pub session: Session,
    /// Its account.
    pub user: crate::user::User,
    /// What the account may do besides, by roles that somebody made.
    pub extra: Permissions,
}

impl Live {
    /// A session of which tokens are made. What it allows is not asked for here: each call reads it.
    pub const fn opened(session: Session, user: crate::user::User) -> Self {
        Self { session, user, extra: Permissions::NONE }
    }
}
