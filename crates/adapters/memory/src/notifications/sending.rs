//! `SettingsStore` and `SendingStore`.

use std::sync::Arc;

use kernel::{StoreError, Timestamp, UserId};
use notifications::{
    NotificationId, SendingStore, SettingsStore,
    preferences::Channel,
    sending::{Sending, State},
    settings::Settings,
};

use crate::tx::MemoryTx;

impl SettingsStore for MemoryTx {
    fn of(&mut self, owner: UserId) -> Result<Settings, StoreError> {
        self.reading(|state| {
            let found = state.domains.notifications.settings.get(&owner);
            Ok(found.map_or_else(|| Settings::of(owner), |settings| (**settings).clone()))
        })
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock_settings(&mut self, owner: UserId) -> Result<Settings, StoreError> {
        self.of(owner)
    }

    fn save_settings(&mut self, settings: &Settings) -> Result<(), StoreError> {
        self.writing(|tx| {
            let rows = &mut tx.state.domains.notifications.settings;
            Arc::make_mut(rows).insert(settings.owner, Arc::new(settings.clone()));
            Ok(())
        })
    }

    fn forget_settings(&mut self, owner: UserId) -> Result<(), StoreError> {
        self.writing(|tx| {
            Arc::make_mut(&mut tx.state.domains.notifications.settings).remove(&owner);
            Ok(())
        })
    }
}

impl SendingStore for MemoryTx {
    fn put(&mut self, sending: &Sending) -> Result<(), StoreError> {
        self.writing(|tx| {
            let key = (sending.notification, sending.channel);
            let rows = &mut tx.state.domains.notifications.sendings;
            Arc::make_mut(rows).insert(key, Arc::new(sending.clone()));
            Ok(())
        })
    }

    fn change(&mut self, sending: &Sending) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let key = (sending.notification, sending.channel);
            let rows = &mut tx.state.domains.notifications.sendings;
            let there = rows.contains_key(&key);
            if there {
                Arc::make_mut(rows).insert(key, Arc::new(sending.clone()));
            }
            Ok(there)
        })
    }

    fn sendings(&mut self, id: NotificationId) -> Result<Vec<Sending>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.notifications.sendings.values();
            Ok(rows.filter(|row| row.notification == id).map(|row| (**row).clone()).collect())
        })
    }

    fn due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Sending>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.notifications.sendings.values();
            let due = rows.filter(|row| row.state == State::Held && row.due_at <= now);
            Ok(due.take(limit as usize).map(|row| (**row).clone()).collect())
        })
    }

    fn is_any_due(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        Ok(!self.due(now, 1)?.is_empty())
    }

    fn is_holding(&mut self, owner: UserId, channel: Channel) -> Result<bool, StoreError> {
        self.reading(|state| {
            let mut rows = state.domains.notifications.sendings.values();
            let key = (owner, channel, State::Held);
            Ok(rows.any(|row| (row.owner, row.channel, row.state) == key))
        })
    }

    fn batched(
        &mut self,
        owner: UserId,
        channel: Channel,
        limit: u32,
    ) -> Result<Vec<Sending>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.notifications.sendings.values();
            let key = (owner, channel, State::Batched);
            let batched = rows.filter(|row| (row.owner, row.channel, row.state) == key);
            Ok(batched.take(limit as usize).map(|row| (**row).clone()).collect())
        })
    }

    fn digest_at(
        &mut self,
        owner: UserId,
        channel: Channel,
    ) -> Result<Option<Timestamp>, StoreError> {
        let batched = self.batched(owner, channel, u32::MAX)?;
        Ok(batched.into_iter().map(|row| row.due_at).min())
    }

    fn hasten(&mut self, owner: UserId, now: Timestamp) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut hastened = 0;
            for row in Arc::make_mut(&mut tx.state.domains.notifications.sendings).values_mut() {
                if row.owner == owner && matches!(row.state, State::Held | State::Batched) {
                    let row = Arc::make_mut(row);
                    (row.state, row.due_at) = (State::Held, now);
                    hastened += 1;
                }
            }
            Ok(hastened)
        })
    }
}
