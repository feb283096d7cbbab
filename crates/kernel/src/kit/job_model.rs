//! The queue of jobs against a model of it: random sequences of what three workers and an administrator
//! do, the same on every store. A sequence that fails is made shorter before it is shown.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use serde_json::json;

use super::common::{Fixture, moment};
use crate::{
    Job, JobId, NewJob, StoreError, Timestamp,
    claim::{Claim, Claimed as _},
    job::{
        Cancellation, ClaimKind, Enqueued, Heartbeat, JobClaim, JobState, Meeting, Priority,
        PriorityOrder, Release, RunEnd,
    },
};

/// Sequences a case plays.
const SEQUENCES: u32 = 24;
/// Most steps of a sequence.
const STEPS: usize = 60;

/// What a step does. Times are microseconds; a job is named by its place among those of the sequence, a claim by
/// its place among those that its worker holds, both modulo how many there are.
#[derive(Debug, Clone)]
enum Step {
    Enqueue {
        priority: Priority,
        after: i64,
        tries: u32,
        lane: Option<u8>,
        key: Option<Key>,
    },
    Claim {
        worker: usize,
        limit: u32,
        lease: i64,
        order: PriorityOrder,
    },
    Finish {
        worker: usize,
        claim: usize,
        end: End,
    },
    Heartbeat {
        worker: usize,
        lease: Option<i64>,
    },
    /// The worker forgets its claims.
    Crash {
        worker: usize,
    },
    Cancel {
        job: usize,
    },
    Retry {
        job: usize,
    },
    /// The clock moves; it may be set back.
    Clock {
        by: i64,
    },
}

#[derive(Debug, Clone, Copy)]
struct Key {
    name: u8,
    release: Until,
    replaces: bool,
}

#[derive(Debug, Clone, Copy)]
enum Until {
    Start,
    Finish,
    After(i64),
}

#[derive(Debug, Clone, Copy)]
enum End {
    Succeeded,
    Failed(i64),
    Discarded,
    Postponed(i64),
    HandedBack,
    Cancelled,
}

fn step() -> impl Strategy<Value = Step> {
    let priority = prop::sample::select(Priority::ALL.to_vec());
    let until =
        prop_oneof![Just(Until::Start), Just(Until::Finish), (1..6i64).prop_map(Until::After)];
    let key = (0..2u8, until, any::<bool>()).prop_map(|(name, release, replaces)| Key {
        name,
        release,
        replaces,
    });
    let end = prop_oneof![
        3 => Just(End::Succeeded),
        3 => (0..4i64).prop_map(End::Failed),
        1 => Just(End::Discarded),
        1 => (0..4i64).prop_map(End::Postponed),
        1 => Just(End::HandedBack),
        1 => Just(End::Cancelled),
    ];
    let order = prop_oneof![Just(PriorityOrder::HighestFirst), Just(PriorityOrder::LowestFirst)];
    prop_oneof![
        6 => (priority, 0..4i64, 1..4u32, prop::option::of(0..2u8), prop::option::of(key)).prop_map(
            |(priority, after, tries, lane, key)| Step::Enqueue { priority, after, tries, lane, key }
        ),
        5 => (0..3usize, 1..4u32, 1..5i64, order)
            .prop_map(|(worker, limit, lease, order)| Step::Claim { worker, limit, lease, order }),
        6 => (0..3usize, 0..4usize, end)
            .prop_map(|(worker, claim, end)| Step::Finish { worker, claim, end }),
        1 => (0..3usize, prop::option::of(1..5i64))
            .prop_map(|(worker, lease)| Step::Heartbeat { worker, lease }),
        1 => (0..3usize).prop_map(|worker| Step::Crash { worker }),
        2 => (0..20usize).prop_map(|job| Step::Cancel { job }),
        2 => (0..20usize).prop_map(|job| Step::Retry { job }),
        4 => (-2..6i64).prop_map(|by| Step::Clock { by }),
    ]
}

/// A job as the model knows it.
#[derive(Debug, Clone)]
struct Known {
    id: JobId,
    priority: Priority,
    state: JobState,
    due: i64,
    /// Its place in its lane: when it was enqueued, or retried by hand.
    since: i64,
    attempt: u32,
    tries: u32,
    run: i64,
    lane: Option<u8>,
    key: Option<(u8, Kept)>,
    replaced: bool,
    cancelled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kept {
    Start,
    End,
    Time(i64),
}

/// What of a job is compared: state, attempts, runs, due time unless it has ended, whether it has its key and
/// other arguments, and whether its cancellation was asked for.
type Seen = (JobState, u32, i64, Option<Timestamp>, bool, bool, bool);

impl Known {
    const fn is_open(&self) -> bool {
        matches!(self.state, JobState::Queued | JobState::Retrying | JobState::Running)
    }

