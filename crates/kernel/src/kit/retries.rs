//! Events that consumers could not handle the first time.

use super::common::{Fixture, KINDS, ODD_TEXTS, moment};
use crate::{
    Event, EventId, Timestamp,
    consumer::{DeadLetter, EventRetry, FailedEvents},
};

crate::cases! { Fixture:
    y1_a_queued_event_is_due_at_its_time,
    y1_the_event_due_longest_is_first_and_the_limit_holds,
    y1_an_event_is_queued_once,
    y1_every_field_survives,
    y2_events_of_one_subject_are_due_one_after_another,
    y2_other_subjects_and_consumers_do_not_wait,
    y3_a_stale_attempt_changes_nothing,
    y4_a_dead_letter_is_listed_and_not_due,
    y4_a_dead_letter_holds_up_nothing,
    y5_a_retry_makes_events_due_again,
    y5_a_retry_of_nothing_finds_nothing,
    y5_a_dead_letter_without_its_event_is_removed,
    y6_failed_events_stay_in_the_feed,
}

const NAME: &str = "kit";

fn retry(event: &Event, attempts: u32, due_at: Timestamp) -> EventRetry {
    EventRetry {
        consumer: NAME.to_owned(),
        event: event.id,
        subject: event.subject_key(),
        attempts,
        due_at,
        error: String::new(),
    }
}

fn letter(event: &Event, error: &str, at: Timestamp) -> DeadLetter {
    DeadLetter {
        consumer: NAME.to_owned(),
        event: event.id,
        subject: event.subject_key(),
        error: error.to_owned(),
        at,
    }
}

impl Fixture {
    async fn queue(&self, event: &Event, attempts: u32, due_at: Timestamp) {
        let retry = retry(event, attempts, due_at);
        self.write(move |tx| tx.retries().queue(&retry)).await;
    }

    async fn due(&self, now: Timestamp) -> Vec<(Event, u32)> {
        self.read(move |tx| tx.retries().due(NAME, now, 100)).await
    }

    async fn subjects_due(&self, now: Timestamp) -> Vec<i64> {
        self.due(now).await.iter().map(|(event, _)| event.subject).collect()
    }

    async fn next(&self) -> Option<Timestamp> {
        self.read(|tx| tx.retries().next_due(NAME)).await
    }

    async fn dead(&self) -> Vec<DeadLetter> {
        self.read(|tx| tx.retries().dead(None, 100)).await
    }

    async fn queued(&self) -> Vec<EventRetry> {
        self.read(|tx| tx.retries().queued(None, 100)).await
    }

    async fn retry(&self, consumer: &'static str, event: Option<EventId>, now: Timestamp) -> u64 {
        self.write(move |tx| tx.retries().retry(consumer, event, now)).await
    }
}

async fn y1_a_queued_event_is_due_at_its_time(fixture: Fixture) {
    let feed = fixture.append(KINDS[0], &[1]).await;
    assert_eq!(fixture.next().await, None);
    fixture.queue(&feed[0], 3, moment(50)).await;
    assert_eq!(fixture.next().await, Some(moment(50)));
    assert_eq!(fixture.due(moment(49)).await, []);
    assert_eq!(fixture.due(moment(50)).await, [(feed[0].clone(), 3)]);
}

async fn y1_the_event_due_longest_is_first_and_the_limit_holds(fixture: Fixture) {
    let feed = fixture.append(KINDS[0], &[1, 2, 3, 4]).await;
    for (event, due) in feed.iter().zip([40, 20, 20, 10]) {
        fixture.queue(event, 1, moment(due)).await;
    }
    assert_eq!(fixture.subjects_due(moment(100)).await, [4, 2, 3, 1]);
    assert_eq!(fixture.next().await, Some(moment(10)));
    let two = fixture.read(|tx| tx.retries().due(NAME, moment(100), 2)).await;
    assert_eq!(two.iter().map(|(event, _)| event.subject).collect::<Vec<_>>(), [4, 2]);
}

async fn y1_an_event_is_queued_once(fixture: Fixture) {
    let feed = fixture.append(KINDS[0], &[1]).await;
    fixture.queue(&feed[0], 3, moment(50)).await;
    fixture.queue(&feed[0], 0, moment(1)).await;
    assert_eq!(fixture.queued().await, [retry(&feed[0], 3, moment(50))]);
}

