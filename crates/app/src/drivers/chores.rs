//! Runs the chores: each at its own times, each in a task of its own, so that a slow one delays only
//! itself. Those that one process at a time runs have a row that is schedule, lease and status.

use std::{
    collections::BTreeSet,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use kernel::{
    Chore, Runs, StoreError, Timestamp,
    chore::{ChoreRun, ChoreStatus},
};
use rest::quiet::STORE;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use super::{Base, panic_message, stopped};

/// How often the rows are looked at: one short read.
const LOOK: Duration = Duration::from_secs(1);
/// How long a holder that died keeps the others waiting.
pub const LEASE: Duration = Duration::from_secs(30);

/// The driver of all chores.
pub struct ChoreDriver {
    base: Base,
    chores: Vec<Chore>,
    running: JoinSet<&'static str>,
    /// The names of those that run here.
    names: BTreeSet<&'static str>,
}

impl ChoreDriver {
    /// A driver that has not started.
    pub fn new(base: Base, chores: Vec<Chore>) -> Self {
        // Counters that appear with their first event hide it from `increase()`.
        for chore in &chores {
            let name = chore.name;
            for outcome in ["ok", "failed"] {
                metrics::counter!("alveole_chore_runs_total", "chore" => name, "outcome" => outcome)
                    .increment(0);
            }
            metrics::gauge!("alveole_chore_interval_seconds", "chore" => name)
                .set(chore.every.as_secs_f64());
        }
        Self { base, chores, running: JoinSet::new(), names: BTreeSet::new() }
    }

    /// Runs until it is stopped; then waits for the chores that run, for at most `drain`, and hands
    /// the others back.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>, drain: Duration) {
        let mut own = JoinSet::new();
        for chore in self.chores.extract_if(.., |chore| chore.runs == Runs::EachProcess) {
            own.spawn(each_process(chore, Arc::clone(&self.base.clock)));
        }
        let mut is_registered = false;
        while !*stop.borrow() {
            let looked = if is_registered { self.look().await } else { self.register().await };
            match looked {
                Ok(()) if !is_registered => {
                    is_registered = true;
                    continue;
                }
                Ok(()) => {}
                Err(error) => {
                    rest::warn_once_a_minute!(STORE; %error, "the chores have to wait");
                }
            }
            tokio::select! {
                Some(ended) = self.running.join_next() => self.ended(ended.ok()),
                () = sleep(LOOK) => {}
                () = stopped(&mut stop) => {}
            }
        }
        if timeout(drain, self.wait()).await.is_err() {
            self.hand_back().await;
        }
    }

    /// Makes the rows of new chores.
    pub async fn register(&self) -> Result<(), StoreError> {
        let names: Vec<&'static str> = self.chores.iter().map(|chore| chore.name).collect();
        let now = self.base.clock.now();
        let read = self.base.work.read(|tx| tx.chores().list()).await;
        let rows: Vec<ChoreStatus> = read?;
        let missing = |name: &&'static str| rows.iter().all(|row| row.name != *name);
        let names: Vec<&'static str> = names.into_iter().filter(missing).collect();
        if names.is_empty() {
            return Ok(());
        }
        self.base
            .work
            .write(move |tx| names.iter().try_for_each(|name| tx.chores().register(name, now)))
            .await
    }

    /// Starts the chores that are due. Looking is a read.
    pub async fn look(&mut self) -> Result<(), StoreError> {
        while let Some(ended) = self.running.try_join_next() {
            self.ended(ended.ok());
        }
        let now = self.base.clock.now();
        let read = self.base.work.read(|tx| tx.chores().list()).await;
        let rows: Vec<ChoreStatus> = read?;
        let due: Vec<Chore> = self
            .chores
            .iter()
            .filter(|chore| !self.names.contains(chore.name))
            .filter(|chore| rows.iter().any(|row| row.name == chore.name && self.may(row, now)))
            .cloned()
            .collect();
        for chore in due {
            let (name, holder) = (chore.name, Arc::clone(&self.base.holder));
            let until = now.plus(LEASE);
            let claimed =
                self.base.work.write(move |tx| tx.chores().claim(name, &holder, now, until)).await;
            if claimed? {
                self.names.insert(name);
                self.running.spawn(run_leased(self.base.clone(), chore, now));
            }
        }
        Ok(())
    }

    fn may(&self, row: &ChoreStatus, now: Timestamp) -> bool {
        let lease = row.lease.as_ref();
        row.due_at <= now
            && lease.is_none_or(|(holder, until)| *until <= now || **holder == *self.base.holder)
    }

    /// Waits for the chores that run here.
    pub async fn wait(&mut self) {
        while let Some(ended) = self.running.join_next().await {
            self.ended(ended.ok());
        }
    }

    fn ended(&mut self, name: Option<&'static str>) {
        match name {
            Some(name) => {
                self.names.remove(name);
            }
            // Only the driver itself can have panicked; the lease of that chore ends by itself.
            None if self.running.is_empty() => self.names.clear(),
            None => {}
        }
    }

    /// Stops the chores that run here and ends their leases.
    pub async fn hand_back(&mut self) {
        self.running.shutdown().await;
        for name in std::mem::take(&mut self.names) {
            let holder = Arc::clone(&self.base.holder);
            tracing::info!(chore = name, "handed back unfinished");
            let released: Result<(), StoreError> =
                self.base.work.write(move |tx| tx.chores().release(name, &holder)).await;
            if let Err(error) = released {
                tracing::debug!(%error, "a lease was not handed back; it ends by itself");
            }
        }
    }
}

