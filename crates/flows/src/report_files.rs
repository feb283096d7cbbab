//! What reports say of files.

use std::sync::Arc;

use files::Files;

use crate::{FlowError, reports::Stored};

/// Counts the bytes that are stored.
pub fn stored(files: Arc<Files>) -> Stored {
    Arc::new(move || {
        let files = Arc::clone(&files);
        Box::pin(async move { files.stored_bytes().await.map_err(FlowError::from) })
    })
}
