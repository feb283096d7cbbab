//! People, a feed, a receiver with prepared answers, and a clock that the tests move.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use kernel::{
    Actor, Batch, Clock, Event, NewEvent, PageRequest, Paging, Permission, Position, Role,
    StoreError, Timestamp, UnitOfWork, UserId, consumer::Source, time::FixedClock,
};
use memory::MemoryDb;
use pollster::block_on;
use webhooks::{
    EndpointId, Webhooks, WebhooksTx,
    commands::CreateEndpoint,
    delivery::{DeliveryState, Filter, Shown},
    outbound::{Outcome, Request, Sender},
    policy::KindRule,
    secrets::{SealedSecret, SecretVault, VaultError},
    service::{DISPATCHER, Dependencies},
    settings::{Pace, Settings},
    signature::SigningSecret,
    values::{Description, Patterns},
};

/// Keeps secrets as they are, after their owner.
pub(crate) struct PlainVault(AtomicUsize);

impl SecretVault for PlainVault {
    fn generate(&self) -> SigningSecret {
        let number = self.0.fetch_add(1, Ordering::Relaxed) as u8;
        SigningSecret::from_bytes([number; 32])
    }

    fn seal(&self, owner: UserId, secret: &SigningSecret) -> Result<SealedSecret, VaultError> {
        Ok(SealedSecret::new(format!("{owner} {}", secret.expose())))
    }

    fn open(&self, owner: UserId, sealed: &SealedSecret) -> Result<SigningSecret, VaultError> {
        let secret = sealed.expose().strip_prefix(&format!("{owner} "));
        let secret = secret.ok_or_else(|| VaultError("it is of another owner".to_owned()))?;
        SigningSecret::parse(secret).map_err(|error| VaultError(error.to_string()))
    }
}

/// A request that was made.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) at: Timestamp,
    pub(crate) request: Request,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> String {
        let found = self.request.headers.iter().find(|(header, _)| *header == name);
        found.map(|(_, value)| value.clone()).unwrap()
    }
}

/// Gives prepared answers, after yielding to other tasks a few times.
pub(crate) struct Receiver {
    clock: Arc<FixedClock>,
    pub(crate) answer: Mutex<Outcome>,
    pub(crate) sent: Mutex<Vec<Sent>>,
    running: AtomicUsize,
    pub(crate) most: AtomicUsize,
}

#[async_trait]
impl Sender for Receiver {
    async fn send(&self, request: Request) -> Outcome {
        let at = self.clock.now();
        self.sent.lock().unwrap().push(Sent { at, request });
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        for _ in 0..3 {
            turn().await;
        }
        self.running.fetch_sub(1, Ordering::SeqCst);
        self.answer.lock().unwrap().clone()
    }
}

