//! What happens without a caller.

use std::{sync::Arc, time::Duration};

use chat::{Chat, service::Dependencies, values::MemberRole};
use kernel::{Actor, Audience, SearchQuery};
use pollster::block_on;

use crate::fixture::{Fixture, code, saying};

#[test]
fn a_room_keeps_messages_as_long_as_it_says() {
    let fixture = Fixture::new();
    let (room, other) = (fixture.public(), fixture.private());
    fixture.set_retention(room, 7);
    for _ in 0..250 {
        fixture.send(&fixture.ada, room, "old");
    }
    fixture.send(&fixture.ada, other, "old");
    fixture.tick(6 * 86_400);
    fixture.send(&fixture.ada, room, "new");
    fixture.tick(2 * 86_400);
    assert_eq!(block_on(fixture.chat.prune()).unwrap(), 250);
    assert_eq!(block_on(fixture.chat.prune()).unwrap(), 0);
    assert_eq!(fixture.texts(&fixture.bob, room).unwrap(), ["new"]);
    assert_eq!(fixture.texts(&fixture.bob, other).unwrap(), ["old"]);
    let query = SearchQuery::parse("old").unwrap();
    let found = fixture.chat.history(&fixture.bob, room.into(), None, Some(query), 9);
    assert!(block_on(found).unwrap().messages.is_empty());
    assert_eq!(fixture.send(&fixture.ada, room, "next").number, 252, "numbers go on");
    // Entries of messages that are gone are told without them.
    let head = fixture.missed(&fixture.bob, room, None).unwrap().head;
    let after = chat::log::Place { seq: 3, ..head };
    let missed = fixture.missed(&fixture.bob, room, Some(after)).unwrap();
    assert!(missed.recovered && missed.more);
    assert!(missed.entries.iter().all(|told| told.message.is_none()));
}

#[test]
fn a_log_is_kept_as_long_as_the_settings_say() {
    let fixture = Fixture::new();
    let room = fixture.public();
    fixture.send(&fixture.ada, room, "old");
    let others = Chat::new(Dependencies {
        work: Arc::clone(&fixture.work),
        clock: Arc::clone(&fixture.clock) as _,
        limiter: Arc::clone(&fixture.limits) as _,
    });
    let for_a_week = others.keeping_logs(Duration::from_hours(7 * 24));
    fixture.tick(8 * 86_400);
    assert_eq!(block_on(fixture.chat.prune()).unwrap(), 0, "thirty days without a setting");
    let start =
        chat::log::Place { seq: 1, ..fixture.missed(&fixture.ada, room, None).unwrap().head };
    assert!(fixture.missed(&fixture.ada, room, Some(start)).unwrap().recovered);
    assert!(block_on(for_a_week.prune()).unwrap() > 0);
    assert!(!fixture.missed(&fixture.ada, room, Some(start)).unwrap().recovered);
    assert_eq!(fixture.texts(&fixture.ada, room).unwrap(), ["old"], "messages stay");
}

#[test]
fn a_deleted_account_leaves_its_words_without_its_name() {
    let fixture = Fixture::new();
    let (ada, bob, eve) = (&fixture.ada, &fixture.bob, &fixture.eve);
    let room = fixture.public();
    fixture.join(eve, room).unwrap();
    fixture.set_role(ada, room, eve.user, MemberRole::Moderator);
    let lonely = fixture.create(ada, "lonely", false).unwrap();
    fixture.send(bob, room, "hello @ada");
    fixture.send(ada, room, "goodbye");
    fixture.try_write(ada, bob.user, saying("in private")).unwrap();
    block_on(fixture.chat.block(eve, ada.user)).unwrap();
    let events = fixture.published(|| {
        assert_eq!(fixture.forget(ada.user).unwrap(), 1);
    });
    let expected = ["room.member_left.v1", "room.member_updated.v1", "room.deleted.v1"];
    assert_eq!(events, expected);
    assert_eq!(fixture.member(room, ada.user), None);
    let heir = fixture.member(room, eve.user).unwrap();
    assert_eq!(heir.role, MemberRole::Owner, "the one with the highest role");
    assert_eq!(code(block_on(fixture.chat.get(bob, lonely.into()))), "chat.room_not_found");
    assert_eq!(fixture.texts(bob, room).unwrap(), ["hello @ada", "goodbye"]);
    let past = block_on(fixture.chat.direct_history(bob, ada.user, None, None, 9)).unwrap();
    assert_eq!(past.messages.len(), 1);
    let blocked = block_on(fixture.chat.blocked(eve, kernel::PageRequest::default())).unwrap();
    assert!(blocked.items.is_empty());
    // The event comes a second time: nothing happens.
    assert_eq!(code(fixture.forget(ada.user)), "store.stale");
}

