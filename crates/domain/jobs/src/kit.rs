//! The conformance kit of this domain's ports. An adapter runs each case of [`CASES`] and of
//! [`schedules::CASES`] on a fresh [`Fixture`]. Failures are panics.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a kit is made of tests: its failures are panics"
)]

pub mod schedules;

use std::{sync::Arc, time::Duration};

use kernel::{
    Cursor, Job, JobId, NewJob, PageRequest, Paging, SortKey, UnitOfWork,
    claim::Claimed as _,
    job::{ClaimKind, JobClaim, JobState, Priority, PriorityOrder, RunEnd},
    kit::moment,
    page::Direction,
};
use serde_json::json;

use crate::{
    commands::Ended,
    ports::{Calendar, JobsTx},
    query::{DEFAULT_ORDER, Depth, JobFilter, JobSort, Ran},
};

/// A fresh, empty store.
pub struct Fixture {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn JobsTx>>,
    /// What patterns mean.
    pub calendar: Arc<dyn Calendar>,
}

kernel::cases! { Fixture:
    v1_a_list_has_the_jobs_that_match,
    v1_pages_follow_one_another_in_each_order,
    v2_ended_jobs_come_by_state_and_kind,
    v3_the_jobs_of_each_queue_are_counted,
    v4_runs_that_ended_well_say_how_long_they_took,
    v5_pruning_keeps_to_its_moment_and_limit,
    v6_jobs_of_unknown_kinds_are_counted,
    v7_what_was_given_up_lately_is_counted,
    v7_the_last_backup_is_known,
}

/// A transaction, as closures get it.
type Tx = dyn JobsTx;

kernel::fixture!(Fixture: Tx);

fn job(kind: &str, queue: &str, due: i64) -> NewJob {
    NewJob {
        kind: kind.to_owned(),
        queue: queue.to_owned(),
        priority: Priority::Normal,
        max_attempts: 1,
        args: json!({}),
        run_at: Some(moment(due)),
        lane: None,
        unique: None,
        schedule: None,
        tick_at: None,
    }
}

impl Fixture {
    async fn enqueue(&self, job: NewJob) -> JobId {
        self.write(move |tx| tx.jobs().enqueue(&job, moment(0))).await.id()
    }

    /// Runs all due jobs of a queue.
    async fn run_due(&self, queue: &'static str, at: i64, end: RunEnd, ended_at: i64) -> u64 {
        self.write(move |tx| {
            let kinds = ["a", "b", "backup"].map(|name| ClaimKind { name, limit: None });
            let (until, order) = (moment(at + 1_000), PriorityOrder::HighestFirst);
            let claim = JobClaim { queue, kinds: &kinds, worker: "w", until, limit: 100, order };
            let claimed = tx.jobs().claim_jobs(&claim, moment(at))?;
            for job in &claimed {
                tx.jobs().finish(job.claim(), &end, moment(ended_at))?;
            }
            Ok(claimed.len() as u64)
        })
        .await
    }

    async fn find(&self, filter: JobFilter) -> Vec<JobId> {
        let page = PageRequest { paging: Paging::Number(1), limit: 100 };
        let page = self.read(move |tx| tx.job_store().list(&filter, &DEFAULT_ORDER, &page)).await;
        assert_eq!(page.total, Some(page.items.len() as u64));
        page.items.into_iter().map(|job| job.id).collect()
    }

    /// However many there are, the newest first.
    async fn find_all(&self, filter: JobFilter) -> Vec<JobId> {
        let (mut found, mut next): (Vec<JobId>, Option<Cursor>) = (Vec::new(), None);
        loop {
            let filter = filter.clone();
            let page = PageRequest { paging: Paging::Cursor(next), limit: 100 };
            let page =
                self.read(move |tx| tx.job_store().list(&filter, &DEFAULT_ORDER, &page)).await;
            found.extend(page.items.into_iter().map(|job| job.id));
            next = page.next;
            if next.is_none() {
                return found;
            }
        }
    }
}

fn dead() -> RunEnd {
    RunEnd::Discarded { error: "planned".to_owned() }
}

