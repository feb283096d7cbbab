//! `flows.forget_files`: when an account is deleted, its files are deleted. Their bytes are in another
//! store, so this cannot be one transaction; it is idempotent, because the second time there is
//! nothing left to delete.

use std::sync::Arc;

use files::{FileError, Files};
use kernel::{Consumer, Event, StoreError};

use crate::{FlowError, user_of};

/// The consumer.
pub fn consumer(files: Arc<Files>) -> Consumer {
    Consumer::new("flows.forget_files", &[users::events::DELETED], move |delivery| {
        let files = Arc::clone(&files);
        async move { Ok(run(&files, &delivery.event).await?) }
    })
}

async fn run(files: &Files, event: &Event) -> Result<(), FlowError> {
    Ok(files.forget_user(user_of(event)?).await?)
}

impl From<FileError> for FlowError {
    fn from(error: FileError) -> Self {
        Self::Failed {
            domain: "files",
            // A rule does not change its mind; a storage may answer again.
            permanent: match &error {
                FileError::Store(error) => matches!(error, StoreError::Corrupt { .. }),
                FileError::Objects(_) => false,
                _ => true,
            },
            why: error.to_string(),
        }
    }
}
