//! Members, their roles, and those who are kept out.

use std::time::Duration;

use chat::{
    ChatError,
    commands::UpdateMember,
    values::{MemberRole, MemberState, Notify},
};
use kernel::{Actor, PageRequest, Patch};
use pollster::block_on;

use crate::fixture::{Fixture, code, executed, saying};

fn muted(until: kernel::Timestamp) -> UpdateMember {
    UpdateMember { muted_until: Patch::Set(until), ..UpdateMember::default() }
}

#[test]
fn a_banned_person_knows_that_the_room_exists_and_no_more() {
    let fixture = Fixture::new();
    let room = fixture.public();
    fixture.send(&fixture.ada, room, "hello");
    fixture.ban(&fixture.ada, room, fixture.bob.user).unwrap();
    let bob = &fixture.bob;
    for (what, code) in [
        ("get", code(block_on(fixture.chat.get(bob, room.into())))),
        ("join", code(fixture.join(bob, room))),
        ("send", code(fixture.try_send(bob, room, saying("hi")))),
        ("history", code(fixture.past(bob, room))),
        ("missed", code(fixture.missed(bob, room, None))),
        ("leave", code(block_on(fixture.chat.leave(bob, room.into())))),
    ] {
        assert_eq!(code, "chat.banned", "{what}");
    }
    assert_eq!(code(fixture.ban(&fixture.ada, room, bob.user)), "ok", "once is enough");
    let page = PageRequest::default();
    let list = |actor: &Actor, state| {
        let page = fixture.chat.members(actor, room.into(), state, page.clone());
        block_on(page).map(|page| page.items.len())
    };
    assert_eq!(list(&fixture.ada, MemberState::Banned).unwrap(), 1);
    assert_eq!(code(list(&fixture.eve, MemberState::Banned)), "chat.forbidden");
    assert_eq!(list(&fixture.eve, MemberState::Joined).unwrap(), 1);
    // Even an invitation does not help.
    let add = block_on(fixture.chat.add_member(&fixture.ada, room.into(), None, bob.user));
    assert_eq!(code(add), "chat.forbidden");
    let lift = UpdateMember { banned: Some(false), ..UpdateMember::default() };
    let lifted = fixture.update_member(&fixture.ada, room, bob.user, lift).unwrap();
    assert_eq!(lifted.state, MemberState::Left);
    fixture.join(bob, room).unwrap();
    // Someone who never was in the room can be banned, too.
    fixture.ban(&fixture.ada, room, fixture.eve.user).unwrap();
    assert_eq!(code(fixture.join(&fixture.eve, room)), "chat.banned");
}

#[test]
fn an_invitation_ends_with_a_ban() {
    let fixture = Fixture::new();
    let room = fixture.private();
    let invite = fixture.chat.invite(&fixture.ada, room.into(), None, fixture.eve.user);
    let id = executed(block_on(invite).unwrap()).invitation.id;
    fixture.ban(&fixture.ada, room, fixture.eve.user).unwrap();
    let accept = block_on(fixture.chat.accept(&fixture.eve, id));
    assert_eq!(code(accept), "chat.invitation_not_found");
}

#[test]
fn who_is_muted_reads_and_does_not_write() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let own = fixture.send(&fixture.bob, room, "hello");
    let until = fixture.now().plus(Duration::from_secs(60));
    let member = fixture.update_member(&fixture.ada, room, fixture.bob.user, muted(until)).unwrap();
    assert_eq!(member.muted_until, Some(until));
    assert!(fixture.past(&fixture.bob, room).is_ok());
    let content = crate::fixture::content("changed");
    let edit = || code(block_on(fixture.chat.edit(&fixture.bob, own.id, None, content.clone())));
    let react = || {
        let thumb = chat::values::Emoji::parse("👍").unwrap();
        code(block_on(fixture.chat.react(&fixture.bob, own.id, thumb, true)))
    };
    let send = || code(fixture.try_send(&fixture.bob, room, saying("hi")));
    assert_eq!((send(), edit(), react()), ("chat.muted", "chat.muted", "chat.muted"));
    // To leave and come back does not help.
    block_on(fixture.chat.leave(&fixture.bob, room.into())).unwrap();
    fixture.join(&fixture.bob, room).unwrap();
    assert_eq!(send(), "chat.muted");
    fixture.tick(60);
    assert_eq!((send(), edit(), react()), ("ok", "ok", "ok"));
}

#[test]
fn roles_decide_over_lower_ones() {
    let fixture = Fixture::new();
    let room = fixture.public();
    fixture.join(&fixture.eve, room).unwrap();
    let (ada, bob, eve) = (&fixture.ada, &fixture.bob, &fixture.eve);
    assert_eq!(code(fixture.ban(bob, room, eve.user)), "chat.forbidden");
    fixture.set_role(ada, room, bob.user, MemberRole::Moderator);
    assert_eq!(code(fixture.ban(bob, room, ada.user)), "chat.forbidden");
    let promote = UpdateMember { role: Some(MemberRole::Moderator), ..UpdateMember::default() };
    assert_eq!(code(fixture.update_member(bob, room, eve.user, promote)), "chat.forbidden");
    fixture.set_role(ada, room, eve.user, MemberRole::Moderator);
    assert_eq!(code(fixture.ban(bob, room, eve.user)), "chat.forbidden", "of the same role");
    assert_eq!(code(fixture.ban(bob, room, bob.user)), "chat.oneself");
    fixture.set_role(ada, room, eve.user, MemberRole::Member);
    let kick = |actor: &Actor, user| {
        code(block_on(fixture.chat.remove_member(actor, room.into(), user, None)))
    };
    assert_eq!((kick(bob, eve.user), kick(bob, eve.user)), ("ok", "chat.member_not_found"));
    assert_eq!(code(fixture.join(eve, room)), "ok", "who was removed may come back");
    assert_eq!(kick(eve, eve.user), "ok", "one removes oneself");
    assert_eq!(kick(&fixture.moderator, bob.user), "ok");
    assert_eq!(kick(ada, ada.user), "chat.last_owner");
}

