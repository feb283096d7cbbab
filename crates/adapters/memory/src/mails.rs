//! `MailQueue`.

use std::sync::Arc;

use kernel::{
    StoreError, Timestamp,
    claim::{Claim, ClaimQueue, Claimed as _},
    mail::{Mail, MailId, MailQueue, Queued, Waiting},
};

use crate::{
    state::{count, next, not_an_id, sweep},
    tx::MemoryTx,
};

/// A letter and what becomes of it.
#[derive(Clone)]
pub(crate) enum Letter {
    /// To be sent when it is due.
    Waiting { queued: Queued, due: Timestamp },
    /// Never to be tried again.
    Dead { at: Timestamp },
}

impl MemoryTx {
    /// The row of a claim that still holds, and when it is due.
    pub(crate) fn claimed_email(&self, claim: Claim<MailId>) -> Result<Queued, StoreError> {
        match self.state.mails.get(&claim.id).map(|letter| &**letter) {
            Some(Letter::Waiting { queued, .. }) if queued.claim() == claim => Ok(queued.clone()),
            _ => Err(StoreError::Stale),
        }
    }

    fn keep(&mut self, id: MailId, letter: Letter) {
        Arc::make_mut(&mut self.state.mails).insert(id, Arc::new(letter));
    }
}

impl ClaimQueue<Queued> for MemoryTx {
    fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Queued>, StoreError> {
        self.writing(|tx| {
            let mut rows: Vec<(Timestamp, Queued)> = tx
                .state
                .mails
                .values()
                .filter_map(|letter| match &**letter {
                    Letter::Waiting { queued, due } if *due <= now => Some((*due, queued.clone())),
                    _ => None,
                })
                .collect();
            rows.sort_by_key(|(due, queued)| (*due, queued.id));
            rows.truncate(limit as usize);
            let mut claimed: Vec<Queued> = rows.into_iter().map(|(_, queued)| queued).collect();
            for queued in &mut claimed {
                queued.attempts += 1;
                queued.run += 1;
                tx.keep(queued.id, Letter::Waiting { queued: queued.clone(), due: until });
            }
            Ok(claimed)
        })
    }

    fn postpone(&mut self, claim: Claim<MailId>, due: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let queued = tx.claimed_email(claim)?;
            tx.keep(claim.id, Letter::Waiting { queued, due });
            Ok(())
        })
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|state| {
            let due = |letter: &Arc<Letter>| match **letter {
                Letter::Waiting { due, .. } => Some(due),
                Letter::Dead { .. } => None,
            };
            Ok(state.mails.values().filter_map(due).min())
        })
    }
}

impl MailQueue for MemoryTx {
    fn enqueue(&mut self, mail: &Mail, now: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let id = MailId::parse(next(&mut tx.state.counters.mails)).map_err(not_an_id)?;
            let queued = Queued { id, run: 0, mail: mail.clone(), at: now, attempts: 0 };
            tx.keep(id, Letter::Waiting { queued, due: now });
            Ok(())
        })
    }

    fn sent(&mut self, claim: Claim<MailId>) -> Result<(), StoreError> {
        self.writing(|tx| {
            tx.claimed_email(claim)?;
            Arc::make_mut(&mut tx.state.mails).remove(&claim.id);
            Ok(())
        })
    }

    fn give_up(&mut self, claim: Claim<MailId>, now: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            tx.claimed_email(claim)?;
            tx.keep(claim.id, Letter::Dead { at: now });
            Ok(())
        })
    }

    fn waiting(&mut self) -> Result<Waiting, StoreError> {
        self.reading(|state| {
            let dead = |letter: &&Arc<Letter>| matches!(***letter, Letter::Dead { .. });
            let dead = state.mails.values().filter(dead).count() as u64;
            Ok(Waiting { waiting: state.mails.len() as u64 - dead, dead })
        })
    }

    fn sweep(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let gone = sweep(
                &mut tx.state.mails,
                limit,
                |_, letter| matches!(**letter, Letter::Dead { at } if at < before),
            );
            Ok(count(&gone))
        })
    }
}
