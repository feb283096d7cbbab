//! Copies of an SQLite database, taken while it is used, and putting one back.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Write as _},
    path::Path,
};

use diesel::{
    Connection, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
    sql_types::Text,
};

use super::{Key, PAGE, failed, fresh, page_of_keys, refused};
use crate::{DbError, SqliteSync, engine::connect_sqlite};

/// Copies the database into a new file and checks the copy, and writes the names of its objects. Others
/// read and write meanwhile; the copy is of one moment.
pub(super) fn snapshot(database: &str, copy: &Path, keys: &Path) -> Result<(), DbError> {
    let Some(path) = copy.to_str() else { return Err(failed("the path is no UTF-8")) };
    if copy.exists() {
        return Err(failed("there is a file of that name already"));
    }
    let mut conn = connect_sqlite(database, SqliteSync::Full)?;
    sql_query("VACUUM INTO ?").bind::<Text, _>(path).execute(&mut conn).map_err(failed)?;
    protect(copy)?;
    check(path)?;
    write_keys(path, keys)
}

/// The names of objects that a copy has, one a line.
fn write_keys(copy: &str, keys: &Path) -> Result<(), DbError> {
    let mut conn = SqliteConnection::establish(copy).map_err(failed)?;
    let mut out = BufWriter::new(fresh(keys)?);
    // A database that was never migrated has no files.
    let known = sql_query("SELECT object_key FROM blobs LIMIT 1").execute(&mut conn).is_ok();
    let mut after = String::new();
    if !known {
        return Ok(out.flush()?);
    }
    loop {
        let page: Vec<Key> =
            sql_query(page_of_keys("?")).bind::<Text, _>(&after).load(&mut conn).map_err(failed)?;
        for key in &page {
            writeln!(out, "{}", key.object_key)?;
        }
        let is_last = page.len() < PAGE;
        match page.into_iter().next_back() {
            Some(last) if !is_last => after = last.object_key,
            _ => break,
        }
    }
    Ok(out.flush()?)
}

/// Writes a copy beside the database and checks it. Nothing is replaced.
pub(super) fn stage(database: &str, copy: &mut dyn Read) -> Result<(), DbError> {
    let database = Path::new(database);
    if let Some(folder) = database.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = database.with_extension(STAGED);
    unstage(database)?;
    let checked = write_copy(&beside, copy);
    if checked.is_err() {
        unstage(database)?;
    }
    checked
}

fn write_copy(beside: &Path, copy: &mut dyn Read) -> Result<(), DbError> {
    let Some(path) = beside.to_str() else { return Err(refused("the path is no UTF-8")) };
    io::copy(copy, &mut fresh(beside)?)?;
    check(path).map_err(|error| refused(error.why()))?;
    ours(path)
}

/// Replaces the database by the staged copy. The database must not be in use.
pub(super) fn install(database: &str) -> Result<(), DbError> {
    let database = Path::new(database);
    if database.exists() {
        vacate(database)?;
    }
    let beside = database.with_extension(STAGED);
    renew_epoch(&beside)?;
    // Its opening may have left journals, which belong to no database after the renaming.
    if let Some(path) = beside.to_str() {
        let mut conn = SqliteConnection::establish(path).map_err(refused)?;
        conn.batch_execute("PRAGMA journal_mode = DELETE").map_err(refused)?;
    }
    File::open(&beside)?.sync_all()?;
    // Whatever happens, one of the two is whole.
    fs::rename(&beside, database)?;
    if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Makes sure that the database is not in use.
pub(super) fn is_free(database: &str) -> Result<(), DbError> {
    let database = Path::new(database);
    if database.exists() { vacate(database) } else { Ok(()) }
}

/// Removes a staged copy.
pub(super) fn unstage(database: &Path) -> Result<(), DbError> {
    match fs::remove_file(database.with_extension(STAGED)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// How the name of a copy ends that is to be the database.
const STAGED: &str = "restoring";

/// Makes sure that the database is not in use, and folds its write-ahead log into it.
fn vacate(database: &Path) -> Result<(), DbError> {
    let Some(path) = database.to_str() else { return Err(refused("the path is no UTF-8")) };
    let mut conn = SqliteConnection::establish(path).map_err(refused)?;
    conn.batch_execute("PRAGMA journal_mode = DELETE")
        .map_err(|_| refused("the database is in use; stop the server first"))
}

/// What the feed numbered since the copy was made is numbered again, and clients that follow the
/// feed must notice. A copy that is older than epochs gets its first when it is migrated.
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
    found.map(|_| ()).map_err(|_| refused("it is no database of ours"))
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