    fn seen(&self) -> Seen {
        let due = (!self.state.is_final()).then(|| moment(self.due));
        let has_key = self.key.is_some();
        (self.state, self.attempt, self.run, due, has_key, self.replaced, self.cancelled)
    }
}

fn seen(job: &Job) -> Seen {
    let due = (!job.state.is_final()).then_some(job.due_at);
    let is_replaced = job.args["replaced"] == true;
    let has_key = job.unique_key.is_some();
    (job.state, job.attempt, job.run, due, has_key, is_replaced, job.cancel_at.is_some())
}

/// The queue as its promises describe it.
#[derive(Debug, Default)]
struct Model {
    now: i64,
    jobs: Vec<Known>,
}

impl Model {
    fn lane_is_taken(&self, lane: Option<u8>) -> bool {
        lane.is_some() && self.jobs.iter().any(|job| job.is_open() && job.lane == lane)
    }

    /// The job that has a key; one whose time is over loses it here.
    fn holder(&mut self, name: u8) -> Option<usize> {
        let now = self.now;
        let holds = |job: &Known| job.key.is_some_and(|(key, _)| key == name);
        let at = self.jobs.iter().position(holds)?;
        let job = self.jobs.get_mut(at)?;
        if job.key.is_some_and(|(_, kept)| matches!(kept, Kept::Time(time) if time <= now)) {
            job.key = None;
            return None;
        }
        Some(at)
    }

    fn end(&mut self, at: usize, state: JobState) {
        let job = &mut self.jobs[at];
        job.state = state;
        if !matches!(job.key, Some((_, Kept::Time(_)))) {
            job.key = None;
        }
        let lane = job.lane;
        if lane.is_none() || self.lane_is_taken(lane) {
            return;
        }
        let behind = self.jobs.iter_mut();
        let behind = behind.filter(|job| job.lane == lane && job.state == JobState::Waiting);
        if let Some(next) = behind.min_by_key(|job| (job.since, job.id)) {
            next.state = JobState::Queued;
        }
    }

    fn claim(&mut self, limit: u32, until: i64, order: PriorityOrder) -> Vec<(JobId, i64)> {
        let mut claimed = Vec::new();
        let mut priorities = Priority::ALL.to_vec();
        if order == PriorityOrder::LowestFirst {
            priorities.reverse();
        }
        for priority in priorities {
            while claimed.len() < limit as usize {
                let due = (0..self.jobs.len()).filter(|at| {
                    let job = &self.jobs[*at];
                    job.is_open() && job.priority == priority && job.due <= self.now
                });
                let first = due.min_by_key(|at| (self.jobs[*at].due, self.jobs[*at].id));
                let Some(at) = first else { break };
                let job = &mut self.jobs[at];
                let is_over = job.attempt >= job.tries;
                job.run += 1;
                job.attempt = (job.attempt + 1).min(job.tries);
                if matches!(job.key, Some((_, Kept::Start))) {
                    job.key = None;
                }
                job.state = JobState::Running;
                job.due = until;
                let (id, run, is_cancelled) = (job.id, job.run, job.cancelled);
                if is_cancelled {
                    self.end(at, JobState::Cancelled);
                } else if is_over {
                    self.end(at, JobState::Dead);
                } else {
                    claimed.push((id, run));
                }
            }
        }
        claimed.sort_unstable();
        claimed
    }

    /// The job of a claim that holds.
    fn held(&self, claim: Claim<JobId>) -> Option<usize> {
        let is_held = |job: &Known| {
            job.id == claim.id && job.run == claim.run && job.state == JobState::Running
        };
        self.jobs.iter().position(is_held)
    }

    fn finish(&mut self, claim: Claim<JobId>, end: End) -> Option<JobState> {
        let at = self.held(claim)?;
        let now = self.now;
        let job = &mut self.jobs[at];
        if job.cancelled && matches!(end, End::Succeeded) {
            return None;
        }
        let (state, due) = match end {
            End::Succeeded => (JobState::Succeeded, None),
            End::Failed(after) if job.attempt < job.tries => {
                (JobState::Retrying, Some(now + after))
            }
            End::Failed(_) | End::Discarded => (JobState::Dead, None),
            End::Cancelled => (JobState::Cancelled, None),
            End::Postponed(_) | End::HandedBack => {
                job.attempt -= 1;
                let again = if job.attempt == 0 { JobState::Queued } else { JobState::Retrying };
                let after = if let End::Postponed(after) = end { after } else { 0 };
                (again, Some(now + after))
            }
        };
        match due {
            Some(due) if !job.cancelled => (job.state, job.due) = (state, due),
            _ if job.cancelled => self.end(at, JobState::Cancelled),
            _ => self.end(at, state),
        }
        Some(self.jobs[at].state)
    }

