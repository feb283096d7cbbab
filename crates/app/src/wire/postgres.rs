//! TLS to PostgreSQL (feature `postgres`).

use std::{any::Any, sync::Arc};

use adapter_tls::TlsBridge;
use anyhow::Context as _;

/// The way to the database, if it is one of its own: the address that leads through it, and what has to live as long.
pub(super) fn bridge(url: &str) -> anyhow::Result<Option<(String, Arc<dyn Any + Send + Sync>)>> {
    let bridge = TlsBridge::open(url).context("database.url")?;
    Ok(bridge.map(|bridge| (bridge.url().to_owned(), Arc::new(bridge) as _)))
}
