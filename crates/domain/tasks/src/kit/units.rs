//! The unit of work, and the people it knows.

use std::task::{Context, Waker};

use kernel::StoreError;

use super::{Ground, Tx, moment, nobody};
use crate::{query::Visibility, task::Task};

async fn nothing_is_there(ground: &Ground) {
    assert_eq!(count(ground).await, (0, 0), "nothing may be left behind");
}

/// How many tasks and events.
async fn count(ground: &Ground) -> (u64, usize) {
    let tally = ground.read(|tx| tx.tasks().tally(Visibility::All, moment(0))).await;
    (tally.by_status.iter().sum(), ground.feed(None, 1000).await.len())
}

/// A task and its event, as every use case writes them.
fn both(ground: &Ground, title: &str) -> impl Fn(&mut Tx) -> Result<Task, StoreError> + use<> {
    let (task, event) = (ground.plain(title), ground.event(1));
    move |tx| {
        let task = tx.tasks().insert(&task)?;
        tx.outbox().append(&event)?;
        Ok(task)
    }
}

pub(super) async fn u1_what_was_committed_is_there_for_the_next_unit(ground: Ground) {
    let task = ground.write(both(&ground, "kept")).await;
    assert_eq!(ground.get(task.id).await, Some(task.clone()));
    let id = task.id;
    let slow = ground.work.read_slow(move |tx| tx.tasks().get(id)).await;
    assert_eq!(slow.unwrap_or_else(|error: StoreError| panic!("{error}")), Some(task));
    assert_eq!(count(&ground).await, (1, 1));
}

pub(super) async fn u1_a_unit_sees_its_own_writes(ground: Ground) {
    let write = both(&ground, "mine");
    let (inserted, seen, saved) = ground
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

pub(super) async fn u2_an_error_leaves_nothing_behind(ground: Ground) {
    let write = both(&ground, "lost");
    let why = ground
        .refused(move |tx| {
            write(tx)?;
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert!(matches!(why, StoreError::Contention), "the closure's own error comes out: {why:?}");
    nothing_is_there(&ground).await;
}

pub(super) async fn u3_a_panic_leaves_nothing_behind_and_harms_nobody(ground: Ground) {
    for _ in 0..3 {
        let write = both(&ground, "lost");
        let why = ground
            .refused::<()>(move |tx| {
                write(tx)?;
                panic!("on purpose")
            })
            .await;
        assert!(matches!(why, StoreError::Internal(_)), "{why:?}");
        let reading: Result<(), StoreError> =
            ground.work.read(|_| panic!("on purpose, while reading")).await;
        assert!(matches!(reading, Err(StoreError::Internal(_))), "{reading:?}");
    }
    nothing_is_there(&ground).await;
    ground.write(both(&ground, "after")).await;
    assert_eq!(count(&ground).await, (1, 1));
}

pub(super) async fn u4_a_unit_with_a_stale_save_does_not_commit(ground: Ground) {
    let task = ground.write(both(&ground, "first")).await;
    let write = both(&ground, "second");
    ground
        .refused(move |tx| {
            write(tx)?;
            let mut outdated = task.clone();
            outdated.version = 7;
            assert!(matches!(tx.tasks().save(&mut outdated), Err(StoreError::Stale)));
            Ok(())
        })
        .await;
    assert_eq!(count(&ground).await, (1, 1), "only what was there before");
}

pub(super) async fn u4_a_unit_with_a_missing_person_does_not_commit(ground: Ground) {
    let write = both(&ground, "first");
    let mut orphan = ground.plain("second");
    orphan.assignee = Some(nobody());
    ground
        .refused(move |tx| {
            write(tx)?;
            assert!(matches!(tx.tasks().insert(&orphan), Err(StoreError::Missing(_))));
            Ok(())
        })
        .await;
    nothing_is_there(&ground).await;
    ground.write(both(&ground, "after")).await;
}

pub(super) async fn u5_writes_in_reading_units_fail(ground: Ground) {
    let write = both(&ground, "t");
    let short = ground.work.read(write).await;
    assert!(short.is_err(), "{short:?}");
    let write = both(&ground, "t");
    let slow = ground.work.read_slow(write).await;
    assert!(slow.is_err(), "{slow:?}");
    let settled = ground
        .work
        .read(|tx: &mut Tx| {
            let event = kernel::EventId::parse(1).unwrap();
            tx.inbox().mark_processed("kit", event, moment(0))
        })
        .await;
    assert!(settled.is_err(), "{settled:?}");
    nothing_is_there(&ground).await;
    ground.write(both(&ground, "after")).await;
}

pub(super) async fn u6_whoever_is_answered_finds_it_committed(ground: Ground) {
    let one = |number: i64| {
        let ground = &ground;
        let future: kernel::BoxFuture<'_, bool> = Box::pin(async move {
            let task = ground.write(both(ground, &format!("task {number}"))).await;
            ground.get(task.id).await == Some(task)
        });
        future
    };
    let seen = super::together((0..16).map(one).collect()).await;
    assert_eq!(seen, [true; 16]);
    assert_eq!(count(&ground).await, (16, 16));
}

pub(super) async fn u7_a_caller_that_goes_away_leaves_all_or_nothing(ground: Ground) {
    for number in 0..8 {
        let write = both(&ground, &format!("abandoned {number}"));
        let mut future = Box::pin(ground.work.write(write));
        let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(future);
    }
    ground.write(both(&ground, "after")).await;
    // Units on their way may still be running: each must be whole whenever it is seen, and in the
    // end there are as many events as tasks. The events are read first, because a store may show
    // each statement its own moment.
    for round in 0.. {
        let pace = ground.event(2);
        ground.write(move |tx| tx.outbox().append(&pace)).await;
        while ground.write(|tx| tx.outbox().sequence(10)).await > 0 {}
        let (events, tally) = ground
            .read(|tx| {
                let events = tx.outbox().after(None, 1000)?;
                Ok((events, tx.tasks().tally(Visibility::All, moment(0))?))
            })
            .await;
        let tasks: u64 = tally.by_status.iter().sum();
        let placed = events.iter().filter(|event| event.subject == 1).count() as u64;
        assert!((1..=9).contains(&tasks), "{tasks} tasks");
        assert!(placed <= tasks, "{placed} events for {tasks} tasks: a unit was torn");
        if placed == tasks {
            break;
        }
        assert!(round < 100, "{placed} events for {tasks} tasks: a unit was torn");
    }
}

pub(super) async fn p1_only_active_people_are_known(ground: Ground) {
    let (people, suspended) = (ground.people.clone(), ground.suspended);
    let known = ground
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
