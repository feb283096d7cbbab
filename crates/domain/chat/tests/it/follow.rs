//! What transports that follow rooms ask.

use chat::{log::Place, values::RoomRef};
use kernel::Epoch;
use pollster::block_on;

use crate::fixture::{Fixture, code};

#[test]
fn members_have_a_seat_and_others_have_none() {
    let fixture = Fixture::new();
    let (public, private) = (fixture.public(), fixture.private());
    let seat = |actor, room| block_on(fixture.chat.seat(actor, RoomRef::Id(room)));
    let own = seat(&fixture.bob, public).unwrap();
    assert_eq!((own.member.user, own.head().seq), (fixture.bob.user, own.room.last_seq));
    assert_eq!(code(seat(&fixture.eve, public)), "chat.not_member");
    assert_eq!(code(seat(&fixture.eve, private)), "chat.room_not_found");
    // To moderate is not to be in a room.
    assert_eq!(code(seat(&fixture.moderator, private)), "chat.not_member");
    let rooms = block_on(fixture.chat.own_rooms(&fixture.bob)).unwrap();
    assert_eq!(rooms, [public, private]);
    let members = block_on(fixture.chat.member_ids(public)).unwrap();
    assert_eq!(members, [fixture.ada.user, fixture.bob.user]);
}

#[test]
fn c4_a_log_goes_on_from_places_that_it_has() {
    let fixture = Fixture::new();
    let room = fixture.private();
    let seat = block_on(fixture.chat.seat(&fixture.bob, room.into())).unwrap();
    let head = seat.head();
    assert!(seat.sight.above_seq > 0, "a private room hides what was before");
    for (after, follows) in [
        (head, true),
        (Place { seq: seat.sight.above_seq, ..head }, true),
        (Place { seq: seat.sight.above_seq - 1, ..head }, false),
        (Place { seq: head.seq + 1, ..head }, false),
        (Place { epoch: Epoch::from_number(head.epoch.number() + 1), ..head }, false),
    ] {
        assert_eq!(seat.follows(after), follows, "{after:?}");
    }
}

#[test]
fn entries_come_with_names() {
    let fixture = Fixture::new();
    let room = fixture.public();
    fixture.send(&fixture.ada, room, "hello");
    let entries = block_on(fixture.chat.entries(room, 0, 10)).unwrap();
    let places: Vec<i64> = entries.iter().map(|entry| entry.told.entry.seq).collect();
    assert_eq!(places, [1, 2, 3]);
    let last = entries.last().unwrap();
    assert_eq!(last.names.values().collect::<Vec<_>>(), ["ada"]);
    assert_eq!(block_on(fixture.chat.heads(&[room])).unwrap(), [(room, 3)]);
    let rest = block_on(fixture.chat.entries(room, 1, 1)).unwrap();
    assert_eq!(rest.iter().map(|entry| entry.told.entry.seq).collect::<Vec<_>>(), [2]);
    block_on(fixture.chat.remove(&fixture.ada, room.into(), None)).unwrap();
    assert!(block_on(fixture.chat.entries(room, 0, 10)).unwrap().is_empty());
    assert!(block_on(fixture.chat.heads(&[room])).unwrap().is_empty());
}

#[test]
fn two_people_have_a_seat_from_their_first_message() {
    let fixture = Fixture::new();
    let (ada, bob) = (&fixture.ada, &fixture.bob);
    let seat = |one: &kernel::Actor, other| block_on(fixture.chat.direct_seat(one, other));
    assert_eq!(code(seat(ada, bob.user)), "chat.room_not_found");
    assert_eq!(code(seat(ada, ada.user)), "chat.oneself");
    let target = chat::commands::Target::Person(bob.user);
    block_on(fixture.chat.send(ada, target, None, crate::fixture::saying("hello"))).unwrap();
    let (hers, his) = (seat(ada, bob.user).unwrap(), seat(bob, ada.user).unwrap());
    assert_eq!((hers.room.id, hers.head().seq), (his.room.id, 1));
}
