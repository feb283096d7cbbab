//! Going out, and looking after one's own sessions.

use kernel::{Actor, SessionId, actor::Origin};

use super::close;
use crate::{
    audit::AuditOutcome,
    error::UserError,
    policy,
    service::{AuditedAction, Users},
    session::Session,
};

impl Users {
    /// Ends the caller's session. Ending it twice is no fault.
    pub async fn sign_out(&self, actor: &Actor, origin: Origin) -> Result<(), UserError> {
        self.by_session(actor, "auth.logout", &origin).await?;
        let Some(id) = actor.session else { return Ok(()) };
        match self.close_own(actor, id, origin, "auth.logout").await {
            Err(UserError::SessionNotFound) => Ok(()),
            other => other,
        }
    }

    /// Ends every session of the caller.
    pub async fn sign_out_everywhere(
        &self,
        actor: &Actor,
        origin: Origin,
    ) -> Result<(), UserError> {
        self.by_session(actor, "auth.logout_all", &origin).await?;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let id = actor.user;
        let ended = self
            .work
            .write(move |tx| {
                let ended = tx.sessions().revoke_all(id, None, audited.at)?;
                audited.record(tx, "auth.logout_all", Some(id), AuditOutcome::Success, None)?;
                Ok::<_, UserError>(ended)
            })
            .await?;
        for session in &ended {
            self.live.evict(session).await;
        }
        Ok(())
    }

    /// The caller's open sessions, newest first.
    pub async fn sessions(&self, actor: &Actor) -> Result<Vec<Session>, UserError> {
        policy::require_session(actor)?;
        let (user, now) = (actor.user, self.clock.now());
        self.work.read(move |tx| Ok(tx.sessions().of_user(user, now)?)).await
    }

    /// Ends one of the caller's sessions.
    pub async fn end_session(
        &self,
        actor: &Actor,
        id: SessionId,
        origin: Origin,
    ) -> Result<(), UserError> {
        self.by_session(actor, "auth.session_ended", &origin).await?;
        self.close_own(actor, id, origin, "auth.session_ended").await
    }

    /// Ends an open session of the caller's; others are not there to them.
    async fn close_own(
        &self,
        actor: &Actor,
        id: SessionId,
        origin: Origin,
        action: &'static str,
    ) -> Result<(), UserError> {
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let user = actor.user;
        let result = self
            .work
            .write(move |tx| {
                let session = tx.sessions().lock(id)?;
                let mut session = session
                    .filter(|session| session.user == user && session.is_open(audited.at))
                    .ok_or(UserError::SessionNotFound)?;
                close(tx, &mut session, audited.at)?;
                let detail = Some(format!("session {id}"));
                audited.record(tx, action, Some(user), AuditOutcome::Success, detail)?;
                Ok::<_, UserError>(())
            })
            .await;
        self.live.evict(&id).await;
        result
    }
}
