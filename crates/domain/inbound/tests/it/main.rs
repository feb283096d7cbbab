//! The rules of the use cases, on the memory adapter.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "these are tests: their failures are panics, and golden files are files"
)]

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use inbound::{
    Inbound, InboundError, InboundTx, OpenSource, Scheme, Secret, SourceName, State, events,
    inbox::Headers,
    query::{EventFilter, PaymentFilter},
    service::{Absent, PutSource},
    signature::SignatureError,
    values::{HeaderName, MaxBytes},
};
use kernel::{
    Actor, Clock as _, DomainError as _, Event, Patch, Role, SealError, SecretSeal, StoreError,
    Timestamp, UnitOfWork,
    claim::Claimed as _,
    event::Envelope,
    job::{ClaimKind, DEFAULT_QUEUE, JobClaim, JobContext, JobError, PriorityOrder, RunEnd},
    kit::deliver,
    time::FixedClock,
};
use memory::MemoryDb;
use pollster::block_on;

mod sources;

const SECRET: &str = "It's a Secret to Everybody";

/// Turns every byte around: it is visible that something was sealed.
struct Turned;

impl SecretSeal for Turned {
    fn seal(&self, _: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(secret.iter().map(|byte| !byte).collect())
    }

    fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.seal(purpose, sealed)
    }
}

struct Fixture {
    inbound: Arc<Inbound>,
    work: Arc<dyn UnitOfWork<dyn InboundTx>>,
    clock: Arc<FixedClock>,
    admin: Actor,
    ada: Actor,
}

impl Fixture {
    fn new() -> Self {
        Self::with_seal(Some(Arc::new(Turned)))
    }

    fn with_seal(seal: Option<Arc<dyn SecretSeal>>) -> Self {
        let db = MemoryDb::new();
        let actor = |name, role| Actor::new(db.add_person(name).unwrap(), role);
        let (admin, ada) = (actor("admin", Role::Admin), actor("ada", Role::User));
        let at = Timestamp::parse("2026-11-23T12:00:00Z").unwrap();
        let clock = Arc::new(FixedClock::at(at));
        let work: Arc<dyn UnitOfWork<dyn InboundTx>> = db;
        let inbound = Inbound::new(Arc::clone(&work), Arc::clone(&clock) as _, seal);
        Self { inbound: Arc::new(inbound), work, clock, admin, ada }
    }

    /// Receives what a source sent, whatever its signature: that is tested elsewhere.
    fn receive(
        &self,
        scheme: Scheme,
        headers: &[(&str, &str)],
        body: &str,
    ) -> inbound::InboundEvent {
        let secret = Secret::parse(SECRET, scheme).unwrap();
        let source = OpenSource::new(
            SourceName::parse(scheme.as_str()).unwrap(),
            scheme,
            vec![secret.clone()],
        );
        let body = Bytes::from(body.to_owned());
        let code = inbound::signature::hex_of(&secret, &[&body]);
        let now = self.clock.now().seconds();
        let signed = match scheme {
            Scheme::Stripe => {
                let prefix = format!("{now}.");
                let code = inbound::signature::hex_of(&secret, &[prefix.as_bytes(), &body]);
                ("stripe-signature", format!("t={now},v1={code}"))
            }
            _ => ("x-hub-signature-256", format!("sha256={code}")),
        };
        let pairs = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let headers = Headers::new(pairs.chain([(signed.0.to_owned(), signed.1)]));
        let verified = self.inbound.verify(&source, headers, body).unwrap();
        block_on(self.inbound.receive(verified)).unwrap().event
    }

    /// Runs the jobs that are due; returns how each ended.
    fn work(&self) -> Vec<Result<(), JobError>> {
        let kind = self.inbound.jobs().remove(0);
        let mut ends = Vec::new();
        loop {
            let now = self.clock.now();
            let claimed: Result<_, StoreError> = block_on(self.work.write(move |tx| {
                let kinds = [ClaimKind { name: inbound::service::PROCESS, limit: None }];
                let claim = JobClaim {
                    queue: DEFAULT_QUEUE,
                    kinds: &kinds,
                    worker: "it",
                    until: now.plus(Duration::from_secs(30)),
                    limit: 10,
                    order: PriorityOrder::HighestFirst,
                };
                tx.jobs().claim_jobs(&claim, now)
            }));
            let claimed = claimed.unwrap();
            if claimed.is_empty() {
                return ends;
            }
            for job in claimed {
                let claim = job.claim();
                let done = block_on((kind.run)(JobContext { job: Arc::new(job) }));
                if let Err(JobError::Discard(error)) = &done {
                    let end = RunEnd::Discarded { error: error.clone() };
                    let ended: Result<_, StoreError> =
                        block_on(self.work.write(move |tx| tx.jobs().finish(claim, &end, now)));
                    ended.unwrap();
                }
                ends.push(done.map(drop));
            }
        }
    }

