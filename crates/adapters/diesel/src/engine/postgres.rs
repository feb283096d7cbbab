//! PostgreSQL: a pool for each lane, and as many threads as it has connections.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use diesel::{
    PgConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    r2d2::{self, ConnectionManager, CustomizeConnection, Pool, PooledConnection},
};
use kernel::{Access, StoreError, Verdict};

use super::{Engine, Job, Queue, Shared, failed_before, observe};
use crate::{
    DbConfig, DbError,
    constraint::Attempt,
    db::AnyConnection,
    uow::{DieselTx, Retry, Signals},
};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(3);
/// How long one is waited for after one could not be made: units that each wait in vain for the whole
/// time would hold up all that are behind them.
const CONNECT_AGAIN: Duration = Duration::from_millis(250);
/// How often a unit is run when it loses against others.
const TRIES: u32 = 5;
/// How long a reading unit waits for a lock. Readers wait for nothing but a table that is locked as a
/// whole, and every one of them holds up a connection meanwhile.
const READER_PATIENCE: Duration = Duration::from_millis(400);
/// How often the log mentions that there is no connection.
const MENTION: Duration = Duration::from_secs(60);

type PgPool = Pool<ConnectionManager<PgConnection>>;

/// The pools of the three lanes.
pub(super) struct Pools([PgPool; 3]);

impl Pools {
    /// All connections, and those that nobody uses.
    pub(super) fn connections(&self) -> (u32, u32) {
        self.0.iter().map(PgPool::state).fold((0, 0), |(all, idle), state| {
            (all + state.connections, idle + state.idle_connections)
        })
    }
}

pub(super) fn open(engine: &mut Engine, url: &str, config: &DbConfig) -> Result<(), DbError> {
    let url = with_timeouts(url);
    // Tells at once, and in libpq's words, what is wrong.
    connect(&url)?;
    let lanes = [
        (&mut engine.writes, Access::Write, "postgres-write"),
        (&mut engine.reads, Access::Read, "postgres-read"),
        (&mut engine.slow, Access::Slow, "postgres-slow"),
    ];
    let mut pools = Vec::with_capacity(lanes.len());
    for (lane, access, name) in lanes {
        let size = connections(config, access);
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(CONNECT)
            // A dead connection is noticed by its first statement, and the unit run again.
            .test_on_check_out(false)
            .connection_customizer(Box::new(Session::new(config, access, &engine.shared.instance)))
            .error_handler(Box::new(Mention::default()))
            .build_unchecked(ConnectionManager::<PgConnection>::new(url.as_str()));
        let away = Arc::new(AtomicBool::new(false));
        for _ in 0..size {
            let (pool, shared) = (pool.clone(), Arc::clone(&engine.shared));
            let worker = Worker { pool, away: Arc::clone(&away), access, shared };
            lane.spawn(name, move |queue| worker.work(&queue))?;
        }
        pools.push(pool);
    }
    engine.hints = Mutex::new(Some(url));
    engine.pools = pools.try_into().ok().map(Pools);
    Ok(())
}

/// The connections of a lane.
fn connections(config: &DbConfig, access: Access) -> u32 {
    let all = config.max_connections.max(4);
    let slow = (all / 6).clamp(1, 4);
    // A write waits for the disk, a read seldom does; those that wait together are flushed together.
    let writes = (all - slow) * 2 / 3;
    match access {
        Access::Write => writes,
        Access::Read => all - slow - writes,
        Access::Slow => slow,
    }
}

/// How many connections of a lane the units of one face may have: of three or more all but one, so
/// that a table that is locked delays no unit of another face.
pub(super) fn most_of_one_face(config: &DbConfig, access: Access) -> usize {
    let all = connections(config, access) as usize;
    if all > 2 { all - 1 } else { all }
}

/// One connection outside of the pools.
pub(crate) fn connect(url: &str) -> Result<PgConnection, DbError> {
    diesel::Connection::establish(&with_timeouts(url))
        .map_err(|error| DbError::Unreachable(error.to_string()))
}