async fn v1_a_list_has_the_jobs_that_match(fixture: Fixture) {
    let a = fixture.enqueue(job("a", "one", 1)).await;
    let b = fixture.enqueue(job("b", "two", 9).in_lane("l'ane")).await;
    let behind = fixture.enqueue(job("b", "two", 9).in_lane("l'ane")).await;
    let planned = job("a", "two", 90).of_schedule("n'ightly", None);
    let planned = fixture.enqueue(planned).await;
    let follow_up = fixture
        .write(|tx| {
            let jobs = [job("a", "two", 5)];
            tx.jobs().enqueue_batch(&jobs, &job("b", "one", 1), moment(0))
        })
        .await;
    let member = JobId::parse(follow_up.get() + 1).unwrap();
    assert_eq!(fixture.run_due("one", 1, dead(), 2).await, 1);
    let any = JobFilter::default;
    for (filter, expected) in [
        (any(), vec![member, follow_up, planned, behind, b, a]),
        (JobFilter { schedule: Some("n'ightly".to_owned()), ..any() }, vec![planned]),
        (JobFilter { state: Some(JobState::Dead), ..any() }, vec![a]),
        (JobFilter { state: Some(JobState::Waiting), ..any() }, vec![follow_up, behind]),
        (JobFilter { kind: Some("a".to_owned()), ..any() }, vec![member, planned, a]),
        (JobFilter { queue: Some("one".to_owned()), ..any() }, vec![follow_up, a]),
        (JobFilter { lane: Some("l'ane".to_owned()), ..any() }, vec![behind, b]),
        (JobFilter { batch: Some(follow_up), ..any() }, vec![member]),
        (
            JobFilter { due_before: Some(moment(9)), queue: Some("two".to_owned()), ..any() },
            vec![member],
        ),
        (JobFilter { kind: Some("none".to_owned()), ..any() }, vec![]),
    ] {
        assert_eq!(fixture.find(filter.clone()).await, expected, "{filter:?}");
    }
}

async fn v1_pages_follow_one_another_in_each_order(fixture: Fixture) {
    for number in 0..7 {
        fixture.enqueue(job("a", "one", number % 3)).await;
    }
    for field in JobSort::ALL.map(|(_, field)| field) {
        for direction in [Direction::Ascending, Direction::Descending] {
            let order = vec![SortKey { field, direction }];
            let list = async |paging: Paging| {
                let (order, page) = (order.clone(), PageRequest { paging, limit: 2 });
                fixture
                    .read(move |tx| tx.job_store().list(&JobFilter::default(), &order, &page))
                    .await
            };
            let mut numbered: Vec<Job> = Vec::new();
            for number in 1..=4 {
                numbered.extend(list(Paging::Number(number)).await.items);
            }
            let (mut by_cursor, mut next): (Vec<Job>, Option<Cursor>) = (Vec::new(), None);
            loop {
                let page = list(Paging::Cursor(next)).await;
                by_cursor.extend(page.items);
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
            let ids = |jobs: &[Job]| jobs.iter().map(|job| job.id).collect::<Vec<_>>();
            assert_eq!(ids(&numbered), ids(&by_cursor));
            let mut sorted = numbered.clone();
            sorted.sort_by_key(|job| (format!("{:?}", field.sort_value(job)), job.id));
            if direction == Direction::Descending {
                sorted.reverse();
            }
            assert_eq!(ids(&numbered), ids(&sorted), "{field:?} {direction:?}");
        }
    }
}

async fn v2_ended_jobs_come_by_state_and_kind(fixture: Fixture) {
    let first = fixture.enqueue(job("a", "one", 5)).await;
    let second = fixture.enqueue(job("b", "one", 1)).await;
    assert_eq!(fixture.run_due("one", 1, dead(), 2).await, 1);
    assert_eq!(fixture.run_due("one", 5, dead(), 6).await, 1);
    let cancelled = fixture.enqueue(job("a", "one", 1)).await;
    fixture.write(move |tx| tx.jobs().cancel(cancelled, moment(7))).await;
    fixture.enqueue(job("a", "one", 1)).await;
    let ended = async |state, kind: Option<&'static str>, limit| {
        fixture.read(move |tx| tx.job_store().ended(state, kind, limit)).await
    };
    assert_eq!(ended(Ended::Dead, None, 9).await, [second, first]);
    assert_eq!(ended(Ended::Dead, None, 1).await, [second]);
    assert_eq!(ended(Ended::Dead, Some("a"), 9).await, [first]);
    assert_eq!(ended(Ended::Cancelled, None, 9).await, [cancelled]);
    assert_eq!(ended(Ended::Cancelled, Some("b"), 9).await, []);
}

async fn v3_the_jobs_of_each_queue_are_counted(fixture: Fixture) {
    assert_eq!(fixture.read(|tx| tx.job_store().depths()).await, []);
    fixture.enqueue(job("a", "one", 1)).await;
    assert_eq!(fixture.run_due("one", 1, RunEnd::Succeeded, 2).await, 1);
    fixture.enqueue(job("a", "one", 1)).await;
    assert_eq!(fixture.run_due("one", 1, dead(), 2).await, 1);
    for due in [30, 20, 40] {
        fixture.enqueue(job("a", "one", due)).await;
    }
    fixture.enqueue(job("a", "two", 50).in_lane("l")).await;
    fixture.enqueue(job("a", "two", 60).in_lane("l")).await;
    let depth = |queue: &str, state, count, due| Depth {
        queue: queue.to_owned(),
        state,
        count,
        first_due: Some(moment(due)),
    };
    let expected = [
        depth("one", JobState::Queued, 3, 20),
        depth("one", JobState::Dead, 1, 1_001),
        depth("two", JobState::Queued, 1, 50),
        depth("two", JobState::Waiting, 1, 60),
    ];
    assert_eq!(fixture.read(|tx| tx.job_store().depths()).await, expected);
}

