//! Records: the plain stored form of an aggregate. Rows of a database and values of a shared cache
//! are made from a record, and an aggregate is rebuilt from one by the same `parse` as any input.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Date, IdError, StoreError, Timestamp, UserId};

/// The stored form of something.
pub trait Record: Serialize + DeserializeOwned + Send {
    /// What it is of; part of the keys of a shared cache.
    const NAME: &'static str;
    /// Grows with every change of the form. It is part of the keys of a shared cache, so that
    /// replicas of two releases never read one another's values.
    const VERSION: u32;
}

/// The field of a record whose value is not one that this version writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} holds a value that cannot be read")]
pub struct CorruptColumn(pub &'static str);

impl CorruptColumn {
    /// The error of a store, which knows where it read the record.
    pub const fn at(self, table: &'static str, id: i64) -> StoreError {
        StoreError::Corrupt { table, column: self.0, id }
    }
}

/// What `parse` made of a column.
///
/// # Errors
///
/// The column, when `parse` refused its value.
pub fn read<T, E>(column: &'static str, parsed: Result<T, E>) -> Result<T, CorruptColumn> {
    parsed.map_err(|_| CorruptColumn(column))
}

/// What `parse` made of a column that may be empty.
///
/// # Errors
///
/// The column, when `parse` refused its value.
pub fn read_option<R, T, E>(
    column: &'static str,
    raw: Option<R>,
    parse: impl FnOnce(R) -> Result<T, E>,
) -> Result<Option<T>, CorruptColumn> {
    read(column, raw.map(parse).transpose())
}

/// What a look-up in a closed list made of a column.
///
/// # Errors
///
/// The column, when the list lacks its value.
pub fn known<T>(column: &'static str, found: Option<T>) -> Result<T, CorruptColumn> {
    found.ok_or(CorruptColumn(column))
}

/// A time, kept as microseconds since 1970.
///
/// # Errors
///
/// The column, when it is not a time of the years 1 to 9999.
pub fn moment(column: &'static str, micros: i64) -> Result<Timestamp, CorruptColumn> {
    read(column, Timestamp::from_micros(micros))
}

/// A day, kept as its first microsecond.
///
/// # Errors
///
/// The column, when it is not a day of the years 1 to 9999.
pub fn day(column: &'static str, micros: Option<i64>) -> Result<Option<Date>, CorruptColumn> {
    micros.map(|micros| moment(column, micros).map(Timestamp::date)).transpose()
}

/// An account.
///
/// # Errors
///
/// The column, when it is no id.
pub fn user(column: &'static str, id: i64) -> Result<UserId, CorruptColumn> {
    let parsed: Result<UserId, IdError> = UserId::parse(id);
    read(column, parsed)
}

/// Where a value of a closed list stands in it; this number is what is stored.
pub fn rank<T: PartialEq>(all: &[T], value: &T) -> i16 {
    let place = all.iter().position(|one| one == value).unwrap_or(all.len());
    i16::try_from(place).unwrap_or(i16::MAX)
}

/// The value of a closed list that stands at `rank`.
pub fn at_rank<T: Copy>(all: &[T], rank: i16) -> Option<T> {
    usize::try_from(rank).ok().and_then(|rank| all.get(rank)).copied()
}
