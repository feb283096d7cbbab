//! What a unit of work costs on SQLite: `cargo run --release -p alveole-adapter-diesel --example
//! micro [normal] [creates]`. Fills a throw-away database with 100 000 tasks of 1000 people and prints microseconds.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_macros,
    reason = "a measurement: it prints, and it may stop at any failure"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use adapter_diesel::{Db, DbConfig, SqliteSync};
use kernel::{
    NewEvent, PageRequest, Paging, Role, SearchQuery, SortKey, StoreError, Timestamp, UnitOfWork,
    UserId, page::Direction,
};
use tasks::{
    TaskId, TasksTx,
    query::{DEFAULT_ORDER, TaskFilter, TaskSort, Visibility},
    task::NewTask,
    values::{Description, Priority, Status, Tag, Tags, Title},
};
use users::{
    UsersTx,
    user::NewUser,
    values::{EmailAddress, PasswordHash, PersonName, Provider, Username},
};

const PEOPLE: i64 = 1000;
const TASKS: i64 = 100_000;

type Work = Arc<dyn UnitOfWork<dyn TasksTx>>;

fn moment(n: i64) -> Timestamp {
    Timestamp::parse("2026-01-01T00:00:00Z").unwrap().plus(Duration::from_secs(n as u64))
}

fn task(n: i64) -> NewTask {
    let user = |n: i64| UserId::parse(n.rem_euclid(PEOPLE) + 1).unwrap();
    let tags = if n % 5 == 0 { vec![Tag::parse("home").unwrap()] } else { Vec::new() };
    NewTask {
        title: Title::parse(&format!("Write report number {n}")).unwrap(),
        description: Description::parse(&format!(
            "The quarterly figures of department {} need a few words of explanation",
            n % 97
        ))
        .unwrap(),
        status: Status::ALL[(n % 3) as usize],
        priority: Priority::ALL[(n % 7 % 3) as usize],
        due: (n % 2 == 0).then(|| moment(n + 9999)),
        owner: user(n * 7919),
        assignee: (n % 4 == 0).then(|| user(n * 104_729)),
        tags: Tags::parse(tags).unwrap(),
        completed_at: None,
        created_at: moment(n),
    }
}

fn event(n: i64) -> NewEvent {
    NewEvent {
        name: "task.created.v1",
        at: moment(n),
        actor: UserId::parse(1).ok(),
        subject: n,
        audience: vec![UserId::parse(1).unwrap().into()],
        payload: serde_json::json!({
            "id": n, "title": "Write report number", "description": "The quarterly figures",
            "status": "pending", "priority": "medium", "tags": [], "version": 1,
        }),
        request_id: Some("0190b2c4-0000-7000-8000-000000000000".to_owned()),
    }
}

async fn fill(db: &Arc<Db>) {
    let people: Arc<dyn UnitOfWork<dyn UsersTx>> = db.clone();
    let done: Result<(), StoreError> = people
        .write(|tx| {
            let hash = PasswordHash::parse("x").unwrap();
            for n in 0..PEOPLE {
                let person = NewUser {
                    username: Username::parse(&format!("person{n}")).unwrap(),
                    email: EmailAddress::parse(&format!("person{n}@example.com")).unwrap(),
                    role: Role::User,
                    first_name: PersonName::parse("Ada").unwrap(),
                    last_name: PersonName::parse("Lovelace").unwrap(),
                    locale: kernel::Locale::DEFAULT,
                    provider: Provider::Local,
                    email_verified: true,
                    created_at: moment(n),
                };
                tx.users().insert(&person, Some(&hash))?;
            }
            Ok(())
        })
        .await;
    done.unwrap();
    let work: Work = db.clone();
    for batch in 0..TASKS / 1000 {
        let done: Result<(), StoreError> = work
            .write(move |tx| {
                for n in batch * 1000..(batch + 1) * 1000 {
                    tx.tasks().insert(&task(n))?;
                }
                Ok(())
            })
            .await;
        done.unwrap();
    }
}

/// `clients` at once, each `rounds` times.
async fn measure<F, R>(name: &str, clients: i64, rounds: i64, f: F)
where
    F: Fn(i64) -> R + Clone + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let start = Instant::now();
    let mut hands = Vec::new();
    for client in 0..clients {
        let f = f.clone();
        hands.push(tokio::spawn(async move {
            for round in 0..rounds {
                f(client * 7_368_787 + round * 15_485_863).await;
            }
        }));
    }
    for hand in hands {
        hand.await.unwrap();
    }
    let count = (clients * rounds) as f64;
    let took = start.elapsed().as_secs_f64();
    println!("{name:44} {:9.1} µs each, {:8.0}/s", took / count * 1e6, count / took);
}

