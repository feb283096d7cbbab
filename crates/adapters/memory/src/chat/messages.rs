//! `MessageStore`, `ReactionStore` and `RoomLog`.

use std::{collections::BTreeSet, sync::Arc};

use chat::{
    Message, MessageId, MessageStore, ReactionStore, RoomId, RoomLog,
    log::{Entry, Told},
    message::{NewMessage, Reactions, ReactionsOf},
    query::History,
    values::{ClientId, Content, Emoji},
};
use kernel::{StoreError, Timestamp, UserId};

use super::ChatTables;
use crate::{
    state::{count, next, not_an_id, prune},
    tx::MemoryTx,
};

impl ChatTables {
    pub(super) fn message(&self, id: MessageId) -> Option<Message> {
        self.messages.get(&id).map(|message| (**message).clone())
    }

    fn keep_message(&mut self, message: &Message) {
        Arc::make_mut(&mut self.messages).insert(message.id, Arc::new(message.clone()));
    }

    fn resent(&self, author: UserId, id: &ClientId) -> Option<&Message> {
        let all = self.messages.values().map(|message| &**message);
        all.filter(|one| one.author == author).find(|one| one.client_id.as_ref() == Some(id))
    }

    /// The messages of a room, the smallest number first.
    fn of_room(&self, room: RoomId) -> impl DoubleEndedIterator<Item = &Message> {
        let ids = self.numbers.range((room, i64::MIN)..=(room, i64::MAX)).map(|(_, id)| id);
        ids.filter_map(|id| self.messages.get(id)).map(|message| &**message)
    }
}

impl MessageStore for MemoryTx {
    fn insert(&mut self, new: &NewMessage) -> Result<Message, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.chat;
            if let Some((id, _)) = &new.client_id
                && tables.resent(new.author, id).is_some()
            {
                return Err(StoreError::Duplicate("messages.client_id"));
            }
            let id = MessageId::parse(next(&mut tables.last_message)).map_err(not_an_id)?;
            let message = new.stored(id);
            tables.keep_message(&message);
            Arc::make_mut(&mut tables.numbers).insert((message.room, message.number), id);
            Ok(message)
        })
    }

    fn get(&mut self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.reading(|state| Ok(state.domains.chat.message(id)))
    }

    fn lock(&mut self, id: MessageId) -> Result<Option<Message>, StoreError> {
        MessageStore::get(self, id)
    }

    fn find(&mut self, room: RoomId, number: i64) -> Result<Option<Message>, StoreError> {
        self.reading(|state| {
            let tables = &state.domains.chat;
            Ok(tables.numbers.get(&(room, number)).and_then(|id| tables.message(*id)))
        })
    }

    fn resent(&mut self, author: UserId, id: &ClientId) -> Result<Option<Message>, StoreError> {
        self.reading(|state| Ok(state.domains.chat.resent(author, id).cloned()))
    }

    fn save(&mut self, message: &mut Message) -> Result<(), StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.chat;
            let found = tables.message(message.id).filter(|one| one.version == message.version);
            let was = found.ok_or(StoreError::Stale)?;
            message.version += 1;
            let Message {
                content, attachments, fingerprint, edited_at, deleted_at, version, ..
            } = message.clone();
            let saved = Message {
                content,
                attachments,
                fingerprint,
                edited_at,
                deleted_at,
                version,
                ..was
            };
            tables.keep_message(&saved);
            Ok(())
        })
    }

    fn history(&mut self, history: &History) -> Result<Vec<Message>, StoreError> {
        let History { room, above, before, query, limit } = history;
        self.reading(|state| {
            let says = |message: &Message| match query {
                None => true,
                Some(query) => message
                    .content
                    .as_ref()
                    .map(Content::as_str)
                    .is_some_and(|text| query.matches(text)),
            };
            let all = state.domains.chat.of_room(*room).rev();
            let found = all
                .filter(|one| one.number > *above && before.is_none_or(|end| one.number < end))
                .filter(|one| says(one));
            Ok(found.take(*limit as usize).cloned().collect())
        })
    }

    fn number_at(&mut self, room: RoomId, before: Timestamp) -> Result<i64, StoreError> {
        self.reading(|state| {
            let older = state.domains.chat.of_room(room).filter(|one| one.created_at < before);
            Ok(older.map(|message| message.number).max().unwrap_or(0))
        })
    }

    fn name(&mut self, message: &Message, users: &[UserId]) -> Result<(), StoreError> {
        self.writing(|tx| {
            let (room, number) = (message.room, message.number);
            let mentions = Arc::make_mut(&mut tx.state.domains.chat.mentions);
            mentions.retain(|(of, at, _), ()| (*of, *at) != (room, number));
            mentions.extend(users.iter().map(|user| ((room, number, *user), ())));
            Ok(())
        })
    }

    fn named(&mut self, message: &Message) -> Result<BTreeSet<UserId>, StoreError> {
        self.reading(|state| {
            let all = state.domains.chat.mentions.keys();
            let of = all.filter(|(room, at, _)| (*room, *at) == (message.room, message.number));
            Ok(of.map(|(_, _, user)| *user).collect())
        })
    }

    fn forget_mentions(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mentions = &mut tx.state.domains.chat.mentions;
            Ok(count(&prune(mentions, u32::MAX, |(_, _, of), ()| *of == user)))
        })
    }

    fn prune(&mut self, room: RoomId, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.chat;
            let old = tables.of_room(room).filter(|one| one.created_at < before);
            let gone: Vec<MessageId> = old.take(limit as usize).map(|one| one.id).collect();
            tables.remove_messages(&gone);
            Ok(count(&gone))
        })
    }

    fn of_author(
        &mut self,
        author: UserId,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.reading(|state| {
            let all = state.domains.chat.messages.values().filter(|one| one.author == author);
            let live = all.filter(|one| !one.is_deleted() && Some(one.id) > after);
            Ok(live.take(limit as usize).map(|message| (**message).clone()).collect())
        })
    }
}

