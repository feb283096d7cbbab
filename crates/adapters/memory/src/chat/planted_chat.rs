//! Stores of chat with one planted bug each: the case that promises otherwise must fail, or it proves nothing.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use chat::{
    BlockStore, ChatTx, InvitationStore, Member, MemberStore, Message, MessageId, MessageStore,
    OnlineStore, OwnedFiles, People, ReactionStore, Room, RoomId, RoomLog, RoomStore,
    kit::{CASES, Fixture},
    log::{Entry, Told},
    member::Unread,
    message::NewMessage,
    query::{History, MemberFilter, RoomFilter},
    room::{NewRoom, Step},
    values::{ClientId, Pair, RoomName},
};
use kernel::{
    Access, BoxFuture, Page, PageRequest, StoreError, Timestamp, UnitOfWork, UserId, Work,
};
use pollster::block_on;

use crate::{MemoryDb, common::planted::common_of_inner, state::State, tx::MemoryTx};

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// A room takes the time of the message, also when it is before that of the last one (R5).
    GoesBackInTime,
    /// A save writes the counters that were read with it (R2).
    SavesCounters,
    /// Two people have as many rooms as they open (R4).
    OpensAnother,
    /// A number that is smaller moves a marker, too (M2).
    ReadsBackwards,
    /// A message moves nobody's marker (M2).
    LeavesOwnUnread,
    /// Rooms that someone has left are still theirs (M5).
    CountsWhatWasLeft,
    /// The client's id is not looked at (S2).
    StoresTwice,
    /// A page of the past begins with the message that it is to end before (S4).
    RepeatsTheLast,
    /// Deleted messages are found by what they said (S5).
    SearchesEverything,
    /// A moment belongs to the messages before it (S6).
    CountsTheMoment,
    /// Who was named before stays named (S7).
    KeepsOldMentions,
    /// The entry at the place is told again (G1).
    TellsTwice,
    /// The log has messages as they were sent (G1).
    LosesMessages,
}

struct PlantedDb {
    inner: Arc<MemoryDb>,
    bug: Bug,
}

struct PlantedTx {
    tx: MemoryTx,
    bug: Bug,
}

impl UnitOfWork<dyn ChatTx> for PlantedDb {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn ChatTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let bug = self.bug;
        Box::pin(async move {
            self.inner.execute_now(access, &mut |tx| {
                let inside = std::mem::replace(tx, MemoryTx::new(State::default(), access));
                let mut planted = PlantedTx { tx: inside, bug };
                let verdict = work(&mut planted);
                *tx = planted.tx;
                verdict
            })
        })
    }
}

common_of_inner!(PlantedTx);

impl ChatTx for PlantedTx {
    fn rooms(&mut self) -> &mut dyn RoomStore {
        self
    }
    fn members(&mut self) -> &mut dyn MemberStore {
        self
    }
    fn messages(&mut self) -> &mut dyn MessageStore {
        self
    }
    fn log(&mut self) -> &mut dyn RoomLog {
        self
    }
    fn reactions(&mut self) -> &mut dyn ReactionStore {
        ChatTx::reactions(&mut self.tx)
    }
    fn invitations(&mut self) -> &mut dyn InvitationStore {
        self.tx.invitations()
    }
    fn blocks(&mut self) -> &mut dyn BlockStore {
        ChatTx::blocks(&mut self.tx)
    }
    fn people(&mut self) -> &mut dyn People {
        ChatTx::people(&mut self.tx)
    }
    fn owned_files(&mut self) -> &mut dyn OwnedFiles {
        self.tx.owned_files()
    }
    fn online(&mut self) -> &mut dyn OnlineStore {
        ChatTx::online(&mut self.tx)
    }
}

/// Methods without a bug.
macro_rules! pass {
    ($face:ident: $(fn $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)+) => { $(
        fn $name(&mut self, $($arg: $type),*) -> Result<$out, StoreError> {
            ChatTx::$face(&mut self.tx).$name($($arg),*)
        }
    )+ };
}

