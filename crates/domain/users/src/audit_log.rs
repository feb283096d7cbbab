//! The use cases of the audit trail that need nobody's permission, because only the server itself
//! and whoever operates it have them: checking it, reading it from end to end, cutting its old end.

use std::{sync::Arc, time::Duration};

use kernel::{Page, PageRequest, Paging, StoreError, Timestamp, UnitOfWork};

use crate::{
    audit::{Audit, AuditFilter, AuditOutcome, NewAudit},
    chain::{ChainEntry, Ends, Flaw, PRUNED, Walk, Whole},
    ports::{Cut, UsersTx},
    values::AuditId,
};

/// Entries that are read in one go.
pub const PAGE: u32 = 500;
/// Entries that one transaction removes: small enough not to keep sign-ins waiting.
const BATCH: u32 = 5000;
/// The old end is cut once a day at most, so that the trail is not filled with the tale of it.
const PATIENCE: Duration = Duration::from_hours(24);

/// The audit trail as a whole.
#[derive(Clone)]
pub struct AuditLog {
    work: Arc<dyn UnitOfWork<dyn UsersTx>>,
}

impl AuditLog {
    /// The trail of a store.
    pub fn new(work: Arc<dyn UnitOfWork<dyn UsersTx>>) -> Self {
        Self { work }
    }

    /// Checks every entry, and both ends, as of the moment it begins; entries may be written
    /// meanwhile. Finds the first flaw, or that all is well. `noted` is an entry that somebody
    /// noted down earlier: it must still be there, which is more than the trail alone can show.
    pub async fn verify(
        &self,
        noted: Option<ChainEntry>,
    ) -> Result<Result<Whole, Flaw>, StoreError> {
        let mut ends = match self.ends().await {
            Ok(Some(ends)) => ends,
            Ok(None) | Err(StoreError::Corrupt { .. }) => return Ok(Err(Flaw::NoHead)),
            Err(error) => return Err(error),
        };
        loop {
            let found = self.between(ends, noted).await?;
            // The old end may have been cut under our feet.
            match self.ends().await? {
                Some(now) if found.is_err() && now.pruned != ends.pruned => ends = now,
                _ => return Ok(found),
            }
        }
    }

    async fn between(
        &self,
        ends: Ends,
        noted: Option<ChainEntry>,
    ) -> Result<Result<Whole, Flaw>, StoreError> {
        let mut walk = Walk::from(ends.pruned).expecting(noted);
        let (mut after, mut limit) = (None, PAGE);
        loop {
            let page = match self.page(AuditFilter::default(), after, limit).await {
                Err(StoreError::Corrupt { column, id, .. }) if limit == 1 => {
                    return Ok(Err(Flaw::Unreadable { id, column }));
                }
                // One by one from here on: an entry before it may be the first that is wrong.
                Err(StoreError::Corrupt { .. }) => {
                    limit = 1;
                    continue;
                }
                page => page?,
            };
            let last = page.len() < limit as usize;
            for entry in page.iter().take_while(|entry| entry.id.get() <= ends.head.id) {
                if let Err(flaw) = walk.step(entry) {
                    return Ok(Err(flaw));
                }
            }
            after = page.last().map(|entry| entry.id);
            if last || after.is_some_and(|id| id.get() >= ends.head.id) {
                break;
            }
        }
        Ok(walk.end_at(ends.head).and_then(|whole| match ends.newest {
            Some(newest) if newest > ends.head.id => Err(Flaw::BehindTheHead(newest)),
            _ => Ok(whole),
        }))
    }

    /// Both ends as of this moment; nothing when the store has lost its note of them.
    pub async fn ends(&self) -> Result<Option<Ends>, StoreError> {
        self.work.read_slow(|tx| tx.audit().ends()).await
    }

    /// The next entries that match, oldest first.
    pub async fn page(
        &self,
        filter: AuditFilter,
        after: Option<AuditId>,
        limit: u32,
    ) -> Result<Vec<Audit>, StoreError> {
        self.work.read_slow(move |tx| tx.audit().walk(&filter, after, limit)).await
    }

    /// The first entry that is not older than `from`, and the last that is older than `until`: all
    /// between them are one piece of the chain, also where moments do not follow the order of
    /// entries (replicas' clocks differ a little).
    pub async fn span(
        &self,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Option<(AuditId, AuditId)>, StoreError> {
        let since = AuditFilter { from, ..AuditFilter::default() };
        let Some(first) = self.page(since, None, 1).await?.pop() else { return Ok(None) };
        let last: Page<Audit> = self
            .work
            .read_slow(move |tx| {
                let before = AuditFilter { to: until, ..AuditFilter::default() };
                let newest = PageRequest { paging: Paging::Cursor(None), limit: 1 };
                tx.audit().list(&before, &newest)
            })
            .await?;
        let last = last.items.first().map(|entry| entry.id).filter(|last| *last >= first.id);
        Ok(last.map(|last| (first.id, last)))
    }

    /// Removes the oldest entries when they are more than `keep` old; gives how many. Each cut is
    /// on record in the same transaction.
    pub async fn prune(&self, now: Timestamp, keep: Duration) -> Result<u64, StoreError> {
        let before = now.minus(keep);
        let oldest = self.page(AuditFilter::default(), None, 1).await?.pop();
        if oldest.is_none_or(|oldest| oldest.at >= before.minus(PATIENCE)) {
            return Ok(0);
        }
        let mut removed = 0;
        loop {
            let cut: Option<Cut> = self
                .work
                .write(move |tx| {
                    let cut = tx.audit().prune(before, BATCH)?;
                    if let Some(cut) = &cut {
                        tx.audit().append(&told(cut, now))?;
                    }
                    Ok::<_, StoreError>(cut)
                })
                .await?;
            let count = cut.map_or(0, |cut| cut.count);
            removed += count;
            if count < u64::from(BATCH) {
                return Ok(removed);
            }
        }
    }
}

/// The entry that tells of a cut.
fn told(cut: &Cut, now: Timestamp) -> NewAudit {
    NewAudit {
        at: now,
        actor: None,
        action: PRUNED,
        target: None,
        resource: None,
        outcome: AuditOutcome::Success,
        ip: None,
        request_id: None,
        detail: Some(cut.through.removal()),
    }
}
