//! Jobs as clients see and send them.

use jobs::{
    commands::{Ended, EnqueueJob, RETRY_MAX, RetryJobs, UniqueKey, UpdateQueue},
    query::{JobFilter, QueueStats},
    service::JobView,
};
use kernel::{
    Job, JobKind, Timestamp,
    job::{JobRun, JobState, Manual, Priority, QueueSettings},
};
use rest::{
    call::Body,
    etag,
    fields::{Misread, Reason, TextCodes, integer, string},
    problem::Problem,
    query::Query,
    reply::Reply,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// How far a job has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = jobs::State)]
pub enum StateWord {
    /// Waits for its time and for a worker.
    Queued,
    /// Failed, and waits for its next attempt.
    Retrying,
    /// A worker has claimed it.
    Running,
    /// Done.
    Succeeded,
    /// Given up.
    Dead,
    /// Cancelled by hand.
    Cancelled,
    /// Waits for an earlier job of its lane, or for the jobs of its batch.
    Waiting,
}

/// Which jobs of a queue come first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = jobs::Priority)]
pub enum PriorityWord {
    /// After all others.
    Low,
    /// The usual one.
    Normal,
    /// Before the usual ones.
    High,
    /// Before all others.
    Urgent,
}

/// How a run ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = jobs::Outcome)]
pub enum OutcomeWord {
    /// It has not ended.
    Running,
    /// It did its work.
    Succeeded,
    /// It failed.
    Failed,
    /// It asked for another time.
    Postponed,
    /// It was cancelled.
    Cancelled,
    /// Its worker died, or slept past its lease.
    Lost,
    /// Its worker stopped before the end.
    HandedBack,
}

/// A job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = jobs::Job)]
pub struct JobBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// What it does.
    #[schema(example = "tasks.purge")]
    pub kind: String,
    /// Its queue.
    #[schema(example = "default")]
    pub queue: String,
    /// Which jobs of the queue come first.
    #[schema(value_type = PriorityWord)]
    pub priority: &'static str,
    /// How far it has come.
    #[schema(value_type = StateWord)]
    pub state: &'static str,
    /// What it was given.
    #[schema(value_type = Object, example = json!({}))]
    pub args: Value,
    /// When it may be claimed next; the end of its lease while it runs.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub due_at: String,
    /// When it was enqueued, or retried by hand.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub enqueued_at: String,
    /// Attempts so far.
    #[schema(minimum = 0, example = 1)]
    pub attempt: u32,
    /// Attempts before it is dead.
    #[schema(minimum = 1, example = 10)]
    pub max_attempts: u32,
    /// Runs so far, with those that did not count as attempts.
    #[schema(minimum = 0, example = 1)]
    pub run: i64,
    /// The worker that claimed it last.
    pub worker: Option<String>,
    /// When it was claimed last.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub started_at: Option<String>,
    /// When it ended.
    #[schema(format = DateTime, example = "2026-11-21T08:00:01Z")]
    pub finished_at: Option<String>,
    /// Jobs of one lane run one at a time, in order.
    pub lane: Option<String>,
    /// At most one job of the kind has this key.
    pub unique_key: Option<String>,
    /// The follow-up of its batch.
    #[schema(minimum = 1)]
    pub batch_id: Option<i64>,
    /// Jobs of its own batch that have not ended.
    #[schema(minimum = 0, example = 0)]
    pub pending: i64,
    /// When it was cancelled while it ran.
    #[schema(format = DateTime)]
    pub cancel_at: Option<String>,
    /// What failed last.
    #[schema(max_length = 4096)]
    pub error: Option<String>,
    /// The schedule that it is for.
    pub schedule: Option<String>,
    /// The tick of the schedule; null when an administrator ran it.
    #[schema(format = DateTime)]
    pub tick_at: Option<String>,
}

impl From<&Job> for JobBody {
    fn from(job: &Job) -> Self {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
        Self {
            id: job.id.get(),
            kind: job.kind.clone(),
            queue: job.queue.clone(),
            priority: job.priority.as_str(),
            state: job.state.as_str(),
            args: job.args.clone(),
            due_at: job.due_at.to_string(),
            enqueued_at: job.enqueued_at.to_string(),
            attempt: job.attempt,
            max_attempts: job.max_attempts,
            run: job.run,
            worker: job.worker.clone(),
            started_at: time(job.started_at),
            finished_at: time(job.finished_at),
            lane: job.lane.clone(),
            unique_key: job.unique_key.clone(),
            batch_id: job.batch.map(kernel::JobId::get),
            pending: job.pending,
            cancel_at: time(job.cancel_at),
            error: job.error.clone(),
            schedule: job.schedule.clone(),
            tick_at: time(job.tick_at),
        }
    }
}

