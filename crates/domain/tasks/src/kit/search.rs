//! Full text.

use kernel::{PageRequest, Paging, SearchQuery, page::Direction::Ascending};

use super::{
    Fixture, ODD_TEXTS, ids,
    lists::{by, by_number, everything},
    moment, title,
};
use crate::{
    query::{TaskFilter, TaskSort},
    task::{NewTask, Task},
    values::Description,
};

async fn found(fixture: &Fixture, query: &str) -> Vec<i64> {
    let text = Some(SearchQuery::parse(query).unwrap());
    let filter = TaskFilter { text, ..everything() };
    ids(&by_number(fixture, &filter, &[by(TaskSort::Id, Ascending)], 50).await)
}

pub(super) async fn t9_words_find_by_their_beginning(fixture: Fixture) {
    let texts = [
        ("The décembre REPORT", ""),
        ("reporter", "of the month"),
        ("Airport", "inside of it"),
        ("Straße naïve", "日本語 テスト"),
        ("two-part foo_bar a.b", "it's 42x"),
        ("", "report only in the description"),
        ("系统监控 USB-C", "batteries et chevaux"),
        ("USBC cable", "un cheval, a battery"),
    ];
    let mut tasks = Vec::new();
    for (head, body) in texts {
        let new = NewTask {
            description: Description::parse(body).unwrap(),
            ..fixture.plain(if head.is_empty() { "-" } else { head })
        };
        tasks.push(fixture.insert(new).await);
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
        "监控",
        "统监控",
        "控系",
        "控",
        "usbc",
        "usb-c",
        "usb c",
        "l'usb-c cable",
        "battery",
        "batteries",
        "chevaux",
        "cheval",
        "cables",
        "usb-c 监控",
    ];
    for query in queries {
        let parsed = SearchQuery::parse(query).unwrap();
        let filter = TaskFilter { text: Some(parsed), ..everything() };
        let expected: Vec<Task> =
            tasks.iter().filter(|task| filter.matches(task)).cloned().collect();
        assert_eq!(found(&fixture, query).await, ids(&expected), "{query:?}");
    }
    assert_eq!(found(&fixture, "rep").await.len(), 3);
}

pub(super) async fn t9_accents_are_no_difference(fixture: Fixture) {
    let mut made = Vec::new();
    for text in ["décembre", "de\u{301}cembre", "DECEMBRE", "Øresund straße"] {
        made.push(fixture.insert(fixture.plain(text)).await.id.get());
    }
    for query in ["decembre", "décembre", "DÉCEM", "de\u{301}c"] {
        assert_eq!(found(&fixture, query).await, made[..3], "{query:?}");
    }
    assert_eq!(found(&fixture, "oresund strasse").await, made[3..]);
}

pub(super) async fn t9_nothing_in_a_query_is_syntax(fixture: Fixture) {
    for text in ODD_TEXTS {
        fixture.insert(fixture.plain(text)).await;
    }
    fixture.insert(fixture.plain("near not or and")).await;
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
    let tasks = by_number(&fixture, &everything(), &[by(TaskSort::Id, Ascending)], 50).await;
    for query in queries {
        let parsed = SearchQuery::parse(query).unwrap();
        let filter = TaskFilter { text: Some(parsed), ..everything() };
        let expected: Vec<Task> =
            tasks.iter().filter(|task| filter.matches(task)).cloned().collect();
        assert_eq!(found(&fixture, query).await, ids(&expected), "{query:?}");
    }
    assert_eq!(found(&fixture, "under* OR drop").await, Vec::<i64>::new(), "`or` is a word");
}

pub(super) async fn t9_a_search_sees_changes_immediately(fixture: Fixture) {
    let task = fixture.insert(fixture.plain("apples")).await;
    assert_eq!(found(&fixture, "apples").await, [task.id.get()]);
    let mut changed = task.clone();
    changed.title = title("pears");
    let task = fixture
        .write(move |tx| {
            let mut task = changed.clone();
            tx.tasks().save(&mut task)?;
            Ok(task)
        })
        .await;
    assert_eq!(found(&fixture, "apples").await, Vec::<i64>::new());
    assert_eq!(found(&fixture, "pears").await, [task.id.get()]);
    fixture.delete(&task, moment(1)).await;
    assert_eq!(found(&fixture, "pears").await, Vec::<i64>::new());
}

