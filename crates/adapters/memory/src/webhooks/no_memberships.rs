//! `Memberships` of a program without chat: there is nothing to belong to.

use std::collections::BTreeMap;

use kernel::{StoreError, UserId};
use webhooks::{Belonging, Memberships};

use crate::tx::MemoryTx;

impl Memberships for MemoryTx {
    fn belongings(&mut self, _: &[UserId]) -> Result<BTreeMap<UserId, Vec<Belonging>>, StoreError> {
        Ok(BTreeMap::new())
    }
}
