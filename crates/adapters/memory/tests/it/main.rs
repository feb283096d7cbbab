//! Runs the kits of the rooms on this store, and those of the kernel on cache and limiter: one
//! named test for each promise.
#![expect(clippy::unwrap_used, reason = "a store that cannot be set up is a failed test")]

use std::{sync::Arc, time::Duration};

use adapter_cron::CronCalendar;
use chat::kit::scene::{Other, Scene};
use files::{FilesTx, values::FileKind};
use governor::clock::FakeRelativeClock;
use kernel::{
    Clock as _, Role, StoreError, SystemClock, Timestamp, UnitOfWork, UserId,
    kit::Case,
    kit::{self, cache, claims, limiter},
    time::FixedClock,
};
use libtest_mimic::{Arguments, Trial};
use memory::{MemoryCache, MemoryDb, MemoryLimiter, MemoryObjects, MemoryPresence};
use products::kit::{Attach, Paper};
use tasks::{TaskId, TasksTx};
use users::{
    UsersTx,
    user::NewUser,
    values::{EmailAddress, PasswordHash, PersonName, Provider, Status, Username},
};

fn main() {
    let arguments = Arguments::from_args();
    let mut all: Vec<Trial> = kit::COMMON
        .into_iter()
        .flat_map(|(port, cases)| trials(port, cases, common_fixture))
        .collect();
    all.extend(trials("claims_of_emails", claims::CASES, || on_queue(&claims::Emails)));
    all.extend(trials("claims_of_jobs", claims::CASES, || on_queue(&claims::Jobs)));
    all.extend(trials("cache", cache::CASES, cache_fixture));
    all.extend(trials("limiter", limiter::CASES, limiter_fixture));
    all.extend(trials("objects", files::kit::objects::CASES, objects_fixture));
    all.extend(trials("users", users::kit::CASES, users_fixture));
    all.extend(trials("files", files::kit::CASES, files_fixture));
    all.extend(trials("job_store", jobs::kit::CASES, jobs_fixture));
    all.extend(trials("schedules", jobs::kit::schedules::CASES, jobs_fixture));
    all.extend(trials("products", products::kit::CASES, products_fixture));
    all.extend(trials("tasks", tasks::kit::CASES, tasks_fixture));
    all.extend(trials("notifications", notifications::kit::CASES, || {
        let db = MemoryDb::new();
        let people = ["ada", "grace"].map(|name| db.add_person(name).unwrap());
        let suspended = db.add_person("mallory").unwrap();
        db.suspend(suspended).unwrap();
        db.prove_address(people[0]).unwrap();
        db.prove_address(suspended).unwrap();
        for user in [people[0], suspended] {
            db.set_phone(user, &notifications::kit::phone()).unwrap();
        }
        let room = rooms(Arc::clone(&db) as _);
        notifications::kit::Fixture { work: db, people: people.to_vec(), suspended, room }
    }));
    all.extend(trials("inbound", inbound::kit::CASES, || inbound::kit::Fixture {
        work: MemoryDb::new(),
    }));
    all.extend(trials("search", search::kit::CASES, || search::kit::Fixture {
        work: MemoryDb::new(),
    }));
    all.extend(trials("webhooks", webhooks::kit::CASES, || {
        let db = MemoryDb::new();
        let people = ["ada", "grace", "edith"].map(|name| db.add_person(name).unwrap());
        db.set_role(people[2], Role::Admin).unwrap();
        let suspended = db.add_person("mallory").unwrap();
        db.suspend(suspended).unwrap();
        let room = places(Arc::clone(&db) as _);
        webhooks::kit::Fixture { work: db, people: people.to_vec(), suspended, room }
    }));
    all.extend(trials("chat", chat::kit::CASES, || {
        let db = MemoryDb::new();
        let people = ["ada", "grace", "edith"].map(|name| db.add_person(name).unwrap());
        let suspended = db.add_person("mallory").unwrap();
        db.suspend(suspended).unwrap();
        let files: Arc<dyn UnitOfWork<dyn FilesTx>> = db.clone();
        let upload: chat::kit::Upload =
            Arc::new(move |owner| Box::pin(files::kit::upload(Arc::clone(&files), owner)));
        chat::kit::Fixture { work: db, people: people.to_vec(), suspended, upload }
    }));
    all.extend(trials("presence", chat::kit::presence::CASES, || {
        let start = Timestamp::parse("2026-11-24T08:00:00Z").unwrap();
        let clock = Arc::new(FixedClock::at(start));
        let presence: Arc<dyn chat::outbound::Presence> =
            Arc::new(MemoryPresence::new(Arc::clone(&clock) as _));
        let processes = [Arc::clone(&presence), presence];
        let pass: chat::kit::presence::Pass = Arc::new(move |time| {
            clock.advance(time);
            Box::pin(std::future::ready(()))
        });
        chat::kit::presence::Fixture { processes, pass }
    }));
    all.extend(trials("notifier", chat::kit::notifier::CASES, || {
        let processes = memory::MemoryNotifier::pair();
        let processes = processes.map(|one| Arc::new(one) as Arc<dyn chat::outbound::Notifier>);
        chat::kit::notifier::Fixture { processes }
    }));
    all.extend(trials("shared_presence", chat::kit::presence::CASES, || {
        chat::kit::presence::Fixture::shared(MemoryDb::new())
    }));
    all.extend(trials("monitoring", monitoring::kit::CASES, || monitoring::kit::Fixture {
        work: MemoryDb::new(),
    }));
    libtest_mimic::run(&arguments, all).exit();
}