    fn cancel(&mut self, at: usize) -> Cancellation {
        match self.jobs[at].state {
            state if state.is_final() => Cancellation::TooLate(state),
            JobState::Running => {
                self.jobs[at].cancelled = true;
                Cancellation::Requested
            }
            _ => {
                self.end(at, JobState::Cancelled);
                Cancellation::Done
            }
        }
    }

    fn retry(&mut self, at: usize) -> bool {
        if !matches!(self.jobs[at].state, JobState::Dead | JobState::Cancelled) {
            return false;
        }
        let waits = self.lane_is_taken(self.jobs[at].lane);
        let job = &mut self.jobs[at];
        job.state = if waits { JobState::Waiting } else { JobState::Queued };
        (job.due, job.since, job.attempt, job.cancelled) = (self.now, self.now, 0, false);
        true
    }
}

/// A sequence that is being played on a store. Its queue, kind, lanes and keys are its own.
struct Play<'a> {
    fixture: &'a Fixture,
    queue: String,
    model: Model,
    held: BTreeMap<usize, Vec<Claim<JobId>>>,
}

fn differ<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, must: &T) -> Result<(), String> {
    if is == must { Ok(()) } else { Err(format!("{what}: is {is:?}, must be {must:?}")) }
}

impl Play<'_> {
    async fn enqueue(&mut self, step: &Step) -> Result<(), String> {
        let Step::Enqueue { priority, after, tries, lane, key } = *step else { return Ok(()) };
        let (queue, now) = (self.queue.clone(), self.model.now);
        let due = now + after;
        let mut job = NewJob {
            kind: queue.clone(),
            lane: lane.map(|lane| format!("{queue}/{lane}")),
            queue,
            priority,
            max_attempts: tries,
            args: json!({}),
            run_at: Some(moment(due)),
            unique: None,
            schedule: None,
            tick_at: None,
        };
        let kept = key.map(|key| match key.release {
            Until::Start => (key.name, Kept::Start),
            Until::Finish => (key.name, Kept::End),
            Until::After(span) => (key.name, Kept::Time(now + span)),
        });
        if let (Some(key), Some((_, kept))) = (key, kept) {
            let release = match kept {
                Kept::Start => Release::Start,
                Kept::End => Release::Finish,
                Kept::Time(time) => Release::At(moment(time)),
            };
            let meeting = if key.replaces { Meeting::Replace } else { Meeting::Keep };
            job.args = json!({"replaced": key.replaces && self.model.holder(key.name).is_some()});
            job = job.unique(key.name.to_string(), release, meeting);
        }
        let said = self.fixture.write(move |tx| tx.jobs().enqueue(&job, moment(now))).await;
        if let Some(key) = key
            && let Some(at) = self.model.holder(key.name)
        {
            let holder = &mut self.model.jobs[at];
            let never_ran =
                holder.run == 0 && matches!(holder.state, JobState::Queued | JobState::Waiting);
            if key.replaces && never_ran {
                (holder.due, holder.replaced) = (due, true);
            }
            return differ("enqueue", &said, &Enqueued::Already(holder.id));
        }
        let waits = self.model.lane_is_taken(lane);
        self.model.jobs.push(Known {
            id: said.id(),
            priority,
            state: if waits { JobState::Waiting } else { JobState::Queued },
            due,
            since: now,
            attempt: 0,
            tries,
            run: 0,
            lane,
            key: kept,
            replaced: false,
            cancelled: false,
        });
        differ("enqueue", &said, &Enqueued::New(said.id()))
    }

    async fn claim(&mut self, step: &Step) -> Result<(), String> {
        let Step::Claim { worker, limit, lease, order } = *step else { return Ok(()) };
        let (queue, now) = (self.queue.clone(), self.model.now);
        let claimed = self.fixture.write(move |tx| {
            let kinds = [ClaimKind { name: &queue, limit: None }];
            let until = moment(now + lease);
            let claim =
                JobClaim { queue: &queue, kinds: &kinds, worker: "model", until, limit, order };
            tx.jobs().claim_jobs(&claim, moment(now))
        });
        let claimed = claimed.await;
        let mut said: Vec<(JobId, i64)> = claimed.iter().map(|job| (job.id, job.run)).collect();
        said.sort_unstable();
        self.held.entry(worker).or_default().extend(claimed.iter().map(Job::claim));
        differ("claim", &said, &self.model.claim(limit, now + lease, order))
    }

    async fn finish(&mut self, worker: usize, claim: usize, end: End) -> Result<(), String> {
        let held = self.held.entry(worker).or_default();
        if held.is_empty() {
            return Ok(());
        }
        // It stays in the list: finished twice, it must be stale.
        let (claim, now) = (held[claim % held.len()], self.model.now);
        let run_end = match end {
            End::Succeeded => RunEnd::Succeeded,
            End::Failed(after) => {
                RunEnd::Failed { error: "planned".to_owned(), retry_at: moment(now + after) }
            }
            End::Discarded => RunEnd::Discarded { error: "planned".to_owned() },
            End::Postponed(after) => RunEnd::Postponed { until: moment(now + after) },
            End::HandedBack => RunEnd::HandedBack,
            End::Cancelled => RunEnd::Cancelled,
        };
        let said = self.fixture.try_write(move |tx| {
            let state = tx.jobs().finish(claim, &run_end, moment(now));
            state.map(Some)
        });
        let said = match said.await {
            Err(StoreError::Stale) => None,
            other => other.map_err(|error| error.to_string())?,
        };
        differ("finish", &said, &self.model.finish(claim, end))
    }

    async fn heartbeat(&mut self, worker: usize, lease: Option<i64>) -> Result<(), String> {
        let claims = self.held.get(&worker).cloned().unwrap_or_default();
        let until = lease.map(|lease| self.model.now + lease);
        let sent = claims.clone();
        let said = self.fixture.write(move |tx| tx.jobs().heartbeat(&sent, until.map(moment)));
        let said = said.await;
        let must: Vec<Heartbeat> = claims
            .iter()
            .map(|claim| match self.model.held(*claim) {
                None => Heartbeat::Stale,
                Some(at) => {
                    let job = &mut self.model.jobs[at];
                    job.due = until.unwrap_or(job.due);
                    if job.cancelled { Heartbeat::Cancelled } else { Heartbeat::Held }
                }
            })
            .collect();
        differ("heartbeat", &said, &must)
    }

    async fn by_hand(&mut self, job: usize, is_retry: bool) -> Result<(), String> {
        if self.model.jobs.is_empty() {
            return Ok(());
        }
        let at = job % self.model.jobs.len();
        let (id, now) = (self.model.jobs[at].id, moment(self.model.now));
        if is_retry {
            let said = self.fixture.write(move |tx| tx.jobs().retry_job(id, now)).await;
            return differ("retry", &said, &self.model.retry(at));
        }
        let said = self.fixture.write(move |tx| tx.jobs().cancel(id, now)).await;
        differ("cancel", &said, &Some(self.model.cancel(at)))
    }

    async fn step(&mut self, step: &Step) -> Result<(), String> {
        match *step {
            Step::Enqueue { .. } => self.enqueue(step).await?,
            Step::Claim { .. } => self.claim(step).await?,
            Step::Finish { worker, claim, end } => self.finish(worker, claim, end).await?,
            Step::Heartbeat { worker, lease } => self.heartbeat(worker, lease).await?,
            Step::Crash { worker } => drop(self.held.remove(&worker)),
            Step::Cancel { job } => self.by_hand(job, false).await?,
            Step::Retry { job } => self.by_hand(job, true).await?,
            Step::Clock { by } => self.model.now += by,
        }
        let ids: Vec<JobId> = self.model.jobs.iter().map(|job| job.id).collect();
        let stored = self
            .fixture
            .read(move |tx| ids.iter().map(|id| tx.jobs().job(*id)).collect::<Result<Vec<_>, _>>())
            .await;
        for (job, known) in stored.iter().zip(&self.model.jobs) {
            let is = job.as_ref().map(seen);
            differ(&format!("job {}", known.id), &is, &Some(known.seen()))?;
        }
        Ok(())
    }
}

