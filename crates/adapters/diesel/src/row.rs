//! Rows: [`row!`] is the only list of a table's columns.

use kernel::{StoreError, record::CorruptColumn};

/// A row of a table whose columns are the fields of a record.
pub trait Row: Sized {
    /// The domain's record.
    type Record;
    /// The name of the table.
    const TABLE: &'static str;
    /// The columns of a SELECT, in the order of the fields.
    const COLUMNS: &'static str;

    /// The number that a report of a corrupt row names.
    fn id(&self) -> i64;

    /// Leaves out the columns that the record does not have.
    fn record(self) -> Self::Record;

    /// What the row holds.
    ///
    /// # Errors
    ///
    /// `Corrupt`, which names the column that cannot be read.
    fn entity<T>(self) -> Result<T, StoreError>
    where
        T: TryFrom<Self::Record, Error = CorruptColumn>,
    {
        let id = self.id();
        T::try_from(self.record()).map_err(|corrupt| corrupt.at(Self::TABLE, id))
    }
}

/// The row that was found, if one was.
///
/// # Errors
///
/// `Corrupt` when it cannot be read.
pub fn one<R: Row, T>(row: Option<R>) -> Result<Option<T>, StoreError>
where
    T: TryFrom<R::Record, Error = CorruptColumn>,
{
    row.map(R::entity).transpose()
}

/// Every row that was found.
///
/// # Errors
///
/// `Corrupt` when one cannot be read.
pub fn all<R: Row, T>(rows: Vec<R>) -> Result<Vec<T>, StoreError>
where
    T: TryFrom<R::Record, Error = CorruptColumn>,
{
    rows.into_iter().map(R::entity).collect()
}

/// Writes, from one list of columns, Diesel's `table!`, the struct of a row, the columns of a SELECT
/// and the way to the domain's record, whose fields have the names of the columns.
///
/// ```ignore
/// row!(TaskRow => TaskRecord in tasks (id) { id: BigInt => i64, title: Text => String }
///     plus { title_key: Text => String });
/// ```
///
/// Columns behind `plus` belong to the database alone (keys to compare by, marks of background
/// work): they are in the row and not in the record. The order of the columns does not matter,
/// because lists are sorted by name.
#[macro_export]
macro_rules! row {
    ($row:ident => $record:ident in $table:ident ($($key:ident),+) {
        $first:ident: $first_sql:ty => $first_rust:ty
        $(, $column:ident: $sql:ty => $rust:ty)* $(,)?
    } $(plus { $($own:ident: $own_sql:ty => $own_rust:ty),+ $(,)? })?) => {
        diesel::table! {
            $table ($($key),+) {
                $first -> $first_sql,
                $($column -> $sql,)*
                $($($own -> $own_sql,)+)?
            }
        }

        #[derive(diesel::Queryable)]
        pub(crate) struct $row {
            $first: $first_rust,
            $($column: $rust,)*
            $($(#[expect(dead_code, reason = "the database's own")] $own: $own_rust,)+)?
        }

        impl $crate::store::Row for $row {
            type Record = $record;
            const TABLE: &'static str = stringify!($table);
            const COLUMNS: &'static str = concat!(
                stringify!($first)
                $(, ", ", stringify!($column))*
                $($(, ", ", stringify!($own))+)?
            );

            fn id(&self) -> i64 {
                self.$first
            }

            fn record(self) -> $record {
                $record { $first: self.$first, $($column: self.$column,)* }
            }
        }
    };
}
pub(crate) use row;