/// Makes rooms as the chat does.
fn rooms(work: Arc<dyn UnitOfWork<dyn chat::ChatTx>>) -> notifications::kit::OpenRoom {
    Arc::new(move |owner, messages, stands| {
        let other = stands.map(|one| Other::of(one.user, one.state, one.notify, one.read_number));
        Box::pin(Scene { other, ..Scene::of(owner, messages) }.play(Arc::clone(&work)))
    })
}

/// Makes rooms as the chat does, for people who hear of them by webhooks.
fn places(work: Arc<dyn UnitOfWork<dyn chat::ChatTx>>) -> webhooks::kit::OpenRoom {
    Arc::new(move |owner, stands| {
        let webhooks::kit::InRoom { user, state, is_private, is_late } = stands;
        let other = Some(Other { is_late, ..Other::of(user, state, "mentions", 0) });
        let scene = Scene { other, is_private, ..Scene::of(owner, 2) };
        let room = scene.play(Arc::clone(&work));
        Box::pin(async move { chat::events::token(room.await) })
    })
}

/// Writes messages with files as the chat does.
fn say(work: Arc<dyn UnitOfWork<dyn chat::ChatTx>>) -> files::kit::Say {
    Arc::new(move |said| {
        let files::kit::Said { author, file, reader, state, is_private, is_late, is_deleted } =
            said;
        let other = state.map(|state| Other { is_late, ..Other::of(reader, state, "mentions", 0) });
        let (file, scene) = (Some(file), Scene::of(author, 1));
        let scene = Scene { other, is_private, file, is_deleted, ..scene };
        let (work, played) = (Arc::clone(&work), scene);
        Box::pin(async move {
            played.play(work).await;
        })
    })
}

/// Each case on a fresh ground.
fn trials<G: 'static>(
    room: &'static str,
    cases: &'static [Case<G>],
    fixture: fn() -> G,
) -> impl Iterator<Item = Trial> {
    cases.iter().map(move |case| {
        Trial::test(format!("memory::{room}::{}", case.name), move || {
            pollster::block_on((case.run)(fixture()));
            Ok(())
        })
    })
}

fn common_fixture() -> kit::CommonFixture {
    kit::CommonFixture { work: MemoryDb::new() }
}

fn on_queue(queue: &'static dyn claims::Queue) -> claims::Fixture {
    claims::Fixture { common: common_fixture(), queue }
}

fn cache_fixture() -> cache::Fixture {
    let ttl = Duration::from_millis(500);
    let cache: cache::Subject = Arc::new(MemoryCache::new(100, ttl));
    let pass = |time| {
        std::thread::sleep(time);
        let done: kernel::BoxFuture<'static, ()> = Box::pin(std::future::ready(()));
        done
    };
    cache::Fixture { views: [Arc::clone(&cache), cache], ttl, pass: Arc::new(pass) }
}

fn limiter_fixture() -> limiter::Fixture {
    let clock = FakeRelativeClock::default();
    let limiter: limiter::Subject = Arc::new(MemoryLimiter::with_clock(limiter::POLICIES, &clock));
    let pass = move |time| {
        clock.advance(time);
        let done: kernel::BoxFuture<'static, ()> = Box::pin(std::future::ready(()));
        done
    };
    limiter::Fixture { views: [Arc::clone(&limiter), limiter], pass: Arc::new(pass) }
}

fn jobs_fixture() -> jobs::kit::Fixture {
    jobs::kit::Fixture { work: MemoryDb::new(), calendar: Arc::new(CronCalendar) }
}

