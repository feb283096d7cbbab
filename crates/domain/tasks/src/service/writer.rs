//! What one write transaction does to tasks, one at a time or many.

use std::collections::BTreeSet;

use kernel::{Actor, FieldError, Patch, StoreError, Timestamp, UserId, act::publish};

use crate::{
    commands::{CreateTask, UpdateTask},
    error::TaskError,
    events::Cause,
    policy,
    ports::TasksTx,
    task::{Change, NewTask, Task},
    values::TaskId,
};

/// A transaction in the hands of a caller.
pub(super) struct Writer<'a> {
    tx: &'a mut dyn TasksTx,
    pub(super) actor: &'a Actor,
    now: Timestamp,
    cause: Cause,
    /// People who were found to be active in this transaction, so that each is asked for once.
    active: BTreeSet<UserId>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(tx: &'a mut dyn TasksTx, actor: &'a Actor, now: Timestamp) -> Self {
        Self { tx, actor, now, cause: Cause::by(actor, now), active: BTreeSet::new() }
    }

    /// A task, live or deleted, locked.
    pub(super) fn any(&mut self, id: TaskId) -> Result<Task, TaskError> {
        self.tx.tasks().lock(id)?.ok_or(TaskError::NotFound(id))
    }

    /// A live task, locked.
    pub(super) fn live(&mut self, id: TaskId) -> Result<Task, TaskError> {
        let task = self.any(id)?;
        if task.deleted_at.is_some() {
            return Err(TaskError::NotFound(id));
        }
        Ok(task)
    }

    pub(super) fn create(&mut self, command: &CreateTask) -> Result<Task, TaskError> {
        if let Some(assignee) = command.assignee {
            self.must_be_active(assignee)?;
        }
        let new = NewTask::from_command(command, self.actor.user, self.now);
        let task = self.tx.tasks().insert(&new).map_err(refused)?;
        self.tx.outbox().append(&self.cause.created(&task))?;
        Ok(task)
    }

    /// Applies `update` to a locked task; a change of nothing is not written.
    pub(super) fn update(
        &mut self,
        before: Task,
        expected: Option<i64>,
        update: &UpdateTask,
    ) -> Result<Task, TaskError> {
        let before = at_version(before, expected)?;
        if let Patch::Set(assignee) = update.assignee
            && before.assignee != Some(assignee)
        {
            self.must_be_active(assignee)?;
        }
        let mut after = before.clone();
        let change = after.update(update, self.now);
        if change == Change::Nothing {
            return Ok(before);
        }
        self.tx.tasks().save(&mut after).map_err(refused)?;
        let own = policy::own(self.actor, &before);
        for event in self.cause.changed(&before, &after, change) {
            publish(self.tx, self.actor, own, &event)?;
        }
        Ok(after)
    }

    /// Deletes a locked live task.
    pub(super) fn delete(&mut self, task: Task, expected: Option<i64>) -> Result<Task, TaskError> {
        let mut task = at_version(task, expected)?;
        task.deleted_at = Some(self.now);
        task.updated_at = self.now;
        self.tx.tasks().save(&mut task).map_err(refused)?;
        let own = policy::own(self.actor, &task);
        publish(self.tx, self.actor, own, &self.cause.deleted(&task))?;
        Ok(task)
    }

    /// Brings a locked deleted task back. Whoever left while it was away is no longer its assignee.
    pub(super) fn restore(&mut self, mut task: Task) -> Result<Task, TaskError> {
        if task.deleted_at.take().is_none() {
            return Err(TaskError::NotDeleted);
        }
        if let Some(assignee) = task.assignee
            && !self.tx.people().is_active(assignee)?
        {
            task.assignee = None;
        }
        task.updated_at = self.now;
        self.tx.tasks().save(&mut task).map_err(refused)?;
        let own = policy::own(self.actor, &task);
        publish(self.tx, self.actor, own, &self.cause.restored(&task))?;
        Ok(task)
    }

    fn must_be_active(&mut self, user: UserId) -> Result<(), TaskError> {
        if !self.active.contains(&user) {
            if !self.tx.people().is_active(user)? {
                return Err(unknown_assignee());
            }
            self.active.insert(user);
        }
        Ok(())
    }
}

fn at_version(task: Task, expected: Option<i64>) -> Result<Task, TaskError> {
    match expected {
        Some(version) if version != task.version => Err(TaskError::Stale(Box::new(task))),
        _ => Ok(task),
    }
}

/// An assignee who vanished between the question and the write is as unknown as before it.
fn refused(error: StoreError) -> TaskError {
    match error {
        StoreError::Missing("tasks.assignee") => unknown_assignee(),
        other => other.into(),
    }
}

fn unknown_assignee() -> TaskError {
    TaskError::Invalid(vec![FieldError::new(
        "/assignee_id",
        "tasks.assignee_unknown",
        "must be an active user",
    )])
}
