//! The queue of emails is emptied, whatever happens to the mail server.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use alveole::drivers::emails::{Emails, Slots};
use kernel::{
    Clock, CommonTx, Email, Mailer, StoreError, Timestamp, UnitOfWork,
    claim::Claimed as _,
    email::{EmailId, SendError, Waiting},
    time::FixedClock,
};
use memory::MemoryDb;
use tokio::sync::{Notify, watch};

use crate::stores::ReadOnly;

const MINUTE: Duration = Duration::from_mins(1);

/// What a mail server would say, and what it was given. It answers to `slow` emails only after it was
/// notified.
#[derive(Default)]
struct Server {
    wakes: Notify,
    says: Mutex<Option<SendError>>,
    given: Mutex<Vec<(EmailId, Timestamp)>>,
}

#[async_trait::async_trait]
impl Mailer for Server {
    async fn send(&self, email: &Email, id: EmailId, at: Timestamp) -> Result<(), SendError> {
        if email.subject() == "slow" {
            self.wakes.notified().await;
        }
        self.given.lock().unwrap().push((id, at));
        self.says.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

struct Office {
    work: Arc<dyn UnitOfWork<dyn CommonTx>>,
    clock: Arc<FixedClock>,
    server: Arc<Server>,
    emails: Emails,
}

impl Office {
    fn new() -> Self {
        let work: Arc<dyn UnitOfWork<dyn CommonTx>> = MemoryDb::new();
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2026-11-21T12:00:00Z").unwrap()));
        let server = Arc::new(Server::default());
        let emails = Emails {
            work: Arc::clone(&work),
            mailer: Arc::<Server>::clone(&server),
            clock: Arc::<FixedClock>::clone(&clock),
            timeout: Duration::from_secs(20),
            retry: MINUTE,
            give_up_after: 60 * MINUTE,
        };
        Self { work, clock, server, emails }
    }

    async fn enqueue(&self) {
        self.enqueue_with("s").await;
    }

    async fn enqueue_with(&self, subject: &str) {
        let email = Email::new("ada@example.com", subject, "t", "h").unwrap();
        let now = self.clock.now();
        let put: Result<(), StoreError> =
            self.work.write(move |tx| tx.emails().enqueue(&email, now)).await;
        put.unwrap();
    }

    fn says(&self, error: Option<SendError>) {
        *self.server.says.lock().unwrap() = error;
    }

    fn tries(&self) -> usize {
        self.server.given.lock().unwrap().len()
    }

    /// Sends everything that is due.
    async fn round(&self) {
        let mut slots = Slots::default();
        loop {
            self.emails.fill(&mut slots).await.unwrap();
            if slots.is_empty() {
                break;
            }
            slots.ended().await;
        }
    }

    async fn waiting(&self) -> (u64, u64) {
        let count: Result<Waiting, StoreError> = self.work.read(|tx| tx.emails().waiting()).await;
        let count = count.unwrap();
        (count.waiting, count.dead)
    }
}

fn away() -> Option<SendError> {
    Some(SendError::Unavailable("connection refused".to_owned()))
}

#[actix_web::test]
async fn what_is_due_is_sent_once() {
    let office = Office::new();
    for _ in 0..10 {
        office.enqueue().await;
    }
    office.round().await;
    office.round().await;
    assert_eq!((office.tries(), office.waiting().await), (10, (0, 0)));
}

#[actix_web::test]
async fn a_server_that_is_away_is_tried_again_later_and_later() {
    let office = Office::new();
    office.enqueue().await;
    office.says(away());
    office.round().await;
    office.round().await;
    assert_eq!(office.tries(), 1, "not before its time");
    // each pause is twice the last, give or take a tenth
    for (tries, minutes) in [(2, 1), (3, 2), (4, 4)] {
        office.clock.advance((minutes * MINUTE).mul_f64(0.85));
        office.round().await;
        assert_eq!(office.tries(), tries - 1);
        office.clock.advance((minutes * MINUTE).mul_f64(0.3));
        office.round().await;
        assert_eq!(office.tries(), tries);
    }
    office.says(None);
    office.clock.advance(10 * MINUTE);
    office.round().await;
    assert_eq!((office.tries(), office.waiting().await), (5, (0, 0)));
}

#[actix_web::test]
async fn what_nobody_takes_is_given_up() {
    let office = Office::new();
    office.enqueue().await;
    office.says(Some(SendError::Refused("550 no such ada@example.com".to_owned())));
    for tries in 1..5 {
        office.round().await;
        assert_eq!((office.tries(), office.waiting().await), (tries, (1, 0)));
        office.clock.advance(10 * MINUTE);
    }
    office.round().await;
    assert_eq!((office.tries(), office.waiting().await), (5, (0, 1)));
}

#[actix_web::test]
async fn what_did_not_go_in_time_is_given_up() {
    let office = Office::new();
    office.enqueue().await;
    office.says(away());
    office.round().await;
    office.clock.advance(60 * MINUTE);
    office.round().await;
    assert_eq!((office.tries(), office.waiting().await), (2, (0, 1)));
}

#[actix_web::test]
async fn an_email_whose_sender_died_is_sent_again_as_the_same_email() {
    let office = Office::new();
    office.enqueue().await;
    let (now, until) = (office.clock.now(), office.clock.now().plus(MINUTE));
    // Somebody takes it out and is never heard of again.
    let claimed: Result<_, StoreError> =
        office.work.write(move |tx| tx.emails().claim(now, until, 1)).await;
    let first = claimed.unwrap().remove(0);
    office.round().await;
    assert_eq!(office.tries(), 0, "it is theirs for now");
    office.clock.advance(MINUTE);
    office.round().await;
    assert_eq!(*office.server.given.lock().unwrap(), [(first.id, first.at)]);
    assert_eq!(office.waiting().await, (0, 0));
}

#[actix_web::test]
async fn a_slow_email_holds_up_no_other() {
    let office = Office::new();
    office.enqueue_with("slow").await;
    for _ in 0..20 {
        office.enqueue().await;
    }
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(office.emails.clone().run(stopping, 60 * MINUTE));
    while office.tries() < 20 {
        tokio::task::yield_now().await;
    }
    assert_eq!(office.waiting().await.0, 1, "the slow one is still being sent");
    // Stopping waits for it.
    stop.send_replace(true);
    office.server.wakes.notify_one();
    running.await.unwrap();
    assert_eq!((office.tries(), office.waiting().await), (21, (0, 0)));
}

#[actix_web::test]
async fn an_email_that_is_not_sent_in_time_is_handed_back() {
    let office = Office::new();
    office.enqueue_with("slow").await;
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(office.emails.clone().run(stopping, Duration::ZERO));
    while next_due(&office).await == Some(office.clock.now()) {
        tokio::task::yield_now().await;
    }
    stop.send_replace(true);
    running.await.unwrap();
    assert_eq!(next_due(&office).await, Some(office.clock.now()), "due now, not after its claim");
}

#[actix_web::test]
async fn an_outcome_that_comes_after_the_claim_changes_nothing() {
    let office = Office::new();
    office.enqueue_with("slow").await;
    let mut slots = Slots::default();
    office.emails.fill(&mut slots).await.unwrap();
    // It hangs for longer than its claim, and another process claims it.
    office.clock.advance(MINUTE);
    let (now, until) = (office.clock.now(), office.clock.now().plus(MINUTE));
    let claimed: Result<_, StoreError> =
        office.work.write(move |tx| tx.emails().claim(now, until, 1)).await;
    let theirs = claimed.unwrap().remove(0);
    office.server.wakes.notify_one();
    office.emails.wait(&mut slots).await;
    assert_eq!(office.waiting().await, (1, 0), "it is the other's to settle");
    let result: Result<(), StoreError> =
        office.work.write(move |tx| tx.emails().sent(theirs.claim())).await;
    result.unwrap();
}

#[actix_web::test]
async fn an_idle_queue_is_only_read() {
    let office = Office::new();
    office.enqueue().await;
    office.says(away());
    office.round().await;
    // From here on a write would fail.
    let reads = Arc::new(ReadOnly(Arc::clone(&office.work)));
    let emails = Emails { work: reads, ..office.emails.clone() };
    for _ in 0..3 {
        emails.fill(&mut Slots::default()).await.unwrap();
    }
}

async fn next_due(office: &Office) -> Option<Timestamp> {
    let due: Result<_, StoreError> = office.work.read(|tx| tx.emails().next_due()).await;
    due.unwrap()
}
