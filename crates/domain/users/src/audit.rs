//! The audit trail: every security-relevant act, append-only.

use kernel::{Act, Timestamp, UserId, page::FixedOrder};

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

/// What is no account and was acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditResource {
    /// `task`, `queue` …
    pub kind: String,
    /// Its number, if it has one.
    pub id: Option<i64>,
    /// Its name, if it has no number.
    pub name: Option<String>,
}

/// The kind of accounts, which are [`Audit::target`].
pub const ACCOUNT: &str = "user";

/// The kind of roles, which have a name and no number.
pub const ROLE: &str = "role";

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
    /// On what, if not on an account.
    pub resource: Option<AuditResource>,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Where from.
    pub ip: Option<String>,
    /// Correlates it with the log.
    pub request_id: Option<String>,
    /// A few more words (`user -> admin`); never a secret, never a mail address.
    pub detail: Option<String>,
}

impl From<&Act> for NewAudit {
    fn from(act: &Act) -> Self {
        let Act { at, actor, action, target, ip, request_id, detail } = act;
        Self {
            at: *at,
            actor: Some(*actor),
            action,
            target: None,
            resource: Some(AuditResource {
                kind: target.kind.to_owned(),
                id: target.id,
                name: target.name.clone(),
            }),
            outcome: AuditOutcome::Success,
            ip: ip.clone(),
            request_id: request_id.clone(),
            detail: detail.clone(),
        }
    }
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
    /// On what, if not on an account.
    pub resource: Option<AuditResource>,
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
    /// On this account.
    pub target: Option<UserId>,
    /// On things of this kind; [`ACCOUNT`] is one.
    pub target_type: Option<String>,
    /// On things with this number, of whatever kind.
    pub target_id: Option<i64>,
    /// On things with this name.
    pub target_name: Option<String>,
    /// What, exactly.
    pub action: Option<String>,
    /// How it ended.
    pub outcome: Option<AuditOutcome>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    /// True when what an entry is on matches; for stores that look at every entry.
    pub fn is_on(&self, entry: &Audit) -> bool {
        let Audit { target, resource, .. } = entry;
        let account = target.map(|_| ACCOUNT);
        let kind = resource.as_ref().map(|resource| resource.kind.as_str()).or(account);
        let id = resource.as_ref().map_or(target.map(UserId::get), |resource| resource.id);
        let name = resource.as_ref().and_then(|resource| resource.name.as_deref());
        self.target.is_none_or(|user| *target == Some(user))
            && self.target_type.as_deref().is_none_or(|wanted| kind == Some(wanted))
            && self.target_id.is_none_or(|wanted| id == Some(wanted))
            && self.target_name.as_deref().is_none_or(|wanted| name == Some(wanted))
    }
}
