//! `Jobs`. A claim is one statement for each priority; what leaves or enters a lane takes turns.

mod claims;
pub(crate) mod constraints;
mod lifecycle;
pub(crate) mod rows;
mod schedules;
mod store;
mod stored;
mod successes;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable},
};
use kernel::{
    CommonTx as _, Job, JobId, Jobs, NewJob, StoreError, Timestamp,
    claim::Claim,
    job::{
        Cancellation, Enqueued, Heartbeat, JobClaim, JobRun, JobState, Meeting, QueueSettings,
        Release, RunEnd, dead,
    },
};

use self::{
    claims::of_kinds,
    lifecycle::{End, Lock, end, lane_is_taken, lock, locked, maybe_text},
    stored::{COLUMNS, Columns, JobRow, RunRow},
};
use crate::{
    columns::RowRef,
    common::{claim::one, floors::Look},
    constraint::Attempt,
    db::{AnyConnection, on},
    schema::{job_queues, job_runs},
    statement::Statement,
    uow::DieselTx,
};

/// How `unique_until` says it.
fn until(release: Release) -> Option<i64> {
    match release {
        Release::Finish => None,
        Release::Start => Some(0),
        Release::At(at) => Some(at.micros().max(1)),
    }
}

/// Changes arguments and due time of a job that never started.
const REPLACE: &str = ", args = CASE WHEN jobs.run = 0 AND jobs.state IN (0, 6) THEN excluded.args \
     ELSE jobs.args END, due_at = CASE WHEN jobs.run = 0 AND jobs.state IN (0, 6) THEN excluded.due_at \
     ELSE jobs.due_at END";

fn insert(
    tx: &mut DieselTx,
    job: &NewJob,
    batch: Option<JobId>,
    now: Timestamp,
) -> Result<Enqueued, StoreError> {
    let (conn, traceparent) = (&mut tx.conn, tx.traceparent.as_deref());
    let mut state = JobState::Queued;
    if let Some(lane) = &job.lane {
        lock(conn, Lock::Lane, lane)?;
        if lane_is_taken(conn, lane)? {
            state = JobState::Waiting;
        }
    }
    if let Some(unique) = &job.unique {
        let mut lapse: Statement = Statement::new();
        lapse.sql("UPDATE jobs SET unique_key = NULL WHERE unique_key IS NOT NULL AND kind = ");
        lapse.text(job.kind.as_str()).sql(" AND unique_key = ").text(unique.key.as_str());
        lapse.sql(" AND unique_until > 0 AND unique_until <= ").number(now.micros());
        on!(conn, |c| lapse.execute(c)).doing("jobs.enqueue: lapsed key")?;
    }
    let args = job.args.to_string();
    let due_at = job.run_at.map_or(now, |at| at.max(now));
    let mut insert: Statement<'_, (BigInt, BigInt)> = Statement::new();
    insert.sql(
        "INSERT INTO jobs (kind, queue, priority, state, args, due_at, enqueued_at, attempt, \
         max_attempts, run, lane, unique_key, unique_until, merged, batch_id, pending, \
         schedule, tick_at, traceparent) VALUES (",
    );
    insert.text(job.kind.as_str()).sql(", ").text(job.queue.as_str()).sql(", ");
    insert.number(job.priority.rank().into()).sql(", ").number(state.rank().into()).sql(", ");
    insert.text(args.as_str()).sql(", ").number(due_at.micros()).sql(", ");
    insert.number(now.micros()).sql(", 0, ").number(job.max_attempts.into()).sql(", 0, ");
    maybe_text(&mut insert, job.lane.as_deref());
    insert.sql(", ");
    maybe_text(&mut insert, job.unique.as_ref().map(|unique| unique.key.as_str()));
    insert.sql(", ").maybe(job.unique.as_ref().and_then(|unique| until(unique.release)));
    insert.sql(", 0, ").maybe(batch.map(JobId::get)).sql(", 0, ");
    maybe_text(&mut insert, job.schedule.as_deref());
    insert.sql(", ").maybe(job.tick_at.map(Timestamp::micros)).sql(", ");
    maybe_text(&mut insert, traceparent);
    insert.sql(")");
    if let Some(unique) = &job.unique {
        // A conflict waits for the end of the unit that has the key: if that one rolls back, this one inserts.
        insert.sql(" ON CONFLICT (kind, unique_key) WHERE unique_key IS NOT NULL");
        insert.sql(" DO UPDATE SET merged = jobs.merged + 1");
        if unique.meeting == Meeting::Replace {
            insert.sql(REPLACE);
        }
    }
    insert.sql(" RETURNING id, merged");
    let (id, merged): (i64, i64) = on!(conn, |c| insert.get_result(c)).doing("jobs.enqueue")?;
    tx.writes_due(due_at.micros());
    let id = RowRef::new("jobs", id).read("id", JobId::parse(id))?;
    Ok(if merged == 0 { Enqueued::New(id) } else { Enqueued::Already(id) })
}

