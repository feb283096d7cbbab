//! `AuditStore`.

use std::sync::Arc;

use kernel::{Act, Acts, Page, PageRequest, StoreError, Timestamp};
use users::{
    AuditStore,
    audit::{AUDIT_ORDER, Audit, AuditFilter, NewAudit},
    chain::{ChainEntry, Ends},
    ports::Cut,
    values::AuditId,
};

use crate::{
    page::{Order, cut},
    state::{count, not_an_id},
    tx::MemoryTx,
};

fn matches(filter: &AuditFilter, entry: &Audit) -> bool {
    filter.actor.is_none_or(|actor| entry.actor == Some(actor))
        && filter.is_on(entry)
        && filter.action.as_ref().is_none_or(|action| *action == entry.action)
        && filter.outcome.is_none_or(|outcome| outcome == entry.outcome)
        && filter.from.is_none_or(|from| entry.at >= from)
        && filter.to.is_none_or(|to| entry.at < to)
}

impl AuditStore for MemoryTx {
    fn append(&mut self, entry: &NewAudit) -> Result<(), StoreError> {
        self.writing(|tx| {
            let head = tx.state.domains.users.audit_head.unwrap_or(ChainEntry::ORIGIN);
            let entry = head.follow(entry).map_err(not_an_id)?;
            tx.state.domains.users.audit_head = Some(ChainEntry::of(&entry));
            Arc::make_mut(&mut tx.state.domains.users.audit).insert(entry.id, Arc::new(entry));
            Ok(())
        })
    }

    fn list(
        &mut self,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<Page<Audit>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.users.audit.values().filter(|row| matches(filter, row));
            let order = Order::fixed(AUDIT_ORDER);
            cut(rows, &order, |row| (Vec::new(), row.id.get()), page)
        })
    }

    fn walk(
        &mut self,
        filter: &AuditFilter,
        after: Option<AuditId>,
        limit: u32,
    ) -> Result<Vec<Audit>, StoreError> {
        self.reading(|state| {
            let behind =
                state.domains.users.audit.values().filter(|row| after.is_none_or(|id| row.id > id));
            let matching = behind.filter(|row| matches(filter, row));
            Ok(matching.take(limit as usize).map(|row| (**row).clone()).collect())
        })
    }

    fn ends(&mut self) -> Result<Option<Ends>, StoreError> {
        self.reading(|state| {
            Ok(Some(Ends {
                pruned: state.domains.users.audit_pruned.unwrap_or(ChainEntry::ORIGIN),
                head: state.domains.users.audit_head.unwrap_or(ChainEntry::ORIGIN),
                newest: state.domains.users.audit.keys().next_back().map(|id| id.get()),
            }))
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<Option<Cut>, StoreError> {
        self.writing(|tx| {
            let past = tx.state.domains.users.audit.values().take_while(|row| row.at < before);
            let removed: Vec<ChainEntry> =
                past.take(limit as usize).map(|row| ChainEntry::of(row)).collect();
            let Some(through) = removed.last().copied() else { return Ok(None) };
            Arc::make_mut(&mut tx.state.domains.users.audit).retain(|id, _| id.get() > through.id);
            tx.state.domains.users.audit_pruned = Some(through);
            Ok(Some(Cut { through, count: count(&removed) }))
        })
    }
}

impl Acts for MemoryTx {
    fn record_act(&mut self, act: &Act) -> Result<(), StoreError> {
        self.append(&NewAudit::from(act))
    }
}
