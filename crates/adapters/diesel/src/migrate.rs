//! Migrations, in the binary. Two folders with the same names, one for each engine. Processes that
//! start at once take turns: SQLite by its write lock, PostgreSQL by an advisory lock.

use std::fmt::Display;

use diesel::{
    PgConnection, RunQueryDsl, SqliteConnection,
    backend::Backend,
    migration::{Migration, MigrationSource},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{
    DbError, SqliteSync,
    audit::{adopt_postgres, adopt_sqlite},
    config::Target,
    engine::{connect_postgres, connect_sqlite},
    statement::Statement,
};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../../migrations/postgres");

/// Of the advisory lock that makes those who migrate take turns.
const TURN: i64 = 0x616c_7665_0002;

fn failed(error: impl Display) -> DbError {
    DbError::Migration(error.to_string())
}

/// What to do, whatever the engine.
#[derive(Clone, Copy)]
enum Task {
    Up,
    Down(u32),
}

/// Every migration of a folder, oldest first: name and version.
fn known<DB: Backend>(source: &EmbeddedMigrations) -> Result<Vec<(String, String)>, DbError> {
    let migrations: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(failed)?;
    let mut names: Vec<(String, String)> = migrations
        .iter()
        .map(|migration| (migration.name().to_string(), migration.name().version().to_string()))
        .collect();
    names.sort();
    Ok(names)
}

fn work<DB: Backend, C: MigrationHarness<DB>>(
    conn: &mut C,
    source: impl Fn() -> EmbeddedMigrations,
    task: Task,
) -> Result<Vec<String>, DbError> {
    let names = known::<DB>(&source())?;
    let mut done = Vec::new();
    match task {
        Task::Up => {
            for version in conn.run_pending_migrations(source()).map_err(failed)? {
                done.push(version.to_string());
            }
        }
        Task::Down(steps) => {
            let applied = conn.applied_migrations().map_err(failed)?.len();
            for _ in 0..applied.min(steps as usize) {
                done.push(conn.revert_last_migration(source()).map_err(failed)?.to_string());
            }
        }
    }
    let name_of = |version: String| {
        let found = names.iter().find(|(_, known)| *known == version);
        found.map_or(version, |(name, _)| name.clone())
    };
    Ok(done.into_iter().map(name_of).collect())
}

fn run(url: &str, task: Task) -> Result<Vec<String>, DbError> {
    match Target::of(url)? {
        Target::Sqlite(path) => {
            let mut conn = connect_sqlite(path, SqliteSync::Full)?;
            conn.immediate_transaction(|conn| {
                let done = work(conn, || SQLITE, task)
                    .map_err(|error| diesel::result::Error::QueryBuilderError(Box::new(error)))?;
                if matches!(task, Task::Up) {
                    adopt_sqlite(conn)?;
                }
                Ok::<_, diesel::result::Error>(done)
            })
            .map_err(failed)
        }
        Target::Postgres(url) => {
            // The lock ends with the connection.
            let mut conn = connect_postgres(url)?;
            let mut turn: Statement = Statement::new();
            turn.sql("SELECT pg_advisory_lock(").number(TURN).sql(")");
            turn.execute(&mut conn).map_err(failed)?;
            let done = work(&mut conn, || POSTGRES, task)?;
            if matches!(task, Task::Up) {
                adopt_postgres(&mut conn).map_err(failed)?;
            }
            Ok(done)
        }
    }
}

pub(crate) fn up(url: &str) -> Result<Vec<String>, DbError> {
    run(url, Task::Up)
}

pub(crate) fn down(url: &str, steps: u32) -> Result<Vec<String>, DbError> {
    run(url, Task::Down(steps))
}

/// Every migration and whether it is applied, oldest first.
pub(crate) fn status(url: &str) -> Result<Vec<(String, bool)>, DbError> {
    match Target::of(url)? {
        Target::Sqlite(path) => {
            let mut conn: SqliteConnection = connect_sqlite(path, SqliteSync::Full)?;
            states(&mut conn, &SQLITE)
        }
        Target::Postgres(url) => {
            let mut conn: PgConnection = connect_postgres(url)?;
            states(&mut conn, &POSTGRES)
        }
    }
}

fn states<DB: Backend, C: MigrationHarness<DB>>(
    conn: &mut C,
    source: &EmbeddedMigrations,
) -> Result<Vec<(String, bool)>, DbError> {
    let applied: Vec<String> =
        conn.applied_migrations().map_err(failed)?.iter().map(ToString::to_string).collect();
    let names = known::<DB>(source)?;
    Ok(names.into_iter().map(|(name, version)| (name, applied.contains(&version))).collect())
}
