//! The queue of jobs. Its claims also keep the promises of [`claims`](super::claims).

use std::time::Duration;

use serde_json::json;

use super::{
    common::{Fixture, moment},
    job_ends::j5_of_many_ends_in_one_unit_those_count_that_hold,
    job_lanes::{
        j9_a_lane_loses_nothing_to_races, j9_a_lane_runs_one_job_at_a_time_in_order,
        j9_a_retry_by_hand_joins_the_end, j9_a_retry_keeps_the_lane_and_an_end_frees_it,
        j10_live_leases_never_exceed_the_limit_of_a_kind,
        j10_live_leases_never_exceed_the_limit_of_a_queue, j11_a_batch_of_nothing_is_over,
        j11_a_follow_up_is_queued_once_after_the_last_end,
    },
    job_model::random_sequences_do_what_the_model_does,
};
use crate::{
    BoxFuture, Job, JobId, NewJob, StoreError, Timestamp,
    claim::{Claim, Claimed as _},
    job::{
        Cancellation, ClaimKind, DEAD, ERROR_MAX, Enqueued, Heartbeat, JobClaim, JobState, LOST,
        Meeting, Priority, PriorityOrder, QueueSettings, Release, RunEnd, RunOutcome,
    },
};

crate::cases! { Fixture:
    j1_a_job_exists_exactly_when_its_unit_committed,
    j1_every_field_survives,
    j2_no_job_runs_before_its_time,
    j3_of_many_claims_each_job_is_in_one_answer,
    j4_the_longest_due_come_first_within_a_priority,
    j4_a_claim_may_begin_with_the_low_ones,
    j5_a_stale_claim_finishes_nothing,
    j5_the_effect_of_a_stale_claim_does_not_commit,
    j5_of_many_ends_in_one_unit_those_count_that_hold,
    j6_a_lost_run_counts_as_an_attempt,
    j6_a_job_that_loses_its_last_attempt_is_dead,
    j7_of_many_enqueues_under_one_key_one_makes_a_job,
    j7_a_key_that_was_rolled_back_is_free,
    j7_keys_of_other_kinds_do_not_meet,
    j8_a_key_is_free_again_when_it_is_released,
    j8_replace_changes_a_job_that_never_started,
    j9_a_lane_runs_one_job_at_a_time_in_order,
    j9_a_retry_keeps_the_lane_and_an_end_frees_it,
    j9_a_retry_by_hand_joins_the_end,
    j9_a_lane_loses_nothing_to_races,
    j10_live_leases_never_exceed_the_limit_of_a_kind,
    j10_live_leases_never_exceed_the_limit_of_a_queue,
    j11_a_follow_up_is_queued_once_after_the_last_end,
    j11_a_batch_of_nothing_is_over,
    j12_a_job_cancelled_before_its_start_never_runs,
    j12_a_running_job_hears_of_its_cancellation,
    j12_of_cancellation_and_finish_the_first_wins,
    j12_a_cancelled_job_of_a_dead_worker_does_not_run_again,
    j16_a_run_that_is_handed_back_costs_no_attempt,
    j17_ended_and_later_jobs_are_not_in_the_way,
    j18_nothing_of_a_paused_queue_is_claimed,
    j18_settings_are_saved_only_over_the_version_that_was_read,
    j19_jobs_of_other_kinds_are_left_to_others,
    j20_every_run_has_a_line,
    j21_a_job_that_becomes_dead_says_so_in_that_unit,
    random_sequences_do_what_the_model_does,
}

pub(super) const KIND: &str = "kit.job";
pub(super) const OTHER: &str = "kit.other";

/// A job of the kit.
pub(super) fn job(label: &str) -> NewJob {
    NewJob {
        kind: KIND.to_owned(),
        queue: "default".to_owned(),
        priority: Priority::Normal,
        max_attempts: 3,
        args: json!({ "label": label }),
        run_at: None,
        lane: None,
        unique: None,
        schedule: None,
        tick_at: None,
    }
}

/// What `job` called it.
pub(super) fn label(job: &Job) -> String {
    job.args["label"].as_str().unwrap().to_owned()
}

