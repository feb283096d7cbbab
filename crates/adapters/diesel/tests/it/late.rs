//! Jobs that become due before a place from which a process looks for them.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use adapter_diesel::Db;
use kernel::{
    Clock as _, CommonTx, Job, JobKind, StoreError, SystemClock, Timestamp, UnitOfWork,
    job::{ClaimKind, JobClaim, JobDone, PriorityOrder, RunEnd},
};
use libtest_mimic::Trial;
use serde_json::json;

use crate::{
    Engine,
    fixture::{Fixture, block_on},
};

const KIND: &str = "test.late";
const MINUTE: Duration = Duration::from_secs(60);

type Common = Arc<dyn UnitOfWork<dyn CommonTx>>;

pub(crate) fn trials((name, make): Engine) -> Vec<Trial> {
    let tests: [(&str, fn(&Fixture)); 2] = [
        (
            "what_another_process_commits_late_is_claimed",
            what_another_process_commits_late_is_claimed,
        ),
        (
            "what_this_process_makes_due_is_claimed_next",
            what_this_process_makes_due_is_claimed_next,
        ),
    ];
    let trial = |(test, run): (&str, fn(&Fixture))| {
        Trial::test(format!("{name}::late::{test}"), move || {
            run(&make());
            Ok(())
        })
    };
    tests.into_iter().map(trial).collect()
}

fn enqueue(db: &Arc<Db>, now: Timestamp, lane: Option<&str>) {
    let work: Common = db.clone();
    let mut job = JobKind::new(KIND, |_| async { Ok(JobDone::Done) }).job(json!({}));
    job.lane = lane.map(str::to_owned);
    let enqueued: Result<_, StoreError> =
        block_on(work.write(move |tx| tx.jobs().enqueue(&job, now)));
    enqueued.unwrap();
}

fn claim(db: &Arc<Db>, now: Timestamp) -> Vec<Job> {
    let work: Common = db.clone();
    let claimed: Result<Vec<Job>, StoreError> = block_on(work.write(move |tx| {
        let kinds = [ClaimKind { name: KIND, limit: None }];
        let (until, order) = (now.plus(MINUTE), PriorityOrder::HighestFirst);
        let claim =
            JobClaim { queue: "default", kinds: &kinds, worker: "w", until, limit: 9, order };
        tx.jobs().claim_jobs(&claim, now)
    }));
    claimed.unwrap()
}

fn what_another_process_commits_late_is_claimed(fixture: &Fixture) {
    let (ours, other) = (fixture.ready(), fixture.open());
    // Nothing is due, so the next look begins about here.
    assert!(claim(&ours, SystemClock.now()).is_empty());
    assert!(claim(&ours, SystemClock.now()).is_empty());
    enqueue(&other, SystemClock.now().minus(MINUTE), None);
    let deadline = Instant::now() + Duration::from_secs(60);
    while claim(&ours, SystemClock.now()).is_empty() {
        assert!(Instant::now() < deadline, "it is never claimed");
        thread::sleep(Duration::from_millis(50));
    }
}

fn what_this_process_makes_due_is_claimed_next(fixture: &Fixture) {
    let db = fixture.ready();
    let work: Common = db.clone();
    let (now, before) = (SystemClock.now(), SystemClock.now().minus(MINUTE));
    assert!(claim(&db, now).is_empty());
    enqueue(&db, before, Some("lane"));
    enqueue(&db, before, Some("lane"));
    for _ in 0..2 {
        // The second one is due since before, too, and may be taken when the first one has ended.
        let [job] = claim(&db, now).try_into().unwrap();
        assert!(claim(&db, now).is_empty());
        let ended: Result<_, StoreError> = block_on(work.write(move |tx| {
            let claim = kernel::claim::Claimed::claim(&job);
            tx.jobs().finish(claim, &RunEnd::Succeeded, now)
        }));
        ended.unwrap();
    }
}
