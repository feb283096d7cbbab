//! Stores of tasks with one planted bug each: the case that promises otherwise must fail, or it proves
//! nothing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use kernel::{
    Access, BoxFuture, Page, PageRequest, Paging, SortKey, StoreError, Timestamp, UnitOfWork,
    UserId, Verdict, Work,
};
use pollster::block_on;
use tasks::{
    CommentStore, People, Task, TaskId, TaskStore, TasksTx,
    kit::{CASES, Fixture},
    query::{Agenda, TaskCounts, TaskFilter, TaskInterval, TaskSort, Visibility},
    task::{NewTask, Reminder},
};
use users::values::Status;

use crate::{MemoryDb, common::planted::common_of_inner, state::State, tx::MemoryTx};

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// A save overwrites whatever version is there.
    LosesUpdates,
    /// A save of an outdated version changes nothing and reports success.
    SwallowsConflicts,
    /// A cursor leads past one row.
    LeadsTooFar,
    /// A unit that is rolled back leaves its events.
    PublishesWithoutChange,
    /// A unit that commits loses its events.
    ChangesWithoutEvent,
    /// A unit that is rolled back takes the event before it along.
    LosesEventsOnRollback,
    /// A reminder is for the task, whatever its due time becomes.
    RemindsOnce,
    /// A list takes its rows first, and leaves out afterwards what its reader may not see.
    ChecksAfterTheLimit,
}

struct PlantedDb {
    inner: Arc<MemoryDb>,
    bug: Bug,
}

struct PlantedTx {
    tx: MemoryTx,
    bug: Bug,
}

impl UnitOfWork<dyn TasksTx> for PlantedDb {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn TasksTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let bug = self.bug;
        Box::pin(async move {
            let mut events = None;
            let ended = self.inner.execute_now(access, &mut |tx| {
                let before = Arc::clone(&tx.state.events);
                let tx_inside = std::mem::replace(tx, MemoryTx::new(State::default(), access));
                let mut planted = PlantedTx { tx: tx_inside, bug };
                let verdict = work(&mut planted);
                *tx = planted.tx;
                match (bug, verdict) {
                    (Bug::PublishesWithoutChange, Verdict::RollBack) => {
                        events = Some(Arc::clone(&tx.state.events));
                    }
                    (Bug::LosesEventsOnRollback, Verdict::RollBack) => {
                        let mut fewer = before;
                        Arc::make_mut(&mut fewer).pop_last();
                        events = Some(fewer);
                    }
                    (Bug::ChangesWithoutEvent, Verdict::Commit) => tx.state.events = before,
                    _ => {}
                }
                verdict
            });
            if access == Access::Write && events.is_some() {
                self.inner.execute_now(access, &mut |tx| {
                    tx.state.events = events.take().unwrap_or_default();
                    Verdict::Commit
                })?;
            }
            ended
        })
    }
}

common_of_inner!(PlantedTx);

impl TasksTx for PlantedTx {
    fn tasks(&mut self) -> &mut dyn TaskStore {
        self
    }
    fn comments(&mut self) -> &mut dyn CommentStore {
        self.tx.comments()
    }
    fn people(&mut self) -> &mut dyn People {
        self.tx.people()
    }
}

