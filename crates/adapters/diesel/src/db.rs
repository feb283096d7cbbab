//! One connection of either engine, and the one macro that compiles a body for both.

use diesel::{
    PgConnection, SqliteConnection,
    r2d2::{ConnectionManager, PooledConnection},
};

/// A connection. Its two kinds have nothing in common but what [`on!`] is given.
pub(crate) enum AnyConnection {
    Sqlite(SqliteConnection),
    Postgres(PooledConnection<ConnectionManager<PgConnection>>),
}

/// Which SQL is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl AnyConnection {
    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
}

/// `on!(conn, |c| body)`: the body, compiled for each kind of connection.
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::db::AnyConnection::Sqlite($c) => $body,
            $crate::db::AnyConnection::Postgres($c) => {
                let $c: &mut diesel::PgConnection = $c;
                $body
            }
        }
    };
}
pub(crate) use on;