#[test]
fn a_member_is_changed_at_a_version() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let bob = fixture.bob.user;
    let version = fixture.member(room, bob).unwrap().version;
    let update = |expected, update| {
        block_on(fixture.chat.update_member(&fixture.ada, room.into(), bob, expected, update))
    };
    let promote = UpdateMember { role: Some(MemberRole::Moderator), ..UpdateMember::default() };
    let stale = update(Some(version + 1), promote);
    assert!(matches!(stale, Err(ChatError::StaleMember(_))), "{stale:?}");
    assert_eq!(update(Some(version), promote).unwrap().member.version, version + 1);
    assert!(fixture.published(|| drop(update(None, promote).unwrap())).is_empty());
    assert_eq!(fixture.member(room, bob).unwrap().version, version + 1);
}

#[test]
fn one_chooses_oneself_what_one_is_notified_of() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let quiet = UpdateMember { notify: Some(Notify::Nothing), ..UpdateMember::default() };
    let of = |actor: &Actor, user| fixture.update_member(actor, room, user, quiet);
    assert_eq!(code(of(&fixture.ada, fixture.bob.user)), "chat.forbidden");
    assert_eq!(code(of(&fixture.eve, fixture.eve.user)), "chat.not_member");
    let events = fixture.published(|| {
        assert_eq!(of(&fixture.bob, fixture.bob.user).unwrap().notify, Notify::Nothing);
    });
    assert!(events.is_empty(), "no one else hears of it");
    fixture.send(&fixture.ada, room, "@bob, are you there?");
    let sent = fixture.events().pop().unwrap();
    assert_eq!(sent.payload["mentions"], serde_json::json!([]));
}

#[test]
fn invitations_lead_into_private_rooms() {
    let fixture = Fixture::new();
    let room = fixture.private();
    let (ada, bob, eve) = (&fixture.ada, &fixture.bob, &fixture.eve);
    let invite = |actor: &Actor, user| {
        block_on(fixture.chat.invite(actor, room.into(), None, user)).map(executed)
    };
    assert_eq!(code(invite(bob, eve.user)), "chat.forbidden", "members of private rooms do not");
    assert_eq!(code(invite(ada, ada.user)), "chat.oneself");
    assert_eq!(code(invite(ada, bob.user)), "chat.already_member");
    assert_eq!(code(invite(ada, kernel::kit::nobody())), "chat.user_not_found");
    let first = invite(ada, eve.user).unwrap();
    assert_eq!((first.room.as_str(), first.username.as_deref()), ("closed", Some("eve")));
    let again = fixture.published(|| {
        assert_eq!(invite(ada, eve.user).unwrap().invitation, first.invitation);
    });
    assert!(again.is_empty());
    let own = |actor: &Actor| {
        let page = block_on(fixture.chat.own_invitations(actor, PageRequest::default())).unwrap();
        page.items.into_iter().map(|one| one.invitation.id).collect::<Vec<_>>()
    };
    assert_eq!((own(eve), own(bob)), (vec![first.invitation.id], vec![]));
    let accept = |actor: &Actor, id| code(block_on(fixture.chat.accept(actor, id)));
    assert_eq!(accept(bob, first.invitation.id), "chat.invitation_not_found");
    assert_eq!(accept(eve, first.invitation.id), "ok");
    assert_eq!(accept(eve, first.invitation.id), "chat.invitation_not_found");
    assert!(fixture.member(room, eve.user).unwrap().is_joined() && own(eve).is_empty());
    // Who is invited may also just join; and may decline.
    let leave = || block_on(fixture.chat.leave(eve, room.into())).unwrap();
    leave();
    let second = invite(ada, eve.user).unwrap().invitation.id;
    let decline = |actor: &Actor, id| code(block_on(fixture.chat.decline(actor, id)));
    assert_eq!(decline(bob, second), "chat.invitation_not_found");
    assert_eq!((decline(eve, second), decline(eve, second)), ("ok", "chat.invitation_not_found"));
    assert_eq!(code(fixture.join(eve, room)), "chat.room_not_found");
    let third = invite(ada, eve.user).unwrap().invitation.id;
    fixture.join(eve, room).unwrap();
    assert_eq!(accept(eve, third), "chat.invitation_not_found");
    leave();
    let fourth = invite(ada, eve.user).unwrap().invitation.id;
    assert_eq!(decline(ada, fourth), "ok", "who invited takes it back");
}

#[test]
fn suspended_people_are_not_invited() {
    let fixture = Fixture::new();
    let room = fixture.private();
    fixture.db.suspend(fixture.eve.user).unwrap();
    let invite = block_on(fixture.chat.invite(&fixture.ada, room.into(), None, fixture.eve.user));
    assert_eq!(code(invite), "chat.user_not_found");
    let add = block_on(fixture.chat.add_member(&fixture.ada, room.into(), None, fixture.eve.user));
    assert_eq!(code(add), "chat.user_not_found");
}

#[test]
fn members_are_shown_by_name() {
    let fixture = Fixture::new();
    let room = fixture.public();
    let page = PageRequest::default();
    let members = fixture.chat.members(&fixture.eve, room.into(), MemberState::Joined, page);
    let page = block_on(members).unwrap();
    let names: Vec<_> = page.items.iter().map(|one| one.username.as_deref().unwrap()).collect();
    assert_eq!(names, ["ada", "bob"]);
}
