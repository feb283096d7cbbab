//! What people do with their own second factor, and administrators with that of others.

use std::{sync::Arc, time::Duration};

use kernel::{Actor, SessionId, StoreError, Timestamp, UserId, actor::Origin};

use super::{AuditedAction, Users, admin::as_of_now, open_sessions, profile::confirmed};
use crate::{
    audit::AuditOutcome,
    error::UserError,
    factor::{Factor, FactorCode, RECOVERY_CODES, shown},
    policy::{self, Proof},
    ports::{Factors, UsersTx},
    signin::{Tried, try_code},
    user::User,
    values::{Digest, Password, PasswordHash, Username},
};

/// How it is called on the trail that somebody's factor was taken by others.
const RESET: &str = "users.two_factor_reset";

/// What a device is told.
#[derive(Clone, PartialEq, Eq)]
pub struct FactorSetup {
    /// To be typed in.
    pub secret: String,
    /// The same as a URL.
    pub url: String,
    /// The same as a picture: a `data:` URL.
    pub picture: String,
}

/// Never shows the secret.
impl std::fmt::Debug for FactorSetup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FactorSetup(…)")
    }
}

/// How a transaction with a code ended; all of these are kept.
enum FactorChange {
    /// With the sessions that ended, and those that go on and must be read anew.
    Done(Vec<SessionId>),
    Wrong,
    Wait(Duration),
}

impl Users {
    /// What makes and reads second factors, where the server has a key for them.
    pub(crate) fn factors(&self) -> Result<Arc<dyn Factors>, UserError> {
        self.factors.clone().ok_or(UserError::FactorsUnavailable)
    }

    /// Shows the caller a secret for a device. Nobody is asked for codes before
    /// [`Users::enable_factor`]; until then, a repetition replaces the secret.
    pub async fn set_up_factor(
        &self,
        actor: &Actor,
        password: Option<Password>,
        origin: Origin,
    ) -> Result<FactorSetup, UserError> {
        self.by_session(actor, "auth.two_factor_set_up", &origin).await?;
        let factors = self.factors()?;
        let id = actor.user;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (user, stored) =
            self.reauthenticate(actor, &audited, "auth.two_factor_set_up", password).await?;
        if user.two_factor_enabled {
            return Err(UserError::FactorOn);
        }
        let secret = factors.secret(id)?;
        let sealed = secret.sealed;
        self.work
            .write(move |tx| {
                let user = confirmed(tx, id, stored.as_ref(), audited.at)?;
                if user.two_factor_enabled {
                    return Err(UserError::FactorOn);
                }
                tx.factors().put(&Factor::pending(id, sealed.clone(), audited.at))?;
                Ok(audited.record(
                    tx,
                    "auth.two_factor_set_up",
                    Some(id),
                    AuditOutcome::Success,
                    None,
                )?)
            })
            .await?;
        let url = factors.url(&user.username, &secret.text);
        let picture = factors.picture(&url)?;
        Ok(FactorSetup { secret: secret.text, url, picture })
    }

    /// Turns the caller's second factor on, once a code shows that a device has the secret; gives the
    /// recovery codes, this once. Every other session ends.
    pub async fn enable_factor(
        &self,
        actor: &Actor,
        code: FactorCode,
        origin: Origin,
    ) -> Result<Vec<String>, UserError> {
        self.by_session(actor, "auth.two_factor_enabled", &origin).await?;
        let factors = self.factors()?;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (codes, digests) = new_codes(&*factors, actor.user);
        let (id, except) = (actor.user, actor.session);
        let change = self
            .work
            .write(move |tx| {
                let action = "auth.two_factor_enabled";
                let user = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                policy::decide(&user, Proof::Again, audited.at)
                    .map_err(|_| UserError::Suspended)?;
                let factor = waiting(tx, &user, audited.at)?;
                match try_code(tx, &*factors, factor, &code, audited.at)? {
                    Tried::Right(_) => {}
                    other => return refused(tx, &audited, action, other),
                }
                // As `try_code` left it: the code that turned it on is used.
                let factor = tx.factors().get(id)?.ok_or(UserError::FactorNotSetUp)?;
                tx.factors().put(&Factor { confirmed_at: Some(audited.at), ..factor })?;
                tx.factors().set_codes(id, &digests)?;
                turned(tx, user, true, &audited)?;
                let sessions = open_sessions(tx, id, audited.at)?;
                tx.sessions().revoke_all(id, except, audited.at)?;
                audited.record(tx, action, Some(id), AuditOutcome::Success, None)?;
                Ok(FactorChange::Done(sessions))
            })
            .await?;
        self.after_change(id, change).await?;
        Ok(codes)
    }

