//! What this room needs of a store. Adapters implement these traits and prove it with the `kit`.
#![deny(missing_docs)]

use kernel::{CommonTx, Page, PageRequest, SortKey, StoreError, Timestamp, UserId};

use crate::{
    query::{Agenda, TaskCounts, TaskFilter, TaskInterval, TaskSort, Visibility},
    task::{Comment, NewComment, NewTask, Reminder, Task},
    values::{CommentId, TaskId},
};

/// Keeps tasks.
///
/// * T1 `get` after `insert` or `save` gives an equal task (times to the microsecond, any text);
/// * T2 `save` of an outdated version changes nothing and reports `Stale`; on success the task's
///   version has grown by one, in the store and in the argument;
/// * T3 `insert` and `save` report `Missing("tasks.assignee")` or `Missing("tasks.owner")` for
///   people who are not there;
/// * T4 `get` gives live tasks only, `get_deleted` deleted ones only, `lock` both;
/// * T5 of two transactions that `lock` one task, the second waits and sees what the first wrote;
/// * T6 of N transactions that read one version and `save`, exactly one succeeds;
/// * T7 `list` gives exactly the live tasks that match every field of the filter, in the asked
///   order, ties by id in the direction of the last key, without gaps or repeats between pages,
///   whether pages go by number or by cursor; absent values come last in both directions;
/// * T8 numbered pages count `total`, cursor pages say where the next begins, or `None`;
/// * T9 text is searched by words as `kernel::search` cuts them, the title inside of words, too
///   (`query::searched`); nothing in a query is syntax;
/// * T10 `counts` and `intervals` agree with what `list` would show;
/// * T11 `purge` removes what was deleted before the moment, with its comments, and nothing else;
/// * T12 `forget_user` deletes the live tasks the person owns and clears the person as assignee of
///   others', and gives every task it touched, versions grown;
/// * T13 `to_remind` returns live tasks that are not completed: those due at or before `soon` of whose
///   due time nothing was said, and those due before `now` of whose due time only `DueSoon` was said;
///   of each sort those that are due first, at most `limit` in all, and locks them;
/// * T14 `reminded` notes what was said of a task's due time, which is no change of the task; another due
///   time has nothing said of it;
/// * T15 `agenda` counts the live tasks that a person is to do (those assigned to them, and their own that no
///   one else is to do): open ones due from `now` to before `end`, open ones due before `now`, and those
///   completed at or after `since`.
pub trait TaskStore {
    /// Adds a task; its version is 1.
    fn insert(&mut self, task: &NewTask) -> Result<Task, StoreError>;
    /// A live task.
    fn get(&mut self, id: TaskId) -> Result<Option<Task>, StoreError>;
    /// A deleted task that was not purged yet.
    fn get_deleted(&mut self, id: TaskId) -> Result<Option<Task>, StoreError>;
    /// A task, live or deleted, that nobody else changes before this transaction ends.
    fn lock(&mut self, id: TaskId) -> Result<Option<Task>, StoreError>;
    /// Writes every field, `deleted_at` included, if the version is still the one it was read at.
    fn save(&mut self, task: &mut Task) -> Result<(), StoreError>;
    /// A page of tasks. `limit` may be up to 500 here (exports).
    fn list(
        &mut self,
        filter: &TaskFilter,
        order: &[SortKey<TaskSort>],
        page: &PageRequest,
    ) -> Result<Page<Task>, StoreError>;
    /// Counts live tasks in sight.
    fn counts(&mut self, visible: Visibility, now: Timestamp) -> Result<TaskCounts, StoreError>;
    /// Live tasks in sight that were made or completed in `from .. to`, in no order.
    fn intervals(
        &mut self,
        visible: Visibility,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<TaskInterval>, StoreError>;
    /// Removes for good what was deleted before `before`, at most `limit`; gives how many.
    fn purge(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
    /// Tasks whose people are to be reminded (T13).
    fn to_remind(
        &mut self,
        now: Timestamp,
        soon: Timestamp,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError>;
    /// Notes what was said of the task's due time (T14).
    fn reminded(&mut self, task: &Task, said: Reminder) -> Result<(), StoreError>;
    /// What a person has to do, and did (T15).
    fn agenda(
        &mut self,
        person: UserId,
        now: Timestamp,
        end: Timestamp,
        since: Timestamp,
    ) -> Result<Agenda, StoreError>;
    /// Takes a person out of every live task.
    fn forget_user(&mut self, user: UserId, now: Timestamp) -> Result<Vec<Task>, StoreError>;
}

/// Keeps comments.
///
/// * M1 `get` after `insert` or `save` gives an equal comment;
/// * M2 `save` of an outdated version changes nothing and reports `Stale`;
/// * M3 `get` finds a comment only under its own task;
/// * M4 `list` gives a task's comments oldest first, ties by id, pages without gaps or repeats;
/// * M5 `remove` of a comment that is not there gives false;
/// * M6 `insert` under a task that is not there reports `Missing("comments.task")`;
/// * M7 `of_author` gives one person's comments behind an id, by id, under whatever tasks.
pub trait CommentStore {
    /// Adds a comment; its version is 1.
    fn insert(&mut self, comment: &NewComment) -> Result<Comment, StoreError>;
    /// A comment of this task.
    fn get(&mut self, task: TaskId, id: CommentId) -> Result<Option<Comment>, StoreError>;
    /// Writes the content if the version is still the one it was read at; the version grows.
    fn save(&mut self, comment: &mut Comment) -> Result<(), StoreError>;
    /// Removes; false when it was not there.
    fn remove(&mut self, task: TaskId, id: CommentId) -> Result<bool, StoreError>;
    /// A page of a task's comments. Cursors carry `[Number(created_at)]`, order `created_at`.
    fn list(&mut self, task: TaskId, page: &PageRequest) -> Result<Page<Comment>, StoreError>;
    /// The next comments that somebody wrote.
    fn of_author(
        &mut self,
        author: UserId,
        after: Option<CommentId>,
        limit: u32,
    ) -> Result<Vec<Comment>, StoreError>;
}

/// What this room asks about people.
///
/// * P1 an active account is known; a suspended, closed, deleted or unknown one is not.
pub trait People {
    /// True when this person can be given tasks.
    fn is_active(&mut self, user: UserId) -> Result<bool, StoreError>;
}

/// This room's face of a transaction.
pub trait TasksTx: CommonTx {
    /// Tasks.
    fn tasks(&mut self) -> &mut dyn TaskStore;
    /// Comments.
    fn comments(&mut self) -> &mut dyn CommentStore;
    /// People.
    fn people(&mut self) -> &mut dyn People;
}