/// ` (id = … AND run = …) OR …` among the jobs that run.
fn among<ST>(statement: &mut Statement<'_, ST>, claims: &[Claim<JobId>]) {
    statement.not_kept().sql(" WHERE state = 2 AND id IN (0");
    for claim in claims {
        statement.sql(", ").number(claim.id.get());
    }
    statement.sql(") AND (1 = 0");
    for claim in claims {
        statement.sql(" OR (id = ").number(claim.id.get());
        statement.sql(" AND run = ").number(claim.run).sql(")");
    }
    statement.sql(")");
}

fn queue_settings(conn: &mut AnyConnection, name: &str) -> Result<QueueSettings, StoreError> {
    let row: Option<(String, i16, Option<i64>, i64)> =
        on!(conn, |c| job_queues::table.find(name).get_result(c).optional())
            .doing("jobs.queue_settings")?;
    let Some((name, paused, concurrency, version)) = row else {
        return Ok(QueueSettings::unchanged(name));
    };
    let concurrency = concurrency.map(u32::try_from).transpose();
    let concurrency = RowRef::new("job_queues", version).read("concurrency", concurrency)?;
    Ok(QueueSettings { name, paused: paused != 0, concurrency, version })
}

impl Jobs for DieselTx {
    fn enqueue(&mut self, job: &NewJob, now: Timestamp) -> Result<Enqueued, StoreError> {
        self.writing(|tx| {
            let enqueued = insert(tx, job, None, now)?;
            tx.enqueued |= job.run_at.is_none_or(|at| at <= now);
            Ok(enqueued)
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
            let id = insert(tx, &follow_up, None, now)?.id();
            let mut pending = 0;
            for job in jobs {
                if let Enqueued::New(_) = insert(tx, job, Some(id), now)? {
                    pending += 1;
                }
            }
            if pending > 0 {
                let mut wait: Statement = Statement::new();
                wait.sql("UPDATE jobs SET state = 6, pending = ").number(pending);
                wait.sql(" WHERE id = ").number(id.get());
                on!(&mut tx.conn, |c| wait.execute(c)).doing("jobs.enqueue_batch")?;
            }
            Ok(id)
        })
    }

    fn claim_jobs(&mut self, claim: &JobClaim<'_>, now: Timestamp) -> Result<Vec<Job>, StoreError> {
        self.writing(|tx| {
            let settings = queue_settings(&mut tx.conn, claim.queue)?;
            let floors = tx.floors.clone();
            let claimed = claims::claim(&mut tx.conn, floors.as_deref(), claim, &settings, now)?;
            tx.writes_due(claim.until.micros());
            for job in &claimed.dead {
                tx.outbox().append(&dead(job, now))?;
            }
            Ok(claimed.jobs)
        })
    }

    fn next_job(&mut self, queue: &str, kinds: &[&str]) -> Result<Option<Timestamp>, StoreError> {
        if kinds.is_empty() {
            return Ok(None);
        }
        let floors = self.floors.clone();
        self.reading(|conn| {
            // A range of the index for each priority: one for all would walk every future row.
            let looks: Vec<Option<Look>> = (0..4)
                .map(|priority| {
                    Some(floors.as_deref()?.look(claims::range(queue, priority, kinds)))
                })
                .collect();
            let mut ask: Statement<'_, Nullable<BigInt>> = Statement::new();
            ask.sql("SELECT min(due) FROM (");
            for (priority, look) in (0..4).zip(&looks) {
                let union = if priority == 0 { "" } else { " UNION ALL " };
                ask.sql(format!("{union}SELECT due FROM (SELECT due_at AS due FROM jobs WHERE "));
                ask.sql("state < 3 AND queue = ").text(queue).sql(" AND priority = ");
                ask.number(priority);
                of_kinds(&mut ask, kinds);
                claims::begin_at(&mut ask, look.as_ref());
                ask.sql(format!(" ORDER BY due_at, id LIMIT 1) AS of_{priority}"));
            }
            ask.sql(") AS every");
            let due: Option<i64> = on!(conn, |c| ask.get_result(c)).doing("jobs.next_job")?;
            if let Some(floors) = &floors {
                for look in looks.into_iter().flatten() {
                    floors.looked(look, None);
                }
                // One that appeared before a floor is there for a claim, too.
                if let Some(due) = due {
                    floors.lower(due);
                }
            }
            RowRef::new("jobs", 0).maybe_moment("due_at", due)
        })
    }

