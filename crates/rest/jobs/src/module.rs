//! What the program needs to know of jobs.

use std::{sync::Arc, time::Duration};

use jobs::{JobAdmin, JobsError};
use kernel::{Chore, Permission, Runs};
use rest::{
    Module,
    dashboard::{Count, CountPart},
    live::LiveRule,
    module::PathParameter,
    problem::Problem,
};

use crate::{codes, present, routes};

/// From one count of the queues to the next.
const COUNT: Duration = Duration::from_secs(10);
/// From one look for jobs that no process runs to the next.
const LOOK: Duration = Duration::from_secs(60);

/// The module as the document describes it, without its service.
pub fn description() -> Module {
    Module {
        tags: &[("jobs", "Background jobs, their runs, queues and schedules, for administrators")],
        codes: &[codes::CODES],
        event_types: jobs::events::TYPES,
        counts: &COUNTS,
        routes,
        parameters: &[
            PathParameter {
                name: "queue",
                about: "The name of the queue",
                example: "default",
                pattern: Some("^[a-z][a-z0-9_-]{0,49}$"),
            },
            PathParameter {
                name: "schedule",
                about: "The name of the schedule",
                example: "tasks.purge",
                pattern: Some("^[a-z][a-z0-9_.-]{0,99}$"),
            },
        ],
        ..Module::new("jobs")
    }
}

/// The module.
pub fn module(jobs: Arc<JobAdmin>) -> Module {
    let mut chores = jobs.chores();
    chores.push(Chore::of(&jobs, "jobs.count", Runs::EachProcess(COUNT), |jobs| async move {
        count(&jobs).await
    }));
    chores.push(Chore::of(&jobs, "jobs.unknown", Runs::EachProcess(LOOK), |jobs| async move {
        for (kind, count) in jobs.unknown().await? {
            tracing::warn!(kind, count, "jobs are due that no process of this release runs");
        }
        Ok::<_, JobsError>(0)
    }));
    let live = ["job", "schedule"]
        .map(|kind| LiveRule::new(kind, Permission::JobsManage).managed_by(Permission::JobsManage));
    let count_parts = vec![CountPart::of(&jobs, &COUNTS, counts)];
    Module { chores, count_parts, live: live.to_vec(), ..description() }.service(jobs)
}

/// On the dashboard.
const COUNTS: [Count; 5] = [
    Count { name: "jobs_queued", about: "Jobs that are due or will be" },
    Count { name: "jobs_retrying", about: "Jobs that failed and will run again" },
    Count { name: "jobs_running", about: "Jobs that run" },
    Count { name: "jobs_waiting", about: "Jobs that wait for others" },
    Count { name: "jobs_dead", about: "Jobs that were given up" },
];

async fn counts(jobs: Arc<JobAdmin>) -> Result<Vec<u64>, Problem> {
    let mut sums = vec![0; COUNTS.len()];
    for stats in jobs.counts().await.map_err(present)? {
        let [queued, retrying, running, _, dead, _, waiting] = stats.by_state;
        for (sum, count) in sums.iter_mut().zip([queued, retrying, running, waiting, dead]) {
            *sum += count;
        }
    }
    Ok(sums)
}

/// The gauges of the queues.
async fn count(jobs: &JobAdmin) -> Result<u64, JobsError> {
    for stats in jobs.counts().await? {
        let [queued, retrying, running, _, dead, _, waiting] = stats.by_state;
        for (state, count) in [
            ("queued", queued),
            ("retrying", retrying),
            ("running", running),
            ("dead", dead),
            ("waiting", waiting),
        ] {
            metrics::gauge!("alveole_jobs", "queue" => stats.queue.clone(), "state" => state)
                .set(count as f64);
        }
        let oldest = stats.oldest_due.map_or(0.0, |since| since.as_secs_f64());
        metrics::gauge!("alveole_jobs_oldest_due_seconds", "queue" => stats.queue).set(oldest);
    }
    Ok(0)
}
