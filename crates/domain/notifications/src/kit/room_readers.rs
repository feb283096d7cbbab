//! What is asked about chat rooms.

use std::sync::Arc;

use kernel::{BoxFuture, RoomId, UserId};

use super::Fixture;
use crate::ports::RoomReader;

/// How a person stands in a chat room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InRoom {
    /// The person.
    pub user: UserId,
    /// In the words of the chat: `joined`, `left` or `banned`.
    pub state: &'static str,
    /// In the words of the chat: `mentions` or `none`.
    pub notify: &'static str,
    /// The number of the last message that they have read.
    pub read_number: i64,
}

/// Makes a room of the first person with so many messages of theirs, and with this other person in it.
pub type OpenRoom =
    Arc<dyn Fn(UserId, i64, Option<InRoom>) -> BoxFuture<'static, RoomId> + Send + Sync>;

pub(super) async fn h1_readers_are_those_in_a_room_who_want_to_hear_of_it(fixture: Fixture) {
    let [owner, user] = [fixture.people[0], fixture.people[1]];
    let joined = InRoom { user, state: "joined", notify: "mentions", read_number: 2 };
    let reads = |read_number| Some(RoomReader { read_number, last_number: 3 });
    for (stands, expected) in [
        (Some(joined), reads(2)),
        (Some(InRoom { read_number: 3, ..joined }), reads(3)),
        (Some(InRoom { notify: "none", ..joined }), None),
        (Some(InRoom { state: "left", ..joined }), None),
        (Some(InRoom { state: "banned", ..joined }), None),
        (None, None),
    ] {
        let room = (fixture.room)(owner, 3, stands).await;
        let reader = fixture.read(move |tx| tx.room_readers().reader(room, user)).await;
        assert_eq!(reader, expected, "{stands:?}");
        let nowhere = RoomId::parse(4_000_000_000_000_000_000).unwrap();
        assert_eq!(fixture.read(move |tx| tx.room_readers().reader(nowhere, user)).await, None);
    }
}
