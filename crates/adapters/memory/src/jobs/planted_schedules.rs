//! Stores of schedules with one planted bug each: the case that promises otherwise must fail.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use ::jobs::{
    JobStore, JobsTx, Schedule, ScheduleStore,
    kit::{Fixture, schedules::CASES},
    ports::Tick,
};
use adapter_cron::CronCalendar;
use kernel::{Access, BoxFuture, StoreError, Timestamp, UnitOfWork, Work};
use pollster::block_on;

use crate::{MemoryDb, common::planted::common_of_inner, state::State, tx::MemoryTx};

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// A tick moves the schedule on, whatever its next one is.
    TicksWithoutCompare,
    /// A tick does not look whether an administrator has changed the schedule.
    IgnoresVersions,
    /// Missed ticks are not counted.
    ForgetsMissedTicks,
    /// A change is saved over any version.
    SavesBlindly,
    /// Being triggered moves a schedule that is due.
    LosesDueTicks,
}

struct PlantedDb {
    inner: MemoryDb,
    bug: Bug,
}

struct PlantedTx {
    tx: MemoryTx,
    bug: Bug,
}

impl UnitOfWork<dyn JobsTx> for PlantedDb {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn JobsTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let bug = self.bug;
        Box::pin(async move {
            self.inner.execute_now(access, &mut |tx| {
                let tx_inside = std::mem::replace(tx, MemoryTx::new(State::default(), access));
                let mut planted = PlantedTx { tx: tx_inside, bug };
                let verdict = work(&mut planted);
                *tx = planted.tx;
                verdict
            })
        })
    }
}

common_of_inner!(PlantedTx);

impl JobsTx for PlantedTx {
    fn job_store(&mut self) -> &mut dyn JobStore {
        self.tx.job_store()
    }
    fn schedules(&mut self) -> &mut dyn ScheduleStore {
        self
    }
}

impl ScheduleStore for PlantedTx {
    fn register(&mut self, schedule: &Schedule) -> Result<bool, StoreError> {
        self.tx.register(schedule)
    }
    fn list(&mut self) -> Result<Vec<Schedule>, StoreError> {
        ScheduleStore::list(&mut self.tx)
    }
    fn get(&mut self, name: &str) -> Result<Option<Schedule>, StoreError> {
        ScheduleStore::get(&mut self.tx, name)
    }
    fn lock(&mut self, name: &str) -> Result<Option<Schedule>, StoreError> {
        ScheduleStore::lock(&mut self.tx, name)
    }
    fn due(&mut self, now: Timestamp) -> Result<Vec<Schedule>, StoreError> {
        self.tx.due(now)
    }
    fn tick(&mut self, schedule: &Schedule, tick: &Tick) -> Result<(), StoreError> {
        let (mut schedule, mut tick) = (schedule.clone(), *tick);
        if let Some(row) = ScheduleStore::get(&mut self.tx, &schedule.name)? {
            match self.bug {
                Bug::TicksWithoutCompare => tick.expected = row.next_at.unwrap_or(tick.expected),
                Bug::IgnoresVersions => schedule.version = row.version,
                Bug::ForgetsMissedTicks => tick.missed = 0,
                _ => {}
            }
        }
        self.tx.tick(&schedule, &tick)
    }
    fn save(&mut self, schedule: &mut Schedule) -> Result<(), StoreError> {
        if self.bug == Bug::SavesBlindly
            && let Some(row) = ScheduleStore::get(&mut self.tx, &schedule.name)?
        {
            schedule.version = row.version;
        }
        ScheduleStore::save(&mut self.tx, schedule)
    }
    fn trigger(&mut self, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        let found = self.tx.trigger(name, now)?;
        if self.bug == Bug::LosesDueTicks
            && let Some(row) = self.tx.schedule(name)
        {
            row.next_at = Some(now);
        }
        Ok(found)
    }
}

/// The cases that fail on a store with this bug.
fn red(bug: Bug) -> Vec<&'static str> {
    let fixture = || Fixture {
        work: Arc::new(PlantedDb { inner: MemoryDb::default(), bug }),
        calendar: Arc::new(CronCalendar),
    };
    let passes = |run: &dyn Fn()| catch_unwind(AssertUnwindSafe(run)).is_ok();
    let failed = CASES.iter().filter(|case| !passes(&|| block_on((case.run)(fixture()))));
    failed.map(|case| case.name).collect()
}

#[test]
fn each_bug_turns_its_case_red() {
    for (bug, case) in [
        (Bug::TicksWithoutCompare, "j13_each_tick_enqueues_one_job_however_many_processes_look"),
        (Bug::IgnoresVersions, "j13_a_tick_that_was_overtaken_enqueues_nothing"),
        (Bug::ForgetsMissedTicks, "j14_missed_ticks_are_counted_and_told_of"),
        (Bug::SavesBlindly, "s3_a_change_is_saved_over_the_version_that_was_read"),
        (Bug::LosesDueTicks, "s4_a_triggered_schedule_is_due_now"),
    ] {
        let red = red(bug);
        assert!(red.contains(&case), "{bug:?}: {red:?}");
    }
}
