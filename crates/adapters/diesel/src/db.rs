//! One connection of either engine, and the macros that compile a body for both. PostgreSQL is a feature: without
//! it there is one engine, and what is written for the other one is not compiled.

use diesel::SqliteConnection;

/// A connection to PostgreSQL, from the pool of a lane.
#[cfg(feature = "postgres")]
type Pooled = diesel::r2d2::PooledConnection<diesel::r2d2::ConnectionManager<diesel::PgConnection>>;

/// A connection. Its two kinds have nothing in common but what [`on!`](crate::on) is given.
pub enum AnyConnection {
    /// To the file.
    Sqlite(SqliteConnection),
    /// From the pool of a lane.
    #[cfg(feature = "postgres")]
    Postgres(Pooled),
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
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
}

/// `on!(conn, |c| body)`: the body, compiled for each kind of connection. The module that uses it
/// depends on `diesel` with the features `sqlite`, `postgres` and `r2d2`.
#[cfg(feature = "postgres")]
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
/// `on!(conn, |c| body)`: the body, compiled for each kind of connection.
#[cfg(not(feature = "postgres"))]
#[macro_export]
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::store::AnyConnection::Sqlite($c) => $body,
        }
    };
}
pub(crate) use on;

/// `by_engine!(conn, |sqlite| …, |postgres| …)`: one body for each engine, where they differ.
#[cfg(feature = "postgres")]
#[macro_export]
macro_rules! by_engine {
    ($conn:expr, |$s:pat_param| $sqlite:expr, |$p:pat_param| $postgres:expr $(,)?) => {
        match $conn {
            $crate::store::AnyConnection::Sqlite($s) => $sqlite,
            $crate::store::AnyConnection::Postgres($p) => $postgres,
        }
    };
}
/// `by_engine!(conn, |sqlite| …, |postgres| …)`: one body for each engine, where they differ.
#[cfg(not(feature = "postgres"))]
#[macro_export]
macro_rules! by_engine {
    ($conn:expr, |$s:pat_param| $sqlite:expr, |$p:pat_param| $postgres:expr $(,)?) => {
        match $conn {
            $crate::store::AnyConnection::Sqlite($s) => $sqlite,
        }
    };
}
pub(crate) use by_engine;

/// `locking!(conn, query, |c| …)`: the body, with a query whose rows are locked. On SQLite there is one writer:
/// whoever writes holds everything.
#[macro_export]
macro_rules! locking {
    ($conn:expr, $query:ident, |$c:ident| $body:expr) => {
        $crate::by_engine!($conn, |$c| $body, |$c| {
            let ($query, $c) = (diesel::QueryDsl::for_update($query), &mut **$c);
            $body
        })
    };
}
pub(crate) use locking;

/// Items that only PostgreSQL needs.
#[cfg(feature = "postgres")]
macro_rules! for_postgres {
    ($($items:item)+) => { $($items)+ };
}
#[cfg(not(feature = "postgres"))]
macro_rules! for_postgres {
    ($($items:item)+) => {};
}
pub(crate) use for_postgres;

/// `with_postgres!(url, body)`: the body, which returns a result, or why there is none.
#[cfg(feature = "postgres")]
macro_rules! with_postgres {
    ($url:ident, $body:expr) => {
        $body
    };
}
#[cfg(not(feature = "postgres"))]
macro_rules! with_postgres {
    ($url:ident, $body:expr) => {{
        let _ = $url;
        Err($crate::DbError::NoPostgres)
    }};
}
pub(crate) use with_postgres;