async fn v4_runs_that_ended_well_say_how_long_they_took(fixture: Fixture) {
    for (at, end, ended_at) in
        [(1, RunEnd::Succeeded, 5), (10, RunEnd::Succeeded, 17), (20, dead(), 29)]
    {
        fixture.enqueue(job("a", "one", at)).await;
        assert_eq!(fixture.run_due("one", at, end, ended_at).await, 1);
    }
    let ran = |micros| Ran { queue: "one".to_owned(), took: Duration::from_micros(micros) };
    let ask =
        async |since, limit| fixture.read(move |tx| tx.job_store().ran(moment(since), limit)).await;
    assert_eq!(ask(0, 9).await, [ran(7), ran(4)]);
    assert_eq!(ask(0, 1).await, [ran(7)]);
    assert_eq!(ask(6, 9).await, [ran(7)]);
}

async fn v5_pruning_keeps_to_its_moment_and_limit(fixture: Fixture) {
    let mut ids = Vec::new();
    for at in 0..5 {
        ids.push(fixture.enqueue(job("a", "one", at)).await);
        let end = if at % 2 == 0 { RunEnd::Succeeded } else { dead() };
        assert_eq!(fixture.run_due("one", at, end, at).await, 1);
    }
    fixture.enqueue(job("a", "one", 0)).await;
    let prune = async |limit| fixture.write(move |tx| tx.job_store().prune(moment(4), limit)).await;
    assert_eq!((prune(3).await, prune(3).await, prune(3).await), (3, 1, 0));
    assert_eq!(fixture.find(JobFilter::default()).await.len(), 2);
    let (gone, kept) = (ids[0], ids[4]);
    let runs = fixture.read(move |tx| Ok((tx.jobs().runs(gone, 9)?, tx.jobs().runs(kept, 9)?)));
    let (gone, kept) = runs.await;
    assert_eq!((gone.len(), kept.len()), (0, 1));
}

async fn v6_jobs_of_unknown_kinds_are_counted(fixture: Fixture) {
    for (kind, due) in [("a", 1), ("new", 1), ("new", 2), ("other", 2), ("later", 9)] {
        fixture.enqueue(job(kind, "one", due)).await;
    }
    let found = fixture.read(|tx| tx.job_store().unknown(&["a", "b"], moment(5))).await;
    assert_eq!(found, [("new".to_owned(), 2), ("other".to_owned(), 1)]);
    let ended = JobId::parse(2).unwrap();
    fixture.write(move |tx| tx.jobs().cancel(ended, moment(6))).await;
    let found = fixture.read(|tx| tx.job_store().unknown(&[], moment(5))).await;
    assert_eq!(found.iter().map(|(_, count)| count).sum::<u64>(), 3);
}

async fn v7_what_was_given_up_lately_is_counted(fixture: Fixture) {
    for at in 1..6 {
        fixture.enqueue(job("a", "one", at)).await;
        let end = if at == 4 { RunEnd::Succeeded } else { dead() };
        assert_eq!(fixture.run_due("one", at, end, at).await, 1);
    }
    fixture.enqueue(job("a", "one", 9)).await;
    let failed = async |since, most| {
        fixture.read(move |tx| tx.job_store().failed_since(moment(since), most)).await
    };
    assert_eq!((failed(0, 9).await, failed(3, 9).await, failed(4, 9).await), (4, 2, 1));
    assert_eq!((failed(0, 2).await, failed(6, 9).await), (2, 0));
}

async fn v7_the_last_backup_is_known(fixture: Fixture) {
    let last = async || fixture.read(|tx| tx.job_store().backed_up_at()).await;
    assert_eq!(last().await, None);
    for (kind, at, succeeds) in
        [("backup", 2, true), ("backup", 5, true), ("backup", 7, false), ("b", 8, true)]
    {
        fixture.enqueue(job(kind, "one", at)).await;
        let end = if succeeds { RunEnd::Succeeded } else { dead() };
        assert_eq!(fixture.run_due("one", at, end, at).await, 1);
    }
    assert_eq!(last().await, Some(moment(5)));
}
