//! Rooms, and who finds them.

use chat::{
    commands::{CreateRoom, UpdateMember, UpdateRoom},
    query::{RoomFilter, Scope},
    values::{MemberRole, MemberState, RoomDescription, RoomKind, RoomName, RoomRef, SlowMode},
};
use kernel::{Actor, PageRequest, Permissions, Role};
use pollster::block_on;

use crate::fixture::{Fixture, code, saying};

#[test]
fn who_creates_a_room_owns_it() {
    let fixture = Fixture::new();
    let room = fixture.create(&fixture.ada, "General", false).unwrap();
    let view =
        block_on(fixture.chat.get(&fixture.ada, RoomRef::parse("general").unwrap())).unwrap();
    assert_eq!((view.room.id, view.room.members, view.room.last_seq), (room, 1, 1));
    let member = view.member.unwrap();
    assert_eq!((member.role, member.state), (MemberRole::Owner, MemberState::Joined));
    assert_eq!(code(fixture.create(&fixture.bob, " GENERAL ", true)), "chat.name_taken");
    let mut without = fixture.ada.clone();
    without.permissions = Permissions::NONE;
    assert_eq!(code(fixture.create(&without, "other", false)), "auth.missing_permission");
    let other = RoomRef::parse("nowhere").unwrap();
    assert_eq!(code(block_on(fixture.chat.get(&fixture.ada, other))), "chat.room_not_found");
}

#[test]
fn a_person_is_in_five_hundred_rooms_at_most() {
    let fixture = Fixture::new();
    for number in 0..500 {
        fixture.create(&fixture.ada, &format!("room {number}"), false).unwrap();
    }
    assert_eq!(code(fixture.create(&fixture.ada, "one more", false)), "chat.too_many_rooms");
    let other = fixture.create(&fixture.bob, "one more", false).unwrap();
    assert_eq!(code(fixture.join(&fixture.ada, other)), "chat.too_many_rooms");
    // Direct rooms do not count.
    assert!(fixture.try_write(&fixture.ada, fixture.bob.user, saying("hello")).is_ok());
}

#[test]
fn a_private_room_does_not_exist_for_others() {
    let fixture = Fixture::new();
    let room = fixture.private();
    let eve = &fixture.eve;
    let reference = || RoomRef::Id(room);
    let update = UpdateRoom { slow_mode: SlowMode::parse(5).ok(), ..UpdateRoom::default() };
    let page = PageRequest::default();
    let message = fixture.send(&fixture.ada, room, "secret").id;
    for (what, code) in [
        ("get", code(block_on(fixture.chat.get(eve, reference())))),
        ("by name", code(block_on(fixture.chat.get(eve, RoomRef::parse("closed").unwrap())))),
        ("update", code(block_on(fixture.chat.update(eve, reference(), None, update)))),
        ("remove", code(block_on(fixture.chat.remove(eve, reference(), None)))),
        ("join", code(fixture.join(eve, room))),
        ("leave", code(block_on(fixture.chat.leave(eve, reference())))),
        ("send", code(fixture.try_send(eve, room, saying("let me in")))),
        ("history", code(fixture.past(eve, room))),
        ("missed", code(fixture.missed(eve, room, None))),
        ("export", code(block_on(fixture.chat.export(eve, reference(), 0)))),
        ("read", code(block_on(fixture.chat.mark_read(eve, reference(), 1)))),
        ("ban", code(fixture.ban(eve, room, fixture.bob.user))),
        (
            "members",
            code(block_on(fixture.chat.members(
                eve,
                reference(),
                MemberState::Joined,
                page.clone(),
            ))),
        ),
        ("invite", code(block_on(fixture.chat.invite(eve, reference(), None, eve.user)))),
        ("invitations", code(block_on(fixture.chat.invitations(eve, reference(), page)))),
    ] {
        assert_eq!(code, "chat.room_not_found", "{what}");
    }
    assert_eq!(code(block_on(fixture.chat.message(eve, message))), "chat.message_not_found");
    assert_eq!(code(block_on(fixture.chat.delete(eve, message, None))), "chat.message_not_found");
    // Those who moderate see it, and still need an invitation to come in.
    assert_eq!(fixture.texts(&fixture.moderator, room).unwrap(), ["secret"]);
    assert_eq!(code(fixture.join(&fixture.moderator, room)), "chat.forbidden");
    assert_eq!(code(fixture.try_send(&fixture.moderator, room, saying("hi"))), "chat.not_member");
}

