//! Reading through a cache that does not say why it found nothing.

use std::{
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use kernel::{Cache, StoreError};

/// The value of `key`, from the cache or from `load`. A store that fails is told apart from a value
/// that is not there: the cache does not carry the reason, so it is kept here on the side. It stays
/// unknown when somebody else's flight found nothing on our behalf; then we look ourselves.
pub(crate) async fn through<K, V, F>(
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
