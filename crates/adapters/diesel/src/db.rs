//! One connection of either engine, and the one macro that compiles a body for both.

use diesel::{
    PgConnection, SqliteConnection,
    r2d2::{ConnectionManager, PooledConnection},
};

/// A connection. Its two kinds have nothing in common but what [`on!`](crate::on) is given.
pub enum AnyConnection {
    /// To the file.
    Sqlite(SqliteConnection),
    /// From the pool of a lane.
    Postgres(PooledConnection<ConnectionManager<PgConnection>>),
}

/// Which SQL is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite's.
    Sqlite,
    /// PostgreSQL's.
    Postgres,
}

impl AnyConnection {
    /// Which SQL is spoken on it.
    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
}

/// `on!(conn, |c| body)`: the body, compiled for each kind of connection. The module that uses it
/// depends on `diesel` with the features `sqlite`, `postgres` and `r2d2`.
#[macro_export]
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::store::AnyConnection::Sqlite($c) => $body,
            $crate::store::AnyConnection::Postgres($c) => {
                let $c: &mut diesel::PgConnection = $c;
                $body
            }
        }
    };
}
pub(crate) use on;
