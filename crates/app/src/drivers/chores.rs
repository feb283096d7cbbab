//! Runs the chores. What one process at a time does is a job of the chore's name, which a schedule enqueues
//! ([`schedules`](super::schedules)) and a worker runs ([`workers`](super::workers)). What each process
//! does for itself has a timer here, each in a task of its own, so that a slow one delays only itself.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use kernel::{
    Chore, Clock, JobKind, Runs, StoreError,
    job::{JobDone, JobError, MAINTENANCE_QUEUE, Manual},
};
use rest::quiet::STORE;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use super::{panic_message, stopped};

/// The first and the longest pause after a chore that failed.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// The kind of job that runs a chore, by its schedule and by hand; none for what each process does for
/// itself.
pub fn job_kind(chore: &Chore, clock: &Arc<dyn Clock>) -> Option<JobKind> {
    let Runs::Scheduled(recurrence) = chore.runs else { return None };
    let timeout = chore.timeout;
    let (name, chore, clock) = (chore.name, chore.clone(), Arc::clone(clock));
    let kind = JobKind::new(name, move |_| {
        let (chore, clock) = (chore.clone(), Arc::clone(&clock));
        async move {
            let _running = Running::new(name);
            run_recorded(&chore, &*clock).await.map(|_| JobDone::Done).map_err(JobError::Failed)
        }
    });
    Some(JobKind {
        queue: MAINTENANCE_QUEUE,
        limit: Some(1),
        timeout,
        pauses: PAUSES,
        manual: Some(Manual::without_args(
            "Runs this recurring maintenance once, beside its schedule.",
        )),
        schedule: Some(recurrence),
        ..kind
    })
}

/// Counters that appear with their first event hide it from `increase()`.
pub fn announce(chores: &[Chore]) {
    for chore in chores {
        for outcome in ["ok", "failed"] {
            metrics::counter!("alveole_chore_runs_total", "chore" => chore.name, "outcome" => outcome)
                .increment(0);
        }
    }
}

/// Runs what each process does for itself until it is stopped.
pub async fn run_timers(
    chores: Vec<Chore>,
    clock: Arc<dyn Clock>,
    mut stop: watch::Receiver<bool>,
) {
    let mut own = JoinSet::new();
    for chore in chores {
        if let Runs::EachProcess(every) = chore.runs {
            metrics::gauge!("alveole_chore_interval_seconds", "chore" => chore.name)
                .set(every.as_secs_f64());
            own.spawn(each_process(chore, every, Arc::clone(&clock)));
        }
    }
    stopped(&mut stop).await;
}

/// Says that a chore runs here, until it is dropped.
struct Running(&'static str);

impl Running {
    fn new(name: &'static str) -> Self {
        metrics::gauge!("alveole_chore_running", "chore" => name).set(1.0);
        Self(name)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        metrics::gauge!("alveole_chore_running", "chore" => self.0).set(0.0);
    }
}

/// A chore that each process runs.
async fn each_process(chore: Chore, every: Duration, clock: Arc<dyn Clock>) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // Its log line and its metrics say how it ended.
        let _ = run_recorded(&chore, &*clock).await;
    }
}

/// Whether a chore failed because the database does not answer: in the words of the port, or in those of
/// a service.
fn is_of_the_store(error: &str) -> bool {
    error.starts_with("the store ") || error == StoreError::Contention.public_text()
}

/// Runs it once, with its log line and its metrics. A panic is a failed run.
async fn run_recorded(chore: &Chore, clock: &dyn Clock) -> Result<u64, String> {
    let (name, started) = (chore.name, Instant::now());
    let run = AssertUnwindSafe(async { (chore.run)().await }).catch_unwind().await;
    let outcome = run.unwrap_or_else(|panic| Err(panic_message(&*panic)));
    let took = started.elapsed();
    let duration_ms = took.as_millis() as u64;
    match &outcome {
        Ok(0) => tracing::debug!(chore = name, duration_ms, "a chore ran"),
        Ok(count) => tracing::info!(chore = name, count, duration_ms, "a chore ran"),
        Err(error) => {
            let subject = if is_of_the_store(error) { STORE } else { name };
            rest::warn_once_a_minute!(subject; chore = name, error, duration_ms, "a chore failed");
        }
    }
    let ended = if outcome.is_ok() { "ok" } else { "failed" };
    metrics::counter!("alveole_chore_runs_total", "chore" => name, "outcome" => ended).increment(1);
    metrics::gauge!("alveole_chore_last_duration_seconds", "chore" => name).set(took.as_secs_f64());
    if outcome.is_ok() {
        metrics::gauge!("alveole_chore_last_success_timestamp_seconds", "chore" => name)
            .set(clock.now().seconds() as f64);
    }
    outcome
}