impl RoomStore for PlantedTx {
    pass! { rooms:
        fn insert(new: &NewRoom) -> Room;
        fn get(id: RoomId) -> Option<Room>;
        fn find(name: &RoomName) -> Option<Room>;
        fn lock(id: RoomId) -> Option<Room>;
        fn named_all(id: RoomId, number: i64) -> ();
        fn remove(room: &Room) -> ();
        fn list(filter: &RoomFilter, page: &PageRequest) -> Page<Room>;
        fn keeping(after: Option<RoomId>, limit: u32) -> Vec<Room>;
        fn messages() -> u64;
        fn direct(pair: Pair) -> Option<Room>;
    }
    fn open_direct(&mut self, new: &NewRoom, pair: Pair) -> Result<(Room, bool), StoreError> {
        if self.bug == Bug::OpensAnother {
            let new = NewRoom { pair: None, ..new.clone() };
            return ChatTx::rooms(&mut self.tx).insert(&new).map(|room| (room, true));
        }
        ChatTx::rooms(&mut self.tx).open_direct(new, pair)
    }
    fn save(&mut self, room: &mut Room) -> Result<(), StoreError> {
        let written = room.clone();
        ChatTx::rooms(&mut self.tx).save(room)?;
        if self.bug == Bug::SavesCounters {
            let version = room.version;
            self.tx.state.domains.chat.keep(&Room { version, ..written });
        }
        Ok(())
    }
    fn advance(&mut self, id: RoomId, step: Step) -> Result<Option<Room>, StoreError> {
        let Some(mut room) = ChatTx::rooms(&mut self.tx).advance(id, step)? else {
            return Ok(None);
        };
        if let (Bug::GoesBackInTime, Step::Message(at)) = (self.bug, step) {
            room.last_message_at = Some(at);
            self.tx.state.domains.chat.keep(&room);
        }
        Ok(Some(room))
    }
}

impl MemberStore for PlantedTx {
    pass! { members:
        fn get(room: RoomId, user: UserId) -> Option<Member>;
        fn put(member: &Member) -> ();
        fn list(filter: MemberFilter, page: &PageRequest) -> Page<Member>;
        fn joined(room: RoomId, users: &[UserId]) -> Vec<Member>;
        fn owners(room: RoomId) -> u64;
        fn heir(room: RoomId, gone: UserId) -> Option<Member>;
        fn rooms_of(user: UserId) -> Vec<RoomId>;
        fn count(user: UserId) -> u64;
        fn forget(user: UserId) -> u64;
    }
    fn read(&mut self, room: RoomId, user: UserId, number: i64) -> Result<Option<i64>, StoreError> {
        let members = ChatTx::members(&mut self.tx);
        if self.bug == Bug::ReadsBackwards
            && let Some(mut member) = members.get(room, user)?.filter(Member::is_joined)
        {
            member.read_number = number;
            members.put(&member)?;
            return Ok(Some(number));
        }
        members.read(room, user, number)
    }
    fn sent(
        &mut self,
        room: RoomId,
        user: UserId,
        number: i64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let members = ChatTx::members(&mut self.tx);
        let number = match members.get(room, user)? {
            Some(member) if self.bug == Bug::LeavesOwnUnread => member.read_number,
            _ => number,
        };
        members.sent(room, user, number, at)
    }
    fn unread(&mut self, user: UserId) -> Result<Vec<Unread>, StoreError> {
        if self.bug == Bug::CountsWhatWasLeft {
            let rows = Arc::make_mut(&mut self.tx.state.domains.chat.members);
            for member in rows.values_mut() {
                Arc::make_mut(member).state = chat::values::MemberState::Joined;
            }
        }
        ChatTx::members(&mut self.tx).unread(user)
    }
}

