//! `Jobs`. Writers go one after another, so nothing is locked.

#[cfg(test)]
mod planted_jobs;
#[cfg(test)]
mod planted_schedules;
mod schedules;
mod store;

use std::{collections::BTreeMap, sync::Arc};

use ::jobs::Schedule;
use kernel::{
    CommonTx as _, Job, JobId, Jobs, NewJob, StoreError, Timestamp,
    claim::{Claim, Claimed as _},
    job::{
        Cancellation, ClaimKind, Enqueued, Heartbeat, JobClaim, JobRun, JobState, LOST, Meeting,
        Priority, PriorityOrder, QueueSettings, Release, RunEnd, RunOutcome, dead,
    },
};

use crate::{
    state::{Table, next, not_an_id},
    tx::MemoryTx,
};

/// What is stored.
#[derive(Clone, Default)]
pub(crate) struct JobsTables {
    last_job: i64,
    pub(crate) jobs: Table<JobId, Arc<StoredJob>>,
    pub(crate) runs: Table<(JobId, i64), Arc<JobRun>>,
    pub(crate) queues: Table<String, QueueSettings>,
    pub(crate) schedules: Table<String, Schedule>,
}

/// A job, and when its key is free again.
#[derive(Clone)]
pub(crate) struct StoredJob {
    pub(crate) job: Job,
    release: Release,
}

impl StoredJob {
    /// True when a claim may return it.
    const fn is_open(&self) -> bool {
        matches!(self.job.state, JobState::Queued | JobState::Retrying | JobState::Running)
    }
}

impl MemoryTx {
    fn tables(&self) -> &JobsTables {
        &self.state.domains.jobs
    }

    /// Changes a job.
    pub(crate) fn change_job(&mut self, id: JobId, change: impl FnOnce(&mut StoredJob)) {
        if let Some(row) = Arc::make_mut(&mut self.state.domains.jobs.jobs).get_mut(&id) {
            change(Arc::make_mut(row));
        }
    }

    fn change_run(&mut self, claim: Claim<JobId>, change: impl FnOnce(&mut JobRun)) {
        let runs = Arc::make_mut(&mut self.state.domains.jobs.runs);
        if let Some(row) = runs.get_mut(&(claim.id, claim.run)) {
            change(Arc::make_mut(row));
        }
    }

    /// The job of a claim that still holds.
    fn held_job(&self, claim: Claim<JobId>) -> Option<&StoredJob> {
        let row = self.tables().jobs.get(&claim.id).map(|row| &**row);
        row.filter(|row| row.job.state == JobState::Running && row.job.run == claim.run)
    }

    fn lane_is_taken(&self, lane: &str) -> bool {
        let mut rows = self.tables().jobs.values();
        rows.any(|row| row.is_open() && row.job.lane.as_deref() == Some(lane))
    }

    /// Queues the next job of a lane that is free (J9).
    pub(crate) fn promote(&mut self, lane: &str) {
        if self.lane_is_taken(lane) {
            return;
        }
        let rows = self.tables().jobs.values();
        let behind = rows.filter(|row| {
            row.job.state == JobState::Waiting && row.job.lane.as_deref() == Some(lane)
        });
        let first = behind.min_by_key(|row| (row.job.enqueued_at, row.job.id));
        if let Some(id) = first.map(|row| row.job.id) {
            self.change_job(id, |row| row.job.state = JobState::Queued);
        }
    }

    /// What follows the end of a job: its key, its lane, its batch.
    fn ended(
        &mut self,
        id: JobId,
        state: JobState,
        error: Option<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (mut lane, mut batch) = (None, None);
        self.change_job(id, |row| {
            row.job.state = state;
            row.job.finished_at = Some(now);
            row.job.error = error;
            // A job that is cancelled before its start releases its key, too.
            if !matches!(row.release, Release::At(_)) {
                row.job.unique_key = None;
            }
            (lane, batch) = (row.job.lane.clone(), row.job.batch);
        });
        // What waited for this lane or this batch may be due.
        self.enqueued |= lane.is_some() || batch.is_some();
        if let Some(lane) = lane {
            self.promote(&lane);
        }
        if let Some(follow_up) = batch {
            self.change_job(follow_up, |row| {
                row.job.pending -= 1;
                if row.job.pending == 0 && row.job.state == JobState::Waiting {
                    row.job.state = JobState::Queued;
                    row.job.due_at = row.job.due_at.max(now);
                }
            });
        }
        let ended = self.tables().jobs.get(&id).map(|row| row.job.clone());
        match ended.filter(|job| job.state == JobState::Dead) {
            Some(job) => self.outbox().append(&dead(&job, now)),
            None => Ok(()),
        }
    }

