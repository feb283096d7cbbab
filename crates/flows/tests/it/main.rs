//! Each consumer, on the memory adapter.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests: their failures are panics"
)]

mod chat_messages;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use files::{
    File, Files,
    service::NewUpload,
    values::{FileKind, FileName, Visibility},
};
use flows::FlowError;
use kernel::{
    Access, Actor, BoxFuture, CommonTx, Consumer, ConsumerError, Delivery, Event, EventId,
    Position, Role, StoreError, Timestamp, UnitOfWork, UserId, Work, consumer::Source,
    idempotency::Outcome, time::FixedClock,
};
use memory::{MemoryCache, MemoryDb, fakes::files_service};
use notifications::{Kind, Notifications, query::Filter};
use pollster::block_on;
use products::{
    Products,
    commands::{CreateOwnedProduct, CreateProduct},
    query::{OWNED_ORDER, OwnedProductFilter},
    service::Caches,
    values::{Currency, ProductName},
};
use tasks::{Task, TaskError, Tasks, TasksTx, commands::CreateTask, values::Title};

/// A store that can be told to fail.
struct Store {
    db: Arc<MemoryDb>,
    down: AtomicBool,
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
        let inner: &dyn UnitOfWork<dyn TasksTx> = &*self.db;
        inner.run(access, work)
    }
}

struct Fixture {
    consumers: Vec<Consumer>,
    tasks: Arc<Tasks>,
    products: Arc<Products>,
    files: Arc<Files>,
    notifications: Arc<Notifications>,
    store: Arc<Store>,
    ada: Actor,
    bob: Actor,
}

impl Fixture {
    fn new() -> Self {
        let db = MemoryDb::new();
        let [ada, bob] = ["ada", "bob"].map(|name| {
            let user = db.add_person(name).unwrap();
            Actor::new(user, Role::User)
        });
        let ttl = Duration::from_secs(60);
        let caches = Caches {
            products: Arc::new(MemoryCache::new(100, ttl)),
            pages: Arc::new(MemoryCache::new(100, ttl)),
            categories: Arc::new(MemoryCache::new(1, ttl)),
            version: Arc::new(MemoryCache::new(1, ttl)),
        };
        let clock = Arc::new(FixedClock::at(Timestamp::from_micros(0).unwrap()));
        let work = Arc::<MemoryDb>::clone(&db);
        let products =
            Arc::new(Products::new(work, Arc::clone(&clock) as _, caches, Currency::EUR));
        let files = Arc::new(files_service(Arc::<MemoryDb>::clone(&db), Arc::clone(&clock) as _));
        let work = Arc::<MemoryDb>::clone(&db);
        let notifications = Arc::new(Notifications::new(work, Arc::clone(&clock) as _));
        let store = Arc::new(Store { db, down: AtomicBool::new(false) });
        let cache = Arc::new(MemoryCache::new(100, ttl));
        let tasks = Arc::new(Tasks::new(Arc::clone(&store) as _, clock, cache));
        let consumers = vec![
            flows::forget_user::consumer(Arc::clone(&tasks)),
            flows::forget_files::consumer(Arc::clone(&files)),
            flows::forget_owner::consumer(Arc::clone(&products)),
            flows::notify_tasks::consumer(Arc::clone(&notifications)),
            flows::notify_products::consumer(Arc::clone(&notifications)),
            flows::notify_account::consumer(Arc::clone(&notifications)),
            flows::notify_jobs::consumer(Arc::clone(&notifications)),
            flows::notify_webhooks::consumer(Arc::clone(&notifications)),
            flows::notify_chat::consumer(Arc::clone(&notifications)),
        ];
        let work: Arc<dyn UnitOfWork<dyn CommonTx>> = Arc::<MemoryDb>::clone(&store.db);
        let names: Vec<&'static str> = consumers.iter().map(|consumer| consumer.name).collect();
        let started: Result<(), StoreError> = block_on(work.write(move |tx| {
            names.iter().try_for_each(|name| tx.inbox().start(name, Position::START))
        }));
        started.unwrap();
        Self { consumers, tasks, products, files, notifications, store, ada, bob }
    }

