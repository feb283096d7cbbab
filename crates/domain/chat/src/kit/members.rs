//! Who is in a room.

use std::collections::BTreeMap;

use super::*;
use crate::{member::Unread, query::MemberFilter, values::Notify};

fn full(member: &Member) -> Member {
    Member {
        state: MemberState::Banned,
        role: MemberRole::Moderator,
        notify: Notify::Nothing,
        read_number: i64::MAX,
        joined_number: 5,
        joined_seq: 6,
        muted_until: Some(moment(7)),
        last_sent_at: Some(moment(8)),
        joined_at: moment(9),
        updated_at: moment(10),
        version: 11,
        ..member.clone()
    }
}

pub(super) async fn m1_a_member_comes_back_as_they_went_in(fixture: Fixture) {
    let (one, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    let member = fixture.join(one, 0, MemberRole::Owner, 1).await;
    let bystander = fixture.join(other, 0, MemberRole::Member, 1).await;
    assert_eq!(fixture.member(one, member.user).await.as_ref(), Some(&member));
    fixture.put(&full(&member)).await;
    assert_eq!(fixture.member(one, member.user).await, Some(full(&member)));
    assert_eq!(fixture.member(other, member.user).await, Some(bystander));
    assert_eq!(fixture.member(one, fixture.people[1]).await, None);
}

pub(super) async fn m2_a_marker_goes_forward_only(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let member = fixture.join(room, 0, MemberRole::Member, 1).await;
    let mut left = fixture.join(room, 1, MemberRole::Member, 1).await;
    left.leave(MemberState::Left, moment(2));
    fixture.put(&left).await;
    for number in 1..=5 {
        fixture.send(room, 2, "hello", number).await;
    }
    let read =
        async |user, number| fixture.write(move |tx| tx.members().read(room, user, number)).await;
    assert_eq!(read(member.user, 3).await, Some(3));
    assert_eq!(read(member.user, 3).await, None);
    assert_eq!(read(member.user, 2).await, None);
    assert_eq!(read(member.user, -1).await, None);
    assert_eq!(read(member.user, 9).await, Some(5), "there are five");
    assert_eq!(read(left.user, 3).await, None);
    assert_eq!(read(nobody(), 3).await, None);
    let user = member.user;
    fixture.write(move |tx| tx.members().sent(room, user, 7, moment(20))).await;
    let expected = Member { read_number: 7, last_sent_at: Some(moment(20)), ..member };
    assert_eq!(fixture.member(room, user).await, Some(expected));
}

pub(super) async fn m2_of_many_markers_the_last_message_stays(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let user = fixture.join(room, 0, MemberRole::Member, 1).await.user;
    for number in 1..=8 {
        fixture.send(room, 1, "hello", number).await;
    }
    let read = |number: usize| -> BoxFuture<'_, Result<Option<i64>, StoreError>> {
        let number = 8 - number as i64;
        Box::pin(fixture.work.write(move |tx: &mut Tx| tx.members().read(room, user, number)))
    };
    assert!(fixture.race(8, read).await.iter().all(Result::is_ok));
    assert_eq!(fixture.member(room, user).await.unwrap().read_number, 8);
}