/// Gives the others a turn.
async fn turn() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if yielded {
            return std::task::Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

/// Waiting moves the clock, where nothing else is to do.
struct VirtualPace(Arc<FixedClock>);

#[async_trait]
impl Pace for VirtualPace {
    async fn pause(&self, time: Duration) {
        // Requests that run end first.
        for _ in 0..10 {
            turn().await;
        }
        self.0.advance(time);
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

pub(crate) struct Fixture {
    pub(crate) db: Arc<MemoryDb>,
    pub(crate) webhooks: Arc<Webhooks>,
    pub(crate) work: Arc<dyn UnitOfWork<dyn WebhooksTx>>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) receiver: Arc<Receiver>,
    pub(crate) ada: Actor,
    pub(crate) eve: Actor,
}

pub(crate) fn outcome(status: u16) -> Outcome {
    Outcome {
        duration: Duration::from_millis(3),
        status: Some(status),
        retry_after: None,
        fault: None,
        answer: "ok".to_owned(),
    }
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let db = MemoryDb::new();
        let [ada, eve] = ["ada", "eve"].map(|name| {
            let user = db.add_person(name).unwrap();
            Actor { request_id: Some(format!("req-{name}").into()), ..Actor::new(user, Role::User) }
        });
        let at = Timestamp::parse("2026-11-21T08:00:00Z").unwrap();
        let clock = Arc::new(FixedClock::at(at));
        let work: Arc<dyn UnitOfWork<dyn WebhooksTx>> = Arc::<MemoryDb>::clone(&db);
        let receiver = Arc::new(Receiver {
            clock: Arc::clone(&clock),
            answer: Mutex::new(outcome(200)),
            sent: Mutex::default(),
            running: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let mut settings = Settings::default();
        settings.urls.https_only = true;
        let webhooks = Arc::new(Webhooks::new(Dependencies {
            work: Arc::clone(&work),
            clock: Arc::clone(&clock) as _,
            sender: Arc::<Receiver>::clone(&receiver),
            vault: Some(Arc::new(PlainVault(AtomicUsize::new(1)))),
            pace: Arc::new(VirtualPace(Arc::clone(&clock))),
            settings,
        }));
        webhooks.show_by(vec![
            KindRule {
                kind: "task",
                read: Permission::TasksRead,
                manage: Some(Permission::TasksManage),
            },
            KindRule { kind: "webhook", read: Permission::WebhooksWrite, manage: None },
        ]);
        let started: Result<(), StoreError> =
            block_on(work.write(|tx| tx.inbox().start(DISPATCHER, Position::START)));
        started.unwrap();
        Self { db, webhooks, work, clock, receiver, ada, eve }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn answer(&self, status: u16) {
        *self.receiver.answer.lock().unwrap() = outcome(status);
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.receiver.sent.lock().unwrap().clone()
    }

    pub(crate) fn command(patterns: &str) -> CreateEndpoint {
        CreateEndpoint {
            url: "https://example.com/hook".to_owned(),
            patterns: Patterns::parse(patterns).unwrap(),
            description: Description::empty(),
            ordered: false,
            rate: None,
            from: None,
        }
    }

    /// An endpoint of Ada's.
    pub(crate) fn create(&self, patterns: &str) -> (EndpointId, SigningSecret) {
        self.create_as(&self.ada, Self::command(patterns))
    }

    pub(crate) fn create_as(
        &self,
        actor: &Actor,
        command: CreateEndpoint,
    ) -> (EndpointId, SigningSecret) {
        let (view, secret) = block_on(self.webhooks.create(actor, command)).unwrap();
        (view.endpoint.id, secret)
    }

    /// An event that this person sees; returns its place.
    pub(crate) fn append(&self, actor: &Actor, name: &'static str) -> i64 {
        let event = NewEvent::by(actor, self.now(), name, 7, serde_json::json!({"id": 7}));
        let head: Result<_, StoreError> = block_on(self.work.write(move |tx| {
            tx.outbox().append(&event)?;
            Ok(tx.outbox().head()?.unwrap().get())
        }));
        head.unwrap()
    }

    pub(crate) fn published(&self) -> Vec<Event> {
        let read: Result<Vec<Event>, StoreError> =
            block_on(self.work.read(|tx| tx.outbox().after(None, 10_000)));
        read.unwrap().into_iter().filter(|event| event.name.starts_with("webhook.")).collect()
    }

    pub(crate) fn prune_feed(&self, events: u32) {
        let before = self.now();
        let gone: Result<u64, StoreError> =
            block_on(self.work.write(move |tx| tx.outbox().prune(before, events)));
        assert!(gone.unwrap() > 0);
    }

    pub(crate) fn advance_hours(&self, hours: u64) {
        self.clock.advance(Duration::from_hours(hours));
    }

    /// Dispatches what is in the feed.
    pub(crate) fn dispatch(&self) {
        loop {
            let read: Result<_, StoreError> = block_on(self.work.read(|tx| {
                let at = tx.inbox().position(DISPATCHER)?.unwrap();
                Ok((at, tx.outbox().after(at.event(), 100)?))
            }));
            let (at, events) = read.unwrap();
            if events.is_empty() {
                return;
            }
            let events = events.into_iter().map(Arc::new).collect();
            let batch = Batch { consumer: DISPATCHER, events, source: Source::Feed(at) };
            block_on(self.webhooks.dispatch(batch)).unwrap();
        }
    }

    /// Serves what is due now; true when there was anything.
    pub(crate) fn serve(&self) -> bool {
        let mut some = false;
        loop {
            let claimed = block_on(self.webhooks.claim(10)).unwrap();
            if claimed.is_empty() {
                return some;
            }
            some = true;
            for endpoint in claimed {
                block_on(self.webhooks.serve(endpoint, &|| false)).unwrap();
            }
        }
    }

    /// Dispatches and serves until there is nothing to do now.
    pub(crate) fn run(&self) {
        self.dispatch();
        while self.serve() {
            self.dispatch();
        }
    }

    fn next_due(&self) -> Option<Timestamp> {
        let read: Result<_, StoreError> = block_on(self.work.read(|tx| tx.endpoints().next_due()));
        read.unwrap()
    }

    /// Runs for some time; `each` is called every hour.
    pub(crate) fn run_for_hours(&self, hours: u64, each: impl Fn(&Self)) {
        let end = self.now().plus(Duration::from_hours(hours));
        let mut next_hour = self.now().plus(Duration::from_hours(1));
        while self.now() < end {
            self.run();
            let due = self.next_due().unwrap_or(end);
            let to = due.min(next_hour).min(end);
            self.clock.advance(to.since(self.now()));
            if to == next_hour {
                each(self);
                next_hour = next_hour.plus(Duration::from_hours(1));
            }
        }
        self.run();
    }

    pub(crate) fn deliveries(&self, endpoint: EndpointId) -> Vec<Shown> {
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let page = PageRequest { paging: Paging::Cursor(cursor), limit: 100 };
            let read =
                self.work.read(move |tx| tx.deliveries().list(endpoint, Filter::default(), &page));
            let page: Result<_, StoreError> = block_on(read);
            let page = page.unwrap();
            all.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                return all;
            }
        }
    }

    /// The states of deliveries, with how many attempts were made.
    pub(crate) fn states(&self, endpoint: EndpointId) -> Vec<(DeliveryState, u32)> {
        let all = self.deliveries(endpoint);
        all.iter().map(|one| (one.delivery.state, one.delivery.tries)).collect()
    }
}
