//! `RoomStore`.

mod members;
mod messages;
mod notifier;
mod online;
mod others;
#[cfg(test)]
mod planted_chat;
mod presence;

use std::sync::Arc;

use chat::{
    Invitation, InvitationId, Member, Message, MessageId, Room, RoomId, RoomStore,
    log::Entry,
    query::{ROOMS, RoomFilter, Scope},
    room::{NewRoom, Step},
    values::{Emoji, Pair, RoomKind, RoomName},
};
use kernel::{Page, PageRequest, StoreError, Timestamp, UserId, page::SortValue};

pub use self::{notifier::MemoryNotifier, presence::MemoryPresence};
use crate::{
    page::{Order, cut},
    state::{Table, next, not_an_id},
    tx::MemoryTx,
};

/// What is stored.
#[derive(Clone, Default)]
pub(crate) struct ChatTables {
    last_room: i64,
    last_message: i64,
    last_invitation: i64,
    pub(crate) rooms: Table<RoomId, Arc<Room>>,
    pub(crate) members: Table<(RoomId, UserId), Arc<Member>>,
    pub(crate) messages: Table<MessageId, Arc<Message>>,
    /// Which message has a number of a room.
    numbers: Table<(RoomId, i64), MessageId>,
    /// Whom a message names.
    mentions: Table<(RoomId, i64, UserId), ()>,
    reactions: Table<(MessageId, Emoji, UserId), ()>,
    log: Table<(RoomId, i64), Arc<Entry>>,
    invitations: Table<InvitationId, Invitation>,
    blocks: Table<(UserId, UserId), Timestamp>,
    /// Until when people are online.
    online: Table<UserId, Timestamp>,
}

impl ChatTables {
    fn room(&self, id: RoomId) -> Option<Room> {
        self.rooms.get(&id).map(|room| (**room).clone())
    }

    fn keep(&mut self, room: &Room) {
        Arc::make_mut(&mut self.rooms).insert(room.id, Arc::new(room.clone()));
    }

    fn named(&self, key: &str) -> Option<&Arc<Room>> {
        self.rooms.values().find(|room| room.name.as_ref().is_some_and(|name| name.key() == key))
    }

    /// R3: no other room has this name.
    fn check_name(&self, id: Option<RoomId>, name: Option<&RoomName>) -> Result<(), StoreError> {
        let other = name.and_then(|name| self.named(&name.key()));
        if other.is_some_and(|room| Some(room.id) != id) {
            return Err(StoreError::Duplicate("rooms.name"));
        }
        Ok(())
    }

    fn insert(&mut self, new: &NewRoom) -> Result<Room, StoreError> {
        let id = RoomId::parse(next(&mut self.last_room)).map_err(not_an_id)?;
        let room = new.stored(id);
        self.keep(&room);
        Ok(room)
    }

    /// The row that this version is of.
    fn at_version(&self, room: &Room) -> Result<Room, StoreError> {
        let found = self.room(room.id).filter(|stored| stored.version == room.version);
        found.ok_or(StoreError::Stale)
    }

    /// Whether this person is in this room.
    fn is_in(&self, room: RoomId, user: UserId) -> bool {
        self.members.get(&(room, user)).is_some_and(|member| member.is_joined())
    }

    /// Removes messages with what belongs to them.
    fn remove_messages(&mut self, gone: &[MessageId]) {
        let messages = Arc::make_mut(&mut self.messages);
        let (numbers, mentions) =
            (Arc::make_mut(&mut self.numbers), Arc::make_mut(&mut self.mentions));
        for id in gone {
            if let Some(message) = messages.remove(id) {
                numbers.remove(&(message.room, message.number));
                mentions.retain(|(room, number, _), ()| {
                    (*room, *number) != (message.room, message.number)
                });
            }
        }
        Arc::make_mut(&mut self.reactions).retain(|(id, _, _), ()| !gone.contains(id));
    }
}

fn matches(tables: &ChatTables, filter: &RoomFilter, room: &Room) -> bool {
    let RoomFilter { scope, kind, name_begins } = filter;
    let Some(name) = &room.name else { return false };
    let in_scope = match scope {
        Scope::All => true,
        Scope::Of(user) => tables.is_in(room.id, *user),
        Scope::VisibleTo(user) => room.kind == RoomKind::Public || tables.is_in(room.id, *user),
    };
    in_scope
        && kind.is_none_or(|kind| room.kind == kind)
        && name_begins.as_ref().is_none_or(|begins| name.key().starts_with(begins))
}

