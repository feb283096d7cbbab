//! The driver of a consumer, with a clock that the tests move.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use alveole::drivers::{
    Base, Replicas,
    consumers::{ATTEMPTS, ConsumerDriver, Round},
    maintenance,
};
use kernel::{
    Clock as _, CommonTx, Consumer, ConsumerError, Delivery, EventId, NewEvent, Position,
    StoreError, Timestamp, UnitOfWork,
    consumer::{DeadLetter, EventRetry, StartAt},
    time::FixedClock,
};
use memory::MemoryDb;

use crate::stores::{Away, ReadOnly};

const MADE: &str = "kit.made.v1";
const OTHER: &str = "kit.other.v1";
const HOUR: Duration = Duration::from_hours(1);

/// What a consumer saw, and how it fails for some subjects.
#[derive(Default)]
struct Seen {
    handled: Mutex<Vec<(i64, i64)>>,
    failures: Mutex<BTreeMap<i64, ConsumerError>>,
}

impl Seen {
    fn see(&self, delivery: &Delivery) -> Result<(), ConsumerError> {
        let event = &delivery.event;
        match self.failures.lock().unwrap().get(&event.subject) {
            Some(error) => Err(error.clone()),
            None => {
                let number = event.payload.as_i64().unwrap();
                self.handled.lock().unwrap().push((event.subject, number));
                Ok(())
            }
        }
    }

    fn fail(&self, subject: i64, error: ConsumerError) {
        self.failures.lock().unwrap().insert(subject, error);
    }

    fn heal(&self) {
        self.failures.lock().unwrap().clear();
    }

    fn handled(&self) -> Vec<(i64, i64)> {
        self.handled.lock().unwrap().clone()
    }
}

fn away() -> ConsumerError {
    ConsumerError::Retry("it's away".to_owned())
}

struct Fixture {
    work: Arc<dyn UnitOfWork<dyn CommonTx>>,
    clock: Arc<FixedClock>,
    seen: Arc<Seen>,
}

impl Fixture {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2026-11-22T12:00:00Z").unwrap()));
        Self { work: MemoryDb::new(), clock, seen: Arc::default() }
    }

    /// A consumer of `MADE` that the driver completes.
    fn consumer(&self, name: &'static str) -> Consumer {
        let seen = Arc::clone(&self.seen);
        Consumer::new(name, &[MADE], move |delivery| {
            let seen = Arc::clone(&seen);
            async move { seen.see(&delivery) }
        })
    }

    /// The same, completing its deliveries itself.
    fn exactly_once(&self, name: &'static str) -> Consumer {
        let (seen, work) = (Arc::clone(&self.seen), Arc::clone(&self.work));
        Consumer::exactly_once(name, &[MADE], move |delivery| {
            let (seen, work) = (Arc::clone(&seen), Arc::clone(&work));
            async move {
                seen.see(&delivery)?;
                let completed: Result<(), StoreError> =
                    work.write(move |tx| delivery.complete(tx)).await;
                completed.map_err(|error| ConsumerError::Retry(error.to_string()))
            }
        })
    }

    /// The same, several in one transaction; returns how many came together, too.
    fn batched(&self, name: &'static str) -> (Consumer, Arc<Mutex<Vec<usize>>>) {
        let (seen, work) = (Arc::clone(&self.seen), Arc::clone(&self.work));
        let sizes: Arc<Mutex<Vec<usize>>> = Arc::default();
        let counted = Arc::clone(&sizes);
        let consumer = Consumer::batched(name, &[MADE], move |batch| {
            let (seen, work) = (Arc::clone(&seen), Arc::clone(&work));
            counted.lock().unwrap().push(batch.events.len());
            async move {
                let failures = seen.failures.lock().unwrap().clone();
                let failed = batch.events.iter().find_map(|event| failures.get(&event.subject));
                if let Some(error) = failed {
                    return Err(error.clone());
                }
                let events = batch.events.clone();
                let completed: Result<(), StoreError> =
                    work.write(move |tx| batch.complete(tx)).await;
                completed.map_err(|error| ConsumerError::Retry(error.to_string()))?;
                let handled =
                    events.iter().map(|event| (event.subject, event.payload.as_i64().unwrap()));
                seen.handled.lock().unwrap().extend(handled);
                Ok(())
            }
        });
        (consumer, sizes)
    }

    fn process(&self, consumer: Consumer) -> ConsumerDriver {
        self.process_on(Arc::clone(&self.work), consumer)
    }

    fn process_on(
        &self,
        work: Arc<dyn UnitOfWork<dyn CommonTx>>,
        consumer: Consumer,
    ) -> ConsumerDriver {
        let clock = Arc::<FixedClock>::clone(&self.clock);
        ConsumerDriver::new(Base::new(work, clock, Replicas::Several), consumer)
    }

    /// Appends an event for each subject; the payload counts up from `first`.
    async fn append(&self, name: &'static str, first: i64, subjects: &[i64]) {
        let at = self.clock.now();
        let events: Vec<NewEvent> = subjects
            .iter()
            .zip(first..)
            .map(|(subject, number)| NewEvent {
                name,
                at,
                actor: None,
                subject: *subject,
                audience: Vec::new(),
                payload: number.into(),
                request_id: None,
            })
            .collect();
        let done: Result<(), StoreError> = self
            .work
            .write(move |tx| events.iter().try_for_each(|event| tx.outbox().append(event)))
            .await;
        done.unwrap();
    }

    async fn position(&self, name: &'static str) -> Option<Position> {
        let position: Result<_, StoreError> =
            self.work.read(move |tx| tx.inbox().position(name)).await;
        position.unwrap()
    }

    async fn failed(&self) -> (Vec<EventRetry>, Vec<DeadLetter>) {
        let failed: Result<_, StoreError> = self
            .work
            .read(|tx| Ok((tx.retries().queued(None, 99)?, tx.retries().dead(None, 99)?)))
            .await;
        failed.unwrap()
    }
}