/// One run of a job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = jobs::Run)]
pub struct RunBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub run: i64,
    /// The worker.
    pub worker: String,
    /// When it began.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub started_at: String,
    /// How long it took, in milliseconds; none while it runs, and when it was lost.
    #[schema(minimum = 0, example = 12)]
    pub duration_ms: Option<u64>,
    /// How it ended.
    #[schema(value_type = OutcomeWord)]
    pub outcome: &'static str,
    /// What failed.
    #[schema(max_length = 4096)]
    pub error: Option<String>,
}

impl From<&JobRun> for RunBody {
    fn from(run: &JobRun) -> Self {
        let JobRun { run, worker, started_at, duration, outcome, error } = run;
        Self {
            run: *run,
            worker: worker.clone(),
            started_at: started_at.to_string(),
            duration_ms: duration.map(|took| took.as_millis() as u64),
            outcome: outcome.as_str(),
            error: error.clone(),
        }
    }
}

/// A job and its last runs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = jobs::JobWithRuns)]
pub struct JobViewBody {
    /// The job.
    pub job: JobBody,
    /// Its last 50 runs, the newest first.
    pub runs: Vec<RunBody>,
}

impl From<&JobView> for JobViewBody {
    fn from(view: &JobView) -> Self {
        let JobView { job, runs } = view;
        Self { job: JobBody::from(job), runs: runs.iter().map(RunBody::from).collect() }
    }
}

/// The tag of a job's representation.
pub fn job_etag(view: &JobView) -> String {
    let Job { run, state, due_at, enqueued_at, merged, cancel_at, .. } = &view.job;
    let cancelled = u8::from(cancel_at.is_some());
    let (due, enqueued) = (due_at.micros(), enqueued_at.micros());
    etag::of(*run, &format!("{}-{due}-{enqueued}-{merged}-{cancelled}", state.rank()))
}

/// `201` for a new job.
pub fn created(view: &JobView) -> Reply {
    let location = format!("/api/v1/admin/jobs/{}", view.job.id);
    Reply::created(JobViewBody::from(view), location, Some(job_etag(view)))
}

/// A kind that can be enqueued by hand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = jobs::Kind)]
pub struct KindBody {
    /// Its name.
    #[schema(example = "tasks.purge")]
    pub kind: &'static str,
    /// What it does.
    pub about: &'static str,
    /// The queue of its jobs.
    #[schema(example = "default")]
    pub queue: &'static str,
    /// The priority of its jobs.
    #[schema(value_type = PriorityWord)]
    pub priority: &'static str,
    /// How many run at a time.
    #[schema(minimum = 1, example = 1)]
    pub limit: Option<u32>,
    /// The JSON Schema of `args`.
    #[schema(value_type = Object)]
    pub args_schema: Value,
}

impl KindBody {
    /// Of a kind.
    pub fn new(kind: &JobKind, manual: Manual) -> Self {
        Self {
            kind: kind.name,
            about: manual.about,
            queue: kind.queue,
            priority: kind.priority.as_str(),
            limit: kind.limit,
            args_schema: (manual.schema)(),
        }
    }
}

/// What is known of a queue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = jobs::QueueStats)]
pub struct StatsBody {
    /// The queue.
    #[schema(example = "default")]
    pub queue: String,
    /// Jobs that wait for their time and a worker.
    pub queued: u64,
    /// Jobs that failed and wait for their next attempt.
    pub retrying: u64,
    /// Jobs that run.
    pub running: u64,
    /// Jobs that wait for their lane or their batch.
    pub waiting: u64,
    /// Jobs that were given up.
    pub dead: u64,
    /// For how many seconds the job that is due first has been due.
    pub oldest_due_seconds: Option<f64>,
    /// Jobs a minute that succeeded within the last five minutes.
    pub per_minute: f64,
    /// Half of those took at most so many milliseconds.
    pub p50_ms: Option<f64>,
    /// Of a hundred of those 99 took at most so many milliseconds.
    pub p99_ms: Option<f64>,
}

