//! What is said: once, in order, changed and deleted.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use chat::{
    ChatError,
    commands::{SendMessage, UpdateRoom},
    query::Before,
    service::UnreadView,
    values::{Emoji, FileId, MemberRole, SlowMode},
};
use kernel::{Actor, DomainError as _, SearchQuery};
use pollster::block_on;

use crate::fixture::{Fixture, as_id, code, content, saying};

#[test]
fn c2_messages_have_numbers_and_places() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let first = fixture.send(&fixture.ada, room, "one");
    // Creation and Bob's joining have the first two places.
    assert_eq!((first.number, first.seq), (1, 3));
    fixture.tick(1);
    let second = fixture.send(&fixture.bob, room, "two");
    assert_eq!((second.number, second.seq, second.created_at), (2, 4, fixture.now()));
    assert_eq!(fixture.announced.lock().unwrap().last(), Some(&(room, 4)));
}

#[test]
fn c3_what_is_sent_again_under_its_id_is_stored_once() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let send = |actor: &Actor, id: &str, text: &str| {
        fixture.try_send(actor, room, as_id(id, saying(text))).map(|view| view.message)
    };
    let first = send(&fixture.ada, "c-1", "hello").unwrap();
    let events = fixture.published(|| {
        assert_eq!(send(&fixture.ada, "c-1", "hello").unwrap(), first);
    });
    assert!(events.is_empty());
    assert_eq!(code(send(&fixture.ada, "c-1", "other")), "chat.id_reused");
    assert_eq!(send(&fixture.bob, "c-1", "other").unwrap().number, 2);
    let other = fixture.create(&fixture.ada, "other", false).unwrap();
    let elsewhere = fixture.try_send(&fixture.ada, other, as_id("c-1", saying("hello")));
    assert_eq!(code(elsewhere), "chat.id_reused", "the room is a part of it");
    let reply = SendMessage { reply_to: Some(2), ..as_id("c-1", saying("hello")) };
    assert_eq!(code(fixture.try_send(&fixture.ada, room, reply)), "chat.id_reused");
    // It is compared with what was sent, not with what it says now.
    block_on(fixture.chat.edit(&fixture.ada, first.id, None, content("changed"))).unwrap();
    let again = send(&fixture.ada, "c-1", "hello").unwrap();
    assert_eq!((again.id, again.content), (first.id, Some(content("changed"))));
    assert_eq!(code(send(&fixture.ada, "c-1", "changed")), "chat.id_reused");
    block_on(fixture.chat.delete(&fixture.ada, first.id, None)).unwrap();
    assert!(send(&fixture.ada, "c-1", "hello").unwrap().is_deleted());
    // Whoever left since then still gets the answer.
    send(&fixture.bob, "c-9", "bye").unwrap();
    block_on(fixture.chat.leave(&fixture.bob, room.into())).unwrap();
    assert_eq!(code(send(&fixture.bob, "c-9", "bye")), "ok");
    assert_eq!(code(send(&fixture.bob, "c-10", "bye")), "chat.not_member");
}

#[test]
fn who_writes_too_fast_waits() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let message = fixture.send(&fixture.bob, room, "hello");
    fixture.limits.exhausted.store(true, Ordering::Relaxed);
    let refused = fixture.try_send(&fixture.bob, room, saying("more")).unwrap_err();
    let ChatError::TooFast(wait) = refused else { panic!("{refused:?}") };
    assert_eq!(wait.as_millis(), 300);
    let edit = block_on(fixture.chat.edit(&fixture.bob, message.id, None, content("x")));
    assert_eq!(code(edit), "chat.too_fast");
    fixture.limits.exhausted.store(false, Ordering::Relaxed);
    let slow = UpdateRoom { slow_mode: SlowMode::parse(30).ok(), ..UpdateRoom::default() };
    block_on(fixture.chat.update(&fixture.ada, room.into(), None, slow)).unwrap();
    let send = |actor: &Actor| fixture.try_send(actor, room, saying("hi"));
    let Err(ChatError::TooFast(wait)) = send(&fixture.bob) else { panic!("it is too early") };
    assert_eq!(wait.as_secs(), 30);
    // To leave and come back does not help, and a role makes the difference.
    block_on(fixture.chat.leave(&fixture.bob, room.into())).unwrap();
    fixture.join(&fixture.bob, room).unwrap();
    assert_eq!(code(send(&fixture.bob)), "chat.too_fast");
    fixture.send(&fixture.ada, room, "one");
    fixture.send(&fixture.ada, room, "two");
    fixture.tick(30);
    assert_eq!((code(send(&fixture.bob)), code(send(&fixture.bob))), ("ok", "chat.too_fast"));
}