pub(super) fn labels(jobs: &[Job]) -> Vec<String> {
    jobs.iter().map(label).collect()
}

const BOTH: [ClaimKind<'static>; 2] =
    [ClaimKind { name: KIND, limit: None }, ClaimKind { name: OTHER, limit: None }];

/// A claim of everything in the usual queue.
pub(super) const fn all(until: Timestamp, limit: u32) -> JobClaim<'static> {
    let (queue, worker, order) = ("default", "kit worker", PriorityOrder::HighestFirst);
    JobClaim { queue, kinds: &BOTH, worker, until, limit, order }
}

pub(super) fn failed(retry_at: i64) -> RunEnd {
    RunEnd::Failed { error: "planned".to_owned(), retry_at: moment(retry_at) }
}

impl Fixture {
    pub(super) async fn enqueue_job(&self, job: NewJob, at: i64) -> JobId {
        let enqueued = self.write(move |tx| tx.jobs().enqueue(&job, moment(at))).await;
        assert!(matches!(enqueued, Enqueued::New(_)), "its key is taken: {enqueued:?}");
        enqueued.id()
    }

    pub(super) async fn claim_with(&self, claim: JobClaim<'static>, now: i64) -> Vec<Job> {
        let mut jobs = self.write(move |tx| tx.jobs().claim_jobs(&claim, moment(now))).await;
        jobs.sort_by_key(|job| job.id);
        jobs
    }

    pub(super) async fn claim_all(&self, now: i64, until: i64) -> Vec<Job> {
        self.claim_with(all(moment(until), 100), now).await
    }

    /// Claims the one job that is due.
    pub(super) async fn claim_one(&self, now: i64, until: i64) -> Job {
        let mut jobs = self.claim_all(now, until).await;
        assert_eq!(jobs.len(), 1, "{:?}", labels(&jobs));
        jobs.remove(0)
    }

    pub(super) async fn finish_job(&self, claim: Claim<JobId>, end: RunEnd, now: i64) -> JobState {
        self.write(move |tx| tx.jobs().finish(claim, &end, moment(now))).await
    }

    pub(super) async fn stored_job(&self, id: JobId) -> Job {
        self.read(move |tx| tx.jobs().job(id)).await.unwrap()
    }

    pub(super) async fn cancel_job(&self, id: JobId, now: i64) -> Option<Cancellation> {
        self.write(move |tx| tx.jobs().cancel(id, moment(now))).await
    }

    pub(super) async fn set_queue(&self, paused: bool, concurrency: Option<u32>) {
        self.write(move |tx| {
            let mut settings = tx.jobs().queue_settings("default")?;
            (settings.paused, settings.concurrency) = (paused, concurrency);
            tx.jobs().save_queue(&mut settings)
        })
        .await;
    }
}

async fn j1_a_job_exists_exactly_when_its_unit_committed(fixture: Fixture) {
    let undone: Result<(), StoreError> = fixture
        .try_write(|tx| {
            tx.jobs().enqueue(&job("never"), moment(0))?;
            Err(StoreError::Contention)
        })
        .await;
    assert!(undone.is_err());
    assert_eq!(fixture.claim_all(1, 9).await, []);
    fixture.enqueue_job(job("a"), 0).await;
    assert_eq!(labels(&fixture.claim_all(1, 9).await), ["a"]);
}

