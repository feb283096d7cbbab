//! Letting tries at passwords through, and counting them: see the head of [`crate::tries`].

use kernel::{Timestamp, UserId};

use super::{Deed, Users};
use crate::{
    audit::Outcome,
    error::UserError,
    ports::UsersTx,
    tries::{Keys, Tries},
    values::Digest,
};

/// A try that was let through.
pub(crate) struct Admitted {
    keys: Keys,
    /// The keys under which it was counted before it was judged.
    charged: Vec<Digest>,
    /// Whether there is anything to clear.
    known: bool,
}

impl Users {
    /// Lets a try through, or says how long to wait. Names that nobody has are treated alike.
    pub(crate) async fn admit(&self, keys: Keys, now: Timestamp) -> Result<Admitted, UserError> {
        let looked = keys.clone();
        let known = self
            .work
            .read(move |tx| {
                let mut known = Vec::new();
                for (key, patience) in &looked.0 {
                    known.push(tx.tries().get(key)?.map(|tries| tries.is_suspect(*patience, now)));
                }
                Ok::<_, UserError>(known)
            })
            .await?;
        if !known.contains(&Some(true)) {
            let known = known.iter().any(Option::is_some);
            return Ok(Admitted { keys, charged: Vec::new(), known });
        }
        let inside = keys.clone();
        let charged = self.work.write(move |tx| charge(tx, &inside, now)).await?;
        Ok(Admitted { keys, charged, known: true })
    }

    /// The password was wrong: that is on record, and counted, in one transaction that nothing takes
    /// back.
    pub(crate) async fn failed(
        &self,
        admitted: Admitted,
        deed: Deed,
        action: &'static str,
        target: Option<UserId>,
    ) -> Result<(), UserError> {
        self.work
            .write(move |tx| {
                for (key, patience) in &admitted.keys.0 {
                    if !admitted.charged.contains(key) {
                        let tries = tx.tries().lock(key, deed.at)?.failed(*patience, deed.at);
                        tx.tries().put(key, &tries)?;
                    }
                }
                Ok(deed.note(tx, action, target, Outcome::Failure, None)?)
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
                        tx.tries().clear(key)?;
                    } else if admitted.charged.contains(key) {
                        let tries = tx.tries().lock(key, now)?.refunded();
                        tx.tries().put(key, &tries)?;
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
    let mut locked: Vec<(Digest, Tries, bool)> = Vec::new();
    for (key, patience) in &keys.0 {
        let tries = tx.tries().lock(key, now)?;
        let suspect = tries.is_suspect(*patience, now);
        locked.push((*key, tries.failed(*patience, now), suspect));
        if let Some(wait) = tries.wait(now) {
            return Err(UserError::SlowDown(wait));
        }
    }
    let mut charged = Vec::new();
    for (key, tries, suspect) in locked {
        if suspect {
            tx.tries().put(&key, &tries)?;
            charged.push(key);
        }
    }
    Ok(charged)
}
