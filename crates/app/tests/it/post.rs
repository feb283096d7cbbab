//! The queue of letters is emptied, whatever happens to the mail server.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use alveole::background::mails::Post;
use kernel::{
    Clock, CommonTx, Mail, Mailer, StoreError, Timestamp, UnitOfWork,
    mail::{MailError, MailId, Waiting},
    time::FixedClock,
};
use memory::MemoryDb;

const MINUTE: Duration = Duration::from_mins(1);

/// What a mail server would say, and what it was given.
#[derive(Default)]
struct Server {
    says: Mutex<Option<MailError>>,
    given: Mutex<Vec<(MailId, Timestamp)>>,
}

#[async_trait::async_trait]
impl Mailer for Server {
    async fn send(&self, _: &Mail, id: MailId, at: Timestamp) -> Result<(), MailError> {
        self.given.lock().unwrap().push((id, at));
        self.says.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

struct Office {
    work: Arc<dyn UnitOfWork<dyn CommonTx>>,
    clock: Arc<FixedClock>,
    server: Arc<Server>,
    post: Post,
}

impl Office {
    fn new() -> Self {
        let work: Arc<dyn UnitOfWork<dyn CommonTx>> = MemoryDb::new();
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2026-11-21T12:00:00Z").unwrap()));
        let server = Arc::new(Server::default());
        let post = Post {
            work: Arc::clone(&work),
            mailer: Arc::<Server>::clone(&server),
            clock: Arc::<FixedClock>::clone(&clock),
            timeout: Duration::from_secs(20),
            retry: MINUTE,
            give_up_after: 60 * MINUTE,
        };
        Self { work, clock, server, post }
    }

    async fn enqueue(&self) {
        let (mail, now) = (Mail::new("ada@example.com", "s", "t", "h").unwrap(), self.clock.now());
        let put: Result<(), StoreError> =
            self.work.write(move |tx| tx.mails().enqueue(&mail, now)).await;
        put.unwrap();
    }

    fn says(&self, error: Option<MailError>) {
        *self.server.says.lock().unwrap() = error;
    }

    fn tries(&self) -> usize {
        self.server.given.lock().unwrap().len()
    }

    async fn round(&self) {
        while self.post.round().await.unwrap() {}
    }

    async fn waiting(&self) -> (u64, u64) {
        let count: Result<Waiting, StoreError> = self.work.read(|tx| tx.mails().waiting()).await;
        let count = count.unwrap();
        (count.waiting, count.dead)
    }
}

fn away() -> Option<MailError> {
    Some(MailError::Unavailable("connection refused".to_owned()))
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
    office.says(Some(MailError::Refused("550 no such ada@example.com".to_owned())));
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
async fn a_letter_whose_sender_died_is_sent_again_as_the_same_letter() {
    let office = Office::new();
    office.enqueue().await;
    let (now, until) = (office.clock.now(), office.clock.now().plus(MINUTE));
    // Somebody takes it out and is never heard of again.
    let claimed: Result<_, StoreError> =
        office.work.write(move |tx| tx.mails().claim(now, until, 1)).await;
    let first = claimed.unwrap().remove(0);
    office.round().await;
    assert_eq!(office.tries(), 0, "it is theirs for now");
    office.clock.advance(MINUTE);
    office.round().await;
    assert_eq!(*office.server.given.lock().unwrap(), [(first.id, first.at)]);
    assert_eq!(office.waiting().await, (0, 0));
}