async fn j1_every_field_survives(fixture: Fixture) {
    let args = json!({"text": "it's \"odd\" %_\\ 你好 \u{1f41d} \0", "n": [1, -2.5, null, true]});
    let new = NewJob {
        kind: OTHER.to_owned(),
        queue: "own queue".to_owned(),
        priority: Priority::High,
        max_attempts: u32::MAX,
        args: args.clone(),
        ..job("")
            .at(moment(70))
            .in_lane("l'ane")
            .unique("k'ey", Release::Finish, Meeting::Keep)
            .of_schedule("s'chedule", Some(moment(69)))
    };
    let id = fixture.enqueue_job(new, 3).await;
    let expected = Job {
        id,
        kind: OTHER.to_owned(),
        queue: "own queue".to_owned(),
        priority: Priority::High,
        state: JobState::Queued,
        args,
        due_at: moment(70),
        enqueued_at: moment(3),
        attempt: 0,
        max_attempts: u32::MAX,
        run: 0,
        worker: None,
        started_at: None,
        finished_at: None,
        lane: Some("l'ane".to_owned()),
        unique_key: Some("k'ey".to_owned()),
        merged: 0,
        traceparent: None,
        batch: None,
        pending: 0,
        cancel_at: None,
        error: None,
        schedule: Some("s'chedule".to_owned()),
        tick_at: Some(moment(69)),
    };
    assert_eq!(fixture.stored_job(id).await, expected);
    let claim = JobClaim { queue: "own queue", ..all(moment(99), 1) };
    let claimed = Job {
        state: JobState::Running,
        due_at: moment(99),
        attempt: 1,
        run: 1,
        worker: Some("kit worker".to_owned()),
        started_at: Some(moment(71)),
        ..expected
    };
    assert_eq!(fixture.claim_with(claim, 71).await, std::slice::from_ref(&claimed));
    assert_eq!(fixture.stored_job(id).await, claimed);
}

async fn j2_no_job_runs_before_its_time(fixture: Fixture) {
    fixture.enqueue_job(job("later").at(moment(50)), 0).await;
    assert_eq!(fixture.claim_all(49, 90).await, []);
    assert_eq!(labels(&fixture.claim_all(50, 90).await), ["later"]);
}

async fn j3_of_many_claims_each_job_is_in_one_answer(fixture: Fixture) {
    for number in 0..20 {
        fixture.enqueue_job(job(&number.to_string()), 0).await;
    }
    let claim =
        |_: i32| -> BoxFuture<'_, Vec<Job>> { Box::pin(fixture.claim_with(all(moment(9), 4), 1)) };
    let answers = fixture.race(0..8, claim).await;
    assert!(answers.iter().all(|jobs| jobs.len() <= 4));
    let mut ids: Vec<JobId> = answers.concat().iter().map(|job| job.id).collect();
    ids.extend(fixture.claim_all(1, 9).await.iter().map(|job| job.id));
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), count), (20, 20), "one was claimed twice, or by no one");
}

async fn prioritized(fixture: &Fixture) {
    for (label, priority, due) in [
        ("low", Priority::Low, 1),
        ("normal 2", Priority::Normal, 2),
        ("normal 1", Priority::Normal, 1),
        ("urgent", Priority::Urgent, 9),
        ("high", Priority::High, 5),
    ] {
        let new = NewJob { priority, ..job(label) };
        fixture.enqueue_job(new.at(moment(due)), 0).await;
    }
}

async fn one_by_one(fixture: &Fixture, order: PriorityOrder) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let claim = JobClaim { order, ..all(moment(99), 1) };
        match fixture.claim_with(claim, 10).await.pop() {
            Some(job) => found.push(label(&job)),
            None => return found,
        }
    }
}

async fn j4_the_longest_due_come_first_within_a_priority(fixture: Fixture) {
    prioritized(&fixture).await;
    let found = one_by_one(&fixture, PriorityOrder::HighestFirst).await;
    assert_eq!(found, ["urgent", "high", "normal 1", "normal 2", "low"]);
}

async fn j4_a_claim_may_begin_with_the_low_ones(fixture: Fixture) {
    prioritized(&fixture).await;
    let found = one_by_one(&fixture, PriorityOrder::LowestFirst).await;
    assert_eq!(found, ["low", "normal 1", "normal 2", "high", "urgent"]);
}

/// Ends of every sort.
fn ends() -> Vec<RunEnd> {
    vec![
        RunEnd::Succeeded,
        failed(0),
        RunEnd::Discarded { error: "planned".to_owned() },
        RunEnd::Postponed { until: moment(0) },
        RunEnd::HandedBack,
        RunEnd::Cancelled,
    ]
}

