//! `AuditStore`.

use std::sync::Arc;

use kernel::{Page, PageRequest, StoreError, page::Direction};
use users::{
    AuditStore,
    audit::{Audit, AuditFilter, NewAudit},
    values::AuditId,
};

use crate::{
    page::{Order, cut},
    state::{next, not_an_id},
    tx::MemoryTx,
};

fn matches(filter: &AuditFilter, entry: &Audit) -> bool {
    filter.actor.is_none_or(|actor| entry.actor == Some(actor))
        && filter.target.is_none_or(|target| entry.target == Some(target))
        && filter.action.as_ref().is_none_or(|action| *action == entry.action)
        && filter.outcome.is_none_or(|outcome| outcome == entry.outcome)
        && filter.from.is_none_or(|from| entry.at >= from)
        && filter.to.is_none_or(|to| entry.at < to)
}

impl AuditStore for MemoryTx {
    fn append(&mut self, entry: &NewAudit) -> Result<(), StoreError> {
        self.writing(|tx| {
            let id = next(&mut tx.state.counters.audit);
            let id = AuditId::parse(id).map_err(not_an_id)?;
            let entry = Audit {
                id,
                at: entry.at,
                actor: entry.actor,
                action: entry.action.to_owned(),
                target: entry.target,
                outcome: entry.outcome,
                ip: entry.ip.clone(),
                request_id: entry.request_id.clone(),
                detail: entry.detail.clone(),
            };
            Arc::make_mut(&mut tx.state.audit).insert(id, Arc::new(entry));
            Ok(())
        })
    }

    fn list(
        &mut self,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<Page<Audit>, StoreError> {
        self.reading(|state| {
            let rows = state.audit.values().filter(|row| matches(filter, row));
            let order = Order::fixed("-id", Vec::new(), Direction::Descending);
            cut(rows, &order, |row| (Vec::new(), row.id.get()), page)
        })
    }
}
