//! Alveole with what `make bench-background` measures: two kinds of jobs that do as little as possible, and
//! operations that enqueue them, alone or with a task.

mod bare;
mod crowd;
mod sink;

use std::{process::ExitCode, sync::Arc};

use actix_web::{post, web::Data};
use alveole::{Extension, Program};
use kernel::{
    Clock, CommonTx, EventId, JobKind, Permission, StoreError, UnitOfWork, UserId,
    job::{JobContext, JobDone, JobError},
};
use rest::{
    Module,
    call::Call,
    fields::Reason,
    problem::{Answer, Problem},
    reply::{self, Done},
};
use serde_json::json;
use tasks::{
    TasksTx,
    commands::CreateTask,
    error::TaskError,
    events::Cause,
    task::NewTask,
    values::{Description, Priority, Status, Tags, Title},
};

/// Does nothing.
const NOTHING: &str = "bench.nothing";
/// Writes one row in the unit of its end.
const EFFECT: &str = "bench.effect";
/// Jobs of one unit.
const BATCH: u32 = 500;

struct Bench {
    tasks: Arc<dyn UnitOfWork<dyn TasksTx>>,
    common: Arc<dyn UnitOfWork<dyn CommonTx>>,
    clock: Arc<dyn Clock>,
    kinds: Vec<JobKind>,
}

fn kinds(work: &Arc<dyn UnitOfWork<dyn CommonTx>>, clock: &Arc<dyn Clock>) -> Vec<JobKind> {
    let (work, clock) = (Arc::clone(work), Arc::clone(clock));
    let effect = move |context: JobContext| {
        let (work, now) = (Arc::clone(&work), clock.now());
        async move {
            let done = work.write(move |tx| {
                let row = EventId::parse(context.job.id.get())
                    .map_err(|error| StoreError::Internal(error.to_string()))?;
                tx.inbox().mark_processed(EFFECT, row, now)?;
                context.finish(tx, now)
            });
            done.await.map_err(|error: StoreError| JobError::Failed(error.to_string()))
        }
    };
    vec![JobKind::new(NOTHING, |_| async { Ok(JobDone::Done) }), JobKind::new(EFFECT, effect)]
}

fn failed(error: impl Into<TaskError>) -> Problem {
    Problem::from_error(&error.into())
}

fn number(raw: &str) -> Result<u32, Reason> {
    raw.parse().map_err(|_| ("bench.number", "must be a whole number".to_owned()))
}

fn person(raw: &str) -> Result<UserId, Reason> {
    let id = raw.parse().ok().and_then(|id| UserId::parse(id).ok());
    id.ok_or_else(|| ("bench.number", "must be the number of an account".to_owned()))
}

fn word(raw: &str) -> Result<String, Reason> {
    Ok(raw.to_owned())
}

/// Create a task: with jobs in the same transaction, with somebody who is to do it, or with an event that
/// nobody may see
#[utoipa::path(
    tag = "bench",
    operation_id = "bench_tasks",
    params(
        ("enqueue" = Option<u32>, Query, description = "How many jobs"),
        ("assignee" = Option<i64>, Query, description = "Who is to do it"),
        ("silent" = Option<u32>, Query, description = "1: the event has no audience")
    ),
    responses((status = 200, description = "Created", body = Done)),
    extensions(("x-alveole" = json!({"permission": "tasks:write"})))
)]
#[post("/bench/tasks")]
async fn make_task(call: Call, bench: Data<Bench>) -> Answer {
    let (actor, mut query) = (call.actor()?, call.query());
    actor.require(Permission::TasksWrite).map_err(failed)?;
    let count = query.optional("enqueue", number).unwrap_or(0);
    let silent = query.optional("silent", number) == Some(1);
    let assignee = query.optional("assignee", person);
    query.finish()?;
    let now = bench.clock.now();
    let command = CreateTask {
        title: Title::parse("Measure the server").expect("a title"),
        description: Description::parse("Two lines of text, no more.").expect("a description"),
        status: Status::Pending,
        priority: Priority::High,
        due: None,
        assignee,
        tags: Tags::default(),
    };
    let new = NewTask::from_command(&command, actor.user, now);
    let job = bench.kinds[0].job(json!({}));
    let written: Result<(), StoreError> = bench
        .tasks
        .write(move |tx| {
            let task = tx.tasks().insert(&new)?;
            let mut event = Cause::by(&actor, now).created(&task);
            if silent {
                event.audience.clear();
            }
            tx.outbox().append(&event)?;
            for _ in 0..count {
                tx.jobs().enqueue(&job, now)?;
            }
            Ok(())
        })
        .await;
    written.map_err(failed)?;
    Ok(reply::done("Created."))
}

/// Enqueue jobs
#[utoipa::path(
    tag = "bench",
    operation_id = "bench_jobs",
    params(
        ("kind" = String, Query, description = "bench.nothing or bench.effect"),
        ("count" = u32, Query, description = "How many")
    ),
    responses((status = 200, description = "Enqueued", body = Done)),
    extensions(("x-alveole" = json!({"permission": "jobs:manage"})))
)]
#[post("/bench/jobs")]
async fn make_jobs(call: Call, bench: Data<Bench>) -> Answer {
    let mut query = call.query();
    let (kind, count) = (query.required("kind", word), query.required("count", number));
    query.finish()?;
    let kind = bench.kinds.iter().find(|known| Some(known.name) == kind.as_deref());
    let job =
        kind.ok_or_else(|| Problem::field("kind", "bench.number", "is no kind"))?.job(json!({}));
    let mut left = count.unwrap_or(0);
    while left > 0 {
        let (some, job, now) = (left.min(BATCH), job.clone(), bench.clock.now());
        let written: Result<(), StoreError> = bench
            .common
            .write(move |tx| (0..some).try_for_each(|_| tx.jobs().enqueue(&job, now).map(drop)))
            .await;
        written.map_err(failed)?;
        left -= some;
    }
    Ok(reply::done("Enqueued."))
}

fn description() -> Module {
    Module {
        tags: &[("bench", "What is measured")],
        routes: |routes| {
            routes.service(make_task).service(make_jobs);
        },
        ..Module::new("bench")
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["sink", port] => return sink::serve(port),
        ["crowd", port, tokens] => return crowd::run(port, tokens),
        ["bare", port] => return bare::run(port),
        _ => {}
    }
    let bench = Extension::new(description(), |host| {
        let (common, clock): (Arc<dyn UnitOfWork<dyn CommonTx>>, _) = (host.db(), host.clock());
        let kinds = kinds(&common, &clock);
        let bench = Bench { tasks: host.db(), common, clock, kinds: kinds.clone() };
        Ok(Module { jobs: kinds, ..description() }.service(Arc::new(bench)))
    });
    Program::new().with(bench).run()
}
