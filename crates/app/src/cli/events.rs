//! `alveole events`: the events that a consumer could not handle.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use kernel::{
    Clock as _, CommonTx, Epoch, EventId, StoreError, SystemClock, UnitOfWork,
    consumer::{DeadLetter, EventRetry},
};

use super::runtime;
use crate::{config::Config, program::Program, wire};

/// Rows of each kind that are shown.
const ROWS: u32 = 1_000;

#[derive(Debug, Subcommand)]
pub(super) enum EventsCommand {
    /// List the events that wait for a retry and those that were given up
    List {
        /// Only those of one consumer, for example flows.forget_user
        #[arg(long, value_name = "NAME")]
        consumer: Option<String>,
    },
    /// Give the event feed a new epoch after a restore, so that cursors from before are refused
    Renew,
    /// Make failed events of a consumer due now; a running server retries them within seconds
    Retry {
        /// The consumer
        consumer: String,
        /// The event; without it, all failed events of the consumer
        id: Option<EventId>,
    },
}

pub(super) fn run(
    program: &Program,
    config: &Config,
    command: &EventsCommand,
) -> anyhow::Result<ExitCode> {
    let work = wire::common(program.open(config)?);
    let done = runtime()?.block_on(async {
        match command {
            EventsCommand::List { consumer } => list(&*work, consumer.clone()).await,
            EventsCommand::Renew => renew(&*work).await,
            EventsCommand::Retry { consumer, id } => retry(&*work, consumer.clone(), *id).await,
        }
    });
    done.context("the events cannot be read (is the database migrated?)")
}

async fn list(
    work: &(dyn UnitOfWork<dyn CommonTx> + 'static),
    consumer: Option<String>,
) -> Result<ExitCode, StoreError> {
    let (queued, dead): (Vec<EventRetry>, Vec<DeadLetter>) = work
        .read(move |tx| {
            let consumer = consumer.as_deref();
            let queued = tx.retries().queued(consumer, ROWS)?;
            Ok::<_, StoreError>((queued, tx.retries().dead(consumer, ROWS)?))
        })
        .await?;
    if queued.is_empty() && dead.is_empty() {
        println!("No event failed.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("consumer\tevent\tsubject\tstate\tattempts\ttime\terror");
    for EventRetry { consumer, event, subject, attempts, due_at, error } in queued {
        let state = if attempts == 0 { "waiting" } else { "retrying" };
        println!("{consumer}\t{event}\t{subject}\t{state}\t{attempts}\t{due_at}\t{error:?}");
    }
    for DeadLetter { consumer, event, subject, error, at } in dead {
        println!("{consumer}\t{event}\t{subject}\tdead\t-\t{at}\t{error:?}");
    }
    Ok(ExitCode::SUCCESS)
}

async fn renew(work: &(dyn UnitOfWork<dyn CommonTx> + 'static)) -> Result<ExitCode, StoreError> {
    let now = SystemClock.now();
    let renewed = work.write(move |tx| {
        let from = tx.outbox().feed()?.epoch;
        tx.outbox().renew_epoch(from, now)
    });
    let epoch: Epoch = renewed.await?;
    println!("The epoch of the event feed is {epoch} now; cursors from before are refused.");
    Ok(ExitCode::SUCCESS)
}

async fn retry(
    work: &(dyn UnitOfWork<dyn CommonTx> + 'static),
    consumer: String,
    id: Option<EventId>,
) -> Result<ExitCode, StoreError> {
    let now = SystemClock.now();
    let count: u64 = work.write(move |tx| tx.retries().retry(&consumer, id, now)).await?;
    if count == 0 {
        println!("There is no such event that failed.");
        return Ok(ExitCode::FAILURE);
    }
    println!("{count} due now.");
    Ok(ExitCode::SUCCESS)
}
