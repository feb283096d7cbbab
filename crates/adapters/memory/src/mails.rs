//! `MailQueue`.

use std::sync::Arc;

use kernel::{
    StoreError, Timestamp,
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

impl MailQueue for MemoryTx {
    fn enqueue(&mut self, mail: &Mail, now: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let id = MailId::parse(next(&mut tx.state.counters.mails)).map_err(not_an_id)?;
            let queued = Queued { id, mail: mail.clone(), at: now, attempts: 0 };
            let letter = Letter::Waiting { queued, due: now };
            Arc::make_mut(&mut tx.state.mails).insert(id, Arc::new(letter));
            Ok(())
        })
    }

    fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Queued>, StoreError> {
        self.writing(|tx| {
            let mut due: Vec<(Timestamp, Queued)> = tx
                .state
                .mails
                .values()
                .filter_map(|letter| match &**letter {
                    Letter::Waiting { queued, due } if *due <= now => Some((*due, queued.clone())),
                    _ => None,
                })
                .collect();
            due.sort_by_key(|(due, queued)| (*due, queued.id));
            due.truncate(limit as usize);
            let mut claimed: Vec<Queued> = due.into_iter().map(|(_, queued)| queued).collect();
            for queued in &mut claimed {
                queued.attempts += 1;
                let letter = Letter::Waiting { queued: queued.clone(), due: until };
                Arc::make_mut(&mut tx.state.mails).insert(queued.id, Arc::new(letter));
            }
            claimed.sort_by_key(|queued| (queued.at, queued.id));
            Ok(claimed)
        })
    }

    fn sent(&mut self, id: MailId) -> Result<(), StoreError> {
        self.writing(|tx| {
            Arc::make_mut(&mut tx.state.mails).remove(&id);
            Ok(())
        })
    }

    fn postpone(&mut self, id: MailId, at: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let letter = tx.state.mails.get(&id).map(|letter| (**letter).clone());
            if let Some(Letter::Waiting { queued, .. }) = letter {
                let letter = Letter::Waiting { queued, due: at };
                Arc::make_mut(&mut tx.state.mails).insert(id, Arc::new(letter));
            }
            Ok(())
        })
    }

    fn give_up(&mut self, id: MailId, now: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            if tx.state.mails.contains_key(&id) {
                let letter = Arc::new(Letter::Dead { at: now });
                Arc::make_mut(&mut tx.state.mails).insert(id, letter);
            }
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
