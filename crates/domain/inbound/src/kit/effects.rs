//! What the use cases promise on a store: from a signed delivery to its one effect.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use kernel::{
    BoxFuture, Clock as _, Delivery, Event, JobId, PageRequest, Position, StoreError,
    claim::Claimed as _,
    consumer::Source as From,
    job::{
        ClaimKind, DEAD, DEFAULT_QUEUE, JobClaim, JobContext, JobDone, JobError, JobState,
        PriorityOrder, RunEnd,
    },
    kit::{moment, together},
    time::FixedClock,
};
use serde_json::{Value, json};

use super::{Fixture, PlainSeal, admin, name};
use crate::{
    events,
    inbox::{Headers, InboundEvent},
    payment::Payment,
    query::PaymentFilter,
    service::{Absent, Acceptance, Inbound, PROCESS, PutSource},
    signature,
    source::OpenSource,
    values::{PaymentState, Scheme, Secret, State},
};

const SECRET: &str = "a secret of this kit";
/// When Stripe's events of this kit happened, in seconds.
const CREATED: i64 = 1_760_000_000;

/// The use cases on the store of the fixture.
struct Stand {
    fixture: Fixture,
    inbound: Arc<Inbound>,
    clock: Arc<FixedClock>,
}

fn stripe_event(id: &str, kind: &str, created: i64, object: &Value) -> Bytes {
    let event = json!({
        "id": id, "object": "event", "type": kind, "created": created, "data": { "object": object },
    });
    Bytes::from(event.to_string())
}

fn succeeded(id: &str, created: i64) -> Bytes {
    let object = json!({
        "id": "pi_1", "amount": 500, "amount_received": 500, "currency": "eur",
        "metadata": { "order_id": "7" },
    });
    stripe_event(id, "payment_intent.succeeded", created, &object)
}

fn failed(id: &str, created: i64) -> Bytes {
    let object = json!({ "id": "pi_1", "amount": 500, "currency": "eur" });
    stripe_event(id, "payment_intent.payment_failed", created, &object)
}

fn refunded(id: &str, created: i64, sum: i64) -> Bytes {
    let object = json!({
        "id": "ch_1", "payment_intent": "pi_1", "amount": 500, "amount_refunded": sum,
        "refunded": sum == 500, "currency": "eur",
    });
    stripe_event(id, "charge.refunded", created, &object)
}

fn source() -> OpenSource {
    let secret = Secret::parse(SECRET, Scheme::Stripe).unwrap();
    OpenSource::new(name("stripe"), Scheme::Stripe, vec![secret])
}

/// The header of Stripe's scheme.
fn signed(secret: &Secret, seconds: i64, body: &[u8]) -> String {
    let code = signature::hex_of(secret, &[format!("{seconds}.").as_bytes(), body]);
    format!("t={seconds},v1={code}")
}

impl Stand {
    fn new(fixture: Fixture) -> Self {
        let clock = Arc::new(FixedClock::at(moment(0)));
        let work = Arc::clone(&fixture.work);
        let inbound = Inbound::new(work, Arc::clone(&clock) as _, Some(Arc::new(PlainSeal)));
        Self { fixture, inbound: Arc::new(inbound), clock }
    }

    /// A signed delivery.
    async fn send(&self, body: Bytes) -> Acceptance {
        let secret = Secret::parse(SECRET, Scheme::Stripe).unwrap();
        let signed = signed(&secret, self.clock.now().seconds(), &body);
        let headers = Headers::new([("stripe-signature".to_owned(), signed)]);
        let verified = self.inbound.verify(&source(), headers, body).unwrap();
        self.inbound.receive(verified).await.unwrap()
    }

