//! `AttachedFiles` of a program without files: there are none.

use std::collections::BTreeMap;

use kernel::{OwnedId, StoreError};
use products::{AttachedFiles, owned::FileCounts};

use crate::uow::DieselTx;

impl AttachedFiles for DieselTx {
    fn counts(&mut self, _: &[OwnedId]) -> Result<BTreeMap<OwnedId, FileCounts>, StoreError> {
        Ok(BTreeMap::new())
    }
}
