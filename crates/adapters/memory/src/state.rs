//! The tables. Each is shared until somebody writes to it, so that a snapshot costs a handful of
//! reference counts and a unit of work copies only the tables it changes.

use std::{collections::BTreeMap, sync::Arc};

use kernel::{
    Epoch, Event, EventId, Position, StoreError, Timestamp, UserId,
    consumer::{DeadLetter, EventRetry},
    email::EmailId,
    idempotency::IdempotencyRecord,
};

use crate::{common::emails::StoredEmail, domains::DomainTables};

/// Rows by key; shared, and copied when first written.
pub(crate) type Table<K, V> = Arc<BTreeMap<K, V>>;

/// A kept answer and when it expires.
pub(crate) struct Kept {
    pub(crate) record: IdempotencyRecord,
    pub(crate) expires_at: Timestamp,
}

/// Numbers given so far. They are part of the state: what is rolled back is given again, what was
/// committed never.
#[derive(Clone, Default)]
pub(crate) struct Counters {
    pub(crate) events: i64,
    pub(crate) emails: i64,
}

/// Adds one and gives it.
pub(crate) fn next(counter: &mut i64) -> i64 {
    *counter = counter.saturating_add(1);
    *counter
}

/// A number that is no id cannot come from a counter; should it, it is our fault and said so.
pub(crate) fn not_an_id(error: kernel::IdError) -> StoreError {
    StoreError::Internal(error.to_string())
}

/// Everything that is stored.
#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) counters: Counters,
    pub(crate) domains: DomainTables,
    pub(crate) leases: Table<&'static str, (String, Timestamp)>,
    pub(crate) emails: Table<EmailId, Arc<StoredEmail>>,
    pub(crate) events: Table<EventId, Arc<Event>>,
    pub(crate) epoch: Epoch,
    /// The last place of the feed that was removed.
    pub(crate) floor: Option<EventId>,
    pub(crate) processed: Table<(&'static str, EventId), Timestamp>,
    pub(crate) positions: Table<&'static str, Position>,
    /// Events that wait for a retry, by consumer.
    pub(crate) retries: Table<(String, EventId), Arc<EventRetry>>,
    pub(crate) dead_letters: Table<(String, EventId), Arc<DeadLetter>>,
    pub(crate) idempotency_records: Table<(String, String), Arc<Kept>>,
}

impl State {
    /// True when something may point to this account, person or not.
    pub(crate) fn has_account(&self, id: UserId) -> bool {
        let users = &self.domains.users;
        users.accounts.contains_key(&id) || users.removed.contains(&id)
    }
}

/// Removes the first `limit` rows that `is_over`, in key order; gives how many.
pub(crate) fn prune<K: Ord + Clone, V: Clone>(
    table: &mut Table<K, V>,
    limit: u32,
    is_over: impl Fn(&K, &V) -> bool,
) -> Vec<K> {
    let keys: Vec<K> = table
        .iter()
        .filter(|(key, row)| is_over(key, row))
        .take(limit as usize)
        .map(|(key, _)| key.clone())
        .collect();
    if !keys.is_empty() {
        let rows = Arc::make_mut(table);
        for key in &keys {
            rows.remove(key);
        }
    }
    keys
}

/// How many, as the ports count.
pub(crate) fn count<T>(rows: &[T]) -> u64 {
    rows.len() as u64
}
