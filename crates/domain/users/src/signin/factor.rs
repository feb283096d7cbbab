//! The second factor at the door.
//!
//! A wrong code is counted by the transaction that judged it, and that transaction is kept although
//! the sign-in fails: neither a refusal nor a restart gives a try back.

use std::time::Duration;

use kernel::{StoreError, Timestamp, actor::Origin};

use super::{
    SignedIn,
    login::{Start, at_the_door, begin, still_true},
};
use crate::{
    audit::AuditOutcome,
    error::UserError,
    factor::{CHALLENGE_TRIES, Challenge, Factor, FactorCode},
    policy::{self, Denial, Proof},
    ports::{Factors, UsersTx},
    service::{AuditedAction, Users},
    session::Live,
    values::Digest,
};

/// The action of a code at the door.
const ACTION: &str = "auth.two_factor";

/// How the transaction of a second factor ended; all of these are kept.
enum Verified {
    Yes(Box<Live>),
    NoChallenge,
    Denied(Denial),
    Wrong,
    Wait(Duration),
}

/// What came of a code.
pub(crate) enum Tried {
    /// It was right; in words for the trail.
    Right(String),
    /// It was wrong, or used before.
    Wrong,
    /// It was not looked at.
    Wait(Duration),
}

impl Users {
    /// Lets somebody in who proved one thing before, if the code is right.
    pub async fn verify_factor(
        &self,
        mfa_token: &str,
        code: FactorCode,
        origin: Origin,
    ) -> Result<SignedIn, UserError> {
        let factors = self.factors()?;
        let now = self.clock.now();
        let secret = self.tokens.secret();
        let start = self.start(&secret, &origin, now);
        let digest = self.tokens.digest(mfa_token);
        match self.work.write(move |tx| verify(tx, &*factors, &digest, &code, &start)).await? {
            Verified::Yes(live) => {
                self.cache.evict(&live.user.id).await;
                self.pair(*live, secret, now)
            }
            Verified::NoChallenge => Err(UserError::BadChallenge),
            Verified::Denied(denial) => Err(at_the_door(denial)),
            Verified::Wrong => Err(UserError::BadCode),
            Verified::Wait(wait) => Err(UserError::SlowDown(wait)),
        }
    }
}

fn verify(
    tx: &mut dyn UsersTx,
    factors: &dyn Factors,
    digest: &Digest,
    code: &FactorCode,
    start: &Start,
) -> Result<Verified, UserError> {
    let now = start.now;
    // Found without a lock, to know which account to lock; then read again under it, for of many who
    // bring one challenge at once one takes it along.
    let Some(found) = tx.factors().challenge(digest)? else { return Ok(Verified::NoChallenge) };
    let Some(user) = tx.users().lock(found.user)? else { return Ok(Verified::NoChallenge) };
    let Some(challenge) = tx.factors().challenge(digest)? else {
        return Ok(Verified::NoChallenge);
    };
    let id = user.id;
    if now >= challenge.expires_at || !still_true(tx, id, challenge.first, &challenge.mark)? {
        tx.factors().drop_challenge(digest)?;
        return Ok(Verified::NoChallenge);
    }
    let audited = AuditedAction::anonymous(&start.origin, now);
    if let Err(denial) = policy::decide(&user, Proof::Factor, now) {
        audited.record(tx, ACTION, Some(id), AuditOutcome::Denied, None)?;
        return Ok(Verified::Denied(denial));
    }
    let factor = tx.factors().get(id)?.filter(Factor::is_on);
    let Some(factor) = factor.filter(|_| user.two_factor_enabled) else {
        tx.factors().drop_challenge(digest)?;
        return Ok(Verified::NoChallenge);
    };
    match try_code(tx, factors, factor, code, now)? {
        Tried::Right(how) => {
            tx.factors().drop_challenge(digest)?;
            let detail = Some(format!("{}, {how}", challenge.first.as_str()));
            Ok(Verified::Yes(Box::new(begin(tx, user, start, detail)?)))
        }
        Tried::Wrong => {
            count(tx, challenge)?;
            audited.record(tx, ACTION, Some(id), AuditOutcome::Failure, None)?;
            Ok(Verified::Wrong)
        }
        Tried::Wait(wait) => {
            audited.record(tx, ACTION, Some(id), AuditOutcome::Denied, None)?;
            Ok(Verified::Wait(wait))
        }
    }
}

/// Counts a wrong code on a challenge, which ends with the last one it bears.
fn count(tx: &mut dyn UsersTx, challenge: Challenge) -> Result<(), StoreError> {
    let failed = challenge.failed.saturating_add(1);
    if failed >= CHALLENGE_TRIES {
        return tx.factors().drop_challenge(&challenge.digest).map(|_| ());
    }
    tx.factors().save_challenge(&Challenge { failed, ..challenge })
}

/// Judges a code, and counts it whether it is right or wrong. The account must be locked: so a code is
/// taken once, however many bring it.
pub(crate) fn try_code(
    tx: &mut dyn UsersTx,
    factors: &dyn Factors,
    mut factor: Factor,
    code: &FactorCode,
    now: Timestamp,
) -> Result<Tried, UserError> {
    if let Some(wait) = factor.wait(now) {
        return Ok(Tried::Wait(wait));
    }
    let tried = match code {
        FactorCode::Device(digits) => {
            let step = factors.step(factor.user, &factor.secret, digits, factor.last_step, now)?;
            step.map(|step| (Some(step), "device".to_owned()))
        }
        FactorCode::Recovery(text) => {
            let digest = factors.recovery_digest(factor.user, text);
            let left = tx.factors().take_code(factor.user, &digest)?;
            left.map(|left| (None, format!("recovery code, {left} left")))
        }
    };
    let tried = match tried {
        Some((step, how)) => {
            factor.succeed(step);
            Tried::Right(how)
        }
        None => {
            factor.fail(now);
            Tried::Wrong
        }
    };
    tx.factors().put(&factor)?;
    Ok(tried)
}
