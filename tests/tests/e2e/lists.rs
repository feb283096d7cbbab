//! Pages, cursors, filters, orders and search.

use std::collections::BTreeSet;

use alveole_tests::{Answer, Backend, Person, Server};
use serde_json::{Value, json};

const TASKS: &str = "/api/v1/tasks";

fn list(person: &Person, query: &str) -> Answer {
    person.client.get(&format!("{TASKS}?{query}")).expect(200)
}

/// Makes tasks with few different values, so that sort keys are often equal.
fn sow(person: &Person, count: usize) -> BTreeSet<i64> {
    let operations: Vec<Value> = (0..count)
        .map(|n| {
            let due = match n % 3 {
                0 => Value::Null,
                1 => json!("2030-01-01T00:00:00Z"),
                _ => json!("2031-01-01T00:00:00.5Z"),
            };
            json!({"op": "create", "data": {
                "title": format!("title {}", n % 4), "due_date": due,
                "priority": (["low", "medium", "high"][n % 3]),
            }})
        })
        .collect();
    let made =
        person.client.post("/api/v1/tasks/bulk", &json!({"operations": operations})).expect(200);
    made.at("/data/results")
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["id"].as_i64().unwrap())
        .collect()
}

/// The target of a relation in a `Link` header.
fn link(answer: &Answer, rel: &str) -> Option<String> {
    let header = answer.header("link")?;
    let part = header.split(',').find(|part| part.contains(&format!("rel=\"{rel}\"")))?;
    let target = part.trim().strip_prefix('<')?.split('>').next()?;
    let start = target.find("/api/")?;
    Some(target[start..].to_owned())
}

pub(crate) fn numbered_pages_and_links_cover_every_row_once(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let sown = sow(&ada, 53);
    let first = list(&ada, "limit=10&status=pending");
    for (pointer, value) in [("page", 1), ("limit", 10), ("total", 53), ("pages", 6)] {
        assert_eq!(first.at(&format!("/pagination/{pointer}")), value, "{first}");
    }
    assert_eq!(link(&first, "prev"), None, "{:?}", first.header("link"));
    let mut seen = first.ids();
    let mut page = first.clone();
    while let Some(next) = link(&page, "next") {
        assert!(next.contains("status=pending"), "the filter stays: {next}");
        page = ada.client.get(&next).expect(200);
        seen.extend(page.ids());
    }
    assert_eq!(seen.len(), 53);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), sown);
    let last = ada.client.get(&link(&first, "last").unwrap()).expect(200);
    assert_eq!(last.ids(), page.ids());
    assert_eq!(link(&last, "first").map(|to| ada.client.get(&to).ids()), Some(first.ids()));
    // behind the end there is an empty page, not an error
    assert_eq!(list(&ada, "page=7&limit=10").ids(), [0_i64; 0]);
    assert_eq!(list(&ada, "").at("/pagination/limit"), 20);
    let empty = list(&server.person("bob"), "");
    assert_eq!(empty.at("/pagination/total"), 0);
}

pub(crate) fn cursors_cover_every_row_once_even_with_equal_keys(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let sown = sow(&ada, 61);
    for sort in [
        "",
        "created_at",
        "-created_at",
        "title",
        "-title,priority",
        "due_date",
        "-due_date",
        "priority,-due_date,title",
        "-id",
        "-updated_at",
    ] {
        let order = if sort.is_empty() { String::new() } else { format!("&sort={sort}") };
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = list(&ada, &format!("limit=7{order}&cursor={cursor}"));
            assert!(page.at("/pagination/total").is_null(), "{page}");
            assert_eq!(page.at("/pagination/limit"), 7);
            seen.extend(page.ids());
            let Some(next) = page.at("/pagination/next_cursor").as_str() else {
                break;
            };
            next.clone_into(&mut cursor);
            // rows that come or go meanwhile move nothing
            if seen.len() == 14 {
                let passing = ada.task("title 1 just passing");
                ada.client.delete(&format!("{TASKS}/{passing}")).expect(200);
            }
        }
        assert_eq!(seen.len(), 61, "sort={sort}");
        let unique: BTreeSet<i64> = seen.iter().copied().collect();
        assert_eq!(unique, sown, "sort={sort}");
        // by number the order is the same
        let numbered = list(&ada, &format!("limit=61{order}")).ids();
        assert_eq!(seen, numbered, "sort={sort}");
    }
    // a cursor belongs to its order
    let page = list(&ada, "limit=7&sort=title&cursor=");
    let cursor = page.at("/pagination/next_cursor").as_str().unwrap();
    ada.client.get(&format!("{TASKS}?limit=7&sort=-title&cursor={cursor}")).expect(400);
}