    fn heartbeat(
        &mut self,
        claims: &[Claim<JobId>],
        until: Option<Timestamp>,
    ) -> Result<Vec<Heartbeat>, StoreError> {
        let mut beat: Statement<'_, (BigInt, BigInt, Nullable<BigInt>)> = Statement::new();
        let rows: Vec<(i64, i64, Option<i64>)> = match until {
            Some(until) => {
                beat.sql("UPDATE jobs SET due_at = ").number(until.micros());
                among(&mut beat, claims);
                beat.sql(" RETURNING id, run, cancel_at");
                self.writing(|tx| {
                    tx.writes_due(until.micros());
                    on!(&mut tx.conn, |c| beat.get_results(c)).doing("jobs.heartbeat")
                })?
            }
            None => {
                beat.sql("SELECT id, run, cancel_at FROM jobs");
                among(&mut beat, claims);
                self.reading(|conn| on!(conn, |c| beat.get_results(c)).doing("jobs.heartbeat"))?
            }
        };
        // One process may hold an overtaken claim and the one that overtook it.
        let row_of = |claim: &Claim<JobId>| {
            rows.iter().find(|(id, run, _)| (*id, *run) == (claim.id.get(), claim.run))
        };
        let said = claims.iter().map(|claim| match row_of(claim) {
            Some((_, _, Some(_))) => Heartbeat::Cancelled,
            Some((_, _, None)) => Heartbeat::Held,
            None => Heartbeat::Stale,
        });
        Ok(said.collect())
    }

    fn finish(
        &mut self,
        claim: Claim<JobId>,
        run_end: &RunEnd,
        now: Timestamp,
    ) -> Result<JobState, StoreError> {
        self.writing(|tx| {
            let conn = &mut tx.conn;
            let row = locked(conn, claim.id)?.filter(|row| row.is_held(claim));
            let row = row.ok_or(StoreError::Stale)?;
            let (lane, batch) = (row.lane.clone(), row.batch_id);
            let job = Job::try_from(row)?;
            let (attempt, most) = (job.attempt, job.max_attempts);
            let next = run_end.transition(attempt, most, job.cancel_at.is_some(), now)?;
            let attempt = i64::from(next.attempt);
            let error = next.error.as_deref();
            let took = now.since(job.started_at.unwrap_or(now)).as_micros();
            let mut line: Statement = Statement::new();
            line.sql("UPDATE job_runs SET outcome = ").number(next.outcome.rank().into());
            line.sql(", duration_us = ").number(i64::try_from(took).unwrap_or(i64::MAX));
            line.sql(", error = ");
            maybe_text(&mut line, error);
            line.sql(" WHERE job_id = ").number(claim.id.get());
            line.sql(" AND run = ").number(claim.run);
            on!(&mut *conn, |c| line.execute(c)).doing("jobs.finish: run")?;
            let Some(due_at) = next.due_at else {
                // What waited for this lane or this batch may be due.
                if lane.is_some() || batch.is_some() {
                    tx.enqueued = true;
                    tx.due_from = i64::MIN;
                }
                let (id, lane) = (claim.id.get(), lane.as_deref());
                end(conn, &End { id, state: next.state, attempt, error, lane, batch }, now)?;
                if next.state == JobState::Dead {
                    let job = Job { attempt: next.attempt, error: next.error, ..job };
                    tx.outbox().append(&dead(&job, now))?;
                }
                return Ok(next.state);
            };
            let mut update: Statement = Statement::new();
            update.sql("UPDATE jobs SET state = ").number(next.state.rank().into());
            update.sql(", attempt = ").number(attempt).sql(", due_at = ").number(due_at.micros());
            if let Some(error) = error {
                update.sql(", error = ").text(error);
            }
            update.sql(" WHERE id = ").number(claim.id.get());
            on!(conn, |c| update.execute(c)).doing("jobs.finish")?;
            tx.writes_due(due_at.micros());
            tx.enqueued |= due_at <= now;
            Ok(next.state)
        })
    }

    fn succeed(
        &mut self,
        claims: &[Claim<JobId>],
        now: Timestamp,
    ) -> Result<Vec<bool>, StoreError> {
        self.writing(|tx| {
            let held = successes::held(&mut tx.conn, claims)?;
            successes::end_all(&mut tx.conn, &held, now)?;
            // A lane has a next job, and a batch may have a follow-up.
            for claim in held.iter().filter(|row| !row.is_alone()).map(|row| row.claim()) {
                tx.finish(claim?, &RunEnd::Succeeded, now)?;
            }
            let is_ended = |claim: &Claim<JobId>| held.iter().any(|row| row.is(*claim));
            Ok(claims.iter().map(is_ended).collect())
        })
    }