    fn heard(&self) -> Vec<Event> {
        let read: Result<_, StoreError> =
            block_on(self.work.read(|tx| tx.outbox().named(&events::ALL, None, 1000)));
        read.unwrap()
    }

    fn state(&self, of: &inbound::InboundEvent) -> State {
        block_on(self.inbound.event(&self.admin, of.id)).unwrap().0.state
    }
}

const PUSH: &str = r#"{"ref": "refs/heads/main", "before": "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
    "after": "76ae82c7b1a177c8d03f9e96e0adf2466113728f", "commits": [{}, {}], "forced": false,
    "pusher": {"name": "ada"}, "repository": {"id": 7, "full_name": "ada/engine"}}"#;
const PULL_REQUEST: &str = r#"{"action": "closed", "number": 3, "repository": {"id": 7, "full_name": "ada/engine"},
    "pull_request": {"id": 70, "number": 3, "state": "closed", "merged": true, "title": "Turn the crank",
    "user": {"login": "eve"}, "updated_at": "2026-11-23T11:59:00Z"}}"#;

fn stripe(id: &str, kind: &str, created: i64, object: &str) -> String {
    format!(
        r#"{{"id": "{id}", "type": "{kind}", "created": {created}, "data": {{"object": {object}}}}}"#
    )
}

const INTENT: &str = r#"{"id": "pi_1", "amount": 1999, "amount_received": 1999, "currency": "eur",
    "metadata": {"order_id": "A-7", "user_id": "2", "colour": "red"}}"#;
const CHARGE: &str = r#"{"id": "ch_1", "payment_intent": "pi_1", "amount": 1999, "amount_refunded": 999,
    "refunded": false, "currency": "eur", "metadata": {}}"#;

const SESSION: &str = r#"{"id": "cs_1", "payment_intent": "pi_1", "payment_status": "paid", "amount_total": 1999,
    "currency": "eur", "client_reference_id": "A-7", "metadata": {"user_id": "2"}}"#;
/// As Stripe makes it for a session, whose metadata it does not get.
const BARE_INTENT: &str =
    r#"{"id": "pi_1", "amount": 1999, "amount_received": 1999, "currency": "eur", "metadata": {}}"#;

/// A session and its intent report one payment, in whichever order they come, and however often.
#[test]
fn a_checkout_session_and_its_intent_are_one_payment() {
    let session = ("checkout.session.completed", SESSION);
    let intent = ("payment_intent.succeeded", BARE_INTENT);
    for (order, references) in
        [([intent, session], vec![None, Some("A-7")]), ([session, intent], vec![Some("A-7")])]
    {
        let fixture = Fixture::new();
        let at = fixture.clock.now().seconds() - 60;
        for repetition in 0..2 {
            for (number, (kind, object)) in (1..).zip(order) {
                let body = stripe(&format!("evt_{number}"), kind, at, object);
                let event = fixture.receive(Scheme::Stripe, &[], &body);
                let done = if repetition == 0 { vec![Ok(())] } else { Vec::new() };
                assert_eq!(fixture.work(), done, "{kind}");
                assert_eq!(fixture.state(&event), State::Processed, "{kind}");
            }
        }
        let (inbound, filter) = (&fixture.inbound, PaymentFilter::default());
        let payments =
            block_on(inbound.payments(&fixture.admin, filter, kernel::PageRequest::default()))
                .unwrap()
                .items;
        assert_eq!(payments.len(), 1, "{payments:?}");
        assert_eq!((payments[0].amount, payments[0].reference.as_deref()), (1999, Some("A-7")));
        assert_eq!(payments[0].user.map(kernel::UserId::get), Some(2));
        let heard = fixture.heard();
        assert!(heard.iter().all(|event| event.name == events::PAYMENT_SUCCEEDED));
        let heard: Vec<_> = heard.iter().map(|event| event.payload["reference"].as_str()).collect();
        assert_eq!(
            heard, references,
            "again when the order becomes known, and not for a repetition"
        );
    }
}

