//! Which events of tasks a person may still see.

use std::{collections::BTreeMap, sync::Arc};

use kernel::{Actor, Event, EventFeed, FeedReader};
use serde_json::Value;

use super::Tasks;
use crate::{error::TaskError, events::PREFIX, policy, query::Visibility, values::TaskId};

impl Tasks {
    /// The feed of the store that tasks are in.
    pub fn event_feed(&self) -> Arc<dyn FeedReader> {
        Arc::new(EventFeed::new(Arc::clone(&self.work)))
    }

    /// The events that `actor` may see now. An event says who could see the task when it happened;
    /// whoever lost sight of the task since is shown that loss and nothing before it. Events of other
    /// domains, and those of tasks that were purged, stay.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn still_visible(
        &self,
        actor: &Actor,
        events: Vec<Event>,
    ) -> Result<Vec<Event>, TaskError> {
        let asked: Vec<TaskId> = events.iter().filter_map(task_of).collect();
        if asked.is_empty() || policy::visibility_of(actor) == Visibility::All {
            return Ok(events);
        }
        let read = self.work.read(move |tx| {
            let mut tasks = BTreeMap::new();
            for id in &asked {
                if tasks.contains_key(id) {
                    continue;
                }
                let task = match tx.tasks().get(*id)? {
                    Some(task) => Some(task),
                    None => tx.tasks().get_deleted(*id)?,
                };
                tasks.insert(*id, task);
            }
            Ok::<_, TaskError>(tasks)
        });
        let tasks = read.await?;
        let shown = |event: &Event| {
            let task = task_of(event).and_then(|id| tasks.get(&id)?.as_ref());
            task.is_none_or(|task| policy::may_see(actor, task).is_ok() || is_loss(actor, event))
        };
        Ok(events.into_iter().filter(shown).collect())
    }
}

fn task_of(event: &Event) -> Option<TaskId> {
    event.name.starts_with(PREFIX).then(|| TaskId::parse(event.subject).ok())?
}

/// Whether the event says that the task is no longer the actor's.
fn is_loss(actor: &Actor, event: &Event) -> bool {
    let person = |field| event.payload.get(field).and_then(Value::as_i64);
    ["user_id", "assignee_id"].into_iter().all(|field| person(field) != Some(actor.user.get()))
}
