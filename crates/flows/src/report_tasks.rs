//! What reports say of tasks.

use std::sync::Arc;

use tasks::Tasks;

use crate::{
    FlowError,
    reports::{Agenda, AgendaOf},
};

/// Counts the tasks of a person.
pub fn agenda(tasks: Arc<Tasks>) -> AgendaOf {
    Arc::new(move |person, end, since| {
        let tasks = Arc::clone(&tasks);
        Box::pin(async move {
            let found = tasks.agenda(person, end, since).await.map_err(FlowError::from)?;
            Ok(Agenda { due: found.due, overdue: found.overdue, done: found.done })
        })
    })
}