pub(crate) fn totals_stop_at_ten_thousand(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    for _ in 0..20 {
        sow(&ada, 500);
    }
    let exact = list(&ada, "limit=100");
    assert_eq!(exact.at("/pagination/total"), 10_000);
    assert!(exact.at("/pagination/total_exact").is_null(), "{exact}");
    sow(&ada, 3);
    for query in ["limit=100", "limit=100&page=100", "limit=100&due_after=1970-01-01T00:00:00Z"] {
        let page = list(&ada, query);
        assert_eq!(page.rows().len(), 100, "{query}");
        let exact = query.contains("due_after");
        let total = page.at("/pagination/total").as_u64().unwrap();
        assert_eq!(page.at("/pagination/total_exact") == false, !exact, "{query}: {total}");
        assert!(exact == (total < 10_000) && total > 6_000, "{query}: {total}");
        assert_eq!(page.at("/pagination/pages").as_u64().unwrap(), total.div_ceil(100));
    }
}

pub(crate) fn depth_is_bounded_and_names_the_cursor(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    list(&ada, "page=100&limit=100");
    let refused = ada.client.get(&format!("{TASKS}?page=101&limit=100")).expect(400);
    assert!(refused.text.contains("cursor"), "{refused}");
    for beyond in ["4294967295", "99999999999999999999"] {
        let refused = ada.client.get(&format!("{TASKS}?page={beyond}&limit=100")).expect(400);
        assert!(refused.text.contains("cursor"), "{refused}");
    }
}

pub(crate) fn every_filter_narrows(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let bob = server.person("bob");
    let make = |body: Value| ada.new_task(&body).id();
    let plain = make(json!({"title": "plain"}));
    let late =
        make(json!({"title": "late", "due_date": "2020-01-01T00:00:00Z", "priority": "low"}));
    let done = make(json!({
        "title": "done", "status": "completed", "due_date": "2020-06-01T00:00:00Z",
    }));
    let tagged = make(json!({"title": "tagged", "tags": ["50%_off", "x"], "priority": "high"}));
    let given = make(json!({"title": "given", "assignee_id": bob.id, "status": "in_progress"}));
    let far = make(json!({"title": "far", "due_date": "2099-01-01T00:00:00Z"}));
    for (query, wanted) in [
        ("status=completed", vec![done]),
        ("status=in_progress", vec![given]),
        ("priority=high", vec![tagged]),
        ("priority=low", vec![late]),
        (&format!("assignee_id={}", bob.id), vec![given]),
        (&format!("user_id={}", bob.id), vec![]),
        ("tag=50%25_off", vec![tagged]),
        ("tag=50", vec![]),
        ("tag=x&priority=low", vec![]),
        ("q=tag", vec![tagged]),
        ("due_before=2020-06-01T00:00:00Z", vec![late]),
        ("due_before=2020-06-01T00:00:00.000001Z", vec![late, done]),
        ("due_after=2020-06-01T00:00:00Z", vec![far]),
        ("due_after=2020-01-01T00:00:00Z&due_before=2098-01-01T00:00:00Z", vec![done]),
        ("overdue=true", vec![late]),
        ("overdue=false", vec![plain, done, tagged, given, far]),
        (&format!("user_id={}&overdue=true", ada.id), vec![late]),
    ] {
        for paging in ["page=1", "cursor="] {
            let answer = list(&ada, &format!("sort=id&{paging}&{query}"));
            assert_eq!(answer.ids(), wanted, "{query}&{paging}");
        }
    }
    assert_eq!(list(&bob, &format!("assignee_id={}", bob.id)).ids(), [given]);
}

