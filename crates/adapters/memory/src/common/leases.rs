//! `Leases`.

use std::{sync::Arc, time::Duration};

use kernel::{Leases, StoreError, Timestamp};

use crate::tx::MemoryTx;

impl Leases for MemoryTx {
    fn hold(
        &mut self,
        name: &'static str,
        holder: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let held = tx.state.leases.get(name);
            if held.is_some_and(|(other, until)| other != holder && now < *until) {
                return Ok(false);
            }
            let lease = (holder.to_owned(), now.plus(ttl));
            Arc::make_mut(&mut tx.state.leases).insert(name, lease);
            Ok(true)
        })
    }

    fn release(&mut self, name: &'static str, holder: &str) -> Result<(), StoreError> {
        self.writing(|tx| {
            if tx.state.leases.get(name).is_some_and(|(other, _)| other == holder) {
                Arc::make_mut(&mut tx.state.leases).remove(name);
            }
            Ok(())
        })
    }
}