    /// Claims jobs that are due.
    async fn claim(&self, limit: u32) -> Vec<JobContext> {
        let now = self.clock.now();
        let claimed = self.fixture.write(move |tx| {
            let kinds = [ClaimKind { name: PROCESS, limit: None }];
            let (until, order) = (now.plus(Duration::from_secs(30)), PriorityOrder::HighestFirst);
            let claim = JobClaim {
                queue: DEFAULT_QUEUE,
                kinds: &kinds,
                worker: "kit",
                until,
                limit,
                order,
            };
            tx.jobs().claim_jobs(&claim, now)
        });
        claimed.await.into_iter().map(|job| JobContext { job: Arc::new(job) }).collect()
    }

    /// Runs a job as a worker does.
    async fn run(&self, context: JobContext) -> Result<JobDone, JobError> {
        let kind = self.inbound.jobs().remove(0);
        let (claim, now) = (context.job.claim(), self.clock.now());
        let done = (kind.run)(context).await;
        let end = match &done {
            Ok(JobDone::DoneInside) => return done,
            Ok(_) => RunEnd::Succeeded,
            Err(JobError::Failed(error)) => RunEnd::Failed { error: error.clone(), retry_at: now },
            Err(JobError::Discard(error)) => RunEnd::Discarded { error: error.clone() },
        };
        let _: Result<_, StoreError> =
            self.fixture.work.write(move |tx| tx.jobs().finish(claim, &end, now)).await;
        done
    }

    /// Runs all that is due.
    async fn work(&self) {
        loop {
            let claimed = self.claim(10).await;
            if claimed.is_empty() {
                return;
            }
            for context in claimed {
                let _ = self.run(context).await;
            }
        }
    }

    /// Fails a job for good, and tells the consumer.
    async fn kill(&self, context: JobContext) {
        let (claim, now) = (context.job.claim(), self.clock.now());
        let consumer = self.inbound.consumers().remove(0);
        let name = consumer.name;
        let ended = self.fixture.write(move |tx| {
            let end = RunEnd::Discarded { error: "planned".to_owned() };
            tx.jobs().finish(claim, &end, now)?;
            tx.inbox().start(name, Position::START)
        });
        ended.await;
        let read = self.fixture.write(move |tx| {
            while tx.outbox().sequence(100)? > 0 {}
            let at = tx.inbox().position(name)?.unwrap();
            let dead: Option<Event> = tx.outbox().named(&[DEAD], at.event(), 1)?.pop();
            Ok((at, dead.unwrap()))
        });
        let (at, dead) = read.await;
        let delivery = Delivery { consumer: name, event: Arc::new(dead), source: From::Feed(at) };
        (consumer.run)(delivery.clone()).await.unwrap();
        assert!((consumer.run)(delivery).await.is_err(), "the second delivery is refused");
    }

    async fn event(&self, receipt: &Acceptance) -> InboundEvent {
        self.fixture.event(receipt.event.id).await.unwrap()
    }

    async fn payments(&self) -> Vec<Payment> {
        let page = PageRequest::default();
        let admin = admin();
        let list = self.inbound.payments(&admin, PaymentFilter::default(), page);
        list.await.unwrap().items
    }

    /// The names of the events that clients heard, in order.
    async fn heard(&self) -> Vec<String> {
        let heard = self.fixture.write(|tx| {
            while tx.outbox().sequence(100)? > 0 {}
            tx.outbox().named(&events::ALL, None, 100)
        });
        heard.await.into_iter().map(|event| event.name).collect()
    }
}

pub(super) async fn v2_what_is_answered_has_a_job(fixture: Fixture) {
    let stand = Stand::new(fixture);
    let receipt = stand.send(succeeded("evt_1", CREATED)).await;
    assert!(!receipt.duplicate);
    let job = receipt.event.job.unwrap();
    let stored = stand.fixture.read(move |tx| tx.jobs().job(job)).await.unwrap();
    assert_eq!((stored.state, stored.kind.as_str()), (JobState::Queued, PROCESS));
    assert_eq!(stand.event(&receipt).await, receipt.event);
}

