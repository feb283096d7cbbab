//! What this domain needs of a store. Adapters implement it and prove it with the `kit`.
#![deny(missing_docs)]

use std::collections::{BTreeMap, BTreeSet};

use kernel::{CommonTx, Page, PageRequest, StoreError, Timestamp, UserId};

use crate::{
    invitation::{Block, Invitation, NewInvitation},
    log::{Entry, Told},
    member::{Member, Unread},
    message::{Message, NewMessage, ReactionsOf},
    query::{History, MemberFilter, RoomFilter},
    room::{NewRoom, Room, Step},
    values::{ClientId, Emoji, FileId, InvitationId, MessageId, Pair, RoomId, RoomName},
};

/// Stores rooms.
///
/// * R1 `get`, `find` and `direct` after `insert`, `open_direct` or `save` return an equal room (times to the
///   microsecond, any text);
/// * R2 `save` and `remove` of an outdated version change nothing and report `Stale`; a successful `save` raises the
///   version by one, in the store and in the argument, and writes no counter; of N that save one version one succeeds;
/// * R3 of all rooms that are inserted or saved with names of one key one is stored: the others report
///   `Duplicate("rooms.name")`; the key of a removed room is free;
/// * R4 of many that open the direct room of one pair all get the same room, and one of them hears that it is new;
/// * R5 `advance` raises `last_seq` by one, and the other counters as its step says: N that advance one room
///   simultaneously get N consecutive places, a message gets the next number and a time not before that of the
///   message before, and what is rolled back leaves no gap; `None` when the room is not there;
/// * R6 of two transactions that `lock` or `advance` one room, the second waits and sees what the first wrote;
/// * R7 `list` returns the rooms that its filter names, by the key of their names, without gaps or repeats between
///   pages; numbered pages count `total`;
/// * R8 `remove` takes members, messages, reactions, mentions, invitations and log along;
/// * R9 `insert` for a creator who does not exist reports `Missing("rooms.creator")`;
/// * R10 `keeping` returns the rooms that keep messages for a limited time, behind an id, by id;
/// * R11 `named_all` notes the number of the last message that names everyone, and never a smaller one;
/// * R12 `messages` returns how many messages were written in all rooms that there are, deleted ones too.
pub trait RoomStore {
    /// Adds a room. Errors: Duplicate (R3), Missing (R9).
    fn insert(&mut self, new: &NewRoom) -> Result<Room, StoreError>;
    /// The room of two people; true when it is new (R4).
    fn open_direct(&mut self, new: &NewRoom, pair: Pair) -> Result<(Room, bool), StoreError>;
    /// A room.
    fn get(&mut self, id: RoomId) -> Result<Option<Room>, StoreError>;
    /// The room of a name, regardless of case.
    fn find(&mut self, name: &RoomName) -> Result<Option<Room>, StoreError>;
    /// The room of two people.
    fn direct(&mut self, pair: Pair) -> Result<Option<Room>, StoreError>;
    /// A room; no other transaction changes it before this one ends (R6).
    fn lock(&mut self, id: RoomId) -> Result<Option<Room>, StoreError>;
    /// Writes name, description, kind, slow mode, retention and time of change. Errors: Stale (R2), Duplicate (R3).
    fn save(&mut self, room: &mut Room) -> Result<(), StoreError>;
    /// Moves the counters on; returns the room as it is then (R5).
    fn advance(&mut self, id: RoomId, step: Step) -> Result<Option<Room>, StoreError>;
    /// Notes that a message names everyone (R11).
    fn named_all(&mut self, id: RoomId, number: i64) -> Result<(), StoreError>;
    /// Removes this version (R8). Errors: Stale (R2).
    fn remove(&mut self, room: &Room) -> Result<(), StoreError>;
    /// A page of rooms (R7).
    fn list(&mut self, filter: &RoomFilter, page: &PageRequest) -> Result<Page<Room>, StoreError>;
    /// Rooms with a retention (R10).
    fn keeping(&mut self, after: Option<RoomId>, limit: u32) -> Result<Vec<Room>, StoreError>;
    /// How many messages were written (R12).
    fn messages(&mut self) -> Result<u64, StoreError>;
}

