//! Full text.

use kernel::{SearchQuery, page::Direction::Ascending};

use super::{
    Ground, ODD_TEXTS, ids,
    lists::{by, by_number, everything},
    moment, title,
};
use crate::{
    query::{TaskFilter, TaskSort},
    task::{NewTask, Task},
    values::Description,
};

async fn found(ground: &Ground, query: &str) -> Vec<i64> {
    let text = Some(SearchQuery::parse(query).unwrap());
    let filter = TaskFilter { text, ..everything() };
    ids(&by_number(ground, &filter, &[by(TaskSort::Id, Ascending)], 50).await)
}

pub(super) async fn t9_words_find_by_their_beginning(ground: Ground) {
    let texts = [
        ("The décembre REPORT", ""),
        ("reporter", "of the month"),
        ("Airport", "not at its beginning"),
        ("Straße naïve", "日本語 テスト"),
        ("two-part foo_bar a.b", "it's 42x"),
        ("", "report only in the description"),
    ];
    let mut tasks = Vec::new();
    for (head, body) in texts {
        let new = NewTask {
            description: Description::parse(body).unwrap(),
            ..ground.plain(if head.is_empty() { "-" } else { head })
        };
        tasks.push(ground.insert(new).await);
    }
    let queries = [
        "report",
        "REP",
        "the rep",
        "rep the",
        "repo month",
        "déc",
        "DÉC",
        "dec",
        "port",
        "straße",
        "strasse",
        "日本",
        "テスト",
        "part",
        "bar",
        "foo_bar",
        "a b",
        "s",
        "its",
        "42",
        "2x",
        "x",
        "report report",
        "rep rep rep rep rep rep rep rep rep rep",
    ];
    for query in queries {
        let parsed = SearchQuery::parse(query).unwrap();
        let filter = TaskFilter { text: Some(parsed), ..everything() };
        let expected: Vec<Task> =
            tasks.iter().filter(|task| filter.matches(task)).cloned().collect();
        assert_eq!(found(&ground, query).await, ids(&expected), "{query:?}");
    }
    assert_eq!(found(&ground, "rep").await.len(), 3);
}

pub(super) async fn t9_accents_are_no_difference(ground: Ground) {
    let mut made = Vec::new();
    for text in ["décembre", "de\u{301}cembre", "DECEMBRE", "Øresund straße"] {
        made.push(ground.insert(ground.plain(text)).await.id.get());
    }
    for query in ["decembre", "décembre", "DÉCEM", "de\u{301}c"] {
        assert_eq!(found(&ground, query).await, made[..3], "{query:?}");
    }
    assert_eq!(found(&ground, "oresund strasse").await, made[3..]);
}

pub(super) async fn t9_nothing_in_a_query_is_syntax(ground: Ground) {
    for text in ODD_TEXTS {
        ground.insert(ground.plain(text)).await;
    }
    ground.insert(ground.plain("near not or and")).await;
    let queries = [
        "x%",
        "_x",
        "\"under",
        "under* OR drop",
        "NOT drop",
        "NEAR(drop, tasks)",
        "title:drop",
        "drop & tasks",
        "drop | x",
        "!drop",
        "drop:*",
        "(drop",
        "drop <-> tasks",
        "^drop",
        "-drop",
        "'drop",
        "under:* ",
        "{drop}",
        "not",
        "near",
        "or",
        "and",
        "null",
    ];
    let tasks = by_number(&ground, &everything(), &[by(TaskSort::Id, Ascending)], 50).await;
    for query in queries {
        let parsed = SearchQuery::parse(query).unwrap();
        let filter = TaskFilter { text: Some(parsed), ..everything() };
        let expected: Vec<Task> =
            tasks.iter().filter(|task| filter.matches(task)).cloned().collect();
        assert_eq!(found(&ground, query).await, ids(&expected), "{query:?}");
    }
    assert_eq!(found(&ground, "under* OR drop").await, Vec::<i64>::new(), "`or` is a word");
}

pub(super) async fn t9_a_search_sees_changes_at_once(ground: Ground) {
    let task = ground.insert(ground.plain("apples")).await;
    assert_eq!(found(&ground, "apples").await, [task.id.get()]);
    let mut changed = task.clone();
    changed.title = title("pears");
    let task = ground
        .write(move |tx| {
            let mut task = changed.clone();
            tx.tasks().save(&mut task)?;
            Ok(task)
        })
        .await;
    assert_eq!(found(&ground, "apples").await, Vec::<i64>::new());
    assert_eq!(found(&ground, "pears").await, [task.id.get()]);
    ground.delete(&task, moment(1)).await;
    assert_eq!(found(&ground, "pears").await, Vec::<i64>::new());
}
