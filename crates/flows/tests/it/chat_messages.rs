//! Who hears of what is said in the chat.

use chat::{
    ChatTx,
    kit::scene::{Other, Scene},
};
use kernel::RoomId;
use notifications::{kind::SubjectKind, notification::Subject, text::render};

use super::*;

/// A message of Ada's, sent at this second.
fn sent(id: i64, second: i64, room: RoomId, number: i64, more: &str) -> Event {
    let payload = format!(
        r#"{{"id": 1, "room_id": {room}, "number": {number}, "user_id": 1, "version": 1{more}}}"#
    );
    let at = Timestamp::from_micros(second * 1_000_000).unwrap();
    Event { at, ..event(id, "message.sent.v1", &payload) }
}

/// In a room called `general`.
fn named(id: i64, room: RoomId, number: i64, mentions: &str) -> Event {
    sent(
        id,
        0,
        room,
        number,
        &format!(r#", "room": "general", "to": null, "mentions": {mentions}"#),
    )
}

/// To Bob.
fn direct(id: i64, second: i64, room: RoomId, number: i64) -> Event {
    sent(id, second, room, number, r#", "room": null, "to": 2, "mentions": [2]"#)
}

impl Fixture {
    /// A room with five messages of Ada's, and Bob in it, who has read two.
    fn room(&self, state: &str, notify: &str) -> RoomId {
        let other = Some(Other::of(self.bob.user, state, notify, 2));
        let work: Arc<dyn UnitOfWork<dyn ChatTx>> = Arc::<MemoryDb>::clone(&self.store.db);
        block_on(Scene { other, ..Scene::of(self.ada.user, 5) }.play(work))
    }
}

#[test]
fn those_who_are_named_in_a_room_hear_of_it() {
    let fixture = Fixture::new();
    let eve = Actor::new(fixture.store.db.add_person("eve").unwrap(), Role::User);
    let room = fixture.room("joined", "mentions");
    // The author and someone who is not in the room are named, too.
    fixture.react(&named(7, room, 3, "[1, 2, 3]"));
    fixture.react_next(&named(8, room, 4, "[]"));
    assert_eq!(fixture.kinds(&fixture.bob), [Kind::ChatMentioned]);
    assert_eq!((fixture.kinds(&fixture.ada), fixture.kinds(&eve)), (vec![], vec![]));
    let all =
        fixture.notifications.list(&fixture.bob, Filter::default(), kernel::PageRequest::default());
    let shown = block_on(all).unwrap().page.items.remove(0);
    assert_eq!(render(&shown), "ada mentioned you in the room \"general\".");
    let about = Subject { kind: SubjectKind::Message, id: 1 };
    assert_eq!(
        (shown.notification.actor, shown.notification.subject),
        (Some(fixture.ada.user), Some(about))
    );
    fixture.react_next(&named(9, room, 5, "[2]"));
    assert_eq!(fixture.kinds(&fixture.bob).len(), 2, "each mention counts");
}

#[test]
fn a_conversation_is_one_notification_in_ten_minutes() {
    let fixture = Fixture::new();
    let room = fixture.room("joined", "mentions");
    fixture.react(&direct(7, 600, room, 3));
    for id in 8..57 {
        fixture.react_next(&direct(id, 600 + id, room, 3));
    }
    assert_eq!(fixture.kinds(&fixture.bob), [Kind::ChatMessage], "named or not");
    let other = fixture.room("joined", "mentions");
    fixture.react_next(&direct(57, 700, other, 3));
    assert_eq!(fixture.kinds(&fixture.bob).len(), 2, "rooms are apart");
    fixture.react_next(&direct(58, 1200, room, 4));
    assert_eq!(fixture.kinds(&fixture.bob).len(), 3);
    assert_eq!(fixture.kinds(&fixture.ada), []);
}

#[test]
fn who_is_out_who_is_quiet_and_who_reads_along_hears_nothing() {
    let fixture = Fixture::new();
    for (place, (state, notify, number)) in [
        ("left", "mentions", 5),
        ("banned", "mentions", 5),
        ("joined", "none", 5),
        ("joined", "mentions", 2),
    ]
    .into_iter()
    .enumerate()
    {
        let (room, id) = (fixture.room(state, notify), 7 + 2 * i64::try_from(place).unwrap());
        let first = named(id, room, number, "[2]");
        if id == 7 {
            fixture.react(&first);
        } else {
            fixture.react_next(&first);
        }
        fixture.react_next(&direct(id + 1, 0, room, number));
        assert_eq!(fixture.kinds(&fixture.bob), [], "{state} {notify} {number}");
    }
}

#[test]
fn a_message_without_its_place_is_refused_for_good() {
    let fixture = Fixture::new();
    for payload in ["{}", r#"{"user_id": 1, "room_id": 0}"#, r#"{"user_id": 1, "room_id": 1}"#] {
        for (consumer, outcome) in fixture.deliver(&event(7, "message.sent.v1", payload)) {
            assert!(matches!(outcome, Err(ConsumerError::Permanent(_))), "{consumer}: {payload}");
        }
    }
}
