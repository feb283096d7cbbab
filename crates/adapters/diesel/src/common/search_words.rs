//! Words that were cut by older rules are cut again, a batch of rows in a transaction, while everything else goes on. Several
//! processes that do it share the work: each batch begins where the last one of any of them ended.
//!
//! A replica of the version before still writes words of its rules while it runs; they stay until their row is changed.

use diesel::prelude::*;
use kernel::{StoreError, UnitOfWork, search::SEARCH_RULES};

use crate::{
    Db,
    constraint::Attempt as _,
    db::{locking, on},
    domains::SEARCHED,
    schema::search_rules as table,
    uow::DieselTx,
};

/// Rows in a transaction.
pub(crate) const BATCH: usize = 200;

/// A table whose rows are found by words.
#[derive(Clone, Copy)]
pub(crate) struct Searched {
    /// Its name.
    pub(crate) table: &'static str,
    /// Cuts the words of the next [`BATCH`] rows behind this one again. Returns the last of them; `None` when there was none.
    pub(crate) renew: fn(&mut DieselTx, i64) -> Result<Option<i64>, StoreError>,
}

/// The next rows of a table behind one, locked.
macro_rules! behind {
    ($tx:expr, $row:ty, $sql:ty, $columns:expr, $table:expr, $after:expr) => {{
        let conn = &mut $tx.conn;
        let mut ask: $crate::statement::Statement<'_, $sql> = $crate::statement::Statement::new();
        ask.sql("SELECT ").sql($columns).sql(" FROM ").sql($table).sql(" WHERE id > ");
        ask.number($after).sql(" ORDER BY id LIMIT ");
        ask.number($crate::common::search_words::BATCH as i64);
        if conn.dialect() == $crate::db::Dialect::Postgres {
            ask.sql(" FOR UPDATE");
        }
        $crate::db::on!(conn, |c| ask.load::<$row>(c)).doing("search_words.behind")
    }};
}
pub(crate) use behind;

impl Db {
    /// Cuts again what is found by words of older rules; returns how many tables were.
    ///
    /// # Errors
    /// Of the database. What was done until then stays done.
    pub async fn renew_search_words(&self) -> Result<usize, StoreError> {
        let work: &dyn UnitOfWork<DieselTx> = self;
        let mut renewed = 0;
        for searched in SEARCHED {
            let mut had_work = false;
            while work.write(move |tx: &mut DieselTx| step(tx, *searched)).await? {
                had_work = true;
            }
            renewed += usize::from(had_work);
        }
        Ok(renewed)
    }
}

/// One batch; false when nothing is left to do.
fn step(tx: &mut DieselTx, searched: Searched) -> Result<bool, StoreError> {
    tx.writing(|tx| {
        let first = (table::name.eq(searched.table), table::rules.eq(0), table::place.eq(0));
        on!(&mut tx.conn, |c| {
            diesel::insert_into(table::table).values(first).on_conflict_do_nothing().execute(c)
        })
        .doing("search_words.first")?;
        let own = table::table.find(searched.table);
        let row = own.select((table::rules, table::place));
        let (rules, place): (i64, i64) =
            locking!(&mut tx.conn, row, |c| row.get_result(c)).doing("search_words.rules")?;
        if rules >= SEARCH_RULES {
            return Ok(false);
        }
        let next = (searched.renew)(tx, place)?;
        let rules = if next.is_none() { SEARCH_RULES } else { rules };
        let now = (table::rules.eq(rules), table::place.eq(next.unwrap_or_default()));
        on!(&mut tx.conn, |c| diesel::update(own).set(now).execute(c))
            .doing("search_words.place")?;
        Ok(true)
    })
}
