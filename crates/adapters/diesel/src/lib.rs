//! Alveole's stores on SQLite and PostgreSQL, by Diesel.
//!
//! | module | holds |
//! |---|---|
//! | `engine` | SQLite: one writer thread with group commit, reader threads; PostgreSQL: pools |
//! | `uow` | the transaction |
//! | `domains` | the faces of the transaction: which stores each domain sees |
//! | `db` | one connection of either engine, the `on!` macro |
//! | `row`, `schema`, `columns` | the tables, and how values are kept in them |
//! | `constraint` | what a failure of the database means |
//! | `statement`, `list` | SQL whose text depends on what is asked; sort keys and pages |
//! | `words` | the index of words |
//! | `tasks`, `comments`, `files`, `products`, `users`, `sessions`, `identities`, `grants`, `roles`, `factors`, `tries`, `email_counts`, `audit` | the rooms' stores |
//! | `outbox`, `inbox`, `retries`, `chores`, `receipts`, `leases`, `mails` | what every room has |
//! | `claim` | the statements of every queue whose rows are claimed |
//! | `migrate`, `backup` | the life of the database itself |
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

mod audit;
mod backup;
mod chores;
mod claim;
mod columns;
mod comments;
mod config;
mod constraint;
mod db;
mod domains;
mod email_counts;
mod emails;
mod engine;
mod factors;
mod files;
mod idempotency;
mod identities;
mod inbox;
mod leases;
mod list;
mod login_throttle;
mod migrate;
mod one_time_tokens;
mod outbox;
mod personal_access_tokens;
mod products;
mod retries;
mod roles;
mod row;
mod schema;
mod search_index;
mod sessions;
mod statement;
mod tasks;
mod uow;
mod users;

use std::{path::Path, sync::Arc};

use kernel::{Access, BoxFuture, CommonTx, EventId, StoreError, UnitOfWork};

pub use crate::{
    backup::restore,
    config::{DbConfig, DbError, SqliteSync},
};
use crate::{
    config::Target,
    engine::{Body, Engine},
};

/// An open database: a [`UnitOfWork`] for every room.
pub struct Db {
    engine: Engine,
    url: String,
}

impl Db {
    /// Opens a database; makes the file of an SQLite one that is not there. Runs no migration.
    pub fn open(config: &DbConfig) -> Result<Arc<Self>, DbError> {
        let engine = Engine::open(config)?;
        Ok(Arc::new(Self { engine, url: config.url.clone() }))
    }

    pub(crate) fn execute(
        &self,
        access: Access,
        body: Body,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.engine.turn(access, body))
    }

    /// Adds a bell that is rung after each commit that appended events. It is rung on the thread
    /// that committed, so it must be short and must not wait for another unit of work.
    pub fn on_events(&self, notifier: impl Fn() + Send + Sync + 'static) {
        self.engine.on_events(Arc::new(notifier));
    }

    /// Applies every migration that is missing; gives their names.
    pub fn migrate_up(&self) -> Result<Vec<String>, DbError> {
        migrate::up(&self.url)
    }

    /// Takes back the last `steps` migrations; gives their names.
    pub fn migrate_down(&self, steps: u32) -> Result<Vec<String>, DbError> {
        migrate::down(&self.url, steps)
    }

    /// Every migration and whether it is applied, oldest first.
    pub fn migrate_status(&self) -> Result<Vec<(String, bool)>, DbError> {
        migrate::status(&self.url)
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

    /// Copies an SQLite database into a new file and checks the copy. Blocks until it is done;
    /// reads and writes go on meanwhile.
    pub fn backup(&self, path: &Path) -> Result<(), DbError> {
        backup::backup(&self.url, path)
    }
}
