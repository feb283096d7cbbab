//! Background work: the event feed, its consumers, the chores and the emails. Each driver runs
//! by itself, and no process leads: what one process at a time may do has a lease of its own.
//!
//! | driver | runs |
//! |---|---|
//! | [`feed`] | gives events their place and publishes them to this process' listeners |
//! | [`consumers`] | each consumer, from its own position, under its own lease |
//! | [`schedules`] | the ticks of schedules: each enqueues a job |
//! | [`chores`] | what each process does for itself, at its own times |
//! | [`emails`] | emails that are due |
//! | [`workers`] | jobs that are due |
//! | [`maintenance`] | the chores and gauges that belong to no domain |
//! | [`keys`] | the token keys, read again when they change |

pub mod chores;
pub mod consumers;
pub mod emails;
pub mod feed;
pub mod keys;
pub mod maintenance;
pub mod schedules;
mod successes;
pub mod workers;

use std::{
    any::Any,
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use kernel::{BoxFuture, Chore, Clock, CommonTx, Consumer, Scheduler, UnitOfWork};
use tokio::{
    sync::{Notify, watch},
    task::{AbortHandle, JoinSet},
};

use self::{
    consumers::ConsumerDriver, emails::Emails, feed::Feed, schedules::ScheduleDriver,
    workers::Workers,
};
use rest::live::LiveFeed;

/// What every driver works with.
#[derive(Clone)]
pub struct Base {
    /// The face of the database that belongs to no domain.
    pub work: Arc<dyn UnitOfWork<dyn CommonTx>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// This process in the leases.
    pub holder: Arc<str>,
}

/// Which process a lease belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replicas {
    /// The process has its database to itself: after a crash it takes over its own leases.
    One,
    /// Several processes share the database.
    Several,
}

impl Base {
    /// Names this process by chance, so that two never have one name.
    pub fn new(
        work: Arc<dyn UnitOfWork<dyn CommonTx>>,
        clock: Arc<dyn Clock>,
        replicas: Replicas,
    ) -> Self {
        let holder = match replicas {
            Replicas::One => "embedded".to_owned(),
            Replicas::Several => {
                let chance = RandomState::new();
                format!("{:016x}{:016x}", chance.hash_one(std::process::id()), chance.hash_one(1))
            }
        };
        Self { work, clock, holder: holder.into() }
    }
}

/// Something that runs until it is stopped, and then has some time to end.
pub type Leased = Box<dyn FnOnce(watch::Receiver<bool>, Duration) -> BoxFuture<'static, ()> + Send>;

/// What is to be run.
pub struct Work {
    /// Reactions to events.
    pub consumers: Vec<Consumer>,
    /// Recurring maintenance.
    pub chores: Vec<Chore>,
    /// Serves the ticks of schedules.
    pub scheduler: Arc<dyn Scheduler>,
    /// Sends emails.
    pub emails: Emails,
    /// Runs jobs.
    pub workers: Workers,
    /// What adapters do under leases of their own.
    pub leased: Vec<Leased>,
    /// Live listeners of this process.
    pub live_feed: Arc<LiveFeed>,
    /// Notified after a commit with events.
    pub appended: Arc<Notify>,
}

/// Every driver of this process.
pub struct Drivers {
    stop: watch::Sender<bool>,
    /// Those that finish what they are at and hand back their leases.
    leased: JoinSet<()>,
    feed: AbortHandle,
}

impl Drivers {
    /// Starts them. `drain` is how long they have to finish once they are stopped.
    pub fn start(base: &Base, work: Work, drain: Duration) -> Self {
        let (stop, stopping) = watch::channel(false);
        let mut leased = JoinSet::new();
        let (feed, head) = Feed::new(base, work.live_feed, work.appended);
        let feed = tokio::spawn(feed.run()).abort_handle();
        for consumer in work.consumers {
            let driver = ConsumerDriver::new(base.clone(), consumer);
            leased.spawn(driver.run(head.clone(), stopping.clone(), drain));
        }
        chores::announce(&work.chores);
        let clock = Arc::clone(&base.clock);
        let schedules = ScheduleDriver::new(work.scheduler, Arc::clone(&clock), &work.chores);
        leased.spawn(schedules.run(stopping.clone()));
        leased.spawn(chores::run_timers(work.chores, clock, stopping.clone()));
        leased.spawn(work.emails.run(stopping.clone(), drain));
        for run in work.leased {
            leased.spawn(run(stopping.clone(), drain));
        }
        leased.spawn(work.workers.run(stopping, drain));
        Self { stop, leased, feed }
    }

    /// Stops all of them: no new work is taken; what is being done may end within the time given to
    /// [`Drivers::start`]; then the leases are handed back, so that other processes need not wait for
    /// their end.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.leased.join_next().await.is_some() {}
        self.feed.abort();
    }
}

/// Resolves when the drivers are to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// A number from 0 to 1, to spread what would otherwise happen at the same moment.
pub(crate) fn chance() -> f64 {
    (RandomState::new().hash_one(0) % 1001) as f64 / 1000.0
}

/// The message of a panic.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&'static str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", text.unwrap_or("without a message"))
}