#[test]
fn parts_of_a_message_are_there() {
    let fixture = Fixture::new();
    let room = fixture.public();
    fixture.send(&fixture.ada, room, "one");
    let file = fixture.db.add_file(fixture.ada.user).unwrap();
    let none = FileId::parse(i64::MAX).unwrap();
    let with = |actor: &Actor, reply_to, attachments: &[FileId]| {
        let attachments = attachments.to_vec();
        let command = SendMessage { reply_to, attachments, ..saying("re") };
        fixture.try_send(actor, room, command).map(|view| view.message)
    };
    let sent = with(&fixture.ada, Some(1), &[file]).unwrap();
    assert_eq!((sent.reply_to, sent.attachments), (Some(1), vec![file]));
    assert_eq!(code(with(&fixture.ada, Some(9), &[])), "chat.reply_not_found");
    assert_eq!(code(with(&fixture.ada, Some(0), &[])), "chat.reply_not_found");
    assert_eq!(code(with(&fixture.ada, None, &[file, none])), "chat.attachment_not_found");
    assert_eq!(code(with(&fixture.bob, None, &[file])), "chat.attachment_not_found");
}

#[test]
fn authors_change_and_delete_what_they_wrote() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let message = fixture.send(&fixture.bob, room, "hello");
    let edit = |actor: &Actor, expected, text: &str| {
        block_on(fixture.chat.edit(actor, message.id, expected, content(text)))
    };
    assert_eq!(code(edit(&fixture.ada, None, "no")), "chat.forbidden");
    assert_eq!(code(edit(&fixture.moderator, None, "no")), "chat.forbidden");
    assert_eq!(code(edit(&fixture.bob, Some(2), "no")), "chat.message_stale");
    assert!(fixture.published(|| drop(edit(&fixture.bob, None, "hello").unwrap())).is_empty());
    fixture.tick(5);
    let edited = edit(&fixture.bob, Some(1), "hello!").unwrap().message;
    assert_eq!((edited.version, edited.edited_at), (2, Some(fixture.now())));
    assert_eq!((edited.number, edited.seq), (1, 3), "it stays where it was");
    let delete =
        |actor: &Actor, expected| code(block_on(fixture.chat.delete(actor, message.id, expected)));
    assert_eq!(delete(&fixture.eve, None), "chat.forbidden");
    assert_eq!(delete(&fixture.bob, Some(1)), "chat.message_stale");
    assert_eq!(delete(&fixture.bob, Some(2)), "ok");
    assert_eq!(delete(&fixture.bob, None), "chat.message_deleted");
    assert_eq!(code(edit(&fixture.bob, None, "back")), "chat.message_deleted");
    assert_eq!(fixture.texts(&fixture.ada, room).unwrap(), ["-"]);
    // Moderators of the room, and those who moderate all of them.
    for actor in [&fixture.ada, &fixture.moderator] {
        let message = fixture.send(&fixture.bob, room, "rude");
        assert_eq!(code(block_on(fixture.chat.delete(actor, message.id, None))), "ok");
    }
    // Who was banned does not touch what they wrote.
    let last = fixture.send(&fixture.bob, room, "last");
    fixture.ban(&fixture.ada, room, fixture.bob.user).unwrap();
    assert_eq!(code(block_on(fixture.chat.delete(&fixture.bob, last.id, None))), "chat.banned");
}

