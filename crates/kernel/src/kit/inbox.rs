//! What consumers have handled.

use super::common::{Fixture, KINDS, behind, event, moment, place};
use crate::{BoxFuture, EventId, Position, StoreError};

crate::cases! { Fixture:
    i1_an_event_is_processed_once,
    i1_of_many_that_process_at_the_same_time_one_is_first,
    i1_pruning_forgets_old_notes_and_keeps_to_its_limit,
    i2_a_rolled_back_note_did_not_happen,
    i3_consumers_do_not_see_one_another,
    i4_a_position_moves_only_from_where_it_is,
    i4_a_position_never_goes_back,
    i4_of_many_that_advance_one_succeeds,
    i5_what_a_consumer_has_not_passed_is_counted,
    i5_events_with_other_names_are_not_counted,
    i6_a_position_is_started_once,
    i7_whoever_locks_second_sees_what_the_first_left,
}

impl Fixture {
    async fn mark(&self, consumer: &'static str, event: EventId) -> bool {
        self.write(move |tx| tx.inbox().mark_processed(consumer, event, moment(0))).await
    }

    async fn start(&self, consumer: &'static str, at: Position) {
        self.write(move |tx| tx.inbox().start(consumer, at)).await;
    }

    async fn position(&self, consumer: &'static str) -> Option<Position> {
        self.read(move |tx| tx.inbox().position(consumer)).await
    }

    async fn advance(&self, from: Position, to: i64) -> Result<(), StoreError> {
        self.try_write(move |tx| tx.inbox().advance("kit", from, place(to))).await
    }
}

async fn i1_an_event_is_processed_once(fixture: Fixture) {
    assert!(fixture.mark("kit", place(1)).await);
    assert!(!fixture.mark("kit", place(1)).await);
    assert!(fixture.mark("kit", place(i64::MAX)).await);
    let twice = fixture
        .write(|tx| {
            let first = tx.inbox().mark_processed("kit", place(2), moment(0))?;
            Ok((first, tx.inbox().mark_processed("kit", place(2), moment(1))?))
        })
        .await;
    assert_eq!(twice, (true, false));
}

async fn i1_of_many_that_process_at_the_same_time_one_is_first(fixture: Fixture) {
    for event in 1..=4 {
        let mark = |_| -> BoxFuture<'_, bool> { Box::pin(fixture.mark("kit", place(event))) };
        let firsts = fixture.race(0..8, mark).await;
        assert_eq!(firsts.into_iter().filter(|first| *first).count(), 1);
    }
}

async fn i1_pruning_forgets_old_notes_and_keeps_to_its_limit(fixture: Fixture) {
    for number in 0..4 {
        let at = moment(number);
        fixture.write(move |tx| tx.inbox().mark_processed("kit", place(10 + number), at)).await;
    }
    let pruned = fixture.write(|tx| tx.inbox().prune(moment(3), 2)).await;
    let rest = fixture.write(|tx| tx.inbox().prune(moment(3), 100)).await;
    assert_eq!((pruned, rest), (2, 1));
    assert!(!fixture.mark("kit", place(13)).await, "the newest note is kept");
}

async fn i2_a_rolled_back_note_did_not_happen(fixture: Fixture) {
    fixture.start("kit", Position::START).await;
    let undone: Result<(), StoreError> = fixture
        .try_write(|tx| {
            assert!(tx.inbox().mark_processed("kit", place(1), moment(0))?);
            tx.inbox().advance("kit", Position::START, place(9))?;
            Err(StoreError::Contention)
        })
        .await;
    assert!(undone.is_err());
    assert_eq!(fixture.position("kit").await, Some(Position::START));
    assert!(fixture.mark("kit", place(1)).await);
}

async fn i3_consumers_do_not_see_one_another(fixture: Fixture) {
    assert!(fixture.mark("kit.a", place(1)).await);
    assert!(fixture.mark("kit.b", place(1)).await);
    fixture.start("kit.a", behind(4)).await;
    assert_eq!(fixture.position("kit.a").await, Some(behind(4)));
    assert_eq!(fixture.position("kit.b").await, None);
}

