//! The audit trail: every security-relevant act, append-only.

use kernel::{Timestamp, UserId, page::FixedOrder};

use crate::values::{AuditId, Digest};

/// The trail: the newest entry first.
pub const AUDIT_ORDER: FixedOrder = FixedOrder::BY_ID_DESC;

/// How an act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuditOutcome {
    /// It was done.
    Success,
    /// It was tried and did not work (a wrong password).
    Failure,
    /// It was not allowed.
    Denied,
}

impl AuditOutcome {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Success, Self::Failure, Self::Denied];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Denied => "denied",
        }
    }

    /// From the word on the wire.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == raw)
    }
}

/// An act that is about to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAudit {
    /// When.
    pub at: Timestamp,
    /// Who, if anybody was signed in.
    pub actor: Option<UserId>,
    /// What: `auth.login`, `users.role_changed` …
    pub action: &'static str,
    /// On whom.
    pub target: Option<UserId>,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Where from.
    pub ip: Option<String>,
    /// Correlates it with the log.
    pub request_id: Option<String>,
    /// A few more words (`user -> admin`); never a secret, never a mail address.
    pub detail: Option<String>,
}

/// An entry of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Its place.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who, if anybody was signed in.
    pub actor: Option<UserId>,
    /// What.
    pub action: String,
    /// On whom.
    pub target: Option<UserId>,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Where from.
    pub ip: Option<String>,
    /// Correlates it with the log.
    pub request_id: Option<String>,
    /// A few more words.
    pub detail: Option<String>,
    /// The hash of the entry before it (see [`crate::chain`]).
    pub previous: Digest,
    /// Its own hash, which follows from all of the above.
    pub hash: Digest,
}

/// Which entries; every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// By whom.
    pub actor: Option<UserId>,
    /// On whom.
    pub target: Option<UserId>,
    /// What, exactly.
    pub action: Option<String>,
    /// How it ended.
    pub outcome: Option<AuditOutcome>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
}