async fn j5_a_stale_claim_finishes_nothing(fixture: Fixture) {
    fixture.enqueue_job(job("a"), 0).await;
    let first = fixture.claim_one(0, 10).await.claim();
    let second = fixture.claim_one(10, 20).await;
    for run in [first.run, second.run + 1, 0] {
        let claim = Claim { run, ..first };
        for end in ends() {
            fixture.stale(move |tx| tx.jobs().finish(claim, &end, moment(11))).await;
        }
        let said = fixture.write(move |tx| tx.jobs().heartbeat(&[claim], Some(moment(99)))).await;
        assert_eq!(said, [Heartbeat::Stale]);
    }
    assert_eq!(fixture.stored_job(first.id).await, second);
    let claim = second.claim();
    assert_eq!(fixture.finish_job(claim, RunEnd::Succeeded, 12).await, JobState::Succeeded);
    for end in ends() {
        fixture.stale(move |tx| tx.jobs().finish(claim, &end, moment(13))).await;
    }
}

async fn j5_the_effect_of_a_stale_claim_does_not_commit(fixture: Fixture) {
    fixture.enqueue_job(job("a"), 0).await;
    let first = fixture.claim_one(0, 10).await.claim();
    let second = fixture.claim_one(10, 20).await.claim();
    // The effect of the job is another job.
    for (claim, commits) in [(first, false), (second, true), (second, false)] {
        let done = fixture.try_write(move |tx| {
            tx.jobs().enqueue(&job("effect"), moment(11))?;
            let finished = tx.jobs().finish(claim, &RunEnd::Succeeded, moment(11));
            // Whoever swallows the error does not commit either.
            drop(finished);
            Ok(())
        });
        assert_eq!(done.await.is_ok(), commits);
    }
    assert_eq!(labels(&fixture.claim_all(30, 40).await), ["effect"]);
}

async fn j6_a_lost_run_counts_as_an_attempt(fixture: Fixture) {
    fixture.enqueue_job(job("a"), 0).await;
    let first = fixture.claim_one(0, 10).await;
    assert_eq!(fixture.claim_all(9, 99).await, []);
    let second = fixture.claim_one(10, 20).await;
    assert_eq!((second.id, second.run, second.attempt), (first.id, 2, 2));
    let said = fixture.write(move |tx| tx.jobs().heartbeat(&[second.claim()], Some(moment(50))));
    assert_eq!(said.await, [Heartbeat::Held]);
    assert_eq!(fixture.claim_all(49, 99).await, [], "its worker lives");
    assert_eq!(fixture.claim_one(50, 60).await.attempt, 3);
}

async fn j6_a_job_that_loses_its_last_attempt_is_dead(fixture: Fixture) {
    let id = fixture.enqueue_job(job("a"), 0).await;
    for run in 0..3 {
        fixture.claim_one(run * 10, run * 10 + 10).await;
    }
    assert_eq!(fixture.claim_all(30, 40).await, []);
    let dead = fixture.stored_job(id).await;
    assert_eq!((dead.state, dead.attempt), (JobState::Dead, 3));
    assert_eq!((dead.error.as_deref(), dead.finished_at), (Some(LOST), Some(moment(30))));
    assert_eq!(fixture.claim_all(1_000, 2_000).await, []);
}

async fn j7_of_many_enqueues_under_one_key_one_makes_a_job(fixture: Fixture) {
    let enqueue = |number: i64| -> BoxFuture<'_, Enqueued> {
        let new = job(&number.to_string()).unique("key", Release::Finish, Meeting::Keep);
        Box::pin(fixture.write(move |tx| tx.jobs().enqueue(&new, moment(0))))
    };
    for _ in 0..3 {
        let all = fixture.race(0..8, enqueue).await;
        let new: Vec<_> = all.iter().filter(|one| matches!(one, Enqueued::New(_))).collect();
        assert_eq!(new.len(), 1, "{all:?}");
        assert!(all.iter().all(|one| one.id() == new[0].id()));
        let claimed = fixture.claim_one(1, 9).await;
        assert_eq!(claimed.merged, 7);
        fixture.finish_job(claimed.claim(), RunEnd::Succeeded, 2).await;
    }
}

