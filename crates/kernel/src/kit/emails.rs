//! The queue of emails, apart from its claims.

use super::common::{Fixture, moment};
use crate::{
    Email, StoreError, Timestamp,
    claim::Claimed as _,
    email::{Queued, Waiting},
};

crate::cases! { Fixture:
    x1_an_email_is_there_exactly_when_its_unit_committed,
    x1_every_field_survives,
    x1_each_claim_adds_an_attempt,
    x2_a_sent_email_is_gone,
    x3_nothing_is_left_of_an_email_that_was_given_up,
    x3_pruning_keeps_to_its_moment_and_limit,
}

fn email(subject: &str) -> Email {
    Email::new("ada@example.com", subject, "text", "<p>html</p>").unwrap()
}

impl Fixture {
    async fn enqueue(&self, email: Email, at: Timestamp) {
        self.write(move |tx| tx.emails().enqueue(&email, at)).await;
    }

    async fn claim_emails(&self, now: i64, until: i64) -> Vec<Queued> {
        self.write(move |tx| tx.emails().claim(moment(now), moment(until), 100)).await
    }

    async fn waiting(&self) -> Waiting {
        self.read(|tx| tx.emails().waiting()).await
    }
}

async fn x1_an_email_is_there_exactly_when_its_unit_committed(fixture: Fixture) {
    let undone: Result<(), StoreError> = fixture
        .try_write(|tx| {
            tx.emails().enqueue(&email("never"), moment(0))?;
            Err(StoreError::Contention)
        })
        .await;
    assert!(undone.is_err());
    assert_eq!(fixture.waiting().await, Waiting::default());
    fixture.enqueue(email("a"), moment(0)).await;
    assert_eq!(fixture.waiting().await, Waiting { waiting: 1, dead: 0 });
}

async fn x1_every_field_survives(fixture: Fixture) {
    let odd = Email::new(
        format!("{}@exämple.com", "a".repeat(200)),
        "'quoted' \"%_\" 你好 é",
        "line\r\n.\r\nline \u{1f41d}",
        format!("<p>{}</p>", "ä".repeat(100_000)),
    )
    .and_then(|email| email.with_unsubscribe("https://example.com/less?token='%"))
    .unwrap();
    fixture.enqueue(odd.clone(), moment(1)).await;
    let claimed = fixture.claim_emails(1, 2).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!((&claimed[0].email, claimed[0].at, claimed[0].attempts), (&odd, moment(1), 1));
}

async fn x1_each_claim_adds_an_attempt(fixture: Fixture) {
    fixture.enqueue(email("a"), moment(0)).await;
    for attempt in 1..4_u32 {
        let now = i64::from(attempt) * 10;
        let claimed = fixture.claim_emails(now, now + 10).await;
        assert_eq!((claimed[0].attempts, claimed[0].at), (attempt, moment(0)));
    }
}

async fn x2_a_sent_email_is_gone(fixture: Fixture) {
    fixture.enqueue(email("a"), moment(0)).await;
    fixture.enqueue(email("b"), moment(0)).await;
    let claim = fixture.claim_emails(1, 5).await[0].claim();
    fixture.write(move |tx| tx.emails().sent(claim)).await;
    assert_eq!(fixture.waiting().await, Waiting { waiting: 1, dead: 0 });
    assert_eq!(fixture.claim_emails(5, 9).await.len(), 1);
}

async fn x3_nothing_is_left_of_an_email_that_was_given_up(fixture: Fixture) {
    fixture.enqueue(email("a"), moment(0)).await;
    let claim = fixture.claim_emails(0, 1).await[0].claim();
    fixture.write(move |tx| tx.emails().give_up(claim, moment(1))).await;
    assert_eq!(fixture.waiting().await, Waiting { waiting: 0, dead: 1 });
    assert_eq!(fixture.claim_emails(1_000, 2_000).await, []);
}

async fn x3_pruning_keeps_to_its_moment_and_limit(fixture: Fixture) {
    for at in 0..5 {
        fixture.enqueue(email("dead"), moment(at)).await;
    }
    fixture.enqueue(email("waits"), moment(100)).await;
    for queued in fixture.claim_emails(50, 60).await {
        let (claim, at) = (queued.claim(), queued.at);
        fixture.write(move |tx| tx.emails().give_up(claim, at)).await;
    }
    let prune = async |limit| fixture.write(move |tx| tx.emails().prune(moment(4), limit)).await;
    assert_eq!((prune(3).await, prune(3).await, prune(3).await), (3, 1, 0));
    assert_eq!(fixture.waiting().await, Waiting { waiting: 1, dead: 1 });
}
