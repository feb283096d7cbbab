//! How a database is opened.

use std::{any::Any, sync::Arc, time::Duration};

use crate::migrate::Migrations;

/// What a commit on SQLite waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SqliteSync {
    /// Until the disk has it: survives a power cut. Costs little, because commits are grouped.
    #[default]
    Full,
    /// Until the operating system has it: survives a crash of the process, not a power cut.
    Normal,
}

/// How a database is opened.
#[derive(Clone)]
pub struct DbConfig {
    /// `sqlite://path`, or `postgres://user@host/name`.
    pub url: String,
    /// PostgreSQL: connections of all lanes together, at least 4.
    pub max_connections: u32,
    /// PostgreSQL: how long one statement may take; on the slow lane six times as long.
    pub statement_timeout: Duration,
    /// PostgreSQL: how long a statement that writes may wait for a lock; one that reads waits less.
    pub lock_timeout: Duration,
    /// How long a unit of work may wait for a connection before it is given up unrun.
    pub queue_wait: Duration,
    /// Units of work that may wait on a lane; past it they are refused at once.
    pub queue_length: usize,
    /// SQLite: what a commit waits for.
    pub sync: SqliteSync,
    /// Gives the W3C `traceparent` of the caller; asked when a unit of work is queued, and kept
    /// with the events that the unit appends. Without one a unit has no spans: what happens by the
    /// clock would be a trace of its own, four times a second.
    pub traceparent: Option<fn() -> Option<String>>,
    /// What has to live as long as the database: whatever its address leads through.
    pub companion: Option<Arc<dyn Any + Send + Sync>>,
    /// Migrations of modules from outside, which follow the built-in ones in this order.
    pub migrations: Vec<Migrations>,
}

impl DbConfig {
    /// The usual settings.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 16,
            statement_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_millis(2500),
            queue_wait: Duration::from_secs(5),
            queue_length: 4096,
            sync: SqliteSync::Full,
            traceparent: None,
            companion: None,
            migrations: Vec::new(),
        }
    }
}

/// The address may hold a password.
impl std::fmt::Debug for DbConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DbConfig")
            .field("url", &"…")
            .field("max_connections", &self.max_connections)
            .field("statement_timeout", &self.statement_timeout)
            .field("lock_timeout", &self.lock_timeout)
            .field("queue_wait", &self.queue_wait)
            .field("queue_length", &self.queue_length)
            .field("sync", &self.sync)
            .field("traceparent", &self.traceparent.is_some())
            .field("companion", &self.companion.is_some())
            .field(
                "migrations",
                &self.migrations.iter().map(|one| one.namespace).collect::<Vec<_>>(),
            )
            .finish()
    }
}

/// Why a database could not be opened, migrated, copied or put back.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The address is of no kind we know.
    #[error("the database URL must begin with sqlite:// or postgres://")]
    UnknownUrl,
    /// PostgreSQL is not compiled in.
    #[error("PostgreSQL needs the feature `postgres`, which this program was built without")]
    NoPostgres,
    /// The file or its folder cannot be used.
    #[error("the database file cannot be used: {0}")]
    File(#[from] std::io::Error),
    /// The database does not let us in.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// A migration failed; it was taken back as a whole.
    #[error("a migration failed: {0}")]
    Migration(String),
    /// A back-up failed or is not whole.
    #[error("the back-up failed: {0}")]
    Backup(String),
    /// A back-up cannot be put back.
    #[error("nothing was restored: {0}")]
    Restore(String),
}

impl DbError {
    /// The reason, without what failed.
    pub(crate) fn why(&self) -> String {
        match self {
            Self::Unreachable(why)
            | Self::Migration(why)
            | Self::Backup(why)
            | Self::Restore(why) => why.clone(),
            Self::UnknownUrl | Self::NoPostgres | Self::File(_) => self.to_string(),
        }
    }
}

/// Which engine an address names.
pub(crate) enum Target<'a> {
    Sqlite(&'a str),
    Postgres(&'a str),
}

impl<'a> Target<'a> {
    pub(crate) fn of(url: &'a str) -> Result<Self, DbError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
        match path {
            Some(path) if !path.is_empty() && !path.contains(":memory:") => Ok(Self::Sqlite(path)),
            _ => Err(DbError::UnknownUrl),
        }
    }
}
