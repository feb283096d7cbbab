//! `ChatFiles` of a program without chat: no message shows a file.

use files::ChatFiles;
use kernel::{FileId, StoreError, UserId};

use crate::uow::DieselTx;

impl ChatFiles for DieselTx {
    fn shows(&mut self, _: UserId, _: FileId) -> Result<bool, StoreError> {
        Ok(false)
    }
}
