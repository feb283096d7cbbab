//! The cache: never older than a committed write, never a reason for a wrong answer.

use std::sync::atomic::Ordering;

use kernel::StoreError;
use pollster::block_on;
use tasks::{TaskError, commands::BulkOperation, values::Status};

use crate::house::{House, no_task, status, titled};

#[test]
fn a_second_read_does_not_ask_the_store() {
    let house = House::new();
    let id = house.shared().id;
    for actor in [&house.ada, &house.bob, &house.root, &house.ada] {
        house.get(actor, id).unwrap();
    }
    assert_eq!(house.store.reads.load(Ordering::SeqCst), 1);
    // What is cached for one is not shown to another.
    assert!(matches!(house.get(&house.eve, id), Err(TaskError::NotFound(_))));
}

#[test]
fn every_write_is_seen_by_the_next_read() {
    let house = House::new();
    let (ada, bob) = (&house.ada, &house.bob);
    let id = house.task("v1").id;
    let seen = || house.get(ada, id).ok().map(|task| (task.version, task.assignee));
    assert_eq!(seen(), Some((1, None)));
    house.update(ada, id, titled("v2")).unwrap();
    assert_eq!(seen(), Some((2, None)));
    block_on(house.tasks.assign(ada, id, None, Some(bob.user))).unwrap();
    assert_eq!(seen(), Some((3, Some(bob.user))));
    let update = status(Status::Completed);
    let operation = BulkOperation::Update { id, version: None, update };
    block_on(house.tasks.bulk(ada, None, vec![operation])).unwrap();
    assert_eq!(seen(), Some((4, Some(bob.user))));
    block_on(house.tasks.forget_user(&house.delivery(77, 0), bob.user)).unwrap();
    assert_eq!(seen(), Some((5, None)));
    assert!(matches!(house.get(bob, id), Err(TaskError::NotFound(_))));
    house.remove(ada, id).unwrap();
    assert_eq!(seen(), None);
    block_on(house.tasks.restore(ada, id)).unwrap();
    assert_eq!(seen(), Some((7, None)));
    let operation = BulkOperation::Delete { id, version: None };
    block_on(house.tasks.bulk(ada, None, vec![operation])).unwrap();
    assert_eq!(seen(), None);
}

#[test]
fn a_store_that_is_down_is_not_a_missing_task() {
    let house = House::new();
    let (cached, other) = (house.task("cached").id, house.task("other").id);
    house.get(&house.ada, cached).unwrap();
    house.store.down.store(true, Ordering::SeqCst);
    assert!(house.get(&house.ada, cached).is_ok());
    for id in [other, no_task()] {
        let failed = house.get(&house.ada, id).unwrap_err();
        assert!(matches!(failed, TaskError::Store(StoreError::Unavailable(_))), "{failed:?}");
    }
    house.store.down.store(false, Ordering::SeqCst);
    assert!(house.get(&house.ada, other).is_ok(), "the failure is not remembered");
    assert!(matches!(house.get(&house.ada, no_task()), Err(TaskError::NotFound(_))));
}

#[test]
fn a_caller_with_an_old_version_reads_the_new_one_next() {
    let house = House::new();
    let id = house.task("v1").id;
    house.get(&house.ada, id).unwrap();
    // Somebody on another machine, whose eviction has not come here.
    let outside: Result<(), StoreError> = block_on(house.work().write(move |tx| {
        let mut task = tx.tasks().lock(id)?.unwrap();
        tx.tasks().save(&mut task)
    }));
    outside.unwrap();
    assert_eq!(house.get(&house.ada, id).unwrap().version, 1);
    let stale = block_on(house.tasks.update(&house.ada, id, Some(1), titled("x")));
    assert!(matches!(stale, Err(TaskError::Stale(_))), "{stale:?}");
    assert_eq!(house.get(&house.ada, id).unwrap().version, 2);
}

#[test]
fn the_use_cases_can_be_moved_between_threads() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let house = House::new();
    let task = house.task("t");
    block_on(is_send(house.tasks.get(&house.ada, task.id))).unwrap();
    block_on(is_send(house.tasks.update(&house.ada, task.id, None, titled("u")))).unwrap();
    block_on(is_send(house.tasks.bulk(
        &house.ada,
        None,
        vec![BulkOperation::Delete { id: task.id, version: None }],
    )))
    .unwrap();
}
