//! The cache port. What is cached is decided in a room's service, nowhere else; eviction follows
//! the commit; a stale entry has a bounded life even when an eviction was lost.

use std::{
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;

use crate::{BoxFuture, StoreError};

/// Keeps values of one kind for a bounded time.
///
/// * C1 `put` then `get` gives the value until it expires or is evicted;
/// * C2 an expired entry is absent;
/// * C3 `load` of one key by many at once runs one loader, and the others get its value;
/// * C4 a loader that fails or finds nothing leaves nothing behind;
/// * C5 a value whose loading began before an `evict` of its key is given to its caller and not
///   kept;
/// * C6 an `evict` is seen by every view of the cache: at once by the one it was made on, and on
///   others as soon as the news travels;
/// * C7 a key that is not there is loaded by whoever asks, without waiting for one another in turn.
#[async_trait]
pub trait Cache<K, V>: Send + Sync
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// The value, if it is there and fresh.
    async fn get(&self, key: &K) -> Option<Arc<V>>;
    /// Keeps a value.
    async fn put(&self, key: K, value: Arc<V>);
    /// Forgets a value.
    async fn evict(&self, key: &K);
    /// The value, or what `loader` gives, which is then kept. The loader says nothing about why
    /// it failed: callers that need the reason keep it on the side.
    async fn load(&self, key: K, loader: BoxFuture<'_, Option<V>>) -> Option<Arc<V>>;
}

/// The value of `key`, from the cache or from `load`. A store that fails is told apart from a value
/// that is not there: the cache does not carry the reason, so it is kept here on the side. It stays
/// unknown when somebody else's flight found nothing on our behalf; then we look ourselves.
pub async fn get_or_load<K, V, F>(
    cache: &dyn Cache<K, V>,
    key: K,
    load: impl Fn() -> F + Send + Sync,
) -> Result<Option<Arc<V>>, StoreError>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
    F: Future<Output = Result<Option<V>, StoreError>> + Send,
{
    if let Some(found) = cache.get(&key).await {
        return Ok(Some(found));
    }
    let reason: Mutex<Option<Result<(), StoreError>>> = Mutex::new(None);
    let loader = Box::pin(async {
        let (found, why) = match load().await {
            Ok(found) => (found, Ok(())),
            Err(error) => (None, Err(error)),
        };
        *reason.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        found
    });
    let found = cache.load(key, loader).await;
    match (found, reason.into_inner().unwrap_or_else(PoisonError::into_inner)) {
        (Some(found), _) => Ok(Some(found)),
        (None, Some(Ok(()))) => Ok(None),
        (None, Some(Err(error))) => Err(error),
        (None, None) => Ok(load().await?.map(Arc::new)),
    }
}
