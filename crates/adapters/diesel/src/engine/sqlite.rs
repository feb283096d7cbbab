//! SQLite: one writer thread that commits for many, and reader threads of two lanes.

use std::{
    fs, io,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection, RunQueryDsl, SqliteConnection, connection::SimpleConnection};
use kernel::{Access, StoreError, Verdict};

use super::{Engine, Job, Queue, Shared, failed_before, observe};
use crate::{
    DbConfig, DbError, SqliteSync,
    constraint::Attempt,
    db::{AnyConnection, by_engine},
    statement::{Begin, BeginImmediate, Commit, Release, RollBack, RollBackTo, Savepoint},
    uow::{DieselTx, Signals},
};

/// What traces call it.
const SYSTEM: &str = "sqlite";
/// The most units of one commit.
const BATCH: usize = 256;
/// The longest a group waits for more.
const PATIENCE: Duration = Duration::from_millis(2);
/// Threads of the slow lane.
const SLOW: usize = 2;

pub(super) fn open(engine: &mut Engine, path: &str, config: &DbConfig) -> Result<(), DbError> {
    let mut writer = connect(path, config.sync)?;
    if config.traceparent.is_some() {
        observe::statements(&mut writer, SYSTEM);
    }
    let shared = Arc::clone(&engine.shared);
    engine.writes.spawn("sqlite-write", move |queue| write(&queue, writer, &shared))?;
    // More than the cores, so that a few reads of big pages do not hold up the small ones.
    let readers = thread::available_parallelism().map_or(4, |cores| (cores.get() * 2).max(4));
    let lanes = [
        (&mut engine.reads, readers, Access::Read, "sqlite-read"),
        (&mut engine.slow, SLOW, Access::Slow, "sqlite-slow"),
    ];
    for (lane, threads, access, name) in lanes {
        for _ in 0..threads {
            let mut conn = connect(path, config.sync)?;
            run(&mut conn, "PRAGMA query_only = ON")?;
            if access == Access::Read {
                // Saves key lookups a copy. Not more, and only here: each connection maps the
                // same pages anew, and `ps` counts them each time.
                run(&mut conn, "PRAGMA mmap_size = 33554432")?;
            }
            if config.traceparent.is_some() {
                observe::statements(&mut conn, SYSTEM);
            }
            let shared = Arc::clone(&engine.shared);
            lane.spawn(name, move |queue| read(&queue, conn, access, &shared))?;
        }
    }
    Ok(())
}

/// A connection with our settings; makes folder and file when they are not there.
pub(crate) fn connect(path: &str, sync: SqliteSync) -> Result<SqliteConnection, DbError> {
    make(Path::new(path))?;
    let mut conn = SqliteConnection::establish(path)
        .map_err(|error| DbError::Unreachable(error.to_string()))?;
    // The time-out first: already the next setting may have to wait.
    run(&mut conn, "PRAGMA busy_timeout = 5000")?;
    run(&mut conn, "PRAGMA journal_mode = WAL")?;
    run(
        &mut conn,
        match sync {
            SqliteSync::Full => "PRAGMA synchronous = FULL",
            SqliteSync::Normal => "PRAGMA synchronous = NORMAL",
        },
    )?;
    // At most 8 MiB of pages for each connection; the system's cache has the rest.
    run(
        &mut conn,
        "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; \
         PRAGMA mmap_size = 0; PRAGMA wal_autocheckpoint = 4000; \
         PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF",
    )?;
    Ok(conn)
}

fn run(conn: &mut SqliteConnection, sql: &str) -> Result<(), DbError> {
    conn.batch_execute(sql).map_err(|error| DbError::Unreachable(error.to_string()))
}