    fn insert_job(
        &mut self,
        new: &NewJob,
        batch: Option<JobId>,
        now: Timestamp,
    ) -> Result<Enqueued, StoreError> {
        let due_at = new.run_at.map_or(now, |at| at.max(now));
        if let Some(unique) = &new.unique {
            let holds = |row: &&Arc<StoredJob>| {
                row.job.kind == new.kind && row.job.unique_key.as_ref() == Some(&unique.key)
            };
            let found =
                self.tables().jobs.values().find(holds).map(|row| (row.job.id, row.release));
            match found {
                Some((id, Release::At(at))) if at <= now => {
                    self.change_job(id, |row| row.job.unique_key = None);
                }
                Some((id, _)) => {
                    self.change_job(id, |row| {
                        row.job.merged += 1;
                        let never_started = row.job.run == 0
                            && matches!(row.job.state, JobState::Queued | JobState::Waiting);
                        if unique.meeting == Meeting::Replace && never_started {
                            row.job.args = new.args.clone();
                            row.job.due_at = due_at;
                        }
                    });
                    return Ok(Enqueued::Already(id));
                }
                None => {}
            }
        }
        let id = JobId::parse(next(&mut self.state.domains.jobs.last_job)).map_err(not_an_id)?;
        let waits = new.lane.as_deref().is_some_and(|lane| self.lane_is_taken(lane));
        let job = Job {
            id,
            kind: new.kind.clone(),
            queue: new.queue.clone(),
            priority: new.priority,
            state: if waits { JobState::Waiting } else { JobState::Queued },
            args: new.args.clone(),
            due_at,
            enqueued_at: now,
            attempt: 0,
            max_attempts: new.max_attempts,
            run: 0,
            worker: None,
            started_at: None,
            finished_at: None,
            lane: new.lane.clone(),
            unique_key: new.unique.as_ref().map(|unique| unique.key.clone()),
            merged: 0,
            batch,
            pending: 0,
            cancel_at: None,
            error: None,
            schedule: new.schedule.clone(),
            tick_at: new.tick_at,
            traceparent: None,
        };
        let release = new.unique.as_ref().map_or(Release::Finish, |unique| unique.release);
        let jobs = Arc::make_mut(&mut self.state.domains.jobs.jobs);
        jobs.insert(id, Arc::new(StoredJob { job, release }));
        Ok(Enqueued::New(id))
    }