#[test]
fn a_public_room_is_read_by_everyone_and_written_in_by_members() {
    let fixture = Fixture::new();
    let room = fixture.public();
    fixture.send(&fixture.bob, room, "hello");
    assert_eq!(fixture.texts(&fixture.eve, room).unwrap(), ["hello"]);
    assert_eq!(code(fixture.try_send(&fixture.eve, room, saying("hi"))), "chat.not_member");
    assert_eq!(code(fixture.missed(&fixture.eve, room, None)), "chat.not_member");
    fixture.join(&fixture.eve, room).unwrap();
    fixture.send(&fixture.eve, room, "hi");
    // To join twice changes nothing.
    let again =
        fixture.published(|| assert!(fixture.join(&fixture.eve, room).unwrap().is_joined()));
    assert!(again.is_empty());
}

#[test]
fn a_private_room_shows_what_was_said_since_one_joined() {
    let fixture = Fixture::new();
    let room = fixture.private();
    let hidden = fixture.send(&fixture.ada, room, "before");
    block_on(fixture.chat.add_member(&fixture.ada, room.into(), None, fixture.eve.user)).unwrap();
    let seen = fixture.send(&fixture.ada, room, "after");
    assert_eq!(fixture.texts(&fixture.eve, room).unwrap(), ["after"]);
    assert_eq!(fixture.texts(&fixture.bob, room).unwrap(), ["before", "after"]);
    let message = |id| code(block_on(fixture.chat.message(&fixture.eve, id)));
    assert_eq!((message(hidden.id), message(seen.id)), ("chat.message_not_found", "ok"));
    let react = |id| {
        let thumb = chat::values::Emoji::parse("👍").unwrap();
        code(block_on(fixture.chat.react(&fixture.eve, id, thumb, true)))
    };
    assert_eq!((react(hidden.id), react(seen.id)), ("chat.message_not_found", "ok"));
    let reply = chat::commands::SendMessage { reply_to: Some(1), ..saying("re") };
    assert_eq!(code(fixture.try_send(&fixture.eve, room, reply)), "chat.reply_not_found");
    let export = block_on(fixture.chat.export(&fixture.eve, room.into(), 0)).unwrap().0;
    assert_eq!(export.len(), 1);
    // Who comes back begins anew.
    block_on(fixture.chat.leave(&fixture.eve, room.into())).unwrap();
    assert_eq!(code(fixture.past(&fixture.eve, room)), "chat.room_not_found");
    fixture.send(&fixture.ada, room, "meanwhile");
    block_on(fixture.chat.add_member(&fixture.ada, room.into(), None, fixture.eve.user)).unwrap();
    assert!(fixture.texts(&fixture.eve, room).unwrap().is_empty());
}

#[test]
fn a_room_keeps_an_owner() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let leave = |actor: &Actor| code(block_on(fixture.chat.leave(actor, room.into())));
    assert_eq!(leave(&fixture.ada), "chat.last_owner");
    let step_down = UpdateMember { role: Some(MemberRole::Member), ..UpdateMember::default() };
    let ada = fixture.ada.user;
    assert_eq!(code(fixture.update_member(&fixture.ada, room, ada, step_down)), "chat.last_owner");
    fixture.set_role(&fixture.ada, room, fixture.bob.user, MemberRole::Owner);
    assert_eq!((leave(&fixture.ada), leave(&fixture.ada)), ("ok", "chat.not_member"));
    assert_eq!(leave(&fixture.bob), "chat.last_owner");
    // Even those who moderate do not leave a room without an owner.
    assert_eq!(code(fixture.ban(&fixture.moderator, room, fixture.bob.user)), "chat.last_owner");
}

