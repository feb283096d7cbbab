//! Who is online, in one process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chat::outbound::{GRACE, Presence};
use kernel::{Clock, StoreError, Timestamp, UserId};

/// The connections of one person.
#[derive(Debug, Clone, Copy, Default)]
struct Connections {
    here: u64,
    /// Until when the person is online without one.
    until: Option<Timestamp>,
}

impl Connections {
    fn is_online(self, now: Timestamp) -> bool {
        self.here > 0 || self.until.is_some_and(|until| until > now)
    }
}

/// Who is connected to this process.
pub struct MemoryPresence {
    clock: Arc<dyn Clock>,
    people: Mutex<HashMap<UserId, Connections>>,
}

impl MemoryPresence {
    /// Nobody is, by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, people: Mutex::default() }
    }

    fn people(&self) -> MutexGuard<'_, HashMap<UserId, Connections>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Presence for MemoryPresence {
    async fn arrive(&self, user: UserId) -> Result<(), StoreError> {
        let mut people = self.people();
        let one = people.entry(user).or_default();
        (one.here, one.until) = (one.here + 1, None);
        Ok(())
    }

    async fn depart(&self, user: UserId) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut people = self.people();
        if let Some(one) = people.get_mut(&user) {
            one.here = one.here.saturating_sub(1);
            if one.here == 0 {
                one.until = Some(now.plus(GRACE));
            }
        }
        Ok(())
    }

    async fn online(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let now = self.clock.now();
        let people = self.people();
        let is_online = |user: &UserId| people.get(user).is_some_and(|one| one.is_online(now));
        Ok(users.iter().copied().filter(is_online).collect())
    }

    async fn count(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let mut people = self.people();
        // Whoever is gone is forgotten here, so that the map is as large as the crowd.
        people.retain(|_, one| one.is_online(now));
        Ok(people.len() as u64)
    }
}