/// Stores who is in which room. Writes happen under the lock of the room, but for `read` and `sent`.
///
/// * M1 `get` after `put` returns an equal member, whatever was there before;
/// * M2 `read` moves the marker of a joined member forward and never back, at most to the last message, and returns
///   where it is when it has moved; `sent` moves it to their own message and notes its time; neither changes the version;
/// * M3 `list` returns the members of one room in one state, by account, without gaps or repeats between pages;
/// * M4 `joined` returns those of some people who are in a room, `owners` the joined owners, `heir` the joined member
///   with the highest role who joined first, another than the one named; `rooms_of` returns the rooms that one person is
///   in, direct ones left out, by id, and `count` how many;
/// * M5 `unread` returns each room that one person is in with messages that they have not read, and no other; mentions
///   are those behind their marker;
/// * M6 `forget` removes one person from all rooms and no one else;
/// * M7 `put` for a person who does not exist reports `Missing("room_members.user")`.
pub trait MemberStore {
    /// What a room knows of a person.
    fn get(&mut self, room: RoomId, user: UserId) -> Result<Option<Member>, StoreError>;
    /// Writes all fields (M1). Errors: Missing (M7).
    fn put(&mut self, member: &Member) -> Result<(), StoreError>;
    /// Moves the marker of what was read (M2).
    fn read(&mut self, room: RoomId, user: UserId, number: i64) -> Result<Option<i64>, StoreError>;
    /// Notes that a member wrote a message (M2).
    fn sent(
        &mut self,
        room: RoomId,
        user: UserId,
        number: i64,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// A page of members (M3).
    fn list(
        &mut self,
        filter: MemberFilter,
        page: &PageRequest,
    ) -> Result<Page<Member>, StoreError>;
    /// Those of these people who are in the room (M4).
    fn joined(&mut self, room: RoomId, users: &[UserId]) -> Result<Vec<Member>, StoreError>;
    /// How many owners are in it (M4).
    fn owners(&mut self, room: RoomId) -> Result<u64, StoreError>;
    /// Who comes after someone who goes (M4).
    fn heir(&mut self, room: RoomId, gone: UserId) -> Result<Option<Member>, StoreError>;
    /// The rooms of a person (M4).
    fn rooms_of(&mut self, user: UserId) -> Result<Vec<RoomId>, StoreError>;
    /// How many they are (M4). Of two transactions that count the rooms of one person, the second waits and sees what
    /// the first wrote.
    fn count(&mut self, user: UserId) -> Result<u64, StoreError>;
    /// What a person has not read (M5).
    fn unread(&mut self, user: UserId) -> Result<Vec<Unread>, StoreError>;
    /// Removes a person everywhere (M6).
    fn forget(&mut self, user: UserId) -> Result<u64, StoreError>;
}

/// Stores messages.
///
/// * S1 `get`, `lock`, `find` and `resent` after `insert` or `save` return an equal message (times to the microsecond, any
///   text);
/// * S2 `insert` of a second message of one author with one client id reports `Duplicate("messages.client_id")`, however
///   many transactions insert it; messages without one, and those of other authors, are no matter;
/// * S3 `save` of an outdated version changes nothing and reports `Stale`; a successful one raises the version by one, and
///   writes what it says, its files, its fingerprint, and when it was changed and deleted;
/// * S4 `history` returns the messages between two numbers, the greatest first, at most `limit`, deleted ones too;
/// * S5 with a query it returns those whose words begin so (`kernel::search`), and no deleted ones; an edited message is
///   found by what it says now; nothing in a query is syntax;
/// * S6 `number_at` returns the greatest number of a message that was written before a moment, 0 without one;
/// * S7 `name` notes whom a message names, instead of those before; `named` returns them; `forget_mentions` removes those
///   of one person;
/// * S8 `prune` removes messages of a room that were written before a moment, the oldest first, at most `limit`, with all
///   that belongs to them, and returns how many;
/// * S9 `of_author` returns the messages of one author behind an id, by id, deleted ones left out.
pub trait MessageStore {
    /// Adds a message. Errors: Duplicate (S2).
    fn insert(&mut self, new: &NewMessage) -> Result<Message, StoreError>;
    /// A message.
    fn get(&mut self, id: MessageId) -> Result<Option<Message>, StoreError>;
    /// The same; no other transaction changes it before this one ends.
    fn lock(&mut self, id: MessageId) -> Result<Option<Message>, StoreError>;
    /// The message of this number.
    fn find(&mut self, room: RoomId, number: i64) -> Result<Option<Message>, StoreError>;
    /// What an author has sent under a client id.
    fn resent(&mut self, author: UserId, id: &ClientId) -> Result<Option<Message>, StoreError>;
    /// Writes a change (S3). Errors: Stale (S3).
    fn save(&mut self, message: &mut Message) -> Result<(), StoreError>;
    /// A page of the past (S4, S5).
    fn history(&mut self, history: &History) -> Result<Vec<Message>, StoreError>;
    /// Where a moment is in the order of numbers (S6).
    fn number_at(&mut self, room: RoomId, before: Timestamp) -> Result<i64, StoreError>;
    /// Notes whom a message names (S7).
    fn name(&mut self, message: &Message, users: &[UserId]) -> Result<(), StoreError>;
    /// Whom a message names (S7).
    fn named(&mut self, message: &Message) -> Result<BTreeSet<UserId>, StoreError>;
    /// Removes the mentions of a person (S7).
    fn forget_mentions(&mut self, user: UserId) -> Result<u64, StoreError>;
    /// Removes old messages (S8).
    fn prune(&mut self, room: RoomId, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
    /// What a person wrote (S9).
    fn of_author(
        &mut self,
        author: UserId,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;
}

/// Stores reactions.
///
/// * E1 `react` returns true when it added a reaction, `unreact` when it removed one: a second time is false; of many that
///   add the same one adds it;
/// * E2 `reactions` counts them by message and emoji, and says which are the viewer's; messages without any are left out;
/// * E3 `forget_reactions` removes those of one person and no others.
pub trait ReactionStore {
    /// Adds a reaction (E1).
    fn react(
        &mut self,
        message: MessageId,
        user: UserId,
        emoji: &Emoji,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Takes it back (E1).
    fn unreact(
        &mut self,
        message: MessageId,
        user: UserId,
        emoji: &Emoji,
    ) -> Result<bool, StoreError>;
    /// Counts them (E2).
    fn reactions(
        &mut self,
        messages: &[MessageId],
        viewer: UserId,
    ) -> Result<ReactionsOf, StoreError>;
    /// Removes those of a person (E3).
    fn forget_reactions(&mut self, user: UserId) -> Result<u64, StoreError>;
}

/// Stores the logs of rooms.
///
/// * G1 `after` returns the entries of one room behind a place, in order, at most `limit`, every field as appended, each
///   with its message as it is now;
/// * G2 `prune` removes entries of before a moment, the oldest first, at most `limit`, and returns how many; the last entry
///   of a room may go, too;
/// * G3 an entry whose message was pruned stays, without its message.
pub trait RoomLog {
    /// Appends an entry. Its place is the `last_seq` of the room that this transaction has advanced.
    fn append(&mut self, entry: &Entry) -> Result<(), StoreError>;
    /// What follows a place (G1).
    fn after(&mut self, room: RoomId, seq: i64, limit: u32) -> Result<Vec<Told>, StoreError>;
    /// Forgets old entries (G2).
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Stores invitations.
///
/// * V1 of all that invite one person into one room one invitation is stored: `invite` returns the stored one, and true
///   when it is new;
/// * V2 `invitation` and `invitation_of` return what was stored; `take` removes one, and returns true once;
/// * V3 `invitations_into` and `invitations_for` list those of a room and of a person, the newest first, without gaps or
///   repeats; `count` counts those of a room;
/// * V4 `forget_invitations` removes those of and by one person and no others.
pub trait InvitationStore {
    /// Adds an invitation (V1).
    fn invite(&mut self, new: &NewInvitation) -> Result<(Invitation, bool), StoreError>;
    /// An invitation.
    fn invitation(&mut self, id: InvitationId) -> Result<Option<Invitation>, StoreError>;
    /// The invitation of a person into a room.
    fn invitation_of(
        &mut self,
        room: RoomId,
        user: UserId,
    ) -> Result<Option<Invitation>, StoreError>;
    /// Removes an invitation (V2).
    fn take(&mut self, id: InvitationId) -> Result<bool, StoreError>;
    /// Who is invited into a room (V3).
    fn invitations_into(
        &mut self,
        room: RoomId,
        page: &PageRequest,
    ) -> Result<Page<Invitation>, StoreError>;
    /// What a person is invited into (V3).
    fn invitations_for(
        &mut self,
        user: UserId,
        page: &PageRequest,
    ) -> Result<Page<Invitation>, StoreError>;
    /// How many a room has (V3).
    fn count(&mut self, room: RoomId) -> Result<u64, StoreError>;
    /// Removes those of a person (V4).
    fn forget_invitations(&mut self, user: UserId) -> Result<u64, StoreError>;
}

/// Stores who has blocked whom.
///
/// * K1 `block` and `unblock` return true when they changed something, and false a second time;
/// * K2 `blocks` is true when either of two people has blocked the other;
/// * K3 `blocked` lists whom one person has blocked, by account, without gaps or repeats; `count` counts them;
/// * K4 `forget_blocks` removes those of and against one person and no others.
pub trait BlockStore {
    /// Blocks someone (K1).
    fn block(&mut self, user: UserId, other: UserId, now: Timestamp) -> Result<bool, StoreError>;
    /// Takes it back (K1).
    fn unblock(&mut self, user: UserId, other: UserId) -> Result<bool, StoreError>;
    /// Whether one of two people has blocked the other (K2).
    fn blocks(&mut self, one: UserId, other: UserId) -> Result<bool, StoreError>;
    /// Whom a person has blocked (K3).
    fn blocked(&mut self, user: UserId, page: &PageRequest) -> Result<Page<Block>, StoreError>;
    /// How many (K3).
    fn count(&mut self, user: UserId) -> Result<u64, StoreError>;
    /// Removes those of a person (K4).
    fn forget_blocks(&mut self, user: UserId) -> Result<u64, StoreError>;
}

/// What this domain asks about people.
///
/// * P1 `names` returns the names of accounts that are there, active or not;
/// * P2 `find` returns the active accounts of these names, regardless of case;
/// * P3 `is_active` is false for an account that is suspended, closed, deleted or was never there.
pub trait People {
    /// What they are called (P1).
    fn names(&mut self, users: &[UserId]) -> Result<BTreeMap<UserId, String>, StoreError>;
    /// Who has these names (P2).
    fn find(&mut self, names: &[String]) -> Result<BTreeSet<UserId>, StoreError>;
    /// Whether someone can be written to (P3).
    fn is_active(&mut self, user: UserId) -> Result<bool, StoreError>;
}

/// What this domain asks about files.
///
/// * A1 `owns` is true when every one of these files is there and is this person's.
pub trait OwnedFiles {
    /// Whether a person may attach these files (A1).
    fn owns(&mut self, user: UserId, files: &[FileId]) -> Result<bool, StoreError>;
}

/// Stores until when people are online, for processes that share a database.
///
/// * O1 `see` sets until when people are online, later or earlier than before; `online` returns those of some people
///   whose time is not over, `online_count` counts all of them, each once;
/// * O2 `forget_online` removes those whose time is over, and no others.
pub trait OnlineStore {
    /// Sets a time (O1).
    fn see(&mut self, users: &[UserId], until: Timestamp) -> Result<(), StoreError>;
    /// Who of these is online (O1).
    fn online(&mut self, users: &[UserId], now: Timestamp) -> Result<Vec<UserId>, StoreError>;
    /// How many are (O1).
    fn online_count(&mut self, now: Timestamp) -> Result<u64, StoreError>;
    /// Forgets those who are not (O2).
    fn forget_online(&mut self, now: Timestamp) -> Result<u64, StoreError>;
}

/// This domain's face of a transaction.
pub trait ChatTx: CommonTx {
    /// Rooms.
    fn rooms(&mut self) -> &mut dyn RoomStore;
    /// Who is in them.
    fn members(&mut self) -> &mut dyn MemberStore;
    /// Messages.
    fn messages(&mut self) -> &mut dyn MessageStore;
    /// Reactions.
    fn reactions(&mut self) -> &mut dyn ReactionStore;
    /// Logs.
    fn log(&mut self) -> &mut dyn RoomLog;
    /// Invitations.
    fn invitations(&mut self) -> &mut dyn InvitationStore;
    /// Who has blocked whom.
    fn blocks(&mut self) -> &mut dyn BlockStore;
    /// People.
    fn people(&mut self) -> &mut dyn People;
    /// Files.
    fn owned_files(&mut self) -> &mut dyn OwnedFiles;
    /// Who is online.
    fn online(&mut self) -> &mut dyn OnlineStore;
}
