//! The cache: never older than a committed write, never a reason for a wrong answer.

use std::sync::atomic::Ordering;

use kernel::StoreError;
use pollster::block_on;
use tasks::{TaskError, commands::BulkOperation, values::Status};

use crate::fixture::{Fixture, no_task, status, titled};

#[test]
fn a_second_read_does_not_ask_the_store() {
    let fixture = Fixture::new();
    let id = fixture.shared().id;
    for actor in [&fixture.ada, &fixture.bob, &fixture.root, &fixture.ada] {
        fixture.get(actor, id).unwrap();
    }
    assert_eq!(fixture.store.reads.load(Ordering::SeqCst), 1);
    // What is cached for one is not shown to another.
    assert!(matches!(fixture.get(&fixture.eve, id), Err(TaskError::NotFound(_))));
}

#[test]
fn every_write_is_seen_by_the_next_read() {
    let fixture = Fixture::new();
    let (ada, bob) = (&fixture.ada, &fixture.bob);
    let id = fixture.task("v1").id;
    let seen = || fixture.get(ada, id).ok().map(|task| (task.version, task.assignee));
    assert_eq!(seen(), Some((1, None)));
    fixture.update(ada, id, titled("v2")).unwrap();
    assert_eq!(seen(), Some((2, None)));
    block_on(fixture.tasks.assign(ada, id, None, Some(bob.user))).unwrap();
    assert_eq!(seen(), Some((3, Some(bob.user))));
    let update = status(Status::Completed);
    let operation = BulkOperation::Update { id, version: None, update };
    block_on(fixture.tasks.bulk(ada, None, vec![operation])).unwrap();
    assert_eq!(seen(), Some((4, Some(bob.user))));
    block_on(fixture.tasks.forget_user(&fixture.delivery(77, 0), bob.user)).unwrap();
    assert_eq!(seen(), Some((5, None)));
    assert!(matches!(fixture.get(bob, id), Err(TaskError::NotFound(_))));
    fixture.remove(ada, id).unwrap();
    assert_eq!(seen(), None);
    block_on(fixture.tasks.restore(ada, id)).unwrap();
    assert_eq!(seen(), Some((7, None)));
    let operation = BulkOperation::Delete { id, version: None };
    block_on(fixture.tasks.bulk(ada, None, vec![operation])).unwrap();
    assert_eq!(seen(), None);
}

#[test]
fn a_store_that_is_down_is_not_a_missing_task() {
    let fixture = Fixture::new();
    let (cached, other) = (fixture.task("cached").id, fixture.task("other").id);
    fixture.get(&fixture.ada, cached).unwrap();
    fixture.store.down.store(true, Ordering::SeqCst);
    assert!(fixture.get(&fixture.ada, cached).is_ok());
    for id in [other, no_task()] {
        let failed = fixture.get(&fixture.ada, id).unwrap_err();
        assert!(matches!(failed, TaskError::Store(StoreError::Unavailable(_))), "{failed:?}");
    }
    fixture.store.down.store(false, Ordering::SeqCst);
    assert!(fixture.get(&fixture.ada, other).is_ok(), "the failure is not remembered");
    assert!(matches!(fixture.get(&fixture.ada, no_task()), Err(TaskError::NotFound(_))));
}

#[test]
fn a_caller_with_an_old_version_reads_the_new_one_next() {
    let fixture = Fixture::new();
    let id = fixture.task("v1").id;
    fixture.get(&fixture.ada, id).unwrap();
    // Somebody on another machine, whose eviction has not come here.
    let outside: Result<(), StoreError> = block_on(fixture.work().write(move |tx| {
        let mut task = tx.tasks().lock(id)?.unwrap();
        tx.tasks().save(&mut task)
    }));
    outside.unwrap();
    assert_eq!(fixture.get(&fixture.ada, id).unwrap().version, 1);
    let stale = block_on(fixture.tasks.update(&fixture.ada, id, Some(1), titled("x")));
    assert!(matches!(stale, Err(TaskError::Stale(_))), "{stale:?}");
    assert_eq!(fixture.get(&fixture.ada, id).unwrap().version, 2);
}

#[test]
fn the_use_cases_can_be_moved_between_threads() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let fixture = Fixture::new();
    let task = fixture.task("t");
    block_on(is_send(fixture.tasks.get(&fixture.ada, task.id))).unwrap();
    block_on(is_send(fixture.tasks.update(&fixture.ada, task.id, None, titled("u")))).unwrap();
    block_on(is_send(fixture.tasks.bulk(
        &fixture.ada,
        None,
        vec![BulkOperation::Delete { id: task.id, version: None }],
    )))
    .unwrap();
}