impl MessageStore for PlantedTx {
    pass! { messages:
        fn get(id: MessageId) -> Option<Message>;
        fn lock(id: MessageId) -> Option<Message>;
        fn find(room: RoomId, number: i64) -> Option<Message>;
        fn resent(author: UserId, id: &ClientId) -> Option<Message>;
        fn named(message: &Message) -> BTreeSet<UserId>;
        fn forget_mentions(user: UserId) -> u64;
        fn prune(room: RoomId, before: Timestamp, limit: u32) -> u64;
        fn of_author(author: UserId, after: Option<MessageId>, limit: u32) -> Vec<Message>;
    }
    fn insert(&mut self, new: &NewMessage) -> Result<Message, StoreError> {
        let messages = ChatTx::messages(&mut self.tx);
        if self.bug == Bug::StoresTwice
            && let Some((id, _)) = &new.client_id
            && messages.resent(new.author, id)?.is_some()
        {
            return messages.insert(&NewMessage { client_id: None, ..new.clone() });
        }
        messages.insert(new)
    }
    fn save(&mut self, message: &mut Message) -> Result<(), StoreError> {
        let messages = ChatTx::messages(&mut self.tx);
        if self.bug == Bug::SearchesEverything && message.content.is_none() {
            message.content = messages.get(message.id)?.and_then(|was| was.content);
            messages.save(message)?;
            message.content = None;
            return Ok(());
        }
        messages.save(message)
    }
    fn history(&mut self, history: &History) -> Result<Vec<Message>, StoreError> {
        let mut history = history.clone();
        if self.bug == Bug::RepeatsTheLast {
            history.before = history.before.map(|end| end.saturating_add(1));
        }
        ChatTx::messages(&mut self.tx).history(&history)
    }
    fn number_at(&mut self, room: RoomId, before: Timestamp) -> Result<i64, StoreError> {
        let late = u64::from(self.bug == Bug::CountsTheMoment);
        let before = before.plus(std::time::Duration::from_micros(late));
        ChatTx::messages(&mut self.tx).number_at(room, before)
    }
    fn name(&mut self, message: &Message, users: &[UserId]) -> Result<(), StoreError> {
        let messages = ChatTx::messages(&mut self.tx);
        let mut all: BTreeSet<UserId> = users.iter().copied().collect();
        if self.bug == Bug::KeepsOldMentions {
            all.extend(messages.named(message)?);
        }
        messages.name(message, &all.into_iter().collect::<Vec<_>>())
    }
}

impl RoomLog for PlantedTx {
    pass! { log:
        fn append(entry: &Entry) -> ();
        fn prune(before: Timestamp, limit: u32) -> u64;
    }
    fn after(&mut self, room: RoomId, seq: i64, limit: u32) -> Result<Vec<Told>, StoreError> {
        let from = if self.bug == Bug::TellsTwice { seq - 1 } else { seq };
        let mut told = ChatTx::log(&mut self.tx).after(room, from, limit)?;
        if self.bug == Bug::LosesMessages {
            for one in &mut told {
                one.message = None;
            }
        }
        Ok(told)
    }
}

/// The cases that fail on a store with this bug.
fn red(bug: Bug) -> Vec<&'static str> {
    let fixture = || {
        let inner = MemoryDb::new();
        let people = ["ada", "grace", "edith"].map(|name| inner.add_person(name).unwrap());
        let suspended = inner.add_person("mallory").unwrap();
        inner.suspend(suspended).unwrap();
        let db = Arc::clone(&inner);
        Fixture {
            work: Arc::new(PlantedDb { inner, bug }),
            people: people.to_vec(),
            suspended,
            upload: Arc::new(move |owner| Box::pin(files::kit::upload(db.clone(), owner))),
        }
    };
    let passes = |run: &dyn Fn()| catch_unwind(AssertUnwindSafe(run)).is_ok();
    let cases = CASES.iter().filter(|case| !passes(&|| block_on((case.run)(fixture()))));
    cases.map(|case| case.name).collect()
}

#[test]
fn each_bug_turns_its_case_red() {
    for (bug, case) in [
        (Bug::GoesBackInTime, "r5_counters_go_as_the_steps_say"),
        (Bug::SavesCounters, "r2_a_stale_save_changes_nothing"),
        (Bug::OpensAnother, "r4_of_many_that_open_one_direct_room_all_get_the_same"),
        (Bug::ReadsBackwards, "m2_a_marker_goes_forward_only"),
        (Bug::LeavesOwnUnread, "m2_a_marker_goes_forward_only"),
        (Bug::CountsWhatWasLeft, "m5_unread_is_what_is_behind_the_marker"),
        (Bug::StoresTwice, "s2_an_author_uses_a_clients_id_once"),
        (Bug::RepeatsTheLast, "s4_the_past_comes_in_pages"),
        (Bug::SearchesEverything, "s5_a_changed_message_is_found_by_what_it_says_now"),
        (Bug::CountsTheMoment, "s6_a_moment_has_a_place_among_the_numbers"),
        (Bug::KeepsOldMentions, "s7_a_message_names_people"),
        (Bug::TellsTwice, "g1_a_log_is_read_in_order"),
        (Bug::LosesMessages, "g1_a_log_is_read_in_order"),
    ] {
        let red = red(bug);
        assert!(red.contains(&case), "{bug:?}: {red:?}");
    }
}
