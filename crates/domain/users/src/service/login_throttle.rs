//! Letting tries at passwords through, and counting them: see the head of [`crate::login_throttle`].

use kernel::{Timestamp, UserId};

use super::{AuditedAction, Users};
use crate::{
    audit::AuditOutcome,
    error::UserError,
    login_throttle::{Keys, LoginThrottle},
    ports::{HashTurn, UsersTx},
    values::Digest,
};

/// The limiter's policy of judged tries at one account's password.
const ACCOUNT: &str = "account";

/// A try whose turn to be judged has come.
pub(crate) struct Admitted {
    keys: Keys,
    /// The keys under which it was counted before it was judged.
    charged: Vec<Digest>,
    /// Whether there is anything to clear.
    known: bool,
}

impl Users {
    /// Waits until a try can be judged, and counts it. A try that is refused here is not counted.
    /// Names that no account has are treated alike.
    ///
    /// `allowance` is the key of the account's allowance, if the try uses one up.
    ///
    /// Errors: `SlowDown`, `AccountLimit`, `Overloaded`.
    pub(crate) async fn admit(
        &self,
        keys: Keys,
        allowance: Option<String>,
    ) -> Result<(Admitted, Box<dyn HashTurn>), UserError> {
        // Once before the queue, so that a caller who has to wait takes no place in it.
        self.look(&keys).await?;
        let turn = self.passwords.turn().await?;
        let known = self.look(&keys).await?;
        let mut charged = Vec::new();
        if known.contains(&Some(true)) {
            let (inside, now) = (keys.clone(), self.clock.now());
            charged = self.work.write(move |tx| charge(tx, &inside, now)).await?;
        }
        let known = known.iter().any(Option::is_some);
        let admitted = Admitted { keys, charged, known };
        if let Some(key) = allowance {
            let decision = self.limiter.check(ACCOUNT, &key).await;
            if !decision.allowed {
                self.unjudged(admitted).await;
                return Err(UserError::AccountLimit(decision.retry_after));
            }
        }
        Ok((admitted, turn))
    }

    /// For each key whether tries are counted before they are judged; `None` where nothing was
    /// counted.
    ///
    /// Errors: `SlowDown` while there is anything to wait for.
    async fn look(&self, keys: &Keys) -> Result<Vec<Option<bool>>, UserError> {
        let (keys, now) = (keys.clone(), self.clock.now());
        self.work
            .read(move |tx| {
                let mut known = Vec::new();
                for (key, patience) in &keys.0 {
                    let login_throttle = tx.login_throttle().get(key)?;
                    let suspect = login_throttle
                        .map(|login_throttle| login_throttle.is_suspect(*patience, now));
                    let wait = login_throttle.and_then(|login_throttle| login_throttle.wait(now));
                    if let (Some(true), Some(wait)) = (suspect, wait) {
                        return Err(UserError::SlowDown(wait));
                    }
                    known.push(suspect);
                }
                Ok(known)
            })
            .await
    }

    /// The try was not judged after all: what was counted before is taken back. When that fails, it
    /// is forgotten in time.
    pub(crate) async fn unjudged(&self, admitted: Admitted) {
        if admitted.charged.is_empty() {
            return;
        }
        let now = self.clock.now();
        let _: Result<(), UserError> = self
            .work
            .write(move |tx| {
                for key in &admitted.charged {
                    let login_throttle = tx.login_throttle().lock(key, now)?.refunded();
                    tx.login_throttle().put(key, &login_throttle)?;
                }
                Ok(())
            })
            .await;
    }

    /// The password was wrong: that is on record, and counted, in one transaction that nothing takes
    /// back.
    pub(crate) async fn failed(
        &self,
        admitted: Admitted,
        audited: AuditedAction,
        action: &'static str,
        target: Option<UserId>,
    ) -> Result<(), UserError> {
        self.work
            .write(move |tx| {
                for (key, patience) in &admitted.keys.0 {
                    if !admitted.charged.contains(key) {
                        let login_throttle = tx
                            .login_throttle()
                            .lock(key, audited.at)?
                            .failed(*patience, audited.at);
                        tx.login_throttle().put(key, &login_throttle)?;
                    }
                }
                Ok(audited.record(tx, action, target, AuditOutcome::Failure, None)?)
            })
            .await
    }

    /// The password was right: whoever knows it has not tried before.
    pub(crate) async fn succeeded(
        &self,
        admitted: Admitted,
        now: Timestamp,
    ) -> Result<(), UserError> {
        if !admitted.known {
            return Ok(());
        }
        self.work
            .write(move |tx| {
                for (place, (key, _)) in admitted.keys.0.iter().enumerate() {
                    if Keys::clears(place) {
                        tx.login_throttle().clear(key)?;
                    } else if admitted.charged.contains(key) {
                        let login_throttle = tx.login_throttle().lock(key, now)?.refunded();
                        tx.login_throttle().put(key, &login_throttle)?;
                    }
                }
                Ok(())
            })
            .await
    }
}

/// Counts a try before it is judged, under each key that is suspect; refuses while there is anything
/// to wait for.
fn charge(tx: &mut dyn UsersTx, keys: &Keys, now: Timestamp) -> Result<Vec<Digest>, UserError> {
    let mut locked: Vec<(Digest, LoginThrottle, bool)> = Vec::new();
    for (key, patience) in &keys.0 {
        let login_throttle = tx.login_throttle().lock(key, now)?;
        let suspect = login_throttle.is_suspect(*patience, now);
        locked.push((*key, login_throttle.failed(*patience, now), suspect));
        if let Some(wait) = login_throttle.wait(now) {
            return Err(UserError::SlowDown(wait));
        }
    }
    let mut charged = Vec::new();
    for (key, login_throttle, suspect) in locked {
        if suspect {
            tx.login_throttle().put(&key, &login_throttle)?;
            charged.push(key);
        }
    }
    Ok(charged)
}
