//! The audit trail, for who may read it, and the refusals that are put on it.

use std::time::Duration;

use kernel::{Actor, Attempt, Page, PageRequest, Permission, actor::Origin};

use super::{AuditedAction, Users};
use crate::{
    audit::{Audit, AuditFilter, AuditOutcome},
    audit_log::{self, AuditLog},
    chain::{ChainEntry, Flaw, Whole},
    error::UserError,
    policy,
    values::AuditId,
};

impl Users {
    /// A page of the audit trail, newest first.
    pub async fn audit(
        &self,
        actor: &Actor,
        filter: AuditFilter,
        page: PageRequest,
        origin: Origin,
    ) -> Result<Page<Audit>, UserError> {
        self.permit(actor, Permission::AuditRead, "audit.read", &origin).await?;
        self.work.read_slow(move |tx| Ok(tx.audit().list(&filter, &page)?)).await
    }

    /// Begins an export of the audit trail, which is itself an act on it.
    pub async fn begin_audit_export(&self, actor: &Actor, origin: Origin) -> Result<(), UserError> {
        self.permit(actor, Permission::AuditRead, "audit.exported", &origin).await?;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        self.record_alone(audited, "audit.exported", None, AuditOutcome::Success, None).await
    }

    /// Checks the whole audit trail, as [`AuditLog::verify`] does. The check itself is not recorded.
    pub async fn verify_audit(
        &self,
        actor: &Actor,
        noted: Option<ChainEntry>,
        origin: Origin,
    ) -> Result<Result<Whole, Flaw>, UserError> {
        self.permit(actor, Permission::AuditRead, "audit.read", &origin).await?;
        Ok(self.audit_log().verify(noted).await?)
    }

    /// The next entries of an export, oldest first; the last page is shorter than
    /// [`audit_log::PAGE`].
    pub async fn audit_export(
        &self,
        actor: &Actor,
        filter: AuditFilter,
        after: Option<AuditId>,
    ) -> Result<Vec<Audit>, UserError> {
        actor.require(Permission::AuditRead)?;
        Ok(self.audit_log().page(filter, after, audit_log::PAGE).await?)
    }

    /// Removes entries of the audit trail that are more than `keep` old; gives how many.
    pub async fn prune_audit(&self, keep: Duration) -> Result<u64, UserError> {
        Ok(self.audit_log().prune(self.clock.now(), keep).await?)
    }

    pub(super) fn audit_log(&self) -> AuditLog {
        AuditLog::new(std::sync::Arc::clone(&self.work))
    }

    /// Asks for a permission; that it is missing is put on record under the name of what was tried.
    pub async fn permit(
        &self,
        actor: &Actor,
        permission: Permission,
        action: &'static str,
        origin: &Origin,
    ) -> Result<(), UserError> {
        let asked = actor.require(permission);
        if asked.is_err() {
            let audited = AuditedAction::by(actor, origin, self.clock.now());
            let detail = Some(format!("needs {}", permission.as_str()));
            self.record_alone(audited, action, None, AuditOutcome::Denied, detail).await?;
        }
        Ok(asked?)
    }

    /// Records that a caller was refused what an operation needs.
    ///
    /// Errors: `Store`.
    pub(crate) async fn record_refusal(
        &self,
        actor: &Actor,
        missing: Option<&'static str>,
        attempt: Attempt,
        origin: &Origin,
    ) -> Result<(), UserError> {
        let audited = AuditedAction::by(actor, origin, self.clock.now());
        let (target, detail) = match missing {
            Some(missing) => (attempt.target, format!("needs {missing}")),
            None => (attempt.target.or(Some(actor.user)), "by a token".to_owned()),
        };
        self.record_alone(audited, attempt.action, target, AuditOutcome::Denied, Some(detail)).await
    }

    /// Asks for a sign-in rather than a personal access token; that somebody tried with one is put
    /// on record under the name of what was tried.
    pub async fn by_session(
        &self,
        actor: &Actor,
        action: &'static str,
        origin: &Origin,
    ) -> Result<(), UserError> {
        let asked = policy::require_session(actor);
        if asked.is_err() {
            let audited = AuditedAction::by(actor, origin, self.clock.now());
            let detail = Some("by a token".to_owned());
            self.record_alone(audited, action, Some(actor.user), AuditOutcome::Denied, detail)
                .await?;
        }
        asked
    }
}
