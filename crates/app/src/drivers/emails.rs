//! Sends the emails that are due, in every process: a claim is a lease, so that no two processes send
//! the same email unless one died over it, and then under the same Message-ID. Each email has a slot of
//! its own: a slow one holds up no other.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use kernel::{
    Clock, CommonTx, Mailer, StoreError, Timestamp, UnitOfWork,
    claim::{Claim, Claimed as _, backoff},
    email::{EmailId, Queued, SendError},
};
use rest::quiet::STORE;
use tokio::{
    sync::watch,
    task::{Id, JoinSet},
    time::{sleep, timeout},
};

use super::{chance, stopped};

/// How often an idle queue is looked at: one short read.
const LOOK: Duration = Duration::from_millis(500);
/// Emails that are sent simultaneously.
const SLOTS: usize = 4;
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// What a claim lasts longer than sending may take.
const MARGIN: Duration = Duration::from_secs(30);
/// How often an email is refused before it is given up: servers say the same of an address that
/// does not exist and of a sender that is set wrongly, and the second is to lose nothing.
const REFUSALS: u32 = 5;
/// How often the outcome of one attempt is written before the claim is left to end by itself.
const WRITES: u32 = 3;

/// Sends emails.
#[derive(Clone)]
pub struct Emails {
    /// Where the queue is.
    pub work: Arc<dyn UnitOfWork<dyn CommonTx>>,
    /// What sends an email.
    pub mailer: Arc<dyn Mailer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long one email may take.
    pub timeout: Duration,
    /// The pause after the first attempt; each is twice the last.
    pub retry: Duration,
    /// How long an email is tried.
    pub give_up_after: Duration,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Sent,
    Postponed(Timestamp),
    GivenUp,
}

impl Emails {
    /// Sends what is due until it is stopped; then waits for the emails that are being sent, for at
    /// most `drain`, and hands the others back.
    pub async fn run(self, mut stop: watch::Receiver<bool>, drain: Duration) {
        // Counters that appear with their first event hide it from `increase()`.
        for outcome in ["sent", "postponed", "given_up"] {
            metrics::counter!("alveole_emails_total", "outcome" => outcome).increment(0);
        }
        let mut slots = Slots::default();
        while !*stop.borrow() {
            let pause = match self.fill(&mut slots).await {
                Ok(()) => LOOK,
                Err(error) => {
                    tracing::debug!(%error, "the queue of emails has to wait");
                    Duration::from_secs(2)
                }
            };
            tokio::select! {
                () = slots.ended(), if !slots.running.is_empty() => {}
                () = sleep(pause) => {}
                () = stopped(&mut stop) => {}
            }
        }
        if timeout(drain, self.wait(&mut slots)).await.is_err() {
            self.hand_back(slots).await;
        }
    }

    /// Claims as many due emails as there are free slots and starts to send them. Looking is a read,
    /// so that an idle queue costs no write.
    pub async fn fill(&self, slots: &mut Slots) -> Result<(), StoreError> {
        let free = SLOTS.saturating_sub(slots.running.len());
        let now = self.clock.now();
        if free == 0 {
            return Ok(());
        }
        let read = self.work.read(|tx| tx.emails().next_due()).await;
        let due: Option<Timestamp> = read?;
        if due.is_none_or(|due| due > now) {
            return Ok(());
        }
        let (until, limit) = (now.plus(self.timeout + MARGIN), free as u32);
        let claimed = self.work.write(move |tx| tx.emails().claim(now, until, limit)).await;
        let claimed: Vec<Queued> = claimed?;
        for queued in claimed {
            let claim = queued.claim();
            let task = slots.running.spawn(self.clone().attempt(queued));
            slots.claims.insert(task.id(), claim);
        }
        Ok(())
    }

    /// Waits for the emails that are being sent.
    pub async fn wait(&self, slots: &mut Slots) {
        while !slots.running.is_empty() {
            slots.ended().await;
        }
    }

    /// Stops what is being sent and makes it due again. The server may have it already; then it is
    /// sent twice, under the same Message-ID.
    async fn hand_back(&self, mut slots: Slots) {
        slots.running.shutdown().await;
        let now = self.clock.now();
        for claim in slots.claims.into_values() {
            let postponed: Result<(), StoreError> =
                self.work.write(move |tx| tx.emails().postpone(claim, now)).await;
            if let Err(error) = postponed {
                tracing::debug!(%error, "an email was not handed back; its claim ends by itself");
            }
        }
    }

    async fn attempt(self, queued: Queued) {
        let sent = self.mailer.send(&queued.email, queued.id, queued.at).await;
        let (id, claim, now) = (queued.id.get(), queued.claim(), self.clock.now());
        let outcome = self.judge(&queued, now, sent);
        let name = match outcome {
            Outcome::Sent => "sent",
            Outcome::Postponed(_) => "postponed",
            Outcome::GivenUp => "given_up",
        };
        metrics::counter!("alveole_emails_total", "outcome" => name).increment(1);
        for write in 1..=WRITES {
            let written: Result<(), StoreError> = self
                .work
                .write(move |tx| match outcome {
                    Outcome::Sent => tx.emails().sent(claim),
                    Outcome::Postponed(due) => tx.emails().postpone(claim, due),
                    Outcome::GivenUp => tx.emails().give_up(claim, now),
                })
                .await;
            match written {
                Ok(()) => return,
                Err(StoreError::Stale) => {
                    tracing::warn!(email = id, "an email took longer than its claim");
                    return;
                }
                Err(error) => {
                    rest::warn_once_a_minute!(
                        STORE;
                        email = id,
                        %error,
                        "the outcome of an email was not written"
                    );
                }
            }
            if write < WRITES {
                sleep(LOOK).await;
            }
        }
    }

    fn judge(&self, queued: &Queued, now: Timestamp, sent: Result<(), SendError>) -> Outcome {
        let Err(error) = sent else { return Outcome::Sent };
        let id = queued.id.get();
        // Servers repeat the address in what they say; it does not belong into a log.
        let why = error.to_string().replace(queued.email.to(), "…");
        let is_over = now.since(queued.at) >= self.give_up_after;
        let is_final = matches!(error, SendError::Refused(_)) && queued.attempts >= REFUSALS;
        if is_over || is_final {
            tracing::warn!(email = id, attempts = queued.attempts, why, "an email was given up");
            return Outcome::GivenUp;
        }
        let pause = backoff(self.retry, LONGEST_PAUSE, queued.attempts, chance());
        tracing::info!(email = id, why, pause_s = pause.as_secs(), "an email has to wait");
        Outcome::Postponed(now.plus(pause))
    }
}

/// The emails that are being sent.
#[derive(Default)]
pub struct Slots {
    running: JoinSet<()>,
    claims: BTreeMap<Id, Claim<EmailId>>,
}

impl Slots {
    /// True when no email is being sent.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Waits until one of them has ended.
    pub async fn ended(&mut self) {
        let id = match self.running.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => {
                tracing::error!(%error, "sending an email failed; it is due again after its claim");
                error.id()
            }
            None => return,
        };
        self.claims.remove(&id);
    }
}
