//! PostgreSQL is not compiled in.

use std::{io::Read, path::Path};

use crate::DbError;

pub(super) fn snapshot(_: &str, _: &Path, _: &Path) -> Result<(), DbError> {
    Err(DbError::NoPostgres)
}

pub(super) fn has_tables(_: &str) -> Result<bool, DbError> {
    Err(DbError::NoPostgres)
}

pub(super) fn is_empty(_: &str) -> Result<(), DbError> {
    Err(DbError::NoPostgres)
}

pub(super) fn stage(_: &mut dyn Read) -> Result<(), DbError> {
    Err(DbError::NoPostgres)
}

pub(super) fn install(_: &str, _: &mut dyn Read) -> Result<(), DbError> {
    Err(DbError::NoPostgres)
}
