//! `ScheduleStore`.

use std::sync::Arc;

use ::jobs::{Schedule, ScheduleStore, ports::Tick};
use kernel::{StoreError, Timestamp};

use crate::tx::MemoryTx;

impl MemoryTx {
    /// The schedule with this name, to be changed.
    pub(super) fn schedule(&mut self, name: &str) -> Option<&mut Schedule> {
        Arc::make_mut(&mut self.state.domains.jobs.schedules).get_mut(name)
    }
}

impl ScheduleStore for MemoryTx {
    fn register(&mut self, schedule: &Schedule) -> Result<bool, StoreError> {
        self.writing(|tx| {
            if tx.schedule(&schedule.name).is_some() {
                return Ok(false);
            }
            let schedules = Arc::make_mut(&mut tx.state.domains.jobs.schedules);
            schedules.insert(schedule.name.clone(), schedule.clone());
            Ok(true)
        })
    }

    fn list(&mut self) -> Result<Vec<Schedule>, StoreError> {
        self.reading(|state| Ok(state.domains.jobs.schedules.values().cloned().collect()))
    }

    fn get(&mut self, name: &str) -> Result<Option<Schedule>, StoreError> {
        self.reading(|state| Ok(state.domains.jobs.schedules.get(name).cloned()))
    }

    fn lock(&mut self, name: &str) -> Result<Option<Schedule>, StoreError> {
        self.writing(|tx| Ok(tx.schedule(name).cloned()))
    }

    fn due(&mut self, now: Timestamp) -> Result<Vec<Schedule>, StoreError> {
        self.reading(|state| {
            let all = state.domains.jobs.schedules.values();
            let mut due: Vec<Schedule> =
                all.filter(|row| row.next_at.is_some_and(|at| at <= now)).cloned().collect();
            due.sort_by_key(|row| row.next_at);
            Ok(due)
        })
    }

    fn tick(&mut self, schedule: &Schedule, tick: &Tick) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = tx.schedule(&schedule.name).filter(|row| {
                row.next_at == Some(tick.expected) && row.version == schedule.version
            });
            let row = row.ok_or(StoreError::Stale)?;
            row.next_at = tick.next;
            row.last_at = tick.served.or(row.last_at);
            row.missed_count += i64::try_from(tick.missed).unwrap_or(i64::MAX);
            Ok(())
        })
    }

    fn save(&mut self, schedule: &mut Schedule) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = tx.schedule(&schedule.name);
            let row = row.filter(|row| row.version == schedule.version);
            let row = row.ok_or(StoreError::Stale)?;
            schedule.version += 1;
            *row = Schedule {
                last_at: row.last_at,
                missed_count: row.missed_count,
                kind: row.kind.clone(),
                args: row.args.clone(),
                ..schedule.clone()
            };
            Ok(())
        })
    }

    fn trigger(&mut self, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let Some(row) = tx.schedule(name) else { return Ok(false) };
            row.next_at = Some(row.next_at.map_or(now, |next| next.min(now)));
            Ok(true)
        })
    }
}
