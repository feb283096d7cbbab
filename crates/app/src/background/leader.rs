//! Which of the processes on one database does the work that is nobody's in particular.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kernel::{Clock, CommonTx, StoreError, UnitOfWork};
use tokio::time::{Instant, sleep};

/// The lease's name.
const NAME: &str = "background";
/// How long a leader that died keeps the others waiting.
const TTL: Duration = Duration::from_secs(10);
/// How often the leader asks for more time, and the others whether it is theirs.
const ASK: Duration = Duration::from_secs(3);

/// Leads, or waits to.
pub struct Leader {
    work: Arc<dyn UnitOfWork<dyn CommonTx>>,
    clock: Arc<dyn Clock>,
    holder: String,
    leads: AtomicBool,
}

impl Leader {
    /// Waits, until [`Leader::run`] has asked. A process that has its database to itself says so
    /// and need not wait for the lease of the process it was before a crash.
    pub fn new(
        work: Arc<dyn UnitOfWork<dyn CommonTx>>,
        clock: Arc<dyn Clock>,
        alone: bool,
    ) -> Self {
        let holder = if alone {
            "embedded".to_owned()
        } else {
            let chance = RandomState::new();
            format!("{:016x}{:016x}", chance.hash_one(std::process::id()), chance.hash_one(1))
        };
        metrics::gauge!("background_leader").set(0.0);
        Self { work, clock, holder, leads: AtomicBool::new(false) }
    }

    /// True while this process leads.
    pub fn leads(&self) -> bool {
        self.leads.load(Ordering::Acquire)
    }

    /// Asks for the lease, again and again.
    pub async fn run(self: Arc<Self>) {
        let mut until = Instant::now();
        loop {
            let asked = Instant::now();
            match self.ask().await {
                Ok(true) => {
                    until = asked + TTL;
                    self.set(true);
                }
                Ok(false) => self.set(false),
                // What was given lasts until its end.
                Err(error) => {
                    tracing::debug!(%error, "the lease could not be asked for");
                    if Instant::now() >= until {
                        self.set(false);
                    }
                }
            }
            sleep(ASK).await;
        }
    }

    async fn ask(&self) -> Result<bool, StoreError> {
        let (holder, now) = (self.holder.clone(), self.clock.now());
        self.work.write(move |tx| tx.leases().hold(NAME, &holder, now, TTL)).await
    }

    fn set(&self, leads: bool) {
        if self.leads.swap(leads, Ordering::AcqRel) != leads {
            metrics::gauge!("background_leader").set(if leads { 1.0 } else { 0.0 });
            tracing::info!(leads, "background work");
        }
    }

    /// Lets go, so that another need not wait for the end of the lease.
    pub async fn retire(&self) {
        if self.leads() {
            self.set(false);
            let holder = self.holder.clone();
            let let_go: Result<(), StoreError> =
                self.work.write(move |tx| tx.leases().release(NAME, &holder)).await;
            if let Err(error) = let_go {
                tracing::debug!(%error, "the lease was not let go of; it ends by itself");
            }
        }
    }
}