    fn task(&self, owner: &Actor, assignee: Option<UserId>) -> Task {
        let command = CreateTask { assignee, ..CreateTask::titled(Title::parse("t").unwrap()) };
        match block_on(self.tasks.create(owner, None, command)).unwrap() {
            Outcome::Executed(task) => task,
            Outcome::Replayed(_) => panic!("nothing happened before"),
        }
    }

    fn file(&self, owner: &Actor) -> File {
        let what = NewUpload {
            kind: FileKind::Attachment,
            visibility: Visibility::Private,
            name: FileName::tamed("a.txt"),
            declared: None,
            attached: None,
            at_least: 0,
            kind_follows: false,
        };
        let words = format!("a few words of {}", owner.user);
        match block_on(self.files.keep(owner, what, words.into(), None)).unwrap() {
            Outcome::Executed(kept) => kept.file,
            Outcome::Replayed(_) => panic!("nothing happened before"),
        }
    }

    fn seen(&self, actor: &Actor, task: &Task) -> Option<Arc<Task>> {
        block_on(self.tasks.get(actor, task.id)).ok()
    }

    /// Delivers the event to each consumer that names it, as a process does that has handled nothing
    /// before; returns how each ended.
    fn deliver(&self, event: &Event) -> Vec<(&'static str, Result<(), ConsumerError>)> {
        self.deliver_from(Position::START, event)
    }

    fn deliver_from(
        &self,
        from: Position,
        event: &Event,
    ) -> Vec<(&'static str, Result<(), ConsumerError>)> {
        let named = |consumer: &&Consumer| consumer.events.contains(&event.name.as_str());
        let deliver = |consumer: &Consumer| {
            let (consumer, run) = (consumer.name, &consumer.run);
            let (event, source) = (Arc::new(event.clone()), Source::Feed(from));
            (consumer, block_on(run(Delivery { consumer, event, source })))
        };
        self.consumers.iter().filter(named).map(deliver).collect()
    }

    /// As `react`, behind an event that was handled.
    fn react_next(&self, event: &Event) {
        let before = Position::after(EventId::parse(event.id.get() - 1).ok());
        for (consumer, outcome) in self.deliver_from(before, event) {
            outcome.unwrap_or_else(|error| panic!("{consumer}: {error}"));
        }
    }

    fn react(&self, event: &Event) {
        for (consumer, outcome) in self.deliver(event) {
            outcome.unwrap_or_else(|error| panic!("{consumer}: {error}"));
        }
    }
}

/// An event with this payload, written as JSON.
fn event(id: i64, name: &str, payload: &str) -> Event {
    Event {
        id: EventId::parse(id).unwrap(),
        name: name.to_owned(),
        at: Timestamp::from_micros(0).unwrap(),
        actor: None,
        subject: 1,
        audience: Vec::new(),
        payload: payload.parse().unwrap(),
        request_id: None,
        traceparent: None,
    }
}

