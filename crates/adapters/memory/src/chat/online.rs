//! `OnlineStore`.

use std::sync::Arc;

use chat::OnlineStore;
use kernel::{StoreError, Timestamp, UserId};

use crate::tx::MemoryTx;

impl OnlineStore for MemoryTx {
    fn see(&mut self, users: &[UserId], until: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let online = Arc::make_mut(&mut tx.state.domains.chat.online);
            online.extend(users.iter().map(|user| (*user, until)));
            Ok(())
        })
    }

    fn online(&mut self, users: &[UserId], now: Timestamp) -> Result<Vec<UserId>, StoreError> {
        self.reading(|state| {
            let online = &state.domains.chat.online;
            let is_online = |user: &UserId| online.get(user).is_some_and(|until| *until > now);
            Ok(users.iter().copied().filter(is_online).collect())
        })
    }

    fn online_count(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        self.reading(|state| {
            let online = state.domains.chat.online.values();
            Ok(online.filter(|until| **until > now).count() as u64)
        })
    }

    fn forget_online(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let online = Arc::make_mut(&mut tx.state.domains.chat.online);
            let before = online.len();
            online.retain(|_, until| *until > now);
            Ok((before - online.len()) as u64)
        })
    }
}
