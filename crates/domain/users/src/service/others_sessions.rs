//! Sessions of other people, for administrators: read, and ended all together.

use kernel::{Actor, UserId, actor::Origin};

use super::{
    AuditedAction, Users,
    admin::{as_of_now, manageable},
};
use crate::{audit::AuditOutcome, error::UserError, session::Session};

/// The act of ending them.
const ENDED: &str = "auth.sessions_ended";

impl Users {
    /// The open sessions of an account below the caller's own role, newest first.
    ///
    /// # Errors
    ///
    /// `NotFound`, `MissingPermission`, `AboveYourRole`.
    pub async fn sessions_of(
        &self,
        actor: &Actor,
        id: UserId,
        origin: Origin,
    ) -> Result<Vec<Session>, UserError> {
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (actor, now) = (actor.clone(), audited.at);
        let result = self
            .work
            .read(move |tx| {
                let user = tx.users().get(id)?.ok_or(UserError::NotFound(id))?;
                manageable(tx, &actor, &user)?;
                Ok(tx.sessions().of_user(id, now)?)
            })
            .await;
        self.denied(audited, "auth.sessions_listed", id, None, result).await
    }

    /// Ends every session of an account below the caller's own role. Without a session nothing happens.
    ///
    /// # Errors
    ///
    /// `NotFound`, `MissingPermission`, `AboveYourRole`, `SessionNeeded`.
    pub async fn end_sessions_of(
        &self,
        actor: &Actor,
        id: UserId,
        origin: Origin,
    ) -> Result<(), UserError> {
        self.by_session(actor, ENDED, &origin).await?;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (actor, inside) = (actor.clone(), audited.clone());
        let result = self
            .work
            .write(move |tx| {
                let actor = as_of_now(tx, &actor)?;
                let user = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                manageable(tx, &actor, &user)?;
                let ended = tx.sessions().revoke_all(id, None, inside.at)?;
                if !ended.is_empty() {
                    inside.record(tx, ENDED, Some(id), AuditOutcome::Success, None)?;
                }
                Ok(ended)
            })
            .await;
        let result = self.denied(audited, ENDED, id, None, result).await;
        self.forget(id, result.as_deref().unwrap_or_default()).await;
        result.map(|_| ())
    }
}
