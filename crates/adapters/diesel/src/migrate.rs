//! Migrations, in the binary. Two folders with the same names, one for each engine. Processes that
//! start simultaneously take turns: SQLite by its write lock, PostgreSQL by an advisory lock.
//!
//! Migrations of modules from outside follow the built-in ones. Diesel's table keeps them under
//! `<namespace>.<version>`, so that two modules never share a version.

use std::{
    collections::BTreeSet,
    fmt::{self, Display},
};

use diesel::{
    RunQueryDsl, SqliteConnection,
    backend::Backend,
    connection::BoxableConnection,
    migration::{Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{
    DbError, SqliteSync,
    config::Target,
    db::{for_postgres, with_postgres},
    domains::users::audit::adopt,
    engine::{self, connect_sqlite},
    statement::Statement,
};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../../migrations/sqlite");
for_postgres! {
    const POSTGRES: EmbeddedMigrations = embed_migrations!("../../../migrations/postgres");
}

for_postgres! {
    /// Of the advisory lock that makes those who migrate take turns.
    const TURN: i64 = 0x616c_7665_0002;
}

fn failed(error: impl Display) -> DbError {
    DbError::Migration(error.to_string())
}

/// The migrations of a module from outside.
#[derive(Clone, Copy)]
pub struct Migrations {
    /// Keeps their versions apart from others: 1 to 30 characters of a-z and `_`.
    pub namespace: &'static str,
    /// Those of SQLite.
    pub sqlite: &'static EmbeddedMigrations,
    /// Those of PostgreSQL, with the same names.
    pub postgres: &'static EmbeddedMigrations,
}

impl Migrations {
    /// A namespace may not change once its migrations were applied anywhere.
    fn check(&self) -> Result<(), DbError> {
        let name = self.namespace;
        let right = (1..=30).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if right {
            Ok(())
        } else {
            Err(failed(format!("the namespace {name:?} must be 1 to 30 characters of a-z and _")))
        }
    }
}

/// A migration under the namespace of its module.
struct Namespaced<DB: Backend> {
    inner: Box<dyn Migration<DB>>,
    name: Name,
}

struct Name {
    text: String,
    version: String,
}

impl Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl MigrationName for Name {
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(self.version.as_str())
    }
}

impl<DB: Backend> Migration<DB> for Namespaced<DB> {
    fn run(&self, conn: &mut dyn BoxableConnection<DB>) -> diesel::migration::Result<()> {
        self.inner.run(conn)
    }

    fn revert(&self, conn: &mut dyn BoxableConnection<DB>) -> diesel::migration::Result<()> {
        self.inner.revert(conn)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        self.inner.metadata()
    }

    fn name(&self) -> &dyn MigrationName {
        &self.name
    }
}

/// What to do, whatever the engine.
#[derive(Clone, Copy)]
enum Task {
    Up,
    Down(u32),
}

/// Every migration, in the order in which they are applied.
struct Known<DB: Backend>(Vec<Box<dyn Migration<DB>>>);

impl<DB: Backend + 'static> Known<DB> {
    fn new(
        built_in: &EmbeddedMigrations,
        others: &[Migrations],
        source: impl Fn(&Migrations) -> &'static EmbeddedMigrations,
    ) -> Result<Self, DbError> {
        let mut all: Vec<Box<dyn Migration<DB>>> = by_version(built_in)?;
        let mut namespaces = BTreeSet::new();
        for other in others {
            other.check()?;
            if !namespaces.insert(other.namespace) {
                return Err(failed(format!("two modules use the namespace {}", other.namespace)));
            }
            for inner in by_version::<DB>(source(other))? {
                let name = Name {
                    text: format!("{}.{}", other.namespace, inner.name()),
                    version: format!("{}.{}", other.namespace, inner.name().version()),
                };
                all.push(Box::new(Namespaced { inner, name }));
            }
        }
        Ok(Self(all))
    }

    fn run<C: MigrationHarness<DB>>(
        &self,
        conn: &mut C,
        task: Task,
    ) -> Result<Vec<String>, DbError> {
        let applied = applied(conn)?;
        let is_applied = |migration: &dyn Migration<DB>| applied.contains(&version(migration));
        let mut done = Vec::new();
        match task {
            Task::Up => {
                for migration in self.0.iter().filter(|migration| !is_applied(&***migration)) {
                    conn.run_migration(&**migration).map_err(failed)?;
                    done.push(migration.name().to_string());
                }
            }
            Task::Down(steps) => {
                // Those of a module that this program lacks cannot be in the way of a built-in one.
                let known: BTreeSet<String> = self.0.iter().map(|one| version(&**one)).collect();
                let newer = applied.difference(&known).find(|version| !version.contains('.'));
                if let Some(newer) = newer {
                    let why = format!("the database has migration {newer} of a newer version");
                    return Err(failed(why));
                }
                let last = self.0.iter().rev().filter(|migration| is_applied(&***migration));
                for migration in last.take(steps as usize) {
                    conn.revert_migration(&**migration).map_err(failed)?;
                    done.push(migration.name().to_string());
                }
            }
        }
        Ok(done)
    }

    /// Each with whether it is applied.
    fn states<C: MigrationHarness<DB>>(
        &self,
        conn: &mut C,
    ) -> Result<Vec<(String, bool)>, DbError> {
        let applied = applied(conn)?;
        let state = |migration: &dyn Migration<DB>| {
            (migration.name().to_string(), applied.contains(&version(migration)))
        };
        Ok(self.0.iter().map(|migration| state(&**migration)).collect())
    }
}

