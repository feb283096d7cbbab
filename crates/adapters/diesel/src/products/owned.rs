//! `OwnedProductStore`.

use diesel::{dsl::exists, prelude::*, select, sql_types::BigInt};
use kernel::{Date, OwnedId, Page, PageRequest, SortKey, StoreError, UserId, page::order_text};
use products::{
    OwnedProduct, OwnedProductStore, ProductId,
    owned::NewOwnedProduct,
    query::{OwnedProductFilter, OwnedProductSort},
    values::{OwnedStatus, Price, SerialNumber},
};

use super::rows::{OwnedRow, products as catalogue, user_products as table};
use crate::{
    columns::{count, day, unwritable},
    constraint::{Attempt, FOREIGN_KEY},
    db::{AnyConnection, Dialect, locking, on},
    list::{self, Column, Holds, Keys},
    row::{Row as _, all, one},
    schema::staged_imports,
    statement::Statement,
    uow::DieselTx,
};

const fn column(field: OwnedProductSort) -> Column {
    let (name, holds) = match field {
        OwnedProductSort::CreatedAt => ("created_at", Holds::Number),
        OwnedProductSort::PurchaseDate => ("purchase_date", Holds::NumberOrNothing),
        OwnedProductSort::WarrantyExpires => ("warranty_expires", Holds::NumberOrNothing),
        OwnedProductSort::Id => ("id", Holds::Number),
    };
    Column { name, holds }
}

fn conditions<ST>(statement: &mut Statement<'_, ST>, filter: &OwnedProductFilter) {
    statement.sql(" FROM user_products WHERE user_id = ").number(filter.owner.get());
    if let Some(status) = filter.status {
        statement.sql(" AND status = ").number(status.rank().into());
    }
    if let Some(warranty) = filter.warranty {
        let (from, to) = warranty.days(filter.today);
        statement.sql(" AND warranty_expires IS NOT NULL");
        if let Some(from) = from {
            statement.sql(" AND warranty_expires >= ").number(from.start().micros());
        }
        if let Some(to) = to {
            statement.sql(" AND warranty_expires <= ").number(to.start().micros());
        }
    }
}

fn list(
    conn: &mut AnyConnection,
    filter: &OwnedProductFilter,
    order: &[SortKey<OwnedProductSort>],
    page: &PageRequest,
) -> Result<Page<OwnedProduct>, StoreError> {
    let keys = Keys::new(order, order_text(order, &OwnedProductSort::ALL), column);
    let mut query: Statement<'_, table::SqlType> = Statement::new();
    if order.len() > 1 {
        query.not_kept();
    }
    query.sql("SELECT ").sql(OwnedRow::COLUMNS);
    conditions(&mut query, filter);
    keys.finish(&mut query, page, conn.dialect())?;
    let rows: Vec<OwnedRow> = on!(conn, |c| query.load(c)).doing("owned.list")?;
    let at = |owned: &OwnedProduct| {
        (order.iter().map(|key| key.field.sort_value(owned)).collect::<Vec<_>>(), owned.id.get())
    };
    list::page(&keys, all(rows)?, page, at, || {
        let mut query: Statement<'_, BigInt> = Statement::new();
        list::count_rows(&mut query, |query| conditions(query, filter));
        on!(conn, |c| query.get_result::<i64>(c)).doing("owned.list: total").map(count)
    })
}

/// W3, where the rows were entered before the database had the rule: those carry a mark in `duplicate`,
/// so its unique index leaves them alone.
fn check_serial(
    conn: &mut AnyConnection,
    (owner, product): (UserId, ProductId),
    serial: &SerialNumber,
    but: Option<OwnedId>,
) -> Result<(), StoreError> {
    let same = table::table
        .filter(table::user_id.eq(owner.get()))
        .filter(table::product_id.eq(product.get()))
        .filter(table::serial_number.eq(serial.as_str()))
        .filter(table::id.ne(but.map_or(0, OwnedId::get)));
    let taken = on!(conn, |c| select(exists(same)).get_result::<bool>(c)).doing("owned.serial")?;
    if taken { Err(StoreError::Duplicate("owned.serial")) } else { Ok(()) }
}