#[test]
fn a_session_that_is_not_paid_is_no_payment() {
    let fixture = Fixture::new();
    let at = fixture.clock.now().seconds() - 60;
    for (id, old, new) in [
        ("evt_1", r#""paid""#, r#""unpaid""#),
        ("evt_2", r#""payment_intent": "pi_1""#, r#""payment_intent": null"#),
    ] {
        let body = stripe(id, "checkout.session.completed", at, &SESSION.replace(old, new));
        let event = fixture.receive(Scheme::Stripe, &[], &body);
        assert_eq!(fixture.work(), [Ok(())]);
        assert_eq!(fixture.state(&event), State::Ignored, "{new}");
    }
    assert_eq!(fixture.heard(), []);
}

/// Compares with `tests/events/`; `ALVEOLE_BLESS=1` (`make golden`) rewrites the files.
#[test]
fn every_event_looks_as_it_was_promised() {
    let fixture = Fixture::new();
    let at = fixture.clock.now().seconds() - 60;
    let send = |id, kind, after, object| {
        fixture.receive(Scheme::Stripe, &[], &stripe(id, kind, at + after, object));
        assert_eq!(fixture.work(), [Ok(())]);
    };
    send("evt_1", "payment_intent.payment_failed", 0, INTENT);
    send("evt_2", "payment_intent.succeeded", 1, INTENT);
    send("evt_3", "charge.refunded", 2, CHARGE);
    for (kind, body) in [("push", PUSH), ("pull_request", PULL_REQUEST)] {
        let headers = [("x-github-event", kind), ("x-github-delivery", kind)];
        fixture.receive(Scheme::Github, &headers, body);
        assert_eq!(fixture.work(), [Ok(())]);
    }
    let mut published = fixture.heard();
    published.sort_by_key(|event| events::ALL.iter().position(|name| *name == event.name));
    assert_eq!(published.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), events::ALL);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/events");
    for event in published {
        assert_eq!(event.audience[0].as_str(), "perm:webhooks:manage");
        let json = serde_json::to_string_pretty(&Envelope::from(&event)).unwrap() + "\n";
        let path = folder.join(format!("{}.json", event.name));
        if std::env::var_os("ALVEOLE_BLESS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &json).unwrap();
        }
        let promised = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(json, promised, "{} changed: that takes a new version", event.name);
    }
}

#[test]
fn v1_a_wrong_signature_is_refused_before_the_body_is_parsed() {
    let fixture = Fixture::new();
    let secret = Secret::parse(SECRET, Scheme::Stripe).unwrap();
    let source =
        OpenSource::new(SourceName::parse("stripe").unwrap(), Scheme::Stripe, vec![secret]);
    let now = fixture.clock.now().seconds();
    for (value, expected) in [
        (format!("t={now},v1={}", "0".repeat(64)), SignatureError::Invalid),
        (format!("t={},v1={}", now - 301, "0".repeat(64)), SignatureError::TimestampOutside),
        (String::new(), SignatureError::Invalid),
    ] {
        let headers = Headers::new([("stripe-signature".to_owned(), value)]);
        let body = Bytes::from_static(b"this is no JSON \xff");
        let refused = fixture.inbound.verify(&source, headers, body).unwrap_err();
        assert!(
            matches!(&refused, InboundError::Signature(why) if *why == expected),
            "{refused:?}"
        );
    }
}

#[test]
fn an_event_that_lacks_what_its_type_has_fails_and_can_be_retried() {
    let fixture = Fixture::new();
    let body = stripe("evt_1", "payment_intent.succeeded", 1_760_000_000, "{}");
    let event = fixture.receive(Scheme::Stripe, &[], &body);
    assert!(matches!(fixture.work()[..], [Err(JobError::Discard(_))]));
    let job = event.job.unwrap();
    let dead: Result<_, StoreError> = block_on(fixture.work.read(move |tx| tx.jobs().job(job)));
    let dead = kernel::job::dead(&dead.unwrap().unwrap(), fixture.clock.now());
    let consumer = fixture.inbound.consumers().remove(0);
    let [first, second] = block_on(deliver(&*fixture.work, &consumer, &dead));
    assert!(first.is_ok() && second.is_err());
    assert_eq!(fixture.state(&event), State::Failed);
    let again = block_on(fixture.inbound.retry(&fixture.admin, event.id)).unwrap();
    assert_eq!((again.state, again.job), (State::Received, Some(job)));
    let refused = block_on(fixture.inbound.retry(&fixture.admin, event.id)).unwrap_err();
    assert_eq!(refused.code(), "webhooks.event_state");
    assert!(matches!(fixture.work()[..], [Err(JobError::Discard(_))]));
}

#[test]
fn a_pull_request_that_comes_late_is_superseded_and_a_push_is_not() {
    let fixture = Fixture::new();
    let send = |id: &str, kind, body: &str| {
        let headers = [("x-github-event", kind), ("x-github-delivery", id)];
        let event = fixture.receive(Scheme::Github, &headers, body);
        fixture.work();
        fixture.state(&event)
    };
    assert_eq!(send("1", "pull_request", PULL_REQUEST), State::Processed);
    let opened = PULL_REQUEST.replace("\"closed\"", "\"open\"").replace("11:59", "11:58");
    assert_eq!(send("2", "pull_request", &opened), State::Superseded);
    let tie = PULL_REQUEST.replace("\"closed\"", "\"open\"");
    assert_eq!(send("3", "pull_request", &tie), State::Superseded);
    assert_eq!(send("4", "push", PUSH), State::Processed);
    assert_eq!(send("5", "push", PUSH), State::Processed);
    assert_eq!(send("6", "star", "{}"), State::Ignored);
}

#[test]
fn a_deleted_account_is_taken_off_its_payments() {
    let fixture = Fixture::new();
    let body = stripe("evt_1", "payment_intent.succeeded", 1_760_000_000, INTENT);
    fixture.receive(Scheme::Stripe, &[], &body);
    fixture.work();
    let page = kernel::PageRequest::default;
    let own = |actor: &Actor| block_on(fixture.inbound.own_payments(actor, page())).unwrap().items;
    assert_eq!((own(&fixture.ada).len(), own(&fixture.admin).len()), (1, 0));
    let gone = kernel::NewEvent {
        name: kernel::consumer::USER_DELETED,
        at: fixture.clock.now(),
        actor: None,
        subject: fixture.ada.user.get(),
        audience: Vec::new(),
        payload: Default::default(),
        request_id: None,
    };
    let consumer = fixture.inbound.consumers().remove(1);
    let [first, second] = block_on(deliver(&*fixture.work, &consumer, &gone));
    assert!(first.is_ok() && second.is_err());
    let filter = PaymentFilter::default();
    let payments = block_on(fixture.inbound.payments(&fixture.admin, filter, page())).unwrap();
    let payment = &payments.items[0];
    assert_eq!((payment.user, payment.metadata.all().len()), (None, 0));
    assert_eq!(payment.reference.as_deref(), Some("A-7"), "what it was for stays");
}

#[test]
fn old_events_are_removed_and_failed_ones_later() {
    let fixture = Fixture::new();
    let body = stripe("evt_1", "customer.created", 1_760_000_000, "{}");
    fixture.receive(Scheme::Stripe, &[], &body);
    let day = Duration::from_hours(24);
    fixture.clock.advance(30 * day);
    assert_eq!(block_on(fixture.inbound.prune()).unwrap(), 0);
    fixture.clock.advance(day);
    assert_eq!(block_on(fixture.inbound.prune()).unwrap(), 1);
    let left = fixture.inbound.events(&fixture.admin, EventFilter::default(), Default::default());
    assert_eq!(block_on(left).unwrap().items, []);
}

#[test]
fn others_than_administrators_see_nothing() {
    let Fixture { inbound, ada, .. } = Fixture::new();
    let page = kernel::PageRequest::default;
    let refusals = [
        block_on(inbound.sources(&ada)).unwrap_err(),
        block_on(inbound.source(&ada, "stripe")).unwrap_err(),
        block_on(inbound.remove_source(&ada, "stripe", None)).unwrap_err(),
        block_on(inbound.events(&ada, EventFilter::default(), page())).unwrap_err(),
        block_on(inbound.payments(&ada, PaymentFilter::default(), page())).unwrap_err(),
    ];
    for refusal in refusals {
        assert_eq!(refusal.code(), "auth.missing_permission");
    }
}
