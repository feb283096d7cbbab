//! What jobs wait for besides their time: lanes, limits and batches.

use super::{
    common::{Fixture, moment},
    jobs::{KIND, OTHER, all, failed, job, label, labels},
};
use crate::{
    BoxFuture, Job, JobId, NewJob,
    claim::Claimed as _,
    job::{Cancellation, ClaimKind, JobClaim, JobState, Priority, RunEnd},
};

pub(super) async fn j9_a_lane_runs_one_job_at_a_time_in_order(fixture: Fixture) {
    for number in 0..3 {
        fixture.enqueue_job(job(&number.to_string()).in_lane("a"), number).await;
    }
    fixture.enqueue_job(job("b").in_lane("b"), 9).await;
    let claimed = fixture.claim_all(10, 99).await;
    assert_eq!(labels(&claimed), ["0", "b"]);
    let mut running = claimed[0].claim();
    for next in ["1", "2"] {
        fixture.finish_job(running, RunEnd::Succeeded, 11).await;
        let claimed = fixture.claim_one(11, 99).await;
        assert_eq!(label(&claimed), next);
        running = claimed.claim();
    }
    fixture.finish_job(running, RunEnd::Succeeded, 12).await;
    fixture.enqueue_job(job("after").in_lane("a"), 13).await;
    assert_eq!(label(&fixture.claim_one(13, 99).await), "after");
}

pub(super) async fn j9_a_retry_keeps_the_lane_and_an_end_frees_it(fixture: Fixture) {
    for number in 0..4 {
        fixture.enqueue_job(job(&number.to_string()).in_lane("a"), number).await;
    }
    let first = fixture.claim_one(5, 99).await;
    fixture.finish_job(first.claim(), failed(50), 6).await;
    assert_eq!(fixture.claim_all(49, 99).await, [], "the second overtook a retry");
    let first = fixture.claim_one(50, 99).await;
    assert_eq!(label(&first), "0");
    let dead = RunEnd::Discarded { error: "planned".to_owned() };
    fixture.finish_job(first.claim(), dead, 51).await;
    let second = fixture.claim_one(52, 99).await;
    assert_eq!(label(&second), "1");
    let third = JobId::parse(second.id.get() + 1).unwrap();
    assert_eq!(fixture.cancel_job(third, 53).await, Some(Cancellation::Done));
    fixture.finish_job(second.claim(), RunEnd::Succeeded, 54).await;
    assert_eq!(label(&fixture.claim_one(54, 99).await), "3");
}

pub(super) async fn j9_a_retry_by_hand_joins_the_end(fixture: Fixture) {
    let first = fixture.enqueue_job(job("0").in_lane("a"), 0).await;
    for number in 1..3 {
        fixture.enqueue_job(job(&number.to_string()).in_lane("a"), number).await;
    }
    let claim = fixture.claim_one(5, 99).await.claim();
    fixture.finish_job(claim, RunEnd::Discarded { error: "planned".to_owned() }, 6).await;
    assert!(fixture.write(move |tx| tx.jobs().retry_job(first, moment(7))).await);
    assert!(!fixture.write(move |tx| tx.jobs().retry_job(first, moment(7))).await);
    assert_eq!(fixture.stored_job(first).await.state, JobState::Waiting);
    for expected in ["1", "2", "0"] {
        let claimed = fixture.claim_one(8, 99).await;
        assert_eq!(label(&claimed), expected);
        fixture.finish_job(claimed.claim(), RunEnd::Succeeded, 9).await;
    }
}

pub(super) async fn j9_a_lane_loses_nothing_to_races(fixture: Fixture) {
    const ROUNDS: i64 = 12;
    fixture.enqueue_job(job("first").in_lane("a"), 0).await;
    for round in 1..=ROUNDS {
        let now = round * 10;
        let running = fixture.claim_one(now, now + 9).await.claim();
        let fixture = &fixture;
        // One leaves the lane while another enters it; chance decides who is first.
        let act = move |leaves: bool| -> BoxFuture<'_, ()> {
            Box::pin(async move {
                if leaves {
                    fixture.finish_job(running, RunEnd::Succeeded, now).await;
                } else {
                    fixture.enqueue_job(job("next").in_lane("a"), now).await;
                }
            })
        };
        fixture.race([true, false], act).await;
    }
    assert_eq!(label(&fixture.claim_one(1_000, 2_000).await), "next");
}