    /// Turns the caller's second factor off. Every other session ends.
    pub async fn disable_factor(
        &self,
        actor: &Actor,
        password: Option<Password>,
        code: FactorCode,
        origin: Origin,
    ) -> Result<(), UserError> {
        let action = "auth.two_factor_disabled";
        self.by_session(actor, action, &origin).await?;
        let factors = self.factors()?;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (user, stored) = self.reauthenticate(actor, &audited, action, password).await?;
        if !user.two_factor_enabled {
            return Err(UserError::FactorOff);
        }
        let (id, except) = (actor.user, actor.session);
        let change = self
            .work
            .write(move |tx| {
                let user = confirmed(tx, id, stored.as_ref(), audited.at)?;
                let factor = on(tx, id)?;
                match try_code(tx, &*factors, factor, &code, audited.at)? {
                    Tried::Right(_) => {}
                    other => return refused(tx, &audited, action, other),
                }
                tx.factors().remove(id)?;
                turned(tx, user, false, &audited)?;
                let sessions = open_sessions(tx, id, audited.at)?;
                tx.sessions().revoke_all(id, except, audited.at)?;
                audited.record(tx, action, Some(id), AuditOutcome::Success, None)?;
                Ok(FactorChange::Done(sessions))
            })
            .await?;
        self.after_change(id, change).await
    }

    /// Replaces the caller's recovery codes, and gives the new ones, this once.
    pub async fn renew_recovery_codes(
        &self,
        actor: &Actor,
        password: Option<Password>,
        code: FactorCode,
        origin: Origin,
    ) -> Result<Vec<String>, UserError> {
        let action = "auth.recovery_codes_renewed";
        self.by_session(actor, action, &origin).await?;
        let factors = self.factors()?;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (user, stored) = self.reauthenticate(actor, &audited, action, password).await?;
        if !user.two_factor_enabled {
            return Err(UserError::FactorOff);
        }
        let id = actor.user;
        let (codes, digests) = new_codes(&*factors, id);
        let change = self
            .work
            .write(move |tx| {
                confirmed(tx, id, stored.as_ref(), audited.at)?;
                let factor = on(tx, id)?;
                match try_code(tx, &*factors, factor, &code, audited.at)? {
                    Tried::Right(_) => {}
                    other => return refused(tx, &audited, action, other),
                }
                tx.factors().set_codes(id, &digests)?;
                audited.record(tx, action, Some(id), AuditOutcome::Success, None)?;
                Ok(FactorChange::Done(Vec::new()))
            })
            .await?;
        self.after_change(id, change).await?;
        Ok(codes)
    }

    /// Takes somebody's second factor away, for who lost device and codes. All their sessions end.
    /// Without a factor there is nothing to take, and that is no fault.
    pub async fn reset_factor(
        &self,
        actor: &Actor,
        id: UserId,
        origin: Origin,
    ) -> Result<(), UserError> {
        self.by_session(actor, RESET, &origin).await?;
        let audited = AuditedAction::by(actor, &origin, self.clock.now());
        let (actor, inside) = (actor.clone(), audited.clone());
        let result = self
            .work
            .write(move |tx| {
                let actor = as_of_now(tx, &actor)?;
                let user = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                policy::may_reset_factor(&actor, user.role)?;
                policy::may_reach(&actor, user.role, tx.roles().permissions_of(id)?)?;
                take(tx, user, &inside)
            })
            .await;
        let result = self.denied(audited, RESET, id, None, result).await;
        self.forget(id, result.as_deref().unwrap_or_default()).await;
        result.map(|_| ())
    }