#[test]
fn owners_change_rooms() {
    let fixture = Fixture::new();
    let room = fixture.public();
    fixture.create(&fixture.bob, "taken", false).unwrap();
    fixture.set_role(&fixture.ada, room, fixture.bob.user, MemberRole::Moderator);
    let named =
        |name: &str| UpdateRoom { name: RoomName::parse(name).ok(), ..UpdateRoom::default() };
    let update = |actor: &Actor, expected, update| {
        block_on(fixture.chat.update(actor, room.into(), expected, update))
    };
    assert_eq!(code(update(&fixture.bob, None, named("other"))), "chat.forbidden");
    assert_eq!(code(update(&fixture.ada, Some(7), named("other"))), "chat.room_stale");
    assert_eq!(code(update(&fixture.ada, Some(1), named("TAKEN"))), "chat.name_taken");
    let before = fixture.announced.lock().unwrap().len();
    let changed = update(&fixture.ada, Some(1), named("other")).unwrap().room;
    assert_eq!((changed.version, changed.title()), (2, "other"));
    let announced = fixture.announced.lock().unwrap()[before..].to_vec();
    assert_eq!(announced, [(room, changed.last_seq)]);
    assert!(fixture.published(|| drop(update(&fixture.ada, None, named("other")))).is_empty());
    let by_moderator = update(&fixture.moderator, None, named("moderated")).unwrap();
    assert_eq!(by_moderator.room.title(), "moderated");
    let of_kind = |kind| UpdateRoom { kind: Some(kind), ..UpdateRoom::default() };
    assert_eq!(code(update(&fixture.ada, None, of_kind(RoomKind::Private))), "ok");
    assert_eq!(code(update(&fixture.ada, None, of_kind(RoomKind::Public))), "chat.stays_private");
}

#[test]
fn a_deleted_room_is_gone_with_all_in_it() {
    let fixture = Fixture::new();
    let room = fixture.public();
    fixture.send(&fixture.ada, room, "hello");
    let remove =
        |actor: &Actor, expected| code(block_on(fixture.chat.remove(actor, room.into(), expected)));
    assert_eq!(remove(&fixture.bob, None), "chat.forbidden");
    assert_eq!(remove(&fixture.ada, Some(9)), "chat.room_stale");
    assert_eq!(
        (remove(&fixture.ada, Some(1)), remove(&fixture.ada, None)),
        ("ok", "chat.room_not_found")
    );
    assert_eq!(code(fixture.past(&fixture.ada, room)), "chat.room_not_found");
    assert!(fixture.create(&fixture.bob, "general", false).is_ok(), "its name is free");
}

#[test]
fn lists_show_what_the_caller_sees() {
    let fixture = Fixture::new();
    fixture.public();
    fixture.private();
    let titles = |actor: &Actor, scope| {
        let filter = RoomFilter { scope, kind: None, name_begins: None };
        let page = block_on(fixture.chat.list(actor, filter, PageRequest::default())).unwrap();
        page.items.iter().map(|room| room.title().to_owned()).collect::<Vec<_>>()
    };
    let (ada, eve) = (fixture.ada.user, fixture.eve.user);
    assert_eq!(titles(&fixture.ada, Scope::VisibleTo(ada)), ["closed", "general"]);
    // Whatever is asked for, the caller sees their own sight.
    assert_eq!(titles(&fixture.eve, Scope::All), ["general"]);
    assert_eq!(titles(&fixture.eve, Scope::Of(ada)), [""; 0]);
    assert_eq!(titles(&fixture.eve, Scope::VisibleTo(ada)), ["general"]);
    assert_eq!(titles(&fixture.moderator, Scope::VisibleTo(eve)), ["closed", "general"]);
}

#[test]
fn of_many_that_create_one_room_under_one_key_one_does() {
    let fixture = Fixture::new();
    let idempotent = || kernel::Idempotent {
        key: kernel::idempotency::IdempotencyKey {
            scope: "s".to_owned(),
            key: "k".to_owned(),
            fingerprint: [1; 32],
        },
        encode: std::sync::Arc::new(|view: &chat::service::RoomView| {
            view.room.id.get().to_be_bytes().to_vec()
        }),
    };
    let command = CreateRoom {
        name: RoomName::parse("one").unwrap(),
        description: RoomDescription::empty(),
        private: false,
        slow_mode: SlowMode::default(),
        retention: None,
    };
    let create = || {
        block_on(fixture.chat.create(&fixture.ada, Some(idempotent()), command.clone())).unwrap()
    };
    let kernel::Outcome::Executed(first) = create() else { panic!("the first is executed") };
    let kernel::Outcome::Replayed(answer) = create() else { panic!("the second is replayed") };
    assert_eq!(answer, first.room.id.get().to_be_bytes());
    let admin = Actor::new(fixture.eve.user, Role::Admin);
    assert!(admin.may(kernel::Permission::ChatModerate));
}
