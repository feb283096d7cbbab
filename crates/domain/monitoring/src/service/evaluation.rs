//! The rules, judged by one process at a time.

use std::time::Duration;

use kernel::{StoreError, Timestamp};

use super::Monitoring;
use crate::{
    alert::{Alert, Change, SAME_WITHIN, Write},
    error::MonitoringError,
    evaluate::{Reported, evaluate},
    events,
    ports::{MonitoringTx, StoredReport},
    rule::Rule,
    values::SeriesName,
};

/// Who evaluates.
const LEASE: &str = "monitoring.rules";
/// The shortest lease.
const SHORTEST_LEASE: Duration = Duration::from_secs(10);
/// How old reports may be that are read: those of replicas that may have gone.
const REPORTS: Duration = Duration::from_hours(1);

/// What an evaluation looks at.
struct Judged {
    rules: Vec<Rule>,
    alerts: Vec<Alert>,
    reports: Vec<Reported>,
    is_holder: bool,
}

impl Monitoring {
    /// Judges the last reports; returns them. `own` is this process', which the store gets where others read it, and
    /// once a minute where none do.
    pub(super) async fn evaluate(
        &self,
        now: Timestamp,
        own: Reported,
        is_minute: bool,
    ) -> Result<Vec<Reported>, MonitoringError> {
        let looked = if self.is_shared() {
            self.look_together(now, &own).await
        } else {
            self.look_alone(now, own, is_minute).await
        };
        let Judged { rules, alerts, reports, is_holder } = looked?;
        let names: Vec<SeriesName> = {
            let mut state = self.state();
            state.rules.clone_from(&rules);
            state.series.iter().map(|series| series.name.clone()).collect()
        };
        let mut failed = None;
        if is_holder {
            for change in evaluate(&rules, &names, &alerts, &reports, now) {
                match self.apply(change, now).await {
                    // Another process was faster: it has said so, too.
                    Ok(()) | Err(StoreError::Stale | StoreError::Duplicate(_)) => {}
                    Err(error) => failed = Some(error),
                }
            }
        }
        failed.map_or(Ok(reports), |error| Err(error.into()))
    }

    async fn look_alone(
        &self,
        now: Timestamp,
        own: Reported,
        is_minute: bool,
    ) -> Result<Judged, MonitoringError> {
        if is_minute {
            let report = StoredReport::from(&own);
            let stored: Result<(), StoreError> =
                self.work.write(move |tx| tx.samples().report(&report)).await;
            stored?;
        }
        let since = now.minus(SAME_WITHIN);
        let looked = self
            .work
            .read(move |tx| Ok::<_, StoreError>((tx.rules().all()?, tx.alerts().current(since)?)));
        let (rules, alerts) = looked.await?;
        Ok(Judged { rules, alerts, reports: vec![own], is_holder: true })
    }

    async fn look_together(
        &self,
        now: Timestamp,
        own: &Reported,
    ) -> Result<Judged, MonitoringError> {
        let (report, holder) = (StoredReport::from(own), self.settings.holder.clone());
        let lease = (self.settings.interval * 3).max(SHORTEST_LEASE);
        let looked = self.work.write(move |tx| {
            tx.samples().report(&report)?;
            let is_holder = tx.leases().hold(LEASE, &holder, now, lease)?;
            let rules = tx.rules().all()?;
            let since = now.minus(SAME_WITHIN);
            let alerts = if is_holder { tx.alerts().current(since)? } else { Vec::new() };
            let reports = tx.samples().reports(now.minus(REPORTS))?;
            Ok::<_, StoreError>((rules, alerts, reports, is_holder))
        });
        let (rules, alerts, reports, is_holder) = looked.await?;
        // One of a newer version that cannot be read is left out.
        let reports = reports.into_iter().filter_map(|report| report.try_into().ok()).collect();
        Ok(Judged { rules, alerts, reports, is_holder })
    }

    /// One change, and the event that says so, in one transaction.
    async fn apply(&self, change: Change, now: Timestamp) -> Result<(), StoreError> {
        self.work.write(move |tx| apply(tx, &change, now)).await
    }
}

fn apply(
    tx: &mut (dyn MonitoringTx + 'static),
    change: &Change,
    now: Timestamp,
) -> Result<(), StoreError> {
    let alert = match &change.write {
        Write::Insert(content) => tx.alerts().insert(content)?,
        Write::Save(alert) => {
            let mut alert = alert.clone();
            tx.alerts().save(&mut alert)?;
            alert
        }
        Write::Remove(alert) => return tx.alerts().remove(alert),
    };
    match change.notice {
        Some(notice) => {
            let event = events::of_notice(notice, change.notify, &alert, now);
            tx.outbox().append(&event)
        }
        None => Ok(()),
    }
}