async fn y1_every_field_survives(fixture: Fixture) {
    let feed = fixture.append(KINDS[0], &[1, 2, 3, 4]).await;
    for (event, text) in feed.iter().zip(ODD_TEXTS) {
        let error = text.to_owned();
        let one = EventRetry { error, ..retry(event, u32::MAX - 1, moment(1)) };
        fixture.write(move |tx| tx.retries().queue(&one)).await;
    }
    let queued = fixture.queued().await;
    assert_eq!(queued.len(), 4);
    for (row, (event, text)) in queued.iter().zip(feed.iter().zip(ODD_TEXTS)) {
        // Not every store keeps a NUL.
        let kept = row.error == text || row.error == text.replace('\0', "\u{fffd}");
        assert!(kept, "{row:?}");
        assert_eq!((row.event, row.attempts), (event.id, u32::MAX - 1));
        assert_eq!(row.subject, event.subject_key());
    }
    let subjects = fixture.read(|tx| tx.retries().subjects(NAME)).await;
    assert_eq!(subjects, ["kit:1", "kit:2", "kit:3", "kit:4"]);
}

async fn y2_events_of_one_subject_are_due_one_after_another(fixture: Fixture) {
    let feed = fixture.append(KINDS[0], &[7, 7, 7]).await;
    fixture.queue(&feed[0], 1, moment(90)).await;
    fixture.queue(&feed[1], 0, moment(10)).await;
    fixture.queue(&feed[2], 0, moment(10)).await;
    assert_eq!(fixture.due(moment(50)).await, [], "they wait behind the first");
    assert_eq!(fixture.next().await, Some(moment(90)));
    for (number, event) in feed.iter().enumerate() {
        let attempts = u32::from(number == 0);
        assert_eq!(fixture.due(moment(90)).await, [(event.clone(), attempts)]);
        let id = event.id;
        fixture.write(move |tx| tx.retries().remove(NAME, id, attempts)).await;
    }
    assert_eq!(fixture.next().await, None);
}

async fn y2_other_subjects_and_consumers_do_not_wait(fixture: Fixture) {
    let feed = fixture.append(KINDS[0], &[7, 8]).await;
    let other_kind = fixture.append(KINDS[1], &[7]).await;
    fixture.queue(&feed[0], 1, moment(90)).await;
    fixture.queue(&feed[1], 1, moment(10)).await;
    fixture.queue(&other_kind[2], 1, moment(20)).await;
    let due: Vec<_> =
        fixture.due(moment(50)).await.into_iter().map(|(event, _)| event.id).collect();
    assert_eq!(due, [feed[1].id, other_kind[2].id]);
    let elsewhere =
        EventRetry { consumer: "kit.other".to_owned(), ..retry(&feed[0], 0, moment(1)) };
    fixture.write(move |tx| tx.retries().queue(&elsewhere)).await;
    let due = fixture.read(|tx| tx.retries().due("kit.other", moment(1), 10)).await;
    assert_eq!(due.len(), 1);
    assert_eq!(fixture.read(|tx| tx.retries().subjects("kit.other")).await, ["kit:7"]);
}

async fn y3_a_stale_attempt_changes_nothing(fixture: Fixture) {
    let feed = fixture.append(KINDS[0], &[1]).await;
    let (event, id) = (feed[0].clone(), feed[0].id);
    fixture.stale(move |tx| tx.retries().remove(NAME, id, 0)).await;
    fixture.queue(&event, 1, moment(1)).await;
    fixture.write(move |tx| tx.retries().postpone(NAME, id, 1, moment(5), "again")).await;
    let now = EventRetry { error: "again".to_owned(), ..retry(&event, 2, moment(5)) };
    assert_eq!(fixture.queued().await, std::slice::from_ref(&now));
    fixture.stale(move |tx| tx.retries().postpone(NAME, id, 1, moment(9), "late")).await;
    fixture.stale(move |tx| tx.retries().remove(NAME, id, 1)).await;
    let late = letter(&event, "late", moment(9));
    fixture.stale(move |tx| tx.retries().dead_letter(&late, 1)).await;
    fixture.stale(move |tx| tx.retries().remove("kit.other", id, 2)).await;
    assert_eq!((fixture.queued().await, fixture.dead().await), (vec![now], vec![]));
}

