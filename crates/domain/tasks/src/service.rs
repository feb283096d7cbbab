//! The use cases. Each is an asynchronous shell around one synchronous transaction; what is cached
//! is decided here and nowhere else.

mod bulk;
mod comments;
mod feed;
mod stats;
mod writer;

use std::{sync::Arc, time::Duration};

use kernel::{
    Actor, Cache, Chore, Clock, Cursor, Delivery, Idempotent, Outcome, Page, PageRequest, Paging,
    Patch, Permission, Runs, SortKey, StoreError, Timestamp, UnitOfWork, UserId,
    cache::get_or_load, idempotency, page::Direction,
};

use self::writer::Writer;
pub use self::{
    bulk::BulkResult,
    stats::{DAYS_MAX, DayStats, TaskStats},
};
use crate::{
    commands::{CreateTask, UpdateTask},
    error::TaskError,
    events::Cause,
    policy,
    ports::TasksTx,
    query::{DEFAULT_ORDER, Relation, TaskFilter, TaskSort, Visibility},
    task::{Reminder, Task},
    values::TaskId,
};

/// Rows of one page of an export.
pub const EXPORT_PAGE: u32 = 500;
/// Rows that one transaction purges: small enough not to keep other writers waiting.
const PURGE_BATCH: u32 = 200;
/// When deleted tasks are removed for good.
const PURGE: Runs = Runs::at("*/5 * * * *");
/// Tasks that one transaction reminds of.
const REMIND_BATCH: u32 = 200;
/// When tasks that are due are looked for.
const REMIND: Runs = Runs::at("* * * * *");

/// The use cases of this room.
pub struct Tasks {
    work: Arc<dyn UnitOfWork<dyn TasksTx>>,
    clock: Arc<dyn Clock>,
    cache: Arc<dyn Cache<TaskId, Task>>,
}

impl Tasks {
    /// Wires the room.
    pub fn new(
        work: Arc<dyn UnitOfWork<dyn TasksTx>>,
        clock: Arc<dyn Clock>,
        cache: Arc<dyn Cache<TaskId, Task>>,
    ) -> Self {
        Self { work, clock, cache }
    }

