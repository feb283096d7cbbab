//! `StagedImports`. An import's products are ordinary rows under ids that were reserved for it; as long
//! as its row in `staged_imports` is there, every reader leaves that interval of ids out. Publishing
//! deletes the row. Ids are in every index, so that leaving them out costs a list no look at the rows
//! themselves, and nothing is left to tidy up afterwards.

use ::products::{
    ProductId, StagedImports,
    product::{NewProduct, StagedImport},
};
use diesel::{prelude::*, sql_types::BigInt};
use kernel::{StoreError, Timestamp};

use super::rows::products;
use crate::{
    columns::unwritable,
    common::search_index::Index,
    constraint::Attempt,
    db::{AnyConnection, Dialect, by_engine, on},
    schema::staged_imports as table,
    statement::Statement,
    uow::DieselTx,
};

/// S2, as a Diesel condition: the product with this id is not staged.
macro_rules! is_visible {
    ($id:expr) => {
        diesel::dsl::not(diesel::dsl::exists(
            $crate::schema::staged_imports::table
                .filter($crate::schema::staged_imports::first_id.le($id))
                .filter($crate::schema::staged_imports::last_id.ge($id)),
        ))
    };
}
pub(super) use is_visible;

/// S2, as text of a list: ` AND …`. Without an import the first comparison is true of every row; with
/// one, the first two decide. Both are with a number that is asked for once in a statement, so that
/// passing over 100 000 staged rows costs little. Only several imports take a look for each row.
pub(super) const AND_VISIBLE: &str = " AND (products.id < (SELECT coalesce(min(first_id), \
     9223372036854775807) FROM staged_imports) OR products.id > (SELECT max(last_id) \
     FROM staged_imports) OR ((SELECT count(*) FROM staged_imports) > 1 AND NOT EXISTS \
     (SELECT 1 FROM staged_imports WHERE first_id <= products.id AND last_id >= products.id)))";

/// The same for the ledger, which lists one product.
pub(super) const AND_VISIBLE_LEDGER: &str = " AND NOT EXISTS (SELECT 1 FROM staged_imports \
     WHERE first_id <= product_id AND last_id >= product_id)";

/// The last of `rows` new ids, which go on without gaps. On PostgreSQL a writer who adds a product in the
/// meantime waits, because sequences know no such thing as taking many numbers together.
fn reserve_ids(conn: &mut AnyConnection, rows: i64) -> Result<i64, StoreError> {
    let mut reserve: Statement<'_, BigInt> = Statement::new();
    by_engine!(
        conn,
        |c| {
            let mut begin: Statement = Statement::new();
            begin.sql(
                "INSERT INTO sqlite_sequence (name, seq) SELECT 'products', 0 WHERE NOT EXISTS \
                 (SELECT 1 FROM sqlite_sequence WHERE name = 'products')",
            );
            begin.execute(c).doing("staged_imports.reserve: begin")?;
            reserve.sql("UPDATE sqlite_sequence SET seq = seq + ").number(rows);
            reserve.sql(" WHERE name = 'products' RETURNING seq");
            reserve.get_result::<i64>(c).doing("staged_imports.reserve")
        },
        |c| {
            let mut lock: Statement = Statement::new();
            lock.sql("LOCK TABLE products IN SHARE ROW EXCLUSIVE MODE");
            lock.execute(&mut **c).doing("staged_imports.reserve: lock")?;
            reserve.sql("SELECT setval(s, nextval(s) - 1 + ").number(rows);
            reserve.sql(") FROM CAST(pg_get_serial_sequence('products', 'id') AS regclass) AS s");
            reserve.get_result::<i64>(&mut **c).doing("staged_imports.reserve")
        }
    )
}

fn interval(import: &StagedImport) -> Result<(i64, i64), StoreError> {
    let rows = i64::try_from(import.rows).map_err(unwritable)?;
    let first = import.first.get();
    Ok((first, first + rows - 1))
}

type ImportRow = (i64, i64, i64);

fn import_of((first, last, run): ImportRow) -> Result<StagedImport, StoreError> {
    let rows = u64::try_from(last - first + 1).map_err(unwritable)?;
    Ok(StagedImport { first: ProductId::parse(first).map_err(unwritable)?, rows, run })
}

