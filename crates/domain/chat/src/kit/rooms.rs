//! Rooms.

use kernel::page::COUNTED_ROWS;

use super::*;
use crate::{
    query::{RoomFilter, Scope},
    values::Retention,
};

/// Every field of its own with something in it.
fn full(room: &Room) -> Room {
    Room {
        name: RoomName::parse(&format!("{}ä", "🦀'%".repeat(33))).ok(),
        description: RoomDescription::parse(&long(500)).unwrap(),
        kind: RoomKind::Private,
        slow_mode: SlowMode::parse(SlowMode::MAX).unwrap(),
        retention: Retention::parse(Retention::MAX).ok(),
        updated_at: moment(9),
        ..room.clone()
    }
}

async fn saved(fixture: &Fixture, room: Room) -> Room {
    fixture
        .write(move |tx| {
            let mut room = room.clone();
            tx.rooms().save(&mut room)?;
            Ok(room)
        })
        .await
}

pub(super) async fn r1_a_room_comes_back_as_it_went_in(fixture: Fixture) {
    let room = fixture.room("Café Gödel").await;
    assert_eq!(room, fixture.new_room("Café Gödel", RoomKind::Public).stored(room.id));
    assert_eq!(fixture.get(room.id).await.as_ref(), Some(&room));
    let find = async |name: &str| {
        let name = RoomName::parse(name).unwrap();
        fixture.read(move |tx| tx.rooms().find(&name)).await
    };
    assert_eq!(find("CAFÉ gödel").await.as_ref(), Some(&room));
    assert_eq!(find("Cafe Godel").await, None);
    let room = saved(&fixture, full(&room)).await;
    assert_eq!(room.version, 2);
    assert_eq!(fixture.get(room.id).await.as_ref(), Some(&room));
    assert_eq!(find("Café Gödel").await, None);
    for (number, text) in ODD_TEXTS.iter().enumerate() {
        // Texts that are no names are none here either.
        if let Ok(name) = RoomName::parse(text) {
            let new =
                NewRoom { name: Some(name.clone()), ..fixture.new_room("x", RoomKind::Public) };
            let stored = fixture.write(move |tx| tx.rooms().insert(&new)).await;
            assert_eq!(find(name.as_str()).await, Some(stored), "{number}");
        }
    }
    let pair = Pair::new(fixture.people[0], fixture.people[1]).unwrap();
    let new = NewRoom::direct(pair, fixture.people[1], moment(3));
    let (direct, _) = fixture.write(move |tx| tx.rooms().open_direct(&new, pair)).await;
    assert_eq!(fixture.get(direct.id).await.as_ref(), Some(&direct));
    assert_eq!(fixture.read(move |tx| tx.rooms().direct(pair)).await, Some(direct));
    let other = Pair::new(fixture.people[0], fixture.people[2]).unwrap();
    assert_eq!(fixture.read(move |tx| tx.rooms().direct(other)).await, None);
    assert_eq!(fixture.get(RoomId::parse(i64::MAX).unwrap()).await, None);
}

pub(super) async fn r2_a_stale_save_changes_nothing(fixture: Fixture) {
    let first = fixture.room("one").await;
    let second = saved(&fixture, full(&first)).await;
    // Counters are not what a save writes.
    let moved = fixture.advance(first.id, Step::Message(moment(5))).await;
    assert_eq!(moved, {
        let mut expected = second.clone();
        expected.step(Step::Message(moment(5)));
        expected
    });
    let (stale, gone) = (first.clone(), first.clone());
    fixture.stale(move |tx| tx.rooms().save(&mut stale.clone())).await;
    fixture.stale(move |tx| tx.rooms().remove(&gone)).await;
    assert_eq!(fixture.get(first.id).await.as_ref(), Some(&moved));
    // One that was read before the step still has its version.
    let third = saved(&fixture, Room { description: RoomDescription::empty(), ..second }).await;
    let now = fixture.get(first.id).await.unwrap();
    assert_eq!((now.version, now.last_seq, now.messages), (third.version, 1, 1));
    assert_eq!(now.description, RoomDescription::empty());
    fixture.write(move |tx| tx.rooms().remove(&third)).await;
    assert_eq!(fixture.get(first.id).await, None);
}

