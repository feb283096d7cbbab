//! How many emails one address gets. Whoever asks for a link names an address that may be someone
//! else's, so all links to one address share a bound (`LinkSettings::per_day`). Security notices have
//! one of their own: what strangers can ask for must not use up the place of a warning, and someone
//! who knows a password must not be able to flood its owner with warnings either.
//!
//! An email beyond the bound is dropped. The answer to the caller does not show it; the audit log does.

use std::time::Duration;

use kernel::{EmailDraft, StoreError, Timestamp, UserId, actor::Origin};
use sha2::{Digest as _, Sha256};

use super::AuditedAction;
use crate::{
    audit::AuditOutcome,
    ports::UsersTx,
    user::User,
    values::{Digest, EmailAddress},
};

/// How long an email counts.
pub(super) const DAY: Duration = Duration::from_hours(24);
/// The most security notices to one address within [`DAY`].
const NOTICES_PER_DAY: u32 = 10;
/// How a dropped email is called in the audit log.
const DROPPED: &str = "auth.email_dropped";

/// Which bound an email counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// It carries a link that was asked for; at zero there is no bound.
    Link { per_day: u32 },
    /// It reports something that has happened to the account.
    Notice,
}

impl Class {
    const fn per_day(self) -> Option<u32> {
        match self {
            Self::Link { per_day: 0 } => None,
            Self::Link { per_day } => Some(per_day),
            Self::Notice => Some(NOTICES_PER_DAY),
        }
    }

    /// Under which emails of this class to an address are counted. It does not show the address.
    fn key(self, to: &EmailAddress) -> Digest {
        let name = match self {
            Self::Link { .. } => "link",
            Self::Notice => "notice",
        };
        let mut hasher = Sha256::new();
        hasher.update(b"alveole-email-count-1\n");
        hasher.update(name);
        hasher.update(b"\n");
        hasher.update(to.key());
        hasher.finalize().into()
    }
}

/// Puts an email about an account into the queue. Returns false when it was dropped because the
/// address had as many as it gets in a day.
pub(super) fn enqueue(
    tx: &mut dyn UsersTx,
    user: UserId,
    to: &EmailAddress,
    template: &EmailDraft,
    class: Class,
    at: Timestamp,
) -> Result<bool, StoreError> {
    if let Some(most) = class.per_day()
        && tx.email_counts().count(&class.key(to), at, at.minus(DAY))? > u64::from(most)
    {
        let audited = AuditedAction::anonymous(&Origin::default(), at);
        let subject = Some(template.subject().to_owned());
        audited.record(tx, DROPPED, Some(user), AuditOutcome::Denied, subject)?;
        return Ok(false);
    }
    let email = template.email(to.as_str());
    let email = email.map_err(|error| StoreError::Internal(error.to_string()))?;
    tx.emails().enqueue(&email, at)?;
    Ok(true)
}

/// Reports something that happened to an account, to an address that it has or had.
pub(super) fn notify(
    tx: &mut dyn UsersTx,
    user: UserId,
    to: &EmailAddress,
    template: &EmailDraft,
    at: Timestamp,
) -> Result<(), StoreError> {
    enqueue(tx, user, to, template, Class::Notice, at).map(|_| ())
}

/// Reports something that happened to an account, to its owner. Only at an address that was proven:
/// an account that a stranger made with it must not write to anyone.
pub(crate) fn notify_owner(
    tx: &mut dyn UsersTx,
    user: &User,
    template: &EmailDraft,
    at: Timestamp,
) -> Result<(), StoreError> {
    if user.email_verified { notify(tx, user.id, &user.email, template, at) } else { Ok(()) }
}
