//! What is done, by whom and from where, as the audit trail and the events need it.

use kernel::{Actor, Locale, StoreError, Timestamp, UserId, actor::Origin};

use crate::{
    audit::{AuditOutcome, AuditResource, NewAudit, ROLE},
    events::{Cause, security_action},
    ports::UsersTx,
    values::RoleName,
};

/// An act in the making.
#[derive(Debug, Clone)]
pub(crate) struct AuditedAction {
    pub(crate) at: Timestamp,
    actor: Option<UserId>,
    origin: Origin,
    resource: Option<AuditResource>,
}

impl AuditedAction {
    /// Of somebody who is signed in.
    pub(crate) fn of(user: UserId, origin: &Origin, at: Timestamp) -> Self {
        Self { at, actor: Some(user), origin: origin.clone(), resource: None }
    }

    /// Of the caller.
    pub(crate) fn by(actor: &Actor, origin: &Origin, at: Timestamp) -> Self {
        Self::of(actor.user, origin, at)
    }

    /// The same, on a role.
    pub(crate) fn on_role(self, name: &RoleName) -> Self {
        let name = Some(name.as_str().to_owned());
        Self { resource: Some(AuditResource { kind: ROLE.to_owned(), id: None, name }), ..self }
    }

    /// Of nobody who is signed in.
    pub(crate) fn anonymous(origin: &Origin, at: Timestamp) -> Self {
        Self { at, actor: None, origin: origin.clone(), resource: None }
    }

    /// Whose, if anybody was signed in.
    pub(crate) const fn actor(&self) -> Option<UserId> {
        self.actor
    }

    /// The language of a new account: the one that the caller's program prefers.
    pub(crate) fn locale(&self) -> Locale {
        self.origin.locale.unwrap_or(Locale::DEFAULT)
    }

    /// Records it, and publishes what the owner of the account should know.
    pub(crate) fn record(
        &self,
        tx: &mut dyn UsersTx,
        action: &'static str,
        target: Option<UserId>,
        outcome: AuditOutcome,
        detail: Option<String>,
    ) -> Result<(), StoreError> {
        let known = security_action(action).filter(|_| outcome == AuditOutcome::Success);
        if let (Some(user), Some(what)) = (target, known) {
            tx.outbox().append(&self.cause().security(user, what))?;
        }
        tx.audit().append(&NewAudit {
            at: self.at,
            actor: self.actor,
            action,
            target,
            resource: self.resource.clone().filter(|_| target.is_none()),
            outcome,
            ip: self.origin.ip.clone(),
            request_id: self.origin.request_id.clone(),
            detail,
        })
    }

    /// What events say of it.
    pub(crate) fn cause(&self) -> Cause {
        Cause { actor: self.actor, request_id: self.origin.request_id.clone(), at: self.at }
    }
}