fn users_fixture() -> users::kit::Fixture {
    users::kit::Fixture { work: MemoryDb::new() }
}

fn products_fixture() -> products::kit::Fixture {
    let db = MemoryDb::new();
    let people = ["ada", "grace"].map(|name| db.add_person(name).unwrap());
    let attach = attach(Arc::clone(&db) as _);
    products::kit::Fixture { work: db, people: people.to_vec(), attach }
}

/// What attaches files to what people own.
fn attach(work: Arc<dyn UnitOfWork<dyn FilesTx>>) -> Attach {
    Arc::new(move |owner, owned, paper| {
        let kind = match paper {
            Paper::Manual => FileKind::Manual,
            Paper::Picture => FileKind::Image,
        };
        Box::pin(files::kit::attach(Arc::clone(&work), owner, owned, kind))
    })
}

/// Three people who can be given tasks, and one who cannot.
fn tasks_fixture() -> tasks::kit::Fixture {
    let db = MemoryDb::new();
    let work: Arc<dyn UnitOfWork<dyn UsersTx>> = db.clone();
    let people = ["ada", "grace", "edith"].map(|name| account(&*work, name, Status::Active));
    let suspended = account(&*work, "mallory", Status::Suspended);
    tasks::kit::Fixture { work: db, people: people.to_vec(), suspended }
}

fn objects_fixture() -> files::kit::objects::Fixture {
    let objects = MemoryObjects::new(Arc::new(SystemClock));
    files::kit::objects::Fixture { objects, now: || SystemClock.now() }
}

/// Three people, and a live and a deleted task of the first one.
fn files_fixture() -> files::kit::Fixture {
    let db = MemoryDb::new();
    let people = ["ada", "grace", "edith"].map(|name| db.add_person(name).unwrap());
    let [owner, assignee, _] = people;
    let task = db.add_task(owner, assignee).unwrap();
    let deleted_task = db.add_task(owner, assignee).unwrap();
    let work: Arc<dyn UnitOfWork<dyn TasksTx>> = db.clone();
    let deleted: Result<(), StoreError> = pollster::block_on(work.write(move |tx| {
        let mut task = tx.tasks().lock(TaskId::parse(deleted_task).unwrap())?.unwrap();
        task.deleted_at = Some(task.created_at);
        tx.tasks().save(&mut task)
    }));
    deleted.unwrap();
    let owned = pollster::block_on(products::kit::own(Arc::clone(&db) as _, owner));
    let shut = shut(&*(Arc::clone(&db) as Arc<dyn UnitOfWork<dyn UsersTx>>));
    let (say, people) = (say(Arc::clone(&db) as _), people.to_vec());
    files::kit::Fixture { work: db, people, shut, task, deleted_task, owned, say }
}

/// Accounts that are suspended, closed by their owner, and removed.
fn shut(work: &(dyn UnitOfWork<dyn UsersTx> + 'static)) -> [UserId; 3] {
    let shut = ["victor", "wanda", "xavier"].map(|name| account(work, name, Status::Active));
    let [suspended, closed, removed] = shut;
    let done: Result<(), StoreError> = pollster::block_on(work.write(move |tx| {
        let at = Timestamp::parse("2026-01-02T00:00:00Z").unwrap();
        let mut user = tx.users().get(suspended)?.unwrap();
        user.status = Status::Suspended;
        tx.users().save(&mut user)?;
        let mut user = tx.users().get(closed)?.unwrap();
        user.purge_at = Some(at);
        tx.users().save(&mut user)?;
        tx.users().remove(removed, at).map(|_| ())
    }));
    done.unwrap();
    shut
}

fn account(
    work: &(dyn UnitOfWork<dyn UsersTx> + 'static),
    name: &'static str,
    status: Status,
) -> UserId {
    let inserted: Result<UserId, StoreError> = pollster::block_on(work.write(move |tx| {
        let person = NewUser {
            username: Username::parse(name).unwrap(),
            email: EmailAddress::parse(&format!("{name}@example.com")).unwrap(),
            role: Role::User,
            first_name: PersonName::parse(name).unwrap(),
            last_name: PersonName::parse("").unwrap(),
            locale: kernel::Locale::DEFAULT,
            provider: Provider::Local,
            email_verified: false,
            created_at: Timestamp::parse("2026-01-01T00:00:00Z").unwrap(),
        };
        let password = PasswordHash::parse("test$none").unwrap();
        let mut user = tx.users().insert(&person, Some(&password))?;
        if user.status != status {
            user.status = status;
            tx.users().save(&mut user)?;
        }
        Ok(user.id)
    }));
    inserted.unwrap()
}