pub(crate) fn sorting_follows_the_documented_fields(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let make = |title: &str, priority: &str, status: &str, due: Value| {
        ada.new_task(&json!({
            "title": title, "priority": priority, "status": status, "due_date": due,
        }))
        .id()
    };
    let b = make("b", "high", "pending", json!("2031-01-01T00:00:00Z"));
    let upper = make("A", "low", "completed", Value::Null);
    let a = make("a", "medium", "in_progress", json!("2030-01-01T00:00:00Z"));
    let accent = make("ä", "low", "pending", json!("2032-01-01T00:00:00Z"));
    for (sort, wanted) in [
        ("title", [upper, a, b, accent]),
        ("-title", [accent, b, a, upper]),
        ("priority", [upper, accent, a, b]),
        ("-priority,title", [b, a, upper, accent]),
        ("status", [b, accent, a, upper]),
        ("due_date", [a, b, accent, upper]),
        ("-due_date", [accent, b, a, upper]),
        ("id", [b, upper, a, accent]),
        ("created_at", [b, upper, a, accent]),
        ("-created_at", [accent, a, upper, b]),
    ] {
        assert_eq!(list(&ada, &format!("sort={sort}")).ids(), wanted, "{sort}");
    }
    assert_eq!(list(&ada, "").ids(), [accent, a, upper, b], "newest first");
    ada.client.patch(&format!("{TASKS}/{b}"), &json!({"description": "touched"})).expect(200);
    assert_eq!(list(&ada, "sort=-updated_at&limit=1").ids(), [b]);
}

pub(crate) fn search_finds_words_and_takes_nothing_as_syntax(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let report = ada
        .new_task(&json!({"title": "Décembre REPORT", "description": "with charts and O'Neill"}))
        .id();
    let other = ada.new_task(&json!({"title": "import the data"})).id();
    for (q, wanted) in [
        ("report", vec![report]),
        ("rep%20chart", vec![report]),
        ("d%C3%A9c", vec![report]),
        ("DATA", vec![other]),
        ("neill", vec![report]),
        ("port", vec![other, report]),
        ("po", vec![]),
        ("arts", vec![]),
        ("report%20data", vec![]),
        ("data%20OR%20report", vec![]),
        ("%22data%22*", vec![other]),
        ("title:import", vec![]),
    ] {
        assert_eq!(list(&ada, &format!("q={q}")).ids(), wanted, "q={q}");
    }
    for q in ["", "%25_%27", &"x".repeat(201), "a%00b"] {
        let answer = ada.client.get(&format!("{TASKS}?q={q}"));
        assert_eq!(answer.status, 400, "q={q}: {answer}");
    }
    // a change of text is found at once, the old one no longer
    ada.client.patch(&format!("{TASKS}/{other}"), &json!({"title": "export the rest"})).expect(200);
    assert_eq!(list(&ada, "q=import").ids(), [0_i64; 0]);
    assert_eq!(list(&ada, "q=export").ids(), [other]);
    ada.client.delete(&format!("{TASKS}/{other}")).expect(200);
    assert_eq!(list(&ada, "q=export").ids(), [0_i64; 0]);
    let stranger = server.person("stranger");
    assert_eq!(list(&stranger, "q=report").ids(), [0_i64; 0]);
}

pub(crate) fn bad_list_parameters_are_refused(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    for query in [
        "page=0",
        "page=-1",
        "page=x",
        "page=1&page=2",
        "limit=0",
        "limit=101",
        "limit=1e1",
        "sort=colour",
        "sort=title,title",
        "sort=",
        "cursor=nonsense",
        "page=2&cursor=",
        "status=done",
        "priority=1",
        "assignee_id=0",
        "assignee_id=9223372036854775808",
        "user_id=me",
        "tag=",
        "due_before=yesterday",
        "overdue=maybe",
        "stauts=pending",
    ] {
        let answer = ada.client.get(&format!("{TASKS}?{query}"));
        assert_eq!(answer.status, 400, "{query}: {answer}");
        let fields = answer.expect(400);
        assert!(!fields.faulty_fields().is_empty(), "{query}: {fields}");
    }
    let answer =
        ada.client.get(&format!("{TASKS}?page=0&limit=500&status=done&colour=red")).expect(400);
    assert_eq!(answer.faulty_fields().len(), 4, "all at once: {answer}");
}
