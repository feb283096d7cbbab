//! What people do with the identities of their own account.

use kernel::{Actor, actor::Origin};

use super::Begun;
use crate::{
    audit::AuditOutcome,
    error::UserError,
    external::{FrontEnd, Identity, Purpose},
    policy,
    service::{AuditedAction, Users},
    values::Password,
};

impl Users {
    /// The identities of the caller, who signed in, oldest first.
    pub async fn identities(&self, actor: &Actor) -> Result<Vec<Identity>, UserError> {
        policy::require_session(actor)?;
        let user = actor.user;
        self.work.read(move |tx| Ok(tx.identities().of_user(user)?)).await
    }

    /// Sends the caller to a provider to add an identity. Asks for the password once more; an
    /// account without one needs a session that began just now.
    pub async fn begin_link(
        &self,
        actor: &Actor,
        provider: &str,
        password: Option<Password>,
        browser: Option<String>,
        front: Option<FrontEnd>,
        origin: Origin,
    ) -> Result<Begun, UserError> {
        self.by_session(actor, "auth.linked", &origin).await?;
        let provider = self.provider(provider)?;
        let session =
            actor.session.ok_or(UserError::BadToken("Only somebody who is signed in can link."))?;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (_, stored) = self.own_password(actor).await?;
        self.confirm(actor, &audited, "auth.linked", password, stored).await?;
        self.begin(provider, browser, front, Purpose::Link(actor.user, session)).await
    }

    /// Takes the identity of a provider from the caller's account, unless nobody could come in any
    /// more. Every other session ends: one of them may be why.
    pub async fn unlink(
        &self,
        actor: &Actor,
        provider: &str,
        origin: Origin,
    ) -> Result<(), UserError> {
        self.by_session(actor, "auth.unlinked", &origin).await?;
        let provider = crate::external::ProviderName::parse(provider)
            .map_err(|_| UserError::ProviderUnknown)?;
        let (id, except) = (actor.user, actor.session);
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let ended = self
            .work
            .write(move |tx| {
                tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                let known = tx.identities().of_user(id)?;
                if !known.iter().any(|identity| identity.provider == provider) {
                    return Err(UserError::NotLinked);
                }
                if known.len() == 1 && tx.users().password(id)?.is_none() {
                    return Err(UserError::LastWayIn);
                }
                tx.identities().remove(id, &provider)?;
                let ended = tx.sessions().revoke_all(id, except, audited.at)?;
                let detail = Some(provider.as_str().to_owned());
                audited.record(tx, "auth.unlinked", Some(id), AuditOutcome::Success, detail)?;
                Ok(ended)
            })
            .await?;
        self.forget(id, &ended).await;
        Ok(())
    }
}