pub(super) async fn r2_of_many_that_save_one_version_one_succeeds(fixture: Fixture) {
    let room = fixture.room("one").await;
    let save = |_| -> BoxFuture<'_, Result<(), StoreError>> {
        let room = room.clone();
        Box::pin(fixture.work.write(move |tx: &mut Tx| tx.rooms().save(&mut room.clone())))
    };
    let saved = fixture.race(6, save).await;
    assert_eq!(saved.iter().filter(|one| one.is_ok()).count(), 1);
    assert_eq!(fixture.get(room.id).await.unwrap().version, 2);
}

fn is_taken<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Duplicate("rooms.name")))
}

pub(super) async fn r3_names_are_unique_without_regard_to_case(fixture: Fixture) {
    let first = fixture.room("Straße Ä").await;
    let second = fixture.room("other").await;
    let taken = fixture.new_room("straße  ä", RoomKind::Private);
    let inserted = fixture.work.write(move |tx: &mut Tx| tx.rooms().insert(&taken)).await;
    assert!(is_taken(&inserted), "{inserted:?}");
    let renamed = Room { name: RoomName::parse("STRASSE Ä").ok(), ..second.clone() };
    saved(&fixture, renamed).await;
    let renamed =
        Room { name: first.name.clone(), version: 2, ..fixture.get(second.id).await.unwrap() };
    let taken = fixture.work.write(move |tx: &mut Tx| tx.rooms().save(&mut renamed.clone())).await;
    assert!(is_taken(&taken), "{taken:?}");
    // Its own name may be written otherwise.
    let first = saved(&fixture, Room { name: RoomName::parse("STRAßE Ä").ok(), ..first }).await;
    fixture.write(move |tx| tx.rooms().remove(&first)).await;
    fixture.room("straße ä").await;
}

pub(super) async fn r3_of_many_that_insert_one_name_one_succeeds(fixture: Fixture) {
    let insert = |_| -> BoxFuture<'_, Result<Room, StoreError>> {
        let new = fixture.new_room("one", RoomKind::Public);
        Box::pin(fixture.work.write(move |tx: &mut Tx| tx.rooms().insert(&new)))
    };
    let all = fixture.race(6, insert).await;
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1);
    assert_eq!(all.iter().filter(|one| is_taken(one)).count(), 5);
}

pub(super) async fn r4_of_many_that_open_one_direct_room_all_get_the_same(fixture: Fixture) {
    let open = |number: usize| -> BoxFuture<'_, Result<(Room, bool), StoreError>> {
        let (one, other) = (fixture.people[number % 2], fixture.people[(number + 1) % 2]);
        let pair = Pair::new(one, other).unwrap();
        Box::pin(fixture.work.write(move |tx: &mut Tx| {
            tx.rooms().open_direct(&NewRoom::direct(pair, one, moment(0)), pair)
        }))
    };
    let all: Vec<(Room, bool)> =
        fixture.race(8, open).await.into_iter().map(Result::unwrap).collect();
    assert!(all.iter().all(|(room, _)| *room == all[0].0), "{all:?}");
    assert_eq!(all.iter().filter(|(_, is_new)| *is_new).count(), 1);
}

pub(super) async fn r5_counters_go_as_the_steps_say(fixture: Fixture) {
    let mut room = fixture.room("one").await;
    let steps = [
        Step::Join,
        Step::Message(moment(7)),
        Step::Change,
        Step::Message(moment(3)),
        Step::Join,
        Step::Leave,
        Step::Message(moment(8)),
    ];
    for step in steps {
        room.step(step);
        assert_eq!(fixture.advance(room.id, step).await, room);
        assert_eq!(fixture.get(room.id).await.as_ref(), Some(&room));
    }
    assert_eq!((room.last_seq, room.messages, room.members), (7, 3, 1));
    let gone = RoomId::parse(i64::MAX).unwrap();
    assert_eq!(fixture.write(move |tx| tx.rooms().advance(gone, Step::Change)).await, None);
}

pub(super) async fn r5_of_many_that_advance_each_gets_a_place(fixture: Fixture) {
    let (one, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    let advance = |number: usize| -> BoxFuture<'_, Result<Room, StoreError>> {
        let room = if number.is_multiple_of(3) { other } else { one };
        Box::pin(fixture.work.write(move |tx: &mut Tx| {
            let room = tx.rooms().advance(room, Step::Message(moment(1)))?.unwrap();
            tx.log().append(&entry(&room, Change::Message, None))?;
            Ok(room)
        }))
    };
    let all = fixture.race(24, advance).await.into_iter().map(Result::unwrap);
    let (mut ones, mut others): (Vec<Room>, Vec<Room>) = all.partition(|room| room.id == one);
    for (rooms, count) in [(&mut ones, 16), (&mut others, 8)] {
        rooms.sort_by_key(|room| room.last_seq);
        let places: Vec<(i64, i64)> = rooms.iter().map(|r| (r.last_seq, r.messages)).collect();
        assert_eq!(places, (1..=count).map(|n| (n, n)).collect::<Vec<_>>());
    }
}

