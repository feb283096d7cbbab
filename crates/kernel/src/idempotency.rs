//! Idempotency: the record of a request is written by the transaction that makes its change, so
//! that after a crash there are both or neither.

use std::{sync::Arc, time::Duration};

use crate::{CommonTx, StoreError, Timestamp};

/// How long an answer is kept.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// What identifies a request that must take effect once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// Who and where: the caller and the route.
    pub scope: String,
    /// The caller's key (1–255 visible ASCII).
    pub key: String,
    /// A keyed digest of the request (its body may hold a password), so that a key reused for
    /// another request is noticed.
    pub fingerprint: [u8; 32],
}

/// A slip together with the way to turn the outcome into the answer that is kept.
pub struct Idempotent<T> {
    /// What identifies the request.
    pub key: IdempotencyKey,
    /// Turns the outcome into the bytes that a replay will be answered with.
    pub encode: Arc<dyn Fn(&T) -> Vec<u8> + Send + Sync>,
}

impl<T> Clone for Idempotent<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), encode: Arc::clone(&self.encode) }
    }
}

/// A kept answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Of the request that made it.
    pub fingerprint: [u8; 32],
    /// The sealed answer.
    pub answer: Vec<u8>,
}

/// The outcome of a use case that takes effect once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It took effect now.
    Executed(T),
    /// It took effect before; this is what was answered then.
    Replayed(Vec<u8>),
}

/// Where receipts are kept.
///
/// * R1 `claim` of a new (scope, key) gives `None` and holds the key until the transaction ends;
/// * R2 `claim` of a key that a committed transaction sealed gives its receipt;
/// * R3 of two transactions that claim one key at once, one waits for the other's end;
/// * R4 an expired receipt counts as absent and is replaced;
/// * R5 a rolled-back claim leaves the key free;
/// * R6 scopes do not see one another's keys.
pub trait IdempotencyStore {
    /// Claims a key, or gives the receipt that is already there.
    fn begin(
        &mut self,
        idempotency_key: &IdempotencyKey,
        now: Timestamp,
    ) -> Result<Option<IdempotencyRecord>, StoreError>;
    /// Keeps the answer of a key claimed in this transaction until `expires_at`.
    fn complete(
        &mut self,
        idempotency_key: &IdempotencyKey,
        answer: &[u8],
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Forgets what expired before `now`, at most `limit` rows; gives how many.
    fn prune(&mut self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// The key was used before for another request (422).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this Idempotency-Key was used for another request")]
pub struct KeyReused;

/// Runs `effect` unless `once` names a request that took effect before.
pub fn run_once<Tx, T, E>(
    tx: &mut Tx,
    idempotent: Option<&Idempotent<T>>,
    now: Timestamp,
    effect: impl FnOnce(&mut Tx) -> Result<T, E>,
) -> Result<Outcome<T>, E>
where
    Tx: CommonTx + ?Sized,
    E: From<StoreError> + From<KeyReused>,
{
    let Some(idempotent) = idempotent else {
        return effect(tx).map(Outcome::Executed);
    };
    if let Some(record) = tx.idempotency().begin(&idempotent.key, now)? {
        if record.fingerprint != idempotent.key.fingerprint {
            return Err(KeyReused.into());
        }
        return Ok(Outcome::Replayed(record.answer));
    }
    let outcome = effect(tx)?;
    tx.idempotency().complete(
        &idempotent.key,
        &(idempotent.encode)(&outcome),
        now.plus(KEPT_FOR),
    )?;
    Ok(Outcome::Executed(outcome))
}
