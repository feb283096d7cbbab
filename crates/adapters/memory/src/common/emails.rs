//! `EmailQueue`.

use std::sync::Arc;

use kernel::{
    StoreError, Timestamp,
    claim::{Claim, ClaimQueue, Claimed as _},
    email::{Email, EmailId, EmailQueue, Queued, Waiting},
};

use crate::{
    state::{count, next, not_an_id, prune},
    tx::MemoryTx,
};

/// An email and the state of its delivery.
#[derive(Clone)]
pub(crate) enum StoredEmail {
    /// To be sent when it is due.
    Waiting { queued: Queued, due: Timestamp },
    /// Never to be tried again.
    Dead { at: Timestamp },
}

impl MemoryTx {
    /// The row of a claim that still holds, and when it is due.
    pub(crate) fn claimed_email(&self, claim: Claim<EmailId>) -> Result<Queued, StoreError> {
        match self.state.emails.get(&claim.id).map(|email| &**email) {
            Some(StoredEmail::Waiting { queued, .. }) if queued.claim() == claim => {
                Ok(queued.clone())
            }
            _ => Err(StoreError::Stale),
        }
    }

    fn keep(&mut self, id: EmailId, email: StoredEmail) {
        Arc::make_mut(&mut self.state.emails).insert(id, Arc::new(email));
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
                .emails
                .values()
                .filter_map(|email| match &**email {
                    StoredEmail::Waiting { queued, due } if *due <= now => {
                        Some((*due, queued.clone()))
                    }
                    _ => None,
                })
                .collect();
            rows.sort_by_key(|(due, queued)| (*due, queued.id));
            rows.truncate(limit as usize);
            let mut claimed: Vec<Queued> = rows.into_iter().map(|(_, queued)| queued).collect();
            for queued in &mut claimed {
                queued.attempts += 1;
                queued.run += 1;
                tx.keep(queued.id, StoredEmail::Waiting { queued: queued.clone(), due: until });
            }
            Ok(claimed)
        })
    }

    fn postpone(&mut self, claim: Claim<EmailId>, due: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let queued = tx.claimed_email(claim)?;
            tx.keep(claim.id, StoredEmail::Waiting { queued, due });
            Ok(())
        })
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|state| {
            let due = |email: &Arc<StoredEmail>| match **email {
                StoredEmail::Waiting { due, .. } => Some(due),
                StoredEmail::Dead { .. } => None,
            };
            Ok(state.emails.values().filter_map(due).min())
        })
    }
}

impl EmailQueue for MemoryTx {
    fn enqueue(&mut self, email: &Email, now: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let id = EmailId::parse(next(&mut tx.state.counters.emails)).map_err(not_an_id)?;
            let queued = Queued { id, run: 0, email: email.clone(), at: now, attempts: 0 };
            tx.keep(id, StoredEmail::Waiting { queued, due: now });
            Ok(())
        })
    }

    fn sent(&mut self, claim: Claim<EmailId>) -> Result<(), StoreError> {
        self.writing(|tx| {
            tx.claimed_email(claim)?;
            Arc::make_mut(&mut tx.state.emails).remove(&claim.id);
            Ok(())
        })
    }

    fn give_up(&mut self, claim: Claim<EmailId>, now: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            tx.claimed_email(claim)?;
            tx.keep(claim.id, StoredEmail::Dead { at: now });
            Ok(())
        })
    }

    fn waiting(&mut self) -> Result<Waiting, StoreError> {
        self.reading(|state| {
            let dead = |email: &&Arc<StoredEmail>| matches!(***email, StoredEmail::Dead { .. });
            let dead = state.emails.values().filter(dead).count() as u64;
            Ok(Waiting { waiting: state.emails.len() as u64 - dead, dead })
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let gone = prune(
                &mut tx.state.emails,
                limit,
                |_, email| matches!(**email, StoredEmail::Dead { at } if at < before),
            );
            Ok(count(&gone))
        })
    }
}