async fn j7_a_key_that_was_rolled_back_is_free(fixture: Fixture) {
    let enqueue = |number: i64| -> BoxFuture<'_, Result<Enqueued, StoreError>> {
        let new = job(&number.to_string()).unique("key", Release::Finish, Meeting::Keep);
        Box::pin(fixture.try_write(move |tx| {
            let enqueued = tx.jobs().enqueue(&new, moment(0))?;
            if number % 2 == 0 { Err(StoreError::Duplicate("planned")) } else { Ok(enqueued) }
        }))
    };
    let all = fixture.race(0..8, enqueue).await;
    let kept: Vec<Enqueued> = all.into_iter().filter_map(Result::ok).collect();
    assert_eq!(kept.len(), 4);
    assert_eq!(kept.iter().filter(|one| matches!(one, Enqueued::New(_))).count(), 1, "{kept:?}");
    assert_eq!(fixture.claim_all(1, 9).await.len(), 1);
}

async fn j7_keys_of_other_kinds_do_not_meet(fixture: Fixture) {
    for kind in [KIND, OTHER] {
        let new = NewJob { kind: kind.to_owned(), ..job(kind) };
        fixture.enqueue_job(new.unique("key", Release::Finish, Meeting::Keep), 0).await;
    }
    fixture.enqueue_job(job("another").unique("key 2", Release::Finish, Meeting::Keep), 0).await;
    assert_eq!(fixture.claim_all(1, 9).await.len(), 3);
}

async fn j8_a_key_is_free_again_when_it_is_released(fixture: Fixture) {
    let under = |key: &str, release| job(key).unique(key, release, Meeting::Keep);
    let at_start = under("start", Release::Start);
    let at_finish = under("finish", Release::Finish);
    let at_time = under("time", Release::At(moment(100)));
    let free = async |new: &NewJob, at| {
        let new = new.clone();
        let enqueued = fixture.write(move |tx| tx.jobs().enqueue(&new, moment(at))).await;
        matches!(enqueued, Enqueued::New(_))
    };
    for new in [&at_start, &at_finish, &at_time] {
        assert!(free(new, 0).await);
        assert!(!free(new, 1).await);
    }
    let claimed = fixture.claim_all(2, 50).await;
    assert_eq!(claimed.len(), 3);
    assert!(free(&at_start, 3).await);
    assert!(!free(&at_start, 3).await, "the second has the key now");
    assert!(!free(&at_finish, 3).await);
    for (job, end) in claimed.iter().zip([RunEnd::Succeeded, failed(60), RunEnd::Succeeded]) {
        fixture.finish_job(job.claim(), end, 4).await;
    }
    assert!(!free(&at_finish, 5).await, "it waits for a retry");
    let retried = fixture.claim_with(all(moment(90), 100), 60).await;
    for job in retried {
        fixture.finish_job(job.claim(), RunEnd::Discarded { error: String::new() }, 61).await;
    }
    assert!(free(&at_finish, 62).await);
    assert!(!free(&at_time, 99).await, "it has ended, but its time has not come");
    assert!(free(&at_time, 100).await);
}

async fn j8_replace_changes_a_job_that_never_started(fixture: Fixture) {
    let new = |label: &str| job(label).unique("key", Release::Finish, Meeting::Replace);
    let replace = async |label: &str, due, now| {
        let new = new(label).at(moment(due));
        fixture.write(move |tx| tx.jobs().enqueue(&new, moment(now))).await
    };
    let id = fixture.enqueue_job(new("first").at(moment(10)), 0).await;
    assert_eq!(replace("second", 20, 1).await, Enqueued::Already(id));
    assert_eq!(fixture.claim_all(19, 99).await, []);
    let claimed = fixture.claim_one(20, 30).await;
    assert_eq!((label(&claimed).as_str(), claimed.merged), ("second", 1));
    assert_eq!(replace("third", 90, 21).await, Enqueued::Already(id));
    fixture.finish_job(claimed.claim(), failed(25), 22).await;
    assert_eq!(replace("fourth", 90, 23).await, Enqueued::Already(id));
    assert_eq!(label(&fixture.claim_one(25, 40).await), "second");
    let kept = job("kept").unique("key", Release::Finish, Meeting::Keep).at(moment(95));
    fixture.write(move |tx| tx.jobs().enqueue(&kept, moment(26))).await;
    assert_eq!(label(&fixture.stored_job(id).await), "second");
}

