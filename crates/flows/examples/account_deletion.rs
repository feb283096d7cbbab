//! An account is deleted, and its tasks with it: an event of one domain becomes a command of another.

use std::{sync::Arc, time::Duration};

use kernel::{
    Actor, Clock as _, CommonTx, Delivery, Event, EventId, PageRequest, Position, Role, StoreError,
    SystemClock, UnitOfWork, consumer::Source,
};
use memory::{MemoryCache, MemoryDb, fakes::files_service};
use products::{Products, ProductsTx, service::Caches, values::Currency};
use tasks::{
    Tasks, TasksTx,
    commands::CreateTask,
    query::{DEFAULT_ORDER, TaskFilter, Visibility},
    values::Title,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = MemoryDb::new();
    let ada = db.add_person("ada")?;
    let ttl = Duration::from_secs(5);
    let work: Arc<dyn UnitOfWork<dyn ProductsTx>> = Arc::<MemoryDb>::clone(&db);
    let caches = Caches {
        products: Arc::new(MemoryCache::new(100, ttl)),
        pages: Arc::new(MemoryCache::new(100, ttl)),
        categories: Arc::new(MemoryCache::new(1, ttl)),
        version: Arc::new(MemoryCache::new(1, ttl)),
    };
    let products = Products::new(work, Arc::new(SystemClock), caches, Currency::EUR);
    let work: Arc<dyn UnitOfWork<dyn TasksTx>> = Arc::<MemoryDb>::clone(&db);
    let cache = Arc::new(MemoryCache::new(100, ttl));
    let tasks = Arc::new(Tasks::new(work, Arc::new(SystemClock), cache));
    let common: Arc<dyn UnitOfWork<dyn CommonTx>> = Arc::<MemoryDb>::clone(&db);
    let files = Arc::new(files_service(db, Arc::new(SystemClock)));
    let consumers = vec![
        flows::forget_user::consumer(Arc::clone(&tasks)),
        flows::forget_files::consumer(files),
        flows::forget_owner::consumer(Arc::new(products)),
    ];
    let actor = Actor::new(ada, Role::User);
    let everything = || TaskFilter::all(Visibility::All, SystemClock.now());
    pollster::block_on(async {
        tasks.create(&actor, None, CreateTask::titled(Title::parse("Mend the roof")?)).await?;
        let left = Event {
            id: EventId::parse(1_000)?,
            name: "user.deleted.v1".to_owned(),
            at: SystemClock.now(),
            actor: Some(ada),
            subject: ada.get(),
            audience: vec![ada.into()],
            payload: serde_json::json!({"id": ada.get(), "username": "ada", "role": "user"}),
            request_id: None,
            traceparent: None,
        };
        let left = Arc::new(left);
        for consumer in consumers {
            let name = consumer.name;
            let started: Result<(), StoreError> =
                common.write(move |tx| tx.inbox().start(name, Position::START)).await;
            started?;
            let (event, source) = (Arc::clone(&left), Source::Feed(Position::START));
            (consumer.run)(Delivery { consumer: name, event, source }).await?;
        }
        let page = PageRequest::default();
        let rest = tasks.list(&actor, everything(), DEFAULT_ORDER.to_vec(), page).await?;
        assert!(rest.items.is_empty());
        println!("{} tasks left", rest.items.len());
        Ok(())
    })
}
