//! `flows.forget_files`: when an account is deleted, its files are deleted. Their bytes are in another
//! store, so this cannot be one transaction; it is idempotent, because the second time there is
//! nothing left to delete.

use std::sync::Arc;

use files::Files;
use kernel::{Consumer, Event};

use crate::{FlowError, user_of};

pub(crate) fn consumer(files: Arc<Files>) -> Consumer {
    Consumer::new("flows.forget_files", &[users::events::DELETED], move |delivery| {
        let files = Arc::clone(&files);
        async move { Ok(run(&files, &delivery.event).await?) }
    })
}

async fn run(files: &Files, event: &Event) -> Result<(), FlowError> {
    Ok(files.forget_user(user_of(event)?).await?)
}
