//! The conformance kits of this domain's ports: that of its stores here, that of `Presence` in [`presence`]. An adapter runs
//! each case of [`CASES`] on a fresh [`Fixture`]. Failures are panics.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a kit is made of tests: its failures are panics"
)]

mod log;
mod members;
mod messages;
pub mod notifier;
mod others;
pub mod presence;
mod rooms;
pub mod scene;
mod search;

use std::sync::Arc;

use kernel::{
    BoxFuture, PageRequest, Paging, StoreError, UnitOfWork, UserId,
    kit::{ODD_TEXTS, long, moment, nobody, together},
};

use crate::{
    log::{Change, Entry},
    member::Member,
    message::{Message, NewMessage},
    ports::ChatTx,
    room::{NewRoom, Room, Step},
    values::{
        Content, FileId, MemberRole, MemberState, Pair, RoomDescription, RoomId, RoomKind,
        RoomName, SlowMode,
    },
};

/// Adds a file of a person.
pub type Upload = Arc<dyn Fn(UserId) -> BoxFuture<'static, FileId> + Send + Sync>;

/// A fresh, empty store with some people in it.
pub struct Fixture {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn ChatTx>>,
    /// Three active accounts, called `ada`, `grace` and `edith`.
    pub people: Vec<UserId>,
    /// An account that is suspended, called `mallory`.
    pub suspended: UserId,
    /// Adds a file.
    pub upload: Upload,
}

/// A transaction, as closures get it.
type Tx = dyn ChatTx;

kernel::cases! { Fixture;
    rooms:
        r1_a_room_comes_back_as_it_went_in,
        r2_a_stale_save_changes_nothing,
        r2_of_many_that_save_one_version_one_succeeds,
        r3_names_are_unique_without_regard_to_case,
        r3_of_many_that_insert_one_name_one_succeeds,
        r4_of_many_that_open_one_direct_room_all_get_the_same,
        r5_counters_go_as_the_steps_say,
        r5_of_many_that_advance_each_gets_a_place,
        r5_what_is_rolled_back_leaves_no_gap,
        r6_who_locks_second_sees_what_the_first_wrote,
        r7_lists_show_what_they_are_asked_for,
        r7_pages_have_no_gaps_and_no_repeats,
        r8_a_removed_room_takes_everything_along,
        r9_a_room_has_a_creator,
        r10_rooms_with_a_retention_are_found,
        r11_the_last_message_to_everyone_is_noted,
        r12_messages_of_all_rooms_are_counted;
    members:
        m1_a_member_comes_back_as_they_went_in,
        m2_a_marker_goes_forward_only,
        m2_of_many_markers_the_last_message_stays,
        m3_lists_are_of_one_room_and_state,
        m4_those_who_are_in_a_room_are_found,
        m4_who_counts_second_sees_what_the_first_wrote,
        m5_unread_is_what_is_behind_the_marker,
        m6_a_forgotten_person_is_nowhere,
        m7_a_member_has_an_account;
    messages:
        s1_a_message_comes_back_as_it_went_in,
        s2_an_author_uses_a_clients_id_once,
        s2_of_many_that_send_under_one_id_one_is_stored,
        s3_a_stale_save_changes_nothing,
        s4_the_past_comes_in_pages,
        s6_a_moment_has_a_place_among_the_numbers,
        s7_a_message_names_people,
        s8_what_is_old_goes_with_all_that_belongs_to_it,
        s9_what_a_person_wrote_is_found,
        e1_a_reaction_is_added_once,
        e2_reactions_are_counted,
        e3_reactions_of_a_person_are_forgotten;
    search:
        s5_messages_are_found_by_their_words,
        s5_a_changed_message_is_found_by_what_it_says_now,
        s5_nothing_in_a_query_is_syntax;
    log:
        g1_a_log_is_read_in_order,
        g2_old_entries_are_forgotten,
        g3_an_entry_outlives_its_message;
    others:
        v1_a_person_is_invited_once,
        v2_an_invitation_is_taken_once,
        v3_invitations_are_listed,
        v4_invitations_of_a_person_are_forgotten,
        k1_a_person_is_blocked_once,
        k2_a_block_holds_both_ways,
        k3_blocks_are_listed,
        k4_blocks_of_a_person_are_forgotten,
        p1_names_are_those_of_accounts_that_are_there,
        p2_active_people_are_found_by_name,
        p3_only_active_people_are_active,
        a1_files_are_those_of_their_owner,
        o1_a_person_is_online_until_a_time,
        o2_those_who_are_gone_are_forgotten;
}

