//! What is promised of the engines, beyond the kits.

use std::{
    fs::File,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use adapter_diesel::{Db, DbError, Restoring};
use diesel::{
    Connection, PgConnection, RunQueryDsl, SqliteConnection, connection::SimpleConnection,
    sql_query,
};
use kernel::{
    Event, EventId, FeedState, JobKind, NewEvent, PageRequest, SearchQuery, StoreError, Timestamp,
    UnitOfWork, UserId, job::JobDone, kit::planned_panic, page::Paging,
};
use libtest_mimic::Trial;
use tasks::{
    Task, TasksTx,
    commands::CreateTask,
    query::{DEFAULT_ORDER, TaskFilter, Visibility},
    task::NewTask,
    values::Title,
};
use users::{
    UsersTx,
    audit::{AuditOutcome, NewAudit},
};

use crate::{
    Engine,
    fixture::{Fixture, block_on, people},
};

type Common = Arc<dyn UnitOfWork<dyn kernel::CommonTx>>;

/// A test of one engine.
type Test = (&'static str, fn(&Fixture));

const EITHER: &[Test] = &[
    ("a_panic_in_a_unit_harms_nobody", a_panic_in_a_unit_harms_nobody),
    ("the_bell_rings_for_committed_events_only", listeners_are_notified_for_committed_events_only),
    ("the_audit_log_refuses_changes", the_audit_log_refuses_changes),
    ("readers_never_see_a_smaller_event_later", readers_never_see_a_smaller_event_later),
    ("sweeping_never_makes_a_place_free_again", pruning_never_makes_a_place_free_again),
    ("the_search_index_follows_its_unit", the_search_index_follows_its_unit),
    ("gauges_and_ping_answer", gauges_and_ping_answer),
    ("each_event_names_the_trace_of_its_own_unit", each_event_names_the_trace_of_its_own_unit),
];
const SQLITE: &[Test] = &[
    ("an_answer_comes_only_after_the_commit", an_answer_comes_only_after_the_commit),
    ("a_full_queue_refuses", a_full_queue_refuses),
    ("who_waited_too_long_is_not_run", who_waited_too_long_is_not_run),
    ("only_the_owner_reads_the_file", only_the_owner_reads_the_file),
    ("a_backup_is_whole_and_can_be_put_back", a_backup_is_whole_and_can_be_put_back),
];
const POSTGRES: &[Test] = &[
    ("killed_connections_are_replaced", killed_connections_are_replaced),
    ("a_deadlock_is_run_again", a_deadlock_is_run_again),
    ("a_locked_table_delays_nobody_else", a_locked_table_delays_nobody_else),
    (
        "f10_who_stops_while_giving_places_stops_no_other",
        f10_who_stops_while_giving_places_stops_no_other,
    ),
    (
        "other_processes_are_notified_when_events_get_their_place",
        other_processes_are_notified_when_events_get_their_place,
    ),
    (
        "workers_of_other_processes_are_woken_after_the_commit",
        workers_of_other_processes_are_woken_after_the_commit,
    ),
    (
        "a_dump_is_of_one_moment_and_fills_an_empty_database_only",
        a_dump_is_of_one_moment_and_fills_an_empty_database_only,
    ),
];

pub(crate) fn trials((name, make): Engine) -> Vec<Trial> {
    let own = if name == "sqlite" { SQLITE } else { POSTGRES };
    let tests = EITHER.iter().chain(own);
    tests
        .map(|(test, run)| {
            Trial::test(format!("{name}::engine::{test}"), move || {
                run(&make());
                Ok(())
            })
        })
        .collect()
}

fn moment() -> Timestamp {
    Timestamp::parse("2026-11-21T00:00:00Z").unwrap()
}

fn event(subject: i64) -> NewEvent {
    NewEvent {
        name: "task.created.v1",
        at: moment(),
        actor: None,
        subject,
        audience: Vec::new(),
        payload: serde_json::Value::Null,
        request_id: None,
    }
}

fn common(db: &Arc<Db>) -> Common {
    db.clone()
}

async fn append(work: &Common, subject: i64) -> Result<(), StoreError> {
    work.write(move |tx| tx.outbox().append(&event(subject))).await
}

/// Gives places to what has none, and gives the feed.
fn feed(work: &Common) -> Vec<Event> {
    let sequenced: Result<u64, StoreError> =
        block_on(work.write(|tx| tx.outbox().sequence(10_000)));
    sequenced.unwrap();
    let events: Result<_, StoreError> = block_on(work.read(|tx| tx.outbox().after(None, 10_000)));
    events.unwrap()
}

fn state(work: &Common) -> FeedState {
    let state: Result<_, StoreError> = block_on(work.read(|tx| tx.outbox().feed()));
    state.unwrap()
}

fn subjects(work: &Common) -> Vec<i64> {
    feed(work).iter().map(|event| event.subject).collect()
}

/// Runs `f` for every number at once.
fn simultaneously<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    numbers: impl Iterator<Item = i64>,
    f: impl Fn(i64) -> F,
) -> Vec<T> {
    let futures: Vec<F> = numbers.map(f).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let hands: Vec<_> = futures.into_iter().map(tokio::spawn).collect();
        let mut results = Vec::new();
        for hand in hands {
            results.push(hand.await.unwrap());
        }
        results
    })
}