/// Rounds until there is nothing more to do now.
async fn run_until_idle(driver: &mut ConsumerDriver) -> Round {
    loop {
        let round = driver.round().await.unwrap();
        if round != Round::More {
            return round;
        }
    }
}

fn behind(id: i64) -> Option<Position> {
    Some(Position::after(EventId::parse(id).ok()))
}

#[actix_web::test]
async fn a_new_consumer_begins_at_the_head_unless_it_says_otherwise() {
    let fixture = Fixture::new();
    fixture.append(MADE, 1, &[1, 1]).await;
    let mut late = fixture.process(fixture.consumer("kit.late"));
    run_until_idle(&mut late).await;
    assert_eq!(fixture.seen.handled(), []);
    fixture.append(MADE, 3, &[1]).await;
    run_until_idle(&mut late).await;
    assert_eq!(fixture.seen.handled(), [(1, 3)]);
    // What it missed while no process ran it is not lost.
    late.hand_back().await;
    fixture.append(MADE, 4, &[1]).await;
    run_until_idle(&mut fixture.process(fixture.consumer("kit.late"))).await;
    let early = fixture.consumer("kit.early").starting(StartAt::Beginning);
    run_until_idle(&mut fixture.process(early)).await;
    assert_eq!(fixture.seen.handled()[1..], [(1, 4), (1, 1), (1, 2), (1, 3), (1, 4)]);
}

#[actix_web::test]
async fn a_failing_event_delays_only_its_own_subject_and_keeps_the_order_there() {
    for exactly_once in [false, true] {
        let fixture = Fixture::new();
        let name = "kit.a";
        let consumer =
            if exactly_once { fixture.exactly_once(name) } else { fixture.consumer(name) };
        let mut driver = fixture.process(consumer);
        run_until_idle(&mut driver).await;
        fixture.seen.fail(7, away());
        fixture.append(MADE, 1, &[1, 7, 2, 7, 1, 7]).await;
        let Round::Idle(Some(due)) = run_until_idle(&mut driver).await else {
            panic!("must be idle")
        };
        assert_eq!(fixture.seen.handled(), [(1, 1), (2, 3), (1, 5)]);
        assert_eq!(fixture.position(name).await, behind(6));
        assert!(due > fixture.clock.now());
        fixture.seen.heal();
        // More of the subject come before the retry is due.
        fixture.append(MADE, 7, &[7]).await;
        run_until_idle(&mut driver).await;
        assert_eq!(fixture.seen.handled().len(), 3);
        fixture.clock.advance(Duration::from_secs(2));
        run_until_idle(&mut driver).await;
        assert_eq!(fixture.seen.handled()[3..], [(7, 2), (7, 4), (7, 6), (7, 7)]);
        assert_eq!(fixture.failed().await, (vec![], vec![]));
    }
}

