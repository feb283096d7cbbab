//! `TaskStore` and `People`.

mod comments;
mod people;
#[cfg(test)]
mod planted_tasks;

use std::sync::Arc;

use kernel::{Page, PageRequest, SortKey, StoreError, Timestamp, UserId};
use tasks::{
    Comment, CommentId, People, Task, TaskId, TaskStore,
    query::{Agenda, TaskCounts, TaskFilter, TaskInterval, TaskSort, Visibility},
    task::{NewTask, Reminder},
    values::Status,
};

use crate::{
    domains::KnownTask,
    page::{Order, cut},
    state::{State, Table, count, next, not_an_id, prune},
    tx::MemoryTx,
};

/// What is stored.
#[derive(Clone, Default)]
pub(crate) struct TasksTables {
    last_task: i64,
    pub(crate) last_comment: i64,
    pub(crate) tasks: Table<TaskId, Arc<Task>>,
    pub(crate) comments: Table<CommentId, Arc<Comment>>,
    /// What was said of which due time.
    reminded: Table<TaskId, (Timestamp, Reminder)>,
}

/// What other domains ask of a task.
pub(crate) fn known(state: &State, task: i64) -> Option<KnownTask> {
    let task = state.domains.tasks.tasks.get(&TaskId::parse(task).ok()?)?;
    let deleted = task.deleted_at.is_some();
    Some(KnownTask { owner: task.owner, assignee: task.assignee, deleted })
}

/// T3: who is named must be there.
fn check_people(state: &State, owner: UserId, assignee: Option<UserId>) -> Result<(), StoreError> {
    if !state.has_account(owner) {
        return Err(StoreError::Missing("tasks.owner"));
    }
    if assignee.is_some_and(|user| !state.has_account(user)) {
        return Err(StoreError::Missing("tasks.assignee"));
    }
    Ok(())
}

fn visible(state: &State, visible: Visibility, now: Timestamp) -> impl Iterator<Item = &Task> {
    let filter = TaskFilter::all(visible, now);
    state.domains.tasks.tasks.values().map(|task| &**task).filter(move |task| filter.matches(task))
}

/// Counts one more under this rank.
fn bump(counts: &mut [u64; 3], rank: i16) {
    let place = usize::try_from(rank).ok().and_then(|rank| counts.get_mut(rank));
    if let Some(count) = place {
        *count += 1;
    }
}