fn each_event_names_the_trace_of_its_own_unit(fixture: &Fixture) {
    /// Another trace for each unit.
    fn traceparent() -> Option<String> {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        Some(format!("00-{:032x}-{:016x}-01", COUNT.fetch_add(1, Ordering::Relaxed), 1))
    }
    block_on(append(&common(&fixture.ready()), 1)).unwrap();
    let mut config = fixture.config();
    config.traceparent = Some(traceparent);
    let work = common(&Db::open(&config).unwrap());
    simultaneously(2..52, |subject| {
        let work = Arc::clone(&work);
        async move { append(&work, subject).await.unwrap() }
    });
    let mut traces: Vec<_> = feed(&work).into_iter().map(|event| event.traceparent).collect();
    assert_eq!(traces.len(), 51);
    assert_eq!(traces.iter().filter(|trace| trace.is_none()).count(), 1, "the one before");
    traces.sort();
    traces.dedup();
    assert_eq!(traces.len(), 51, "each its own, also within one commit: {traces:?}");
}

fn a_panic_in_a_unit_harms_nobody(fixture: &Fixture) {
    let db = fixture.ready();
    let work = common(&db);
    let outcomes = simultaneously(1..=60, |n| {
        let work = work.clone();
        async move {
            let done: Result<(), StoreError> = work
                .write(move |tx| {
                    tx.outbox().append(&event(n))?;
                    match n % 3 {
                        0 => planned_panic("on purpose"),
                        1 => Err(StoreError::Stale),
                        _ => Ok(()),
                    }
                })
                .await;
            (n, done)
        }
    });
    for (n, done) in outcomes {
        match n % 3 {
            0 => assert!(matches!(&done, Err(StoreError::Internal(t)) if t == "panic: on purpose")),
            1 => assert!(matches!(done, Err(StoreError::Stale))),
            _ => assert!(done.is_ok(), "{done:?}"),
        }
    }
    let mut stayed = subjects(&work);
    stayed.sort_unstable();
    assert_eq!(stayed, (1..=60).filter(|n| n % 3 == 2).collect::<Vec<_>>());
}

fn listeners_are_notified_for_committed_events_only(fixture: &Fixture) {
    let db = fixture.ready();
    let work = common(&db);
    let (ring, called) = mpsc::channel();
    db.on_events(move || {
        ring.send(()).unwrap();
        planned_panic("a listener may fail");
    });
    let refused: Result<(), StoreError> = block_on(work.write(|tx| {
        tx.outbox().append(&event(1))?;
        Err(StoreError::Stale)
    }));
    assert!(refused.is_err());
    assert!(called.recv_timeout(Duration::from_millis(100)).is_err());
    block_on(append(&work, 2)).unwrap();
    called.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!(subjects(&work), [2]);
}

