//! `alveole schedules`: when jobs are enqueued by themselves, and how the last of each ended.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use jobs::{JobAdmin, Schedule};
use kernel::{Job, job::JobState};

use super::runtime;
use crate::{config::Config, program::Program, wire};

/// How long to wait for a running process to start a job.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often to look meanwhile.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Debug, Subcommand)]
pub(super) enum SchedulesCommand {
    /// List the schedules: when each ticks next, and how its last job ended
    List,
    /// Make a schedule due now, also a paused one, and wait for the end of its job on a running server or worker
    Run {
        /// The schedule, for example tasks.purge
        name: String,
    },
}

pub(super) fn run(
    program: &Program,
    config: &Config,
    command: &SchedulesCommand,
) -> anyhow::Result<ExitCode> {
    let jobs = wire::job_admin(config, program.open(config)?);
    runtime()?.block_on(async {
        match command {
            SchedulesCommand::List => {
                println!("schedule\tpattern\tzone\tnext\tmissed\tlast job\tstarted\ttook\terror");
                for (schedule, job) in rows(&jobs).await? {
                    println!("{}", line(&schedule, job.as_ref()));
                }
                Ok(ExitCode::SUCCESS)
            }
            SchedulesCommand::Run { name } => trigger(&jobs, name).await,
        }
    })
}

async fn rows(jobs: &JobAdmin) -> anyhow::Result<Vec<(Schedule, Option<Job>)>> {
    let rows = jobs.schedules_with_jobs().await;
    rows.context("the schedules cannot be read (is the database migrated?)")
}

fn line(schedule: &Schedule, job: Option<&Job>) -> String {
    let dash = || "-".to_owned();
    let took = job.and_then(|job| Some(job.finished_at?.since(job.started_at?)));
    let started = job.and_then(|job| job.started_at);
    let error = job.and_then(|job| job.error.as_ref());
    [
        schedule.name.clone(),
        schedule.cron.clone(),
        schedule.zone.clone(),
        schedule.next_at.map_or_else(|| "paused".to_owned(), |at| at.to_string()),
        schedule.missed_count.to_string(),
        job.map_or_else(dash, |job| job.state.as_str().to_owned()),
        started.map_or_else(dash, |at| at.to_string()),
        took.map_or_else(dash, |took| format!("{} ms", took.as_millis())),
        error.map_or_else(dash, |error| format!("{error:?}")),
    ]
    .join("\t")
}

/// A schedule and its last job.
async fn row(jobs: &JobAdmin, name: &str) -> anyhow::Result<(Schedule, Option<Job>)> {
    let found = rows(jobs).await?.into_iter().find(|(schedule, _)| schedule.name == name);
    let Some(found) = found else {
        bail!("there is no schedule {name:?}; `alveole schedules list` shows their names");
    };
    Ok(found)
}

async fn trigger(jobs: &JobAdmin, name: &str) -> anyhow::Result<ExitCode> {
    let began = std::time::Instant::now();
    // One that runs already has perhaps passed what this one is wanted for.
    let before = loop {
        let (schedule, job) = row(jobs, name).await?;
        let Some(job) = job.filter(|job| !job.state.is_final()) else { break schedule };
        if job.state != JobState::Running && began.elapsed() > PATIENCE {
            println!("{}", line(&schedule, Some(&job)));
            println!("An earlier job has not ended, and no running process ends it.");
            return Ok(ExitCode::FAILURE);
        }
        tokio::time::sleep(LOOK).await;
    };
    let last = row(jobs, name).await?.1.map(|job| job.id);
    let triggered = jobs.trigger_schedule(before.name).await;
    triggered.context("the schedules cannot be written (is the database migrated?)")?;
    let began = std::time::Instant::now();
    loop {
        tokio::time::sleep(LOOK).await;
        let (schedule, job) = row(jobs, name).await?;
        let job = job.filter(|job| last.is_none_or(|last| job.id > last));
        match job.as_ref().map(|job| job.state) {
            Some(JobState::Succeeded) => {
                println!("{}", line(&schedule, job.as_ref()));
                return Ok(ExitCode::SUCCESS);
            }
            Some(JobState::Dead | JobState::Cancelled | JobState::Retrying) => {
                println!("{}", line(&schedule, job.as_ref()));
                return Ok(ExitCode::FAILURE);
            }
            Some(JobState::Running) => {}
            _ if began.elapsed() > PATIENCE => {
                println!(
                    "No running process has started it. It is due and runs when one is there."
                );
                return Ok(ExitCode::FAILURE);
            }
            _ => {}
        }
    }
}
