//! Two people who write to each other, and those who do not want to.

use chat::values::{Content, RoomRef};
use kernel::{Actor, Audience, PageRequest};
use pollster::block_on;

use crate::fixture::{Fixture, code, saying};

fn texts(fixture: &Fixture, actor: &Actor, other: &Actor) -> Vec<String> {
    let past = fixture.chat.direct_history(actor, other.user, None, None, 100);
    let past = block_on(past).unwrap();
    let said = |text: &Content| text.as_str().to_owned();
    past.messages.iter().rev().filter_map(|one| one.message.content.as_ref().map(said)).collect()
}

#[test]
fn the_room_of_two_is_there_with_the_first_message() {
    let fixture = Fixture::new();
    let (ada, bob, eve) = (&fixture.ada, &fixture.bob, &fixture.eve);
    assert!(texts(&fixture, ada, bob).is_empty());
    let first = fixture.try_write(ada, bob.user, saying("hello")).unwrap();
    assert_eq!((first.to, first.room.as_ref()), (Some(bob.user), None));
    let second = fixture.try_write(bob, ada.user, saying("hi")).unwrap();
    assert_eq!(first.message.room, second.message.room);
    assert_eq!((second.message.number, second.to), (2, Some(ada.user)));
    for (one, other) in [(ada, bob), (bob, ada)] {
        assert_eq!(texts(&fixture, one, other), ["hello", "hi"]);
    }
    assert!(texts(&fixture, eve, bob).is_empty());
    let room = first.message.room;
    for actor in [eve, &fixture.moderator] {
        assert_eq!(code(fixture.past(actor, room)), "chat.room_not_found");
        let message = block_on(fixture.chat.message(actor, first.message.id));
        assert_eq!(code(message), "chat.message_not_found");
        let delete = block_on(fixture.chat.delete(actor, first.message.id, None));
        assert_eq!(code(delete), "chat.message_not_found");
        assert_eq!(code(fixture.join(actor, room)), "chat.room_not_found");
    }
    // Those two, and no one else, see the event.
    let sent = fixture.events().pop().unwrap();
    let both = [Audience::person(ada.user), Audience::person(bob.user)];
    assert_eq!(sent.audience, both);
    assert_eq!(sent.payload["to"], ada.user.get());
}

#[test]
fn the_room_of_two_is_not_changed() {
    let fixture = Fixture::new();
    let (ada, bob) = (&fixture.ada, &fixture.bob);
    let room = fixture.try_write(ada, bob.user, saying("hello")).unwrap().message.room;
    let message = fixture.past(ada, room).unwrap().messages[0].message.id;
    for (what, code) in [
        ("leave", code(block_on(fixture.chat.leave(ada, room.into())))),
        ("remove", code(block_on(fixture.chat.remove(ada, room.into(), None)))),
        ("add", code(block_on(fixture.chat.add_member(ada, room.into(), None, fixture.eve.user)))),
        ("ban", code(fixture.ban(ada, room, bob.user))),
        ("kick", code(block_on(fixture.chat.remove_member(ada, room.into(), bob.user, None)))),
        ("invite", code(block_on(fixture.chat.invite(ada, room.into(), None, fixture.eve.user)))),
    ] {
        assert_eq!(code, "chat.direct_room", "{what}");
    }
    assert_eq!(code(block_on(fixture.chat.delete(bob, message, None))), "chat.forbidden");
    assert_eq!(code(fixture.join(ada, room)), "ok", "one is in it already");
    assert_eq!(code(block_on(fixture.chat.get(ada, RoomRef::Id(room)))), "ok");
}

#[test]
fn no_one_writes_to_themselves_or_to_those_who_are_away() {
    let fixture = Fixture::new();
    let write = |to| code(fixture.try_write(&fixture.ada, to, saying("hello")));
    assert_eq!(write(fixture.ada.user), "chat.oneself");
    assert_eq!(write(kernel::kit::nobody()), "chat.user_not_found");
    assert_eq!(write(fixture.bob.user), "ok");
    fixture.db.suspend(fixture.bob.user).unwrap();
    fixture.db.suspend(fixture.eve.user).unwrap();
    assert_eq!(
        (write(fixture.bob.user), write(fixture.eve.user)),
        ("chat.user_not_found", "chat.user_not_found")
    );
    let history =
        |other| code(block_on(fixture.chat.direct_history(&fixture.ada, other, None, None, 9)));
    assert_eq!((history(fixture.bob.user), history(fixture.ada.user)), ("ok", "chat.oneself"));
    assert_eq!(history(kernel::kit::nobody()), "chat.user_not_found");
}

#[test]
fn a_block_stops_both_and_hides_nothing() {
    let fixture = Fixture::new();
    let (ada, bob, eve) = (&fixture.ada, &fixture.bob, &fixture.eve);
    fixture.try_write(ada, bob.user, saying("hello")).unwrap();
    let block = |actor: &Actor, other| code(block_on(fixture.chat.block(actor, other)));
    assert_eq!((block(bob, ada.user), block(bob, ada.user)), ("ok", "ok"));
    assert_eq!(block(bob, bob.user), "chat.oneself");
    assert_eq!(block(bob, kernel::kit::nobody()), "chat.user_not_found");
    block(eve, ada.user);
    let write = |from: &Actor, to: &Actor| code(fixture.try_write(from, to.user, saying("hi")));
    assert_eq!((write(ada, bob), write(bob, ada)), ("chat.blocked", "chat.blocked"));
    assert_eq!(write(ada, eve), "chat.blocked", "no room is opened either");
    assert_eq!(texts(&fixture, ada, bob), ["hello"]);
    let room = fixture.create(ada, "closed", true).unwrap();
    let invite = block_on(fixture.chat.invite(ada, room.into(), None, eve.user));
    assert_eq!(code(invite), "chat.blocked");
    let blocked = block_on(fixture.chat.blocked(bob, PageRequest::default())).unwrap();
    let names: Vec<_> = blocked.items.iter().map(|one| one.username.as_deref()).collect();
    assert_eq!(names, [Some("ada")]);
    for _ in 0..2 {
        block_on(fixture.chat.unblock(bob, ada.user)).unwrap();
    }
    assert_eq!((write(ada, bob), write(bob, ada)), ("ok", "ok"));
}

#[test]
fn who_is_blocked_mentions_in_vain() {
    let fixture = Fixture::new();
    let room = fixture.public();
    block_on(fixture.chat.block(&fixture.bob, fixture.ada.user)).unwrap();
    fixture.send(&fixture.ada, room, "@bob");
    assert_eq!(fixture.events().pop().unwrap().payload["mentions"], serde_json::json!([]));
}
