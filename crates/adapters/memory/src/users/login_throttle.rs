//! `LoginThrottleStore`.

use std::sync::Arc;

use kernel::{StoreError, Timestamp};
use users::{LoginThrottleStore, login_throttle::LoginThrottle, values::Digest};

use crate::{
    state::{count, prune},
    tx::MemoryTx,
};

impl LoginThrottleStore for MemoryTx {
    fn get(&mut self, key: &Digest) -> Result<Option<LoginThrottle>, StoreError> {
        self.reading(|state| Ok(state.domains.users.login_throttle.get(key).copied()))
    }

    /// Writers go one after another, so every key is locked from the start.
    fn lock(&mut self, key: &Digest, now: Timestamp) -> Result<LoginThrottle, StoreError> {
        self.writing(|tx| {
            Ok(tx
                .state
                .domains
                .users
                .login_throttle
                .get(key)
                .copied()
                .unwrap_or(LoginThrottle::none(now)))
        })
    }

    fn put(&mut self, key: &Digest, login_throttle: &LoginThrottle) -> Result<(), StoreError> {
        self.writing(|tx| {
            Arc::make_mut(&mut tx.state.domains.users.login_throttle).insert(*key, *login_throttle);
            Ok(())
        })
    }

    fn clear(&mut self, key: &Digest) -> Result<(), StoreError> {
        self.writing(|tx| {
            Arc::make_mut(&mut tx.state.domains.users.login_throttle).remove(key);
            Ok(())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let gone = prune(&mut tx.state.domains.users.login_throttle, limit, |_, row| {
                row.last_at < before
            });
            Ok(count(&gone))
        })
    }
}
