//! `PhoneChangeStore`.

use std::sync::Arc;

use kernel::{StoreError, Timestamp, UserId};
use users::{PhoneChangeStore, phone::PhoneChange};

use super::one_time_tokens::there;
use crate::{
    state::{count, prune},
    tx::MemoryTx,
};

impl PhoneChangeStore for MemoryTx {
    fn get(&mut self, user: UserId) -> Result<Option<PhoneChange>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.users.phone_changes.get(&user).map(|row| (**row).clone()))
        })
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock(&mut self, user: UserId) -> Result<Option<PhoneChange>, StoreError> {
        PhoneChangeStore::get(self, user)
    }

    fn put(&mut self, change: &PhoneChange) -> Result<(), StoreError> {
        self.writing(|tx| {
            there(&tx.state, change.user, "phone_changes.user")?;
            let changes = Arc::make_mut(&mut tx.state.domains.users.phone_changes);
            changes.insert(change.user, Arc::new(change.clone()));
            Ok(())
        })
    }

    fn remove(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let changes = Arc::make_mut(&mut tx.state.domains.users.phone_changes);
            Ok(changes.remove(&user).is_some())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let changes = &mut tx.state.domains.users.phone_changes;
            Ok(count(&prune(changes, limit, |_, change| change.expires_at < before)))
        })
    }
}