#[test]
fn people_react() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let message = fixture.send(&fixture.ada, room, "hello");
    let react = |actor: &Actor, raw: &str, on| {
        let emoji = Emoji::parse(raw).unwrap();
        block_on(fixture.chat.react(actor, message.id, emoji, on))
    };
    let view = react(&fixture.bob, "👍", true).unwrap();
    assert_eq!((view.reactions[0].count, view.reactions[0].mine), (1, true));
    assert!(fixture.published(|| drop(react(&fixture.bob, "👍", true).unwrap())).is_empty());
    assert_eq!(code(react(&fixture.eve, "👍", true)), "chat.not_member");
    react(&fixture.ada, "👍", true).unwrap();
    let view = react(&fixture.bob, "👍", false).unwrap();
    assert_eq!((view.reactions[0].count, view.reactions[0].mine), (1, false));
    for number in 0..19 {
        react(&fixture.bob, &format!(":e{number}:"), true).unwrap();
    }
    assert_eq!(code(react(&fixture.bob, ":e19:", true)), "chat.too_many_reactions");
    assert_eq!(code(react(&fixture.bob, "👍", true)), "ok", "one that is there has space");
    let seq = |room| block_on(fixture.chat.get(&fixture.ada, room)).unwrap().room;
    let before = seq(room.into());
    block_on(fixture.chat.delete(&fixture.ada, message.id, None)).unwrap();
    assert_eq!(code(react(&fixture.bob, "👍", false)), "chat.message_deleted");
    let past = fixture.past(&fixture.bob, room).unwrap();
    assert!(past.messages[0].reactions.is_empty());
    assert_eq!((before.messages, seq(room.into()).last_seq), (1, before.last_seq + 1));
}

fn unread(fixture: &Fixture, actor: &Actor) -> Vec<(u64, u64)> {
    let found: Vec<UnreadView> = block_on(fixture.chat.unread(actor)).unwrap();
    found.iter().map(|one| (one.unread.count(), one.unread.mentions)).collect()
}

#[test]
fn c7_markers_say_what_is_unread() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let (ada, bob) = (&fixture.ada, &fixture.bob);
    for text in ["one", "@bob two", "three"] {
        fixture.send(ada, room, text);
    }
    assert_eq!((unread(&fixture, bob), unread(&fixture, ada)), (vec![(3, 1)], vec![]));
    let read = |actor: &Actor, number| block_on(fixture.chat.mark_read(actor, room.into(), number));
    let marker = read(bob, 2).unwrap();
    assert_eq!((marker.read_number, marker.unread, marker.moved), (2, 1, true));
    let marker = read(bob, 1).unwrap();
    assert_eq!((marker.read_number, marker.unread, marker.moved), (2, 1, false));
    assert_eq!(read(bob, 99).unwrap().read_number, 3);
    assert_eq!(code(read(&fixture.eve, 1)), "chat.not_member");
    assert!(unread(&fixture, bob).is_empty());
    // An edit and a reaction make nothing unread; one's own message moves one's marker.
    let message = fixture.send(bob, room, "four");
    block_on(fixture.chat.edit(bob, message.id, None, content("4"))).unwrap();
    assert_eq!((unread(&fixture, bob), unread(&fixture, ada)), (vec![], vec![(1, 0)]));
    fixture.try_write(ada, bob.user, saying("hello")).unwrap();
    let found = block_on(fixture.chat.unread(bob)).unwrap();
    assert_eq!(found[0].with, Some((ada.user, Some("ada".to_owned()))));
    assert!(found[0].unread.name.is_none());
}

