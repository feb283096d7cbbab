//! Tasks for the tests and examples of domains that know them by number only.

use std::time::Duration;

use kernel::{StoreError, Timestamp, UserId};
use tasks::{TaskId, TaskStore, commands::CreateTask, task::NewTask, values::Title};

use crate::{MemoryDb, domains::users::people::bad};

impl MemoryDb {
    /// Adds a task of `owner`'s that `assignee` is to do; gives its number.
    pub fn add_task(&self, owner: UserId, assignee: UserId) -> Result<i64, StoreError> {
        let task = task(owner, assignee)?;
        self.simultaneously(|tx| Ok(TaskStore::insert(tx, &task)?.id.get()))
    }

    /// Removes a task and its remarks for good, as a purge does.
    pub fn purge_task(&self, id: i64) -> Result<(), StoreError> {
        let id = TaskId::parse(id).map_err(bad)?;
        self.simultaneously(|tx| {
            let found = TaskStore::lock(tx, id)?;
            let mut task = found.ok_or(StoreError::Missing("tasks.id"))?;
            task.deleted_at = Some(task.created_at);
            TaskStore::save(tx, &mut task)?;
            let next = task.created_at.plus(Duration::from_micros(1));
            TaskStore::purge(tx, next, u32::MAX).map(|_| ())
        })
    }
}

fn task(owner: UserId, assignee: UserId) -> Result<NewTask, StoreError> {
    let title = Title::parse("A task").map_err(bad)?;
    let command = CreateTask { assignee: Some(assignee), ..CreateTask::titled(title) };
    Ok(NewTask::from_command(&command, owner, Timestamp::from_micros(0).map_err(bad)?))
}
