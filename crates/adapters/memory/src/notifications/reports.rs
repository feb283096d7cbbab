//! `ReportStore`.

use std::sync::Arc;

use kernel::{StoreError, Timestamp, UserId};
use notifications::{Kind, ReportStore, report::PlannedReport};

use crate::tx::MemoryTx;

impl ReportStore for MemoryTx {
    fn plan(&mut self, report: &PlannedReport) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let rows = &mut tx.state.domains.notifications.reports;
            let key = (report.owner, report.kind);
            if rows.contains_key(&key) {
                return Ok(false);
            }
            Arc::make_mut(rows).insert(key, report.due_at);
            Ok(true)
        })
    }

    fn planned(
        &mut self,
        kind: Kind,
        until: Timestamp,
        after: Option<&PlannedReport>,
        limit: u32,
    ) -> Result<Vec<PlannedReport>, StoreError> {
        self.reading(|state| {
            let after = after.map(|report| (report.due_at, report.owner));
            let rows = state.domains.notifications.reports.iter();
            let mut places: Vec<(Timestamp, UserId)> = rows
                .filter(|((_, of), due_at)| *of == kind && **due_at <= until)
                .map(|((owner, _), due_at)| (*due_at, *owner))
                .filter(|place| after.is_none_or(|after| *place > after))
                .collect();
            places.sort_unstable();
            places.truncate(limit as usize);
            let planned = |(due_at, owner)| PlannedReport { owner, kind, due_at };
            Ok(places.into_iter().map(planned).collect())
        })
    }

    fn advance(
        &mut self,
        report: &PlannedReport,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let rows = &mut tx.state.domains.notifications.reports;
            let key = (report.owner, report.kind);
            if rows.get(&key) != Some(&report.due_at) {
                return Ok(false);
            }
            let rows = Arc::make_mut(rows);
            match next {
                Some(due_at) => rows.insert(key, due_at),
                None => rows.remove(&key),
            };
            Ok(true)
        })
    }

    fn reschedule(&mut self, owner: UserId, due_at: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let rows = Arc::make_mut(&mut tx.state.domains.notifications.reports);
            for (_, planned) in rows.iter_mut().filter(|((of, _), _)| *of == owner) {
                *planned = due_at;
            }
            Ok(())
        })
    }

    fn forget_reports(&mut self, owner: UserId) -> Result<(), StoreError> {
        self.writing(|tx| {
            let rows = Arc::make_mut(&mut tx.state.domains.notifications.reports);
            rows.retain(|(of, _), _| *of != owner);
            Ok(())
        })
    }
}
