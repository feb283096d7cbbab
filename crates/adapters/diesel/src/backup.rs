//! Copies of an SQLite database, taken while it is used, and putting one back.

use std::{fs, path::Path};

use diesel::{
    Connection, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
    sql_types::Text,
};

use crate::{DbError, SqliteSync, config::Target, engine::connect_sqlite};

/// For whoever asks us to copy a PostgreSQL database.
const NOT_OURS: &str = "PostgreSQL has its own tools: use pg_dump and pg_restore";

fn failed(error: impl std::fmt::Display) -> DbError {
    DbError::Backup(error.to_string())
}

fn refused(error: impl std::fmt::Display) -> DbError {
    DbError::Restore(error.to_string())
}

/// Copies the database into a new file and checks the copy. Others read and write meanwhile; the
/// copy is of one moment.
pub(crate) fn backup(url: &str, path: &Path) -> Result<(), DbError> {
    let Target::Sqlite(database) = Target::of(url)? else { return Err(failed(NOT_OURS)) };
    let Some(copy) = path.to_str() else { return Err(failed("the path is no UTF-8")) };
    if path.exists() {
        return Err(failed("there is a file of that name already"));
    }
    let mut conn = connect_sqlite(database, SqliteSync::Full)?;
    sql_query("VACUUM INTO ?").bind::<Text, _>(copy).execute(&mut conn).map_err(failed)?;
    protect(path)?;
    check(copy)
}

/// Puts a copy in the place of the database. Nobody may be using it.
pub fn restore(url: &str, backup: &Path) -> Result<(), DbError> {
    let Target::Sqlite(database) = Target::of(url)? else { return Err(refused(NOT_OURS)) };
    let Some(copy) = backup.to_str() else { return Err(refused("the path is no UTF-8")) };
    if !backup.is_file() {
        return Err(refused("there is no such file"));
    }
    check(copy).map_err(|error| refused(error.why()))?;
    ours(copy)?;
    let database = Path::new(database);
    if database.exists() {
        vacate(database)?;
    } else if let Some(folder) = database.parent() {
        fs::create_dir_all(folder)?;
    }
    // Beside its place and then renamed: whatever happens, one of the two is whole.
    let beside = database.with_extension("restoring");
    fs::copy(backup, &beside)?;
    protect(&beside)?;
    renew_epoch(&beside)?;
    fs::File::open(&beside)?.sync_all()?;
    fs::rename(&beside, database)?;
    Ok(())
}

/// Makes sure that nobody uses the database, and that its journals are empty and gone.
fn vacate(database: &Path) -> Result<(), DbError> {
    let Some(path) = database.to_str() else { return Err(refused("the path is no UTF-8")) };
    let mut conn = SqliteConnection::establish(path).map_err(refused)?;
    conn.batch_execute("PRAGMA journal_mode = DELETE")
        .map_err(|_| refused("the database is in use; stop the server first"))
}

/// What the feed numbered since the copy was made is numbered again: whoever follows the feed
/// must notice. A copy that is older than epochs gets its first when it is migrated.
fn renew_epoch(database: &Path) -> Result<(), DbError> {
    let Some(path) = database.to_str() else { return Err(refused("the path is no UTF-8")) };
    let mut conn = SqliteConnection::establish(path).map_err(refused)?;
    let known = sql_query("SELECT epoch FROM feed_state").execute(&mut conn).is_ok();
    if known {
        conn.batch_execute(
            "UPDATE feed_state SET epoch = max(epoch + 1, \
             CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))",
        )
        .map_err(refused)?;
    }
    Ok(())
}

/// SQLite's own check of the whole file.
fn check(path: &str) -> Result<(), DbError> {
    let mut conn = SqliteConnection::establish(path).map_err(failed)?;
    let found: Vec<Finding> =
        sql_query("PRAGMA integrity_check").load(&mut conn).map_err(failed)?;
    match found.as_slice() {
        [only] if only.integrity_check == "ok" => Ok(()),
        [first, ..] => Err(failed(format!("the copy is damaged: {}", first.integrity_check))),
        [] => Err(failed("the copy could not be checked")),
    }
}

/// An empty file is whole, too, but no copy of ours.
fn ours(path: &str) -> Result<(), DbError> {
    let mut conn = SqliteConnection::establish(path).map_err(refused)?;
    let found = sql_query("SELECT version FROM __diesel_schema_migrations").execute(&mut conn);
    found.map(|_| ()).map_err(|_| refused("the file is no back-up of ours"))
}

#[derive(diesel::QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

#[cfg(unix)]
fn protect(path: &Path) -> Result<(), DbError> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}

#[cfg(not(unix))]
fn protect(_path: &Path) -> Result<(), DbError> {
    Ok(())
}
