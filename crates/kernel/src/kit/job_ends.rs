//! Many ends of jobs in one unit.

use super::{
    common::{Fixture, moment},
    jobs::{all, job, label},
};
use crate::{
    Job, JobId, NewJob,
    claim::{Claim, Claimed as _},
    job::{JobState, RunOutcome},
};

async fn claimed(fixture: &Fixture, now: i64, until: i64) -> Vec<Job> {
    let mut jobs =
        fixture.write(move |tx| tx.jobs().claim_jobs(&all(moment(until), 100), moment(now))).await;
    jobs.sort_by_key(|job| job.id);
    jobs
}

async fn state(fixture: &Fixture, id: JobId) -> JobState {
    fixture.read(move |tx| tx.jobs().job(id)).await.unwrap().state
}

/// Overtaken, cancelled, plain, in a lane, in a batch.
pub(super) async fn j5_of_many_ends_in_one_unit_those_count_that_hold(fixture: Fixture) {
    let laned = |name: &str| NewJob { lane: Some("lane".to_owned()), ..job(name) };
    let (first, next) = (laned("laned"), laned("next"));
    let (next, follow_up) = fixture
        .write(move |tx| {
            tx.jobs().enqueue(&job("overtaken"), moment(0))?;
            tx.jobs().enqueue(&job("cancelled"), moment(0))?;
            tx.jobs().enqueue(&job("plain"), moment(0))?;
            tx.jobs().enqueue(&first, moment(0))?;
            let next = tx.jobs().enqueue(&next, moment(0))?.id();
            Ok((next, tx.jobs().enqueue_batch(&[job("batched")], &job("after"), moment(0))?))
        })
        .await;
    let old = claimed(&fixture, 0, 10).await;
    let names: Vec<String> = old.iter().map(label).collect();
    assert_eq!(names, ["overtaken", "cancelled", "plain", "laned", "batched"]);
    let rest: Vec<Claim<JobId>> = old[1..].iter().map(Job::claim).collect();
    fixture.write(move |tx| tx.jobs().heartbeat(&rest, Some(moment(99)))).await;
    let again = claimed(&fixture, 11, 99).await;
    assert_eq!((again.len(), again[0].id), (1, old[0].id));
    let cancelled = old[1].id;
    fixture.write(move |tx| tx.jobs().cancel(cancelled, moment(12))).await;

    let claims: Vec<Claim<JobId>> = old.iter().map(Job::claim).collect();
    let sent = claims.clone();
    let ended = fixture.write(move |tx| tx.jobs().succeed(&sent, moment(13))).await;
    assert_eq!(ended, [false, false, true, true, true]);
    for (job, must) in old.iter().zip(&ended) {
        let is = state(&fixture, job.id).await;
        assert_eq!(is == JobState::Succeeded, *must, "{}: {is:?}", label(job));
    }
    let plain = old[2].id;
    let line = fixture.read(move |tx| tx.jobs().runs(plain, 9)).await.remove(0);
    let took = line.duration.unwrap().as_micros();
    assert_eq!((line.outcome, took), (RunOutcome::Succeeded, 13));
    assert_eq!(state(&fixture, next).await, JobState::Queued, "the lane is free");
    assert_eq!(state(&fixture, follow_up).await, JobState::Queued, "the batch is over");
    // A second time, and none at all.
    let ended = fixture.write(move |tx| tx.jobs().succeed(&claims, moment(14))).await;
    assert_eq!(ended, [false; 5]);
    assert!(fixture.write(|tx| tx.jobs().succeed(&[], moment(15))).await.is_empty());
}