/// The address with bounds on what the network may keep us waiting, unless it sets its own.
fn with_timeouts(url: &str) -> String {
    let mut url = url.to_owned();
    for (name, value) in [("connect_timeout", "3"), ("tcp_user_timeout", "15000")] {
        if !url.contains(name) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(name);
            url.push('=');
            url.push_str(value);
        }
    }
    url
}

/// What every connection of a lane begins with.
#[derive(Debug)]
struct Session {
    settings: String,
    traced: bool,
}

impl Session {
    fn new(config: &DbConfig, access: Access, instance: &str) -> Self {
        let patience = if access == Access::Slow { 6 } else { 1 };
        let statement = config.statement_timeout.as_millis() * patience;
        let lock = match access {
            Access::Write => config.lock_timeout,
            Access::Read | Access::Slow => config.lock_timeout.min(READER_PATIENCE),
        };
        let lock = lock.as_millis().max(1);
        // `jit`: its compiler takes a quarter of a second for a statement that runs for some milliseconds,
        // whenever a guess of the planner is high. None of ours is a report.
        let mut settings = format!(
            "SET jit = off; SET statement_timeout = {statement}; SET lock_timeout = {lock}; \
             SET idle_in_transaction_session_timeout = {statement}; \
             SET client_min_messages = warning; SET application_name = 'alveole'; \
             SET alveole.instance = '{instance}'"
        );
        if access != Access::Write {
            settings.push_str("; SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
        }
        Self { settings, traced: config.traceparent.is_some() }
    }
}

impl CustomizeConnection<PgConnection, r2d2::Error> for Session {
    fn on_acquire(&self, conn: &mut PgConnection) -> Result<(), r2d2::Error> {
        conn.batch_execute(&self.settings).map_err(r2d2::Error::QueryError)?;
        if self.traced {
            observe::statements(conn, "postgresql");
        }
        Ok(())
    }
}

/// Puts the pool's troubles into the log, once a minute.
#[derive(Debug, Default)]
struct Mention(Mutex<Option<Instant>>);

impl ::r2d2::HandleError<r2d2::Error> for Mention {
    fn handle_error(&self, error: r2d2::Error) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= MENTION) {
            *last = Some(Instant::now());
            tracing::warn!(%error, "a connection to PostgreSQL could not be made");
        }
    }
}

struct Worker {
    pool: PgPool,
    /// True when the last connection that was asked for did not come.
    away: Arc<AtomicBool>,
    access: Access,
    shared: Arc<Shared>,
}

impl Worker {
    fn work(&self, queue: &Queue<Job>) {
        while let Some(job) = queue.pop() {
            let face = job.face;
            self.work_on(job);
            queue.done(face);
        }
    }

    fn work_on(&self, job: Job) {
        if self.access != Access::Write && job.reply.is_closed() {
            return;
        }
        let Some(mut job) = self.shared.in_time(job) else { return };
        let outcome = self.run(&mut job);
        let signals = outcome.as_ref().copied().unwrap_or_default();
        job.answer(outcome.map(|_| ()));
        self.shared.committed(signals);
    }

    /// Runs a unit, again when it lost against another or its connection had died; returns what it leaves
    /// to look at.
    fn run(&self, job: &mut Job) -> Result<Signals, StoreError> {
        let mut lost = 0;
        let mut gone = 0;
        loop {
            let conn = self.connection()?;
            match self.attempt(job, conn) {
                Attempted::Ended(outcome) => return outcome,
                Attempted::Lost => {
                    lost += 1;
                    if lost >= TRIES {
                        return Err(StoreError::Contention);
                    }
                    thread::sleep(Duration::from_millis(2 << lost));
                }
                Attempted::Gone(error) => {
                    // After a restart of the server every connection of the pool is dead once.
                    gone += 1;
                    if gone > self.pool.max_size() {
                        return Err(error);
                    }
                }
            }
        }
    }