impl TaskStore for PlantedTx {
    fn insert(&mut self, task: &NewTask) -> Result<Task, StoreError> {
        TaskStore::insert(&mut self.tx, task)
    }
    fn get(&mut self, id: TaskId) -> Result<Option<Task>, StoreError> {
        TaskStore::get(&mut self.tx, id)
    }
    fn get_deleted(&mut self, id: TaskId) -> Result<Option<Task>, StoreError> {
        self.tx.get_deleted(id)
    }
    fn lock(&mut self, id: TaskId) -> Result<Option<Task>, StoreError> {
        TaskStore::lock(&mut self.tx, id)
    }
    fn save(&mut self, task: &mut Task) -> Result<(), StoreError> {
        let stored = TaskStore::lock(&mut self.tx, task.id)?.map(|stored| stored.version);
        match self.bug {
            Bug::LosesUpdates => task.version = stored.unwrap_or(task.version),
            Bug::SwallowsConflicts if stored.is_some_and(|stored| stored != task.version) => {
                task.version += 1;
                return Ok(());
            }
            _ => {}
        }
        TaskStore::save(&mut self.tx, task)
    }
    fn list(
        &mut self,
        filter: &TaskFilter,
        order: &[SortKey<TaskSort>],
        page: &PageRequest,
    ) -> Result<Page<Task>, StoreError> {
        let everybodys = TaskFilter { visible: Visibility::All, ..filter.clone() };
        let late = self.bug == Bug::ChecksAfterTheLimit;
        let asked = if late { &everybodys } else { filter };
        let mut found = TaskStore::list(&mut self.tx, asked, order, page)?;
        if late {
            found.items.retain(|task| filter.matches(task));
        }
        if self.bug == Bug::LeadsTooFar && found.next.is_some() {
            let more = PageRequest { limit: page.limit + 1, ..page.clone() };
            found.next = TaskStore::list(&mut self.tx, filter, order, &more)?.next;
            debug_assert!(matches!(page.paging, Paging::Cursor(_)));
        }
        Ok(found)
    }
    fn counts(&mut self, visible: Visibility, now: Timestamp) -> Result<TaskCounts, StoreError> {
        TaskStore::counts(&mut self.tx, visible, now)
    }
    fn intervals(
        &mut self,
        visible: Visibility,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<TaskInterval>, StoreError> {
        self.tx.intervals(visible, from, to)
    }
    fn purge(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.tx.purge(before, limit)
    }
    fn to_remind(
        &mut self,
        now: Timestamp,
        soon: Timestamp,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let mut found = self.tx.to_remind(now, soon, limit)?;
        if self.bug == Bug::RemindsOnce {
            let said = &self.tx.state.domains.tasks.reminded;
            found.retain(|task| !said.contains_key(&task.id));
        }
        Ok(found)
    }
    fn reminded(&mut self, task: &Task, said: Reminder) -> Result<(), StoreError> {
        self.tx.reminded(task, said)
    }
    fn agenda(
        &mut self,
        person: UserId,
        now: Timestamp,
        end: Timestamp,
        since: Timestamp,
    ) -> Result<Agenda, StoreError> {
        self.tx.agenda(person, now, end, since)
    }
    fn forget_user(&mut self, user: UserId, now: Timestamp) -> Result<Vec<Task>, StoreError> {
        self.tx.forget_user(user, now)
    }
}

fn fixture(bug: Bug) -> Fixture {
    let inner = MemoryDb::new();
    let people = ["ada", "grace", "edith"].map(|name| inner.add_person(name).unwrap());
    let suspended = inner.add_person("mallory").unwrap();
    let suspend = inner.execute_now(Access::Write, &mut |tx| {
        if let Some(account) =
            Arc::make_mut(&mut tx.state.domains.users.accounts).get_mut(&suspended)
        {
            Arc::make_mut(account).user.status = Status::Suspended;
        }
        Verdict::Commit
    });
    suspend.unwrap();
    Fixture { work: Arc::new(PlantedDb { inner, bug }), people: people.to_vec(), suspended }
}

/// The cases that fail on a store with this bug.
fn red(bug: Bug) -> Vec<&'static str> {
    let passes = |case: &kernel::kit::Case<Fixture>| {
        catch_unwind(AssertUnwindSafe(|| block_on((case.run)(fixture(bug))))).is_ok()
    };
    CASES.iter().filter(|case| !passes(case)).map(|case| case.name).collect()
}

#[test]
fn each_bug_of_tasks_turns_its_case_red() {
    for (bug, case) in [
        (Bug::LosesUpdates, "t6_of_many_who_save_one_version_one_succeeds"),
        (Bug::SwallowsConflicts, "t2_a_stale_save_changes_nothing"),
        (Bug::LeadsTooFar, "t7_every_order_is_the_same_by_number_and_by_cursor"),
        (Bug::PublishesWithoutChange, "u2_an_error_leaves_nothing_behind"),
        (Bug::ChangesWithoutEvent, "u1_what_was_committed_is_there_for_the_next_unit"),
        (Bug::LosesEventsOnRollback, "o1_an_event_is_there_exactly_when_its_unit_committed"),
        (Bug::RemindsOnce, "t14_another_due_time_is_said_anew"),
        (Bug::ChecksAfterTheLimit, "t7_every_filter_gives_exactly_what_matches"),
    ] {
        let red = red(bug);
        assert!(red.contains(&case), "{bug:?}: {red:?}");
    }
}