kernel::fixture!(Fixture: Tx);

fn content(text: &str) -> Content {
    Content::parse(text).unwrap()
}

/// A page of three.
fn page(paging: Paging) -> PageRequest {
    PageRequest { paging, limit: 3 }
}

impl Fixture {
    fn new_room(&self, name: &str, kind: RoomKind) -> NewRoom {
        NewRoom {
            kind,
            name: Some(RoomName::parse(name).unwrap()),
            pair: None,
            description: RoomDescription::parse("What it is for").unwrap(),
            created_by: self.people[0],
            slow_mode: SlowMode::default(),
            retention: None,
            created_at: moment(0),
        }
    }

    async fn room(&self, name: &str) -> Room {
        let new = self.new_room(name, RoomKind::Public);
        self.write(move |tx| tx.rooms().insert(&new)).await
    }

    async fn get(&self, id: RoomId) -> Option<Room> {
        self.read(move |tx| tx.rooms().get(id)).await
    }

    async fn advance(&self, room: RoomId, step: Step) -> Room {
        self.write(move |tx| tx.rooms().advance(room, step)).await.unwrap()
    }

    /// Someone who is in a room, at this moment.
    async fn join(&self, room: RoomId, person: usize, role: MemberRole, at: i64) -> Member {
        let user = self.people[person];
        self.write(move |tx| {
            let room = tx.rooms().advance(room, Step::Join)?.unwrap();
            let member = Member::joining(&room, user, role, moment(at));
            tx.members().put(&member)?;
            Ok(member)
        })
        .await
    }

    async fn member(&self, room: RoomId, user: UserId) -> Option<Member> {
        self.read(move |tx| tx.members().get(room, user)).await
    }

    async fn put(&self, member: &Member) {
        let member = member.clone();
        self.write(move |tx| tx.members().put(&member)).await;
    }

    /// A message, as a service sends it: with its place in the log.
    async fn send(&self, room: RoomId, person: usize, text: &str, at: i64) -> Message {
        let (author, content) = (self.people[person], content(text));
        self.write(move |tx| {
            let room = tx.rooms().advance(room, Step::Message(moment(at)))?.unwrap();
            let message = tx.messages().insert(&new_message(&room, author, &content))?;
            tx.log().append(&entry(&room, Change::Message, Some(&message)))?;
            Ok(message)
        })
        .await
    }

    async fn message(&self, message: &Message) -> Option<Message> {
        let id = message.id;
        self.read(move |tx| tx.messages().get(id)).await
    }

    async fn save(&self, message: &Message) -> Message {
        let message = message.clone();
        self.write(move |tx| {
            let mut message = message.clone();
            tx.messages().save(&mut message)?;
            Ok(message)
        })
        .await
    }

    /// Asserts that `f` reports `Stale`.
    async fn stale<T: Send + 'static>(
        &self,
        f: impl FnMut(&mut Tx) -> Result<T, StoreError> + Send + 'static,
    ) {
        assert!(matches!(self.refused(f).await, StoreError::Stale), "must be stale");
    }

    /// Runs `f` for each of these at the same time.
    async fn race<'a, T, F>(&'a self, count: usize, f: F) -> Vec<T>
    where
        F: Fn(usize) -> BoxFuture<'a, T>,
    {
        together((0..count).map(f).collect()).await
    }
}

fn new_message(room: &Room, author: UserId, content: &Content) -> NewMessage {
    NewMessage {
        room: room.id,
        number: room.messages,
        seq: room.last_seq,
        author,
        client_id: None,
        content: content.clone(),
        reply_to: None,
        attachments: Vec::new(),
        created_at: room.last_message_at.unwrap(),
    }
}

fn entry(room: &Room, change: Change, message: Option<&Message>) -> Entry {
    Entry {
        room: room.id,
        seq: room.last_seq,
        change,
        at: room.last_message_at.unwrap_or(room.created_at),
        actor: None,
        message: message.map(|message| (message.id, message.number)),
        user: None,
        detail: None,
    }
}
