//! The audit trail, for who may read it, and the refusals that are put on it.

use std::time::Duration;

use kernel::{Actor, Page, PageRequest, Permission, UserId, actor::Origin};

use super::{Deed, Users};
use crate::{
    audit::{Audit, AuditFilter, Outcome},
    error::UserError,
    policy::{self, Entitlement},
    trail::{self, Trail},
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
        let deed = Deed::by(actor, &origin, self.clock.now());
        self.note_alone(deed, "audit.exported", None, Outcome::Success, None).await
    }

    /// The next entries of an export, oldest first; the last page is shorter than
    /// [`trail::PAGE`].
    pub async fn audit_export(
        &self,
        actor: &Actor,
        filter: AuditFilter,
        after: Option<AuditId>,
    ) -> Result<Vec<Audit>, UserError> {
        actor.require(Permission::AuditRead)?;
        Ok(self.trail().page(filter, after, trail::PAGE).await?)
    }

    /// Removes entries of the audit trail that are more than `keep` old; gives how many.
    pub async fn prune_audit(&self, keep: Duration) -> Result<u64, UserError> {
        Ok(self.trail().prune(self.clock.now(), keep).await?)
    }

    pub(super) fn trail(&self) -> Trail {
        Trail::new(std::sync::Arc::clone(&self.work))
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
            let deed = Deed::by(actor, origin, self.clock.now());
            let detail = Some(format!("needs {}", permission.as_str()));
            self.note_alone(deed, action, None, Outcome::Denied, detail).await?;
        }
        Ok(asked?)
    }

    /// Asks for what an operation needs; a refusal is put on record, as aimed at `target` where that
    /// is known.
    ///
    /// Errors: `SessionNeeded`, `MissingPermission`.
    pub async fn entitled(
        &self,
        actor: &Actor,
        needs: Entitlement,
        action: &'static str,
        target: Option<UserId>,
        origin: &Origin,
    ) -> Result<(), UserError> {
        let Err(refusal) = policy::entitled(actor, needs) else { return Ok(()) };
        let deed = Deed::by(actor, origin, self.clock.now());
        let (target, detail) = match &refusal {
            UserError::MissingPermission(missing) => (target, format!("needs {missing}")),
            _ => (target.or(Some(actor.user)), "by a token".to_owned()),
        };
        self.note_alone(deed, action, target, Outcome::Denied, Some(detail)).await?;
        Err(refusal)
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
            let deed = Deed::by(actor, origin, self.clock.now());
            let detail = Some("by a token".to_owned());
            self.note_alone(deed, action, Some(actor.user), Outcome::Denied, detail).await?;
        }
        asked
    }
}
