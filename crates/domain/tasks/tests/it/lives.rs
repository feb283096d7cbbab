//! The feed, and people who leave.

use kernel::{EventId, NewEvent, StoreError};
use pollster::block_on;
use tasks::{TaskError, commands::CreateTask};

use crate::fixture::{Fixture, fresh, title};

fn event(number: i64) -> EventId {
    EventId::parse(number).unwrap()
}

#[test]
fn the_feed_shows_everybody_what_concerns_them_and_nothing_else() {
    let fixture = Fixture::new();
    assert_eq!(block_on(fixture.tasks.feed_head()).unwrap(), None);
    let id = fixture.task("a").id;
    fixture.shared();
    let theirs = CreateTask::titled(title("theirs"));
    fresh(block_on(fixture.tasks.create(&fixture.eve, None, theirs)).unwrap());
    // Somebody else's event, even one that names Ada, is not of this room.
    let audience = vec![fixture.ada.user];
    let foreign: Result<(), StoreError> = block_on(fixture.work().write(move |tx| {
        tx.outbox().append(&NewEvent {
            name: "user.updated.v1",
            at: crate::fixture::moment("2026-11-21T08:00:00Z"),
            actor: None,
            subject: 1,
            audience: audience.clone(),
            payload: <_>::default(),
            request_id: None,
        })
    }));
    foreign.unwrap();
    fixture.remove(&fixture.ada, id).unwrap();
    let names = |user| {
        let feed = block_on(fixture.tasks.feed(user, None, 100)).unwrap();
        assert!(!feed.more);
        feed.events.into_iter().map(|event| event.name).collect::<Vec<_>>()
    };
    let (made, deleted) = ("task.created.v1", "task.deleted.v1");
    assert_eq!(names(fixture.ada.user), [made, made, deleted]);
    assert_eq!(names(fixture.bob.user), [made]);
    assert_eq!(names(fixture.root.user), Vec::<String>::new(), "seeing is not being concerned");
    assert_eq!(block_on(fixture.tasks.feed_head()).unwrap(), Some(event(5)));
}

#[test]
fn the_feed_goes_on_behind_its_cursor() {
    let fixture = Fixture::new();
    for number in 0..5 {
        fixture.task(&format!("{number}"));
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let feed = block_on(fixture.tasks.feed(fixture.ada.user, cursor, 2)).unwrap();
        seen.extend(feed.events.into_iter().map(|event| event.id.get()));
        cursor = feed.cursor;
        if !feed.more {
            break;
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    let nothing = block_on(fixture.tasks.feed(fixture.ada.user, cursor, 2)).unwrap();
    assert_eq!((nothing.events.len(), nothing.cursor, nothing.more), (0, Some(event(5)), false));
    // The cursor moves over what is not shown.
    let unseen = block_on(fixture.tasks.feed(fixture.eve.user, None, 2)).unwrap();
    assert_eq!((unseen.events.len(), unseen.cursor, unseen.more), (0, Some(event(2)), true));
}

#[test]
fn a_deleted_account_is_removed_from_tasks_once_per_event() {
    let fixture = Fixture::new();
    let shared = fixture.shared().id;
    let bobs = CreateTask::titled(title("bob's"));
    let bobs = fresh(block_on(fixture.tasks.create(&fixture.bob, None, bobs)).unwrap()).id;
    let forget = |number, position| {
        block_on(fixture.tasks.forget_user(&fixture.delivery(number, position), fixture.bob.user))
    };
    forget(50, 0).unwrap();
    assert_eq!(fixture.get(&fixture.ada, shared).unwrap().assignee, None);
    assert!(matches!(fixture.get(&fixture.root, bobs), Err(TaskError::NotFound(_))));
    let told = fixture.events();
    let mut last: Vec<_> =
        told.iter().skip(2).map(|event| (event.subject, event.name.as_str())).collect();
    last.sort_unstable();
    assert_eq!(last, [(shared.get(), "task.assigned.v1"), (bobs.get(), "task.deleted.v1")]);
    assert!(told.iter().skip(2).all(|event| event.actor.is_none() && event.request_id.is_none()));

    // Delivered again, it changes nothing, even though there would be something to do.
    block_on(fixture.tasks.assign(&fixture.ada, shared, None, Some(fixture.bob.user))).unwrap();
    assert!(matches!(forget(50, 0), Err(TaskError::Store(StoreError::Stale))));
    assert_eq!(fixture.get(&fixture.ada, shared).unwrap().assignee, Some(fixture.bob.user));
    assert_eq!(fixture.events().len(), told.len() + 1);
    forget(51, 50).unwrap();
    assert_eq!(fixture.get(&fixture.ada, shared).unwrap().assignee, None);
}