pub(super) async fn v3_a_delivery_that_comes_many_times_has_one_effect(fixture: Fixture) {
    let stand = Stand::new(fixture);
    let one = |_| {
        let sending: BoxFuture<'_, Acceptance> = Box::pin(stand.send(succeeded("evt_1", CREATED)));
        sending
    };
    let receipts = together((0..8).map(one).collect()).await;
    assert_eq!(receipts.iter().filter(|receipt| !receipt.duplicate).count(), 1, "{receipts:?}");
    stand.work().await;
    assert!(stand.send(succeeded("evt_1", CREATED)).await.duplicate);
    stand.work().await;
    assert_eq!(stand.event(&receipts[0]).await.state, State::Processed);
    let payments = stand.payments().await;
    assert_eq!(payments.len(), 1);
    assert_eq!((payments[0].state, payments[0].version), (PaymentState::Succeeded, 1));
    assert_eq!(stand.heard().await, [events::PAYMENT_SUCCEEDED]);
}

pub(super) async fn v3_a_worker_that_was_overtaken_has_no_effect(fixture: Fixture) {
    let stand = Stand::new(fixture);
    let receipt = stand.send(succeeded("evt_1", CREATED)).await;
    let slept = stand.claim(1).await.remove(0);
    stand.clock.advance(Duration::from_secs(31));
    let second = stand.claim(1).await.remove(0);
    assert!(stand.run(slept).await.is_err(), "its lease has ended");
    assert_eq!(stand.payments().await, []);
    assert_eq!(stand.event(&receipt).await.state, State::Received);
    stand.run(second).await.unwrap();
    assert_eq!(stand.heard().await, [events::PAYMENT_SUCCEEDED]);
}

pub(super) async fn v4_a_redelivery_revives_what_failed(fixture: Fixture) {
    let stand = Stand::new(fixture);
    let receipt = stand.send(succeeded("evt_1", CREATED)).await;
    let context = stand.claim(1).await.remove(0);
    stand.kill(context).await;
    assert_eq!(stand.event(&receipt).await.state, State::Failed);
    let again = stand.send(succeeded("evt_1", CREATED)).await;
    assert!(again.duplicate && again.revived);
    assert_eq!(stand.event(&receipt).await.state, State::Received);
    stand.work().await;
    assert_eq!(stand.event(&receipt).await.state, State::Processed);
    let last = stand.send(succeeded("evt_1", CREATED)).await;
    assert!(last.duplicate && !last.revived);
    stand.work().await;
    assert_eq!(stand.heard().await, [events::PAYMENT_SUCCEEDED]);
}

pub(super) async fn v4_of_many_redeliveries_one_revives(fixture: Fixture) {
    let stand = Stand::new(fixture);
    stand.send(succeeded("evt_1", CREATED)).await;
    let context = stand.claim(1).await.remove(0);
    stand.kill(context).await;
    let one = |_| {
        let sending: BoxFuture<'_, Acceptance> = Box::pin(stand.send(succeeded("evt_1", CREATED)));
        sending
    };
    let receipts = together((0..8).map(one).collect()).await;
    assert_eq!(receipts.iter().filter(|receipt| receipt.revived).count(), 1, "{receipts:?}");
    stand.work().await;
    assert_eq!(stand.heard().await, [events::PAYMENT_SUCCEEDED]);
}

pub(super) async fn v5_what_is_older_than_what_was_applied_is_superseded(fixture: Fixture) {
    let stand = Stand::new(fixture);
    stand.send(refunded("evt_2", CREATED + 9, 200)).await;
    stand.work().await;
    let late = stand.send(succeeded("evt_1", CREATED)).await;
    stand.work().await;
    assert_eq!(stand.event(&late).await.state, State::Superseded);
    let payments = stand.payments().await;
    assert_eq!(payments.len(), 1);
    assert_eq!(payments[0].state, PaymentState::PartiallyRefunded);
    let newer = stand.send(refunded("evt_3", CREATED + 10, 500)).await;
    stand.work().await;
    assert_eq!(stand.event(&newer).await.state, State::Processed);
    assert_eq!(stand.payments().await[0].state, PaymentState::Refunded);
    assert_eq!(stand.heard().await, [events::PAYMENT_REFUNDED; 2]);
}