async fn i4_a_position_moves_only_from_where_it_is(fixture: Fixture) {
    assert!(matches!(fixture.advance(Position::START, 3).await, Err(StoreError::Stale)));
    assert_eq!(fixture.position("kit").await, None, "never started");
    fixture.start("kit", Position::START).await;
    fixture.advance(Position::START, 3).await.unwrap();
    assert!(matches!(fixture.advance(Position::START, 4).await, Err(StoreError::Stale)));
    assert!(matches!(fixture.advance(behind(2), 4).await, Err(StoreError::Stale)));
    fixture.advance(behind(3), i64::MAX).await.unwrap();
    assert_eq!(fixture.position("kit").await, Some(behind(i64::MAX)));
}

async fn i4_a_position_never_goes_back(fixture: Fixture) {
    fixture.start("kit", behind(7)).await;
    for to in [7, 5] {
        assert!(matches!(fixture.advance(behind(7), to).await, Err(StoreError::Stale)));
    }
    assert_eq!(fixture.position("kit").await, Some(behind(7)));
}

async fn i4_of_many_that_advance_one_succeeds(fixture: Fixture) {
    fixture.start("kit", Position::START).await;
    for round in 0..4 {
        let from = Position::after(EventId::parse(round).ok());
        let move_on = |_| -> BoxFuture<'_, Result<(), StoreError>> {
            Box::pin(fixture.advance(from, round + 1))
        };
        let moved = fixture.race(0..6, move_on).await;
        assert_eq!(moved.iter().filter(|one| one.is_ok()).count(), 1);
    }
}

async fn i5_what_a_consumer_has_not_passed_is_counted(fixture: Fixture) {
    let backlog = async || fixture.read(|tx| tx.inbox().backlog("kit", &[])).await;
    assert_eq!(backlog().await, (0, None));
    fixture.start("kit", Position::START).await;
    // Those without a place in the feed count as well.
    for subject in 1..4 {
        fixture.write(move |tx| tx.outbox().append(&event(KINDS[0], subject))).await;
    }
    assert_eq!(backlog().await, (3, Some(moment(1))));
    let feed = fixture.append(KINDS[0], &[]).await;
    let (second, last) = (feed[1].id, feed[2].id);
    fixture.write(move |tx| tx.inbox().advance("kit", Position::START, second)).await;
    assert_eq!(backlog().await, (1, Some(feed[2].at)));
    assert_eq!(fixture.read(|tx| tx.inbox().backlog("other", &[])).await.0, 3);
    let from = Position::after(Some(second));
    fixture.write(move |tx| tx.inbox().advance("kit", from, last)).await;
    assert_eq!(backlog().await, (0, None));
}

async fn i5_events_with_other_names_are_not_counted(fixture: Fixture) {
    fixture.append(KINDS[1], &[1, 2]).await;
    fixture.append(KINDS[0], &[3]).await;
    let backlog =
        async |names: &'static [&str]| fixture.read(|tx| tx.inbox().backlog("kit", names)).await;
    assert_eq!(backlog(&KINDS[..1]).await, (1, Some(moment(3))));
    assert_eq!(backlog(&KINDS).await, (3, Some(moment(1))));
    assert_eq!(backlog(&["it's none"]).await, (0, None));
}

async fn i6_a_position_is_started_once(fixture: Fixture) {
    fixture.start("kit", Position::START).await;
    fixture.start("kit", behind(5)).await;
    assert_eq!(fixture.position("kit").await, Some(Position::START));
    fixture.start("kit.late", behind(5)).await;
    fixture.start("kit.late", Position::START).await;
    assert_eq!(fixture.position("kit.late").await, Some(behind(5)));
}

async fn i7_whoever_locks_second_sees_what_the_first_left(fixture: Fixture) {
    assert_eq!(fixture.write(|tx| tx.inbox().lock("kit")).await, None);
    fixture.start("kit", Position::START).await;
    // Each reads under the lock and moves on from there; without it several would read one place.
    let step = |_| -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(fixture.try_write(|tx| {
            let at = tx.inbox().lock("kit")?.unwrap();
            let next = at.event().map_or(1, |event| event.get() + 1);
            tx.inbox().advance("kit", at, place(next))
        }))
    };
    let moved = fixture.race(0..8, step).await;
    assert!(moved.iter().all(Result::is_ok), "{moved:?}");
    assert_eq!(fixture.position("kit").await, Some(behind(8)));
}