#[actix_web::test]
async fn a_consumer_that_fails_delays_no_other() {
    let fixture = Fixture::new();
    let poisoned = Consumer::new("kit.poisoned", &[MADE], |_| async { Err(away()) });
    let (mut poisoned, mut sound) =
        (fixture.process(poisoned), fixture.process(fixture.consumer("kit.sound")));
    run_until_idle(&mut poisoned).await;
    run_until_idle(&mut sound).await;
    fixture.append(MADE, 1, &[1, 2, 3]).await;
    run_until_idle(&mut poisoned).await;
    run_until_idle(&mut sound).await;
    assert_eq!(fixture.seen.handled(), [(1, 1), (2, 2), (3, 3)]);
    assert_eq!(fixture.failed().await.0.len(), 3);
}

#[actix_web::test]
async fn pauses_grow_until_the_event_is_a_dead_letter_and_a_retry_revives_it() {
    let fixture = Fixture::new();
    let mut driver = fixture.process(fixture.consumer("kit.a"));
    run_until_idle(&mut driver).await;
    fixture.seen.fail(7, away());
    fixture.append(MADE, 1, &[7]).await;
    let began = fixture.clock.now();
    let mut pauses = Vec::new();
    while let Round::Idle(Some(due)) = run_until_idle(&mut driver).await {
        let pause = due.since(fixture.clock.now());
        pauses.push(pause.as_secs_f64());
        assert_eq!(fixture.failed().await.0[0].attempts as usize, pauses.len());
        fixture.clock.advance(pause);
    }
    assert_eq!(pauses.len() + 1, ATTEMPTS as usize);
    for (number, pause) in pauses.iter().enumerate() {
        let whole = f64::from(1_u32 << number);
        assert!((whole * 0.89..whole * 1.11).contains(pause), "{number}: {pause}");
    }
    assert!(fixture.clock.now().since(began) < 2 * HOUR);
    let (queued, dead) = fixture.failed().await;
    assert_eq!(queued, []);
    assert_eq!((dead[0].consumer.as_str(), dead[0].subject.as_str()), ("kit.a", "kit:7"));
    assert_eq!((dead[0].error.as_str(), dead[0].at), ("it's away", fixture.clock.now()));
    fixture.clock.advance(HOUR);
    run_until_idle(&mut driver).await;
    assert_eq!(fixture.seen.handled(), [], "a dead letter is not tried by itself");
    fixture.seen.heal();
    let now = fixture.clock.now();
    let retried: Result<u64, StoreError> =
        fixture.work.write(move |tx| tx.retries().retry("kit.a", None, now)).await;
    assert_eq!(retried.unwrap(), 1);
    run_until_idle(&mut driver).await;
    assert_eq!(fixture.seen.handled(), [(7, 1)]);
    assert_eq!(fixture.failed().await, (vec![], vec![]));
}

#[actix_web::test]
async fn a_permanent_error_is_a_dead_letter_without_another_attempt() {
    let fixture = Fixture::new();
    let mut driver = fixture.process(fixture.consumer("kit.a"));
    run_until_idle(&mut driver).await;
    fixture.seen.fail(7, ConsumerError::Permanent("cannot be read".to_owned()));
    fixture.append(MADE, 1, &[7, 8]).await;
    assert_eq!(run_until_idle(&mut driver).await, Round::Idle(None));
    let (queued, dead) = fixture.failed().await;
    assert_eq!((queued.len(), dead.len(), dead[0].event.get()), (0, 1, 1));
    // Later events of the subject do not wait for it.
    fixture.seen.heal();
    fixture.append(MADE, 3, &[7]).await;
    run_until_idle(&mut driver).await;
    assert_eq!(fixture.seen.handled(), [(8, 2), (7, 3)]);
}

#[actix_web::test]
async fn a_panic_is_a_failed_attempt() {
    let fixture = Fixture::new();
    let seen = Arc::clone(&fixture.seen);
    let consumer = Consumer::new("kit.a", &[MADE], move |delivery| {
        assert_ne!(delivery.event.subject, 7, "seven");
        let seen = Arc::clone(&seen);
        async move { seen.see(&delivery) }
    });
    let mut driver = fixture.process(consumer);
    run_until_idle(&mut driver).await;
    fixture.append(MADE, 1, &[7, 8]).await;
    run_until_idle(&mut driver).await;
    assert_eq!(fixture.seen.handled(), [(8, 2)]);
    let (queued, _) = fixture.failed().await;
    assert!(queued[0].error.starts_with("it panicked: "), "{queued:?}");
}

