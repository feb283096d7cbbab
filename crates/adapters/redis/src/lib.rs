//! What replicas share besides the database, on Redis: cached values, rate limits, and the news
//! that live session state has changed.
//!
//! | module | holds |
//! |---|---|
//! | `connection` | the connections, whether Redis answers, and what it is owed |
//! | [`cache`] | `kernel::Cache` with its values in Redis |
//! | [`announce`] | `kernel::Cache` with its values in process and its evictions told to everybody |
//! | [`limiter`] | `kernel::Limiter`, one atomic script on the server's clock |
//! | `notifier` | (feature `chat`) the hints that the chat's processes send each other |
//! | [`cached`] | how values are written |
//! | `domains` | the only list of domains: which values each keeps |
//!
//! Nothing here is the only copy of anything: while Redis is away, values come from the database,
//! limits are counted in process, and nothing fails.
//!
//! ```no_run
//! use std::{sync::Arc, time::Duration};
//! use adapter_redis::{RedisConnection, RedisCache, RedisConfig};
//! use kernel::Cache;
//! use tasks::{Task, TaskId};
//!
//! # async fn show() -> Result<(), Box<dyn std::error::Error>> {
//! let connection = RedisConnection::open(&RedisConfig::new("redis://127.0.0.1:6379"))?;
//! tokio::spawn(Arc::clone(&connection).keep());
//! let cache: Arc<dyn Cache<TaskId, Task>> =
//!     Arc::new(RedisCache::new(Arc::clone(&connection), Duration::from_secs(30)));
//! let kept = cache.get(&TaskId::parse(1)?).await;
//! # Ok(())
//! # }
//! ```

pub mod cache;
pub mod cached;
mod connection;
mod domains;
pub mod invalidation;
pub mod limiter;
#[cfg(feature = "chat")]
mod notifier;
mod subscription;

#[cfg(feature = "chat")]
pub use self::notifier::{RedisNotifications, RedisNotifier};
pub use self::{
    cache::RedisCache,
    cached::Cached,
    connection::{RedisConfig, RedisConnection, RedisConnectionError},
    invalidation::InvalidationBus,
    limiter::RedisLimiter,
};
