//! Lists: sort keys, keyset conditions and pages, the same for every table.

use diesel::sql_types::BigInt;
use kernel::{
    Cursor, Page, PageRequest, Paging, SortKey, StoreError,
    page::{COUNTED_ROWS, Direction, FixedOrder, SortValue},
};

use crate::{db::Dialect, statement::Statement};

/// A column that can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// A number, or a time in microseconds.
    Number,
    /// A number that may be absent.
    NumberOrNothing,
    /// Text, compared by its bytes.
    Text,
}

/// The keys of a list: columns and directions, the id last.
pub struct Keys {
    columns: Vec<(Column, Direction)>,
    tie: Direction,
    order: String,
}

impl Keys {
    /// The order that a client chose.
    pub fn new<F: Copy>(
        order: &[SortKey<F>],
        order_text: String,
        column: impl Fn(F) -> Column,
    ) -> Self {
        let columns: Vec<_> = order.iter().map(|key| (column(key.field), key.direction)).collect();
        let tie = columns.last().map_or(Direction::Ascending, |(_, direction)| *direction);
        Self { columns, tie, order: order_text }
    }

    /// The order that a list always has, by these columns.
    pub fn fixed(order: FixedOrder, columns: &[Column]) -> Self {
        let columns = columns.iter().copied().zip(order.directions.iter().copied()).collect();
        Self { columns, tie: order.tie, order: order.text.to_owned() }
    }

    #[expect(clippy::len_without_is_empty, reason = "the id is always one more")]
    /// How many columns, the id left out.
    pub const fn len(&self) -> usize {
        self.columns.len()
    }

    /// The names of the columns, the id left out.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|(column, _)| column.name)
    }

    /// ` ORDER BY …`, by the names of columns, which also order a union.
    pub fn order<ST>(&self, statement: &mut Statement<'_, ST>, dialect: Dialect) {
        statement.sql(" ORDER BY ");
        for (column, direction) in &self.columns {
            statement.sql(column.name).sql(word(*direction));
            if column.holds == Holds::NumberOrNothing {
                // Absent values come last in both directions. Each engine does that by itself in
                // one of them, and then needs no word that keeps it from its index.
                match (dialect, direction) {
                    (Dialect::Sqlite, Direction::Ascending)
                    | (Dialect::Postgres, Direction::Descending) => {
                        statement.sql(" NULLS LAST");
                    }
                    _ => {}
                }
            }
            statement.sql(", ");
        }
        statement.sql("id").sql(word(self.tie));
    }

    /// ` AND …`: behind the cursor.
    ///
    /// # Errors
    ///
    /// `Internal` when the cursor was made for another order.
    pub fn after<'a, ST>(
        &self,
        statement: &mut Statement<'a, ST>,
        cursor: &'a Cursor,
    ) -> Result<(), StoreError> {
        if cursor.values.len() != self.columns.len() {
            return Err(other_order());
        }
        let pairs: Vec<_> = self.columns.iter().zip(&cursor.values).collect();
        statement.sql(" AND ");
        if let [((column, direction), value)] = pairs.as_slice()
            && column.holds != Holds::NumberOrNothing
        {
            // One comparison of rows is a range of the index.
            statement.sql("(").sql(column.name).sql(", id)").sql(sign(*direction)).sql("(");
            bind(statement, *column, value)?;
            statement.sql(", ").number(cursor.id).sql(")");
            return Ok(());
        }
        for ((column, direction), value) in &pairs {
            statement.sql("(");
            after(statement, *column, *direction, value)?;
            statement.sql(" OR (");
            equal(statement, *column, value)?;
            statement.sql(" AND ");
        }
        statement.sql("id").sql(sign(self.tie)).number(cursor.id);
        for _ in &pairs {
            statement.sql("))");
        }
        Ok(())
    }

    /// What follows the conditions of a list: where the page begins, the order, and how many rows.
    ///
    /// # Errors
    ///
    /// As [`Keys::after`].
    pub fn finish<'a, ST>(
        &self,
        statement: &mut Statement<'a, ST>,
        request: &'a PageRequest,
        dialect: Dialect,
    ) -> Result<(), StoreError> {
        if let Paging::Cursor(Some(cursor)) = &request.paging {
            self.after(statement, cursor)?;
        }
        self.order(statement, dialect);
        limit(statement, request);
        Ok(())
    }

    /// Cuts the row too many off a cursor page and says where the next one begins.
    fn cut<T>(
        &self,
        mut items: Vec<T>,
        page: &PageRequest,
        at: impl Fn(&T) -> (Vec<SortValue>, i64),
    ) -> Page<T> {
        let limit = page.limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|row| {
            let (values, id) = at(row);
            Cursor { order: self.order.clone(), values, id }
        });
        Page { items, total: None, next }
    }
}