pub(super) async fn m3_lists_are_of_one_room_and_state(fixture: Fixture) {
    let (room, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    let mut all = Vec::new();
    for person in [2, 0, 1] {
        all.push(fixture.join(room, person, MemberRole::Member, 1).await);
    }
    fixture.join(other, 0, MemberRole::Member, 1).await;
    let mut banned = fixture.join(room, 0, MemberRole::Member, 2).await;
    banned = Member { user: fixture.suspended, ..banned };
    banned.leave(MemberState::Banned, moment(3));
    fixture.put(&banned).await;
    all.sort_by_key(|member| member.user);
    let all: Vec<UserId> = all.iter().map(|member| member.user).collect();
    let list = async |state, paging| {
        let request = PageRequest { paging, limit: 2 };
        let filter = MemberFilter { room, state };
        fixture.read(move |tx| tx.members().list(filter, &request)).await
    };
    let users = |page: &kernel::Page<Member>| -> Vec<UserId> {
        page.items.iter().map(|member| member.user).collect()
    };
    let first = list(MemberState::Joined, Paging::Number(1)).await;
    assert_eq!((users(&first), first.total), (all[..2].to_vec(), Some(3)));
    assert_eq!(users(&list(MemberState::Joined, Paging::Number(2)).await), all[2..]);
    let first = list(MemberState::Joined, Paging::Cursor(None)).await;
    let second = list(MemberState::Joined, Paging::Cursor(first.next.clone())).await;
    assert_eq!((users(&first), users(&second)), (all[..2].to_vec(), all[2..].to_vec()));
    assert_eq!(second.next, None);
    let out = list(MemberState::Banned, Paging::Number(1)).await;
    assert_eq!((users(&out), out.total), (vec![fixture.suspended], Some(1)));
    assert_eq!(list(MemberState::Left, Paging::Number(1)).await.total, Some(0));
}

pub(super) async fn m4_those_who_are_in_a_room_are_found(fixture: Fixture) {
    let [ada, grace, edith] = [0, 1, 2].map(|person| fixture.people[person]);
    let (one, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    let owner = fixture.join(one, 0, MemberRole::Owner, 5).await;
    let late = fixture.join(one, 1, MemberRole::Member, 3).await;
    let early = fixture.join(one, 2, MemberRole::Member, 2).await;
    fixture.join(other, 0, MemberRole::Member, 1).await;
    let mut left = fixture.join(other, 1, MemberRole::Owner, 1).await;
    left.leave(MemberState::Left, moment(2));
    fixture.put(&left).await;
    let pair = Pair::new(ada, edith).unwrap();
    let new = NewRoom::direct(pair, ada, moment(0));
    let (direct, _) = fixture.write(move |tx| tx.rooms().open_direct(&new, pair)).await;
    fixture.join(direct.id, 0, MemberRole::Member, 1).await;

    let joined = async |room, users: Vec<UserId>| {
        fixture.read(move |tx| tx.members().joined(room, &users)).await
    };
    let mut found = joined(one, vec![grace, edith, nobody()]).await;
    found.sort_by_key(|member| member.user);
    assert_eq!(found, [late.clone(), early.clone()]);
    assert!(joined(other, vec![grace]).await.is_empty());
    assert!(joined(one, Vec::new()).await.is_empty());

    let owners = async |room| fixture.read(move |tx| tx.members().owners(room)).await;
    assert_eq!((owners(one).await, owners(other).await), (1, 0));
    let heir = async |gone| fixture.read(move |tx| tx.members().heir(one, gone)).await;
    assert_eq!(heir(ada).await.as_ref(), Some(&early));
    assert_eq!(heir(edith).await.as_ref(), Some(&owner));
    let promoted = Member { role: MemberRole::Moderator, ..late };
    fixture.put(&promoted).await;
    assert_eq!(heir(ada).await, Some(promoted));

    let rooms = async |user| {
        fixture.write(move |tx| Ok((tx.members().rooms_of(user)?, tx.members().count(user)?))).await
    };
    assert_eq!(rooms(ada).await, (vec![one, other], 2));
    assert_eq!(rooms(grace).await, (vec![one], 1));
    assert_eq!(rooms(fixture.suspended).await, (vec![], 0));
}

pub(super) async fn m4_who_counts_second_sees_what_the_first_wrote(fixture: Fixture) {
    let mut rooms = Vec::new();
    for number in 0..8 {
        rooms.push(fixture.room(&format!("room {number}")).await.id);
    }
    let user = fixture.people[0];
    let join = |number: usize| -> BoxFuture<'_, Result<bool, StoreError>> {
        let room = rooms[number];
        Box::pin(fixture.work.write(move |tx: &mut Tx| {
            let has_space = tx.members().count(user)? < 3;
            if has_space {
                let room = tx.rooms().advance(room, Step::Join)?.unwrap();
                let member = Member::joining(&room, user, MemberRole::Member, moment(1));
                tx.members().put(&member)?;
            }
            Ok(has_space)
        }))
    };
    let joined = fixture.race(8, join).await;
    assert_eq!(joined.into_iter().filter(|one| one.as_ref().is_ok_and(|one| *one)).count(), 3);
    assert_eq!(fixture.write(move |tx| tx.members().count(user)).await, 3);
}

pub(super) async fn m5_unread_is_what_is_behind_the_marker(fixture: Fixture) {
    let [ada, grace, edith] = [0, 1, 2].map(|person| fixture.people[person]);
    let (one, read, out) =
        (fixture.room("one").await, fixture.room("read").await.id, fixture.room("out").await.id);
    fixture.send(one.id, 1, "before they joined", 1).await;
    for room in [one.id, read, out] {
        fixture.join(room, 0, MemberRole::Member, 2).await;
    }
    let pair = Pair::new(ada, edith).unwrap();
    let new = NewRoom::direct(pair, ada, moment(0));
    let direct = fixture
        .write(move |tx| {
            let (room, _) = tx.rooms().open_direct(&new, pair)?;
            for user in pair.both() {
                tx.members().put(&Member::of_pair(&room, user, moment(1)))?;
            }
            Ok(room)
        })
        .await;
    let mut left = fixture.member(out, ada).await.unwrap();
    left.leave(MemberState::Left, moment(3));
    fixture.put(&left).await;
    let mut named = Vec::new();
    for (number, room) in [one.id, one.id, read, out, direct.id, one.id].into_iter().enumerate() {
        let message = fixture.send(room, 1, "hello", number as i64).await;
        named.push(message.clone());
        fixture.write(move |tx| tx.messages().name(&message, &[ada, grace])).await;
    }
    fixture.write(move |tx| tx.members().read(read, ada, 1)).await;
    // The first of the three is read.
    fixture.write(move |tx| tx.members().read(one.id, ada, 2)).await;
    let unread = async |user| {
        let found: Vec<Unread> = fixture.read(move |tx| tx.members().unread(user)).await;
        found.into_iter().map(|one| (one.room, one)).collect::<BTreeMap<RoomId, Unread>>()
    };
    let found = unread(ada).await;
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [one.id, direct.id]);
    let expected = Unread {
        room: one.id,
        kind: RoomKind::Public,
        name: one.name.clone(),
        pair: None,
        number: 4,
        read_number: 2,
        mentions: 2,
    };
    assert_eq!(found[&one.id], expected);
    assert_eq!(found[&direct.id].pair, Some(pair));
    assert_eq!((found[&direct.id].count(), found[&one.id].count()), (1, 2));
    // To everyone counts once, and only while it is not read.
    fixture.write(move |tx| tx.rooms().named_all(one.id, 3)).await;
    assert_eq!(unread(ada).await[&one.id].mentions, 3);
    fixture.write(move |tx| tx.members().read(one.id, ada, 3)).await;
    assert_eq!(unread(ada).await[&one.id].mentions, 1);
    assert!(unread(grace).await.is_empty());
}

pub(super) async fn m6_a_forgotten_person_is_nowhere(fixture: Fixture) {
    let (one, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    for (room, person) in [(one, 0), (other, 0), (one, 1)] {
        fixture.join(room, person, MemberRole::Member, 1).await;
    }
    let (gone, stays) = (fixture.people[0], fixture.people[1]);
    assert_eq!(fixture.write(move |tx| tx.members().forget(gone)).await, 2);
    assert_eq!(fixture.member(one, gone).await, None);
    assert_eq!(fixture.member(other, gone).await, None);
    assert!(fixture.member(one, stays).await.is_some());
    assert_eq!(fixture.write(move |tx| tx.members().forget(gone)).await, 0);
}

pub(super) async fn m7_a_member_has_an_account(fixture: Fixture) {
    let room = fixture.room("one").await;
    let member = Member::joining(&room, nobody(), MemberRole::Member, moment(1));
    let error = fixture.refused(move |tx| tx.members().put(&member)).await;
    assert!(matches!(error, StoreError::Missing("room_members.user")), "{error}");
}