fn list(
    work: &Work,
    filter: impl Fn(i64) -> TaskFilter + Clone + Send + 'static,
    order: Vec<SortKey<TaskSort>>,
    paging: Paging,
) -> impl Fn(i64) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Clone + Send + 'static {
    let work = work.clone();
    move |n| {
        let (work, filter, order) = (work.clone(), filter(n), order.clone());
        let page = PageRequest { paging: paging.clone(), limit: 20 };
        Box::pin(async move {
            let page: Result<_, StoreError> =
                work.read(move |tx| tx.tasks().list(&filter, &order, &page)).await;
            page.unwrap();
        })
    }
}

fn own(n: i64) -> TaskFilter {
    TaskFilter::all(Visibility::Of(UserId::parse(n.rem_euclid(PEOPLE) + 1).unwrap()), moment(0))
}

async fn reads(work: &Work, clients: i64) {
    let w = work.clone();
    measure("get", clients, 128_000 / clients / if clients == 1 { 8 } else { 1 }, move |n| {
        let (w, id) = (w.clone(), TaskId::parse(n.rem_euclid(TASKS) + 1).unwrap());
        async move {
            let task: Result<_, StoreError> = w.read(move |tx| tx.tasks().get(id)).await;
            task.unwrap().unwrap();
        }
    })
    .await;
    let rounds = 12_800 / clients;
    let usual = || DEFAULT_ORDER.to_vec();
    let by = |field, direction| vec![SortKey { field, direction }];
    measure("list 20, numbered, own", clients, rounds, list(work, own, usual(), Paging::Number(1)))
        .await;
    measure(
        "list 20, cursor, own",
        clients,
        rounds,
        list(work, own, usual(), Paging::Cursor(None)),
    )
    .await;
    let pending = |n| TaskFilter { status: Some(Status::Pending), ..own(n) };
    measure(
        "list 20, numbered, own, pending",
        clients,
        rounds / 4,
        list(work, pending, usual(), Paging::Number(1)),
    )
    .await;
    let due = by(TaskSort::DueDate, Direction::Ascending);
    measure(
        "list 20, numbered, own, by due",
        clients,
        rounds / 4,
        list(work, own, due, Paging::Number(1)),
    )
    .await;
    let tagged = |n| TaskFilter { tag: Tag::parse("home").ok(), ..own(n) };
    measure(
        "list 20, numbered, own, tag",
        clients,
        rounds / 16,
        list(work, tagged, usual(), Paging::Number(1)),
    )
    .await;
    let found = |n: i64| TaskFilter {
        text: SearchQuery::parse(&format!("report {}", n.rem_euclid(TASKS))).ok(),
        ..own(n)
    };
    measure(
        "list 20, numbered, own, search",
        clients,
        rounds / 64,
        list(work, found, usual(), Paging::Number(1)),
    )
    .await;
    let everybody = |_| TaskFilter::all(Visibility::All, moment(0));
    measure(
        "list 20, numbered, all",
        clients,
        rounds / 64,
        list(work, everybody, usual(), Paging::Number(1)),
    )
    .await;
    measure(
        "list 20, cursor, all",
        clients,
        rounds / 4,
        list(work, everybody, usual(), Paging::Cursor(None)),
    )
    .await;
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("micro.db").display());
    let mut config = DbConfig::new(url);
    if std::env::args().any(|argument| argument == "normal") {
        config.sync = SqliteSync::Normal;
    }
    let db = Db::open(&config).unwrap();
    db.migrate_up().unwrap();
    let start = Instant::now();
    fill(&db).await;
    println!("filled in {:.1} s", start.elapsed().as_secs_f64());
    let work: Work = db.clone();

    let only_creates = std::env::args().any(|argument| argument == "creates");
    for clients in [1, 64] {
        println!("-- {clients} at once");
        if !only_creates {
            reads(&work, clients).await;
        }
        let w = work.clone();
        measure("create with event", clients, 256 * if clients == 1 { 4 } else { 1 }, move |n| {
            let w = w.clone();
            async move {
                let done: Result<(), StoreError> = w
                    .write(move |tx| {
                        let task = tx.tasks().insert(&task(n.rem_euclid(TASKS)))?;
                        tx.outbox().append(&event(task.id.get()))
                    })
                    .await;
                done.unwrap();
            }
        })
        .await;
    }
}
