//! `Receipts`. A claim is held by the writer's turn itself: nobody else can claim before this
//! transaction ends, and a claim that was never sealed leaves nothing behind.

use std::sync::Arc;

use kernel::{
    Receipts, StoreError, Timestamp,
    once::{Receipt, Slip},
};

use crate::{
    state::{Kept, count, sweep},
    tx::MemoryTx,
};

fn key(slip: &Slip) -> (String, String) {
    (slip.scope.clone(), slip.key.clone())
}

impl Receipts for MemoryTx {
    fn claim(&mut self, slip: &Slip, now: Timestamp) -> Result<Option<Receipt>, StoreError> {
        self.writing(|tx| {
            let key = key(slip);
            if let Some(kept) = tx.state.receipts.get(&key)
                && now < kept.expires_at
            {
                return Ok(Some(kept.receipt.clone()));
            }
            tx.claimed.insert(key);
            Ok(None)
        })
    }

    fn seal(
        &mut self,
        slip: &Slip,
        answer: &[u8],
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let key = key(slip);
            if !tx.claimed.remove(&key) {
                return Err(StoreError::Internal(
                    "a key was sealed that this transaction did not claim".to_owned(),
                ));
            }
            let receipt = Receipt { fingerprint: slip.fingerprint, answer: answer.to_vec() };
            let kept = Kept { receipt, expires_at };
            Arc::make_mut(&mut tx.state.receipts).insert(key, Arc::new(kept));
            Ok(())
        })
    }

    fn sweep(&mut self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let gone = sweep(&mut tx.state.receipts, limit, |_, kept| kept.expires_at <= now);
            Ok(count(&gone))
        })
    }
}