pub(super) async fn r5_what_is_rolled_back_leaves_no_gap(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    fixture.advance(room, Step::Change).await;
    let refused: Result<(), StoreError> = fixture
        .work
        .write(move |tx: &mut Tx| {
            tx.rooms().advance(room, Step::Message(moment(9)))?;
            Err(StoreError::Contention)
        })
        .await;
    assert!(refused.is_err());
    let next = fixture.advance(room, Step::Message(moment(1))).await;
    assert_eq!((next.last_seq, next.messages, next.last_message_at), (2, 1, Some(moment(1))));
}

pub(super) async fn r6_who_locks_second_sees_what_the_first_wrote(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let join = |number: usize| -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(fixture.work.write(move |tx: &mut Tx| {
            let seen = if number.is_multiple_of(2) {
                tx.rooms().lock(room)?.unwrap().members
            } else {
                tx.rooms().advance(room, Step::Change)?.unwrap().members
            };
            let has_space = seen < 3;
            if has_space {
                tx.rooms().advance(room, Step::Join)?;
            }
            Ok(has_space)
        }))
    };
    let all = fixture.race(10, join).await;
    assert_eq!(all.into_iter().filter(|one| one.as_ref().is_ok_and(|one| *one)).count(), 3);
    assert_eq!(fixture.get(room).await.unwrap().members, 3);
}

fn titles(page: &kernel::Page<Room>) -> Vec<&str> {
    page.items.iter().map(Room::title).collect()
}

pub(super) async fn r7_lists_show_what_they_are_asked_for(fixture: Fixture) {
    let (ada, grace) = (fixture.people[0], fixture.people[1]);
    for name in ["beta", "Alpha", "Ärger"] {
        fixture.room(name).await;
    }
    let private = fixture.new_room("closed", RoomKind::Private);
    let private = fixture.write(move |tx| tx.rooms().insert(&private)).await;
    let public = fixture.room("alps").await;
    let pair = Pair::new(ada, grace).unwrap();
    let new = NewRoom::direct(pair, ada, moment(0));
    let (direct, _) = fixture.write(move |tx| tx.rooms().open_direct(&new, pair)).await;
    for room in [&private, &public, &direct] {
        fixture.join(room.id, 0, MemberRole::Member, 1).await;
    }
    let mut left = fixture.join(private.id, 1, MemberRole::Member, 1).await;
    left.leave(MemberState::Left, moment(2));
    fixture.put(&left).await;
    let list = async |scope, kind, begins: &str| {
        let name_begins = (!begins.is_empty()).then(|| begins.to_owned());
        let filter = RoomFilter { scope, kind, name_begins };
        let request = PageRequest { paging: Paging::Number(1), limit: 10 };
        fixture.read(move |tx| tx.rooms().list(&filter, &request)).await
    };
    let all = list(Scope::All, None, "").await;
    assert_eq!(titles(&all), ["Alpha", "alps", "beta", "closed", "Ärger"]);
    assert_eq!(all.total, Some(5));
    assert!(all.total < Some(COUNTED_ROWS));
    let page = list(Scope::VisibleTo(ada), None, "").await;
    assert_eq!(titles(&page), ["Alpha", "alps", "beta", "closed", "Ärger"]);
    let page = list(Scope::VisibleTo(grace), None, "").await;
    assert_eq!(titles(&page), ["Alpha", "alps", "beta", "Ärger"]);
    assert_eq!(titles(&list(Scope::Of(ada), None, "").await), ["alps", "closed"]);
    assert_eq!(titles(&list(Scope::Of(grace), None, "").await), [""; 0]);
    assert_eq!(titles(&list(Scope::All, Some(RoomKind::Private), "").await), ["closed"]);
    assert_eq!(titles(&list(Scope::All, None, "al").await), ["Alpha", "alps"]);
    assert_eq!(titles(&list(Scope::All, None, "är").await), ["Ärger"]);
    assert_eq!(titles(&list(Scope::All, None, "a%").await), [""; 0]);
}