/// Runs a claimed chore, prolongs its lease meanwhile, and notes how it ended.
async fn run_leased(base: Base, chore: Chore, started: Timestamp) -> &'static str {
    let name = chore.name;
    metrics::gauge!("alveole_chore_running", "chore" => name).set(1.0);
    let mut run = std::pin::pin!(run_once(&chore, &base));
    let (took, outcome) = loop {
        tokio::select! {
            ended = &mut run => break ended,
            () = sleep(LEASE / 3) => {
                let (holder, until) = (Arc::clone(&base.holder), base.clock.now().plus(LEASE));
                let renewed: Result<(), StoreError> =
                    base.work.write(move |tx| tx.chores().renew(name, &holder, until)).await;
                if let Err(error) = renewed {
                    rest::warn_once_a_minute!(
                        STORE;
                        chore = name,
                        %error,
                        "a lease could not be prolonged"
                    );
                }
            }
        }
    };
    metrics::gauge!("alveole_chore_running", "chore" => name).set(0.0);
    let next = started.plus(chore.every).max(base.clock.now());
    let ended = ChoreRun { took, error: outcome.err(), next };
    let holder = Arc::clone(&base.holder);
    let finished: Result<(), StoreError> =
        base.work.write(move |tx| tx.chores().finish(name, &holder, &ended)).await;
    if let Err(error) = finished {
        rest::warn_once_a_minute!(STORE; chore = name, %error, "the end of a chore was not noted");
    }
    name
}

/// A chore that each process runs.
async fn each_process(chore: Chore, clock: Arc<dyn kernel::Clock>) {
    let mut ticks = interval(chore.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // Its log line and its metrics say how it ended.
        let _ = run_recorded(&chore, &*clock).await;
    }
}

async fn run_once(chore: &Chore, base: &Base) -> (Duration, Result<u64, String>) {
    run_recorded(chore, &*base.clock).await
}

/// Whether a chore failed because the database does not answer: in the words of the port, or in those of
/// a service.
fn is_of_the_store(error: &str) -> bool {
    error.starts_with("the store ") || error == StoreError::Contention.public_text()
}

/// Runs it once, with its log line and its metrics. A panic is a failed run.
async fn run_recorded(chore: &Chore, clock: &dyn kernel::Clock) -> (Duration, Result<u64, String>) {
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
    (took, outcome)
}
