//! The driver of the chores, with a clock that the tests move.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use alveole::drivers::{
    Base, Replicas,
    chores::{ChoreDriver, LEASE},
};
use kernel::{
    Chore, Clock as _, CommonTx, Runs, StoreError, Timestamp, UnitOfWork, chore::ChoreStatus,
    time::FixedClock,
};
use memory::MemoryDb;
use tokio::sync::{Notify, watch};

use crate::stores::ReadOnly;

const MINUTE: Duration = Duration::from_mins(1);

struct Fixture {
    work: Arc<dyn UnitOfWork<dyn CommonTx>>,
    clock: Arc<FixedClock>,
}

impl Fixture {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2026-11-22T12:00:00Z").unwrap()));
        Self { work: MemoryDb::new(), clock }
    }

    /// A process with these chores.
    async fn process(&self, chores: Vec<Chore>) -> ChoreDriver {
        let clock = Arc::<FixedClock>::clone(&self.clock);
        let base = Base::new(Arc::clone(&self.work), clock, Replicas::Several);
        let driver = ChoreDriver::new(base, chores);
        driver.register().await.unwrap();
        driver
    }

    async fn rows(&self) -> Vec<ChoreStatus> {
        let rows: Result<_, StoreError> = self.work.read(|tx| tx.chores().list()).await;
        rows.unwrap()
    }
}

/// A chore that counts its runs.
fn counting(name: &'static str, runs: &Arc<AtomicUsize>) -> Chore {
    Chore::of(runs, name, MINUTE, Runs::Once, |runs| async move {
        runs.fetch_add(1, Ordering::SeqCst);
        Ok::<_, String>(1)
    })
}

/// A chore that runs until it is notified.
fn hanging(name: &'static str, wakes: &Arc<Notify>) -> Chore {
    Chore::of(wakes, name, MINUTE, Runs::Once, |wakes| async move {
        wakes.notified().await;
        Ok::<_, String>(0)
    })
}

async fn look(process: &mut ChoreDriver) {
    process.look().await.unwrap();
    process.wait().await;
}

#[actix_web::test]
async fn a_chore_runs_once_however_many_processes_there_are() {
    let (fixture, runs) = (Fixture::new(), Arc::new(AtomicUsize::new(0)));
    let mut processes = Vec::new();
    for _ in 0..3 {
        processes.push(fixture.process(vec![counting("kit.count", &runs)]).await);
    }
    for minute in 1..=3 {
        for _ in 0..2 {
            for process in &mut processes {
                look(process).await;
            }
        }
        assert_eq!(runs.load(Ordering::SeqCst), minute);
        fixture.clock.advance(MINUTE);
    }
    let row = fixture.rows().await.remove(0);
    assert_eq!((row.lease, row.last_error), (None, None));
}

#[actix_web::test]
async fn a_slow_chore_delays_only_itself() {
    let (fixture, runs, wakes) =
        (Fixture::new(), Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let chores = vec![counting("kit.count", &runs), hanging("kit.hang", &wakes)];
    let mut process = fixture.process(chores).await;
    for minute in 1..=3 {
        process.look().await.unwrap();
        while runs.load(Ordering::SeqCst) < minute || fixture.rows().await[0].lease.is_some() {
            tokio::task::yield_now().await;
        }
        tokio::task::yield_now().await;
        fixture.clock.advance(MINUTE);
    }
    wakes.notify_one();
    process.wait().await;
}

#[actix_web::test]
async fn another_process_takes_over_from_one_that_died() {
    let (fixture, runs, wakes) =
        (Fixture::new(), Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let mut died = fixture.process(vec![hanging("kit.count", &wakes)]).await;
    died.look().await.unwrap();
    let mut heir = fixture.process(vec![counting("kit.count", &runs)]).await;
    fixture.clock.advance(LEASE.checked_sub(Duration::from_secs(1)).unwrap());
    look(&mut heir).await;
    assert_eq!(runs.load(Ordering::SeqCst), 0, "it may still be at work");
    fixture.clock.advance(Duration::from_secs(1));
    look(&mut heir).await;
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    // The one that was thought dead finishes late: that changes nothing.
    let before = fixture.rows().await;
    wakes.notify_one();
    died.wait().await;
    assert_eq!(fixture.rows().await, before);
}

#[actix_web::test]
async fn a_failure_is_shown_and_the_chore_runs_again() {
    let fixture = Fixture::new();
    let outcomes = Arc::new(Mutex::new(vec![Ok(3), Err("it's broken")]));
    let chore = Chore::of(&outcomes, "kit.fail", MINUTE, Runs::Once, |outcomes| async move {
        let outcome = outcomes.lock().unwrap().pop();
        outcome.unwrap_or_else(|| panic!("no more outcomes"))
    });
    let mut process = fixture.process(vec![chore]).await;
    let mut errors = Vec::new();
    for _ in 0..3 {
        look(&mut process).await;
        errors.push(fixture.rows().await.remove(0).last_error);
        fixture.clock.advance(MINUTE);
    }
    let panic = Some("it panicked: no more outcomes".to_owned());
    assert_eq!(errors, [Some("it's broken".to_owned()), None, panic]);
}

#[actix_web::test]
async fn a_stopped_process_hands_its_chores_back() {
    let (fixture, runs, wakes) =
        (Fixture::new(), Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let process = fixture.process(vec![hanging("kit.count", &wakes)]).await;
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(process.run(stopping, Duration::ZERO));
    while fixture.rows().await[0].lease.is_none() {
        tokio::task::yield_now().await;
    }
    stop.send_replace(true);
    running.await.unwrap();
    let mut heir = fixture.process(vec![counting("kit.count", &runs)]).await;
    look(&mut heir).await;
    assert_eq!(runs.load(Ordering::SeqCst), 1, "without waiting for the lease to end");
}

#[actix_web::test]
async fn looking_for_chores_that_are_not_due_writes_nothing() {
    let (fixture, runs) = (Fixture::new(), Arc::new(AtomicUsize::new(0)));
    look(&mut fixture.process(vec![counting("kit.count", &runs)]).await).await;
    let work = Arc::new(ReadOnly(Arc::clone(&fixture.work)));
    let clock = Arc::<FixedClock>::clone(&fixture.clock);
    let base = Base::new(work, clock, Replicas::Several);
    let mut process = ChoreDriver::new(base, vec![counting("kit.count", &runs)]);
    process.register().await.unwrap();
    look(&mut process).await;
    assert_eq!((runs.load(Ordering::SeqCst), fixture.clock.now().seconds() % 60), (1, 0));
}
