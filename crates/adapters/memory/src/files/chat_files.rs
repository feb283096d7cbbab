//! `ChatFiles`, by the messages and members of the chat.

use chat::Message;
use files::ChatFiles;
use kernel::{FileId, StoreError, UserId};

use crate::tx::MemoryTx;

impl ChatFiles for MemoryTx {
    fn shows(&mut self, user: UserId, file: FileId) -> Result<bool, StoreError> {
        self.reading(|state| {
            let tables = &state.domains.chat;
            let is_seen = |message: &Message| {
                let room = tables.rooms.get(&message.room);
                let member = tables.members.get(&(message.room, user));
                let member = member.filter(|member| member.is_joined());
                room.zip(member).is_some_and(|(room, member)| {
                    !room.hides_the_past() || message.number > member.joined_number
                })
            };
            let live = tables.messages.values().filter(|message| !message.is_deleted());
            let mut with_it = live.filter(|message| message.attachments.contains(&file));
            Ok(with_it.any(|message| is_seen(message)))
        })
    }
}
