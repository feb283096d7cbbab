//! A room on a fresh memory store, with some people in it.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use kernel::{
    Access, Actor, BoxFuture, Clock as _, Delivery, Event, EventId, PageRequest, Position, Role,
    StoreError, Timestamp, UnitOfWork, Work,
    consumer::Source,
    idempotency::{IdempotencyKey, Idempotent, Outcome},
    time::FixedClock,
};
use memory::{MemoryCache, MemoryDb};
use pollster::block_on;
use products::{
    Category, Product, ProductError, Products, ProductsTx,
    commands::{CreateCategory, CreateProduct, MoveStock, UpdateProduct},
    query::{DEFAULT_ORDER, ProductFilter},
    service::Caches,
    values::{CategoryName, Currency, Delta, ProductName, Reason, Stock},
};

/// The store, counting its reads and writes.
pub(crate) struct Store {
    pub(crate) db: Arc<MemoryDb>,
    pub(crate) reads: AtomicU32,
    pub(crate) writes: AtomicU32,
    /// How many writes there may be; it is away for all further ones.
    pub(crate) writes_left: AtomicU32,
    interruption: Mutex<Option<(u32, Interruption)>>,
}

/// What another process does in the middle of a use case.
type Interruption = Box<dyn FnOnce() + Send>;

impl Store {
    /// Does something immediately before the write with this number, counted from now and 0.
    pub(crate) fn before_write(&self, number: u32, what: impl FnOnce() + Send + 'static) {
        let at = self.writes.load(Ordering::SeqCst) + number;
        *self.interruption.lock().unwrap() = Some((at, Box::new(what)));
    }

    fn interrupt(&self) {
        let mut waiting = self.interruption.lock().unwrap();
        let now = self.writes.load(Ordering::SeqCst);
        let due = waiting.take_if(|(at, _)| *at == now);
        drop(waiting);
        if let Some((_, what)) = due {
            what();
        }
    }
}

impl UnitOfWork<dyn ProductsTx> for Store {
    fn run(
        &self,
        access: Access,
        work: Work<dyn ProductsTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        if access != Access::Write {
            self.reads.fetch_add(1, Ordering::SeqCst);
        } else if self.writes_left.load(Ordering::SeqCst) == 0 {
            return Box::pin(async { Err(StoreError::Unavailable("away".to_owned())) });
        } else {
            self.interrupt();
            self.writes.fetch_add(1, Ordering::SeqCst);
            self.writes_left.fetch_sub(1, Ordering::SeqCst);
        }
        let work_of: &dyn UnitOfWork<dyn ProductsTx> = &*self.db;
        work_of.run(access, work)
    }
}

pub(crate) struct Fixture {
    pub(crate) products: Products,
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<FixedClock>,
    /// Owns things.
    pub(crate) ada: Actor,
    /// Owns others.
    pub(crate) bob: Actor,
    /// Keeps the catalogue.
    pub(crate) root: Actor,
}

fn cache<K, V>() -> Arc<MemoryCache<K, V>>
where
    K: std::hash::Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    Arc::new(MemoryCache::new(1000, Duration::from_secs(3600)))
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let db = MemoryDb::new();
        let [ada, bob, root] = ["ada", "bob", "root"].map(|name| {
            let role = if name == "root" { Role::Admin } else { Role::User };
            Actor::new(db.add_person(name).unwrap(), role)
        });
        let store = Arc::new(Store {
            db,
            reads: AtomicU32::new(0),
            writes: AtomicU32::new(0),
            writes_left: AtomicU32::new(u32::MAX),
            interruption: Mutex::default(),
        });
        let clock = Arc::new(FixedClock::at(moment("2026-11-21T08:00:00Z")));
        let caches =
            Caches { products: cache(), pages: cache(), categories: cache(), version: cache() };
        let work = Arc::clone(&store) as _;
        let products = Products::new(work, Arc::clone(&clock) as _, caches, Currency::EUR);
        Self { products, store, clock, ada, bob, root }
    }

    /// The same domain in another process, so to speak: its writes are not counted.
    pub(crate) fn second(&self) -> Products {
        let caches =
            Caches { products: cache(), pages: cache(), categories: cache(), version: cache() };
        let (work, clock) = (Arc::clone(&self.store.db), Arc::clone(&self.clock));
        Products::new(work, clock, caches, Currency::EUR)
    }

    /// Event `number` on its way to a consumer that has handled everything up to `position`.
    pub(crate) fn delivery(&self, number: i64, position: i64) -> Delivery {
        let at = Position::after(EventId::parse(position).ok());
        let work: Arc<dyn UnitOfWork<dyn ProductsTx>> = Arc::clone(&self.store) as _;
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

    pub(crate) fn product(&self, text: &str) -> Product {
        self.create(CreateProduct::named(name(text)))
    }

    pub(crate) fn create(&self, command: CreateProduct) -> Product {
        fresh(block_on(self.products.create(&self.root, None, command)).unwrap())
    }

    pub(crate) fn category(&self, text: &str, parent: Option<&Category>) -> Category {
        let name = CategoryName::parse(text).unwrap();
        let command = CreateCategory { name, slug: None, parent: parent.map(|one| one.id) };
        fresh(block_on(self.products.create_category(&self.root, None, command)).unwrap())
    }

    pub(crate) fn update(
        &self,
        product: &Product,
        update: UpdateProduct,
    ) -> Result<Product, ProductError> {
        block_on(self.products.update(&self.root, product.id, Some(product.version), update))
    }

    pub(crate) fn adjust_stock(&self, product: &Product, delta: i64) -> Result<i64, ProductError> {
        let reason = Reason::parse("because").unwrap();
        let command = MoveStock { delta: Delta::parse(delta).unwrap(), reason };
        let moved = block_on(self.products.move_stock(&self.root, None, product.id, command))?;
        Ok(fresh(moved).balance.get())
    }

    /// The names of the public list.
    pub(crate) fn listed(
        &self,
        filter: ProductFilter,
        in_category: Option<&Category>,
    ) -> Vec<String> {
        let category = in_category.map(|one| one.id);
        let order = DEFAULT_ORDER.to_vec();
        let page = block_on(self.products.list(filter, category, order, PageRequest::default()));
        page.unwrap().items.iter().map(|one| one.name.as_str().to_owned()).collect()
    }

    /// Everything that was told.
    pub(crate) fn events(&self) -> Vec<Event> {
        let work: Arc<dyn UnitOfWork<dyn ProductsTx>> = Arc::clone(&self.store) as _;
        let read: Result<_, StoreError> = block_on(work.read(|tx| tx.outbox().after(None, 10_000)));
        read.unwrap()
    }

    pub(crate) fn reads(&self) -> u32 {
        self.store.reads.load(Ordering::SeqCst)
    }
}

pub(crate) fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub(crate) fn name(text: &str) -> ProductName {
    ProductName::parse(text).unwrap()
}

pub(crate) fn stock(count: i64) -> Stock {
    Stock::parse(count).unwrap()
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
pub(crate) fn faulty(error: &ProductError) -> Vec<(&str, &str)> {
    let fields = kernel::DomainError::fields(error).iter();
    fields.map(|fault| (fault.field.as_str(), &*fault.code)).collect()
}