    /// Live leases among the jobs that `is_counted`.
    fn live(&self, now: Timestamp, is_counted: impl Fn(&Job) -> bool) -> u32 {
        let is_live =
            |job: &Job| job.state == JobState::Running && job.due_at > now && is_counted(job);
        let count = self.tables().jobs.values().filter(|row| is_live(&row.job)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The job that a claim takes next from a priority, if one is due and within the limits.
    fn first_due(
        &self,
        claim: &JobClaim<'_>,
        priority: Priority,
        room: &BTreeMap<&str, u32>,
        now: Timestamp,
    ) -> Option<JobId> {
        let fits = |job: &Job| {
            let kind = claim.kinds.iter().find(|kind| kind.name == job.kind);
            kind.is_some_and(|kind| room.get(kind.name).is_none_or(|room| *room > 0))
        };
        let rows = self.tables().jobs.values().filter(|row| {
            let job = &row.job;
            row.is_open()
                && job.queue == claim.queue
                && job.priority == priority
                && job.due_at <= now
                && fits(job)
        });
        rows.min_by_key(|row| (row.job.due_at, row.job.id)).map(|row| row.job.id)
    }

    /// Claims one job; `None` when it is ended instead, because its last attempt was lost or it was
    /// cancelled meanwhile.
    fn take_job(
        &mut self,
        id: JobId,
        claim: &JobClaim<'_>,
        now: Timestamp,
    ) -> Result<Option<Job>, StoreError> {
        let Some(row) = self.tables().jobs.get(&id) else { return Ok(None) };
        let before = row.job.clone();
        if before.state == JobState::Running {
            self.change_run(before.claim(), |run| run.outcome = RunOutcome::Lost);
        }
        self.change_job(id, |row| {
            let job = &mut row.job;
            job.state = JobState::Running;
            job.run += 1;
            job.attempt = (job.attempt + 1).min(job.max_attempts);
            job.worker = Some(claim.worker.to_owned());
            job.started_at = Some(now);
            job.due_at = claim.until;
            if row.release == Release::Start {
                row.job.unique_key = None;
            }
        });
        if before.cancel_at.is_some() {
            self.ended(id, JobState::Cancelled, before.error, now)?;
            return Ok(None);
        }
        if before.attempt >= before.max_attempts {
            self.ended(id, JobState::Dead, Some(LOST.to_owned()), now)?;
            return Ok(None);
        }
        let Some(row) = self.tables().jobs.get(&id) else { return Ok(None) };
        let job = row.job.clone();
        let run = JobRun {
            run: job.run,
            worker: claim.worker.to_owned(),
            started_at: now,
            duration: None,
            outcome: RunOutcome::Running,
            error: None,
        };
        Arc::make_mut(&mut self.state.domains.jobs.runs).insert((id, job.run), Arc::new(run));
        Ok(Some(job))
    }
}

/// The priorities in the order of a claim.
pub(crate) fn priorities(order: PriorityOrder) -> Vec<Priority> {
    let mut all = Priority::ALL.to_vec();
    if order == PriorityOrder::LowestFirst {
        all.reverse();
    }
    all
}

impl Jobs for MemoryTx {
    fn enqueue(&mut self, job: &NewJob, now: Timestamp) -> Result<Enqueued, StoreError> {
        self.writing(|tx| {
            tx.enqueued |= job.run_at.is_none_or(|at| at <= now);
            tx.insert_job(job, None, now)
        })
    }

    fn enqueue_batch(
        &mut self,
        jobs: &[NewJob],
        follow_up: &NewJob,
        now: Timestamp,
    ) -> Result<JobId, StoreError> {
        self.writing(|tx| {
            tx.enqueued = true;
            let follow_up = NewJob { lane: None, unique: None, ..follow_up.clone() };
            let id = tx.insert_job(&follow_up, None, now)?.id();
            let mut pending = 0;
            for job in jobs {
                if let Enqueued::New(_) = tx.insert_job(job, Some(id), now)? {
                    pending += 1;
                }
            }
            tx.change_job(id, |row| {
                row.job.pending = pending;
                if pending > 0 {
                    row.job.state = JobState::Waiting;
                }
            });
            Ok(id)
        })
    }

    fn claim_jobs(&mut self, claim: &JobClaim<'_>, now: Timestamp) -> Result<Vec<Job>, StoreError> {
        self.writing(|tx| {
            let settings = tx.tables().queues.get(claim.queue);
            let (paused, concurrency) =
                settings.map_or((false, None), |queue| (queue.paused, queue.concurrency));
            if paused {
                return Ok(Vec::new());
            }
            let in_queue = concurrency
                .map(|most| most.saturating_sub(tx.live(now, |job| job.queue == claim.queue)));
            let limit = claim.limit.min(in_queue.unwrap_or(u32::MAX)) as usize;
            let limited = claim.kinds.iter().filter_map(|ClaimKind { name, limit }| {
                Some((*name, limit.as_ref()?.saturating_sub(tx.live(now, |job| job.kind == *name))))
            });
            let mut room: BTreeMap<&str, u32> = limited.collect();
            let mut claimed = Vec::new();
            for priority in priorities(claim.order) {
                while claimed.len() < limit
                    && let Some(id) = tx.first_due(claim, priority, &room, now)
                {
                    let Some(job) = tx.take_job(id, claim, now)? else { continue };
                    if let Some(room) = room.get_mut(job.kind.as_str()) {
                        *room -= 1;
                    }
                    claimed.push(job);
                }
            }
            Ok(claimed)
        })
    }

    fn next_job(&mut self, queue: &str, kinds: &[&str]) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.jobs.jobs.values().filter(|row| {
                row.is_open() && row.job.queue == queue && kinds.contains(&row.job.kind.as_str())
            });
            Ok(rows.map(|row| row.job.due_at).min())
        })
    }

    fn heartbeat(
        &mut self,
        claims: &[Claim<JobId>],
        until: Option<Timestamp>,
    ) -> Result<Vec<Heartbeat>, StoreError> {
        if let Some(until) = until {
            self.writing(|tx| {
                for claim in claims {
                    if tx.held_job(*claim).is_some() {
                        tx.change_job(claim.id, |row| row.job.due_at = until);
                    }
                }
                Ok(())
            })?;
        }
        let said = claims.iter().map(|claim| match self.held_job(*claim) {
            Some(row) if row.job.cancel_at.is_some() => Heartbeat::Cancelled,
            Some(_) => Heartbeat::Held,
            None => Heartbeat::Stale,
        });
        Ok(said.collect())
    }

    fn finish(
        &mut self,
        claim: Claim<JobId>,
        end: &RunEnd,
        now: Timestamp,
    ) -> Result<JobState, StoreError> {
        self.writing(|tx| {
            let job = &tx.held_job(claim).ok_or(StoreError::Stale)?.job;
            let is_cancelled = job.cancel_at.is_some();
            let started = job.started_at.unwrap_or(now);
            let next = end.transition(job.attempt, job.max_attempts, is_cancelled, now)?;
            tx.change_run(claim, |run| {
                run.duration = Some(now.since(started));
                run.outcome = next.outcome;
                run.error.clone_from(&next.error);
            });
            tx.change_job(claim.id, |row| row.job.attempt = next.attempt);
            match next.due_at {
                None => tx.ended(claim.id, next.state, next.error, now)?,
                Some(due_at) => {
                    tx.enqueued |= due_at <= now;
                    tx.change_job(claim.id, |row| {
                        row.job.state = next.state;
                        row.job.due_at = due_at;
                        row.job.error = next.error.or(row.job.error.take());
                    });
                }
            }
            Ok(next.state)
        })
    }

    fn succeed(
        &mut self,
        claims: &[Claim<JobId>],
        now: Timestamp,
    ) -> Result<Vec<bool>, StoreError> {
        let mut ended = Vec::with_capacity(claims.len());
        for claim in claims {
            let holds = self.held_job(*claim).is_some_and(|row| row.job.cancel_at.is_none());
            if holds {
                self.finish(*claim, &RunEnd::Succeeded, now)?;
            }
            ended.push(holds);
        }
        Ok(ended)
    }

    fn cancel(&mut self, id: JobId, now: Timestamp) -> Result<Option<Cancellation>, StoreError> {
        self.writing(|tx| {
            let Some(row) = tx.tables().jobs.get(&id) else { return Ok(None) };
            let (state, error) = (row.job.state, row.job.error.clone());
            Ok(Some(match state {
                state if state.is_final() => Cancellation::TooLate(state),
                JobState::Running => {
                    tx.change_job(id, |row| row.job.cancel_at = row.job.cancel_at.or(Some(now)));
                    Cancellation::Requested
                }
                _ => {
                    tx.ended(id, JobState::Cancelled, error, now)?;
                    Cancellation::Done
                }
            }))
        })
    }

    fn retry_job(&mut self, id: JobId, now: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = tx.tables().jobs.get(&id);
            let Some(row) =
                row.filter(|row| matches!(row.job.state, JobState::Dead | JobState::Cancelled))
            else {
                return Ok(false);
            };
            let waits = row.job.lane.as_deref().is_some_and(|lane| tx.lane_is_taken(lane));
            tx.change_job(id, |row| {
                let job = &mut row.job;
                job.state = if waits { JobState::Waiting } else { JobState::Queued };
                job.due_at = now;
                job.enqueued_at = now;
                job.attempt = 0;
                job.finished_at = None;
                job.batch = None;
                job.cancel_at = None;
                job.error = None;
            });
            tx.enqueued = true;
            Ok(true)
        })
    }

    fn job(&mut self, id: JobId) -> Result<Option<Job>, StoreError> {
        self.reading(|state| Ok(state.domains.jobs.jobs.get(&id).map(|row| row.job.clone())))
    }

    fn runs(&mut self, id: JobId, limit: u32) -> Result<Vec<JobRun>, StoreError> {
        self.reading(|state| {
            let runs = state.domains.jobs.runs.range((id, 0)..=(id, i64::MAX)).rev();
            Ok(runs.take(limit as usize).map(|(_, run)| (**run).clone()).collect())
        })
    }

    fn queue_settings(&mut self, name: &str) -> Result<QueueSettings, StoreError> {
        self.reading(|state| {
            let settings = state.domains.jobs.queues.get(name).cloned();
            Ok(settings.unwrap_or_else(|| QueueSettings::unchanged(name)))
        })
    }

    fn save_queue(&mut self, settings: &mut QueueSettings) -> Result<(), StoreError> {
        self.writing(|tx| {
            let queues = Arc::make_mut(&mut tx.state.domains.jobs.queues);
            let version = queues.get(&settings.name).map_or(0, |queue| queue.version);
            if version != settings.version {
                return Err(StoreError::Stale);
            }
            settings.version += 1;
            queues.insert(settings.name.clone(), settings.clone());
            // Freed from a pause or a limit, jobs may be due.
            tx.enqueued = true;
            Ok(())
        })
    }
}
