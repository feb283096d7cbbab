//! A program without the feature `postgres`.

use std::{any::Any, sync::Arc};

pub(super) fn bridge(_: &str) -> anyhow::Result<Option<(String, Arc<dyn Any + Send + Sync>)>> {
    Ok(None)
}