async fn j12_a_job_cancelled_before_its_start_never_runs(fixture: Fixture) {
    let queued = fixture.enqueue_job(job("queued"), 0).await;
    assert_eq!(fixture.cancel_job(queued, 1).await, Some(Cancellation::Done));
    assert_eq!(fixture.claim_all(2, 9).await, []);
    let retrying = fixture.enqueue_job(job("retrying"), 0).await;
    let claim = fixture.claim_one(2, 9).await.claim();
    fixture.finish_job(claim, failed(5), 3).await;
    assert_eq!(fixture.cancel_job(retrying, 4).await, Some(Cancellation::Done));
    assert_eq!(fixture.claim_all(1_000, 2_000).await, []);
    let stored = fixture.stored_job(queued).await;
    assert_eq!((stored.state, stored.finished_at), (JobState::Cancelled, Some(moment(1))));
    let late = Some(Cancellation::TooLate(JobState::Cancelled));
    assert_eq!(fixture.cancel_job(queued, 9).await, late);
    assert_eq!(fixture.cancel_job(JobId::parse(i64::MAX).unwrap(), 9).await, None);
}

async fn j12_a_running_job_hears_of_its_cancellation(fixture: Fixture) {
    fixture.enqueue_job(job("a"), 0).await;
    fixture.enqueue_job(job("b"), 0).await;
    let claims: Vec<Claim<JobId>> =
        fixture.claim_all(1, 50).await.iter().map(crate::claim::Claimed::claim).collect();
    let first = claims[0];
    assert_eq!(fixture.cancel_job(first.id, 2).await, Some(Cancellation::Requested));
    assert_eq!(fixture.stored_job(first.id).await.cancel_at, Some(moment(2)));
    for until in [None, Some(moment(99))] {
        let claims = claims.clone();
        let said = match until {
            None => fixture.read(move |tx| tx.jobs().heartbeat(&claims, None)).await,
            until => fixture.write(move |tx| tx.jobs().heartbeat(&claims, until)).await,
        };
        assert_eq!(said, [Heartbeat::Cancelled, Heartbeat::Held]);
    }
    assert_eq!(fixture.finish_job(first, RunEnd::Cancelled, 3).await, JobState::Cancelled);
}

async fn j12_of_cancellation_and_finish_the_first_wins(fixture: Fixture) {
    for end in ends() {
        fixture.enqueue_job(job("a"), 0).await;
        let claim = fixture.claim_one(1, 50).await.claim();
        assert_eq!(fixture.cancel_job(claim.id, 2).await, Some(Cancellation::Requested));
        if end == RunEnd::Succeeded {
            fixture.stale(move |tx| tx.jobs().finish(claim, &end, moment(3))).await;
            fixture.finish_job(claim, RunEnd::Cancelled, 4).await;
        } else {
            assert_eq!(fixture.finish_job(claim, end, 3).await, JobState::Cancelled);
        }
        assert_eq!(fixture.claim_all(1_000, 2_000).await, []);
    }
    fixture.enqueue_job(job("a"), 0).await;
    let claim = fixture.claim_one(1, 50).await.claim();
    fixture.finish_job(claim, RunEnd::Succeeded, 2).await;
    let late = Some(Cancellation::TooLate(JobState::Succeeded));
    assert_eq!(fixture.cancel_job(claim.id, 3).await, late);
    assert_eq!(fixture.stored_job(claim.id).await.state, JobState::Succeeded);
}

async fn j12_a_cancelled_job_of_a_dead_worker_does_not_run_again(fixture: Fixture) {
    let id = fixture.enqueue_job(job("a"), 0).await;
    fixture.claim_one(1, 10).await;
    fixture.cancel_job(id, 2).await;
    assert_eq!(fixture.claim_all(10, 20).await, []);
    assert_eq!(fixture.stored_job(id).await.state, JobState::Cancelled);
}