impl TaskStore for MemoryTx {
    fn insert(&mut self, task: &NewTask) -> Result<Task, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            check_people(state, task.owner, task.assignee)?;
            let id = TaskId::parse(next(&mut state.domains.tasks.last_task)).map_err(not_an_id)?;
            let task = task.stored(id);
            Arc::make_mut(&mut state.domains.tasks.tasks).insert(id, Arc::new(task.clone()));
            Ok(task)
        })
    }

    fn get(&mut self, id: TaskId) -> Result<Option<Task>, StoreError> {
        self.reading(|state| {
            let row = state.domains.tasks.tasks.get(&id);
            Ok(row.filter(|task| task.deleted_at.is_none()).map(|task| (**task).clone()))
        })
    }

    fn get_deleted(&mut self, id: TaskId) -> Result<Option<Task>, StoreError> {
        self.reading(|state| {
            let row = state.domains.tasks.tasks.get(&id);
            Ok(row.filter(|task| task.deleted_at.is_some()).map(|task| (**task).clone()))
        })
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock(&mut self, id: TaskId) -> Result<Option<Task>, StoreError> {
        self.reading(|state| Ok(state.domains.tasks.tasks.get(&id).map(|task| (**task).clone())))
    }

    fn save(&mut self, task: &mut Task) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let stored = state.domains.tasks.tasks.get(&task.id).ok_or(StoreError::Stale)?;
            if stored.version != task.version {
                return Err(StoreError::Stale);
            }
            check_people(state, task.owner, task.assignee)?;
            let mut saved = task.clone();
            saved.version += 1;
            Arc::make_mut(&mut state.domains.tasks.tasks).insert(task.id, Arc::new(saved));
            task.version += 1;
            Ok(())
        })
    }

    fn list(
        &mut self,
        filter: &TaskFilter,
        order: &[SortKey<TaskSort>],
        page: &PageRequest,
    ) -> Result<Page<Task>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.tasks.tasks.values().filter(|task| filter.matches(task));
            let values = |task: &Task| order.iter().map(|key| key.field.sort_value(task)).collect();
            cut(rows, &Order::by(order, &TaskSort::ALL), |task| (values(task), task.id.get()), page)
        })
    }

    fn counts(&mut self, visibility: Visibility, now: Timestamp) -> Result<TaskCounts, StoreError> {
        self.reading(|state| {
            let mut counts = TaskCounts::default();
            for task in visible(state, visibility, now) {
                bump(&mut counts.by_status, task.status.rank());
                bump(&mut counts.by_priority, task.priority.rank());
                counts.overdue += u64::from(task.is_overdue(now));
            }
            Ok(counts)
        })
    }

    fn agenda(
        &mut self,
        person: UserId,
        now: Timestamp,
        end: Timestamp,
        since: Timestamp,
    ) -> Result<Agenda, StoreError> {
        self.reading(|state| {
            let mut agenda = Agenda::default();
            let all = state.domains.tasks.tasks.values().filter(|row| row.deleted_at.is_none());
            for task in all.filter(|task| task.assignee.unwrap_or(task.owner) == person) {
                let is_open = task.status != Status::Completed;
                let (due, done) = (task.due, task.completed_at);
                agenda.due += u64::from(is_open && due.is_some_and(|at| now <= at && at < end));
                agenda.overdue += u64::from(is_open && due.is_some_and(|at| at < now));
                agenda.done += u64::from(!is_open && done.is_some_and(|at| at >= since));
            }
            Ok(agenda)
        })
    }

    fn intervals(
        &mut self,
        visibility: Visibility,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<TaskInterval>, StoreError> {
        self.reading(|state| {
            let within = from..to;
            Ok(visible(state, visibility, from)
                .filter(|task| {
                    within.contains(&task.created_at)
                        || task.completed_at.is_some_and(|at| within.contains(&at))
                })
                .map(|task| TaskInterval {
                    created_at: task.created_at,
                    completed_at: task.completed_at,
                })
                .collect())
        })
    }

    fn purge(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let gone = prune(&mut tx.state.domains.tasks.tasks, limit, |_, task| {
                task.deleted_at.is_some_and(|at| at < before)
            });
            if !gone.is_empty() {
                // Keys come sorted out of the table.
                Arc::make_mut(&mut tx.state.domains.tasks.comments)
                    .retain(|_, comment| gone.binary_search(&comment.task).is_err());
                Arc::make_mut(&mut tx.state.domains.tasks.reminded)
                    .retain(|task, _| gone.binary_search(task).is_err());
            }
            Ok(count(&gone))
        })
    }

    fn to_remind(
        &mut self,
        now: Timestamp,
        soon: Timestamp,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        self.reading(|state| {
            let tables = &state.domains.tasks;
            let is_open =
                |task: &&Task| task.deleted_at.is_none() && task.status != Status::Completed;
            let waits = |task: &Task| {
                let due = task.due?;
                let said = tables.reminded.get(&task.id).filter(|(of, _)| *of == due);
                let is_due = match said {
                    None => due <= soon,
                    Some((_, Reminder::DueSoon)) => due < now,
                    Some((_, Reminder::Overdue)) => false,
                };
                is_due.then_some((said.is_some(), due, task.id))
            };
            let open = tables.tasks.values().map(|task| &**task).filter(is_open);
            let mut found: Vec<_> = open.filter_map(waits).collect();
            found.sort_unstable();
            found.truncate(limit as usize);
            let task = |(_, _, id)| tables.tasks.get(&id).map(|task| (**task).clone());
            Ok(found.into_iter().filter_map(task).collect())
        })
    }

    fn reminded(&mut self, task: &Task, said: Reminder) -> Result<(), StoreError> {
        self.writing(|tx| {
            if let Some(due) = task.due {
                let said = (due, said);
                Arc::make_mut(&mut tx.state.domains.tasks.reminded).insert(task.id, said);
            }
            Ok(())
        })
    }

    fn forget_user(&mut self, user: UserId, now: Timestamp) -> Result<Vec<Task>, StoreError> {
        self.writing(|tx| {
            let mut touched = Vec::new();
            for task in visible(&tx.state, Visibility::Of(user), now) {
                let mut task = task.clone();
                if task.owner == user {
                    task.deleted_at = Some(now);
                } else {
                    task.assignee = None;
                }
                task.updated_at = now;
                task.version += 1;
                touched.push(task);
            }
            let rows = Arc::make_mut(&mut tx.state.domains.tasks.tasks);
            for task in &touched {
                rows.insert(task.id, Arc::new(task.clone()));
            }
            Ok(touched)
        })
    }
}

impl People for MemoryTx {
    fn is_active(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.reading(|state| Ok(state.is_active(user)))
    }
}
