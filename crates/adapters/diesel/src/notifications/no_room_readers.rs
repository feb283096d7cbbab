//! `RoomReaders` of a program without chat: there are none.

use kernel::{RoomId, StoreError, UserId};
use notifications::{RoomReaders, ports::RoomReader};

use crate::uow::DieselTx;

impl RoomReaders for DieselTx {
    fn reader(&mut self, _: RoomId, _: UserId) -> Result<Option<RoomReader>, StoreError> {
        Ok(None)
    }
}