impl From<&QueueStats> for StatsBody {
    fn from(stats: &QueueStats) -> Self {
        let QueueStats { queue, by_state, oldest_due, per_minute, p50, p99 } = stats;
        let [queued, retrying, running, _, dead, _, waiting] = *by_state;
        let millis = |took: std::time::Duration| took.as_secs_f64() * 1000.0;
        Self {
            queue: queue.clone(),
            queued,
            retrying,
            running,
            waiting,
            dead,
            oldest_due_seconds: oldest_due.map(|since| since.as_secs_f64()),
            per_minute: *per_minute,
            p50_ms: p50.map(millis),
            p99_ms: p99.map(millis),
        }
    }
}

/// A queue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = jobs::Queue)]
pub struct QueueBody {
    /// Its name.
    #[schema(example = "default")]
    pub name: String,
    /// True when none of its jobs is started.
    pub paused: bool,
    /// How many of its jobs run at a time, over all workers; null: no limit.
    #[schema(minimum = 1, maximum = 10000)]
    pub concurrency: Option<u32>,
    /// Counts the changes; the `ETag` without its quotes.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

/// The version that clients see: 1 before the first change.
const fn version(settings: &QueueSettings) -> i64 {
    settings.version + 1
}

/// The version of the settings that a client names.
pub fn known_version(expected: Option<i64>) -> Option<i64> {
    expected.map(|version| version - 1)
}

impl From<&QueueSettings> for QueueBody {
    fn from(settings: &QueueSettings) -> Self {
        let version = version(settings);
        let QueueSettings { name, paused, concurrency, version: _ } = settings;
        Self { name: name.clone(), paused: *paused, concurrency: *concurrency, version }
    }
}

/// The tag of a queue's representation.
pub fn queue_etag(settings: &QueueSettings) -> String {
    etag::of(version(settings), "")
}

/// A job of a kind that can be enqueued by hand.
#[derive(Debug, ToSchema)]
#[schema(as = jobs::EnqueueJob, example = json!({
    "kind": "tasks.purge", "args": {}, "run_at": "2026-12-01T08:00:00Z", "priority": "high"
}))]
pub struct EnqueueBody {
    /// One of `GET /admin/jobs/kinds`.
    pub kind: String,
    /// What the schema of the kind says; an empty object when absent.
    #[schema(value_type = Option<Object>)]
    pub args: Option<Value>,
    /// Not before this; now when absent.
    #[schema(format = DateTime)]
    pub run_at: Option<String>,
    /// The priority of the kind when absent.
    #[schema(value_type = Option<PriorityWord>)]
    pub priority: Option<String>,
    /// At most one job of the kind that has not ended has this key.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub unique_key: Option<String>,
}

/// Which jobs to retry.
#[derive(Debug, ToSchema)]
#[schema(as = jobs::RetryJobs, example = json!({"state": "dead", "kind": "tasks.purge", "limit": 100}))]
pub struct RetryBody {
    /// `dead` or `cancelled`.
    #[schema(pattern = "^(dead|cancelled)$")]
    pub state: String,
    /// Of this kind; of all when absent.
    pub kind: Option<String>,
    /// At most so many; 1000 when absent.
    #[schema(minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
}

/// How many.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = jobs::RetriedJobs)]
pub struct RetriedBody {
    /// Jobs that are due now.
    #[schema(minimum = 0, example = 1)]
    pub count: u64,
}

/// A change of a queue, as a merge patch: an absent field stays, null clears.
#[derive(Debug, ToSchema)]
#[schema(as = jobs::UpdateQueue, example = json!({"paused": true, "concurrency": 2}))]
pub struct UpdateQueueBody {
    /// Whether none of its jobs is started.
    #[schema(nullable = false)]
    pub paused: Option<bool>,
    /// How many of its jobs run at a time, over all workers.
    #[schema(minimum = 1, maximum = 10000)]
    pub concurrency: Option<u32>,
}

const KEY: TextCodes =
    TextCodes { empty: "jobs.unique_key_empty", too_long: "jobs.unique_key_too_long" };

fn key(raw: &str) -> Result<UniqueKey, Reason> {
    UniqueKey::parse(raw).map_err(|error| KEY.reason(error))
}

fn priority(raw: &str) -> Result<Priority, Reason> {
    let message = || "must be low, normal, high or urgent".to_owned();
    Priority::parse(raw).ok_or_else(|| ("jobs.priority_unknown", message()))
}

