//! The letters of the queue are sent, by every process: a claim is a lease, so that no two send the
//! same letter unless one died over it, and then under the same Message-ID.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use kernel::{
    Clock, CommonTx, Mailer, StoreError, Timestamp, UnitOfWork,
    mail::{MailError, Queued},
};
use tokio::time::sleep;

/// How often the queue is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// Letters sent at once.
const AT_ONCE: u32 = 4;
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// What a claim lasts longer than a letter may take.
const MARGIN: Duration = Duration::from_secs(30);
/// How often a letter is refused before it is given up: servers say the same of a letter nobody
/// takes and of a sender that is set wrongly, and the second is to lose nothing.
const REFUSALS: u32 = 5;

/// Sends letters.
pub struct Post {
    /// Where the queue is.
    pub work: Arc<dyn UnitOfWork<dyn CommonTx>>,
    /// What sends a letter.
    pub mailer: Arc<dyn Mailer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long one letter may take.
    pub timeout: Duration,
    /// The pause after the first try; each is twice the last.
    pub retry: Duration,
    /// How long a letter is tried.
    pub give_up_after: Duration,
}

/// What became of a letter.
enum Fate {
    Sent,
    Later(Timestamp),
    Dead,
}

impl Post {
    /// Sends what is due, for ever.
    pub async fn run(self) {
        // Counters that appear with their first event hide it from `increase()`.
        for outcome in ["sent", "postponed", "given_up"] {
            metrics::counter!("mails_total", "outcome" => outcome).increment(0);
        }
        loop {
            match self.round().await {
                Ok(true) => {}
                Ok(false) => sleep(LOOK).await,
                Err(error) => {
                    tracing::debug!(%error, "the queue of mails has to wait");
                    sleep(Duration::from_secs(2)).await;
                }
            }
        }
    }

    /// Sends some of what is due; true when there may be more. Looking is a read, so that an idle
    /// queue costs no write.
    pub async fn round(&self) -> Result<bool, StoreError> {
        let count = self.work.read(|tx| tx.mails().waiting()).await?;
        metrics::gauge!("mails_waiting").set(count.waiting as f64);
        metrics::gauge!("mails_dead").set(count.dead as f64);
        if count.waiting == 0 {
            return Ok(false);
        }
        let now = self.clock.now();
        let until = now.plus(self.timeout + MARGIN);
        let claimed = self.work.write(move |tx| tx.mails().claim(now, until, AT_ONCE)).await?;
        let more = claimed.len() >= AT_ONCE as usize;
        for settled in join_all(claimed.into_iter().map(|queued| self.deliver(queued))).await {
            settled?;
        }
        Ok(more)
    }

    async fn deliver(&self, queued: Queued) -> Result<(), StoreError> {
        let sent = self.mailer.send(&queued.mail, queued.id, queued.at).await;
        let (id, now) = (queued.id, self.clock.now());
        let fate = self.judge(&queued, now, sent);
        let outcome = match fate {
            Fate::Sent => "sent",
            Fate::Later(_) => "postponed",
            Fate::Dead => "given_up",
        };
        metrics::counter!("mails_total", "outcome" => outcome).increment(1);
        self.work
            .write(move |tx| match fate {
                Fate::Sent => tx.mails().sent(id),
                Fate::Later(at) => tx.mails().postpone(id, at),
                Fate::Dead => tx.mails().give_up(id, now),
            })
            .await
    }

    fn judge(&self, queued: &Queued, now: Timestamp, sent: Result<(), MailError>) -> Fate {
        let Err(error) = sent else { return Fate::Sent };
        let id = queued.id.get();
        // Servers repeat the address in what they say, and it is nobody's business.
        let why = error.to_string().replace(queued.mail.to(), "…");
        let is_over = now.since(queued.at) >= self.give_up_after;
        let is_final = matches!(error, MailError::Refused(_)) && queued.attempts >= REFUSALS;
        if is_over || is_final {
            tracing::warn!(mail = id, attempts = queued.attempts, why, "a mail was given up");
            return Fate::Dead;
        }
        let pause = self.pause(queued.attempts);
        tracing::info!(mail = id, why, pause_s = pause.as_secs(), "a mail has to wait");
        Fate::Later(now.plus(pause))
    }

    /// Between nine tenths and eleven tenths of what is due, so that what failed together is not
    /// tried together.
    fn pause(&self, attempts: u32) -> Duration {
        let doubled = 1_u32.checked_shl(attempts.saturating_sub(1).min(20)).unwrap_or(u32::MAX);
        let whole = self.retry.saturating_mul(doubled).min(LONGEST_PAUSE);
        let tenths = RandomState::new().hash_one(attempts) % 201;
        whole.mul_f64(0.9 + tenths as f64 / 1000.0)
    }
}
