//! Leaving: at once, or with a time in which one can come back.

use kernel::{Actor, EmailDraft, Role, SessionId, Timestamp, UserId, actor::Origin};

use super::{
    AuditedAction, Users, another_remains,
    emails::notify_owner,
    profile::{confirmed, erase},
};
use crate::{
    audit::AuditOutcome, email_templates, error::UserError, ports::UsersTx, user::User,
    values::Password,
};

/// Accounts that one round removes.
const BATCH: u32 = 100;

impl Users {
    /// Removes the caller's account: at once, or, when there is a grace, by closing it until then.
    /// Gives until when it can be had back. When an account goes, personal data goes with it, and
    /// what others rely on lets go when they hear of it.
    pub async fn remove_me(
        &self,
        actor: &Actor,
        password: Password,
        origin: Origin,
    ) -> Result<Option<Timestamp>, UserError> {
        let id = actor.user;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let grace = self.settings.deletion_grace;
        let until = (!grace.is_zero()).then(|| audited.at.plus(grace));
        let action = if until.is_some() { "users.closed" } else { "users.deleted" };
        self.by_session(actor, action, &origin).await?;
        let (_, stored) = self.own_password(actor).await?;
        self.confirm(actor, &audited, action, Some(password), stored.clone()).await?;
        let inside = audited.clone();
        let result = self
            .work
            .write(move |tx| {
                let holders = tx.users().lock_role(Role::SuperAdmin)?;
                let user = confirmed(tx, id, stored.as_ref(), inside.at)?;
                match until {
                    Some(until) => close(tx, user, &holders, &inside, until),
                    None => erase(tx, &user, &holders, &inside),
                }
            })
            .await;
        let result = self.denied(audited, action, id, None, result).await;
        self.forget(id, result.as_deref().unwrap_or_default()).await;
        result.map(|_| until)
    }

    /// Removes closed accounts whose time is over; gives how many. One that cannot go does not keep
    /// the others.
    pub async fn purge_closed(&self) -> Result<u64, UserError> {
        let now = self.clock.now();
        let due = self.work.read(move |tx| Ok::<_, UserError>(tx.users().due(now, BATCH)?)).await?;
        let (mut gone, mut failed) = (0, None);
        for id in due {
            match self.purge_one(id, now).await {
                Ok(true) => gone += 1,
                Ok(false) => {}
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(gone), Err)
    }

    /// Its owner may have had it back a moment ago, so the account is asked again.
    async fn purge_one(&self, id: UserId, now: Timestamp) -> Result<bool, UserError> {
        let audited = AuditedAction::anonymous(&Origin::default(), now);
        let sessions = self
            .work
            .write(move |tx| {
                let holders = tx.users().lock_role(Role::SuperAdmin)?;
                let user = tx.users().lock(id)?;
                match user.filter(|user| user.purge_at.is_some_and(|at| at <= now)) {
                    Some(user) => erase(tx, &user, &holders, &audited).map(Some),
                    None => Ok(None),
                }
            })
            .await?;
        let Some(sessions) = sessions else { return Ok(false) };
        self.forget(id, &sessions).await;
        Ok(true)
    }
}

/// Closes a locked account, as its owner asked.
fn close(
    tx: &mut dyn UsersTx,
    user: User,
    holders: &[UserId],
    audited: &AuditedAction,
    until: Timestamp,
) -> Result<Vec<SessionId>, UserError> {
    if user.role == Role::SuperAdmin {
        another_remains(tx, holders, user.id)?;
    }
    let email = email_templates::account_closed(user.locale, until);
    close_until(tx, user, audited, until, &email, None)
}

/// Closes a locked account and tells its owner; returns the sessions that ended.
pub(super) fn close_until(
    tx: &mut dyn UsersTx,
    mut user: User,
    audited: &AuditedAction,
    until: Timestamp,
    email: &EmailDraft,
    detail: Option<String>,
) -> Result<Vec<SessionId>, UserError> {
    user.purge_at = Some(until);
    user.updated_at = audited.at;
    tx.users().save(&mut user)?;
    let sessions = tx.sessions().revoke_all(user.id, None, audited.at)?;
    tx.one_time_tokens().revoke(user.id, None)?;
    tx.one_time_tokens().withdraw(user.id)?;
    tx.phone_changes().remove(user.id)?;
    notify_owner(tx, &user, email, audited.at)?;
    audited.record(tx, "users.closed", Some(user.id), AuditOutcome::Success, detail)?;
    Ok(sessions)
}