    fn cancel(&mut self, id: JobId, now: Timestamp) -> Result<Option<Cancellation>, StoreError> {
        self.writing(|tx| {
            let conn = &mut tx.conn;
            let Some(row) = locked(conn, id)? else { return Ok(None) };
            let state = row.state()?;
            if state.is_final() {
                return Ok(Some(Cancellation::TooLate(state)));
            }
            if state == JobState::Running {
                let mut mark: Statement = Statement::new();
                mark.sql("UPDATE jobs SET cancel_at = ").number(now.micros());
                mark.sql(" WHERE cancel_at IS NULL AND id = ").number(id.get());
                on!(conn, |c| mark.execute(c)).doing("jobs.cancel")?;
                return Ok(Some(Cancellation::Requested));
            }
            let cancelled = End {
                id: id.get(),
                state: JobState::Cancelled,
                attempt: row.attempt,
                error: row.error.as_deref(),
                lane: row.lane.as_deref(),
                batch: row.batch_id,
            };
            if row.lane.is_some() || row.batch_id.is_some() {
                tx.enqueued = true;
                tx.due_from = i64::MIN;
            }
            end(conn, &cancelled, now)?;
            Ok(Some(Cancellation::Done))
        })
    }

    fn retry_job(&mut self, id: JobId, now: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let conn = &mut tx.conn;
            let Some(row) = locked(conn, id)? else { return Ok(false) };
            if !matches!(row.state()?, JobState::Dead | JobState::Cancelled) {
                return Ok(false);
            }
            let mut state = JobState::Queued;
            if let Some(lane) = &row.lane {
                lock(conn, Lock::Lane, lane)?;
                if lane_is_taken(conn, lane)? {
                    state = JobState::Waiting;
                }
            }
            let mut update: Statement = Statement::new();
            update.sql("UPDATE jobs SET state = ").number(state.rank().into());
            update.sql(", due_at = ").number(now.micros());
            update.sql(", enqueued_at = ").number(now.micros());
            update.sql(", attempt = 0, finished_at = NULL, batch_id = NULL, cancel_at = NULL");
            update.sql(", error = NULL WHERE id = ").number(id.get());
            on!(conn, |c| update.execute(c)).doing("jobs.retry")?;
            tx.writes_due(now.micros());
            tx.enqueued = true;
            Ok(true)
        })
    }

    fn job(&mut self, id: JobId) -> Result<Option<Job>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, Columns> = Statement::new();
            ask.sql(format!("SELECT {COLUMNS} FROM jobs WHERE id = ")).number(id.get());
            let row: Option<JobRow> =
                on!(conn, |c| ask.get_result(c).optional()).doing("jobs.job")?;
            row.map(Job::try_from).transpose()
        })
    }

    fn runs(&mut self, id: JobId, limit: u32) -> Result<Vec<JobRun>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<RunRow> = on!(conn, |c| {
                job_runs::table
                    .filter(job_runs::job_id.eq(id.get()))
                    .order(job_runs::run.desc())
                    .limit(limit.into())
                    .load(c)
            })
            .doing("jobs.runs")?;
            rows.into_iter().map(JobRun::try_from).collect()
        })
    }

    fn queue_settings(&mut self, name: &str) -> Result<QueueSettings, StoreError> {
        self.reading(|conn| queue_settings(conn, name))
    }

    fn save_queue(&mut self, settings: &mut QueueSettings) -> Result<(), StoreError> {
        self.writing(|tx| {
            let paused = i64::from(settings.paused);
            let concurrency = settings.concurrency.map(i64::from);
            let mut save: Statement = Statement::new();
            if settings.version == 0 {
                save.sql("INSERT INTO job_queues (name, paused, concurrency, version) VALUES (");
                save.text(settings.name.as_str()).sql(", ").number(paused).sql(", ");
                save.maybe(concurrency).sql(", 1) ON CONFLICT DO NOTHING");
            } else {
                save.sql("UPDATE job_queues SET version = version + 1, paused = ").number(paused);
                save.sql(", concurrency = ").maybe(concurrency).sql(" WHERE name = ");
                save.text(settings.name.as_str()).sql(" AND version = ").number(settings.version);
            }
            one(on!(&mut tx.conn, |c| save.execute(c)).doing("jobs.save_queue")?)?;
            // Freed from a pause or a limit, jobs may be due.
            tx.enqueued = true;
            settings.version += 1;
            Ok(())
        })
    }
}
