//! Serves the ticks of schedules. Every process looks, and each tick enqueues once, whoever is first: so
//! none waits for a leader that has just died. Looking is a read.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use kernel::{Chore, Clock, Runs, Scheduler, StoreError, schedule::Ticked};
use rest::quiet::STORE;
use tokio::{sync::watch, time::sleep};

use super::stopped;

/// How often the schedules are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// After so many looks the gauges are set again: an administrator may have changed a schedule.
const GAUGES: u64 = 10;

/// The driver of the schedules.
pub struct ScheduleDriver {
    scheduler: Arc<dyn Scheduler>,
    clock: Arc<dyn Clock>,
    /// The chores whose intervals are shown.
    chores: BTreeSet<&'static str>,
}

impl ScheduleDriver {
    /// A driver that has not started.
    pub fn new(scheduler: Arc<dyn Scheduler>, clock: Arc<dyn Clock>, chores: &[Chore]) -> Self {
        let scheduled = chores.iter().filter(|chore| matches!(chore.runs, Runs::Scheduled(_)));
        Self { scheduler, clock, chores: scheduled.map(|chore| chore.name).collect() }
    }

    /// Runs until it is stopped.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let (mut is_registered, mut looks) = (false, 0_u64);
        while !*stop.borrow() {
            let looked = if is_registered { self.look(looks).await } else { self.begin().await };
            match looked {
                Ok(()) if !is_registered => {
                    is_registered = true;
                    continue;
                }
                Ok(()) => looks += 1,
                Err(error) => {
                    rest::warn_once_a_minute!(STORE; %error, "the schedules have to wait");
                }
            }
            tokio::select! {
                () = sleep(LOOK) => {}
                () = stopped(&mut stop) => {}
            }
        }
    }

    /// Adds the schedules of this program, and remembers when each last did its work: one that ticks once a
    /// day must not look overdue after every start.
    async fn begin(&self) -> Result<(), StoreError> {
        self.scheduler.register().await?;
        for (chore, ended) in self.scheduler.successes().await? {
            let ended = ended.unwrap_or_else(|| self.clock.now());
            if self.chores.contains(chore.as_str()) {
                metrics::gauge!("alveole_chore_last_success_timestamp_seconds", "chore" => chore)
                    .set(ended.seconds() as f64);
            }
        }
        Ok(())
    }

    async fn look(&self, looks: u64) -> Result<(), StoreError> {
        if looks.is_multiple_of(GAUGES) {
            self.set_gauges().await?;
        }
        for outcome in self.scheduler.tick().await? {
            match outcome {
                Ok(ticked) => record(&ticked),
                Err((schedule, error)) => {
                    rest::warn_once_a_minute!(
                        "schedule";
                        schedule,
                        error,
                        "a schedule could not tick"
                    );
                }
            }
        }
        Ok(())
    }

    /// How far apart the ticks are; 0 for a schedule that is paused.
    async fn set_gauges(&self) -> Result<(), StoreError> {
        for (name, interval) in self.scheduler.intervals().await? {
            for outcome in ["enqueued", "overlapped", "missed"] {
                count(&name, outcome, 0);
            }
            if self.chores.contains(name.as_str()) {
                metrics::gauge!("alveole_chore_interval_seconds", "chore" => name)
                    .set(interval.map_or(0.0, |length| length.as_secs_f64()));
            }
        }
        Ok(())
    }
}

fn count(schedule: &str, outcome: &'static str, number: u64) {
    let schedule = schedule.to_owned();
    metrics::counter!("alveole_schedule_ticks_total", "schedule" => schedule, "outcome" => outcome)
        .increment(number);
}

fn record(ticked: &Ticked) {
    let Ticked { schedule, jobs, overlapped, missed } = ticked;
    count(schedule, "enqueued", jobs.len() as u64);
    count(schedule, "overlapped", *overlapped);
    count(schedule, "missed", *missed);
    if *missed > 0 {
        tracing::warn!(schedule, missed, enqueued = jobs.len(), "ticks of a schedule were missed");
    }
    tracing::debug!(schedule, enqueued = jobs.len(), overlapped, "a schedule ticked");
}