fn moment(raw: &str) -> Result<Timestamp, Reason> {
    Timestamp::parse(raw).map_err(|error| ("jobs.run_at_invalid", error.to_string()))
}

fn object(value: Value) -> Result<Value, Misread> {
    if value.is_object() { Ok(value) } else { Err(Misread::Type("an object", value)) }
}

pub(crate) fn boolean(value: Value) -> Result<bool, Misread> {
    value.as_bool().ok_or(Misread::Type("a boolean", value))
}

fn bounded(most: u32, code: &'static str) -> impl Fn(i64) -> Result<u32, Reason> {
    move |raw| {
        let number = u32::try_from(raw).ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| (code, format!("must be 1 to {most}")))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what `string` takes")]
fn any(raw: &str) -> Result<String, Reason> {
    Ok(raw.to_owned())
}

/// `POST /admin/jobs`.
pub fn enqueue(body: &Body) -> Result<EnqueueJob, Problem> {
    let mut fields = body.fields()?;
    let kind = fields.required("kind", string(any));
    let args = fields.optional("args", object);
    let run_at = fields.optional("run_at", string(moment));
    let priority = fields.optional("priority", string(priority));
    let unique_key = fields.optional("unique_key", string(key));
    let args = args.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    fields.finish(kind.map(|kind| EnqueueJob { kind, args, run_at, priority, unique_key }))
}

/// `POST /admin/jobs/retry`.
pub fn retry(body: &Body) -> Result<RetryJobs, Problem> {
    let mut fields = body.fields()?;
    let state = |raw: &str| match raw {
        "dead" => Ok(Ended::Dead),
        "cancelled" => Ok(Ended::Cancelled),
        _ => Err(("jobs.state_unknown", "must be dead or cancelled".to_owned())),
    };
    let state = fields.required("state", string(state));
    let kind = fields.optional("kind", string(any));
    let limit = fields.optional("limit", integer(bounded(RETRY_MAX, "jobs.limit_invalid")));
    let limit = limit.unwrap_or(RETRY_MAX);
    fields.finish(state.map(|state| RetryJobs { state, kind, limit }))
}

/// `PUT` and `PATCH /admin/queues/{queue}`.
pub fn update_queue(body: &Body) -> Result<UpdateQueue, Problem> {
    let mut fields = body.fields()?;
    let paused = fields.keep("paused", boolean);
    let most = integer(bounded(10_000, "jobs.concurrency_invalid"));
    let concurrency = fields.patch("concurrency", most);
    fields.finish(Some(UpdateQueue { paused, concurrency }))
}

/// Which jobs.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterParams {
    /// In this state.
    #[param(nullable = false)]
    pub state: Option<StateWord>,
    /// Of this kind.
    #[param(nullable = false, example = "tasks.purge")]
    pub kind: Option<String>,
    /// In this queue.
    #[param(nullable = false, example = "default")]
    pub queue: Option<String>,
    /// In this lane.
    #[param(nullable = false)]
    pub lane: Option<String>,
    /// Of this schedule.
    #[param(nullable = false, example = "tasks.purge")]
    pub schedule: Option<String>,
    /// In the batch with this follow-up.
    #[param(minimum = 1, nullable = false)]
    pub batch_id: Option<i64>,
    /// Due before this moment.
    #[param(format = DateTime, nullable = false)]
    pub due_before: Option<String>,
    /// `id, due_at, enqueued_at`, separated by commas, `-` in front for descending; ties go by id.
    /// Default `-id`.
    #[param(nullable = false, example = "-id")]
    pub sort: Option<String>,
}

/// Reads the filter.
pub fn filter(query: &mut Query) -> JobFilter {
    let state = |raw: &str| {
        let known: Vec<&str> = JobState::ALL.iter().map(|state| state.as_str()).collect();
        let message = || format!("must be one of {}", known.join(", "));
        JobState::parse(raw).ok_or_else(|| ("jobs.state_unknown", message()))
    };
    let id =
        |raw: &str| raw.parse().map_err(|error: kernel::IdError| ("id.invalid", error.to_string()));
    JobFilter {
        state: query.optional("state", state),
        kind: query.take("kind"),
        queue: query.take("queue"),
        lane: query.take("lane"),
        schedule: query.take("schedule"),
        batch: query.optional("batch_id", id),
        due_before: query.optional("due_before", moment),
    }
}
