//! `TriesStore`.

use std::sync::Arc;

use kernel::{StoreError, Timestamp};
use users::{TriesStore, tries::Tries, values::Digest};

use crate::{
    state::{count, sweep},
    tx::MemoryTx,
};

impl TriesStore for MemoryTx {
    fn get(&mut self, key: &Digest) -> Result<Option<Tries>, StoreError> {
        self.reading(|state| Ok(state.tries.get(key).copied()))
    }

    /// Writers go one after another, so every key is locked from the start.
    fn lock(&mut self, key: &Digest, now: Timestamp) -> Result<Tries, StoreError> {
        self.writing(|tx| Ok(tx.state.tries.get(key).copied().unwrap_or(Tries::none(now))))
    }

    fn put(&mut self, key: &Digest, tries: &Tries) -> Result<(), StoreError> {
        self.writing(|tx| {
            Arc::make_mut(&mut tx.state.tries).insert(*key, *tries);
            Ok(())
        })
    }

    fn clear(&mut self, key: &Digest) -> Result<(), StoreError> {
        self.writing(|tx| {
            Arc::make_mut(&mut tx.state.tries).remove(key);
            Ok(())
        })
    }

    fn sweep(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let gone = sweep(&mut tx.state.tries, limit, |_, row| row.last_at < before);
            Ok(count(&gone))
        })
    }
}
