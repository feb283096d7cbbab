//! Stores of monitoring with one planted bug each: the case that promises otherwise must fail, or it proves nothing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use kernel::{Access, BoxFuture, Page, PageRequest, StoreError, Timestamp, UnitOfWork, Work};
use monitoring::{
    Alert, AlertContent, AlertId, AlertStore, MonitoringTx, RuleStore, SampleStore, Series,
    kit::{CASES, Fixture},
    ports::{StoredReport, StoredRow},
    query::AlertFilter,
    row::{Cell, Row},
    values::{AlertState, Replica, Step},
};
use pollster::block_on;

use crate::{MemoryDb, common::planted::common_of_inner, state::State, tx::MemoryTx};

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// A gap becomes a zero (S3).
    FillsGaps,
    /// Rows of other replicas are among those of one (S4).
    MixesReplicas,
    /// Rows of other steps are removed, too (S5).
    PrunesEveryStep,
    /// A series that is registered again gets a new position (S1).
    RegistersTwice,
    /// Two alerts of one series are open (A3).
    OpensTwice,
    /// What was resolved long ago is current (A4).
    RemembersForEver,
    /// A list shows what its filter does not name (A5).
    IgnoresTheFilter,
    /// Alerts that fire are removed with the others (A6).
    PrunesWhatFires,
}

struct PlantedDb {
    inner: Arc<MemoryDb>,
    bug: Bug,
}

struct PlantedTx {
    tx: MemoryTx,
    bug: Bug,
}

impl UnitOfWork<dyn MonitoringTx> for PlantedDb {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn MonitoringTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let bug = self.bug;
        Box::pin(async move {
            self.inner.execute_now(access, &mut |tx| {
                let inside = std::mem::replace(tx, MemoryTx::new(State::default(), access));
                let mut planted = PlantedTx { tx: inside, bug };
                let verdict = work(&mut planted);
                *tx = planted.tx;
                verdict
            })
        })
    }
}

common_of_inner!(PlantedTx);

impl MonitoringTx for PlantedTx {
    fn samples(&mut self) -> &mut dyn SampleStore {
        self
    }
    fn rules(&mut self) -> &mut dyn RuleStore {
        MonitoringTx::rules(&mut self.tx)
    }
    fn alerts(&mut self) -> &mut dyn AlertStore {
        self
    }
}

impl SampleStore for PlantedTx {
    fn series(&mut self) -> Result<Vec<Series>, StoreError> {
        self.tx.series()
    }
    fn register(&mut self, series: &[Series]) -> Result<Vec<Series>, StoreError> {
        if self.bug == Bug::RegistersTwice {
            let known = Arc::make_mut(&mut self.tx.state.domains.monitoring.series);
            known.retain(|known| series.iter().all(|one| one.name != known.name));
        }
        self.tx.register(series)
    }
    fn put(&mut self, replica: &Replica, step: Step, at: i64, row: &Row) -> Result<(), StoreError> {
        let mut row = row.clone();
        if self.bug == Bug::FillsGaps {
            for cell in row.cells.iter_mut().filter(|cell| cell.is_gap()) {
                *cell = Cell::of(0.0);
            }
        }
        self.tx.put(replica, step, at, &row)
    }
    fn rows(
        &mut self,
        step: Step,
        replica: Option<&Replica>,
        from: i64,
        to: i64,
    ) -> Result<Vec<StoredRow>, StoreError> {
        let replica = replica.filter(|_| self.bug != Bug::MixesReplicas);
        self.tx.rows(step, replica, from, to)
    }
    fn prune(&mut self, step: Step, before: i64, limit: u32) -> Result<u64, StoreError> {
        if self.bug == Bug::PrunesEveryStep {
            SampleStore::prune(&mut self.tx, Step::Hour, before, limit)?;
        }
        SampleStore::prune(&mut self.tx, step, before, limit)
    }
    fn report(&mut self, report: &StoredReport) -> Result<(), StoreError> {
        self.tx.report(report)
    }
    fn reports(&mut self, since: Timestamp) -> Result<Vec<StoredReport>, StoreError> {
        self.tx.reports(since)
    }
    fn put_hour(&mut self, replica: &Replica, at: i64, data: &[u8]) -> Result<(), StoreError> {
        self.tx.put_hour(replica, at, data)
    }
    fn hours(&mut self, replica: &Replica, at: &[i64]) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        self.tx.hours(replica, at)
    }
    fn prune_hours(&mut self, before: i64, limit: u32) -> Result<u64, StoreError> {
        self.tx.prune_hours(before, limit)
    }
    fn prune_reports(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.tx.prune_reports(before)
    }
}

impl AlertStore for PlantedTx {
    fn insert(&mut self, alert: &AlertContent) -> Result<Alert, StoreError> {
        if self.bug != Bug::OpensTwice {
            return AlertStore::insert(&mut self.tx, alert);
        }
        let closed = AlertContent { state: AlertState::Resolved, ..alert.clone() };
        let mut made = AlertStore::insert(&mut self.tx, &closed)?;
        made.content = alert.clone();
        let alerts = Arc::make_mut(&mut self.tx.state.domains.monitoring.alerts);
        alerts.insert(made.id, Arc::new(made.clone()));
        Ok(made)
    }
    fn get(&mut self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        AlertStore::get(&mut self.tx, id)
    }
    fn lock(&mut self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        AlertStore::lock(&mut self.tx, id)
    }
    fn save(&mut self, alert: &mut Alert) -> Result<(), StoreError> {
        AlertStore::save(&mut self.tx, alert)
    }
    fn remove(&mut self, alert: &Alert) -> Result<(), StoreError> {
        AlertStore::remove(&mut self.tx, alert)
    }
    fn current(&mut self, since: Timestamp) -> Result<Vec<Alert>, StoreError> {
        let since = if self.bug == Bug::RemembersForEver { Timestamp::MIN } else { since };
        self.tx.current(since)
    }
    fn list(&mut self, filter: AlertFilter, page: &PageRequest) -> Result<Page<Alert>, StoreError> {
        let ignores = self.bug == Bug::IgnoresTheFilter;
        let filter = if ignores { AlertFilter::default() } else { filter };
        AlertStore::list(&mut self.tx, filter, page)
    }
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        if self.bug == Bug::PrunesWhatFires {
            let alerts = Arc::make_mut(&mut self.tx.state.domains.monitoring.alerts);
            alerts.retain(|_, alert| alert.content.state == AlertState::Resolved);
        }
        AlertStore::prune(&mut self.tx, before, limit)
    }
}

#[test]
fn each_planted_bug_fails_the_case_that_promises_otherwise() {
    for (bug, promise) in [
        (Bug::FillsGaps, "s3_"),
        (Bug::MixesReplicas, "s4_"),
        (Bug::PrunesEveryStep, "s5_"),
        (Bug::RegistersTwice, "s1_"),
        (Bug::OpensTwice, "a3_"),
        (Bug::RemembersForEver, "a4_"),
        (Bug::IgnoresTheFilter, "a5_"),
        (Bug::PrunesWhatFires, "a6_"),
    ] {
        let failed = CASES.iter().filter(|case| {
            let work = Arc::new(PlantedDb { inner: MemoryDb::new(), bug });
            catch_unwind(AssertUnwindSafe(|| block_on((case.run)(Fixture { work })))).is_err()
        });
        let failed: Vec<&str> = failed.map(|case| case.name).collect();
        assert!(failed.iter().any(|name| name.starts_with(promise)), "{bug:?}: {failed:?}");
    }
}