fn workers_of_other_processes_are_woken_after_the_commit(fixture: &Fixture) {
    let (one, other) = (fixture.ready(), fixture.ready());
    let (notify, notified) = mpsc::channel();
    let own = notify.clone();
    other.on_jobs(move || notify.send("other").unwrap_or_default());
    one.on_jobs(move || own.send("own").unwrap_or_default());
    // The connections that hear hints are made in the background.
    thread::sleep(Duration::from_millis(500));
    let work = common(&one);
    let kind = JobKind::new("test.job", |_| async { Ok(JobDone::Done) });
    let job = kind.job(serde_json::json!({}));
    let refused = job.clone();
    let rolled_back: Result<(), StoreError> = block_on(work.write(move |tx| {
        tx.jobs().enqueue(&refused, moment())?;
        Err(StoreError::Stale)
    }));
    assert!(rolled_back.is_err());
    block_on(append(&work, 1)).unwrap();
    let early = notified.recv_timeout(Duration::from_millis(100));
    assert!(early.is_err(), "neither a job that is not there nor an event: {early:?}");
    let enqueued: Result<_, StoreError> =
        block_on(work.write(move |tx| tx.jobs().enqueue(&job, moment())));
    enqueued.unwrap();
    assert_eq!(notified.recv_timeout(Duration::from_secs(5)), Ok("own"), "by the commit");
    assert_eq!(notified.recv_timeout(Duration::from_secs(5)), Ok("other"), "by the hint");
    let more = notified.recv_timeout(Duration::from_millis(300));
    assert!(more.is_err(), "a process does not hear its own hints: {more:?}");
}

/// Two databases of one address stand for two processes.
fn other_processes_are_notified_when_events_get_their_place(fixture: &Fixture) {
    let (one, other) = (fixture.ready(), fixture.ready());
    let (notify, notified) = mpsc::channel();
    let own = notify.clone();
    other.on_events(move || notify.send("other").unwrap_or_default());
    one.on_events(move || own.send("own").unwrap_or_default());
    // The connections that hear hints are made in the background.
    thread::sleep(Duration::from_millis(500));
    while notified.try_recv().is_ok() {}
    let work = common(&one);
    block_on(append(&work, 1)).unwrap();
    assert_eq!(notified.recv_timeout(Duration::from_secs(5)), Ok("own"), "by the commit");
    assert_eq!(feed(&work).len(), 1);
    assert_eq!(notified.recv_timeout(Duration::from_secs(5)), Ok("other"), "by the hint");
    let more = notified.recv_timeout(Duration::from_millis(300));
    assert!(more.is_err(), "a process does not hear its own hints: {more:?}");
}

pub(crate) fn execute(fixture: &Fixture, sql: &str) -> Result<usize, diesel::result::Error> {
    let url = fixture.url();
    match url.strip_prefix("sqlite://") {
        Some(path) => {
            let mut conn = SqliteConnection::establish(path).unwrap();
            conn.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
            sql_query(sql).execute(&mut conn)
        }
        None => sql_query(sql).execute(&mut PgConnection::establish(&url).unwrap()),
    }
}

fn the_audit_log_refuses_changes(fixture: &Fixture) {
    let db = fixture.ready();
    let work: Arc<dyn UnitOfWork<dyn UsersTx>> = db;
    let done: Result<(), StoreError> = block_on(work.write(|tx| {
        tx.audit().append(&NewAudit {
            at: moment(),
            actor: None,
            action: "auth.login",
            target: None,
            resource: None,
            outcome: AuditOutcome::Success,
            ip: None,
            request_id: None,
            detail: None,
        })
    }));
    done.unwrap();
    let refused = |sql: &str| execute(fixture, sql).unwrap_err().to_string();
    for sql in
        ["UPDATE audit SET action = 'x'", "UPDATE audit SET hash = previous", "DELETE FROM audit"]
    {
        assert!(refused(sql).contains("append-only"), "{sql}");
    }
    for sql in ["DELETE FROM audit_head", "UPDATE audit_head SET head_id = head_id - 1"] {
        assert!(refused(sql).contains("only move forward"), "{sql}");
    }
    // a program of before there was a chain
    let old = "INSERT INTO audit (id, at, action, outcome) VALUES (2, 1, 'auth.login', 0)";
    assert!(refused(old).contains("hash"), "{}", refused(old));
}