    /// Makes a task of the caller's.
    pub async fn create(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<Task>>,
        command: CreateTask,
    ) -> Result<Outcome<Task>, TaskError> {
        actor.require(Permission::TasksWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| {
                    Writer::new(tx, &actor, now).create(&command)
                })
            })
            .await
    }

    /// A task, through the cache. Whether the caller sees it is asked every time.
    pub async fn get(&self, actor: &Actor, id: TaskId) -> Result<Arc<Task>, TaskError> {
        actor.require(Permission::TasksRead)?;
        let task = get_or_load(&*self.cache, id, || self.load(id)).await?;
        let task = task.ok_or(TaskError::NotFound(id))?;
        policy::may_see(actor, &task)?;
        Ok(task)
    }

    async fn load(&self, id: TaskId) -> Result<Option<Task>, StoreError> {
        self.work.read(move |tx| tx.tasks().get(id)).await
    }

    /// Reads the newest tasks into the cache, at most `limit`.
    pub async fn warm_up(&self, limit: u32) -> Result<(), TaskError> {
        let filter = TaskFilter::all(Visibility::All, self.clock.now());
        // By an order that stores have an index for: a start must not read the whole table.
        let newest = SortKey { field: TaskSort::CreatedAt, direction: Direction::Descending };
        let page = PageRequest { paging: Paging::Cursor(None), limit };
        let found: Page<Task> = self
            .work
            .read_slow(move |tx| Ok::<_, TaskError>(tx.tasks().list(&filter, &[newest], &page)?))
            .await?;
        for task in found.items {
            // Loaded again rather than put: it may have changed since the list was read.
            get_or_load(&*self.cache, task.id, || self.load(task.id)).await?;
        }
        Ok(())
    }

    /// How many tasks there are, by [`Status::rank`](crate::values::Status::rank).
    pub async fn record_metrics(&self) -> Result<[u64; 3], TaskError> {
        let now = self.clock.now();
        let counted: Result<_, StoreError> =
            self.work.read_slow(move |tx| tx.tasks().counts(Visibility::All, now)).await;
        Ok(counted?.by_status)
    }

    /// A page of the tasks in the caller's sight. A search goes to the lane for slow reads.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: TaskFilter,
        order: Vec<SortKey<TaskSort>>,
        page: PageRequest,
    ) -> Result<Page<Task>, TaskError> {
        actor.require(Permission::TasksRead)?;
        let filter = self.visible(actor, filter);
        if filter.text.is_some() {
            self.work.read_slow(move |tx| Ok(tx.tasks().list(&filter, &order, &page)?)).await
        } else {
            self.work.read(move |tx| Ok(tx.tasks().list(&filter, &order, &page)?)).await
        }
    }

    /// One page of an export; whoever exports follows the cursor. Many short reads, so that no
    /// transaction is open while a client is slow.
    pub async fn export(
        &self,
        actor: &Actor,
        filter: TaskFilter,
        order: Vec<SortKey<TaskSort>>,
        cursor: Option<Cursor>,
    ) -> Result<Page<Task>, TaskError> {
        actor.require(Permission::TasksRead)?;
        let filter = self.visible(actor, filter);
        let page = PageRequest { paging: Paging::Cursor(cursor), limit: EXPORT_PAGE };
        self.work.read_slow(move |tx| Ok(tx.tasks().list(&filter, &order, &page)?)).await
    }

    /// The next of the tasks that the caller owns, or of other people's tasks that are assigned to
    /// the caller.
    ///
    /// Errors: `MissingPermission`, `Store`.
    pub async fn export_own(
        &self,
        actor: &Actor,
        relation: Relation,
        cursor: Option<Cursor>,
    ) -> Result<Page<Task>, TaskError> {
        let me = actor.user;
        let all = TaskFilter::all(Visibility::Of(me), self.clock.now());
        let filter = match relation {
            Relation::Owner => TaskFilter { owner: Some(me), ..all },
            Relation::Assignee => TaskFilter { assignee: Some(me), ..all },
        };
        let mut page = self.export(actor, filter, DEFAULT_ORDER.to_vec(), cursor).await?;
        page.items.retain(|task| relation == Relation::Owner || task.owner != me);
        Ok(page)
    }

    /// Sight and time are ours to say, whatever the caller put there.
    fn visible(&self, actor: &Actor, filter: TaskFilter) -> TaskFilter {
        TaskFilter { visible: policy::visibility_of(actor), now: self.clock.now(), ..filter }
    }

    /// Changes some fields, only at version `expected` when that is said. A change that changes
    /// nothing is no change: no new version, no event.
    pub async fn update(
        &self,
        actor: &Actor,
        id: TaskId,
        expected: Option<i64>,
        update: UpdateTask,
    ) -> Result<Task, TaskError> {
        self.change(actor, id, move |writer| {
            let task = writer.live(id)?;
            policy::may_edit(writer.actor, &task, &update)?;
            writer.update(task, expected, &update)
        })
        .await
    }

    /// Says who is to do a task, or that nobody in particular is.
    pub async fn assign(
        &self,
        actor: &Actor,
        id: TaskId,
        expected: Option<i64>,
        assignee: Option<UserId>,
    ) -> Result<Task, TaskError> {
        let update = UpdateTask {
            assignee: assignee.map_or(Patch::Clear, Patch::Set),
            ..UpdateTask::default()
        };
        self.change(actor, id, move |writer| {
            let task = writer.live(id)?;
            policy::may_assign(writer.actor, &task)?;
            writer.update(task, expected, &update)
        })
        .await
        .map_err(in_words_of_assign)
    }

    /// Deletes a task; it can be restored until it is purged.
    pub async fn remove(
        &self,
        actor: &Actor,
        id: TaskId,
        expected: Option<i64>,
    ) -> Result<(), TaskError> {
        self.change(actor, id, move |writer| {
            let task = writer.live(id)?;
            policy::may_delete(writer.actor, &task)?;
            writer.delete(task, expected)
        })
        .await?;
        Ok(())
    }

    /// Brings a deleted task back.
    pub async fn restore(&self, actor: &Actor, id: TaskId) -> Result<Task, TaskError> {
        self.change(actor, id, move |writer| {
            let task = writer.any(id)?;
            policy::may_restore(writer.actor, &task)?;
            writer.restore(task)
        })
        .await
    }

    /// Runs a change of one task by somebody who may keep tasks, then makes the cache forget it. Also after a failure: a failed
    /// commit may have happened, and a caller with an old version may have it from the cache.
    async fn change<F>(&self, actor: &Actor, id: TaskId, mut f: F) -> Result<Task, TaskError>
    where
        F: FnMut(&mut Writer<'_>) -> Result<Task, TaskError> + Send + 'static,
    {
        actor.require(Permission::TasksWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let result = self.work.write(move |tx| f(&mut Writer::new(tx, &actor, now))).await;
        self.cache.evict(&id).await;
        result
    }

    /// Deletes a person's tasks and takes the person out of the others', exactly once: a second
    /// delivery of the event fails with `Stale` and changes nothing.
    pub async fn forget_user(&self, delivery: &Delivery, user: UserId) -> Result<(), TaskError> {
        let (now, delivery) = (self.clock.now(), delivery.clone());
        let touched: Vec<TaskId> = self
            .work
            .write(move |tx| {
                delivery.complete(tx)?;
                forget(tx, user, now)
            })
            .await?;
        for id in touched {
            self.cache.evict(&id).await;
        }
        Ok(())
    }

    /// Recurring maintenance of this domain; tasks deleted longer than `purge_after` ago are removed, and
    /// people are reminded `lead` before a task is due.
    pub fn chores(self: &Arc<Self>, purge_after: Duration, lead: Duration) -> Vec<Chore> {
        let purge = move |tasks: Arc<Self>| async move { tasks.purge(purge_after).await };
        let remind = move |tasks: Arc<Self>| async move { tasks.remind(lead).await };
        vec![
            Chore::of(self, "tasks.purge", PURGE, purge),
            Chore::of(self, "tasks.remind", REMIND, remind),
        ]
    }

    /// Says of tasks that are due within `lead`, and of those that are overdue, that they are; once of each
    /// due time, and of one that is over already only that. Returns how many.
    pub async fn remind(&self, lead: Duration) -> Result<u64, TaskError> {
        let mut reminded = 0;
        loop {
            let now = self.clock.now();
            let batch = self
                .work
                .write(move |tx| {
                    let cause = Cause::nobody(now);
                    let found = tx.tasks().to_remind(now, now.plus(lead), REMIND_BATCH)?;
                    for task in &found {
                        let is_over = task.is_overdue(now);
                        let said = if is_over { Reminder::Overdue } else { Reminder::DueSoon };
                        tx.tasks().reminded(task, said)?;
                        tx.outbox().append(&cause.reminder(task, said))?;
                    }
                    Ok::<_, TaskError>(found.len() as u64)
                })
                .await?;
            reminded += batch;
            if batch < u64::from(REMIND_BATCH) {
                return Ok(reminded);
            }
        }
    }

    /// Removes for good what was deleted longer than `older_than` ago; gives how many.
    pub async fn purge(&self, older_than: Duration) -> Result<u64, TaskError> {
        let before = self.clock.now().minus(older_than);
        let mut purged = 0;
        loop {
            let batch: u64 = self
                .work
                .write(move |tx| Ok::<_, TaskError>(tx.tasks().purge(before, PURGE_BATCH)?))
                .await?;
            purged += batch;
            if batch < u64::from(PURGE_BATCH) {
                return Ok(purged);
            }
        }
    }
}

/// The body of an assignment names its person `user_id`, and faults point into the body.
fn in_words_of_assign(error: TaskError) -> TaskError {
    match error {
        TaskError::Invalid(mut faults) => {
            for fault in &mut faults {
                "/user_id".clone_into(&mut fault.field);
            }
            TaskError::Invalid(faults)
        }
        other => other,
    }
}

fn forget(tx: &mut dyn TasksTx, user: UserId, now: Timestamp) -> Result<Vec<TaskId>, TaskError> {
    let touched = tx.tasks().forget_user(user, now)?;
    let cause = Cause::nobody(now);
    for task in &touched {
        let event = if task.deleted_at.is_some() {
            cause.deleted(task)
        } else {
            cause.assigned(task, Some(user))
        };
        tx.outbox().append(&event)?;
    }
    Ok(touched.iter().map(|task| task.id).collect())
}
