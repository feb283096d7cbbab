//! The unit of work, and the people it knows.

use std::task::{Context, Waker};

use kernel::{StoreError, kit::planned_panic};

use super::{Fixture, Tx, moment, nobody};
use crate::{query::Visibility, task::Task};

async fn nothing_is_there(fixture: &Fixture) {
    assert_eq!(count(fixture).await, (0, 0), "nothing may be left behind");
}

/// How many tasks and events.
async fn count(fixture: &Fixture) -> (u64, usize) {
    let counts = fixture.read(|tx| tx.tasks().counts(Visibility::All, moment(0))).await;
    (counts.by_status.iter().sum(), fixture.feed(None, 1000).await.len())
}

/// A task and its event, as every use case writes them.
fn both(fixture: &Fixture, title: &str) -> impl Fn(&mut Tx) -> Result<Task, StoreError> + use<> {
    let (task, event) = (fixture.plain(title), fixture.event(1));
    move |tx| {
        let task = tx.tasks().insert(&task)?;
        tx.outbox().append(&event)?;
        Ok(task)
    }
}

pub(super) async fn u1_what_was_committed_is_there_for_the_next_unit(fixture: Fixture) {
    let task = fixture.write(both(&fixture, "kept")).await;
    assert_eq!(fixture.get(task.id).await, Some(task.clone()));
    let id = task.id;
    let slow = fixture.work.read_slow(move |tx| tx.tasks().get(id)).await;
    assert_eq!(slow.unwrap_or_else(|error: StoreError| panic!("{error}")), Some(task));
    assert_eq!(count(&fixture).await, (1, 1));
}

pub(super) async fn u1_a_unit_sees_its_own_writes(fixture: Fixture) {
    let write = both(&fixture, "mine");
    let (inserted, seen, saved) = fixture
        .write(move |tx| {
            let inserted = write(tx)?;
            let seen = tx.tasks().get(inserted.id)?;
            let mut task = inserted.clone();
            task.title = super::title("changed");
            tx.tasks().save(&mut task)?;
            Ok((inserted.clone(), seen, tx.tasks().lock(inserted.id)?))
        })
        .await;
    assert_eq!(seen, Some(inserted.clone()));
    assert_eq!(saved.map(|task| (task.title, task.version)), Some((super::title("changed"), 2)));
}

pub(super) async fn u2_an_error_leaves_nothing_behind(fixture: Fixture) {
    let write = both(&fixture, "lost");
    let why = fixture
        .refused(move |tx| {
            write(tx)?;
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert!(matches!(why, StoreError::Contention), "the closure's own error comes out: {why:?}");
    nothing_is_there(&fixture).await;
}

pub(super) async fn u3_a_panic_leaves_nothing_behind_and_harms_nobody(fixture: Fixture) {
    for _ in 0..3 {
        let write = both(&fixture, "lost");
        let why = fixture
            .refused::<()>(move |tx| {
                write(tx)?;
                planned_panic("on purpose")
            })
            .await;
        assert!(matches!(why, StoreError::Internal(_)), "{why:?}");
        let reading: Result<(), StoreError> =
            fixture.work.read(|_| planned_panic("on purpose, while reading")).await;
        assert!(matches!(reading, Err(StoreError::Internal(_))), "{reading:?}");
    }
    nothing_is_there(&fixture).await;
    fixture.write(both(&fixture, "after")).await;
    assert_eq!(count(&fixture).await, (1, 1));
}

pub(super) async fn u4_a_unit_with_a_stale_save_does_not_commit(fixture: Fixture) {
    let task = fixture.write(both(&fixture, "first")).await;
    let write = both(&fixture, "second");
    fixture
        .refused(move |tx| {
            write(tx)?;
            let mut outdated = task.clone();
            outdated.version = 7;
            assert!(matches!(tx.tasks().save(&mut outdated), Err(StoreError::Stale)));
            Ok(())
        })
        .await;
    assert_eq!(count(&fixture).await, (1, 1), "only what was there before");
}

pub(super) async fn u4_a_unit_with_a_missing_person_does_not_commit(fixture: Fixture) {
    let write = both(&fixture, "first");
    let mut orphan = fixture.plain("second");
    orphan.assignee = Some(nobody());
    fixture
        .refused(move |tx| {
            write(tx)?;
            assert!(matches!(tx.tasks().insert(&orphan), Err(StoreError::Missing(_))));
            Ok(())
        })
        .await;
    nothing_is_there(&fixture).await;
    fixture.write(both(&fixture, "after")).await;
}

pub(super) async fn u5_writes_in_reading_units_fail(fixture: Fixture) {
    let write = both(&fixture, "t");
    let short = fixture.work.read(write).await;
    assert!(short.is_err(), "{short:?}");
    let write = both(&fixture, "t");
    let slow = fixture.work.read_slow(write).await;
    assert!(slow.is_err(), "{slow:?}");
    let result = fixture
        .work
        .read(|tx: &mut Tx| {
            let event = kernel::EventId::parse(1).unwrap();
            tx.inbox().mark_processed("kit", event, moment(0))
        })
        .await;
    assert!(result.is_err(), "{result:?}");
    nothing_is_there(&fixture).await;
    fixture.write(both(&fixture, "after")).await;
}

pub(super) async fn u6_whoever_is_answered_finds_it_committed(fixture: Fixture) {
    let one = |number: i64| {
        let fixture = &fixture;
        let future: kernel::BoxFuture<'_, bool> = Box::pin(async move {
            let task = fixture.write(both(fixture, &format!("task {number}"))).await;
            fixture.get(task.id).await == Some(task)
        });
        future
    };
    let seen = super::together((0..16).map(one).collect()).await;
    assert_eq!(seen, [true; 16]);
    assert_eq!(count(&fixture).await, (16, 16));
}

pub(super) async fn u7_a_caller_that_goes_away_leaves_all_or_nothing(fixture: Fixture) {
    for number in 0..8 {
        let write = both(&fixture, &format!("abandoned {number}"));
        let mut future = Box::pin(fixture.work.write(write));
        let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(future);
    }
    fixture.write(both(&fixture, "after")).await;
    // Units on their way may still be running: each must be whole whenever it is seen, and in the
    // end there are as many events as tasks. The events are read first, because a store may show
    // each statement its own moment.
    for round in 0.. {
        let pace = fixture.event(2);
        fixture.write(move |tx| tx.outbox().append(&pace)).await;
        while fixture.write(|tx| tx.outbox().sequence(10)).await > 0 {}
        let (events, counts) = fixture
            .read(|tx| {
                let events = tx.outbox().after(None, 1000)?;
                Ok((events, tx.tasks().counts(Visibility::All, moment(0))?))
            })
            .await;
        let tasks: u64 = counts.by_status.iter().sum();
        let placed = events.iter().filter(|event| event.subject == 1).count() as u64;
        assert!((1..=9).contains(&tasks), "{tasks} tasks");
        assert!(placed <= tasks, "{placed} events for {tasks} tasks: a unit was torn");
        if placed == tasks {
            break;
        }
        assert!(round < 100, "{placed} events for {tasks} tasks: a unit was torn");
    }
}

pub(super) async fn p1_only_active_people_are_known(fixture: Fixture) {
    let (people, suspended) = (fixture.people.clone(), fixture.suspended);
    let known = fixture
        .read(move |tx| {
            let mut known = Vec::new();
            for person in people.iter().copied().chain([suspended, nobody()]) {
                known.push(tx.people().is_active(person)?);
            }
            Ok(known)
        })
        .await;
    assert_eq!(known, [true, true, true, false, false]);
}
