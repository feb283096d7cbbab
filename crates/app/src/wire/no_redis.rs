//! A program without the feature `redis`: everything is kept in process.

use std::{fmt::Display, hash::Hash, sync::Arc, time::Duration};

use kernel::{BoxFuture, Cache, Limiter, Quota};
use memory::MemoryLimiter;

use crate::{config::Config, dependencies::Watched};

/// There is none.
pub(super) enum Connection {}

/// What caches hold.
pub(super) trait Cached: Send + Sync + Sized + 'static {}

impl<T: Send + Sync + 'static> Cached for T {}

pub(super) fn open(_: &Config) -> anyhow::Result<Option<Arc<Connection>>> {
    Ok(None)
}

pub(super) fn keep(link: &Arc<Connection>) -> BoxFuture<'static, ()> {
    match **link {}
}

pub(super) async fn first_try(link: &Connection) {
    match *link {}
}

pub(super) fn ask(link: &Arc<Connection>) -> Watched {
    match **link {}
}

pub(super) fn cache<K, V>(link: &Arc<Connection>, _: Duration) -> Arc<dyn Cache<K, V>>
where
    K: Display + Hash + Eq + Clone + Send + Sync + 'static,
    V: Cached,
{
    match **link {}
}

pub(super) fn announced<K, V>(
    link: &Arc<Connection>,
    _: &'static str,
    _: (u64, Duration),
    _: &mut Vec<BoxFuture<'static, ()>>,
) -> Arc<dyn Cache<K, V>> {
    match **link {}
}

pub(super) fn limiter(
    link: &Arc<Connection>,
    _: Vec<(&'static str, Quota)>,
    _: Arc<MemoryLimiter>,
) -> Arc<dyn Limiter> {
    match **link {}
}