/// Nobody but the owner reads the file (its journals get the same mode).
fn make(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// The connection of a transaction on this engine.
fn raw(tx: &mut DieselTx) -> Result<&mut SqliteConnection, StoreError> {
    by_engine!(&mut tx.conn, |conn| Ok(conn), |_| Err(StoreError::Internal(
        "not an SQLite".to_owned()
    )))
}

fn read(queue: &Queue<Job>, conn: SqliteConnection, access: Access, shared: &Shared) {
    let mut tx = DieselTx::new(AnyConnection::Sqlite(conn), access);
    while let Some(job) = queue.pop() {
        queue.done(job.face);
        // Who went away gets no answer; nothing is lost, because nothing is written.
        if job.reply.is_closed() {
            continue;
        }
        let Some(mut job) = shared.in_time(job) else { continue };
        let outcome = read_one(&mut tx, &mut job);
        job.answer(outcome);
    }
}

/// One reading unit, which sees one moment of the database.
fn read_one(tx: &mut DieselTx, job: &mut Job) -> Result<(), StoreError> {
    tx.begin();
    Begin.execute(raw(tx)?).doing("begin")?;
    let verdict = job.run(tx);
    // Also after a failure: the connection must not keep an old moment.
    Commit.execute(raw(tx)?).or_else(|_| RollBack.execute(raw_again(tx)?)).doing("end")?;
    match (verdict?, tx.failure()) {
        (Verdict::Commit, Some(failure)) => Err(failed_before(failure)),
        _ => Ok(()),
    }
}

fn raw_again(tx: &mut DieselTx) -> diesel::QueryResult<&mut SqliteConnection> {
    raw(tx).map_err(|error| diesel::result::Error::QueryBuilderError(Box::new(error)))
}

fn write(queue: &Queue<Job>, conn: SqliteConnection, shared: &Shared) {
    let mut tx = DieselTx::new(AnyConnection::Sqlite(conn), Access::Write);
    let mut last = Last::default();
    loop {
        // Everybody whose write was just answered is about to send the next one: without a moment
        // of patience the first of them would get a commit of its own, and the others would wait
        // for its disk. The patience is a part of what a commit costs, so who is alone never waits.
        let jobs = queue.drain(BATCH, last.units * 3 / 4, last.commit / 4);
        if jobs.is_empty() {
            return;
        }
        let jobs: Vec<Job> = jobs.into_iter().filter_map(|job| shared.in_time(job)).collect();
        if jobs.is_empty() {
            continue;
        }
        last.units = jobs.len();
        last.commit = write_batch(&mut tx, jobs, shared).min(PATIENCE * 4);
    }
}

/// What the last group was like.
#[derive(Default)]
struct Last {
    units: usize,
    commit: Duration,
}

/// Runs units in one transaction, commits once, and only then answers. Gives how long the commit
/// took.
fn write_batch(tx: &mut DieselTx, mut jobs: Vec<Job>, shared: &Shared) -> Duration {
    tx.terms.forget();
    let mut outcomes = Vec::with_capacity(jobs.len());
    let mut signals = Signals::default();
    let mut took = Duration::ZERO;
    let committed = run_batch(tx, &mut jobs, &mut outcomes, &mut signals).and_then(|open| {
        if open {
            tx.flush_search_index()?;
            let since = Instant::now();
            Commit.execute(raw(tx)?).doing("commit")?;
            took = since.elapsed();
            shared.commits.record(took);
        }
        Ok(())
    });
    if let Err(error) = &committed {
        // Ends the transaction if the failure did not; fails when it did.
        let _ = raw(tx).map(|conn| RollBack.execute(conn));
        tracing::warn!(%error, units = jobs.len(), "a group of writes was rolled back");
    }
    let count = jobs.len();
    let mut outcomes = outcomes.into_iter();
    for job in jobs {
        job.committed(took);
        job.answer(match &committed {
            Ok(()) => outcomes.next().unwrap_or(Ok(())),
            // Who failed by itself keeps its own reason.
            Err(error) => match outcomes.next() {
                Some(Err(own)) => Err(own),
                _ => Err(repeat(error, count)),
            },
        });
    }
    if committed.is_ok() {
        shared.committed(signals);
    }
    took
}

/// The failure of a whole batch, for one of its units.
fn repeat(error: &StoreError, units: usize) -> StoreError {
    match error {
        StoreError::Unavailable(text) => StoreError::Unavailable(text.clone()),
        StoreError::Timeout(text) => StoreError::Timeout(text.clone()),
        StoreError::Contention => StoreError::Contention,
        other => StoreError::Unavailable(format!("the commit of {units} units failed: {other}")),
    }
}

/// Runs units in one transaction; false when nothing is left to commit.
fn run_batch(
    tx: &mut DieselTx,
    jobs: &mut [Job],
    outcomes: &mut Vec<Result<(), StoreError>>,
    signals: &mut Signals,
) -> Result<bool, StoreError> {
    BeginImmediate.execute(raw(tx)?).doing("begin")?;
    // A unit alone needs no savepoint: rolling it back is rolling everything back.
    let alone = jobs.len() == 1;
    for job in jobs {
        tx.begin();
        if !alone {
            Savepoint.execute(raw(tx)?).doing("savepoint")?;
        }
        let outcome = match (job.run(tx), tx.failure()) {
            (Err(panic), _) => Some(Err(panic)),
            (Ok(Verdict::RollBack), _) => Some(Ok(())),
            (Ok(Verdict::Commit), Some(failure)) => Some(Err(failed_before(failure))),
            (Ok(Verdict::Commit), None) => None,
        };
        let kept = outcome.is_none();
        outcomes.push(outcome.unwrap_or(Ok(())));
        if kept {
            *signals = signals.and(tx.signals());
        } else {
            tx.terms.roll_back();
        }
        match (alone, kept) {
            (true, true) => {}
            (true, false) => {
                RollBack.execute(raw(tx)?).doing("roll back")?;
                return Ok(false);
            }
            // If these fail, SQLite has ended the whole transaction by itself (a full disk, say):
            // then nobody's work stands.
            (false, true) => {
                Release.execute(raw(tx)?).doing("release")?;
            }
            (false, false) => {
                RollBackTo.execute(raw(tx)?).doing("roll back to savepoint")?;
                Release.execute(raw(tx)?).doing("release")?;
            }
        }
    }
    Ok(true)
}
