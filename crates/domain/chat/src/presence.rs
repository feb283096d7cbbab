//! Who is online over processes that share a database. Of each person it keeps until when they are online: whoever holds
//! their connections moves that on, so that the people of a process that died are forgotten by themselves.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use kernel::{Clock, StoreError, UnitOfWork, UserId};

use crate::{
    outbound::{FORGET, GRACE, Presence},
    ports::ChatTx,
};

/// People that one statement moves on.
const BATCH: usize = 500;

/// Presence in a table.
pub struct SharedPresence {
    work: Arc<dyn UnitOfWork<dyn ChatTx>>,
    clock: Arc<dyn Clock>,
    /// Connections of this process, by person.
    here: Mutex<HashMap<UserId, u64>>,
}

impl SharedPresence {
    /// Nobody is here yet.
    pub fn new(work: Arc<dyn UnitOfWork<dyn ChatTx>>, clock: Arc<dyn Clock>) -> Self {
        Self { work, clock, here: Mutex::default() }
    }

    fn here(&self) -> MutexGuard<'_, HashMap<UserId, u64>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn see(&self, users: Vec<UserId>, time: std::time::Duration) -> Result<(), StoreError> {
        let until = self.clock.now().plus(time);
        self.work.write(move |tx| tx.online().see(&users, until)).await
    }
}

#[async_trait]
impl Presence for SharedPresence {
    async fn arrive(&self, user: UserId) -> Result<(), StoreError> {
        let is_first = {
            let mut here = self.here();
            let count = here.entry(user).or_default();
            *count += 1;
            *count == 1
        };
        if is_first { self.see(vec![user], FORGET).await } else { Ok(()) }
    }

    async fn depart(&self, user: UserId) -> Result<(), StoreError> {
        let is_last = {
            let mut here = self.here();
            let left = here.get_mut(&user).map(|count| {
                *count -= 1;
                *count
            });
            if left == Some(0) {
                here.remove(&user);
            }
            left == Some(0)
        };
        // Another process that has connections of theirs says so before this time is over.
        if is_last { self.see(vec![user], GRACE).await } else { Ok(()) }
    }

    async fn online(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let (users, now) = (users.to_vec(), self.clock.now());
        self.work
            .read(move |tx| {
                let mut online = Vec::new();
                for some in users.chunks(BATCH) {
                    online.extend(tx.online().online(some, now)?);
                }
                Ok(online)
            })
            .await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        self.work.read(move |tx| tx.online().online_count(now)).await
    }

    async fn keep(&self) -> Result<(), StoreError> {
        let users: Vec<UserId> = self.here().keys().copied().collect();
        for some in users.chunks(BATCH) {
            self.see(some.to_vec(), FORGET).await?;
        }
        let now = self.clock.now();
        self.work.write(move |tx| tx.online().forget_online(now).map(drop)).await
    }
}
