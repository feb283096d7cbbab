//! `SampleStore`.

use diesel::prelude::*;
use kernel::{StoreError, Timestamp};
use monitoring::{
    SampleStore, Series,
    ports::{StoredReport, StoredRow},
    row::Row as SampleRow,
    values::{Replica, SeriesName, Step, Unit},
};

use super::rows::{
    monitoring_hours as hours, monitoring_reports as reports, monitoring_samples as samples,
    monitoring_series as table,
};
use crate::{
    columns::RowRef,
    constraint::Attempt,
    db::{AnyConnection, on},
    statement::Statement,
    uow::DieselTx,
};

/// The series by position: their numbers have no gaps.
fn series(conn: &mut AnyConnection) -> Result<Vec<Series>, StoreError> {
    let all = table::table.order(table::id).select((table::id, table::name, table::unit));
    let rows = on!(conn, |c| all.load::<(i64, String, i16)>(c)).doing("monitoring.series")?;
    let read = |(id, name, unit): (i64, String, i16)| {
        let at = RowRef::new("monitoring_series", id);
        Ok(Series {
            name: at.read("name", SeriesName::parse(&name))?,
            unit: at.known("unit", Unit::from_rank(unit))?,
        })
    };
    rows.into_iter().map(read).collect()
}

impl SampleStore for DieselTx {
    fn series(&mut self) -> Result<Vec<Series>, StoreError> {
        self.reading(series)
    }

    fn register(&mut self, wanted: &[Series]) -> Result<Vec<Series>, StoreError> {
        self.writing(|tx| {
            let mut known = series(&mut tx.conn)?;
            for one in wanted {
                if known.iter().any(|known| known.name == one.name) {
                    continue;
                }
                let values = (
                    table::id.eq(known.len() as i64 + 1),
                    table::name.eq(one.name.as_str()),
                    table::unit.eq(one.unit.rank()),
                );
                on!(&mut tx.conn, |c| diesel::insert_into(table::table).values(values).execute(c))
                    .doing("monitoring.register")?;
                known.push(one.clone());
            }
            Ok(known)
        })
    }

    fn put(
        &mut self,
        replica: &Replica,
        step: Step,
        at: i64,
        row: &SampleRow,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let data = row.pack();
            on!(&mut tx.conn, |c| {
                diesel::insert_into(samples::table)
                    .values((
                        samples::step.eq(step.rank()),
                        samples::at.eq(at),
                        samples::replica.eq(replica.as_str()),
                        samples::data.eq(&data),
                    ))
                    .on_conflict((samples::step, samples::at, samples::replica))
                    .do_update()
                    .set(samples::data.eq(&data))
                    .execute(c)
            })
            .doing("monitoring.put")?;
            Ok(())
        })
    }

    fn rows(
        &mut self,
        step: Step,
        replica: Option<&Replica>,
        from: i64,
        to: i64,
    ) -> Result<Vec<StoredRow>, StoreError> {
        self.reading(|conn| {
            let of = samples::table
                .filter(samples::step.eq(step.rank()))
                .filter(samples::at.ge(from))
                .filter(samples::at.lt(to))
                .order((samples::at, samples::replica))
                .select((samples::at, samples::replica, samples::data));
            let rows: Vec<(i64, String, Vec<u8>)> = match replica {
                Some(replica) => {
                    let of = of.filter(samples::replica.eq(replica.as_str()));
                    on!(conn, |c| of.load(c)).doing("monitoring.rows")?
                }
                None => on!(conn, |c| of.load(c)).doing("monitoring.rows")?,
            };
            let read = |(at, replica, data): (i64, String, Vec<u8>)| {
                let place = RowRef::new("monitoring_samples", at);
                Ok(StoredRow {
                    replica: place.read("replica", Replica::parse(&replica))?,
                    at,
                    row: place.read("data", SampleRow::unpack(&data))?,
                })
            };
            rows.into_iter().map(read).collect()
        })
    }

    fn prune(&mut self, step: Step, before: i64, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            let step = i64::from(step.rank());
            delete.sql("DELETE FROM monitoring_samples WHERE step = ").number(step);
            delete.sql(" AND (at, replica) IN (SELECT at, replica FROM monitoring_samples");
            delete.sql(" WHERE step = ").number(step).sql(" AND at < ").number(before);
            delete.sql(" ORDER BY at, replica LIMIT ").number(limit.into()).sql(")");
            let pruned = on!(&mut tx.conn, |c| delete.execute(c)).doing("monitoring.prune")?;
            Ok(pruned as u64)
        })
    }

    fn report(&mut self, report: &StoredReport) -> Result<(), StoreError> {
        self.writing(|tx| {
            let StoredReport { replica, at, data } = report;
            let changed = (reports::at.eq(at.micros()), reports::data.eq(data.as_str()));
            on!(&mut tx.conn, |c| {
                diesel::insert_into(reports::table)
                    .values((reports::replica.eq(replica.as_str()), changed))
                    .on_conflict(reports::replica)
                    .do_update()
                    .set(changed)
                    .execute(c)
            })
            .doing("monitoring.report")?;
            Ok(())
        })
    }

    fn reports(&mut self, since: Timestamp) -> Result<Vec<StoredReport>, StoreError> {
        self.reading(|conn| {
            let of = reports::table
                .filter(reports::at.ge(since.micros()))
                .order(reports::replica)
                .select((reports::replica, reports::at, reports::data));
            let rows = on!(conn, |c| of.load::<(String, i64, String)>(c));
            let read = |(replica, at, data): (String, i64, String)| {
                let place = RowRef::new("monitoring_reports", at);
                let replica = place.read("replica", Replica::parse(&replica))?;
                Ok(StoredReport { replica, at: place.moment("at", at)?, data })
            };
            rows.doing("monitoring.reports")?.into_iter().map(read).collect()
        })
    }

    fn put_hour(&mut self, replica: &Replica, at: i64, data: &[u8]) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(hours::table)
                    .values((
                        hours::replica.eq(replica.as_str()),
                        hours::at.eq(at),
                        hours::data.eq(data),
                    ))
                    .on_conflict((hours::replica, hours::at))
                    .do_update()
                    .set(hours::data.eq(data))
                    .execute(c)
            })
            .doing("monitoring.put_hour")?;
            Ok(())
        })
    }

    fn hours(&mut self, replica: &Replica, at: &[i64]) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        self.reading(|conn| {
            let mut found = Vec::new();
            let mut at = at.to_vec();
            at.sort_unstable();
            at.dedup();
            for at in at {
                let row = hours::table.find((replica.as_str(), at)).select(hours::data);
                let row = on!(conn, |c| row.get_result::<Vec<u8>>(c).optional());
                found.extend(row.doing("monitoring.hours")?.map(|data| (at, data)));
            }
            Ok(found)
        })
    }

    fn prune_hours(&mut self, before: i64, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM monitoring_hours WHERE (replica, at) IN (SELECT replica, at");
            delete.sql(" FROM monitoring_hours WHERE at < ").number(before);
            delete.sql(" ORDER BY at LIMIT ").number(limit.into()).sql(")");
            let pruned =
                on!(&mut tx.conn, |c| delete.execute(c)).doing("monitoring.prune_hours")?;
            Ok(pruned as u64)
        })
    }

    fn prune_reports(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let old = reports::table.filter(reports::at.lt(before.micros()));
            let pruned = on!(&mut tx.conn, |c| diesel::delete(old).execute(c));
            Ok(pruned.doing("monitoring.prune_reports")? as u64)
        })
    }
}