#[test]
fn one_exports_what_one_wrote() {
    let fixture = Fixture::new();
    let room = fixture.public();
    for number in 0..150 {
        fixture.send(&fixture.ada, room, &number.to_string());
        fixture.send(&fixture.bob, room, "other");
    }
    let export = |after| block_on(fixture.chat.own_messages(&fixture.ada, after)).unwrap();
    let (first, next) = export(None);
    let (second, end) = export(next);
    assert_eq!((first.len(), second.len(), end), (100, 50, None));
    assert!(first.iter().chain(&second).all(|view| view.message.author == fixture.ada.user));
}

#[test]
fn members_hold_the_tokens_of_their_rooms() {
    let fixture = Fixture::new();
    let room = fixture.public();
    fixture.try_write(&fixture.ada, fixture.bob.user, saying("hello")).unwrap();
    let tokens = |actor: &Actor| block_on(fixture.chat.tokens(actor.user)).unwrap();
    let own = Audience::of("room", room.get());
    assert_eq!((tokens(&fixture.bob), tokens(&fixture.eve)), (vec![own.clone()], vec![]));
    fixture.send(&fixture.ada, room, "hello");
    assert_eq!(fixture.events().pop().unwrap().audience, [own]);
    fixture.ban(&fixture.ada, room, fixture.bob.user).unwrap();
    assert!(tokens(&fixture.bob).is_empty());
    let left = fixture.events().pop().unwrap();
    assert!(left.audience.contains(&fixture.bob.user.into()), "they hear that they are out");
}

#[test]
fn events_from_before_one_joined_a_private_room_stay_hidden() {
    let fixture = Fixture::new();
    let room = fixture.private();
    fixture.send(&fixture.ada, room, "before");
    let before = fixture.events();
    let add = || {
        let (ada, eve) = (&fixture.ada, fixture.eve.user);
        block_on(fixture.chat.add_member(ada, room.into(), None, eve))
    };
    add().unwrap();
    fixture.send(&fixture.ada, room, "after");
    let seen = |actor: &Actor| {
        let visible = block_on(fixture.chat.still_visible(actor, fixture.events())).unwrap();
        visible.iter().filter(|event| event.name == "message.sent.v1").count()
    };
    assert_eq!((seen(&fixture.bob), seen(&fixture.eve)), (2, 1));
    let visible = block_on(fixture.chat.still_visible(&fixture.eve, before)).unwrap();
    assert!(visible.is_empty(), "{visible:?}");
    let member = |actor: &Actor, user| block_on(fixture.chat.member(actor, room.into(), user));
    assert_eq!(member(&fixture.bob, fixture.eve.user).unwrap().username.as_deref(), Some("eve"));
    fixture.ban(&fixture.ada, room, fixture.eve.user).unwrap();
    assert_eq!(code(member(&fixture.bob, fixture.eve.user)), "chat.member_not_found");
    assert!(member(&fixture.ada, fixture.eve.user).is_ok());
    assert_eq!(code(add()), "chat.forbidden");
}
