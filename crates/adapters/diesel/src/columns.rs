//! How values are kept in columns, and what is said when a column holds something else.
//!
//! Times are microseconds in a big integer, words of the contract (roles, statuses …) are small
//! numbers, digests are 32 bytes, lists are JSON text. Every value that is read goes through the
//! same `parse` as one from outside.

use std::fmt::Display;

use kernel::{
    Date, EventId, Permission, Permissions, Role, SessionId, StoreError, Timestamp, TokenId, UserId,
};

/// Where a value was read, for the report of a corrupt row.
#[derive(Clone, Copy)]
pub(crate) struct RowRef {
    pub(crate) table: &'static str,
    pub(crate) id: i64,
}

impl RowRef {
    pub(crate) const fn new(table: &'static str, id: i64) -> Self {
        Self { table, id }
    }

    pub(crate) const fn corrupt(self, column: &'static str) -> StoreError {
        StoreError::Corrupt { table: self.table, column, id: self.id }
    }

    /// What `parse` made of a column.
    pub(crate) fn read<T, E>(
        self,
        column: &'static str,
        parsed: Result<T, E>,
    ) -> Result<T, StoreError> {
        parsed.map_err(|_| self.corrupt(column))
    }

    /// What a search among the known values made of a column.
    pub(crate) fn known<T>(self, column: &'static str, found: Option<T>) -> Result<T, StoreError> {
        found.ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn moment(self, column: &'static str, raw: i64) -> Result<Timestamp, StoreError> {
        self.read(column, Timestamp::from_micros(raw))
    }

    pub(crate) fn maybe_moment(
        self,
        column: &'static str,
        raw: Option<i64>,
    ) -> Result<Option<Timestamp>, StoreError> {
        raw.map(|raw| self.moment(column, raw)).transpose()
    }

    pub(crate) fn user(self, column: &'static str, raw: i64) -> Result<UserId, StoreError> {
        self.read(column, UserId::parse(raw))
    }

    pub(crate) fn maybe_user(
        self,
        column: &'static str,
        raw: Option<i64>,
    ) -> Result<Option<UserId>, StoreError> {
        raw.map(|raw| self.user(column, raw)).transpose()
    }

    pub(crate) fn session(self, column: &'static str, raw: i64) -> Result<SessionId, StoreError> {
        self.read(column, SessionId::parse(raw))
    }

    pub(crate) fn token(self, column: &'static str, raw: i64) -> Result<TokenId, StoreError> {
        self.read(column, TokenId::parse(raw))
    }

    pub(crate) fn event(self, column: &'static str, raw: i64) -> Result<EventId, StoreError> {
        self.read(column, EventId::parse(raw))
    }

    pub(crate) fn bytes32(
        self,
        column: &'static str,
        raw: Vec<u8>,
    ) -> Result<[u8; 32], StoreError> {
        self.read(column, raw.try_into())
    }
}

pub(crate) use kernel::record::{at_rank, rank};

/// How a role is stored.
pub(crate) fn role_rank(role: Role) -> i16 {
    rank(&Role::ALL, &role)
}

/// How permissions are stored: their words, separated by spaces.
pub(crate) fn permission_names(permissions: Permissions) -> String {
    permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join(" ")
}

/// The permissions that words stand for. One that this version does not know allows nothing: it may
/// be of a newer version, and must not keep anybody out.
pub(crate) fn permissions(words: &str) -> Permissions {
    words.split(' ').filter_map(Permission::parse).collect()
}

/// How a day is stored: as its first microsecond.
pub(crate) fn day(day: Option<Date>) -> Option<i64> {
    day.map(|day| day.start().micros())
}

/// Something of ours that could not be written as it is stored.
pub(crate) fn unwritable(error: impl Display) -> StoreError {
    StoreError::Internal(error.to_string())
}

/// A count, as the ports give it.
pub(crate) fn count(raw: i64) -> u64 {
    u64::try_from(raw).unwrap_or(0)
}
