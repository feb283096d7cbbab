//! Runs the kits of the rooms on SQLite and on PostgreSQL, one named test for each promise, and
//! what is promised of the engines and of the migrations.
//!
//! PostgreSQL is the one of `TEST_POSTGRES_URL`, else the one that answers on 127.0.0.1:5432, else
//! one that is started here if it is installed. Without any, its cases are listed as ignored.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a store that cannot be set up is a failed test"
)]

mod engines;
mod fixture;
mod late;
mod migrations;
mod sequencers;
mod words;

use std::sync::Arc;

use adapter_cron::CronCalendar;
use chat::kit::scene::{Other, Scene};
use files::{FilesTx, values::FileKind};
use kernel::{
    BoxFuture, UnitOfWork,
    kit::Case,
    kit::{self as shared, claims},
};
use libtest_mimic::{Arguments, Trial};
use products::kit::{Attach, Paper};

use crate::fixture::{
    Fixture, block_on, leave, people, prove_address, server, set_phone, set_role, shut, tasks_of,
};

/// How to make a fresh database, and what it is called.
type Engine = (&'static str, fn() -> Fixture);

const ENGINES: [Engine; 2] = [("sqlite", Fixture::sqlite), ("postgres", Fixture::postgres)];

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

#[expect(clippy::disallowed_macros, reason = "whoever runs the tests must not miss it")]
fn main() {
    let arguments = Arguments::from_args();
    let found = server().is_some();
    if !found && !arguments.list {
        eprintln!(
            "\n!!! NO POSTGRESQL: its cases are ignored. Set TEST_POSTGRES_URL, or start one"
        );
        eprintln!("!!! on 127.0.0.1:5432, or install one for these tests to start.\n");
    }
    let mut trials = Vec::new();
    for engine in ENGINES {
        for (port, cases) in shared::COMMON {
            trials.extend(kit(engine, port, cases, common));
        }
        trials.extend(kit(engine, "claims_of_emails", claims::CASES, |fixture| claims::Fixture {
            common: common(fixture),
            queue: &claims::Emails,
        }));
        trials.extend(kit(engine, "claims_of_jobs", claims::CASES, |fixture| claims::Fixture {
            common: common(fixture),
            queue: &claims::Jobs,
        }));
        trials.extend(kit(engine, "tasks", tasks::kit::CASES, |fixture| {
            let db = fixture.ready();
            let (people, suspended) = people(&db);
            tasks::kit::Fixture { work: db, people, suspended }
        }));
        trials.extend(kit(engine, "products", products::kit::CASES, |fixture| {
            let db = fixture.ready();
            let (people, _) = people(&db);
            let attach = attach(Arc::clone(&db) as _);
            products::kit::Fixture { work: db, people, attach }
        }));
        trials.extend(kit(engine, "job_store", jobs::kit::CASES, jobs_fixture));
        trials.extend(kit(engine, "schedules", jobs::kit::schedules::CASES, jobs_fixture));
        trials.extend(kit(engine, "users", users::kit::CASES, |fixture| users::kit::Fixture {
            work: fixture.ready(),
        }));
        trials.extend(kit(engine, "files", files::kit::CASES, |fixture| {
            let db = fixture.ready();
            let (people, _) = people(&db);
            let (task, deleted_task) = tasks_of(&db, &people);
            let owned = block_on(products::kit::own(Arc::clone(&db) as _, people[0]));
            let shut = shut(&db);
            let say = say(Arc::clone(&db) as _);
            files::kit::Fixture { work: db, people, shut, task, deleted_task, owned, say }
        }));
        trials.extend(kit(engine, "notifications", notifications::kit::CASES, |fixture| {
            let db = fixture.ready();
            let (people, suspended) = people(&db);
            for person in [people[0], suspended] {
                prove_address(&db, person);
                set_phone(&db, person, &notifications::kit::phone());
            }
            let room = rooms(Arc::clone(&db) as _);
            notifications::kit::Fixture { work: db, people, suspended, room }
        }));
        trials.extend(kit(engine, "inbound", inbound::kit::CASES, |fixture| {
            inbound::kit::Fixture { work: fixture.ready() }
        }));
        trials.extend(kit(engine, "search", search::kit::CASES, |fixture| search::kit::Fixture {
            work: fixture.ready(),
        }));
        trials.extend(kit(engine, "webhooks", webhooks::kit::CASES, |fixture| {
            let db = fixture.ready();
            let (people, suspended) = people(&db);
            set_role(&db, people[2], kernel::Role::Admin);
            let room = places(Arc::clone(&db) as _);
            webhooks::kit::Fixture { work: db, people, suspended, room }
        }));
        trials.extend(kit(engine, "chat", chat::kit::CASES, |fixture| {
            let db = fixture.ready();
            let (people, suspended) = people(&db);
            let files: Arc<dyn UnitOfWork<dyn FilesTx>> = db.clone();
            let upload: chat::kit::Upload =
                Arc::new(move |owner| Box::pin(files::kit::upload(Arc::clone(&files), owner)));
            chat::kit::Fixture { work: db, people, suspended, upload }
        }));
        trials.extend(kit(engine, "presence", chat::kit::presence::CASES, |fixture| {
            chat::kit::presence::Fixture::shared(fixture.ready())
        }));
        if engine.0 == "postgres" {
            trials.extend(kit(engine, "notifier", chat::kit::notifier::CASES, |fixture| {
                let processes = [fixture.ready(), fixture.ready()];
                let processes = processes.map(|db| db as Arc<dyn chat::outbound::Notifier>);
                chat::kit::notifier::Fixture { processes }
            }));
        }
        trials.extend(kit(engine, "monitoring", monitoring::kit::CASES, |fixture| {
            monitoring::kit::Fixture { work: fixture.ready() }
        }));
        trials.extend(engines::trials(engine));
        trials.extend(late::trials(engine));
        trials.extend(sequencers::trials(engine));
        trials.extend(migrations::trials(engine));
        trials.extend(words::trials(engine));
    }
    let trials = trials.into_iter().map(|trial| {
        let ignored = !found && trial.name().starts_with("postgres");
        if ignored { trial.with_ignored_flag(true) } else { trial }
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if !arguments.list {
        leave();
    }
    conclusion.exit();
}

/// Each case of a kit on a fresh database.
fn kit<G: 'static>(
    (name, make): Engine,
    room: &'static str,
    cases: &'static [Case<G>],
    stand: fn(&Fixture) -> G,
) -> impl Iterator<Item = Trial> {
    cases.iter().map(move |case| {
        Trial::test(format!("{name}::{room}::{}", case.name), move || {
            let fixture = make();
            let future: BoxFuture<'static, ()> = (case.run)(stand(&fixture));
            block_on(future);
            Ok(())
        })
    })
}

fn jobs_fixture(fixture: &Fixture) -> jobs::kit::Fixture {
    jobs::kit::Fixture { work: fixture.ready(), calendar: Arc::new(CronCalendar) }
}

fn common(fixture: &Fixture) -> shared::CommonFixture {
    shared::CommonFixture { work: fixture.ready() }
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