async fn y4_a_dead_letter_is_listed_and_not_due(fixture: Fixture) {
    let feed = fixture.append(KINDS[0], &[1, 2]).await;
    let (first, second) =
        (letter(&feed[0], "it's over", moment(7)), letter(&feed[1], "no", moment(8)));
    fixture.queue(&feed[0], 4, moment(1)).await;
    let (one, two) = (first.clone(), second.clone());
    fixture.write(move |tx| tx.retries().dead_letter(&one, 4)).await;
    fixture.write(move |tx| tx.retries().refuse(&two)).await;
    assert_eq!(fixture.due(moment(1_000)).await, []);
    assert_eq!(fixture.dead().await, [first.clone(), second]);
    assert_eq!(fixture.read(|tx| tx.retries().dead(Some(NAME), 1)).await, [first]);
    assert_eq!(fixture.read(|tx| tx.retries().dead(Some("kit.other"), 9)).await, []);
    let count = fixture.read(|tx| tx.retries().count(NAME)).await;
    assert_eq!(count, FailedEvents { retrying: 0, dead: 2 });
}

async fn y4_a_dead_letter_holds_up_nothing(fixture: Fixture) {
    let feed = fixture.append(KINDS[0], &[7, 7]).await;
    fixture.queue(&feed[0], 1, moment(90)).await;
    fixture.queue(&feed[1], 0, moment(10)).await;
    let dead = letter(&feed[0], "over", moment(20));
    fixture.write(move |tx| tx.retries().dead_letter(&dead, 1)).await;
    assert_eq!(fixture.due(moment(50)).await, [(feed[1].clone(), 0)]);
}

async fn y5_a_retry_makes_events_due_again(fixture: Fixture) {
    let feed = fixture.append(KINDS[0], &[1, 2, 3]).await;
    fixture.queue(&feed[0], 5, moment(900)).await;
    for event in &feed[1..] {
        let dead = letter(event, "over", moment(20));
        fixture.write(move |tx| tx.retries().refuse(&dead)).await;
    }
    assert_eq!(fixture.retry(NAME, Some(feed[2].id), moment(30)).await, 1);
    assert_eq!(fixture.due(moment(30)).await, [(feed[2].clone(), 0)]);
    assert_eq!(fixture.dead().await.len(), 1);
    assert_eq!(fixture.retry(NAME, None, moment(40)).await, 3);
    assert_eq!(fixture.dead().await, []);
    let attempts: Vec<_> = fixture.queued().await.iter().map(|row| row.attempts).collect();
    assert_eq!(attempts, [5, 0, 0]);
    assert_eq!(fixture.due(moment(40)).await.len(), 3);
    // An event that is dead again and retried again is one row each time.
    let (dead, id) = (letter(&feed[1], "again", moment(50)), feed[1].id);
    fixture.write(move |tx| tx.retries().dead_letter(&dead, 0)).await;
    assert_eq!(fixture.retry(NAME, Some(id), moment(60)).await, 1);
}

async fn y5_a_retry_of_nothing_finds_nothing(fixture: Fixture) {
    let feed = fixture.append(KINDS[0], &[1]).await;
    fixture.queue(&feed[0], 1, moment(900)).await;
    assert_eq!(fixture.retry("kit.other", None, moment(1)).await, 0);
    assert_eq!(fixture.retry(NAME, EventId::parse(i64::MAX).ok(), moment(1)).await, 0);
    assert_eq!(fixture.due(moment(899)).await, []);
}

async fn y5_a_dead_letter_without_its_event_is_removed(fixture: Fixture) {
    let feed = fixture.append(KINDS[0], &[1]).await;
    let gone = Event { id: EventId::parse(i64::MAX).unwrap(), ..feed[0].clone() };
    let dead = letter(&gone, "over", moment(20));
    fixture.write(move |tx| tx.retries().refuse(&dead)).await;
    assert_eq!(fixture.retry(NAME, None, moment(30)).await, 0);
    assert_eq!((fixture.queued().await, fixture.dead().await), (vec![], vec![]));
}

async fn y6_failed_events_stay_in_the_feed(fixture: Fixture) {
    let feed = fixture.append(KINDS[0], &[1, 2, 3, 4]).await;
    fixture.queue(&feed[0], 1, moment(900)).await;
    let dead = letter(&feed[2], "over", moment(20));
    fixture.write(move |tx| tx.retries().refuse(&dead)).await;
    let pruned = fixture.write(|tx| tx.outbox().prune(moment(1_000), 100)).await;
    let left = fixture.append(KINDS[0], &[]).await;
    assert_eq!(left.iter().map(|event| event.subject).collect::<Vec<_>>(), [1, 3, 4]);
    assert_eq!(pruned, 1);
    assert_eq!(fixture.due(moment(900)).await.len(), 1);
}
