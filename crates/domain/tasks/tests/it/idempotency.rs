//! Taking effect once.

use std::time::Duration;

use kernel::idempotency::Outcome;
use pollster::block_on;
use tasks::{Comment, Task, TaskError, commands::CreateTask, values::CommentText};

use crate::fixture::{Fixture, fresh, idempotent, nobody, title};

fn sealed(task: &Task) -> String {
    format!("task {} at version {}", task.id, task.version)
}

fn command() -> CreateTask {
    CreateTask::titled(title("once"))
}

#[test]
fn a_repeated_request_gets_the_first_answer_and_does_nothing() {
    let fixture = Fixture::new();
    let create = || {
        block_on(fixture.tasks.create(&fixture.ada, Some(idempotent("k", 1, sealed)), command()))
    };
    let task = fresh(create().unwrap());
    // What happens to the task afterwards does not change what was answered.
    fixture.update(&fixture.ada, task.id, crate::fixture::titled("changed")).unwrap();
    for _ in 0..2 {
        let expected = Outcome::Replayed(format!("task {} at version 1", task.id).into_bytes());
        assert_eq!(create().unwrap(), expected);
    }
    assert_eq!(fixture.event_names(), ["task.created.v1", "task.updated.v1"]);
}

#[test]
fn a_key_is_not_lent_to_another_request() {
    let fixture = Fixture::new();
    let create = |request| {
        block_on(fixture.tasks.create(
            &fixture.ada,
            Some(idempotent("k", request, sealed)),
            command(),
        ))
    };
    create(1).unwrap();
    assert!(matches!(create(2), Err(TaskError::KeyReused)));
    assert!(matches!(create(1), Ok(Outcome::Replayed(_))));
    assert_eq!(fixture.events().len(), 1);
}

#[test]
fn a_refusal_leaves_the_key_free() {
    let fixture = Fixture::new();
    let create = |command| {
        block_on(fixture.tasks.create(&fixture.ada, Some(idempotent("k", 1, sealed)), command))
    };
    let bad = CreateTask { assignee: Some(nobody()), ..command() };
    assert!(matches!(create(bad), Err(TaskError::Invalid(_))));
    assert!(matches!(create(command()), Ok(Outcome::Executed(_))));
}

#[test]
fn an_answer_is_kept_for_a_day() {
    let fixture = Fixture::new();
    let create = || {
        block_on(fixture.tasks.create(&fixture.ada, Some(idempotent("k", 1, sealed)), command()))
    };
    create().unwrap();
    fixture.clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    assert!(matches!(create(), Ok(Outcome::Replayed(_))));
    fixture.clock.advance(Duration::from_secs(2));
    assert!(matches!(create(), Ok(Outcome::Executed(_))));
}

#[test]
fn comments_are_written_once_too() {
    let fixture = Fixture::new();
    let id = fixture.task("t").id;
    let comment = || {
        let idempotent = idempotent("c", 1, |comment: &Comment| comment.id.to_string());
        let text = CommentText::parse("hello").unwrap();
        block_on(fixture.tasks.comment(&fixture.ada, Some(idempotent), id, text)).unwrap()
    };
    let first = fresh(comment());
    assert_eq!(comment(), Outcome::Replayed(first.id.to_string().into_bytes()));
    let page = block_on(fixture.tasks.comments(&fixture.ada, id, <_>::default())).unwrap();
    assert_eq!(page.items, [first]);
}