    fn connection(&self) -> Result<PooledConnection<ConnectionManager<PgConnection>>, StoreError> {
        let away = self.away.load(Ordering::Relaxed);
        let got = self.pool.get_timeout(if away { CONNECT_AGAIN } else { CONNECT });
        if away != got.is_err() {
            self.away.store(got.is_err(), Ordering::Relaxed);
        }
        got.map_err(|error| StoreError::Unavailable(format!("PostgreSQL: {error}")))
    }

    fn attempt(
        &self,
        job: &mut Job,
        conn: PooledConnection<ConnectionManager<PgConnection>>,
    ) -> Attempted {
        let mut tx = DieselTx::new(AnyConnection::Postgres(conn), self.access);
        tx.floors = Some(Arc::clone(&self.shared.floors));
        let writes = self.access == Access::Write;
        // A reading unit is made of statements that commit by themselves: no round trips for
        // BEGIN and COMMIT.
        if writes && let Err(error) = begin(&mut tx) {
            give_up(&mut tx);
            return Attempted::Gone(error);
        }
        let verdict = job.run(&mut tx);
        match tx.retry() {
            Retry::Conflict => {
                roll_back(&mut tx, writes);
                return Attempted::Lost;
            }
            Retry::Disconnected => {
                let failure = tx.failure().unwrap_or_default().to_owned();
                roll_back(&mut tx, writes);
                give_up(&mut tx);
                return Attempted::Gone(StoreError::Unavailable(failure));
            }
            Retry::None => {}
        }
        let outcome = match (verdict, tx.failure()) {
            (Err(panic), _) => Err(panic),
            (Ok(Verdict::RollBack), _) => Ok(Signals::default()),
            (Ok(Verdict::Commit), Some(failure)) => Err(failed_before(failure)),
            (Ok(Verdict::Commit), None) if writes => {
                let since = Instant::now();
                let committed = commit(&mut tx);
                let took = since.elapsed();
                self.shared.commits.record(took);
                job.committed(took);
                return match committed {
                    Ok(()) => {
                        tx.lower_floors();
                        Attempted::Ended(Ok(tx.signals()))
                    }
                    Err(StoreError::Contention) => Attempted::Lost,
                    // The commit may have been done: running it again could do it twice.
                    Err(error) => Attempted::Ended(Err(error)),
                };
            }
            (Ok(Verdict::Commit), None) => Ok(Signals::default()),
        };
        roll_back(&mut tx, writes);
        Attempted::Ended(outcome)
    }
}

enum Attempted {
    Ended(Result<Signals, StoreError>),
    Lost,
    Gone(StoreError),
}

fn raw(tx: &mut DieselTx) -> Result<&mut PgConnection, StoreError> {
    match &mut tx.conn {
        AnyConnection::Postgres(conn) => Ok(&mut **conn),
        AnyConnection::Sqlite(_) => Err(StoreError::Internal("not a PostgreSQL".to_owned())),
    }
}

fn begin(tx: &mut DieselTx) -> Result<(), StoreError> {
    AnsiTransactionManager::begin_transaction(raw(tx)?).doing("begin")
}

fn commit(tx: &mut DieselTx) -> Result<(), StoreError> {
    AnsiTransactionManager::commit_transaction(raw(tx)?).doing("commit")
}

/// A connection that cannot be rolled back is broken, and the pool drops it.
fn roll_back(tx: &mut DieselTx, writes: bool) {
    if writes && let Ok(conn) = raw(tx) {
        let _ = AnsiTransactionManager::rollback_transaction(conn);
    }
}

/// Lets Diesel see that the connection is dead, so that the pool drops it: a statement that fails
/// while it is prepared does not tell it.
fn give_up(tx: &mut DieselTx) {
    if let Ok(conn) = raw(tx) {
        let _ = conn.batch_execute("SELECT 1");
    }
}
