//! Messages and reactions.

use std::collections::BTreeSet;

use super::*;
use crate::{
    message::{Fingerprint, Reactions},
    query::History,
    values::{ClientId, Emoji, MessageId},
};

fn client_id(room: RoomId, text: &str, id: &str) -> Option<(ClientId, Fingerprint)> {
    let fingerprint = Fingerprint::of(room, &content(text), None, &[]);
    Some((ClientId::parse(id).unwrap(), fingerprint))
}

/// Sends with these parts.
async fn send_as(
    fixture: &Fixture,
    room: RoomId,
    change: impl Fn(NewMessage) -> NewMessage + Send + 'static,
) -> Result<Message, StoreError> {
    let author = fixture.people[0];
    fixture
        .work
        .write(move |tx: &mut Tx| {
            let room = tx.rooms().advance(room, Step::Message(moment(1)))?.unwrap();
            tx.messages().insert(&change(new_message(&room, author, &content("hello"))))
        })
        .await
}

pub(super) async fn s1_a_message_comes_back_as_it_went_in(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let plain = fixture.send(room, 0, "hello", 1).await;
    assert_eq!((plain.number, plain.seq, plain.version), (1, 1, 1));
    assert_eq!(fixture.message(&plain).await.as_ref(), Some(&plain));
    let owned = (fixture.upload)(fixture.people[0]).await;
    let text = long(4000);
    let full = send_as(&fixture, room, move |new| NewMessage {
        client_id: client_id(room, "hello", &long(64)),
        content: content(&text),
        reply_to: Some(1),
        attachments: vec![owned],
        ..new
    });
    let full = full.await.unwrap();
    assert_eq!(full.attachments, [owned]);
    let (id, author) = (full.id, full.author);
    assert_eq!(fixture.message(&full).await.as_ref(), Some(&full));
    assert_eq!(fixture.write(move |tx| tx.messages().lock(id)).await.as_ref(), Some(&full));
    let found = fixture.read(move |tx| tx.messages().find(room, 2)).await;
    assert_eq!(found.as_ref(), Some(&full));
    let found = fixture
        .read(move |tx| tx.messages().resent(author, &ClientId::parse(&long(64)).unwrap()))
        .await;
    assert_eq!(found.as_ref(), Some(&full));
    for text in ODD_TEXTS {
        let odd = fixture.send(room, 1, text, 2).await;
        assert_eq!(fixture.message(&odd).await, Some(odd), "{text:?}");
    }
    let mut changed = full.clone();
    changed.edit(&content("  another\n"), moment(5));
    let mut changed = fixture.save(&changed).await;
    assert_eq!(fixture.message(&full).await.as_ref(), Some(&changed));
    changed.delete(moment(6));
    let changed = fixture.save(&changed).await;
    assert_eq!(changed.version, 3);
    assert_eq!(fixture.message(&full).await, Some(changed));
    assert_eq!(fixture.read(move |tx| tx.messages().find(room, 99)).await, None);
    let id = MessageId::parse(i64::MAX).unwrap();
    assert_eq!(fixture.read(move |tx| tx.messages().get(id)).await, None);
}

fn is_taken<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Duplicate("messages.client_id")))
}

pub(super) async fn s2_an_author_uses_a_clients_id_once(fixture: Fixture) {
    let (one, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    let (ada, grace) = (fixture.people[0], fixture.people[1]);
    let as_ = |author: UserId, room: RoomId| {
        move |new: NewMessage| {
            let client_id = client_id(room, "a", "c-1");
            NewMessage { author, client_id, ..new }
        }
    };
    let first = send_as(&fixture, one, as_(ada, one)).await.unwrap();
    assert!(is_taken(&send_as(&fixture, one, as_(ada, one)).await));
    assert!(is_taken(&send_as(&fixture, other, as_(ada, other)).await), "in whatever room");
    let theirs = send_as(&fixture, other, as_(grace, other)).await.unwrap();
    for _ in 0..2 {
        send_as(&fixture, one, |new| new).await.unwrap();
    }
    let resent = async |author, id: &'static str| {
        let id = ClientId::parse(id).unwrap();
        fixture.read(move |tx| tx.messages().resent(author, &id)).await
    };
    assert_eq!(resent(ada, "c-1").await, Some(first));
    assert_eq!(resent(grace, "c-1").await, Some(theirs));
    assert_eq!(resent(ada, "C-1").await, None);
    // What was refused took no place.
    assert_eq!(fixture.get(one).await.unwrap().messages, 3);
}

pub(super) async fn s2_of_many_that_send_under_one_id_one_is_stored(fixture: Fixture) {
    let (one, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    let send = |number: usize| -> BoxFuture<'_, Result<Message, StoreError>> {
        let room = if number.is_multiple_of(2) { one } else { other };
        let with_id = move |new: NewMessage| {
            let client_id = client_id(room, "a", "c-1");
            NewMessage { client_id, ..new }
        };
        Box::pin(send_as(&fixture, room, with_id))
    };
    let all = fixture.race(6, send).await;
    assert_eq!(all.iter().filter(|sent| sent.is_ok()).count(), 1);
    assert_eq!(all.iter().filter(|sent| is_taken(sent)).count(), 5, "{all:?}");
}