pub(super) async fn r7_pages_have_no_gaps_and_no_repeats(fixture: Fixture) {
    for number in 0..7 {
        fixture.room(&format!("room {number}")).await;
    }
    let list = async |paging| {
        let filter = RoomFilter { scope: Scope::All, kind: None, name_begins: None };
        let request = page(paging);
        fixture.read(move |tx| tx.rooms().list(&filter, &request)).await
    };
    let whole: Vec<String> = (0..7).map(|number| format!("room {number}")).collect();
    let (mut numbered, mut followed) = (Vec::new(), Vec::new());
    for number in 1..=3 {
        let page = list(Paging::Number(number)).await;
        assert_eq!(page.total, Some(7));
        numbered.extend(titles(&page).into_iter().map(str::to_owned));
    }
    let mut cursor = None;
    loop {
        let page = list(Paging::Cursor(cursor)).await;
        followed.extend(titles(&page).into_iter().map(str::to_owned));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((numbered, followed), (whole.clone(), whole));
}

pub(super) async fn r8_a_removed_room_takes_everything_along(fixture: Fixture) {
    let (room, other) = (fixture.room("one").await, fixture.room("other").await.id);
    let grace = fixture.people[1];
    for id in [room.id, other] {
        fixture.join(id, 0, MemberRole::Owner, 1).await;
        let message = fixture.send(id, 0, "hello", 2).await;
        fixture
            .write(move |tx| {
                let thumb = crate::values::Emoji::parse("👍").unwrap();
                tx.reactions().react(message.id, grace, &thumb, moment(3))?;
                tx.messages().name(&message, &[grace])?;
                let new = crate::invitation::NewInvitation {
                    room: id,
                    user: grace,
                    invited_by: grace,
                    created_at: moment(4),
                };
                tx.invitations().invite(&new).map(drop)
            })
            .await;
    }
    let message = fixture.read(move |tx| tx.messages().find(other, 1)).await.unwrap();
    let gone = fixture.get(room.id).await.unwrap();
    fixture.write(move |tx| tx.rooms().remove(&gone)).await;
    let id = room.id;
    assert_eq!(fixture.member(id, fixture.people[0]).await, None);
    assert_eq!(fixture.read(move |tx| tx.messages().find(id, 1)).await, None);
    assert!(fixture.read(move |tx| tx.log().after(id, 0, 10)).await.is_empty());
    assert_eq!(fixture.read(move |tx| tx.invitations().count(id)).await, 0);
    assert_eq!(fixture.read(move |tx| tx.invitations().count(other)).await, 1);
    assert_eq!(fixture.message(&message).await, Some(message));
    assert_eq!(fixture.read(move |tx| tx.log().after(other, 0, 10)).await.len(), 1);
}

pub(super) async fn r9_a_room_has_a_creator(fixture: Fixture) {
    let new = NewRoom { created_by: nobody(), ..fixture.new_room("one", RoomKind::Public) };
    let error = fixture.refused(move |tx| tx.rooms().insert(&new)).await;
    assert!(matches!(error, StoreError::Missing("rooms.creator")), "{error}");
}

pub(super) async fn r10_rooms_with_a_retention_are_found(fixture: Fixture) {
    let mut kept = Vec::new();
    for number in 0..5 {
        let room = fixture.room(&format!("room {number}")).await;
        if number != 2 {
            kept.push(saved(&fixture, Room { retention: Retention::parse(7).ok(), ..room }).await);
        }
    }
    let keeping = async |after| fixture.read(move |tx| tx.rooms().keeping(after, 3)).await;
    assert_eq!(keeping(None).await, kept[..3]);
    assert_eq!(keeping(Some(kept[2].id)).await, kept[3..]);
    assert!(keeping(Some(kept[3].id)).await.is_empty());
}

pub(super) async fn r11_the_last_message_to_everyone_is_noted(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    for number in [3, 2] {
        fixture.write(move |tx| tx.rooms().named_all(room, number)).await;
        assert_eq!(fixture.get(room).await.unwrap().all_number, 3);
    }
}

pub(super) async fn r12_messages_of_all_rooms_are_counted(fixture: Fixture) {
    let count = async || fixture.read(|tx| tx.rooms().messages()).await;
    let before = count().await;
    for (name, messages) in [("one", 2), ("two", 3), ("none", 0)] {
        let room = fixture.room(name).await.id;
        fixture.advance(room, Step::Change).await;
        for second in 0..messages {
            fixture.advance(room, Step::Message(moment(second))).await;
        }
    }
    assert_eq!(count().await - before, 5);
}
