//! A program without the feature `postgres`.

use kernel::Access;

use super::Engine;
use crate::{DbConfig, DbError};

/// There are none.
pub(super) enum Pools {}

impl Pools {
    pub(super) fn connections(&self) -> (u32, u32) {
        match *self {}
    }
}

pub(super) fn open(_: &mut Engine, _: &str, _: &DbConfig) -> Result<(), DbError> {
    Err(DbError::NoPostgres)
}

pub(super) fn most_of_one_face(_: &DbConfig, _: Access) -> usize {
    usize::MAX
}