pub(super) async fn s3_a_stale_save_changes_nothing(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let first = fixture.send(room, 0, "hello", 1).await;
    let mut second = first.clone();
    second.edit(&content("bye"), moment(2));
    let second = fixture.save(&second).await;
    let stale = first.clone();
    fixture.stale(move |tx| tx.messages().save(&mut stale.clone())).await;
    assert_eq!(fixture.message(&first).await.as_ref(), Some(&second));
    let save = |number: usize| -> BoxFuture<'_, Result<(), StoreError>> {
        let mut next = second.clone();
        next.edit(&content(&number.to_string()), moment(3));
        Box::pin(fixture.work.write(move |tx: &mut Tx| tx.messages().save(&mut next.clone())))
    };
    let saved = fixture.race(6, save).await;
    assert_eq!(saved.iter().filter(|one| one.is_ok()).count(), 1);
    assert_eq!(fixture.message(&first).await.unwrap().version, 3);
}

pub(super) async fn s4_the_past_comes_in_pages(fixture: Fixture) {
    let (room, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    for number in 1..=9 {
        fixture.send(room, 0, &format!("message {number}"), number).await;
        fixture.send(other, 0, "elsewhere", number).await;
    }
    let mut deleted = fixture.read(move |tx| tx.messages().find(room, 6)).await.unwrap();
    deleted.delete(moment(20));
    fixture.save(&deleted).await;
    let numbers = async |above, before, limit| {
        let history = History { room, above, before, query: None, limit };
        let found = fixture.read(move |tx| tx.messages().history(&history)).await;
        assert!(found.iter().all(|message| message.room == room));
        found.into_iter().map(|message| message.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(0, None, 4).await, [9, 8, 7, 6]);
    assert_eq!(numbers(0, Some(6), 4).await, [5, 4, 3, 2]);
    assert_eq!(numbers(3, Some(6), 4).await, [5, 4]);
    assert_eq!(numbers(9, None, 4).await, [0; 0]);
    assert_eq!(numbers(0, Some(1), 4).await, [0; 0]);
    assert_eq!(numbers(-5, Some(i64::MAX), 100).await.len(), 9);
}

pub(super) async fn s6_a_moment_has_a_place_among_the_numbers(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let at =
        async |before| fixture.read(move |tx| tx.messages().number_at(room, moment(before))).await;
    assert_eq!(at(5).await, 0);
    for number in 1..=20 {
        // Three at a time are of one moment.
        fixture.send(room, 0, "hello", number / 3 * 10).await;
    }
    for (before, number) in
        [(0, 0), (1, 2), (10, 2), (11, 5), (35, 11), (60, 17), (61, 20), (99, 20)]
    {
        assert_eq!(at(before).await, number, "before {before}");
    }
    // Also where the first ones are gone.
    assert_eq!(fixture.write(move |tx| tx.messages().prune(room, moment(20), 99)).await, 5);
    for (before, number) in [(11, 0), (20, 0), (21, 8), (61, 20)] {
        assert_eq!(at(before).await, number, "before {before}");
    }
}

pub(super) async fn s7_a_message_names_people(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let [ada, grace, edith] = [0, 1, 2].map(|person| fixture.people[person]);
    let (one, other) =
        (fixture.send(room, 0, "one", 1).await, fixture.send(room, 0, "other", 1).await);
    let name = async |message: &Message, users: Vec<UserId>| {
        let message = message.clone();
        fixture.write(move |tx| tx.messages().name(&message, &users)).await;
    };
    let named = async |message: &Message| {
        let message = message.clone();
        fixture.read(move |tx| tx.messages().named(&message)).await
    };
    assert!(named(&one).await.is_empty());
    name(&one, vec![ada, grace]).await;
    name(&other, vec![grace, edith]).await;
    assert_eq!(named(&one).await, BTreeSet::from([ada, grace]));
    name(&one, vec![grace, edith]).await;
    assert_eq!(named(&one).await, BTreeSet::from([grace, edith]));
    assert_eq!(fixture.write(move |tx| tx.messages().forget_mentions(grace)).await, 2);
    assert_eq!(named(&one).await, BTreeSet::from([edith]));
    name(&other, Vec::new()).await;
    assert!(named(&other).await.is_empty());
}

pub(super) async fn s8_what_is_old_goes_with_all_that_belongs_to_it(fixture: Fixture) {
    let (room, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    let ada = fixture.people[0];
    fixture.join(room, 0, MemberRole::Member, 0).await;
    let mut all = Vec::new();
    for number in 1..=5 {
        let message = fixture.send(room, 0, "hello", number).await;
        let named = message.clone();
        fixture
            .write(move |tx| {
                tx.messages().name(&named, &[ada])?;
                tx.reactions().react(named.id, ada, &Emoji::parse("👍").unwrap(), moment(9))
            })
            .await;
        all.push(message);
    }
    let elsewhere = fixture.send(other, 0, "hello", 1).await;
    let prune = async |before, limit| {
        fixture.write(move |tx| tx.messages().prune(room, moment(before), limit)).await
    };
    assert_eq!(prune(4, 2).await, 2);
    assert_eq!(fixture.message(&all[1]).await, None);
    assert!(fixture.message(&all[2]).await.is_some());
    assert_eq!((prune(4, 2).await, prune(4, 2).await), (1, 0));
    assert_eq!(fixture.message(&all[3]).await.as_ref(), Some(&all[3]));
    assert!(fixture.message(&elsewhere).await.is_some());
    let gone = all[0].clone();
    assert!(fixture.read(move |tx| tx.messages().named(&gone)).await.is_empty());
    let ids: Vec<MessageId> = all.iter().map(|message| message.id).collect();
    let left = fixture.read(move |tx| tx.reactions().reactions(&ids, ada)).await;
    assert_eq!(left.keys().copied().collect::<Vec<_>>(), [all[3].id, all[4].id]);
    // Numbers go on.
    assert_eq!(fixture.send(room, 0, "hello", 9).await.number, 6);
}

pub(super) async fn s9_what_a_person_wrote_is_found(fixture: Fixture) {
    let (room, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    let mut own = Vec::new();
    for number in 0..5 {
        let room = if number % 2 == 0 { room } else { other };
        own.push(fixture.send(room, 0, "mine", number).await);
        fixture.send(room, 1, "theirs", number).await;
    }
    let mut deleted = own.remove(1);
    deleted.delete(moment(9));
    fixture.save(&deleted).await;
    let author = fixture.people[0];
    let found =
        async |after| fixture.read(move |tx| tx.messages().of_author(author, after, 3)).await;
    assert_eq!(found(None).await, own[..3]);
    assert_eq!(found(Some(own[2].id)).await, own[3..]);
    assert!(found(Some(own[3].id)).await.is_empty());
}

fn emoji(raw: &str) -> Emoji {
    Emoji::parse(raw).unwrap()
}

pub(super) async fn e1_a_reaction_is_added_once(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let id = fixture.send(room, 0, "hello", 1).await.id;
    let user = fixture.people[1];
    let react = |_| -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(
            fixture
                .work
                .write(move |tx: &mut Tx| tx.reactions().react(id, user, &emoji("👍"), moment(2))),
        )
    };
    let added = fixture.race(5, react).await;
    assert_eq!(added.into_iter().filter(|one| one.as_ref().is_ok_and(|one| *one)).count(), 1);
    let unreact = async |raw: &'static str| {
        fixture.write(move |tx| tx.reactions().unreact(id, user, &emoji(raw))).await
    };
    assert!(!unreact("👎").await);
    assert!(unreact("👍").await);
    assert!(!unreact("👍").await);
}

pub(super) async fn e2_reactions_are_counted(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let [ada, grace, edith] = [0, 1, 2].map(|person| fixture.people[person]);
    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        ids.push(fixture.send(room, 0, text, 1).await.id);
    }
    let all = [
        (ids[0], ada, "👍"),
        (ids[0], grace, "👍"),
        (ids[0], edith, "👍"),
        (ids[0], grace, ":tada:"),
        (ids[2], edith, "👍🏽"),
    ];
    for (id, user, raw) in all {
        fixture.write(move |tx| tx.reactions().react(id, user, &emoji(raw), moment(2))).await;
    }
    let counted = async |ids: Vec<MessageId>, viewer| {
        fixture.read(move |tx| tx.reactions().reactions(&ids, viewer)).await
    };
    let found = counted(ids.clone(), ada).await;
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [ids[0], ids[2]]);
    let of = |raw, count, mine| Reactions { emoji: emoji(raw), count, mine };
    assert_eq!(found[&ids[0]], [of(":tada:", 1, false), of("👍", 3, true)]);
    assert_eq!(found[&ids[2]], [of("👍🏽", 1, false)]);
    assert_eq!(counted(vec![ids[0]], grace).await[&ids[0]][0], of(":tada:", 1, true));
    assert!(counted(vec![ids[1]], ada).await.is_empty());
    assert!(counted(Vec::new(), ada).await.is_empty());
}

pub(super) async fn e3_reactions_of_a_person_are_forgotten(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let id = fixture.send(room, 0, "hello", 1).await.id;
    let (gone, stays) = (fixture.people[0], fixture.people[1]);
    for (user, raw) in [(gone, "👍"), (gone, "👎"), (stays, "👍")] {
        fixture.write(move |tx| tx.reactions().react(id, user, &emoji(raw), moment(2))).await;
    }
    assert_eq!(fixture.write(move |tx| tx.reactions().forget_reactions(gone)).await, 2);
    let left = fixture.read(move |tx| tx.reactions().reactions(&[id], stays)).await;
    assert_eq!(left[&id], [Reactions { emoji: emoji("👍"), count: 1, mine: true }]);
}
