//! Searching in what was said.

use kernel::SearchQuery;

use super::*;
use crate::query::History;

async fn found(fixture: &Fixture, room: RoomId, query: &str) -> Vec<i64> {
    found_between(fixture, room, query, 0, None).await
}

async fn found_between(
    fixture: &Fixture,
    room: RoomId,
    query: &str,
    above: i64,
    before: Option<i64>,
) -> Vec<i64> {
    let query = Some(SearchQuery::parse(query).unwrap());
    let history = History { room, above, before, query, limit: 3 };
    let found = fixture.read(move |tx| tx.messages().history(&history)).await;
    found.into_iter().map(|message| message.number).collect()
}

pub(super) async fn s5_messages_are_found_by_their_words(fixture: Fixture) {
    let (room, other) = (fixture.room("one").await.id, fixture.room("other").await.id);
    for text in ["The décembre report", "no news", "Reporting: DÉCEMBRE!", "report 4", "report 5"]
    {
        fixture.send(room, 0, text, 1).await;
    }
    fixture.send(other, 0, "the december report", 1).await;
    assert_eq!(found(&fixture, room, "report decem").await, [3, 1]);
    assert_eq!(found(&fixture, room, "report").await, [5, 4, 3]);
    assert_eq!(found_between(&fixture, room, "report", 0, Some(4)).await, [3, 1]);
    assert_eq!(found_between(&fixture, room, "report", 3, None).await, [5, 4]);
    assert_eq!(found(&fixture, room, "port").await, [0; 0], "not inside of words");
    fixture.send(other, 0, "系统监控 with USB-C", 1).await;
    for query in ["监控", "usbc", "ＵＳＢ-c", "控"] {
        assert_eq!(found(&fixture, other, query).await, [2], "{query}");
    }
    assert_eq!(found(&fixture, other, "reports").await, [1]);
    assert_eq!(found(&fixture, other, "report").await, [1]);
    assert_eq!(found(&fixture, room, "december").await, [0; 0], "not in another room");
    // A room's number is no word of a message.
    assert_eq!(found(&fixture, room, &room.get().to_string()).await, [0; 0]);
}

pub(super) async fn s5_a_changed_message_is_found_by_what_it_says_now(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    let mut one = fixture.send(room, 0, "apples", 1).await;
    let mut two = fixture.send(room, 0, "apples too", 1).await;
    one.edit(&content("pears"), moment(2));
    let one = fixture.save(&one).await;
    two.delete(moment(2));
    fixture.save(&two).await;
    assert_eq!(found(&fixture, room, "pears").await, [1]);
    assert_eq!(found(&fixture, room, "apples").await, [0; 0]);
    // What was rolled back is not found.
    let author = fixture.people[0];
    let refused: Result<(), StoreError> = fixture
        .work
        .write(move |tx: &mut Tx| {
            let room = tx.rooms().advance(room, Step::Message(moment(3)))?.unwrap();
            tx.messages().insert(&new_message(&room, author, &content("plums")))?;
            Err(StoreError::Contention)
        })
        .await;
    assert!(refused.is_err());
    assert_eq!(found(&fixture, room, "plums").await, [0; 0]);
    fixture.write(move |tx| tx.messages().prune(room, moment(9), 9)).await;
    assert_eq!(found(&fixture, room, "pears").await, [0; 0]);
    assert_eq!(fixture.message(&one).await, None);
}

pub(super) async fn s5_nothing_in_a_query_is_syntax(fixture: Fixture) {
    let room = fixture.room("one").await.id;
    for text in ["alpha beta", "alpha", "or not", "r1 m1"] {
        fixture.send(room, 0, text, 1).await;
    }
    for (query, numbers) in [
        ("alpha OR beta", &[][..]),
        ("\"alpha\" -beta", &[1]),
        ("alpha*", &[2, 1]),
        ("(or) & !not", &[3]),
        ("alpha:beta'", &[1]),
        ("col : r1", &[]),
    ] {
        assert_eq!(found(&fixture, room, query).await, numbers, "{query}");
    }
    for text in ODD_TEXTS {
        if SearchQuery::parse(text).is_ok() {
            let odd = fixture.send(room, 0, text, 1).await;
            let found = found(&fixture, room, text).await;
            assert_eq!(found.first(), Some(&odd.number), "{text:?}");
        }
    }
}