async fn j16_a_run_that_is_handed_back_costs_no_attempt(fixture: Fixture) {
    fixture.enqueue_job(job("a"), 0).await;
    for run in 1..6 {
        let claimed = fixture.claim_one(run, 99).await;
        assert_eq!((claimed.run, claimed.attempt), (run, 1));
        let end = match run % 2 {
            0 => RunEnd::HandedBack,
            _ => RunEnd::Postponed { until: moment(run + 1) },
        };
        let until = if end == RunEnd::HandedBack { run } else { run + 1 };
        assert_eq!(fixture.finish_job(claimed.claim(), end, run).await, JobState::Queued);
        assert_eq!(fixture.stored_job(claimed.id).await.due_at, moment(until));
    }
    let claimed = fixture.claim_one(10, 99).await;
    fixture.finish_job(claimed.claim(), failed(11), 10).await;
    let claimed = fixture.claim_one(11, 99).await;
    let handed_back = fixture.finish_job(claimed.claim(), RunEnd::HandedBack, 12).await;
    assert_eq!((claimed.attempt, handed_back), (2, JobState::Retrying));
}

async fn j17_ended_and_later_jobs_are_not_in_the_way(fixture: Fixture) {
    let next = async |queue: &'static str| {
        fixture.read(move |tx| tx.jobs().next_job(queue, &[KIND, OTHER])).await
    };
    assert_eq!(next("default").await, None);
    for priority in Priority::ALL {
        let ended = NewJob { priority: *priority, ..job("ended") };
        fixture.enqueue_job(ended, 0).await;
        let claim = fixture.claim_one(0, 10).await.claim();
        fixture.finish_job(claim, RunEnd::Succeeded, 1).await;
        let later = NewJob { priority: *priority, ..job("later") };
        fixture.enqueue_job(later.at(moment(500 + i64::from(priority.rank()))), 0).await;
    }
    assert_eq!(next("default").await, Some(moment(500)));
    assert_eq!(next("another").await, None);
    let low = NewJob { priority: Priority::Low, ..job("low") };
    fixture.enqueue_job(low.at(moment(400)), 0).await;
    assert_eq!(next("default").await, Some(moment(400)));
    assert_eq!(fixture.claim_all(399, 999).await, []);
    let claim = fixture.claim_one(400, 450).await.claim();
    assert_eq!(next("default").await, Some(moment(450)), "the end of its lease");
    fixture.finish_job(claim, RunEnd::Succeeded, 401).await;
    assert_eq!(next("default").await, Some(moment(500)));
    assert_eq!(fixture.read(|tx| tx.jobs().next_job("default", &[OTHER])).await, None);
}

async fn j18_nothing_of_a_paused_queue_is_claimed(fixture: Fixture) {
    fixture.enqueue_job(job("paused"), 0).await;
    fixture.enqueue_job(NewJob { queue: "other".to_owned(), ..job("other") }, 0).await;
    fixture.set_queue(true, None).await;
    assert_eq!(fixture.claim_all(1, 9).await, []);
    let other = JobClaim { queue: "other", ..all(moment(9), 9) };
    assert_eq!(labels(&fixture.claim_with(other, 1).await), ["other"]);
    fixture.set_queue(false, None).await;
    assert_eq!(labels(&fixture.claim_all(1, 9).await), ["paused"]);
}

async fn j18_settings_are_saved_only_over_the_version_that_was_read(fixture: Fixture) {
    let read = fixture.read(|tx| tx.jobs().queue_settings("q'ueue")).await;
    assert_eq!(read, QueueSettings::unchanged("q'ueue"));
    for _ in 0..3 {
        let read = fixture.read(|tx| tx.jobs().queue_settings("q'ueue")).await;
        let save = |number: u32| -> BoxFuture<'_, bool> {
            let mut mine = QueueSettings { concurrency: Some(number), ..read.clone() };
            Box::pin(async {
                let saved = fixture.try_write(move |tx| tx.jobs().save_queue(&mut mine)).await;
                let is_stale = matches!(saved, Err(StoreError::Stale));
                assert!(saved.is_ok() || is_stale, "a lost race is Stale, not {saved:?}");
                !is_stale
            })
        };
        let saved = fixture.race(1..6, save).await;
        assert_eq!(saved.iter().filter(|won| **won).count(), 1, "{saved:?}");
        let now = fixture.read(|tx| tx.jobs().queue_settings("q'ueue")).await;
        assert_eq!(now.version, read.version + 1);
    }
}