    /// The same by whoever operates the server, for anybody, by name; false when nobody has it.
    pub async fn reset_factor_by_operator(&self, name: &Username) -> Result<bool, UserError> {
        let audited = AuditedAction::anonymous(&Origin::default(), self.clock.now());
        let name = name.clone();
        let taken = self
            .work
            .write(move |tx| {
                let Some(found) = tx.users().find_by_username(name.as_str())? else {
                    return Ok(None);
                };
                let id = found.id;
                let user = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                Ok::<_, UserError>(Some((id, take(tx, user, &audited)?)))
            })
            .await?;
        let Some((id, ended)) = taken else { return Ok(false) };
        self.forget(id, &ended).await;
        Ok(true)
    }

    /// Asks the caller for their password once more; where there is none, the session must be a new
    /// one.
    async fn reauthenticate(
        &self,
        actor: &Actor,
        audited: &AuditedAction,
        action: &'static str,
        password: Option<Password>,
    ) -> Result<(User, Option<PasswordHash>), UserError> {
        let (user, stored) = self.own_password(actor).await?;
        self.confirm(actor, audited, action, password, stored.clone()).await?;
        Ok((user, stored))
    }

    /// The answer, after the caches forgot what was before.
    async fn after_change(&self, id: UserId, change: FactorChange) -> Result<(), UserError> {
        match change {
            FactorChange::Done(sessions) => {
                self.forget(id, &sessions).await;
                Ok(())
            }
            FactorChange::Wrong => Err(UserError::WrongCode),
            FactorChange::Wait(wait) => Err(UserError::SlowDown(wait)),
        }
    }
}

/// The factor of a locked account, if it is on.
fn on(tx: &mut dyn UsersTx, id: UserId) -> Result<Factor, UserError> {
    tx.factors().get(id)?.filter(Factor::is_on).ok_or(UserError::FactorOff)
}

/// The factor of a locked account, if it waits for its first code.
fn waiting(tx: &mut dyn UsersTx, user: &User, now: Timestamp) -> Result<Factor, UserError> {
    if user.two_factor_enabled {
        return Err(UserError::FactorOn);
    }
    let factor = tx.factors().get(user.id)?;
    factor.filter(|factor| factor.is_pending(now)).ok_or(UserError::FactorNotSetUp)
}

/// Takes the factor of a locked account, if there is one; gives the sessions that ended.
fn take(
    tx: &mut dyn UsersTx,
    user: User,
    audited: &AuditedAction,
) -> Result<Vec<SessionId>, UserError> {
    let (id, was_on) = (user.id, user.two_factor_enabled);
    if !tx.factors().remove(id)? && !was_on {
        return Ok(Vec::new());
    }
    audited.record(tx, RESET, Some(id), AuditOutcome::Success, None)?;
    if !was_on {
        return Ok(Vec::new());
    }
    turned(tx, user, false, audited)?;
    Ok(tx.sessions().revoke_all(id, None, audited.at)?)
}

/// Puts a code that was not right on record.
fn refused(
    tx: &mut dyn UsersTx,
    audited: &AuditedAction,
    action: &'static str,
    tried: Tried,
) -> Result<FactorChange, UserError> {
    let (outcome, change) = match tried {
        Tried::Wait(wait) => (AuditOutcome::Denied, FactorChange::Wait(wait)),
        Tried::Wrong | Tried::Right(_) => (AuditOutcome::Failure, FactorChange::Wrong),
    };
    audited.record(tx, action, audited.actor(), outcome, None)?;
    Ok(change)
}

/// Says on the account whether there is a second factor, and tells of it.
fn turned(
    tx: &mut dyn UsersTx,
    mut user: User,
    enabled: bool,
    audited: &AuditedAction,
) -> Result<(), StoreError> {
    user.two_factor_enabled = enabled;
    user.updated_at = audited.at;
    tx.users().save(&mut user)?;
    tx.outbox().append(&audited.cause().updated(&user))
}

/// New recovery codes: as they are shown, and as stores keep them.
fn new_codes(factors: &dyn Factors, user: UserId) -> (Vec<String>, Vec<Digest>) {
    (0..RECOVERY_CODES)
        .map(|_| {
            let code = factors.recovery_code();
            let digest = factors.recovery_digest(user, &code);
            (shown(&code), digest)
        })
        .unzip()
}