pub(super) async fn t9_titles_are_searched_inside_of_their_words(fixture: Fixture) {
    let long = format!("{}bcdé{}", "a".repeat(60), "z".repeat(40));
    let many = format!("{0} {0} {1} telescope", "x".repeat(64), "y".repeat(30));
    let texts = [
        ("Smartphone SN-9315X", "waterproof"),
        ("The Großbäckerei: 100%_sure", ""),
        ("phone the shop", ""),
        ("plain", "a Smartphone, an Überraschung, 9315"),
        ("東京特許許可局", ""),
        (long.as_str(), ""),
        (many.as_str(), ""),
    ];
    let mut made = Vec::new();
    for (head, body) in texts {
        let description = Description::parse(body).unwrap();
        made.push(fixture.insert(NewTask { description, ..fixture.plain(head) }).await);
    }
    let cases: &[(&str, &[usize])] = &[
        ("phone", &[0, 2]),
        ("PHONE 315", &[0]),
        ("15x art", &[0]),
        ("hone prOOF", &[]),
        ("phone water", &[0]),
        ("smart", &[0, 3]),
        ("ne", &[]),
        ("5x", &[]),
        ("p", &[2, 3]),
        ("ph", &[2]),
        ("proof", &[]),
        ("raschung", &[]),
        ("backer", &[1]),
        ("BÄCKER", &[1]),
        ("ossbä", &[1]),
        ("kere\u{301}", &[1]),
        ("100%", &[1]),
        ("%hone", &[0, 2]),
        ("_ure", &[1]),
        ("ho%ne", &[]),
        ("h_ne", &[]),
        ("·hone", &[0, 2]),
        ("·ho", &[]),
        ("許許可", &[4]),
        ("aaabcde", &[5]),
        ("cdez", &[]),
        ("lescope", &[]),
    ];
    for (query, wanted) in cases {
        let wanted: Vec<Task> = wanted.iter().map(|at| made[*at].clone()).collect();
        assert_eq!(found(&fixture, query).await, ids(&wanted), "{query:?}");
        let text = SearchQuery::parse(query).ok();
        let filter = TaskFilter { text, ..everything() };
        let matching: Vec<Task> =
            made.iter().filter(|task| filter.matches(task)).cloned().collect();
        assert_eq!(wanted, matching, "{query:?}");
    }
    assert_eq!(
        found(&fixture, "telesc").await,
        [made[6].id.get()],
        "behind the bound, by beginnings"
    );
}

pub(super) async fn t9_insides_go_with_the_title(fixture: Fixture) {
    let task = fixture.insert(fixture.plain("Smartphone")).await;
    let id = [task.id.get()];
    let save = async |task: &Task| {
        let task = task.clone();
        fixture
            .write(move |tx| {
                let mut task = task.clone();
                tx.tasks().save(&mut task)?;
                Ok(task)
            })
            .await
    };
    let description = Description::parse("Headphones").unwrap();
    let task = save(&Task { description, ..task }).await;
    assert_eq!(found(&fixture, "phone").await, id, "the description alone changed");
    assert_eq!(found(&fixture, "phones").await, [0_i64; 0]);
    let task = save(&Task { title: title("Microscope"), ..task }).await;
    assert_eq!(found(&fixture, "phone").await, [0_i64; 0]);
    assert_eq!(found(&fixture, "scope").await, id);
    let task = fixture.delete(&task, moment(1)).await;
    assert_eq!(found(&fixture, "scope").await, [0_i64; 0]);
    let task = save(&Task { deleted_at: None, ..task }).await;
    assert_eq!(found(&fixture, "scope").await, id);
    let inside = fixture
        .write(move |tx| {
            let mut task = Task { title: title("Telephone"), ..task.clone() };
            tx.tasks().save(&mut task)?;
            let text = SearchQuery::parse("phone").ok();
            let filter = TaskFilter { text, ..everything() };
            let page = PageRequest { paging: Paging::Number(1), limit: 5 };
            tx.tasks().list(&filter, &[by(TaskSort::Id, Ascending)], &page)
        })
        .await;
    assert_eq!(ids(&inside.items), id, "a unit sees its own writes");
}