#[actix_web::test]
async fn many_events_take_few_transactions() {
    let fixture = Fixture::new();
    let (consumer, sizes) = fixture.batched("kit.consumer");
    let mut process = fixture.process(consumer);
    run_until_idle(&mut process).await;
    let subjects: Vec<i64> = (1..=250).collect();
    fixture.append(MADE, 1, &subjects).await;
    run_until_idle(&mut process).await;
    let all: Vec<(i64, i64)> = subjects.iter().map(|subject| (*subject, *subject)).collect();
    assert_eq!(fixture.seen.handled(), all);
    assert_eq!(*sizes.lock().unwrap(), [100, 100, 50]);
}

#[actix_web::test]
async fn one_event_that_fails_among_many_delays_only_its_own_subject() {
    let fixture = Fixture::new();
    let (consumer, sizes) = fixture.batched("kit.consumer");
    let mut process = fixture.process(consumer);
    run_until_idle(&mut process).await;
    fixture.seen.fail(2, away());
    fixture.append(MADE, 1, &[1, 2, 3]).await;
    run_until_idle(&mut process).await;
    // Together, then one by one.
    assert_eq!(*sizes.lock().unwrap(), [3, 1, 1, 1]);
    assert_eq!(fixture.seen.handled(), [(1, 1), (3, 3)]);
    // What comes behind it waits; the others go on together.
    fixture.append(MADE, 4, &[1, 3, 2, 4, 5]).await;
    run_until_idle(&mut process).await;
    assert_eq!(fixture.seen.handled(), [(1, 1), (3, 3), (1, 4), (3, 5), (4, 7), (5, 8)]);
    fixture.seen.heal();
    fixture.clock.advance(HOUR);
    run_until_idle(&mut process).await;
    fixture.clock.advance(HOUR);
    run_until_idle(&mut process).await;
    assert_eq!(fixture.seen.handled()[6..], [(2, 2), (2, 6)]);
    assert_eq!(fixture.failed().await, (vec![], vec![]));
}

#[actix_web::test]
async fn one_process_at_a_time_handles_the_events_of_a_consumer() {
    let fixture = Fixture::new();
    let mut holder = fixture.process(fixture.consumer("kit.a"));
    let mut other = fixture.process(fixture.consumer("kit.a"));
    run_until_idle(&mut holder).await;
    fixture.append(MADE, 1, &[1]).await;
    run_until_idle(&mut holder).await;
    fixture.append(MADE, 2, &[2]).await;
    assert_eq!(run_until_idle(&mut other).await, Round::Denied);
    run_until_idle(&mut holder).await;
    assert_eq!(run_until_idle(&mut other).await, Round::Idle(None), "the holder has handled it");
    assert_eq!(fixture.seen.handled(), [(1, 1), (2, 2)]);
    // The holder dies: the other takes over when the lease ends.
    fixture.append(MADE, 3, &[3]).await;
    fixture.clock.advance(Duration::from_secs(9));
    assert_eq!(run_until_idle(&mut other).await, Round::Denied);
    fixture.clock.advance(Duration::from_secs(1));
    run_until_idle(&mut other).await;
    assert_eq!(fixture.seen.handled()[2..], [(3, 3)]);
    // A lease that is handed back is free immediately.
    fixture.append(MADE, 4, &[4]).await;
    other.hand_back().await;
    run_until_idle(&mut holder).await;
    assert_eq!(fixture.seen.handled()[3..], [(4, 4)]);
}

#[actix_web::test]
async fn a_process_that_slept_past_its_lease_has_no_effect() {
    let fixture = Fixture::new();
    let name = "kit.a";
    let work = Arc::clone(&fixture.work);
    let (effects, faster) = (Arc::new(Mutex::new(0)), Arc::new(AtomicBool::new(true)));
    let counted = Arc::clone(&effects);
    // While the first delivery is on its way, another process handles the event.
    let consumer = Consumer::exactly_once(name, &[MADE], move |delivery| {
        let (work, counted, faster) =
            (Arc::clone(&work), Arc::clone(&counted), Arc::clone(&faster));
        async move {
            if faster.swap(false, Ordering::SeqCst) {
                let theirs = delivery.clone();
                let done: Result<(), StoreError> = work.write(move |tx| theirs.complete(tx)).await;
                done.unwrap();
            }
            let done: Result<(), StoreError> = work
                .write(move |tx| {
                    delivery.complete(tx)?;
                    *counted.lock().unwrap() += 1;
                    Ok(())
                })
                .await;
            done.map_err(|error| ConsumerError::Retry(error.to_string()))
        }
    });
    let mut driver = fixture.process(consumer);
    run_until_idle(&mut driver).await;
    fixture.append(MADE, 1, &[1, 2]).await;
    while run_until_idle(&mut driver).await != Round::Idle(None) {}
    assert_eq!(*effects.lock().unwrap(), 1, "only of the event that the other did not handle");
    assert_eq!(fixture.failed().await, (vec![], vec![]));
    assert_eq!(fixture.position(name).await, behind(2));
}

