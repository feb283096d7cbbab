//! What is done every so often.

use std::{sync::Arc, time::Duration};

use files::Files;
use products::Products;
use tasks::{Tasks, values::Status};
use tokio::time::interval;
use users::Users;

use super::{FLOWS, Loops};
use crate::telemetry;

/// How often what is past its time is removed, and what there is is counted.
const PURGE: Duration = Duration::from_secs(60);
/// How often owners are told of warranties that end soon.
const WARN: Duration = Duration::from_secs(60);
/// How often the events that wait are counted.
const BACKLOG: Duration = Duration::from_secs(5);
/// How often the metrics are drained.
const DRAIN: Duration = Duration::from_secs(5);
/// How long ended sessions are kept, for their owners to see.
const SESSIONS_KEPT: Duration = Duration::from_hours(24);

/// What is told of one kind of rows that were removed.
fn tell<E: std::fmt::Display>(what: &str, purged: Result<u64, E>) {
    match purged {
        Ok(0) => {}
        Ok(count) => tracing::info!(what, count, "purged"),
        Err(error) => tracing::warn!(what, %error, "could not be purged"),
    }
}

impl Loops {
    /// Removes what is past its time and counts what there is, as long as it is ours to do.
    pub(crate) async fn purge(
        self: Arc<Self>,
        users: Arc<Users>,
        tasks: Arc<Tasks>,
        files: Arc<Files>,
        purge_after: Duration,
        keep_audit: Option<Duration>,
    ) {
        let mut ticks = interval(PURGE);
        let mut counted = false;
        loop {
            ticks.tick().await;
            if !self.leader.leads() {
                if std::mem::take(&mut counted) {
                    forget_census();
                }
                // Whoever has just begun to lead need not wait a whole turn.
                if !self.wait_to_lead().await {
                    continue;
                }
            }
            tell("tasks", tasks.purge(purge_after).await);
            tell("files of purged tasks", files.purge().await);
            tell("objects", files.collect().await);
            tell("sessions", users.purge(SESSIONS_KEPT).await);
            tell("closed accounts", users.purge_closed().await);
            tell("events", self.sweep().await);
            if let Some(keep) = keep_audit {
                tell("audit entries", users.prune_audit(keep).await);
            }
            census(&users, &tasks).await;
            counted = true;
        }
    }

    /// Tells owners of warranties that end soon, as long as it is ours to do. Two processes that both
    /// take themselves for the leader tell nobody twice.
    pub(crate) async fn warn(self: Arc<Self>, products: Arc<Products>) {
        let mut ticks = interval(WARN);
        loop {
            ticks.tick().await;
            if !self.leader.leads() && !self.wait_to_lead().await {
                continue;
            }
            match products.warn_of_warranties().await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "told of warranties that end soon"),
                Err(error) => tracing::warn!(%error, "warranties could not be looked at"),
            }
        }
    }

    /// Waits for a while; true as soon as this process leads.
    async fn wait_to_lead(&self) -> bool {
        let mut ticks = interval(Duration::from_millis(200));
        for _ in 0..250 {
            ticks.tick().await;
            if self.leader.leads() {
                return true;
            }
        }
        false
    }

    /// Counts the events that wait for the flows.
    pub(crate) async fn count_backlog(self: Arc<Self>) {
        let mut ticks = interval(BACKLOG);
        let mut counted = true;
        loop {
            ticks.tick().await;
            let mut lag = (0.0, 0.0);
            if self.leader.leads() {
                match self.work.read_slow(|tx| tx.inbox().backlog(FLOWS)).await {
                    Ok((waiting, oldest)) => {
                        let now = self.clock.now();
                        let age = oldest.map_or(0.0, |at| now.since(at).as_secs_f64());
                        lag = (waiting as f64, age);
                        counted = true;
                    }
                    Err(kernel::StoreError::Unavailable(_)) => continue,
                    Err(error) => {
                        tracing::warn!(%error, "waiting events could not be counted");
                        continue;
                    }
                }
            } else if !std::mem::take(&mut counted) {
                continue;
            }
            metrics::gauge!("outbox_events_waiting").set(lag.0);
            metrics::gauge!("outbox_lag_seconds").set(lag.1);
        }
    }
}

/// Counts accounts, sessions and tasks.
async fn census(users: &Users, tasks: &Tasks) {
    if let Ok((accounts, sessions)) = users.census().await {
        metrics::gauge!("users_count").set(accounts as f64);
        metrics::gauge!("sessions_active").set(sessions as f64);
    }
    if let Ok(by_status) = tasks.census().await {
        for (status, count) in Status::ALL.iter().zip(by_status) {
            metrics::gauge!("tasks_count", "status" => status.as_str()).set(count as f64);
        }
    }
}

/// Figures that are not kept up to date any more must not be taken for true.
fn forget_census() {
    metrics::gauge!("users_count").set(0.0);
    metrics::gauge!("sessions_active").set(0.0);
    for status in Status::ALL {
        metrics::gauge!("tasks_count", "status" => status.as_str()).set(0.0);
    }
}

/// Drains what was recorded, for ever.
pub(crate) async fn drain_metrics() {
    let mut ticks = interval(DRAIN);
    loop {
        ticks.tick().await;
        telemetry::upkeep();
    }
}
