//! Copies of a database, taken while it is used, and putting one back. A copy comes with the names of the
//! objects its rows refer to, read at the same moment, so the caller knows which bytes belong to it.

#[cfg_attr(not(feature = "postgres"), path = "no_postgres.rs")]
mod postgres;
mod sqlite;

use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    path::{Path, PathBuf},
};

use diesel::sql_types::Text;

use crate::{DbError, config::Target};

fn failed(error: impl std::fmt::Display) -> DbError {
    DbError::Backup(error.to_string())
}

fn refused(error: impl std::fmt::Display) -> DbError {
    DbError::Restore(error.to_string())
}

/// Names of one page.
const PAGE: usize = 1000;

/// The names of objects, in their order, after one that is bound. All tables that name objects are here.
fn page_of_keys(bound: &str) -> String {
    format!(
        "SELECT object_key FROM (SELECT object_key FROM blobs \
         UNION ALL SELECT object_key FROM blob_variants \
         UNION ALL SELECT object_key FROM upload_parts) AS named \
         WHERE object_key > {bound} ORDER BY object_key LIMIT {PAGE}"
    )
}

#[derive(diesel::QueryableByName)]
struct Key {
    #[diesel(sql_type = Text)]
    object_key: String,
}

/// Makes a file that was not there, for its owner only.
fn fresh(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A copy of a database, and the names of its objects, of one moment.
#[derive(Debug)]
pub struct Snapshot {
    /// The copy: a file of SQLite, or a dump of PostgreSQL in its custom format.
    pub database: PathBuf,
    /// The names of objects that rows of the copy have, one a line.
    pub keys: PathBuf,
}

/// Copies the database into new files of a folder, and checks the copy.
pub(crate) fn snapshot(url: &str, folder: &Path) -> Result<Snapshot, DbError> {
    let snapshot = Snapshot { database: folder.join("database"), keys: folder.join("keys") };
    match Target::of(url)? {
        Target::Sqlite(path) => sqlite::snapshot(path, &snapshot.database, &snapshot.keys)?,
        Target::Postgres(url) => postgres::snapshot(url, &snapshot.database, &snapshot.keys)?,
    }
    Ok(snapshot)
}

/// A database that a copy is to be put in the place of. `url` is its address; nothing is opened yet.
#[derive(Debug, Clone)]
pub struct Restoring {
    url: String,
}

impl Restoring {
    /// The database at an address.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }

    /// True when there is a database already. A PostgreSQL one is there when it has a table.
    pub fn exists(&self) -> Result<bool, DbError> {
        match Target::of(&self.url)? {
            Target::Sqlite(path) => Ok(Path::new(path).exists()),
            Target::Postgres(url) => postgres::has_tables(url),
        }
    }

    /// Refuses a database that is in use, and a PostgreSQL one that has tables: those are not replaced.
    pub fn check(&self) -> Result<(), DbError> {
        match Target::of(&self.url)? {
            Target::Sqlite(path) => sqlite::is_free(path),
            Target::Postgres(url) => postgres::is_empty(url),
        }
    }

    /// Takes a copy and checks it, so that [`Restoring::install`] finds a whole one. Changes nothing that
    /// is in use. Of a dump of PostgreSQL, its head is checked.
    pub fn stage(&self, copy: &mut dyn Read) -> Result<(), DbError> {
        match Target::of(&self.url)? {
            Target::Sqlite(path) => sqlite::stage(path, copy),
            Target::Postgres(_) => postgres::stage(copy),
        }
    }

    /// Puts the copy in place, and gives its feed a new epoch, so that cursors from before are refused.
    /// SQLite takes what was staged; PostgreSQL reads `copy`.
    pub fn install(&self, copy: &mut dyn Read) -> Result<(), DbError> {
        match Target::of(&self.url)? {
            Target::Sqlite(path) => sqlite::install(path),
            Target::Postgres(url) => postgres::install(url, copy),
        }
    }

    /// Removes what was staged.
    pub fn discard(&self) -> Result<(), DbError> {
        match Target::of(&self.url)? {
            Target::Sqlite(path) => sqlite::unstage(Path::new(path)),
            Target::Postgres(_) => Ok(()),
        }
    }
}