impl ReactionStore for MemoryTx {
    fn react(
        &mut self,
        message: MessageId,
        user: UserId,
        emoji: &Emoji,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let reactions = Arc::make_mut(&mut tx.state.domains.chat.reactions);
            Ok(reactions.insert((message, emoji.clone(), user), ()).is_none())
        })
    }

    fn unreact(
        &mut self,
        message: MessageId,
        user: UserId,
        emoji: &Emoji,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let reactions = Arc::make_mut(&mut tx.state.domains.chat.reactions);
            Ok(reactions.remove(&(message, emoji.clone(), user)).is_some())
        })
    }

    fn reactions(
        &mut self,
        messages: &[MessageId],
        viewer: UserId,
    ) -> Result<ReactionsOf, StoreError> {
        self.reading(|state| {
            let mut found = ReactionsOf::new();
            let all = state.domains.chat.reactions.keys();
            for (message, emoji, user) in all.filter(|(id, _, _)| messages.contains(id)) {
                let of = found.entry(*message).or_default();
                match of.last_mut().filter(|last| last.emoji == *emoji) {
                    Some(last) => {
                        last.count += 1;
                        last.mine |= *user == viewer;
                    }
                    None => {
                        let mine = *user == viewer;
                        of.push(Reactions { emoji: emoji.clone(), count: 1, mine });
                    }
                }
            }
            Ok(found)
        })
    }

    fn forget_reactions(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let reactions = &mut tx.state.domains.chat.reactions;
            Ok(count(&prune(reactions, u32::MAX, |(_, _, of), ()| *of == user)))
        })
    }
}

impl RoomLog for MemoryTx {
    fn append(&mut self, entry: &Entry) -> Result<(), StoreError> {
        self.writing(|tx| {
            let log = Arc::make_mut(&mut tx.state.domains.chat.log);
            log.insert((entry.room, entry.seq), Arc::new(entry.clone()));
            Ok(())
        })
    }

    fn after(&mut self, room: RoomId, seq: i64, limit: u32) -> Result<Vec<Told>, StoreError> {
        self.reading(|state| {
            let tables = &state.domains.chat;
            let behind = tables.log.range((room, seq.saturating_add(1))..=(room, i64::MAX));
            let told = |entry: &Arc<Entry>| Told {
                message: entry.message.and_then(|(id, _)| tables.message(id)),
                entry: (**entry).clone(),
            };
            Ok(behind.take(limit as usize).map(|(_, entry)| told(entry)).collect())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let log = &mut tx.state.domains.chat.log;
            let mut old: Vec<(Timestamp, (RoomId, i64))> = log
                .iter()
                .filter(|(_, one)| one.at < before)
                .map(|(key, one)| (one.at, *key))
                .collect();
            old.sort_unstable();
            old.truncate(limit as usize);
            let rows = Arc::make_mut(log);
            for (_, key) in &old {
                rows.remove(key);
            }
            Ok(count(&old))
        })
    }
}
