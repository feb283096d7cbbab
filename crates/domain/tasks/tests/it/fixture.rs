//! A room on a fresh memory store, with some people in it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use kernel::{
    Access, Actor, BoxFuture, Clock as _, Delivery, Event, EventId, Position, Role, StoreError,
    Timestamp, UnitOfWork, UserId, Work,
    consumer::Source,
    idempotency::{IdempotencyKey, Idempotent, Outcome},
    time::FixedClock,
};
use memory::{MemoryCache, MemoryDb};
use pollster::block_on;
use tasks::{
    Task, TaskError, TaskId, Tasks, TasksTx,
    commands::{CreateTask, UpdateTask},
    values::{Status, Title},
};

/// The store, counting its reads and failing when it is told to.
pub(crate) struct Store {
    pub(crate) db: Arc<MemoryDb>,
    pub(crate) reads: AtomicU32,
    pub(crate) down: AtomicBool,
}

impl UnitOfWork<dyn TasksTx> for Store {
    fn run(
        &self,
        access: Access,
        work: Work<dyn TasksTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        if self.down.load(Ordering::SeqCst) {
            return Box::pin(async { Err(StoreError::Unavailable("told so".to_owned())) });
        }
        if access != Access::Write {
            self.reads.fetch_add(1, Ordering::SeqCst);
        }
        let work_of: &dyn UnitOfWork<dyn TasksTx> = &*self.db;
        work_of.run(access, work)
    }
}

pub(crate) struct Fixture {
    pub(crate) tasks: Tasks,
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<FixedClock>,
    /// Has tasks.
    pub(crate) ada: Actor,
    /// Helps.
    pub(crate) bob: Actor,
    /// Knows nothing of them.
    pub(crate) eve: Actor,
    /// Manages everybody's.
    pub(crate) root: Actor,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let db = MemoryDb::new();
        let [ada, bob, eve, root] = ["ada", "bob", "eve", "root"].map(|name| {
            let role = if name == "root" { Role::Admin } else { Role::User };
            let user = db.add_person(name).unwrap();
            Actor { request_id: Some(format!("req-{name}").into()), ..Actor::new(user, role) }
        });
        let store = Arc::new(Store { db, reads: AtomicU32::new(0), down: AtomicBool::new(false) });
        let clock = Arc::new(FixedClock::at(moment("2026-11-21T08:00:00Z")));
        let cache = Arc::new(MemoryCache::new(1000, Duration::from_secs(3600)));
        let tasks = Tasks::new(Arc::clone(&store) as _, Arc::clone(&clock) as _, cache);
        Self { tasks, store, clock, ada, bob, eve, root }
    }

    /// A task of Ada's.
    pub(crate) fn task(&self, title: &str) -> Task {
        self.create(CreateTask::titled(self::title(title))).unwrap()
    }

    /// Event `number` on its way to a consumer that has handled everything up to `position`.
    pub(crate) fn delivery(&self, number: i64, position: i64) -> Delivery {
        let at = Position::after(EventId::parse(position).ok());
        let work: Arc<dyn UnitOfWork<dyn TasksTx>> = Arc::clone(&self.store) as _;
        let started: Result<(), StoreError> =
            block_on(work.write(move |tx| tx.inbox().start("kit.forget", at)));
        started.unwrap();
        let event = Event {
            id: EventId::parse(number).unwrap(),
            name: "user.deleted.v1".to_owned(),
            at: self.clock.now(),
            actor: None,
            subject: 1,
            audience: Vec::new(),
            payload: serde_json::Value::Null,
            request_id: None,
            traceparent: None,
        };
        Delivery { consumer: "kit.forget", event: Arc::new(event), source: Source::Feed(at) }
    }

    /// A task of Ada's that Bob is to do.
    pub(crate) fn shared(&self) -> Task {
        let assignee = Some(self.bob.user);
        self.create(CreateTask { assignee, ..CreateTask::titled(title("shared")) }).unwrap()
    }

    pub(crate) fn create(&self, command: CreateTask) -> Result<Task, TaskError> {
        block_on(self.tasks.create(&self.ada, None, command)).map(fresh)
    }

    pub(crate) fn update(
        &self,
        actor: &Actor,
        id: TaskId,
        update: UpdateTask,
    ) -> Result<Task, TaskError> {
        block_on(self.tasks.update(actor, id, None, update))
    }

    pub(crate) fn get(&self, actor: &Actor, id: TaskId) -> Result<Arc<Task>, TaskError> {
        block_on(self.tasks.get(actor, id))
    }

    pub(crate) fn remove(&self, actor: &Actor, id: TaskId) -> Result<(), TaskError> {
        block_on(self.tasks.remove(actor, id, None))
    }

    pub(crate) fn work(&self) -> Arc<dyn UnitOfWork<dyn TasksTx>> {
        Arc::clone(&self.store) as _
    }

    /// Everything that was told.
    pub(crate) fn events(&self) -> Vec<Event> {
        let read: Result<_, StoreError> =
            block_on(self.work().read(|tx| tx.outbox().after(None, 10_000)));
        read.unwrap()
    }

    pub(crate) fn event_names(&self) -> Vec<String> {
        self.events().into_iter().map(|event| event.name).collect()
    }

    pub(crate) fn tick(&self) {
        self.clock.advance(Duration::from_secs(1));
    }
}

pub(crate) fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub(crate) fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

pub(crate) fn titled(text: &str) -> UpdateTask {
    UpdateTask { title: Some(title(text)), ..UpdateTask::default() }
}

pub(crate) fn status(status: Status) -> UpdateTask {
    UpdateTask { status: Some(status), ..UpdateTask::default() }
}

/// Nobody has this number.
pub(crate) fn nobody() -> UserId {
    UserId::parse(987_654).unwrap()
}

pub(crate) fn no_task() -> TaskId {
    TaskId::parse(987_654).unwrap()
}

pub(crate) fn idempotent<T: 'static>(
    key: &str,
    request: u8,
    encode: fn(&T) -> String,
) -> Idempotent<T> {
    Idempotent {
        key: IdempotencyKey {
            scope: "kit".to_owned(),
            key: key.to_owned(),
            fingerprint: [request; 32],
        },
        encode: Arc::new(move |outcome| encode(outcome).into_bytes()),
    }
}

pub(crate) fn fresh<T>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Executed(value) => value,
        Outcome::Replayed(_) => panic!("a replay, where nothing happened before"),
    }
}

/// The fields that a refusal names.
pub(crate) fn faulty(error: &TaskError) -> Vec<(&str, &str)> {
    let fields = kernel::DomainError::fields(error).iter();
    fields.map(|fault| (fault.field.as_str(), &*fault.code)).collect()
}