/// S4 and S5: prolongs the lease, if the import belongs to who holds this claim.
fn prolong(
    conn: &mut AnyConnection,
    import: &StagedImport,
    until: Timestamp,
) -> Result<(), StoreError> {
    let held = table::table.find(import.first.get()).filter(table::run.eq(import.run));
    let later = table::until.eq(until.micros());
    let prolonged = on!(conn, |c| diesel::update(held).set(later).execute(c))
        .doing("staged_imports.prolong")?;
    if prolonged == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

/// Ends an import: what it staged becomes visible.
fn end(conn: &mut AnyConnection, import: &StagedImport) -> Result<(), StoreError> {
    let held = table::table.find(import.first.get()).filter(table::run.eq(import.run));
    let ended = on!(conn, |c| diesel::delete(held).execute(c)).doing("staged_imports.publish")?;
    if ended == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

impl StagedImports for DieselTx {
    fn reserve(&mut self, rows: u64, until: Timestamp) -> Result<StagedImport, StoreError> {
        self.writing(|tx| {
            let count = i64::try_from(rows).map_err(unwritable)?;
            let last = reserve_ids(&mut tx.conn, count)?;
            let row = (last - count + 1, last, 0);
            let values = (
                table::first_id.eq(row.0),
                table::last_id.eq(row.1),
                table::run.eq(row.2),
                table::until.eq(until.micros()),
            );
            on!(&mut tx.conn, |c| diesel::insert_into(table::table).values(values).execute(c))
                .doing("staged_imports.reserve: row")?;
            import_of(row)
        })
    }

    fn stage(
        &mut self,
        import: &StagedImport,
        offset: u64,
        products: &[NewProduct],
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            prolong(&mut tx.conn, import, until)?;
            if offset + products.len() as u64 > import.rows {
                return Err(StoreError::Internal("an id is not reserved".to_owned()));
            }
            let first = import.first.get().saturating_add_unsigned(offset);
            let first = ProductId::parse(first).map_err(unwritable)?;
            tx.insert_products(products, Some(first)).map(drop)
        })
    }

    fn publish(&mut self, import: &StagedImport) -> Result<(), StoreError> {
        self.writing(|tx| end(&mut tx.conn, import))
    }

    fn claim_abandoned(
        &mut self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<StagedImport>, StoreError> {
        self.writing(|tx| {
            let mut claim: Statement<'_, (BigInt, BigInt, BigInt)> = Statement::new();
            claim.sql("UPDATE staged_imports SET run = run + 1, until = ").number(until.micros());
            claim.sql(" WHERE first_id = (SELECT first_id FROM staged_imports WHERE until <= ");
            claim.number(now.micros()).sql(" ORDER BY until, first_id LIMIT 1");
            if tx.conn.dialect() == Dialect::Postgres {
                // Of two claims at the same moment neither waits for the other.
                claim.sql(" FOR UPDATE SKIP LOCKED");
            }
            claim.sql(") RETURNING first_id, last_id, run");
            on!(&mut tx.conn, |c| claim.get_result::<ImportRow>(c).optional())
                .doing("staged_imports.claim_abandoned")?
                .map(import_of)
                .transpose()
        })
    }

    fn discard(
        &mut self,
        import: &StagedImport,
        limit: u32,
        until: Timestamp,
    ) -> Result<u64, StoreError> {
        self.writing(|tx| {
            prolong(&mut tx.conn, import, until)?;
            let (first, last) = interval(import)?;
            let some = products::table
                .filter(products::id.between(first, last))
                .select(products::id)
                .order(products::id)
                .limit(limit.into());
            let ids: Vec<i64> =
                on!(&mut tx.conn, |c| some.load(c)).doing("staged_imports.discard: ids")?;
            let gone = products::table.filter(products::id.eq_any(&ids));
            on!(&mut tx.conn, |c| diesel::delete(gone).execute(c))
                .doing("staged_imports.discard")?;
            if tx.conn.dialect() == Dialect::Sqlite {
                for id in &ids {
                    tx.terms.remove(Index::Products, *id);
                }
            }
            if ids.len() < limit as usize {
                end(&mut tx.conn, import)?;
            }
            Ok(ids.len() as u64)
        })
    }
}