/// Plays a sequence; says where store and model differ.
async fn play(fixture: &Fixture, number: u32, steps: &[Step]) -> Result<(), String> {
    let queue = format!("model-{number}");
    let mut play = Play { fixture, queue, model: Model::default(), held: BTreeMap::new() };
    for (at, step) in steps.iter().enumerate() {
        play.step(step).await.map_err(|error| format!("step {at}: {error}"))?;
    }
    Ok(())
}

/// J2 to J9, J12, J16 at once, under clocks that are set back and workers that come too late.
pub(super) async fn random_sequences_do_what_the_model_does(fixture: Fixture) {
    // Always the same sequences: a failure can be repeated.
    let mut runner = TestRunner::deterministic();
    let mut number = 0;
    for _ in 0..SEQUENCES {
        let mut steps = vec(step(), 1..STEPS).new_tree(&mut runner).unwrap().current();
        number += 1;
        let Err(mut error) = play(&fixture, number, &steps).await else { continue };
        // Without each step that does not matter.
        let mut at = steps.len();
        while at > 0 {
            at -= 1;
            let mut shorter = steps.clone();
            shorter.remove(at);
            number += 1;
            if let Err(same) = play(&fixture, number, &shorter).await {
                (steps, error) = (shorter, same);
            }
        }
        panic!("{error}, after {steps:#?}");
    }
}
