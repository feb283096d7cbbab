//! Remarks on a task.

use alveole_tests::{Backend, Server};
use serde_json::json;

pub(crate) fn owner_and_assignee_comment_and_authors_edit(backend: Backend) {
    let server = Server::start(backend);
    let owner = server.person("owner");
    let helper = server.person("helper");
    let stranger = server.person("stranger");
    let id = owner.new_task(&json!({"title": "t", "assignee_id": helper.id})).id();
    let path = format!("/api/v1/tasks/{id}/comments");
    let say =
        |who: &alveole_tests::Person, text: &str| who.client.post(&path, &json!({"content": text}));
    let first = say(&owner, "  Please hurry ").expect(201);
    assert_eq!(first.at("/data/content"), "Please hurry");
    assert_eq!(first.at("/data/user_id"), owner.id, "{first}");
    assert!(first.must_have("location").ends_with(&format!("{path}/{}", first.id())));
    let second = say(&helper, "On it").expect(201);
    say(&stranger, "Hello").expect(404);
    for bad in [" ".to_owned(), "x".repeat(4001)] {
        assert_eq!(say(&owner, &bad).expect(400).faulty_fields(), ["/content"]);
    }
    assert_eq!(helper.client.get(&path).expect(200).ids(), [first.id(), second.id()]);
    stranger.client.get(&path).expect(404);

    let read = owner.client.get(first.must_have("location")).expect(200);
    assert_eq!(read.at("/data/content"), "Please hurry");
    assert_eq!(read.etag(), first.etag());
    stranger.client.get(first.must_have("location")).problem(404, "tasks.not_found");
    owner.client.get(&format!("{path}/999999")).problem(404, "tasks.comment_not_found");

    let edit = format!("{path}/{}", second.id());
    owner
        .client
        .put(&edit, &json!({"content": "words in a mouth"}))
        .problem(403, "tasks.not_author");
    let edited = helper.client.put(&edit, &json!({"content": "Done soon"})).expect(200);
    assert_eq!(edited.at("/data/content"), "Done soon");
    helper
        .client
        .request("PUT", &edit)
        .header("if-match", &second.etag())
        .json(&json!({"content": "late"}))
        .send()
        .problem(412, "tasks.comment_stale");
    // a comment is found only under its own task
    let other = owner.task("other");
    owner
        .client
        .put(&format!("/api/v1/tasks/{other}/comments/{}", first.id()), &json!({"content": "lost"}))
        .expect(404);
    helper.client.delete(&edit).expect(200);
    helper.client.delete(&edit).expect(404);
    assert_eq!(owner.client.get(&path).expect(200).ids(), [first.id()]);

    // pages, both ways
    for n in 0..25 {
        say(&owner, &format!("number {n}")).expect(201);
    }
    let page = owner.client.get(&format!("{path}?page=2&limit=10")).expect(200);
    assert_eq!(page.at("/pagination/total"), 26);
    assert_eq!(page.rows().len(), 10);
    let seen: Vec<_> = owner
        .client
        .every_row(&format!("{path}?limit=10"))
        .iter()
        .map(|row| row["id"].as_i64().unwrap())
        .collect();
    assert_eq!(seen.len(), 26);
    assert!(seen.is_sorted_by(|a, b| a < b), "oldest first, no repeats");
}
