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

struct House {
    work: Arc<dyn UnitOfWork<dyn CommonTx>>,
    clock: Arc<FixedClock>,
    seen: Arc<Seen>,
}

impl House {
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
async fn settle(driver: &mut ConsumerDriver) -> Round {
    loop {
        let round = driver.round().await.unwrap();
        if round != Round::More {
            return round;
        }
    }
}

fn behind(id: i64) -> Option<Position> {
    Some(Position::behind(EventId::parse(id).ok()))
}

#[actix_web::test]
async fn a_new_consumer_begins_at_the_head_unless_it_says_otherwise() {
    let house = House::new();
    house.append(MADE, 1, &[1, 1]).await;
    let mut late = house.process(house.consumer("kit.late"));
    settle(&mut late).await;
    assert_eq!(house.seen.handled(), []);
    house.append(MADE, 3, &[1]).await;
    settle(&mut late).await;
    assert_eq!(house.seen.handled(), [(1, 3)]);
    // What it missed while no process ran it is not lost.
    late.hand_back().await;
    house.append(MADE, 4, &[1]).await;
    settle(&mut house.process(house.consumer("kit.late"))).await;
    let early = house.consumer("kit.early").starting(StartAt::Beginning);
    settle(&mut house.process(early)).await;
    assert_eq!(house.seen.handled()[1..], [(1, 4), (1, 1), (1, 2), (1, 3), (1, 4)]);
}

#[actix_web::test]
async fn a_failing_event_delays_only_its_own_subject_and_keeps_the_order_there() {
    for exactly_once in [false, true] {
        let house = House::new();
        let name = "kit.a";
        let consumer = if exactly_once { house.exactly_once(name) } else { house.consumer(name) };
        let mut driver = house.process(consumer);
        settle(&mut driver).await;
        house.seen.fail(7, away());
        house.append(MADE, 1, &[1, 7, 2, 7, 1, 7]).await;
        let Round::Idle(Some(due)) = settle(&mut driver).await else { panic!("must be idle") };
        assert_eq!(house.seen.handled(), [(1, 1), (2, 3), (1, 5)]);
        assert_eq!(house.position(name).await, behind(6));
        assert!(due > house.clock.now());
        house.seen.heal();
        // More of the subject come before the retry is due.
        house.append(MADE, 7, &[7]).await;
        settle(&mut driver).await;
        assert_eq!(house.seen.handled().len(), 3);
        house.clock.advance(Duration::from_secs(2));
        settle(&mut driver).await;
        assert_eq!(house.seen.handled()[3..], [(7, 2), (7, 4), (7, 6), (7, 7)]);
        assert_eq!(house.failed().await, (vec![], vec![]));
    }
}

#[actix_web::test]
async fn a_consumer_that_fails_delays_no_other() {
    let house = House::new();
    let poisoned = Consumer::new("kit.poisoned", &[MADE], |_| async { Err(away()) });
    let (mut poisoned, mut sound) =
        (house.process(poisoned), house.process(house.consumer("kit.sound")));
    settle(&mut poisoned).await;
    settle(&mut sound).await;
    house.append(MADE, 1, &[1, 2, 3]).await;
    settle(&mut poisoned).await;
    settle(&mut sound).await;
    assert_eq!(house.seen.handled(), [(1, 1), (2, 2), (3, 3)]);
    assert_eq!(house.failed().await.0.len(), 3);
}

#[actix_web::test]
async fn pauses_grow_until_the_event_is_a_dead_letter_and_a_retry_revives_it() {
    let house = House::new();
    let mut driver = house.process(house.consumer("kit.a"));
    settle(&mut driver).await;
    house.seen.fail(7, away());
    house.append(MADE, 1, &[7]).await;
    let began = house.clock.now();
    let mut pauses = Vec::new();
    while let Round::Idle(Some(due)) = settle(&mut driver).await {
        let pause = due.since(house.clock.now());
        pauses.push(pause.as_secs_f64());
        assert_eq!(house.failed().await.0[0].attempts as usize, pauses.len());
        house.clock.advance(pause);
    }
    assert_eq!(pauses.len() + 1, ATTEMPTS as usize);
    for (number, pause) in pauses.iter().enumerate() {
        let whole = f64::from(1_u32 << number);
        assert!((whole * 0.89..whole * 1.11).contains(pause), "{number}: {pause}");
    }
    assert!(house.clock.now().since(began) < 2 * HOUR);
    let (queued, dead) = house.failed().await;
    assert_eq!(queued, []);
    assert_eq!((dead[0].consumer.as_str(), dead[0].subject.as_str()), ("kit.a", "kit:7"));
    assert_eq!((dead[0].error.as_str(), dead[0].at), ("it's away", house.clock.now()));
    house.clock.advance(HOUR);
    settle(&mut driver).await;
    assert_eq!(house.seen.handled(), [], "a dead letter is not tried by itself");
    house.seen.heal();
    let now = house.clock.now();
    let retried: Result<u64, StoreError> =
        house.work.write(move |tx| tx.retries().retry("kit.a", None, now)).await;
    assert_eq!(retried.unwrap(), 1);
    settle(&mut driver).await;
    assert_eq!(house.seen.handled(), [(7, 1)]);
    assert_eq!(house.failed().await, (vec![], vec![]));
}

#[actix_web::test]
async fn a_permanent_error_is_a_dead_letter_without_another_attempt() {
    let house = House::new();
    let mut driver = house.process(house.consumer("kit.a"));
    settle(&mut driver).await;
    house.seen.fail(7, ConsumerError::Permanent("cannot be read".to_owned()));
    house.append(MADE, 1, &[7, 8]).await;
    assert_eq!(settle(&mut driver).await, Round::Idle(None));
    let (queued, dead) = house.failed().await;
    assert_eq!((queued.len(), dead.len(), dead[0].event.get()), (0, 1, 1));
    // Later events of the subject do not wait for it.
    house.seen.heal();
    house.append(MADE, 3, &[7]).await;
    settle(&mut driver).await;
    assert_eq!(house.seen.handled(), [(8, 2), (7, 3)]);
}

#[actix_web::test]
async fn a_panic_is_a_failed_attempt() {
    let house = House::new();
    let seen = Arc::clone(&house.seen);
    let consumer = Consumer::new("kit.a", &[MADE], move |delivery| {
        assert_ne!(delivery.event.subject, 7, "seven");
        let seen = Arc::clone(&seen);
        async move { seen.see(&delivery) }
    });
    let mut driver = house.process(consumer);
    settle(&mut driver).await;
    house.append(MADE, 1, &[7, 8]).await;
    settle(&mut driver).await;
    assert_eq!(house.seen.handled(), [(8, 2)]);
    let (queued, _) = house.failed().await;
    assert!(queued[0].error.starts_with("it panicked: "), "{queued:?}");
}

#[actix_web::test]
async fn one_process_at_a_time_handles_the_events_of_a_consumer() {
    let house = House::new();
    let mut holder = house.process(house.consumer("kit.a"));
    let mut other = house.process(house.consumer("kit.a"));
    settle(&mut holder).await;
    house.append(MADE, 1, &[1]).await;
    settle(&mut holder).await;
    house.append(MADE, 2, &[2]).await;
    assert_eq!(settle(&mut other).await, Round::Denied);
    settle(&mut holder).await;
    assert_eq!(settle(&mut other).await, Round::Idle(None), "the holder has handled it");
    assert_eq!(house.seen.handled(), [(1, 1), (2, 2)]);
    // The holder dies: the other takes over when the lease ends.
    house.append(MADE, 3, &[3]).await;
    house.clock.advance(Duration::from_secs(9));
    assert_eq!(settle(&mut other).await, Round::Denied);
    house.clock.advance(Duration::from_secs(1));
    settle(&mut other).await;
    assert_eq!(house.seen.handled()[2..], [(3, 3)]);
    // A lease that is handed back is free immediately.
    house.append(MADE, 4, &[4]).await;
    other.hand_back().await;
    settle(&mut holder).await;
    assert_eq!(house.seen.handled()[3..], [(4, 4)]);
}

#[actix_web::test]
async fn a_process_that_slept_past_its_lease_has_no_effect() {
    let house = House::new();
    let name = "kit.a";
    let work = Arc::clone(&house.work);
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
    let mut driver = house.process(consumer);
    settle(&mut driver).await;
    house.append(MADE, 1, &[1, 2]).await;
    while settle(&mut driver).await != Round::Idle(None) {}
    assert_eq!(*effects.lock().unwrap(), 1, "only of the event that the other did not handle");
    assert_eq!(house.failed().await, (vec![], vec![]));
    assert_eq!(house.position(name).await, behind(2));
}

#[actix_web::test]
async fn a_consumer_that_forgets_to_complete_is_not_stuck() {
    let house = House::new();
    let seen = Arc::clone(&house.seen);
    let consumer = Consumer::exactly_once("kit.a", &[MADE], move |delivery| {
        let seen = Arc::clone(&seen);
        async move { seen.see(&delivery) }
    });
    let mut driver = house.process(consumer);
    settle(&mut driver).await;
    house.append(MADE, 1, &[1, 2]).await;
    settle(&mut driver).await;
    assert_eq!(house.seen.handled(), [(1, 1), (2, 2)]);
    assert_eq!(house.position("kit.a").await, behind(2));
}

#[actix_web::test]
async fn an_idle_consumer_writes_nothing() {
    let house = House::new();
    settle(&mut house.process(house.consumer("kit.a"))).await;
    let work = Arc::new(ReadOnly(Arc::clone(&house.work)));
    let mut driver = house.process_on(work, house.consumer("kit.a"));
    for _ in 0..3 {
        assert_eq!(settle(&mut driver).await, Round::Idle(None));
        // Events of others are none of its business.
        house.append(OTHER, 1, &[1; 100]).await;
    }
}

#[actix_web::test]
async fn a_position_does_not_fall_far_behind_other_events() {
    let house = House::new();
    let mut driver = house.process(house.consumer("kit.a"));
    settle(&mut driver).await;
    house.append(OTHER, 1, &[1; 999]).await;
    settle(&mut driver).await;
    assert_eq!(house.position("kit.a").await, Some(Position::START));
    house.append(OTHER, 1, &[1]).await;
    settle(&mut driver).await;
    assert_eq!(house.position("kit.a").await, behind(1_000));
}

#[actix_web::test]
async fn nothing_is_lost_while_the_store_is_away() {
    let house = House::new();
    let store = Arc::new(Away { inner: Arc::clone(&house.work), is_away: AtomicBool::new(false) });
    let mut driver = house.process_on(Arc::clone(&store) as _, house.consumer("kit.a"));
    settle(&mut driver).await;
    house.append(MADE, 1, &[1, 2]).await;
    store.is_away.store(true, Ordering::SeqCst);
    assert!(driver.round().await.is_err());
    store.is_away.store(false, Ordering::SeqCst);
    settle(&mut driver).await;
    assert_eq!(house.seen.handled(), [(1, 1), (2, 2)]);
    assert_eq!(house.failed().await, (vec![], vec![]));
}