fn version<DB: Backend>(migration: &dyn Migration<DB>) -> String {
    migration.name().version().to_string()
}

fn by_version<DB: Backend>(
    source: &EmbeddedMigrations,
) -> Result<Vec<Box<dyn Migration<DB>>>, DbError> {
    let mut migrations: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(failed)?;
    migrations.sort_by_key(|migration| version(&**migration));
    Ok(migrations)
}

fn applied<DB: Backend, C: MigrationHarness<DB>>(
    conn: &mut C,
) -> Result<BTreeSet<String>, DbError> {
    let versions = conn.applied_migrations().map_err(failed)?;
    Ok(versions.iter().map(ToString::to_string).collect())
}

fn run(url: &str, others: &[Migrations], task: Task) -> Result<Vec<String>, DbError> {
    match Target::of(url)? {
        Target::Sqlite(path) => {
            let known = Known::new(&SQLITE, others, |other| other.sqlite)?;
            let mut conn = connect_sqlite(path, SqliteSync::Full)?;
            conn.immediate_transaction(|conn| {
                let done = known
                    .run(conn, task)
                    .map_err(|error| diesel::result::Error::QueryBuilderError(Box::new(error)))?;
                if matches!(task, Task::Up) {
                    adopt::adopt_sqlite(conn)?;
                }
                Ok::<_, diesel::result::Error>(done)
            })
            .map_err(failed)
        }
        Target::Postgres(url) => with_postgres!(url, {
            let known = Known::new(&POSTGRES, others, |other| other.postgres)?;
            // The lock ends with the connection.
            let mut conn = engine::connect_postgres(url)?;
            let mut turn: Statement = Statement::new();
            turn.sql("SELECT pg_advisory_lock(").number(TURN).sql(")");
            turn.execute(&mut conn).map_err(failed)?;
            let done = known.run(&mut conn, task)?;
            if matches!(task, Task::Up) {
                adopt::adopt_postgres(&mut conn).map_err(failed)?;
            }
            Ok(done)
        }),
    }
}

pub(crate) fn up(url: &str, others: &[Migrations]) -> Result<Vec<String>, DbError> {
    run(url, others, Task::Up)
}

pub(crate) fn down(url: &str, others: &[Migrations], steps: u32) -> Result<Vec<String>, DbError> {
    run(url, others, Task::Down(steps))
}

/// Every migration and whether it is applied, in order.
pub(crate) fn status(url: &str, others: &[Migrations]) -> Result<Vec<(String, bool)>, DbError> {
    match Target::of(url)? {
        Target::Sqlite(path) => {
            let mut conn: SqliteConnection = connect_sqlite(path, SqliteSync::Full)?;
            Known::new(&SQLITE, others, |other| other.sqlite)?.states(&mut conn)
        }
        Target::Postgres(url) => with_postgres!(url, {
            let mut conn = engine::connect_postgres(url)?;
            Known::new(&POSTGRES, others, |other| other.postgres)?.states(&mut conn)
        }),
    }
}
