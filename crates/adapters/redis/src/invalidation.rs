//! Values in process, evictions told to everybody: for state that every request asks for, where a
//! round trip to Redis each time would cost more than it saves.
//!
//! An eviction is published and taken by every other replica that listens, usually within a
//! millisecond. Who published it has forgotten the value before and skips its own message: that may
//! come late, and would take a newer value away.
//!
//! A message that is lost with its connection cannot be noticed one by one, so a replica that does
//! not listen keeps nothing, and one that listens again begins anew: entries carry the number of the
//! *tuning* they were loaded under, and each new tuning has another.

use std::{
    fmt::Display,
    hash::{BuildHasher as _, Hash, RandomState},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use deadpool_redis::redis;
use kernel::{BoxFuture, Cache};
use tokio::time::sleep;

use crate::{
    connection::{Purpose, RedisConnection},
    subscription::hear,
};

/// The pause before listening is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// A cache in process whose evictions reach every replica.
pub struct InvalidationBus<K, V> {
    connection: Arc<RedisConnection>,
    channel: String,
    /// What tells our own messages from those of others.
    origin: String,
    inner: Arc<dyn Cache<(u64, K), V>>,
    tuning: AtomicU64,
    tuned: AtomicBool,
}

impl<K, V> InvalidationBus<K, V>
where
    K: Display + FromStr + Eq + Hash + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// On top of a cache in process. It keeps nothing until [`InvalidationBus::listen`] runs.
    pub fn new(
        connection: Arc<RedisConnection>,
        kind: &str,
        inner: Arc<dyn Cache<(u64, K), V>>,
    ) -> Arc<Self> {
        let channel = connection.key(format_args!("evicted:{kind}"));
        let origin = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
        let (tuning, tuned) = (AtomicU64::new(0), AtomicBool::new(false));
        Arc::new(Self { connection, channel, origin, inner, tuning, tuned })
    }

    /// Listens for evictions for ever. To be spawned once.
    pub async fn listen(self: Arc<Self>) {
        loop {
            self.listen_once().await;
            if self.tuned.swap(false, Ordering::AcqRel) {
                tracing::warn!(channel = self.channel, "evictions are not heard: nothing is kept");
            }
            sleep(RETRY).await;
        }
    }

    /// True while evictions are heard.
    pub fn is_tuned(&self) -> bool {
        self.tuned.load(Ordering::Acquire)
    }

    async fn listen_once(&self) {
        let begun = || {
            self.tuning.fetch_add(1, Ordering::AcqRel);
            self.tuned.store(true, Ordering::Release);
        };
        let heard = |told: String| async move {
            if let Some(key) = self.others_key(&told) {
                self.inner.evict(&self.now(key)).await;
            }
        };
        hear(&self.connection, &self.channel, begun, heard).await;
    }

    /// The key in a message, unless it is one of ours.
    fn others_key(&self, message: &str) -> Option<K> {
        let (origin, key) = message.split_once(' ')?;
        (origin != self.origin).then(|| key.parse().ok()).flatten()
    }

    /// The key under the present tuning.
    fn now(&self, key: K) -> (u64, K) {
        (self.tuning.load(Ordering::Acquire), key)
    }
}

#[async_trait]
impl<K, V> Cache<K, V> for InvalidationBus<K, V>
where
    K: Display + FromStr + Eq + Hash + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    async fn get(&self, key: &K) -> Option<Arc<V>> {
        if !self.is_tuned() {
            return None;
        }
        self.inner.get(&self.now(key.clone())).await
    }

    async fn put(&self, key: K, value: Arc<V>) {
        if self.is_tuned() {
            self.inner.put(self.now(key), value).await;
        }
    }

    async fn evict(&self, key: &K) {
        self.inner.evict(&self.now(key.clone())).await;
        let mut command = redis::cmd("PUBLISH");
        command.arg(&self.channel).arg(format!("{} {key}", self.origin));
        // If it does not get through, the others do not hear either, or forget within their time.
        let _: Option<i64> = self.connection.ask(Purpose::Live, &command).await;
    }

    async fn load(&self, key: K, loader: BoxFuture<'_, Option<V>>) -> Option<Arc<V>> {
        if !self.is_tuned() {
            return loader.await.map(Arc::new);
        }
        self.inner.load(self.now(key), loader).await
    }
}
