//! `alveole chores`: recurring maintenance, its schedule and status.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use kernel::{Clock as _, CommonTx, StoreError, SystemClock, UnitOfWork, chore::ChoreStatus};

use super::runtime;
use crate::{config::Config, program::Program, wire};

/// How long to wait for a running process to start a triggered chore.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often to look meanwhile.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Debug, Subcommand)]
pub(super) enum ChoresCommand {
    /// List the chores: when each is due, when it last ran, and how that ended
    List,
    /// Make a chore due now and wait for the end of its run by a running server or worker
    Run {
        /// The chore, for example tasks.purge
        name: String,
    },
}

pub(super) fn run(
    program: &Program,
    config: &Config,
    command: &ChoresCommand,
) -> anyhow::Result<ExitCode> {
    let work = wire::common(program.open(config)?);
    runtime()?.block_on(async {
        match command {
            ChoresCommand::List => {
                println!("chore\tdue\tlast started\ttook\trunning until\terror");
                for row in rows(&*work).await? {
                    println!("{}", line(&row));
                }
                Ok(ExitCode::SUCCESS)
            }
            ChoresCommand::Run { name } => trigger(&*work, name).await,
        }
    })
}

async fn rows(work: &(dyn UnitOfWork<dyn CommonTx> + 'static)) -> anyhow::Result<Vec<ChoreStatus>> {
    let rows: Result<_, StoreError> = work.read(|tx| tx.chores().list()).await;
    rows.context("the chores cannot be read (is the database migrated?)")
}

fn line(row: &ChoreStatus) -> String {
    let dash = || "-".to_owned();
    [
        row.name.clone(),
        row.due_at.to_string(),
        row.last_started.map_or_else(dash, |at| at.to_string()),
        row.last_duration.map_or_else(dash, |took| format!("{} ms", took.as_millis())),
        row.lease.as_ref().map_or_else(dash, |(_, until)| until.to_string()),
        row.last_error.as_ref().map_or_else(dash, |error| format!("{error:?}")),
    ]
    .join("\t")
}

async fn trigger(
    work: &(dyn UnitOfWork<dyn CommonTx> + 'static),
    name: &str,
) -> anyhow::Result<ExitCode> {
    let (wanted, now) = (name.to_owned(), SystemClock.now());
    let triggered: Result<bool, StoreError> =
        work.write(move |tx| tx.chores().trigger(&wanted, now)).await;
    if !triggered.context("the chores cannot be written (is the database migrated?)")? {
        bail!("there is no chore {name:?}; `alveole chores list` shows their names");
    }
    let began = std::time::Instant::now();
    loop {
        tokio::time::sleep(LOOK).await;
        let rows = rows(work).await?;
        let Some(row) = rows.iter().find(|row| row.name == name) else {
            bail!("the chore {name:?} is gone");
        };
        let is_started = row.last_started >= Some(now);
        if is_started && row.lease.is_none() {
            println!("{}", line(row));
            let failed = row.last_error.is_some();
            return Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
        if !is_started && row.lease.is_none() && began.elapsed() > PATIENCE {
            println!("No running process has started it. It is due and runs when one is there.");
            return Ok(ExitCode::FAILURE);
        }
    }
}
