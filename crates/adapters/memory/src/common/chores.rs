//! `Chores`.

use std::sync::Arc;

use kernel::{
    Chores, StoreError, Timestamp,
    chore::{ChoreRun, ChoreStatus},
};

use crate::tx::MemoryTx;

/// The row of a chore whose lease this holder has.
fn held<'a>(
    tx: &'a mut MemoryTx,
    name: &str,
    holder: &str,
) -> Result<&'a mut ChoreStatus, StoreError> {
    let row = Arc::make_mut(&mut tx.state.chores).get_mut(name).map(Arc::make_mut);
    row.filter(|row| matches!(&row.lease, Some((by, _)) if by == holder)).ok_or(StoreError::Stale)
}

impl Chores for MemoryTx {
    fn register(&mut self, name: &'static str, now: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let rows = Arc::make_mut(&mut tx.state.chores);
            rows.entry(name.to_owned()).or_insert_with(|| {
                Arc::new(ChoreStatus {
                    name: name.to_owned(),
                    due_at: now,
                    lease: None,
                    last_started: None,
                    last_duration: None,
                    last_error: None,
                })
            });
            Ok(())
        })
    }

    fn claim(
        &mut self,
        name: &'static str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let free = |row: &ChoreStatus| {
                let lease = row.lease.as_ref();
                row.due_at <= now && lease.is_none_or(|(by, end)| *end <= now || by == holder)
            };
            if !tx.state.chores.get(name).is_some_and(|row| free(row)) {
                return Ok(false);
            }
            if let Some(row) = Arc::make_mut(&mut tx.state.chores).get_mut(name) {
                let row = Arc::make_mut(row);
                row.lease = Some((holder.to_owned(), until));
                row.last_started = Some(now);
            }
            Ok(true)
        })
    }

    fn renew(
        &mut self,
        name: &'static str,
        holder: &str,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            held(tx, name, holder)?.lease = Some((holder.to_owned(), until));
            Ok(())
        })
    }

    fn finish(
        &mut self,
        name: &'static str,
        holder: &str,
        run: &ChoreRun,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = held(tx, name, holder)?;
            // Unless it was triggered since it started.
            if Some(row.due_at) <= row.last_started {
                row.due_at = run.next;
            }
            row.lease = None;
            row.last_duration = Some(run.took);
            row.last_error.clone_from(&run.error);
            Ok(())
        })
    }

    fn release(&mut self, name: &'static str, holder: &str) -> Result<(), StoreError> {
        self.writing(|tx| {
            if let Ok(row) = held(tx, name, holder) {
                row.lease = None;
            }
            Ok(())
        })
    }

    fn trigger(&mut self, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = Arc::make_mut(&mut tx.state.chores).get_mut(name);
            let Some(row) = row else { return Ok(false) };
            Arc::make_mut(row).due_at = now;
            Ok(true)
        })
    }

    fn list(&mut self) -> Result<Vec<ChoreStatus>, StoreError> {
        self.reading(|state| Ok(state.chores.values().map(|row| (**row).clone()).collect()))
    }
}
