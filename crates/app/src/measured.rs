//! Counts how often a cache helps.

use std::{hash::Hash, sync::Arc};

use kernel::{BoxFuture, Cache};

/// A cache whose hits and misses are counted, in `alveole_cache_requests_total`.
pub struct MeasuredCache<K, V> {
    inner: Arc<dyn Cache<K, V>>,
    hits: metrics::Counter,
    misses: metrics::Counter,
}

impl<K, V> MeasuredCache<K, V> {
    /// Under this name.
    pub fn new(name: &'static str, inner: Arc<dyn Cache<K, V>>) -> Self {
        let counter = |outcome: &'static str| metrics::counter!("alveole_cache_requests_total", "cache" => name, "outcome" => outcome);
        Self { inner, hits: counter("hit"), misses: counter("miss") }
    }
}

#[async_trait::async_trait]
impl<K, V> Cache<K, V> for MeasuredCache<K, V>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    async fn get(&self, key: &K) -> Option<Arc<V>> {
        let found = self.inner.get(key).await;
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.increment(1);
        found
    }

    async fn put(&self, key: K, value: Arc<V>) {
        self.inner.put(key, value).await;
    }

    async fn evict(&self, key: &K) {
        self.inner.evict(key).await;
    }

    async fn load(&self, key: K, loader: BoxFuture<'_, Option<V>>) -> Option<Arc<V>> {
        self.inner.load(key, loader).await
    }
}