async fn j19_jobs_of_other_kinds_are_left_to_others(fixture: Fixture) {
    const ONE: [ClaimKind<'static>; 1] = [ClaimKind { name: OTHER, limit: None }];
    fixture.enqueue_job(job("unknown"), 0).await;
    let other = NewJob { kind: OTHER.to_owned(), ..job("other") };
    fixture.enqueue_job(other, 1).await;
    let claim = JobClaim { kinds: &ONE, ..all(moment(9), 9) };
    assert_eq!(labels(&fixture.claim_with(claim, 2).await), ["other"]);
    let none = JobClaim { kinds: &[], ..all(moment(9), 9) };
    assert_eq!(fixture.claim_with(none, 2).await, []);
    assert_eq!(labels(&fixture.claim_all(2, 9).await), ["unknown"]);
}

async fn j20_every_run_has_a_line(fixture: Fixture) {
    let id = fixture.enqueue_job(NewJob { max_attempts: 9, ..job("a") }, 0).await;
    let long = "é".repeat(ERROR_MAX);
    fixture.claim_one(0, 10).await;
    let mut outcomes = vec![RunOutcome::Lost];
    for (end, outcome) in [
        (RunEnd::Failed { error: long.clone(), retry_at: moment(0) }, RunOutcome::Failed),
        (RunEnd::Postponed { until: moment(0) }, RunOutcome::Postponed),
        (RunEnd::HandedBack, RunOutcome::HandedBack),
        (RunEnd::Succeeded, RunOutcome::Succeeded),
    ] {
        let now = 10 * outcomes.len() as i64;
        let claim = fixture.claim_one(now, 99).await.claim();
        fixture.finish_job(claim, end, now + 7).await;
        outcomes.push(outcome);
    }
    let runs = fixture.read(move |tx| tx.jobs().runs(id, 50)).await;
    outcomes.reverse();
    assert_eq!(runs.iter().map(|run| run.outcome).collect::<Vec<_>>(), outcomes);
    assert_eq!(runs.iter().map(|run| run.run).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
    let failed = &runs[3];
    assert_eq!((failed.worker.as_str(), failed.started_at), ("kit worker", moment(10)));
    assert_eq!(failed.duration, Some(Duration::from_micros(7)));
    assert_eq!(failed.error.as_deref(), Some(&long[..ERROR_MAX]));
    assert_eq!((runs[4].duration, runs[0].error.as_deref()), (None, None));
    assert_eq!(fixture.read(move |tx| tx.jobs().runs(id, 2)).await, runs[..2]);
}

async fn j21_a_job_that_becomes_dead_says_so_in_that_unit(fixture: Fixture) {
    let told = async || {
        let feed = fixture.append("kit.made.v1", &[]).await;
        let told = feed.iter().filter(|event| event.name == DEAD);
        told.map(|event| (event.subject, event.payload["error"].clone())).collect::<Vec<_>>()
    };
    let once = || NewJob { max_attempts: 1, ..job("a") };
    let refused = fixture.enqueue_job(once(), 0).await;
    let claim = fixture.claim_one(1, 9).await.claim();
    let end = RunEnd::Failed { error: "no disk".to_owned(), retry_at: moment(9) };
    let undone: Result<(), StoreError> = {
        let end = end.clone();
        let dies_twice = fixture.try_write(move |tx| {
            tx.jobs().finish(claim, &end, moment(2))?;
            Err(StoreError::Contention)
        });
        dies_twice.await
    };
    assert!(undone.is_err() && told().await.is_empty(), "what did not commit says nothing");
    fixture.finish_job(claim, end, 3).await;
    let lost = fixture.enqueue_job(once(), 4).await;
    fixture.claim_one(4, 9).await;
    assert_eq!(fixture.claim_all(20, 30).await, []);
    assert_eq!(told().await, [(refused.get(), json!("no disk")), (lost.get(), json!(LOST))]);
}