impl RoomStore for MemoryTx {
    fn insert(&mut self, new: &NewRoom) -> Result<Room, StoreError> {
        self.writing(|tx| {
            if !tx.state.has_account(new.created_by) {
                return Err(StoreError::Missing("rooms.creator"));
            }
            let tables = &mut tx.state.domains.chat;
            tables.check_name(None, new.name.as_ref())?;
            tables.insert(new)
        })
    }

    fn open_direct(&mut self, new: &NewRoom, pair: Pair) -> Result<(Room, bool), StoreError> {
        if let Some(room) = self.direct(pair)? {
            return Ok((room, false));
        }
        self.writing(|tx| Ok((tx.state.domains.chat.insert(new)?, true)))
    }

    fn get(&mut self, id: RoomId) -> Result<Option<Room>, StoreError> {
        self.reading(|state| Ok(state.domains.chat.room(id)))
    }

    fn find(&mut self, name: &RoomName) -> Result<Option<Room>, StoreError> {
        self.reading(|state| {
            let found = state.domains.chat.named(&name.key());
            Ok(found.map(|room| (**room).clone()))
        })
    }

    fn direct(&mut self, pair: Pair) -> Result<Option<Room>, StoreError> {
        self.reading(|state| {
            let found = state.domains.chat.rooms.values().find(|room| room.pair == Some(pair));
            Ok(found.map(|room| (**room).clone()))
        })
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock(&mut self, id: RoomId) -> Result<Option<Room>, StoreError> {
        RoomStore::get(self, id)
    }

    fn save(&mut self, room: &mut Room) -> Result<(), StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.chat;
            let was = tables.at_version(room)?;
            tables.check_name(Some(room.id), room.name.as_ref())?;
            room.version += 1;
            let Room { kind, name, description, slow_mode, retention, updated_at, version, .. } =
                room.clone();
            let saved =
                Room { kind, name, description, slow_mode, retention, updated_at, version, ..was };
            tables.keep(&saved);
            Ok(())
        })
    }

    fn advance(&mut self, id: RoomId, step: Step) -> Result<Option<Room>, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.chat;
            let Some(mut room) = tables.room(id) else { return Ok(None) };
            room.step(step);
            tables.keep(&room);
            Ok(Some(room))
        })
    }

    fn named_all(&mut self, id: RoomId, number: i64) -> Result<(), StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.chat;
            if let Some(mut room) = tables.room(id) {
                room.all_number = room.all_number.max(number);
                tables.keep(&room);
            }
            Ok(())
        })
    }

    fn remove(&mut self, room: &Room) -> Result<(), StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.chat;
            tables.at_version(room)?;
            let id = room.id;
            let gone: Vec<MessageId> =
                tables.messages.values().filter(|one| one.room == id).map(|one| one.id).collect();
            tables.remove_messages(&gone);
            Arc::make_mut(&mut tables.rooms).remove(&id);
            Arc::make_mut(&mut tables.members).retain(|(room, _), _| *room != id);
            Arc::make_mut(&mut tables.log).retain(|(room, _), _| *room != id);
            Arc::make_mut(&mut tables.invitations).retain(|_, one| one.room != id);
            Ok(())
        })
    }

    fn list(&mut self, filter: &RoomFilter, page: &PageRequest) -> Result<Page<Room>, StoreError> {
        self.reading(|state| {
            let tables = &state.domains.chat;
            let rows = tables.rooms.values().filter(|room| matches(tables, filter, room));
            let key = |room: &Room| room.name.as_ref().map(RoomName::key).unwrap_or_default();
            let at = |room: &Room| (vec![SortValue::Text(key(room))], room.id.get());
            cut(rows, &Order::fixed(ROOMS), at, page)
        })
    }

    fn keeping(&mut self, after: Option<RoomId>, limit: u32) -> Result<Vec<Room>, StoreError> {
        self.reading(|state| {
            let rooms = state.domains.chat.rooms.values();
            let kept = rooms.filter(|room| room.retention.is_some() && Some(room.id) > after);
            Ok(kept.take(limit as usize).map(|room| (**room).clone()).collect())
        })
    }

    fn messages(&mut self) -> Result<u64, StoreError> {
        self.reading(|state| {
            let rooms = state.domains.chat.rooms.values();
            Ok(rooms.map(|room| room.messages.unsigned_abs()).sum())
        })
    }
}