/// O3 under load: many writers whose transactions overlap, one sequencer, one reader.
fn readers_never_see_a_smaller_event_later(fixture: &Fixture) {
    const WRITERS: i64 = 20;
    const EACH: i64 = 20;
    let db = fixture.ready();
    let work = common(&db);
    let seen = thread::scope(|scope| {
        for writer in 0..WRITERS {
            let work = work.clone();
            scope.spawn(move || {
                for n in 0..EACH {
                    let done: Result<(), StoreError> = block_on(work.write(move |tx| {
                        tx.outbox().append(&event(writer * 1000 + 2 * n))?;
                        // Others overtake between the two.
                        thread::sleep(Duration::from_micros(300 * (n.unsigned_abs() % 5)));
                        tx.outbox().append(&event(writer * 1000 + 2 * n + 1))
                    }));
                    done.unwrap();
                }
            });
        }
        let all = usize::try_from(WRITERS * EACH * 2).unwrap();
        let mut seen: Vec<Event> = Vec::new();
        for _ in 0..5000 {
            let sequenced: Result<u64, StoreError> =
                block_on(work.write(|tx| tx.outbox().sequence(7)));
            sequenced.unwrap();
            let cursor: Option<EventId> = seen.last().map(|event| event.id);
            let more: Result<Vec<Event>, StoreError> =
                block_on(work.read(move |tx| tx.outbox().after(cursor, 1000)));
            seen.extend(more.unwrap());
            if seen.len() == all {
                break;
            }
        }
        seen
    });
    assert!(seen.is_sorted_by(|a, b| a.id < b.id));
    // Nothing was passed over: what a cursor showed is what is there.
    assert_eq!(seen.len(), feed(&work).len());
    assert_eq!(seen.len(), usize::try_from(WRITERS * EACH * 2).unwrap());
    for writer in 0..WRITERS {
        let own: Vec<i64> = seen.iter().map(|e| e.subject).filter(|s| s / 1000 == writer).collect();
        assert!(own.is_sorted(), "events of one transaction keep their order: {own:?}");
    }
}

fn pruning_never_makes_a_place_free_again(fixture: &Fixture) {
    let db = fixture.ready();
    let work = common(&db);
    for subject in 1..=3 {
        block_on(append(&work, subject)).unwrap();
    }
    let last = feed(&work).last().unwrap().id;
    let pruned: Result<u64, StoreError> =
        block_on(work.write(|tx| tx.outbox().prune(moment().plus(Duration::from_secs(1)), 100)));
    assert_eq!(pruned.unwrap(), 2);
    block_on(append(&work, 4)).unwrap();
    let feed = feed(&work);
    assert_eq!(feed.iter().map(|e| e.subject).collect::<Vec<_>>(), [3, 4]);
    assert!(feed[1].id > last);
}

fn task_of(owner: UserId, title: &str) -> NewTask {
    NewTask::from_command(&CreateTask::titled(Title::parse(title).unwrap()), owner, moment())
}

fn find(work: &Arc<dyn UnitOfWork<dyn TasksTx>>, text: &str) -> Vec<String> {
    let filter = TaskFilter {
        text: Some(SearchQuery::parse(text).unwrap()),
        ..TaskFilter::all(Visibility::All, moment())
    };
    let page = PageRequest { paging: Paging::Cursor(None), limit: 100 };
    let found: Result<_, StoreError> =
        block_on(work.read_slow(move |tx| tx.tasks().list(&filter, &DEFAULT_ORDER, &page)));
    let titles = found.unwrap().items.into_iter().map(|task: Task| task.title.as_str().to_owned());
    let mut titles: Vec<String> = titles.collect();
    titles.sort();
    titles
}

/// SQLite's index of words is told at the end of a group; a unit that is rolled back must take its
/// own words with it, and nobody else's, even when it searched in between.
fn the_search_index_follows_its_unit(fixture: &Fixture) {
    let db = fixture.ready();
    let (people, _) = people(&db);
    let owner = people[0];
    let work: Arc<dyn UnitOfWork<dyn TasksTx>> = db.clone();
    simultaneously(1..=90, |n| {
        let work = work.clone();
        async move {
            let done: Result<(), StoreError> = work
                .write(move |tx| {
                    tx.tasks().insert(&task_of(owner, &format!("apple number{n}")))?;
                    if n % 3 == 1 {
                        let filter = TaskFilter {
                            text: SearchQuery::parse(&format!("apple number{n}")).ok(),
                            ..TaskFilter::all(Visibility::All, moment())
                        };
                        let page = PageRequest::default();
                        let found = tx.tasks().list(&filter, &DEFAULT_ORDER, &page)?;
                        assert!(!found.items.is_empty(), "a unit finds what it wrote");
                    }
                    if n % 3 == 0 { Ok(()) } else { Err(StoreError::Stale) }
                })
                .await;
            done.is_ok()
        }
    });
    let kept: Vec<i64> = (1..=90).filter(|n| n % 3 == 0).collect();
    let found = find(&work, "apple");
    assert_eq!(found.len(), kept.len(), "{found:?}");
    for n in kept {
        let exact = format!("apple number{n}");
        assert!(find(&work, &exact).contains(&exact), "{exact}");
    }
}