pub(super) async fn j10_live_leases_never_exceed_the_limit_of_a_kind(fixture: Fixture) {
    const LIMITED: [ClaimKind<'static>; 2] =
        [ClaimKind { name: KIND, limit: Some(2) }, ClaimKind { name: OTHER, limit: None }];
    for number in 0..10 {
        fixture.enqueue_job(job(&number.to_string()), 0).await;
        let other = NewJob { kind: OTHER.to_owned(), ..job("other") };
        fixture.enqueue_job(other, 0).await;
    }
    let claim = |_: i32| -> BoxFuture<'_, Vec<Job>> {
        let claim = JobClaim { kinds: &LIMITED, ..all(moment(9), 3) };
        Box::pin(fixture.claim_with(claim, 1))
    };
    let claimed = fixture.race(0..8, claim).await.concat();
    let limited: Vec<&Job> = claimed.iter().filter(|job| job.kind == KIND).collect();
    assert_eq!((limited.len(), claimed.len()), (2, 12), "{:?}", labels(&claimed));
    fixture.finish_job(limited[0].claim(), RunEnd::Succeeded, 2).await;
    let claim = JobClaim { kinds: &LIMITED, ..all(moment(19), 9) };
    assert_eq!(fixture.claim_with(claim, 2).await.len(), 1);
    // A lease that has ended counts no more.
    assert_eq!(fixture.claim_with(claim, 9).await.iter().filter(|job| job.kind == KIND).count(), 1);
}

pub(super) async fn j10_live_leases_never_exceed_the_limit_of_a_queue(fixture: Fixture) {
    for number in 0..10 {
        fixture.enqueue_job(job(&number.to_string()), 0).await;
    }
    fixture.set_queue(false, Some(3)).await;
    let claim =
        |_: i32| -> BoxFuture<'_, Vec<Job>> { Box::pin(fixture.claim_with(all(moment(9), 2), 1)) };
    assert_eq!(fixture.race(0..6, claim).await.concat().len(), 3);
    fixture.set_queue(false, None).await;
    assert_eq!(fixture.claim_all(1, 9).await.len(), 7);
}

pub(super) async fn j11_a_follow_up_is_queued_once_after_the_last_end(fixture: Fixture) {
    let jobs: Vec<NewJob> = (0..3).map(|number| job(&number.to_string())).collect();
    let id = fixture.write(move |tx| {
        let follow_up = NewJob { priority: Priority::Urgent, ..job("follow-up") };
        tx.jobs().enqueue_batch(&jobs, &follow_up, moment(0))
    });
    let id = id.await;
    let claimed = fixture.claim_all(1, 99).await;
    assert_eq!(labels(&claimed), ["0", "1", "2"]);
    assert!(claimed.iter().all(|job| job.batch == Some(id)));
    let waiting = fixture.stored_job(id).await;
    assert_eq!((waiting.state, waiting.pending), (JobState::Waiting, 3));
    fixture.finish_job(claimed[0].claim(), failed(5), 2).await;
    let again = fixture.claim_one(5, 99).await;
    let finish = |index: usize| -> BoxFuture<'_, JobState> {
        let (claim, end) = match index {
            0 => (again.claim(), RunEnd::Succeeded),
            1 => (claimed[1].claim(), RunEnd::Discarded { error: "planned".to_owned() }),
            _ => (claimed[2].claim(), RunEnd::Succeeded),
        };
        Box::pin(fixture.finish_job(claim, end, 6))
    };
    finish(0).await;
    assert_eq!(fixture.stored_job(id).await.state, JobState::Waiting);
    fixture.race(1..3, finish).await;
    let follow_up = fixture.claim_one(7, 99).await;
    assert_eq!((label(&follow_up).as_str(), follow_up.pending), ("follow-up", 0));
    fixture.finish_job(follow_up.claim(), RunEnd::Succeeded, 8).await;
    // A retry by hand of one that was counted does not count again.
    let dead = claimed[1].id;
    assert!(fixture.write(move |tx| tx.jobs().retry_job(dead, moment(9))).await);
    let retried = fixture.claim_one(9, 99).await;
    assert_eq!((retried.id, retried.batch), (dead, None));
    fixture.finish_job(retried.claim(), RunEnd::Succeeded, 10).await;
    assert_eq!(fixture.claim_all(11, 99).await, []);
}

pub(super) async fn j11_a_batch_of_nothing_is_over(fixture: Fixture) {
    fixture.write(|tx| tx.jobs().enqueue_batch(&[], &job("follow-up"), moment(0))).await;
    assert_eq!(label(&fixture.claim_one(1, 9).await), "follow-up");
}
