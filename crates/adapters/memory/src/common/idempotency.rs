//! `IdempotencyStore`. A claim is held by the writer's turn itself: no other unit can claim before this
//! transaction ends, and a claim that was never sealed leaves nothing behind.

use std::sync::Arc;

use kernel::{
    IdempotencyStore, StoreError, Timestamp,
    idempotency::{IdempotencyKey, IdempotencyRecord},
};

use crate::{
    state::{Kept, count, prune},
    tx::MemoryTx,
};

fn key(idempotency_key: &IdempotencyKey) -> (String, String) {
    (idempotency_key.scope.clone(), idempotency_key.key.clone())
}

impl IdempotencyStore for MemoryTx {
    fn begin(
        &mut self,
        idempotency_key: &IdempotencyKey,
        now: Timestamp,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        self.writing(|tx| {
            let key = key(idempotency_key);
            if let Some(kept) = tx.state.idempotency_records.get(&key)
                && now < kept.expires_at
            {
                return Ok(Some(kept.record.clone()));
            }
            tx.claimed.insert(key);
            Ok(None)
        })
    }

    fn complete(
        &mut self,
        idempotency_key: &IdempotencyKey,
        answer: &[u8],
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let key = key(idempotency_key);
            if !tx.claimed.remove(&key) {
                return Err(StoreError::Internal(
                    "a key was sealed that this transaction did not claim".to_owned(),
                ));
            }
            let record = IdempotencyRecord {
                fingerprint: idempotency_key.fingerprint,
                answer: answer.to_vec(),
            };
            let kept = Kept { record, expires_at };
            Arc::make_mut(&mut tx.state.idempotency_records).insert(key, Arc::new(kept));
            Ok(())
        })
    }

    fn prune(&mut self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let gone =
                prune(&mut tx.state.idempotency_records, limit, |_, kept| kept.expires_at <= now);
            Ok(count(&gone))
        })
    }
}
