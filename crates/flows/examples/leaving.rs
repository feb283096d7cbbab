//! Somebody leaves, and their tasks go with them: an event of one room becomes a command of
//! another.

use std::{sync::Arc, time::Duration};

use flows::Flows;
use kernel::{Actor, Clock as _, Event, EventId, PageRequest, Role, SystemClock, UnitOfWork};
use memory::{MemoryCache, MemoryDb, doubles::files_room};
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
        shelves: Arc::new(MemoryCache::new(100, ttl)),
        categories: Arc::new(MemoryCache::new(1, ttl)),
        generation: Arc::new(MemoryCache::new(1, ttl)),
    };
    let products = Products::new(work, Arc::new(SystemClock), caches, Currency::EUR);
    let work: Arc<dyn UnitOfWork<dyn TasksTx>> = Arc::<MemoryDb>::clone(&db);
    let cache = Arc::new(MemoryCache::new(100, ttl));
    let tasks = Arc::new(Tasks::new(work, Arc::new(SystemClock), cache));
    let files = Arc::new(files_room(db, Arc::new(SystemClock)));
    let flows = Flows::new(Arc::clone(&tasks), Arc::new(products), files);
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
            audience: vec![ada],
            payload: serde_json::json!({"id": ada.get(), "username": "ada", "role": "user"}),
            request_id: None,
            traceparent: None,
        };
        // Whoever carries events may deliver one twice; it has one effect.
        flows.react(&left).await?;
        flows.react(&left).await?;
        let page = PageRequest::default();
        let rest = tasks.list(&actor, everything(), DEFAULT_ORDER.to_vec(), page).await?;
        assert!(rest.items.is_empty());
        println!("{} tasks left", rest.items.len());
        Ok(())
    })
}
