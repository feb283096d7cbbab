//! `RoomReaders` of a program without chat: there are none.

use kernel::{RoomId, StoreError, UserId};
use notifications::{RoomReaders, ports::RoomReader};

use crate::tx::MemoryTx;

impl RoomReaders for MemoryTx {
    fn reader(&mut self, _: RoomId, _: UserId) -> Result<Option<RoomReader>, StoreError> {
        Ok(None)
    }
}