/// A product that an import has staged is not there for anybody yet.
fn check_visible(conn: &mut AnyConnection, product: ProductId) -> Result<(), StoreError> {
    let staged = staged_imports::table
        .filter(staged_imports::first_id.le(product.get()))
        .filter(staged_imports::last_id.ge(product.get()));
    let staged =
        on!(conn, |c| select(exists(staged)).get_result::<bool>(c)).doing("owned.product")?;
    if staged { Err(StoreError::Missing("owned.product")) } else { Ok(()) }
}

/// SQLite does not say which row is missing (W3).
fn what_is_missing(conn: &mut AnyConnection, error: StoreError, product: ProductId) -> StoreError {
    let (AnyConnection::Sqlite(c), StoreError::Missing(FOREIGN_KEY)) = (conn, &error) else {
        return error;
    };
    let row = catalogue::table.find(product.get());
    match row.select(catalogue::id).get_result::<i64>(c).optional() {
        Ok(Some(_)) => StoreError::Missing("owned.user"),
        Ok(None) => StoreError::Missing("owned.product"),
        Err(_) => error,
    }
}

/// Things whose owners are to be warned, by the end of the warranty.
fn due<ST>(ask: &mut Statement<'_, ST>, dialect: Dialect, from: Date, to: Date, limit: u32) {
    ask.sql("SELECT ").sql(OwnedRow::COLUMNS).sql(" FROM user_products");
    if dialect == Dialect::Sqlite {
        ask.sql(" INDEXED BY user_products_to_warn");
    }
    // Word for word the condition of the index: bound values would hide it from SQLite.
    ask.sql(format!(
        " WHERE warranty_expires IS NOT NULL AND status IN ({}, {}) \
         AND warned_of IS DISTINCT FROM warranty_expires",
        OwnedStatus::Active.rank(),
        OwnedStatus::Broken.rank(),
    ));
    ask.sql(" AND warranty_expires >= ").number(from.start().micros());
    ask.sql(" AND warranty_expires <= ").number(to.start().micros());
    ask.sql(" ORDER BY warranty_expires, id LIMIT ").number(limit.into());
    if dialect == Dialect::Postgres {
        // Those that another process has just locked are its own.
        ask.sql(" FOR UPDATE SKIP LOCKED");
    }
}

