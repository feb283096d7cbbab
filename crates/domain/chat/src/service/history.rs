//! What was said: pages of the past, searches, exports, and what someone missed.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Actor, Permission, SearchQuery, UserId};

use super::{Chat, MessageView, Seen, messages, seen};
use crate::{
    error::ChatError,
    log::{Missed, Place, Told},
    policy::{self, Sight},
    ports::ChatTx,
    query::{Before, History},
    room::Room,
    values::{Pair, RoomRef},
};

/// Messages of one page of an export.
const EXPORT: u32 = 200;

/// A page of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The newest first.
    pub messages: Vec<MessageView>,
    /// True when there are older ones.
    pub more: bool,
}

/// A page of an export, the oldest first, and behind which number the next one begins.
pub type ExportPage = (Vec<MessageView>, Option<i64>);

impl Chat {
    /// A page of what was said in a room, before a message or a moment. With a query only messages with these words.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `Store`.
    pub async fn history(
        &self,
        actor: &Actor,
        room: RoomRef,
        before: Option<Before>,
        query: Option<SearchQuery>,
        limit: u32,
    ) -> Result<Past, ChatError> {
        actor.require(Permission::ChatRead)?;
        let actor = actor.clone();
        let is_search = query.is_some();
        let page = move |tx: &mut (dyn ChatTx + 'static)| {
            let Seen { room, sight, .. } = seen(tx, &actor, &room)?;
            past(tx, &actor, &room, sight, before, query.as_ref(), limit)
        };
        if is_search { self.work.read_slow(page).await } else { self.work.read(page).await }
    }

    /// The same of the messages of the caller and another person.
    ///
    /// Errors: `MissingPermission`, `Oneself`, `UserNotFound`, `Store`.
    pub async fn direct_history(
        &self,
        actor: &Actor,
        other: UserId,
        before: Option<Before>,
        query: Option<SearchQuery>,
        limit: u32,
    ) -> Result<Past, ChatError> {
        actor.require(Permission::ChatRead)?;
        let pair = Pair::new(actor.user, other).ok_or(ChatError::Oneself)?;
        let actor = actor.clone();
        let is_search = query.is_some();
        let page = move |tx: &mut (dyn ChatTx + 'static)| {
            let Some(room) = tx.rooms().direct(pair)? else {
                if tx.people().names(&[other])?.is_empty() {
                    return Err(ChatError::UserNotFound);
                }
                return Ok(Past { messages: Vec::new(), more: false });
            };
            let sight = Sight { above_number: 0, above_seq: 0 };
            past(tx, &actor, &room, sight, before, query.as_ref(), limit)
        };
        if is_search { self.work.read_slow(page).await } else { self.work.read(page).await }
    }

    /// What a member missed in a room behind a place. Without a gap, or not at all.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `NotMember`, `Store`.
    pub async fn missed(
        &self,
        actor: &Actor,
        room: RoomRef,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Missed, ChatError> {
        actor.require(Permission::ChatRead)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                let epoch = tx.outbox().feed()?.epoch;
                let Seen { room, member, sight } = seen(tx, &actor, &room)?;
                let member = policy::joined(&actor, &room, member.as_ref())?;
                let head = Place { epoch, seq: room.last_seq };
                let mut missed = Missed {
                    head,
                    number: room.messages,
                    read_number: member.read_number,
                    recovered: false,
                    entries: Vec::new(),
                    more: false,
                    names: BTreeMap::new(),
                    room,
                };
                let Some(after) = after else { return Ok(missed) };
                let is_known =
                    after.epoch == epoch && (sight.above_seq..=head.seq).contains(&after.seq);
                if !is_known {
                    return Ok(missed);
                }
                let mut entries = tx.log().after(missed.room.id, after.seq, limit)?;
                // The room was read before its log: what came in between comes live.
                entries.retain(|told| told.entry.seq <= head.seq);
                let is_whole =
                    entries.iter().zip(after.seq + 1..).all(|(told, seq)| told.entry.seq == seq);
                let end = entries.last().map_or(after.seq, |told| told.entry.seq);
                missed.more = end < head.seq;
                // Entries that are gone leave a gap at the front.
                missed.recovered = is_whole && !(missed.more && entries.is_empty());
                if missed.recovered {
                    let people: BTreeSet<UserId> = entries.iter().flat_map(people).collect();
                    missed.names = tx.people().names(&people.into_iter().collect::<Vec<_>>())?;
                    missed.entries = entries;
                } else {
                    missed.more = false;
                }
                Ok::<_, ChatError>(missed)
            })
            .await
    }

    /// The messages of a room with a number behind `after`, the oldest first. Many short reads, so that no transaction is open
    /// while a client is slow.
    ///
    /// Errors: `MissingPermission`, `RoomNotFound`, `Banned`, `Store`.
    pub async fn export(
        &self,
        actor: &Actor,
        room: RoomRef,
        after: i64,
    ) -> Result<ExportPage, ChatError> {
        actor.require(Permission::ChatRead)?;
        let actor = actor.clone();
        self.work
            .read_slow(move |tx| {
                let Seen { room, sight, .. } = seen(tx, &actor, &room)?;
                let above = after.max(sight.above_number);
                let end = above.saturating_add(i64::from(EXPORT));
                // Numbers are dense, so that a stretch of them is a page.
                let window = History {
                    room: room.id,
                    above,
                    before: Some(end.saturating_add(1)),
                    query: None,
                    limit: EXPORT,
                };
                let mut found = tx.messages().history(&window)?;
                found.reverse();
                let views = messages::views(tx, &actor, &room, found)?;
                Ok::<_, ChatError>((views, (end < room.messages).then_some(end)))
            })
            .await
    }
}

/// Those whom an entry is about.
pub(super) fn people(told: &Told) -> impl Iterator<Item = UserId> {
    told.entry.people().chain(told.message.as_ref().map(|message| message.author))
}

fn past(
    tx: &mut dyn ChatTx,
    actor: &Actor,
    room: &Room,
    sight: Sight,
    before: Option<Before>,
    query: Option<&SearchQuery>,
    limit: u32,
) -> Result<Past, ChatError> {
    let before = match before {
        None => None,
        Some(Before::Number(number)) => Some(number),
        Some(Before::Time(at)) => Some(tx.messages().number_at(room.id, at)? + 1),
    };
    let history = History {
        room: room.id,
        above: sight.above_number,
        before,
        query: query.cloned(),
        limit: limit.saturating_add(1),
    };
    let mut found = tx.messages().history(&history)?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    Ok(Past { messages: messages::views(tx, actor, room, found)?, more })
}