#[test]
fn people_are_named_in_messages() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let (ada, bob, eve) = (&fixture.ada, &fixture.bob, &fixture.eve);
    let mentions = || {
        let sent = fixture.events().pop().unwrap();
        let ids = sent.payload["mentions"].as_array().unwrap().clone();
        ids.iter().map(|id| id.as_i64().unwrap()).collect::<BTreeSet<i64>>()
    };
    fixture.send(ada, room, "@BOB, @eve, @ada, @nobody and bob@example.com");
    assert_eq!(mentions(), BTreeSet::from([bob.user.get()]), "members, and not the author");
    fixture.join(eve, room).unwrap();
    let message = fixture.send(ada, room, "@bob.");
    // Only those who are named anew hear of it.
    block_on(fixture.chat.edit(ada, message.id, None, content("@bob and @eve"))).unwrap();
    assert_eq!(mentions(), BTreeSet::from([eve.user.get()]));
    assert_eq!(unread(&fixture, eve), [(1, 1)]);
    block_on(fixture.chat.edit(ada, message.id, None, content("never mind"))).unwrap();
    assert_eq!(unread(&fixture, eve), [(1, 0)]);
    block_on(fixture.chat.delete(ada, message.id, None)).unwrap();
    fixture.send(ada, room, "@all hear, hear");
    assert_eq!((unread(&fixture, eve), mentions()), (vec![(2, 1)], BTreeSet::new()));
}

#[test]
fn the_past_comes_in_pages() {
    let fixture = Fixture::new();
    let room = fixture.public();
    for number in 1..=7 {
        fixture.send(&fixture.ada, room, &format!("message {number}"));
        fixture.tick(10);
    }
    let page = |before, query: Option<&str>, limit| {
        let query = query.map(|query| SearchQuery::parse(query).unwrap());
        let past = fixture.chat.history(&fixture.bob, room.into(), before, query, limit);
        let past = block_on(past).unwrap();
        let numbers: Vec<i64> = past.messages.iter().map(|one| one.message.number).collect();
        (numbers, past.more)
    };
    assert_eq!(page(None, None, 3), (vec![7, 6, 5], true));
    assert_eq!(page(Some(Before::Number(5)), None, 3), (vec![4, 3, 2], true));
    assert_eq!(page(Some(Before::Number(2)), None, 3), (vec![1], false));
    let at = fixture.now().minus(std::time::Duration::from_secs(20));
    assert_eq!(page(Some(Before::Time(at)), None, 2), (vec![5, 4], true));
    let early = kernel::Timestamp::MIN;
    assert_eq!(page(Some(Before::Time(early)), None, 2), (vec![], false));
    assert_eq!(page(None, Some("MESS 4"), 2), (vec![4], false));
    assert_eq!(page(None, Some("message"), 2), (vec![7, 6], true));
    let views = fixture.past(&fixture.bob, room).unwrap().messages;
    assert_eq!(views[0].username.as_deref(), Some("ada"));
}

#[test]
fn an_export_has_every_message_once() {
    let fixture = Fixture::new();
    let room = fixture.public();
    for number in 0..450 {
        fixture.send(&fixture.ada, room, &number.to_string());
    }
    let (mut after, mut numbers) = (0, Vec::new());
    loop {
        let page = block_on(fixture.chat.export(&fixture.bob, room.into(), after)).unwrap();
        numbers.extend(page.0.iter().map(|one| one.message.number));
        match page.1 {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(numbers, (1..=450).collect::<Vec<i64>>());
}

#[test]
fn a_role_lets_at_all_through_in_large_rooms() {
    let fixture = Fixture::new();
    let room = fixture.public();
    for number in 0..60 {
        let user = fixture.db.add_person(&format!("person{number}")).unwrap();
        fixture.join(&Actor::new(user, kernel::Role::User), room).unwrap();
    }
    fixture.join(&fixture.eve, room).unwrap();
    fixture.send(&fixture.bob, room, "@all");
    assert_eq!(unread(&fixture, &fixture.eve), [(1, 0)]);
    fixture.set_role(&fixture.ada, room, fixture.bob.user, MemberRole::Moderator);
    fixture.send(&fixture.bob, room, "@all");
    assert_eq!(unread(&fixture, &fixture.eve), [(2, 1)]);
}

#[test]
fn an_error_of_the_store_is_no_refusal() {
    let error = ChatError::from(kernel::StoreError::Contention);
    assert_eq!((error.code(), error.kind()), ("store.contention", kernel::ErrorKind::Unavailable));
}