#[actix_web::test]
async fn a_consumer_that_does_not_complete_is_not_stuck() {
    let fixture = Fixture::new();
    let seen = Arc::clone(&fixture.seen);
    let consumer = Consumer::exactly_once("kit.a", &[MADE], move |delivery| {
        let seen = Arc::clone(&seen);
        async move { seen.see(&delivery) }
    });
    let mut driver = fixture.process(consumer);
    run_until_idle(&mut driver).await;
    fixture.append(MADE, 1, &[1, 2]).await;
    run_until_idle(&mut driver).await;
    assert_eq!(fixture.seen.handled(), [(1, 1), (2, 2)]);
    assert_eq!(fixture.position("kit.a").await, behind(2));
}

#[actix_web::test]
async fn an_idle_consumer_writes_nothing() {
    let fixture = Fixture::new();
    run_until_idle(&mut fixture.process(fixture.consumer("kit.a"))).await;
    let work = Arc::new(ReadOnly(Arc::clone(&fixture.work)));
    let mut driver = fixture.process_on(work, fixture.consumer("kit.a"));
    for _ in 0..3 {
        assert_eq!(run_until_idle(&mut driver).await, Round::Idle(None));
        // Events of others are none of its business.
        fixture.append(OTHER, 1, &[1; 100]).await;
    }
}

#[actix_web::test]
async fn a_position_does_not_fall_far_behind_other_events() {
    let fixture = Fixture::new();
    let mut driver = fixture.process(fixture.consumer("kit.a"));
    run_until_idle(&mut driver).await;
    fixture.append(OTHER, 1, &[1; 999]).await;
    run_until_idle(&mut driver).await;
    assert_eq!(fixture.position("kit.a").await, Some(Position::START));
    fixture.append(OTHER, 1, &[1]).await;
    run_until_idle(&mut driver).await;
    assert_eq!(fixture.position("kit.a").await, behind(1_000));
}

#[actix_web::test]
async fn nothing_is_lost_while_the_store_is_away() {
    let fixture = Fixture::new();
    let store =
        Arc::new(Away { inner: Arc::clone(&fixture.work), is_away: AtomicBool::new(false) });
    let mut driver = fixture.process_on(Arc::clone(&store) as _, fixture.consumer("kit.a"));
    run_until_idle(&mut driver).await;
    fixture.append(MADE, 1, &[1, 2]).await;
    store.is_away.store(true, Ordering::SeqCst);
    assert!(driver.round().await.is_err());
    store.is_away.store(false, Ordering::SeqCst);
    run_until_idle(&mut driver).await;
    assert_eq!(fixture.seen.handled(), [(1, 1), (2, 2)]);
    assert_eq!(fixture.failed().await, (vec![], vec![]));
}

/// F9: retention removes nothing that a consumer has yet to handle.
#[actix_web::test]
async fn old_events_are_kept_for_a_consumer_that_is_behind() {
    let fixture = Fixture::new();
    let consumer = fixture.exactly_once("test.behind");
    let mut process = fixture.process(consumer.clone());
    run_until_idle(&mut process).await;
    fixture.append(MADE, 1, &[1, 2, 3]).await;
    fixture.clock.advance(HOUR * 24 * 8);
    fixture.append(OTHER, 1, &[4]).await;
    let clock = Arc::<FixedClock>::clone(&fixture.clock);
    let base = Base::new(Arc::clone(&fixture.work), clock, Replicas::Several);
    let chores = maintenance::chores(&base, &[consumer], HOUR * 24 * 7);
    let prune = chores.iter().find(|chore| chore.name == "events.prune").unwrap();
    let pruned = (prune.run)().await.unwrap();
    assert_eq!(pruned, 0, "three are older than seven days, and none is handled");
    run_until_idle(&mut process).await;
    assert_eq!(fixture.seen.handled().len(), 3);
    assert_eq!((prune.run)().await.unwrap(), 3);
}