fn gauges_and_ping_answer(fixture: &Fixture) {
    let db = fixture.ready();
    block_on(db.ping()).unwrap();
    let gauges = db.gauges();
    assert!(
        gauges.iter().any(|(name, value)| *name == "alveole_db_writes_waiting" && *value == 0.0)
    );
}

/// Holds SQLite's write lock.
fn hold(fixture: &Fixture) -> SqliteConnection {
    let url = fixture.url();
    let mut conn = SqliteConnection::establish(url.trim_start_matches("sqlite://")).unwrap();
    conn.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
    conn
}

fn an_answer_comes_only_after_the_commit(fixture: &Fixture) {
    let db = fixture.ready();
    let work = common(&db);
    let mut holder = hold(fixture);
    let answered = Arc::new(AtomicU32::new(0));
    thread::scope(|scope| {
        for n in 1..=8 {
            let (work, answered) = (work.clone(), answered.clone());
            scope.spawn(move || {
                block_on(append(&work, n)).unwrap();
                answered.fetch_add(1, Ordering::SeqCst);
            });
        }
        thread::sleep(Duration::from_millis(200));
        assert_eq!(answered.load(Ordering::SeqCst), 0);
        holder.batch_execute("COMMIT").unwrap();
    });
    assert_eq!(answered.load(Ordering::SeqCst), 8);
    // Another connection sees them: they are committed.
    assert_eq!(execute(fixture, "UPDATE outbox SET name = name").unwrap(), 8);
}

fn a_full_queue_refuses(fixture: &Fixture) {
    fixture.ready();
    let mut config = fixture.config();
    config.queue_length = 4;
    let db = Db::open(&config).unwrap();
    let work = common(&db);
    let mut holder = hold(fixture);
    let (refused, rest): (Vec<_>, Vec<_>) = thread::scope(|scope| {
        let release = scope.spawn(move || {
            thread::sleep(Duration::from_millis(300));
            holder.batch_execute("COMMIT").unwrap();
        });
        let outcomes = simultaneously(1..=40, |n| {
            let work = work.clone();
            async move { append(&work, n).await }
        });
        release.join().unwrap();
        outcomes.into_iter().partition(Result::is_err)
    });
    assert!(refused.len() >= 30, "{}", refused.len());
    assert!(refused.iter().all(|o| matches!(o, Err(StoreError::Unavailable(_)))));
    assert_eq!(rest.len(), subjects(&work).len());
}

fn who_waited_too_long_is_not_run(fixture: &Fixture) {
    fixture.ready();
    let mut config = fixture.config();
    config.queue_wait = Duration::from_millis(50);
    let db = Db::open(&config).unwrap();
    let work = common(&db);
    let mut holder = hold(fixture);
    thread::scope(|scope| {
        let first = scope.spawn(|| block_on(append(&work, 1)));
        thread::sleep(Duration::from_millis(30));
        let second = scope.spawn(|| block_on(append(&work, 2)));
        thread::sleep(Duration::from_millis(200));
        holder.batch_execute("COMMIT").unwrap();
        first.join().unwrap().unwrap();
        assert!(matches!(second.join().unwrap(), Err(StoreError::Timeout(_))));
    });
    assert_eq!(subjects(&work), [1]);
}

fn only_the_owner_reads_the_file(fixture: &Fixture) {
    let db = fixture.ready();
    block_on(append(&common(&db), 1)).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = fixture.url().trim_start_matches("sqlite://").to_owned();
        for file in [path.clone(), format!("{path}-wal")] {
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }
}

fn put_back(url: &str, copy: &Path) -> Result<(), DbError> {
    let restoring = Restoring::new(url);
    restoring.check()?;
    restoring.stage(&mut File::open(copy)?)?;
    restoring.install(&mut File::open(copy)?)
}

