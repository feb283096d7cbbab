//! Logs.

use super::*;

pub(super) async fn g1_a_log_is_read_in_order(fixture: Fixture) {
    let (room, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    let first = fixture.send(room, 0, "hello", 1).await;
    fixture.send(other, 0, "elsewhere", 1).await;
    let (ada, grace) = (fixture.people[0], fixture.people[1]);
    let mut all = vec![(Change::Message, Some(first.id))];
    for (number, change) in Change::ALL.iter().copied().enumerate() {
        let about = (number % 2 == 0).then_some((first.id, first.number));
        all.push((change, about.map(|(id, _)| id)));
        let detail = ODD_TEXTS[number % ODD_TEXTS.len()].to_owned();
        fixture
            .write(move |tx| {
                let room = tx.rooms().advance(room, Step::Change)?.unwrap();
                let entry = Entry {
                    message: about,
                    at: moment(number as i64),
                    actor: Some(ada),
                    user: Some(grace),
                    detail: Some(detail.clone()),
                    ..entry(&room, change, None)
                };
                tx.log().append(&entry)
            })
            .await;
    }
    let mut edited = first.clone();
    edited.edit(&content("bye"), moment(3));
    let edited = fixture.save(&edited).await;
    let after = async |seq, limit| fixture.read(move |tx| tx.log().after(room, seq, limit)).await;
    let whole = after(0, 100).await;
    let expected = (1..=all.len() as i64).collect::<Vec<_>>();
    assert_eq!(whole.iter().map(|told| told.entry.seq).collect::<Vec<_>>(), expected);
    for (told, (change, message)) in whole.iter().zip(&all) {
        assert_eq!((told.entry.change, told.entry.message.map(|(id, _)| id)), (*change, *message));
        // The message as it is now.
        assert_eq!(told.message.as_ref(), message.map(|_| &edited));
    }
    let last = &whole[1].entry;
    let expected = Entry {
        room,
        seq: 2,
        change: Change::ALL[0],
        at: moment(0),
        actor: Some(ada),
        message: Some((first.id, first.number)),
        user: Some(grace),
        detail: Some(ODD_TEXTS[0].to_owned()),
    };
    assert_eq!(*last, expected);
    assert_eq!(after(3, 2).await, whole[3..5]);
    assert!(after(all.len() as i64, 5).await.is_empty());
}

pub(super) async fn g2_old_entries_are_forgotten(fixture: Fixture) {
    let (room, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    for number in 1..=4 {
        fixture.send(room, 0, "hello", number).await;
    }
    fixture.send(other, 0, "hello", 2).await;
    let prune =
        async |before, limit| fixture.write(move |tx| tx.log().prune(moment(before), limit)).await;
    let left = async |room| {
        let told = fixture.read(move |tx| tx.log().after(room, 0, 10)).await;
        told.into_iter().map(|told| told.entry.seq).collect::<Vec<_>>()
    };
    assert_eq!(prune(4, 1).await, 1);
    assert_eq!(left(room).await, [2, 3, 4]);
    assert_eq!(prune(4, 10).await, 3);
    assert_eq!((left(room).await, left(other).await), (vec![4], vec![]));
    assert_eq!(prune(4, 10).await, 0);
    assert_eq!(prune(5, 10).await, 1);
    assert_eq!(left(room).await, [0; 0]);
}

pub(super) async fn g3_an_entry_outlives_its_message(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let message = fixture.send(room, 0, "hello", 1).await;
    fixture.write(move |tx| tx.messages().prune(room, moment(9), 9)).await;
    let told = fixture.read(move |tx| tx.log().after(room, 0, 9)).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].entry.message, Some((message.id, 1)));
    assert_eq!(told[0].message, None);
}
