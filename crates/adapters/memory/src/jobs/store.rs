//! `JobStore`.

use std::{collections::BTreeMap, sync::Arc};

use ::jobs::{
    JobStore,
    commands::Ended,
    query::{Depth, JobFilter, JobSort, Ran},
};
use kernel::{Job, JobId, Page, PageRequest, SortKey, StoreError, Timestamp, job::JobState};

use crate::{
    page::{Order, cut},
    state::{State, count, prune},
    tx::MemoryTx,
};

fn all(state: &State) -> impl Iterator<Item = &Job> {
    state.domains.jobs.jobs.values().map(|row| &row.job)
}

impl JobStore for MemoryTx {
    fn list(
        &mut self,
        filter: &JobFilter,
        order: &[SortKey<JobSort>],
        page: &PageRequest,
    ) -> Result<Page<Job>, StoreError> {
        self.reading(|state| {
            let found = all(state).filter(|job| filter.matches(job)).cloned().map(Arc::new);
            let found: Vec<Arc<Job>> = found.collect();
            let values = |job: &Job| order.iter().map(|key| key.field.sort_value(job)).collect();
            let order = Order::by(order, &JobSort::ALL);
            cut(found.iter(), &order, |job| (values(job), job.id.get()), page)
        })
    }

    fn ended(
        &mut self,
        state: Ended,
        kind: Option<&str>,
        limit: u32,
    ) -> Result<Vec<JobId>, StoreError> {
        let wanted = match state {
            Ended::Dead => JobState::Dead,
            Ended::Cancelled => JobState::Cancelled,
        };
        self.reading(|state| {
            let mut found: Vec<_> = all(state)
                .filter(|job| job.state == wanted && kind.is_none_or(|kind| kind == job.kind))
                .map(|job| (job.finished_at, job.id))
                .collect();
            found.sort_unstable();
            Ok(found.into_iter().take(limit as usize).map(|(_, id)| id).collect())
        })
    }

    fn depths(&mut self) -> Result<Vec<Depth>, StoreError> {
        self.reading(|state| {
            let mut counts: BTreeMap<(&str, i16), Depth> = BTreeMap::new();
            for job in all(state) {
                if matches!(job.state, JobState::Succeeded | JobState::Cancelled) {
                    continue;
                }
                let depth = counts.entry((&job.queue, job.state.rank())).or_insert_with(|| Depth {
                    queue: job.queue.clone(),
                    state: job.state,
                    count: 0,
                    first_due: None,
                });
                depth.count += 1;
                depth.first_due = [depth.first_due, Some(job.due_at)].into_iter().flatten().min();
            }
            Ok(counts.into_values().collect())
        })
    }

    fn ran(&mut self, since: Timestamp, limit: u32) -> Result<Vec<Ran>, StoreError> {
        self.reading(|state| {
            let mut found: Vec<_> = all(state)
                .filter(|job| job.state == JobState::Succeeded)
                .filter_map(|job| {
                    let ended = job.finished_at.filter(|at| *at >= since)?;
                    let took = ended.since(job.started_at?);
                    Some((ended, Ran { queue: job.queue.clone(), took }))
                })
                .collect();
            found.sort_by_key(|(ended, _)| std::cmp::Reverse(*ended));
            Ok(found.into_iter().take(limit as usize).map(|(_, ran)| ran).collect())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let tables = &mut tx.state.domains.jobs;
            let gone = prune(&mut tables.jobs, limit, |_, row| {
                row.job.finished_at.is_some_and(|at| at < before)
            });
            if !gone.is_empty() {
                // Keys come sorted out of the table.
                Arc::make_mut(&mut tables.runs)
                    .retain(|(id, _), _| gone.binary_search(id).is_err());
            }
            Ok(count(&gone))
        })
    }

    fn failed_since(&mut self, since: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.reading(|state| {
            let failed = all(state).filter(|job| {
                job.state == JobState::Dead && job.finished_at.is_some_and(|at| at >= since)
            });
            Ok(failed.take(most as usize).count() as u64)
        })
    }

    fn backed_up_at(&mut self) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|state| {
            let done =
                all(state).filter(|job| job.kind == "backup" && job.state == JobState::Succeeded);
            Ok(done.filter_map(|job| job.finished_at).max())
        })
    }

    fn unknown(
        &mut self,
        known: &[&str],
        before: Timestamp,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.reading(|state| {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            let waits = |job: &&Job| {
                matches!(job.state, JobState::Queued | JobState::Retrying | JobState::Running)
                    && job.due_at < before
                    && !known.contains(&job.kind.as_str())
            };
            for job in all(state).filter(waits) {
                *counts.entry(job.kind.clone()).or_default() += 1;
            }
            Ok(counts.into_iter().collect())
        })
    }
}