fn left(id: i64, user: UserId) -> Event {
    let payload = format!(r#"{{"id": {user}, "username": "bob", "role": "user"}}"#);
    event(id, "user.deleted.v1", &payload)
}

#[test]
fn whoever_is_deleted_takes_their_files_along() {
    let fixture = Fixture::new();
    let (own, others) = (fixture.file(&fixture.bob), fixture.file(&fixture.ada));
    for id in [7, 7, 8] {
        let outcomes = fixture.deliver(&left(id, fixture.bob.user));
        assert!(outcomes.contains(&("flows.forget_files", Ok(()))), "{outcomes:?}");
    }
    let there = |actor, file: &File| block_on(fixture.files.get(actor, file.id)).is_ok();
    assert!(!there(&fixture.bob, &own) && there(&fixture.ada, &others));
}

#[test]
fn whoever_is_deleted_is_taken_out_of_every_task() {
    let fixture = Fixture::new();
    let shared = fixture.task(&fixture.ada, Some(fixture.bob.user));
    let own = fixture.task(&fixture.bob, Some(fixture.ada.user));
    fixture.react(&left(7, fixture.bob.user));
    assert_eq!(fixture.seen(&fixture.ada, &shared).unwrap().assignee, None);
    assert_eq!(fixture.seen(&fixture.ada, &own), None);
}

#[test]
fn whoever_is_deleted_owns_nothing() {
    let fixture = Fixture::new();
    let keeper = Actor::new(fixture.ada.user, Role::Admin);
    let lamp = CreateProduct::named(ProductName::parse("Lamp").unwrap());
    let made = block_on(fixture.products.create(&keeper, None, lamp)).unwrap();
    let Outcome::Executed(lamp) = made else { panic!("nothing happened before") };
    for owner in [&fixture.ada, &fixture.bob] {
        block_on(fixture.products.own(owner, None, CreateOwnedProduct::of(lamp.id))).unwrap();
    }
    fixture.react(&left(7, fixture.bob.user));
    let owned = |actor: &Actor| {
        let filter = OwnedProductFilter::all(actor.user, Timestamp::from_micros(0).unwrap().date());
        let (order, page) = (OWNED_ORDER.to_vec(), kernel::PageRequest::default());
        block_on(fixture.products.owned_list(actor, filter, order, page)).unwrap().items.len()
    };
    assert_eq!((owned(&fixture.ada), owned(&fixture.bob)), (1, 0));
}

#[test]
fn an_event_that_is_delivered_again_does_nothing() {
    let fixture = Fixture::new();
    fixture.react(&left(7, fixture.bob.user));
    let later = fixture.task(&fixture.ada, Some(fixture.bob.user));
    let outcomes = fixture.deliver(&left(7, fixture.bob.user));
    // Those that complete their delivery report that it was completed before.
    let stale: Vec<_> = outcomes.iter().filter(|(_, outcome)| outcome.is_err()).collect();
    assert_eq!(stale.len(), 2, "{outcomes:?}");
    assert_eq!(fixture.seen(&fixture.ada, &later).unwrap().assignee, Some(fixture.bob.user));
}

impl Fixture {
    fn kinds(&self, actor: &Actor) -> Vec<Kind> {
        let all = self.notifications.list(actor, Filter::default(), kernel::PageRequest::default());
        let page = block_on(all).unwrap().page;
        page.items.iter().map(|shown| shown.notification.kind).collect()
    }
}

/// An event about a task of Ada's, which Bob is to do, by this person.
fn of_task(id: i64, name: &str, by: &Actor, more: &str) -> Event {
    let payload = format!(r#"{{"id": 1, "title": "Paint", "user_id": 1, "assignee_id": 2{more}}}"#);
    Event { actor: Some(by.user), ..event(id, name, &payload) }
}

#[test]
fn the_assignee_hears_of_a_task_and_the_former_one_once() {
    let fixture = Fixture::new();
    let eve = Actor::new(fixture.store.db.add_person("eve").unwrap(), Role::User);
    fixture.react(&of_task(7, "task.created.v1", &fixture.ada, ""));
    assert_eq!(fixture.kinds(&fixture.bob), [Kind::TaskAssigned]);
    let former = format!(r#", "former_assignee_id": {}"#, eve.user);
    fixture.react_next(&of_task(8, "task.assigned.v1", &fixture.ada, &former));
    assert_eq!(fixture.kinds(&fixture.bob), [Kind::TaskAssigned; 2]);
    assert_eq!(fixture.kinds(&eve), [Kind::TaskUnassigned]);
    assert_eq!(fixture.kinds(&fixture.ada), []);
}

#[test]
fn a_comment_is_heard_by_owner_and_assignee_and_by_those_it_names() {
    let fixture = Fixture::new();
    let eve = Actor::new(fixture.store.db.add_person("eve").unwrap(), Role::User);
    let comment = r#", "comment": {"content": "@BOB and @eve, see @ada."}"#;
    fixture.react(&of_task(7, "task.commented.v1", &fixture.ada, comment));
    assert_eq!(fixture.kinds(&fixture.bob), [Kind::TaskMentioned]);
    assert_eq!((fixture.kinds(&eve), fixture.kinds(&fixture.ada)), (vec![], vec![]));
    let comment = r#", "comment": {"content": "nothing"}"#;
    fixture.react_next(&of_task(8, "task.commented.v1", &fixture.bob, comment));
    assert_eq!(fixture.kinds(&fixture.ada), [Kind::TaskCommented]);
}

#[test]
fn the_assignee_hears_once_that_a_task_is_due_and_the_owner_of_one_without() {
    let fixture = Fixture::new();
    let due = |id, name, assignee: &str, due: &str| {
        let payload = format!(
            r#"{{"id": 1, "title": "Paint", "user_id": 1, "assignee_id": {assignee}, "due_date": "{due}"}}"#
        );
        event(id, name, &payload)
    };
    let first = "2026-12-01T09:00:00Z";
    fixture.react(&due(7, "task.due_soon.v1", "2", first));
    fixture.react_next(&due(8, "task.due_soon.v1", "2", first));
    assert_eq!(fixture.kinds(&fixture.bob), [Kind::TaskDueSoon], "once of a due time");
    fixture.react_next(&due(9, "task.overdue.v1", "2", first));
    fixture.react_next(&due(10, "task.due_soon.v1", "2", "2026-12-02T09:00:00Z"));
    let all = [Kind::TaskDueSoon, Kind::TaskOverdue, Kind::TaskDueSoon];
    assert_eq!(fixture.kinds(&fixture.bob), all);
    assert_eq!(fixture.kinds(&fixture.ada), []);
    fixture.react_next(&due(11, "task.overdue.v1", "null", first));
    assert_eq!(fixture.kinds(&fixture.ada), [Kind::TaskOverdue]);
}

#[test]
fn administrators_hear_of_jobs_that_were_given_up() {
    let fixture = Fixture::new();
    let root = fixture.store.db.add_person("root").unwrap();
    fixture.store.db.set_role(root, Role::Admin).unwrap();
    let payload = r#"{"id": 1, "kind": "files.scan", "error": "no disk"}"#;
    fixture.react(&event(7, "job.dead.v1", payload));
    let root = Actor::new(root, Role::Admin);
    assert_eq!(fixture.kinds(&root), [Kind::JobDead]);
    // A storm of one kind is one notification an hour.
    let dead = |id: i64, kind: &str, hour: i64| {
        let payload = format!(r#"{{"id": 1, "kind": "{kind}", "error": "no disk"}}"#);
        let at = Timestamp::from_micros(hour * 3_600_000_000).unwrap();
        Event { at, ..event(id, "job.dead.v1", &payload) }
    };
    for id in 8..20 {
        fixture.react_next(&dead(id, "files.scan", 0));
    }
    assert_eq!(fixture.kinds(&root), [Kind::JobDead]);
    fixture.react_next(&dead(20, "files.purge", 0));
    fixture.react_next(&dead(21, &"k".repeat(200), 0));
    assert_eq!(fixture.kinds(&root).len(), 3);
    fixture.react_next(&dead(22, "files.scan", 1));
    assert_eq!(fixture.kinds(&root).len(), 4);
    assert_eq!((fixture.kinds(&fixture.ada), fixture.kinds(&fixture.bob)), (vec![], vec![]));
}

#[test]
fn the_owner_hears_of_a_warranty() {
    let fixture = Fixture::new();
    let payload =
        r#"{"id": 3, "user_id": 1, "product_name": "Lamp", "warranty_expires": "2026-12-31"}"#;
    fixture.react(&event(7, "product.warranty_expiring.v1", payload));
    assert_eq!(fixture.kinds(&fixture.ada), [Kind::WarrantyExpiring]);
}

#[test]
fn people_hear_what_happened_to_their_account() {
    let fixture = Fixture::new();
    let payload = r#"{"id": 1, "action": "token_created"}"#;
    let event = Event { actor: Some(fixture.ada.user), ..event(7, "user.security.v1", payload) };
    fixture.react(&event);
    assert_eq!(fixture.kinds(&fixture.ada), [Kind::AccountSecurity]);
}

#[test]
fn the_owner_of_an_endpoint_hears_that_it_fails_and_that_it_was_disabled_by_its_answers() {
    let fixture = Fixture::new();
    let of_endpoint = |id, name, reason: &str| {
        let payload = format!(
            r#"{{"id": 5, "user_id": {}, "description": "The shop", "reason": {reason}}}"#,
            fixture.ada.user
        );
        Event { subject: 5, ..event(id, name, &payload) }
    };
    let (failing, disabled) = ("webhook.endpoint_failing.v1", "webhook.endpoint_disabled.v1");
    fixture.react(&of_endpoint(7, failing, "null"));
    assert_eq!(fixture.kinds(&fixture.ada), [Kind::WebhookFailing]);
    assert_eq!(fixture.deliver(&of_endpoint(7, failing, "null")).len(), 1, "delivered again");
    assert_eq!(fixture.kinds(&fixture.ada), [Kind::WebhookFailing]);
    fixture.react_next(&of_endpoint(8, disabled, r#""manual""#));
    assert_eq!(fixture.kinds(&fixture.ada).len(), 1, "what its owner did is no news");
    for (id, reason) in [(9, r#""failing""#), (10, r#""gone""#)] {
        fixture.react_next(&of_endpoint(id as i64, disabled, reason));
        let kinds = fixture.kinds(&fixture.ada);
        let of_disabled = kinds.iter().filter(|kind| **kind == Kind::WebhookDisabled).count();
        assert_eq!((kinds.len(), of_disabled), (id - 7, id - 8), "{reason}");
    }
    assert_eq!(fixture.kinds(&fixture.bob), [], "it is not his");
    for payload in ["{}", r#"{"user_id": 0}"#, r#"{"user_id": "1"}"#] {
        for (consumer, outcome) in fixture.deliver(&event(11, failing, payload)) {
            assert!(matches!(outcome, Err(ConsumerError::Permanent(_))), "{consumer}: {payload}");
        }
    }
}

#[test]
fn events_that_nobody_waits_for_do_nothing() {
    let fixture = Fixture::new();
    let task = fixture.task(&fixture.ada, Some(fixture.bob.user));
    let payload = format!(r#"{{"id": {}}}"#, fixture.bob.user);
    for name in ["user.updated.v1", "user.deleted.v2", "task.updated.v1", "", "user.deleted.v1 "] {
        assert_eq!(fixture.deliver(&event(8, name, &payload)), []);
    }
    assert_eq!(*fixture.seen(&fixture.ada, &task).unwrap(), task);
}

#[test]
fn a_poisonous_event_differs_from_a_store_that_is_down() {
    let fixture = Fixture::new();
    for payload in ["null", "{}", "[1]", r#"{"id": "1"}"#, r#"{"id": 0}"#, r#"{"id": 1.5}"#] {
        let outcomes = fixture.deliver(&event(9, "user.deleted.v1", payload));
        assert_eq!(outcomes.len(), 3);
        for (consumer, outcome) in outcomes {
            let Err(ConsumerError::Permanent(why)) = outcome else { panic!("{consumer}") };
            assert!(why.contains("user.deleted.v1") && why.contains('9'), "{why}");
        }
    }
    fixture.store.down.store(true, Ordering::SeqCst);
    let outcomes = fixture.deliver(&left(9, fixture.bob.user));
    for (consumer, outcome) in outcomes {
        let fails = consumer == "flows.forget_user";
        assert_eq!(matches!(outcome, Err(ConsumerError::Retry(_))), fails, "{consumer}");
        assert_eq!(outcome.is_ok(), !fails, "{consumer}: only the store of tasks is down");
    }
    fixture.store.down.store(false, Ordering::SeqCst);
    let task = fixture.task(&fixture.ada, Some(fixture.bob.user));
    fixture.deliver(&left(9, fixture.bob.user));
    assert_eq!(fixture.seen(&fixture.ada, &task).unwrap().assignee, None, "tried again, it works");
}

#[test]
fn a_corrupt_row_will_not_heal_by_itself() {
    let corrupt = StoreError::Corrupt { table: "tasks", column: "status", id: 1 };
    assert!(FlowError::from(TaskError::from(corrupt)).is_permanent());
    for passing in [StoreError::Contention, StoreError::Timeout(String::new()), StoreError::Stale] {
        assert!(!FlowError::from(TaskError::from(passing)).is_permanent());
    }
}