/// A page of these rows: with a total when it has a number, else with where the next one begins. `at`
/// returns a row's sort values and id; `count` is asked only when the page does not tell the total.
///
/// # Errors
///
/// Those of `count`.
pub fn page<T>(
    keys: &Keys,
    items: Vec<T>,
    request: &PageRequest,
    at: impl Fn(&T) -> (Vec<SortValue>, i64),
    count: impl FnOnce() -> Result<u64, StoreError>,
) -> Result<Page<T>, StoreError> {
    match request.paging {
        Paging::Number(_) => Page::numbered(items, request, count),
        Paging::Cursor(_) => Ok(keys.cut(items, request, at)),
    }
}

/// `SELECT count(*) …` of the rows that `rows` selects from, as far as lists are counted.
pub(crate) fn count_rows<'a>(
    statement: &mut Statement<'a, BigInt>,
    rows: impl FnOnce(&mut Statement<'a, BigInt>),
) {
    statement.sql("SELECT count(*) FROM (SELECT 1");
    rows(statement);
    statement.sql(" LIMIT ").number(COUNTED_ROWS as i64 + 1).sql(") AS counted");
}

/// ` LIMIT … OFFSET …`; a cursor page asks for one row more, to know whether there is a next one.
pub(crate) fn limit<ST>(statement: &mut Statement<'_, ST>, page: &PageRequest) {
    match page.paging {
        Paging::Number(_) => {
            statement.sql(" LIMIT ").number(page.limit.into());
            if page.offset() > 0 {
                statement.sql(" OFFSET ").number(page.offset().into());
            }
        }
        Paging::Cursor(_) => {
            statement.sql(" LIMIT ").number(i64::from(page.limit) + 1);
        }
    }
}

const fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => " ASC",
        Direction::Descending => " DESC",
    }
}

const fn sign(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => " > ",
        Direction::Descending => " < ",
    }
}

/// That the cursor was made for this order is the caller's to check, because it is a fault of the
/// request; one whose values cannot be compared with the columns at all is refused here.
fn other_order() -> StoreError {
    StoreError::Internal("the cursor was made for another order".to_owned())
}

fn bind<'a, ST>(
    statement: &mut Statement<'a, ST>,
    column: Column,
    value: &'a SortValue,
) -> Result<(), StoreError> {
    match (column.holds, value) {
        (Holds::Number | Holds::NumberOrNothing, SortValue::Number(number)) => {
            statement.number(*number);
        }
        (Holds::Text, SortValue::Text(text)) => {
            statement.text(text.as_str());
        }
        _ => return Err(other_order()),
    }
    Ok(())
}

fn after<'a, ST>(
    statement: &mut Statement<'a, ST>,
    column: Column,
    direction: Direction,
    value: &'a SortValue,
) -> Result<(), StoreError> {
    if column.holds == Holds::NumberOrNothing {
        if *value == SortValue::Nothing {
            statement.sql("1 = 0");
            return Ok(());
        }
        statement.sql("(").sql(column.name).sql(" IS NULL OR ");
    }
    statement.sql(column.name).sql(sign(direction));
    bind(statement, column, value)?;
    if column.holds == Holds::NumberOrNothing {
        statement.sql(")");
    }
    Ok(())
}

fn equal<'a, ST>(
    statement: &mut Statement<'a, ST>,
    column: Column,
    value: &'a SortValue,
) -> Result<(), StoreError> {
    statement.sql(column.name);
    if column.holds == Holds::NumberOrNothing && *value == SortValue::Nothing {
        statement.sql(" IS NULL");
        return Ok(());
    }
    statement.sql(" = ");
    bind(statement, column, value)
}
