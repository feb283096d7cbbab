//! What people do with their own second factor, and administrators with that of others.

use std::{sync::Arc, time::Duration};

use kernel::{Actor, SessionId, StoreError, Timestamp, UserId, actor::Origin};

use super::{Deed, Users, admin::as_of_now, open_sessions, profile::confirmed};
use crate::{
    audit::Outcome,
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
enum Settled {
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
        let deed = Deed::by(actor, &origin, self.clock.now());
        let (user, stored) =
            self.reauthenticate(actor, &deed, "auth.two_factor_set_up", password).await?;
        if user.two_factor_enabled {
            return Err(UserError::FactorOn);
        }
        let secret = factors.secret(id)?;
        let sealed = secret.sealed;
        self.work
            .write(move |tx| {
                let user = confirmed(tx, id, stored.as_ref(), deed.at)?;
                if user.two_factor_enabled {
                    return Err(UserError::FactorOn);
                }
                tx.factors().put(&Factor::pending(id, sealed.clone(), deed.at))?;
                Ok(deed.note(tx, "auth.two_factor_set_up", Some(id), Outcome::Success, None)?)
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
        let deed = Deed::by(actor, &origin, self.clock.now());
        let (codes, digests) = new_codes(&*factors, actor.user);
        let (id, except) = (actor.user, actor.session);
        let settled = self
            .work
            .write(move |tx| {
                let action = "auth.two_factor_enabled";
                let user = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                policy::decide(&user, Proof::Again, deed.at).map_err(|_| UserError::Suspended)?;
                let factor = waiting(tx, &user, deed.at)?;
                match try_code(tx, &*factors, factor, &code, deed.at)? {
                    Tried::Right(_) => {}
                    other => return refused(tx, &deed, action, other),
                }
                // As `try_code` left it: the code that turned it on is used.
                let factor = tx.factors().get(id)?.ok_or(UserError::FactorNotSetUp)?;
                tx.factors().put(&Factor { confirmed_at: Some(deed.at), ..factor })?;
                tx.factors().set_codes(id, &digests)?;
                turned(tx, user, true, &deed)?;
                let sessions = open_sessions(tx, id, deed.at)?;
                tx.sessions().revoke_all(id, except, deed.at)?;
                deed.note(tx, action, Some(id), Outcome::Success, None)?;
                Ok(Settled::Done(sessions))
            })
            .await?;
        self.settled(id, settled).await?;
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
        let deed = Deed::by(actor, &origin, self.clock.now());
        let (user, stored) = self.reauthenticate(actor, &deed, action, password).await?;
        if !user.two_factor_enabled {
            return Err(UserError::FactorOff);
        }
        let (id, except) = (actor.user, actor.session);
        let settled = self
            .work
            .write(move |tx| {
                let user = confirmed(tx, id, stored.as_ref(), deed.at)?;
                let factor = on(tx, id)?;
                match try_code(tx, &*factors, factor, &code, deed.at)? {
                    Tried::Right(_) => {}
                    other => return refused(tx, &deed, action, other),
                }
                tx.factors().remove(id)?;
                turned(tx, user, false, &deed)?;
                let sessions = open_sessions(tx, id, deed.at)?;
                tx.sessions().revoke_all(id, except, deed.at)?;
                deed.note(tx, action, Some(id), Outcome::Success, None)?;
                Ok(Settled::Done(sessions))
            })
            .await?;
        self.settled(id, settled).await
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
        let deed = Deed::by(actor, &origin, self.clock.now());
        let (user, stored) = self.reauthenticate(actor, &deed, action, password).await?;
        if !user.two_factor_enabled {
            return Err(UserError::FactorOff);
        }
        let id = actor.user;
        let (codes, digests) = new_codes(&*factors, id);
        let settled = self
            .work
            .write(move |tx| {
                confirmed(tx, id, stored.as_ref(), deed.at)?;
                let factor = on(tx, id)?;
                match try_code(tx, &*factors, factor, &code, deed.at)? {
                    Tried::Right(_) => {}
                    other => return refused(tx, &deed, action, other),
                }
                tx.factors().set_codes(id, &digests)?;
                deed.note(tx, action, Some(id), Outcome::Success, None)?;
                Ok(Settled::Done(Vec::new()))
            })
            .await?;
        self.settled(id, settled).await?;
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
        let deed = Deed::by(actor, &origin, self.clock.now());
        let (actor, inside) = (actor.clone(), deed.clone());
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
        let result = self.denied(deed, RESET, id, None, result).await;
        self.forget(id, result.as_deref().unwrap_or_default()).await;
        result.map(|_| ())
    }

    /// The same by whoever operates the server, for anybody, by name; false when nobody has it.
    pub async fn reset_factor_by_operator(&self, name: &Username) -> Result<bool, UserError> {
        let deed = Deed::anonymous(&Origin::default(), self.clock.now());
        let name = name.clone();
        let taken = self
            .work
            .write(move |tx| {
                let Some(found) = tx.users().find_by_username(name.as_str())? else {
                    return Ok(None);
                };
                let id = found.id;
                let user = tx.users().lock(id)?.ok_or(UserError::NotFound(id))?;
                Ok::<_, UserError>(Some((id, take(tx, user, &deed)?)))
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
        deed: &Deed,
        action: &'static str,
        password: Option<Password>,
    ) -> Result<(User, Option<PasswordHash>), UserError> {
        let (user, stored) = self.own_password(actor).await?;
        self.confirm(actor, deed, action, password, stored.clone()).await?;
        Ok((user, stored))
    }

    /// The answer, after the caches forgot what was before.
    async fn settled(&self, id: UserId, settled: Settled) -> Result<(), UserError> {
        match settled {
            Settled::Done(sessions) => {
                self.forget(id, &sessions).await;
                Ok(())
            }
            Settled::Wrong => Err(UserError::WrongCode),
            Settled::Wait(wait) => Err(UserError::SlowDown(wait)),
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
fn take(tx: &mut dyn UsersTx, user: User, deed: &Deed) -> Result<Vec<SessionId>, UserError> {
    let (id, was_on) = (user.id, user.two_factor_enabled);
    if !tx.factors().remove(id)? && !was_on {
        return Ok(Vec::new());
    }
    deed.note(tx, RESET, Some(id), Outcome::Success, None)?;
    if !was_on {
        return Ok(Vec::new());
    }
    turned(tx, user, false, deed)?;
    Ok(tx.sessions().revoke_all(id, None, deed.at)?)
}

/// Puts a code that was not right on record.
fn refused(
    tx: &mut dyn UsersTx,
    deed: &Deed,
    action: &'static str,
    tried: Tried,
) -> Result<Settled, UserError> {
    let (outcome, settled) = match tried {
        Tried::Wait(wait) => (Outcome::Denied, Settled::Wait(wait)),
        Tried::Wrong | Tried::Right(_) => (Outcome::Failure, Settled::Wrong),
    };
    deed.note(tx, action, deed.actor(), outcome, None)?;
    Ok(settled)
}

/// Says on the account whether there is a second factor, and tells of it.
fn turned(
    tx: &mut dyn UsersTx,
    mut user: User,
    enabled: bool,
    deed: &Deed,
) -> Result<(), StoreError> {
    user.two_factor_enabled = enabled;
    user.updated_at = deed.at;
    tx.users().save(&mut user)?;
    tx.outbox().append(&deed.cause().updated(&user))
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
