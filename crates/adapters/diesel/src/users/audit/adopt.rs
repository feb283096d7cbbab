//! The entries of a database from before there was a chain: they get their hashes once, when the
//! migration that brought the chain has been applied, in the order of their ids.
//!
//! The sign that it was done is the row of `audit_head`. Should that row vanish later, nothing is
//! done anew as long as an entry with a hash is there: who removed it must not get a fresh chain
//! over a trail that was tampered with.

use diesel::{Connection as _, QueryResult, SqliteConnection, prelude::*};
use users::{
    audit::Audit,
    chain::{ChainEntry, adopt},
};

use super::{AuditRow, Row, head, table};
use crate::{
    db::{Dialect, for_postgres},
    statement::Statement,
};

/// Entries in one go.
const PAGE: i64 = 1000;

/// The body, compiled for each kind of connection.
macro_rules! adopt_with {
    ($conn:expr, $dialect:expr) => {{
        let conn = $conn;
        let begun: i64 = head::table.count().get_result(conn)?;
        if begun > 0 {
            return Ok(());
        }
        let hashed: i64 =
            table::table.filter(table::hash.ne(Vec::<u8>::new())).count().get_result(conn)?;
        if hashed > 0 {
            return Ok(());
        }
        let mut place = ChainEntry::ORIGIN;
        loop {
            let rows: Vec<AuditRow> = behind($dialect, place.id).load(conn)?;
            let last = rows.len() < PAGE as usize;
            for row in rows {
                let entry = adopt(&place, unhashed(row)?);
                diesel::update(table::table.find(entry.id.get()))
                    .set((table::previous.eq(&entry.previous[..]), table::hash.eq(&entry.hash[..])))
                    .execute(conn)?;
                place = ChainEntry::of(&entry);
            }
            if last {
                break;
            }
        }
        diesel::insert_into(head::table)
            .values((
                head::one.eq(1),
                head::pruned_id.eq(ChainEntry::ORIGIN.id),
                head::pruned_hash.eq(&ChainEntry::ORIGIN.hash[..]),
                head::head_id.eq(place.id),
                head::head_hash.eq(&place.hash[..]),
            ))
            .execute(conn)?;
        Ok(())
    }};
}

/// The columns of [`AuditRow`] as they were then: every entry was on an account.
const fn columns_of_then(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "id, at, actor_id, CAST(action AS BLOB), NULL, target_id, NULL, outcome, \
             CAST(ip AS BLOB), CAST(request_id AS BLOB), CAST(detail AS BLOB), previous, hash"
        }
        Dialect::Postgres => {
            "id, at, actor_id, convert_to(action, 'UTF8'), NULL::BYTEA, target_id, NULL::BYTEA, \
             outcome::BIGINT, convert_to(ip, 'UTF8'), convert_to(request_id, 'UTF8'), \
             convert_to(detail, 'UTF8'), previous, hash"
        }
    }
}

fn behind(dialect: Dialect, id: i64) -> Statement<'static, Row> {
    let mut statement: Statement<'static, Row> = Statement::new();
    let columns = columns_of_then(dialect);
    statement.sql("SELECT ").sql(columns).sql(" FROM audit WHERE id > ").number(id);
    statement.sql(" ORDER BY id LIMIT ").number(PAGE);
    statement
}

/// An entry whose hashes are still empty.
fn unhashed(row: AuditRow) -> QueryResult<Audit> {
    let row = AuditRow { previous: vec![0; 32], hash: vec![0; 32], ..row };
    Audit::try_from(row).map_err(|error| diesel::result::Error::DeserializationError(error.into()))
}

/// Within the transaction of the migration.
pub(crate) fn adopt_sqlite(conn: &mut SqliteConnection) -> QueryResult<()> {
    adopt_with!(conn, Dialect::Sqlite)
}

for_postgres! {
/// In a transaction of its own; whoever dies in it is followed by who migrates next.
#[expect(clippy::disallowed_methods, reason = "a migration is no unit of work")]
pub(crate) fn adopt_postgres(conn: &mut diesel::PgConnection) -> QueryResult<()> {
    conn.transaction(|conn| adopt_with!(conn, Dialect::Postgres))
}
}
