//! Redis: cache, limits and invalidation that replicas share (feature `redis`).

use std::{fmt::Display, hash::Hash, sync::Arc, time::Duration};

pub(super) use adapter_redis::Cached;
use adapter_redis::{InvalidationBus, RedisCache, RedisConfig, RedisConnection, RedisLimiter};
use anyhow::Context as _;
use kernel::{BoxFuture, Cache, Limiter, Quota};
use memory::{MemoryCache, MemoryLimiter};

use super::authorities;
use crate::{
    config::Config,
    dependencies::{Ask, Watched},
};

/// The way to Redis.
pub(super) type Connection = RedisConnection;

/// The connection, if the configuration names one.
pub(super) fn open(config: &Config) -> anyhow::Result<Option<Arc<RedisConnection>>> {
    let section = &config.redis;
    let Some(url) = &section.url else { return Ok(None) };
    let settings = RedisConfig {
        url: url.clone(),
        prefix: section.prefix.clone(),
        connections: section.connections,
        timeout: Duration::from_millis(section.timeout_ms),
        authorities: authorities("redis.ca_file", section.ca_file.as_deref())?,
    };
    RedisConnection::open(&settings).context("redis.url").map(Some)
}

/// Keeps it open for as long as the program runs.
pub(super) fn keep(link: &Arc<Connection>) -> BoxFuture<'static, ()> {
    Box::pin(Arc::clone(link).keep())
}

/// Looks whether it answers.
pub(super) async fn first_try(link: &Connection) {
    link.first_try().await;
}

/// How it is.
pub(super) fn ask(link: &Arc<Connection>) -> Watched {
    let link = Arc::clone(link);
    let ask: Ask = Box::new(move || {
        let up = link.is_up();
        Box::pin(async move { if up { Ok(()) } else { Err("Redis is away".to_owned()) } })
    });
    Watched { name: "cache", kind: "redis", needed: false, probed: true, ask }
}

/// A cache shared by all replicas.
pub(super) fn cache<K, V>(link: &Arc<Connection>, ttl: Duration) -> Arc<dyn Cache<K, V>>
where
    K: Display + Hash + Eq + Clone + Send + Sync + 'static,
    V: Cached,
{
    Arc::new(RedisCache::new(Arc::clone(link), ttl))
}

/// A cache in process; what one replica evicts all others do.
pub(super) fn announced<K, V>(
    link: &Arc<Connection>,
    name: &'static str,
    (capacity, ttl): (u64, Duration),
    background: &mut Vec<BoxFuture<'static, ()>>,
) -> Arc<dyn Cache<K, V>>
where
    K: Display + std::str::FromStr + Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    let bus =
        InvalidationBus::new(Arc::clone(link), name, Arc::new(MemoryCache::new(capacity, ttl)));
    background.push(Box::pin(Arc::clone(&bus).listen()));
    bus
}

/// Limits that hold over all replicas.
pub(super) fn limiter(
    link: &Arc<Connection>,
    policies: Vec<(&'static str, Quota)>,
    in_process: Arc<MemoryLimiter>,
) -> Arc<dyn Limiter> {
    Arc::new(RedisLimiter::new(Arc::clone(link), policies, in_process))
}
