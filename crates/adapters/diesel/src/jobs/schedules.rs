//! `ScheduleStore`. A tick is one statement, so that of many that serve it simultaneously one succeeds.

use ::jobs::{Schedule, ScheduleStore, ports::Tick};
use diesel::prelude::*;
use kernel::{MissedTicks, Overlap, StoreError, Timestamp};

use crate::{
    columns::RowRef,
    common::claim::one,
    constraint::Attempt,
    db::{locking, on},
    schema::schedules as table,
    statement::Statement,
    uow::DieselTx,
};

#[derive(Queryable)]
struct ScheduleRow {
    name: String,
    kind: String,
    args: String,
    cron: String,
    zone: String,
    enabled: i16,
    missed: i16,
    overlap: i16,
    next_at: Option<i64>,
    last_at: Option<i64>,
    missed_count: i64,
    version: i64,
}

impl TryFrom<ScheduleRow> for Schedule {
    type Error = StoreError;

    fn try_from(row: ScheduleRow) -> Result<Self, StoreError> {
        let at = RowRef::new("schedules", row.version);
        Ok(Self {
            name: row.name,
            kind: row.kind,
            args: at.read("args", serde_json::from_str(&row.args))?,
            cron: row.cron,
            zone: row.zone,
            enabled: row.enabled != 0,
            missed: at.known("missed", MissedTicks::from_rank(row.missed))?,
            overlap: at.known("overlap", Overlap::from_rank(row.overlap))?,
            next_at: at.maybe_moment("next_at", row.next_at)?,
            last_at: at.maybe_moment("last_at", row.last_at)?,
            missed_count: row.missed_count,
            version: row.version,
        })
    }
}

fn all(rows: Vec<ScheduleRow>) -> Result<Vec<Schedule>, StoreError> {
    rows.into_iter().map(Schedule::try_from).collect()
}

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::micros)
}

impl ScheduleStore for DieselTx {
    fn register(&mut self, schedule: &Schedule) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let args = schedule.args.to_string();
            let row = (
                table::name.eq(&schedule.name),
                table::kind.eq(&schedule.kind),
                table::args.eq(&args),
                table::cron.eq(&schedule.cron),
                table::zone.eq(&schedule.zone),
                table::enabled.eq(i16::from(schedule.enabled)),
                table::missed.eq(schedule.missed.rank()),
                table::overlap.eq(schedule.overlap.rank()),
                table::next_at.eq(micros(schedule.next_at)),
                table::last_at.eq(micros(schedule.last_at)),
                table::missed_count.eq(schedule.missed_count),
                table::version.eq(schedule.version),
            );
            let inserted = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table).values(row).on_conflict_do_nothing().execute(c)
            })
            .doing("schedules.register")?;
            Ok(inserted > 0)
        })
    }

    fn list(&mut self) -> Result<Vec<Schedule>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<ScheduleRow> =
                on!(conn, |c| table::table.load(c)).doing("schedules.list")?;
            let mut schedules = all(rows)?;
            // By bytes, whatever the collation of the database.
            schedules.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(schedules)
        })
    }

    fn get(&mut self, name: &str) -> Result<Option<Schedule>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(name);
            let row: Option<ScheduleRow> =
                on!(conn, |c| row.get_result(c).optional()).doing("schedules.get")?;
            row.map(Schedule::try_from).transpose()
        })
    }

    fn lock(&mut self, name: &str) -> Result<Option<Schedule>, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(name);
            let row: Option<ScheduleRow> =
                locking!(&mut tx.conn, row, |c| row.get_result(c).optional())
                    .doing("schedules.lock")?;
            row.map(Schedule::try_from).transpose()
        })
    }

    fn due(&mut self, now: Timestamp) -> Result<Vec<Schedule>, StoreError> {
        self.reading(|conn| {
            let due = table::table
                .filter(table::next_at.is_not_null())
                .filter(table::next_at.le(now.micros()))
                .order(table::next_at);
            let rows: Vec<ScheduleRow> = on!(conn, |c| due.load(c)).doing("schedules.due")?;
            all(rows)
        })
    }

    fn tick(&mut self, schedule: &Schedule, tick: &Tick) -> Result<(), StoreError> {
        self.writing(|tx| {
            let missed = i64::try_from(tick.missed).unwrap_or(i64::MAX);
            let mut update: Statement = Statement::new();
            update.sql("UPDATE schedules SET next_at = ").maybe(micros(tick.next));
            update.sql(", missed_count = missed_count + ").number(missed);
            if let Some(served) = tick.served {
                update.sql(", last_at = ").number(served.micros());
            }
            update.sql(" WHERE name = ").text(schedule.name.as_str());
            update.sql(" AND next_at = ").number(tick.expected.micros());
            update.sql(" AND version = ").number(schedule.version);
            one(on!(&mut tx.conn, |c| update.execute(c)).doing("schedules.tick")?)
        })
    }

    fn save(&mut self, schedule: &mut Schedule) -> Result<(), StoreError> {
        self.writing(|tx| {
            let mut update: Statement = Statement::new();
            update.sql("UPDATE schedules SET version = version + 1, cron = ");
            update.text(schedule.cron.as_str()).sql(", zone = ").text(schedule.zone.as_str());
            update.sql(", enabled = ").number(i64::from(schedule.enabled));
            update.sql(", missed = ").number(schedule.missed.rank().into());
            update.sql(", overlap = ").number(schedule.overlap.rank().into());
            update.sql(", next_at = ").maybe(micros(schedule.next_at));
            update.sql(" WHERE name = ").text(schedule.name.as_str());
            update.sql(" AND version = ").number(schedule.version);
            one(on!(&mut tx.conn, |c| update.execute(c)).doing("schedules.save")?)?;
            schedule.version += 1;
            Ok(())
        })
    }

    fn trigger(&mut self, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let mut update: Statement = Statement::new();
            update.sql("UPDATE schedules SET next_at = CASE WHEN next_at <= ").number(now.micros());
            update.sql(" THEN next_at ELSE ").number(now.micros()).sql(" END WHERE name = ");
            update.text(name);
            let triggered = on!(&mut tx.conn, |c| update.execute(c)).doing("schedules.trigger")?;
            Ok(triggered > 0)
        })
    }
}
