//! Alveole's stores on SQLite and PostgreSQL, by Diesel.
//!
//! | module | holds |
//! |---|---|
//! | `engine` | SQLite: one writer thread with group commit, reader threads; PostgreSQL: pools |
//! | `uow` | the transaction |
//! | `domains` | the only list of domains: the folder of each, and the stores it sees of a transaction |
//! | `db` | one connection of either engine, the `on!` macro |
//! | `row`, `schema`, `columns` | the tables, and how values are kept in them |
//! | `constraint` | what a failure of the database means |
//! | `statement`, `list` | SQL whose text depends on what is asked; sort keys and pages |
//! | `common` | the ports of the kernel, the queues whose rows are claimed, the index of words |
//! | `migrate`, `backup` | the life of the database itself |
//! | [`store`] | what stores of modules from outside are made of |
//!
//! ```no_run
//! use std::sync::Arc;
//! use adapter_diesel::{Db, DbConfig};
//! use kernel::{StoreError, UnitOfWork};
//! use tasks::{TaskId, TasksTx};
//!
//! # async fn show() -> Result<(), Box<dyn std::error::Error>> {
//! let db = Db::open(&DbConfig::new("sqlite://data/alveole.db"))?;
//! db.migrate_up()?;
//! let work: Arc<dyn UnitOfWork<dyn TasksTx>> = db;
//! let id = TaskId::parse(1)?;
//! let task: Result<_, StoreError> = work.read(move |tx| tx.tasks().get(id)).await;
//! # Ok(())
//! # }
//! ```
//!
//! How a store is added: README.md.

mod backup;
mod columns;
mod common;
mod config;
mod constraint;
mod db;
mod domains;
mod engine;
mod list;
mod migrate;
mod row;
mod schema;
mod statement;
mod uow;

use std::{any::Any, path::Path, sync::Arc};

use kernel::{Access, BoxFuture, CommonTx, EventId, StoreError, UnitOfWork, Verdict, Work};

pub use crate::{
    backup::{Restoring, Snapshot},
    config::{DbConfig, DbError, SqliteSync},
    engine::HeardText,
    migrate::Migrations,
};
use crate::{config::Target, engine::Engine, uow::Signals};

/// What stores are made of. A module from outside this crate implements its own ports for
/// [`store::DieselTx`] with it, and gets its unit of work by [`kernel::faces!`]:
///
/// ```
/// use adapter_diesel::{Db, store::{Attempt as _, DieselTx, on}};
/// use diesel::{RunQueryDsl as _, prelude::*};
/// use kernel::{CommonTx, StoreError};
///
/// diesel::table! { moons (id) { id -> BigInt, name -> Text } }
///
/// /// The port.
/// trait MoonStore {
///     fn name(&mut self, id: i64) -> Result<Option<String>, StoreError>;
/// }
///
/// impl MoonStore for DieselTx {
///     fn name(&mut self, id: i64) -> Result<Option<String>, StoreError> {
///         self.reading(|conn| {
///             let row = moons::table.find(id).select(moons::name);
///             on!(conn, |c| row.get_result(c).optional()).doing("moons.name")
///         })
///     }
/// }
///
/// /// What the domain sees of a transaction.
/// trait MoonsTx: CommonTx {
///     fn moons(&mut self) -> &mut dyn MoonStore;
/// }
///
/// kernel::faces!(DieselTx, Db; MoonsTx { moons: MoonStore });
/// ```
pub mod store {
    pub use crate::{
        by_engine,
        constraint::Attempt,
        db::{AnyConnection, Dialect},
        list::{Column, Holds, Keys, page},
        locking, on, row,
        row::{Row, all, one},
        statement::Statement,
        uow::DieselTx,
    };
}

/// The whole transaction, for small domains from outside that do without a port of their own.
impl UnitOfWork<store::DieselTx> for Db {
    fn run(
        &self,
        access: Access,
        work: Work<store::DieselTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.execute(access, "DieselTx", work)
    }
}

/// An open database: a [`UnitOfWork`] for every domain.
pub struct Db {
    engine: Engine,
    url: String,
    migrations: Vec<Migrations>,
    // after `engine`, whose connections end first
    _companion: Option<Arc<dyn Any + Send + Sync>>,
}

impl Db {
    /// Opens a database; makes the file of an SQLite one that is not there. Runs no migration.
    pub fn open(config: &DbConfig) -> Result<Arc<Self>, DbError> {
        let engine = Engine::open(config)?;
        Ok(Arc::new(Self {
            engine,
            url: config.url.clone(),
            migrations: config.migrations.clone(),
            _companion: config.companion.clone(),
        }))
    }

    /// Says something to other processes that have this database, in less than a thousand bytes. It may be lost, and whoever
    /// says it does not wait. Without PostgreSQL there are no others.
    pub fn send_hint(&self, text: String) {
        self.engine.send_hint(text);
    }

    /// Hears what other processes say from now on, on a thread that must not wait.
    pub fn on_hint(&self, heard: HeardText) {
        self.engine.on_hint(heard);
    }

    /// Runs a unit of work; [`kernel::faces!`] calls it. `face` names whose it is: units of one face never
    /// take all connections of a lane.
    pub fn execute(
        &self,
        access: Access,
        face: &'static str,
        body: Box<dyn FnMut(&mut store::DieselTx) -> Verdict + Send>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.engine.turn(access, face, body))
    }

    /// Adds a bell that is rung after each commit that appended events. It is rung on the thread
    /// that committed, so it must be short and must not wait for another unit of work.
    pub fn on_events(&self, notifier: impl Fn() + Send + Sync + 'static) {
        self.engine.on(Signals { events: true, jobs: false }, Arc::new(notifier));
    }

    /// The same after each commit that made jobs due, here or, on PostgreSQL, in another process.
    pub fn on_jobs(&self, notifier: impl Fn() + Send + Sync + 'static) {
        self.engine.on(Signals { events: false, jobs: true }, Arc::new(notifier));
    }

    /// Applies every migration that is missing; gives their names.
    pub fn migrate_up(&self) -> Result<Vec<String>, DbError> {
        migrate::up(&self.url, &self.migrations)
    }

    /// Takes back the last `steps` migrations; gives their names.
    pub fn migrate_down(&self, steps: u32) -> Result<Vec<String>, DbError> {
        migrate::down(&self.url, &self.migrations, steps)
    }

    /// Every migration and whether it is applied, oldest first.
    pub fn migrate_status(&self) -> Result<Vec<(String, bool)>, DbError> {
        migrate::status(&self.url, &self.migrations)
    }

    /// Asks the database something small, through the lane of short reads.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let work: &dyn UnitOfWork<dyn CommonTx> = self;
        let head: Result<Option<EventId>, StoreError> = work.read(|tx| tx.outbox().head()).await;
        head.map(|_| ())
    }

    /// Names and values of what an operator watches: queue lengths, connections.
    pub fn gauges(&self) -> Vec<(&'static str, f64)> {
        self.engine.gauges()
    }

    /// Which engine it is, for logs.
    pub fn engine_name(&self) -> &'static str {
        match Target::of(&self.url) {
            Ok(Target::Postgres(_)) => "postgres",
            _ => "sqlite",
        }
    }

    /// Copies the database into new files of a folder and checks the copy. Blocks until it is done;
    /// reads and writes go on meanwhile. PostgreSQL needs `pg_dump` here.
    pub fn snapshot(&self, folder: &Path) -> Result<Snapshot, DbError> {
        backup::snapshot(&self.url, folder)
    }
}
