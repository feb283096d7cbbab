//! `flows.forget_user`: when an account is deleted, its tasks are deleted and others' tasks lose it as
//! their assignee. It only writes rows, so it happens exactly once.

use std::sync::Arc;

use kernel::{Consumer, Delivery, StoreError};
use tasks::{TaskError, Tasks};

use crate::{FlowError, user_of};

/// The consumer.
pub fn consumer(tasks: Arc<Tasks>) -> Consumer {
    Consumer::exactly_once("flows.forget_user", &[users::events::DELETED], move |delivery| {
        let tasks = Arc::clone(&tasks);
        async move { Ok(run(&tasks, &delivery).await?) }
    })
}

async fn run(tasks: &Tasks, delivery: &Delivery) -> Result<(), FlowError> {
    Ok(tasks.forget_user(delivery, user_of(&delivery.event)?).await?)
}

impl From<TaskError> for FlowError {
    fn from(error: TaskError) -> Self {
        Self::Failed {
            domain: "tasks",
            // A rule does not change its mind.
            permanent: match &error {
                TaskError::Store(error) => matches!(error, StoreError::Corrupt { .. }),
                _ => true,
            },
            why: error.to_string(),
        }
    }
}
