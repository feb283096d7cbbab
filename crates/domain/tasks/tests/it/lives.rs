//! The feed, and people who leave.

use kernel::{Actor, Audience, EventId, FeedCursor, FeedError, Permission, StoreError, Stretch};
use pollster::block_on;
use tasks::{TaskError, commands::CreateTask};

use crate::fixture::{Fixture, fresh, title, titled};

fn event(number: i64) -> EventId {
    EventId::parse(number).unwrap()
}

/// The events behind a cursor that `actor` is shown: with all tokens they hold, and what they lost
/// sight of taken out.
fn follow(
    fixture: &Fixture,
    actor: &Actor,
    after: FeedCursor,
    limit: u32,
) -> Result<Stretch, FeedError> {
    let tokens = Audience::held_by(actor, [Permission::TasksManage]);
    let mut stretch = block_on(fixture.tasks.event_feed().read(tokens.into(), after, limit))?;
    let visible = fixture.tasks.still_visible(actor, stretch.events);
    stretch.events = block_on(visible).unwrap();
    Ok(stretch)
}

fn names(fixture: &Fixture, actor: &Actor) -> Vec<String> {
    let stretch = follow(fixture, actor, FeedCursor::START, 100).unwrap();
    assert!(!stretch.more);
    stretch.events.into_iter().map(|event| event.name).collect()
}

#[test]
fn the_feed_shows_callers_what_concerns_them() {
    let fixture = Fixture::new();
    let id = fixture.task("a").id;
    fixture.shared();
    let theirs = CreateTask::titled(title("theirs"));
    fresh(block_on(fixture.tasks.create(&fixture.eve, None, theirs)).unwrap());
    fixture.remove(&fixture.ada, id).unwrap();
    let (made, deleted) = ("task.created.v1", "task.deleted.v1");
    assert_eq!(names(&fixture, &fixture.ada), [made, made, deleted]);
    assert_eq!(names(&fixture, &fixture.bob), [made]);
    assert_eq!(names(&fixture, &fixture.root), [made, made, made, deleted], "a manager sees all");
}

#[test]
fn f6_whoever_lost_sight_of_a_task_is_shown_that_and_nothing_before_it() {
    let fixture = Fixture::new();
    let id = fixture.shared().id;
    fixture.update(&fixture.ada, id, titled("for Bob's eyes")).unwrap();
    let (made, updated, assigned) = ("task.created.v1", "task.updated.v1", "task.assigned.v1");
    assert_eq!(names(&fixture, &fixture.bob), [made, updated]);
    block_on(fixture.tasks.assign(&fixture.ada, id, None, None)).unwrap();
    fixture.update(&fixture.ada, id, titled("not any more")).unwrap();
    assert_eq!(names(&fixture, &fixture.bob), [assigned]);
    assert_eq!(names(&fixture, &fixture.ada), [made, updated, assigned, updated]);
    assert_eq!(names(&fixture, &fixture.root), [made, updated, assigned, updated]);
    // Given back to him, he sees all that concerned him, and not what happened in between.
    let bob = Some(fixture.bob.user);
    block_on(fixture.tasks.assign(&fixture.ada, id, None, bob)).unwrap();
    assert_eq!(names(&fixture, &fixture.bob), [made, updated, assigned, assigned]);
    // The owner still sees a task that is deleted.
    fixture.remove(&fixture.ada, id).unwrap();
    assert_eq!(names(&fixture, &fixture.ada).len(), 6);
}

#[test]
fn the_feed_goes_on_behind_its_cursor() {
    let fixture = Fixture::new();
    for number in 0..5 {
        fixture.task(&format!("{number}"));
    }
    let mut seen = Vec::new();
    let mut cursor = FeedCursor::START;
    loop {
        let stretch = follow(&fixture, &fixture.ada, cursor, 2).unwrap();
        seen.extend(stretch.events.into_iter().map(|event| event.id.get()));
        cursor = stretch.cursor;
        if !stretch.more {
            break;
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    let nothing = follow(&fixture, &fixture.ada, cursor, 2).unwrap();
    assert_eq!(
        (nothing.events.len(), nothing.cursor.after, nothing.more),
        (0, Some(event(5)), false)
    );
    // Other people's events cost nothing: the cursor moves to the end of the feed.
    let unseen = follow(&fixture, &fixture.eve, FeedCursor::START, 2).unwrap();
    assert_eq!((unseen.events.len(), unseen.cursor.after, unseen.more), (0, Some(event(5)), false));
}

#[test]
fn f3_a_cursor_before_the_floor_is_refused() {
    let fixture = Fixture::new();
    for number in 0..4 {
        fixture.task(&format!("{number}"));
    }
    let feed = fixture.tasks.event_feed();
    let begin = block_on(feed.begin(None)).unwrap();
    assert_eq!(begin.after, Some(event(4)));
    let pruned: Result<u64, StoreError> = block_on(
        fixture
            .work()
            .write(|tx| tx.outbox().prune(crate::fixture::moment("2030-01-01T00:00:00Z"), 2)),
    );
    assert_eq!(pruned.unwrap(), 2);
    let follow = |text: &str| {
        let cursor = text.parse().unwrap();
        let begun = block_on(feed.begin(Some(cursor)));
        match (begun, follow(&fixture, &fixture.ada, cursor, 10)) {
            (Ok(cursor), Ok(stretch)) => {
                assert_eq!(cursor.epoch, stretch.cursor.epoch);
                Ok(stretch.events.len())
            }
            (Err(FeedError::Gap(one)), Err(FeedError::Gap(other))) if one == other => {
                Err((one.code(), one.oldest.after, one.head.after))
            }
            other => panic!("{other:?}"),
        }
    };
    let gone = |code| Err((code, Some(event(2)), Some(event(4))));
    assert_eq!(follow("0"), gone("events.cursor_expired"));
    assert_eq!(follow("1"), gone("events.cursor_expired"));
    assert_eq!(follow("2"), Ok(2));
    assert_eq!(follow("4"), Ok(0));
    assert_eq!(follow("5"), gone("events.epoch_changed"));
    let from = begin.epoch.unwrap();
    let now = crate::fixture::moment("2026-11-21T08:00:00Z");
    let renewed: Result<_, StoreError> =
        block_on(fixture.work().write(move |tx| tx.outbox().renew_epoch(from, now)));
    renewed.unwrap();
    assert_eq!(follow(&begin.to_string()), gone("events.epoch_changed"));
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
