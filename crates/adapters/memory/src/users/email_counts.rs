//! `EmailCountStore`.

use std::sync::Arc;

use kernel::{StoreError, Timestamp};
use users::{EmailCountStore, values::Digest};

use crate::{
    state::{count, prune},
    tx::MemoryTx,
};

impl EmailCountStore for MemoryTx {
    fn count(&mut self, key: &Digest, now: Timestamp, since: Timestamp) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let counts = Arc::make_mut(&mut tx.state.domains.users.email_counts);
            let window = counts.entry(*key).or_insert((now, 0));
            if window.0 <= since {
                *window = (now, 0);
            }
            window.1 += 1;
            Ok(window.1)
        })
    }

    fn began_at(&mut self, key: &Digest) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|state| Ok(state.domains.users.email_counts.get(key).map(|window| window.0)))
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let gone =
                prune(&mut tx.state.domains.users.email_counts, limit, |_, (began_at, _)| {
                    *began_at <= before
                });
            Ok(count(&gone))
        })
    }
}
