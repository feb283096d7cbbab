//! Taking effect once.

use std::time::Duration;

use kernel::once::Settled;
use pollster::block_on;
use tasks::{Comment, Task, TaskError, commands::CreateTask, values::CommentText};

use crate::house::{House, fresh, nobody, once, title};

fn sealed(task: &Task) -> String {
    format!("task {} at version {}", task.id, task.version)
}

fn command() -> CreateTask {
    CreateTask::titled(title("once"))
}

#[test]
fn a_repeated_request_gets_the_first_answer_and_does_nothing() {
    let house = House::new();
    let create = || block_on(house.tasks.create(&house.ada, Some(once("k", 1, sealed)), command()));
    let task = fresh(create().unwrap());
    // What happens to the task afterwards does not change what was answered.
    house.update(&house.ada, task.id, crate::house::titled("changed")).unwrap();
    for _ in 0..2 {
        let expected = Settled::Replay(format!("task {} at version 1", task.id).into_bytes());
        assert_eq!(create().unwrap(), expected);
    }
    assert_eq!(house.event_names(), ["task.created.v1", "task.updated.v1"]);
}

#[test]
fn a_key_is_not_lent_to_another_request() {
    let house = House::new();
    let create = |request| {
        block_on(house.tasks.create(&house.ada, Some(once("k", request, sealed)), command()))
    };
    create(1).unwrap();
    assert!(matches!(create(2), Err(TaskError::KeyReused)));
    assert!(matches!(create(1), Ok(Settled::Replay(_))));
    assert_eq!(house.events().len(), 1);
}

#[test]
fn a_refusal_leaves_the_key_free() {
    let house = House::new();
    let create =
        |command| block_on(house.tasks.create(&house.ada, Some(once("k", 1, sealed)), command));
    let bad = CreateTask { assignee: Some(nobody()), ..command() };
    assert!(matches!(create(bad), Err(TaskError::Invalid(_))));
    assert!(matches!(create(command()), Ok(Settled::Fresh(_))));
}

#[test]
fn an_answer_is_kept_for_a_day() {
    let house = House::new();
    let create = || block_on(house.tasks.create(&house.ada, Some(once("k", 1, sealed)), command()));
    create().unwrap();
    house.clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    assert!(matches!(create(), Ok(Settled::Replay(_))));
    house.clock.advance(Duration::from_secs(2));
    assert!(matches!(create(), Ok(Settled::Fresh(_))));
}

#[test]
fn comments_are_written_once_too() {
    let house = House::new();
    let id = house.task("t").id;
    let comment = || {
        let once = once("c", 1, |comment: &Comment| comment.id.to_string());
        let text = CommentText::parse("hello").unwrap();
        block_on(house.tasks.comment(&house.ada, Some(once), id, text)).unwrap()
    };
    let first = fresh(comment());
    assert_eq!(comment(), Settled::Replay(first.id.to_string().into_bytes()));
    let page = block_on(house.tasks.comments(&house.ada, id, <_>::default())).unwrap();
    assert_eq!(page.items, [first]);
}