fn a_backup_is_whole_and_can_be_put_back(fixture: &Fixture) {
    let db = fixture.ready();
    let work = common(&db);
    block_on(append(&work, 1)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let before = state(&work);
    let copy = db.snapshot(folder.path()).unwrap();
    assert_eq!(std::fs::read_to_string(&copy.keys).unwrap(), "", "no object has a row");
    assert!(db.snapshot(folder.path()).unwrap_err().to_string().contains("already"));
    let copy = copy.database;
    block_on(append(&work, 2)).unwrap();
    let refused = put_back(&fixture.url(), &copy).unwrap_err().to_string();
    assert!(refused.contains("in use"), "{refused}");
    drop(work);
    drop(db);
    let junk = folder.path().join("junk.db");
    std::fs::write(&junk, b"not a database, but long enough to be taken for one").unwrap();
    assert!(put_back(&fixture.url(), &junk).is_err());
    assert_eq!(subjects(&common(&fixture.open())), [1, 2], "nothing was replaced");
    put_back(&fixture.url(), &copy).unwrap();
    let restored = common(&fixture.open());
    assert_eq!(subjects(&restored), [1]);
    assert_ne!(state(&restored).epoch, before.epoch, "a cursor from before is refused");
    drop(restored);

    // The machine is new: the folder of the data is not there yet.
    let fresh = folder.path().join("data/alveole.db");
    let url = format!("sqlite://{}", fresh.display());
    assert!(!Restoring::new(&url).exists().unwrap());
    put_back(&url, &copy).unwrap();
    assert!(fresh.is_file() && Restoring::new(&url).exists().unwrap());
    assert!(!fresh.with_extension("restoring").exists());
}

fn killed_connections_are_replaced(fixture: &Fixture) {
    let db = fixture.ready();
    let work = common(&db);
    for subject in 1..=5 {
        block_on(append(&work, subject)).unwrap();
    }
    execute(
        fixture,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .unwrap();
    block_on(append(&work, 6)).unwrap();
    block_on(db.ping()).unwrap();
    assert_eq!(subjects(&work), [1, 2, 3, 4, 5, 6]);
}

/// Two units lock two tasks in opposite order: one of them is chosen to lose, and runs again.
fn a_deadlock_is_run_again(fixture: &Fixture) {
    let db = fixture.ready();
    let (people, _) = people(&db);
    let owner = people[0];
    let work: Arc<dyn UnitOfWork<dyn TasksTx>> = db;
    let ids: Result<Vec<_>, StoreError> = block_on(work.write(move |tx| {
        let first = tx.tasks().insert(&task_of(owner, "one"))?;
        let second = tx.tasks().insert(&task_of(owner, "two"))?;
        Ok(vec![first.id, second.id])
    }));
    let ids = ids.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let outcomes = simultaneously(0..2, |n| {
        let (work, runs) = (work.clone(), runs.clone());
        let mut ids = ids.clone();
        if n == 1 {
            ids.reverse();
        }
        async move {
            let done: Result<(), StoreError> = work
                .write(move |tx| {
                    runs.fetch_add(1, Ordering::SeqCst);
                    tx.tasks().lock(ids[0])?;
                    thread::sleep(Duration::from_millis(200));
                    tx.tasks().lock(ids[1])?;
                    Ok(())
                })
                .await;
            done
        }
    });
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert!(runs.load(Ordering::SeqCst) >= 3);
}

/// Whoever needs the table has a time-out within that of a statement; whoever does not, has an answer.
/// A process that is paused in the middle of giving places holds the turn of all others, but not longer than
/// a statement may take.
fn f10_who_stops_while_giving_places_stops_no_other(fixture: &Fixture) {
    drop(fixture.ready());
    let mut config = fixture.config();
    config.statement_timeout = Duration::from_secs(1);
    let stopped = common(&Db::open(&config).unwrap());
    let other = common(&Db::open(&config).unwrap());
    block_on(append(&stopped, 1)).unwrap();

    let (has_turn, turn) = mpsc::channel();
    let (wakes, woken) = mpsc::channel::<()>();
    let paused = thread::spawn(move || {
        let given: Result<u64, StoreError> = block_on(stopped.write(move |tx| {
            let given = tx.outbox().sequence(10);
            has_turn.send(()).unwrap();
            // Longer than the other one needs, and not for ever.
            let _ = woken.recv_timeout(Duration::from_secs(60));
            given
        }));
        given
    });
    turn.recv().unwrap();
    let mut tries = 0;
    let given = loop {
        match block_on(other.write(|tx| tx.outbox().sequence(10))) {
            Ok(given) => break given,
            Err(StoreError::Timeout(_)) if tries < 10 => tries += 1,
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(given, 1, "the other one gives the place");
    wakes.send(()).unwrap();
    assert!(paused.join().unwrap().is_err(), "what woke up has no turn any more");
    let events: Result<Vec<Event>, StoreError> =
        block_on(other.read(|tx| tx.outbox().after(None, 10)));
    assert_eq!(events.unwrap().len(), 1);
}

fn a_locked_table_delays_nobody_else(fixture: &Fixture) {
    const STATEMENT: Duration = Duration::from_secs(2);
    let mut config = fixture.config();
    config.max_connections = 8;
    config.statement_timeout = STATEMENT;
    config.lock_timeout = STATEMENT / 4;
    config.queue_wait = STATEMENT / 2;
    drop(fixture.ready());
    let db = Db::open(&config).unwrap();
    let (people, _) = people(&db);
    let owner = people[0];
    let tasks: Arc<dyn UnitOfWork<dyn TasksTx>> = db.clone();
    let mut blocker = PgConnection::establish(&fixture.url()).unwrap();
    blocker.batch_execute("BEGIN; LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE").unwrap();

    let runs = Arc::new(AtomicU32::new(0));
    let (tx, waiting) = mpsc::channel();
    for n in 0..40 {
        let (tasks, runs, tx) = (tasks.clone(), runs.clone(), tx.clone());
        thread::spawn(move || {
            let since = std::time::Instant::now();
            let outcome: Result<(), StoreError> = block_on(async {
                if n % 2 == 0 {
                    let work = tasks.write(move |tx| {
                        runs.fetch_add(1, Ordering::SeqCst);
                        tx.tasks().insert(&task_of(owner, "waits")).map(|_| ())
                    });
                    work.await
                } else {
                    let id = tasks::TaskId::parse(1).unwrap();
                    tasks.read(move |tx| tx.tasks().get(id).map(|_| ())).await
                }
            });
            tx.send((outcome, since.elapsed())).unwrap();
        });
    }
    thread::sleep(Duration::from_millis(100));
    let others = common(&db);
    for subject in 1..=5 {
        let since = std::time::Instant::now();
        block_on(append(&others, subject)).unwrap();
        block_on(db.ping()).unwrap();
        assert!(since.elapsed() < Duration::from_millis(500), "{:?}", since.elapsed());
    }
    for (outcome, took) in waiting.iter().take(40) {
        assert!(matches!(outcome, Err(StoreError::Timeout(_))), "{outcome:?}");
        assert!(took < STATEMENT, "{took:?}");
    }
    assert!(runs.load(Ordering::SeqCst) <= 20, "none is run again");
    blocker.batch_execute("ROLLBACK").unwrap();
    let works: Result<(), StoreError> =
        block_on(tasks.write(move |tx| tx.tasks().insert(&task_of(owner, "goes on")).map(|_| ())));
    works.unwrap();
}

fn a_dump_is_of_one_moment_and_fills_an_empty_database_only(fixture: &Fixture) {
    let db = fixture.ready();
    let work = common(&db);
    block_on(append(&work, 1)).unwrap();
    let before = state(&work);
    let folder = tempfile::tempdir().unwrap();
    let copy = db.snapshot(folder.path()).unwrap();
    assert_eq!(std::fs::read_to_string(&copy.keys).unwrap(), "", "no object has a row");
    block_on(append(&work, 2)).unwrap();
    let refused = put_back(&fixture.url(), &copy.database).unwrap_err().to_string();
    assert!(refused.contains("has tables"), "{refused}");
    assert_eq!(subjects(&work), [1, 2]);

    let empty = Fixture::empty_postgres();
    let junk = folder.path().join("junk");
    std::fs::write(&junk, b"no dump").unwrap();
    assert!(put_back(&empty.url(), &junk).unwrap_err().to_string().contains("no dump"));
    put_back(&empty.url(), &copy.database).unwrap();
    let restored = common(&empty.open());
    assert_eq!(subjects(&restored), [1]);
    assert_ne!(state(&restored).epoch, before.epoch, "a cursor from before is refused");
}