pub(super) async fn v5_of_one_second_the_final_state_wins(fixture: Fixture) {
    let stand = Stand::new(fixture);
    stand.send(succeeded("evt_2", CREATED)).await;
    stand.work().await;
    let late = stand.send(failed("evt_1", CREATED)).await;
    stand.work().await;
    assert_eq!(stand.event(&late).await.state, State::Superseded);
    let last = stand.send(refunded("evt_3", CREATED, 500)).await;
    stand.work().await;
    assert_eq!(stand.event(&last).await.state, State::Processed);
    assert_eq!(stand.payments().await[0].state, PaymentState::Refunded);
}

pub(super) async fn v5_events_of_one_object_run_one_at_a_time(fixture: Fixture) {
    let stand = Stand::new(fixture);
    stand.send(failed("evt_1", CREATED)).await;
    let second = stand.send(succeeded("evt_2", CREATED + 1)).await;
    let object = json!({ "id": "pi_2", "amount": 1, "currency": "eur" });
    let other = stripe_event("evt_3", "payment_intent.payment_failed", CREATED, &object);
    stand.send(other).await;
    let claimed = stand.claim(10).await;
    let jobs: Vec<JobId> = claimed.iter().map(|context| context.job.id).collect();
    assert_eq!(claimed.len(), 2, "one of each object: {jobs:?}");
    assert!(!jobs.contains(&second.event.job.unwrap()), "the second waits for the first");
    for context in claimed {
        stand.run(context).await.unwrap();
    }
    stand.work().await;
    assert_eq!(stand.event(&second).await.state, State::Processed);
}

pub(super) async fn v6_unknown_types_are_stored_and_ignored(fixture: Fixture) {
    let stand = Stand::new(fixture);
    let body = stripe_event("evt_1", "customer.created", CREATED, &json!({ "id": "cus_1" }));
    let receipt = stand.send(body.clone()).await;
    assert_eq!((receipt.event.state, receipt.event.job), (State::Ignored, None));
    assert!(stand.claim(1).await.is_empty());
    assert!(stand.send(body).await.duplicate);
    let (_, content) = stand.inbound.event(&admin(), receipt.event.id).await.unwrap();
    assert!(!content.body.is_empty());
    // What nothing was done with can be processed again, by a later version for example.
    let again = stand.inbound.retry(&admin(), receipt.event.id).await.unwrap();
    assert_eq!(again.state, State::Received);
    stand.work().await;
    assert_eq!(stand.event(&receipt).await.state, State::Ignored);
}

pub(super) async fn v8_the_event_shows_what_came(fixture: Fixture) {
    let stand = Stand::new(fixture);
    let put = PutSource {
        scheme: Some(Scheme::Stripe),
        secrets: Some(vec![SECRET.to_owned()]),
        ..PutSource::default()
    };
    let admin = admin();
    let put = stand.inbound.put_source(&admin, "stripe", Absent::Add, None, put);
    assert!(put.await.unwrap().added);
    let source = stand.inbound.open_source("stripe").await.unwrap();
    let body = Bytes::from_static(b"\xff\x00 no JSON \r\n");
    let secret = Secret::parse(SECRET, Scheme::Stripe).unwrap();
    let signed = signed(&secret, stand.clock.now().seconds(), &body);
    let headers = Headers::new([("stripe-signature".to_owned(), signed)]);
    let verified = stand.inbound.verify(&source, headers.clone(), body.clone()).unwrap();
    let receipt = stand.inbound.receive(verified).await.unwrap();
    assert_eq!(receipt.event.state, State::Ignored);
    let (_, content) = stand.inbound.event(&admin, receipt.event.id).await.unwrap();
    assert_eq!((content.headers, content.body), (headers, body));
}
