//! `SampleStore`.

use std::sync::Arc;

use kernel::{StoreError, Timestamp};
use monitoring::{
    SampleStore, Series,
    ports::{StoredReport, StoredRow},
    row::Row,
    values::{Replica, Step},
};

use crate::{
    state::{count, prune},
    tx::MemoryTx,
};

impl SampleStore for MemoryTx {
    fn series(&mut self) -> Result<Vec<Series>, StoreError> {
        self.reading(|state| Ok(state.domains.monitoring.series.to_vec()))
    }

    /// Writers go one after another, so none takes another's position.
    fn register(&mut self, series: &[Series]) -> Result<Vec<Series>, StoreError> {
        self.writing(|tx| {
            let known = Arc::make_mut(&mut tx.state.domains.monitoring.series);
            for one in series {
                if known.iter().all(|known| known.name != one.name) {
                    known.push(one.clone());
                }
            }
            Ok(known.clone())
        })
    }

    fn put(&mut self, replica: &Replica, step: Step, at: i64, row: &Row) -> Result<(), StoreError> {
        self.writing(|tx| {
            let samples = Arc::make_mut(&mut tx.state.domains.monitoring.samples);
            samples.insert((step, at, replica.clone()), Arc::new(row.clone()));
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
        self.reading(|state| {
            let is_in = |(of, at, whose): &(Step, i64, Replica)| {
                *of == step
                    && (from..to).contains(at)
                    && replica.is_none_or(|replica| replica == whose)
            };
            let rows = state.domains.monitoring.samples.iter().filter(|(key, _)| is_in(key));
            let stored = rows.map(|((_, at, replica), row)| StoredRow {
                replica: replica.clone(),
                at: *at,
                row: (**row).clone(),
            });
            Ok(stored.collect())
        })
    }

    fn prune(&mut self, step: Step, before: i64, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let samples = &mut tx.state.domains.monitoring.samples;
            let is_old = |(of, at, _): &(Step, i64, Replica), _: &_| *of == step && *at < before;
            Ok(count(&prune(samples, limit, is_old)))
        })
    }

    fn report(&mut self, report: &StoredReport) -> Result<(), StoreError> {
        self.writing(|tx| {
            let reports = Arc::make_mut(&mut tx.state.domains.monitoring.reports);
            reports.insert(report.replica.clone(), report.clone());
            Ok(())
        })
    }

    fn reports(&mut self, since: Timestamp) -> Result<Vec<StoredReport>, StoreError> {
        self.reading(|state| {
            let reports = state.domains.monitoring.reports.values();
            Ok(reports.filter(|report| report.at >= since).cloned().collect())
        })
    }

    fn put_hour(&mut self, replica: &Replica, at: i64, data: &[u8]) -> Result<(), StoreError> {
        self.writing(|tx| {
            let hours = Arc::make_mut(&mut tx.state.domains.monitoring.hours);
            hours.insert((replica.clone(), at), data.into());
            Ok(())
        })
    }

    fn hours(&mut self, replica: &Replica, at: &[i64]) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        self.reading(|state| {
            let hours = state.domains.monitoring.hours.iter();
            let wanted = hours.filter(|((whose, hour), _)| whose == replica && at.contains(hour));
            Ok(wanted.map(|((_, hour), data)| (*hour, data.to_vec())).collect())
        })
    }

    fn prune_hours(&mut self, before: i64, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let hours = &mut tx.state.domains.monitoring.hours;
            Ok(count(&prune(hours, limit, |(_, at): &(Replica, i64), _| *at < before)))
        })
    }

    fn prune_reports(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let reports = &mut tx.state.domains.monitoring.reports;
            Ok(count(&prune(reports, u32::MAX, |_, report: &StoredReport| report.at < before)))
        })
    }
}
