//! The feed, and people who leave.

use kernel::{EventId, NewEvent, StoreError};
use pollster::block_on;
use tasks::{TaskError, commands::CreateTask};

use crate::house::{House, fresh, title};

fn event(number: i64) -> EventId {
    EventId::parse(number).unwrap()
}

#[test]
fn the_feed_shows_everybody_what_concerns_them_and_nothing_else() {
    let house = House::new();
    assert_eq!(block_on(house.tasks.feed_head()).unwrap(), None);
    let id = house.task("a").id;
    house.shared();
    let theirs = CreateTask::titled(title("theirs"));
    fresh(block_on(house.tasks.create(&house.eve, None, theirs)).unwrap());
    // Somebody else's event, even one that names Ada, is not of this room.
    let audience = vec![house.ada.user];
    let foreign: Result<(), StoreError> = block_on(house.work().write(move |tx| {
        tx.outbox().append(&NewEvent {
            name: "user.updated.v1",
            at: crate::house::moment("2026-11-21T08:00:00Z"),
            actor: None,
            subject: 1,
            audience: audience.clone(),
            payload: <_>::default(),
            request_id: None,
        })
    }));
    foreign.unwrap();
    house.remove(&house.ada, id).unwrap();
    let names = |user| {
        let feed = block_on(house.tasks.feed(user, None, 100)).unwrap();
        assert!(!feed.more);
        feed.events.into_iter().map(|event| event.name).collect::<Vec<_>>()
    };
    let (made, deleted) = ("task.created.v1", "task.deleted.v1");
    assert_eq!(names(house.ada.user), [made, made, deleted]);
    assert_eq!(names(house.bob.user), [made]);
    assert_eq!(names(house.root.user), Vec::<String>::new(), "seeing is not being concerned");
    assert_eq!(block_on(house.tasks.feed_head()).unwrap(), Some(event(5)));
}

#[test]
fn the_feed_goes_on_behind_its_cursor() {
    let house = House::new();
    for number in 0..5 {
        house.task(&format!("{number}"));
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let feed = block_on(house.tasks.feed(house.ada.user, cursor, 2)).unwrap();
        seen.extend(feed.events.into_iter().map(|event| event.id.get()));
        cursor = feed.cursor;
        if !feed.more {
            break;
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    let nothing = block_on(house.tasks.feed(house.ada.user, cursor, 2)).unwrap();
    assert_eq!((nothing.events.len(), nothing.cursor, nothing.more), (0, Some(event(5)), false));
    // The cursor moves over what is not shown.
    let unseen = block_on(house.tasks.feed(house.eve.user, None, 2)).unwrap();
    assert_eq!((unseen.events.len(), unseen.cursor, unseen.more), (0, Some(event(2)), true));
}

#[test]
fn a_deleted_account_is_forgotten_once_per_event() {
    let house = House::new();
    let shared = house.shared().id;
    let bobs = CreateTask::titled(title("bob's"));
    let bobs = fresh(block_on(house.tasks.create(&house.bob, None, bobs)).unwrap()).id;
    let forget = |number, position| {
        block_on(house.tasks.forget_user(&house.delivery(number, position), house.bob.user))
    };
    forget(50, 0).unwrap();
    assert_eq!(house.get(&house.ada, shared).unwrap().assignee, None);
    assert!(matches!(house.get(&house.root, bobs), Err(TaskError::NotFound(_))));
    let told = house.events();
    let mut last: Vec<_> =
        told.iter().skip(2).map(|event| (event.subject, event.name.as_str())).collect();
    last.sort_unstable();
    assert_eq!(last, [(shared.get(), "task.assigned.v1"), (bobs.get(), "task.deleted.v1")]);
    assert!(told.iter().skip(2).all(|event| event.actor.is_none() && event.request_id.is_none()));

    // Delivered again, it changes nothing, even though there would be something to do.
    block_on(house.tasks.assign(&house.ada, shared, None, Some(house.bob.user))).unwrap();
    assert!(matches!(forget(50, 0), Err(TaskError::Store(StoreError::Stale))));
    assert_eq!(house.get(&house.ada, shared).unwrap().assignee, Some(house.bob.user));
    assert_eq!(house.events().len(), told.len() + 1);
    forget(51, 50).unwrap();
    assert_eq!(house.get(&house.ada, shared).unwrap().assignee, None);
}