impl OwnedProductStore for DieselTx {
    fn insert(&mut self, new: &NewOwnedProduct) -> Result<OwnedProduct, StoreError> {
        self.writing(|tx| {
            let conn = &mut tx.conn;
            let NewOwnedProduct {
                owner,
                product,
                edition,
                serial,
                purchase_date,
                purchase_price,
                currency,
                warranty_expires,
                notes,
                status,
                created_at,
            } = new;
            check_visible(conn, *product)?;
            check_serial(conn, (*owner, *product), serial, None)?;
            let at = created_at.micros();
            let id = on!(conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::user_id.eq(owner.get()),
                        table::product_id.eq(product.get()),
                        table::edition.eq(edition.as_str()),
                        table::serial_number.eq(serial.as_str()),
                        table::purchase_date.eq(day(*purchase_date)),
                        table::purchase_price.eq(purchase_price.map(Price::get)),
                        table::currency.eq(currency.as_str()),
                        table::warranty_expires.eq(day(*warranty_expires)),
                        table::notes.eq(notes.as_str()),
                        table::status.eq(status.rank()),
                        table::created_at.eq(at),
                        table::updated_at.eq(at),
                        table::version.eq(1),
                        table::duplicate.eq(0),
                    ))
                    .returning(table::id)
                    .get_result::<i64>(c)
            })
            .doing("owned.insert")
            .map_err(|error| what_is_missing(conn, error, *product))?;
            Ok(new.stored(OwnedId::parse(id).map_err(unwritable)?))
        })
    }

    fn get(&mut self, owner: UserId, id: OwnedId) -> Result<Option<OwnedProduct>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get()).filter(table::user_id.eq(owner.get()));
            one(on!(conn, |c| row.get_result::<OwnedRow>(c).optional()).doing("owned.get")?)
        })
    }

    fn lock(&mut self, owner: UserId, id: OwnedId) -> Result<Option<OwnedProduct>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get()).filter(table::user_id.eq(owner.get()));
            one(locking!(conn, row, |c| row.get_result::<OwnedRow>(c).optional())
                .doing("owned.lock")?)
        })
    }

    fn save(&mut self, owned: &mut OwnedProduct) -> Result<(), StoreError> {
        self.writing(|tx| {
            // Its owner and its product stay as they are.
            let OwnedProduct {
                id,
                owner,
                product,
                edition,
                serial,
                purchase_date,
                purchase_price,
                currency,
                warranty_expires,
                notes,
                status,
                created_at: _,
                updated_at,
                version,
            } = &*owned;
            let row = table::table.find(id.get()).filter(table::version.eq(*version));
            let before = row.select(table::serial_number);
            let before = on!(&mut tx.conn, |c| before.get_result::<String>(c).optional())
                .doing("owned.save")?;
            let renumbered = before.ok_or(StoreError::Stale)? != serial.as_str();
            if renumbered {
                check_serial(&mut tx.conn, (*owner, *product), serial, Some(*id))?;
            }
            let changed = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((
                        table::edition.eq(edition.as_str()),
                        table::serial_number.eq(serial.as_str()),
                        table::purchase_date.eq(day(*purchase_date)),
                        table::purchase_price.eq(purchase_price.map(Price::get)),
                        table::currency.eq(currency.as_str()),
                        table::warranty_expires.eq(day(*warranty_expires)),
                        table::notes.eq(notes.as_str()),
                        table::status.eq(status.rank()),
                        table::updated_at.eq(updated_at.micros()),
                        table::version.eq(table::version + 1),
                        renumbered.then(|| table::duplicate.eq(0)),
                    ))
                    .execute(c)
            })
            .doing("owned.save")?;
            if changed == 0 {
                return Err(StoreError::Stale);
            }
            owned.version += 1;
            Ok(())
        })
    }

    fn remove(&mut self, owner: UserId, id: OwnedId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get()).filter(table::user_id.eq(owner.get()));
            let gone =
                on!(&mut tx.conn, |c| diesel::delete(row).execute(c)).doing("owned.remove")?;
            Ok(gone > 0)
        })
    }

    fn list(
        &mut self,
        filter: &OwnedProductFilter,
        order: &[SortKey<OwnedProductSort>],
        page: &PageRequest,
    ) -> Result<Page<OwnedProduct>, StoreError> {
        self.reading(|conn| list(conn, filter, order, page))
    }

    fn is_owned(&mut self, product: ProductId) -> Result<bool, StoreError> {
        self.reading(|conn| {
            let of = table::table.filter(table::product_id.eq(product.get()));
            on!(conn, |c| select(exists(of)).get_result::<bool>(c)).doing("owned.is_owned")
        })
    }

    fn due(&mut self, from: Date, to: Date, limit: u32) -> Result<Vec<OwnedProduct>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, table::SqlType> = Statement::new();
            due(&mut ask, conn.dialect(), from, to, limit);
            let rows: Vec<OwnedRow> = on!(conn, |c| ask.load(c)).doing("owned.due")?;
            all(rows)
        })
    }

    fn warned(&mut self, id: OwnedId, end: Date) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get());
            on!(&mut tx.conn, |c| {
                diesel::update(row).set(table::warned_of.eq(end.start().micros())).execute(c)
            })
            .doing("owned.warned")
            .map(drop)
        })
    }

    fn forget(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let theirs = table::table.filter(table::user_id.eq(owner.get()));
            let gone =
                on!(&mut tx.conn, |c| diesel::delete(theirs).execute(c)).doing("owned.forget")?;
            Ok(gone as u64)
        })
    }
}

#[cfg(test)]
mod tests {
    use diesel::{
        Connection, SqliteConnection,
        sql_types::{Integer, Text},
    };
    use kernel::Timestamp;

    use super::*;

    #[test]
    fn warranties_that_end_are_a_range_of_their_index() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("alveole.db");
        crate::migrate::up(&format!("sqlite://{}", path.display()), &[]).expect("a schema");
        let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a connection");
        let today = Timestamp::from_micros(1_800_000_000_000_000).expect("a moment").date();
        let mut ask: Statement<'_, (Integer, Integer, Integer, Text)> = Statement::new();
        ask.sql("EXPLAIN QUERY PLAN ");
        due(&mut ask, Dialect::Sqlite, today, today.offset(30), 100);
        let steps: Vec<(i32, i32, i32, String)> = ask.load(&mut conn).expect("a plan");
        let plan: Vec<&str> = steps.iter().map(|step| step.3.as_str()).collect();
        let expected = "SEARCH user_products USING INDEX user_products_to_warn \
                        (warranty_expires>? AND warranty_expires<?)";
        // One step: nothing is sorted.
        assert_eq!(plan, [expected]);
    }
}
