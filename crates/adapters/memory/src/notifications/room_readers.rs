//! `RoomReaders`, by the members of the chat.

use chat::values::Notify;
use kernel::{RoomId, StoreError, UserId};
use notifications::{RoomReaders, ports::RoomReader};

use crate::tx::MemoryTx;

impl RoomReaders for MemoryTx {
    fn reader(&mut self, room: RoomId, user: UserId) -> Result<Option<RoomReader>, StoreError> {
        self.reading(|state| {
            let tables = &state.domains.chat;
            let member = tables.members.get(&(room, user));
            let hears = member.filter(|one| one.is_joined() && one.notify == Notify::Mentions);
            Ok(hears.zip(tables.rooms.get(&room)).map(|(member, room)| RoomReader {
                read_number: member.read_number,
                last_number: room.messages,
            }))
        })
    }
}
