//! `alveole backup` and `alveole restore`.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context as _;
use clap::Args;
use kernel::{Clock, SystemClock};

use super::runtime;
use crate::{
    backup::{self, Made, Plan, Secrets},
    config::Config,
    program::Program,
    wire,
};

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The new file; without it, one in backup.dir, where the oldest are removed (backup.keep)
    path: Option<PathBuf>,
    /// Add the keys and secrets that are kept in files; keep the archive as safe as them
    #[arg(long)]
    with_secrets: bool,
}

#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// The back-up
    path: PathBuf,
    /// Replace the database, files and secrets that are there (a PostgreSQL database is never replaced)
    #[arg(long)]
    replace: bool,
}

pub(super) fn make(
    program: &Program,
    config: &Config,
    args: &BackupArgs,
) -> anyhow::Result<ExitCode> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let backups = wire::backups(config, &program.open(config)?, &clock)?;
    let secrets = if args.with_secrets { Secrets::With } else { Secrets::Without };
    let made = runtime()?.block_on(backups.make(Plan { to: args.path.clone(), secrets }))?;
    show(&made);
    Ok(ExitCode::SUCCESS)
}

fn show(made: &Made) {
    let (path, size, files) = (made.path.display(), made.size, made.files);
    println!("Backed up to {path}: {size} bytes, the database and {files} files, checked.");
    if let Some(why) = &made.elsewhere {
        println!("Not in it: {why}.");
    }
    match made.secrets {
        0 => println!("Not in it: keys and secrets."),
        count => println!("In it: {count} keys and secrets. Keep it as safe as them."),
    }
    if let Some(uploaded) = &made.uploaded {
        println!("Copied to {uploaded}.");
    }
    if made.removed > 0 {
        println!("Removed {} older back-ups.", made.removed);
    }
    for key in &made.lost {
        println!("Lost before: {key}; the database names it, and it is not there.");
    }
}

pub(super) fn restore(config: &Config, args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    // The storage of files belongs to a runtime.
    let (config, path, replace) = (config.clone(), args.path.clone(), args.replace);
    let restored = runtime()?.block_on(async move {
        let restoring = tokio::task::spawn_blocking(move || {
            let (target, _companion) = wire::restore_target(&config, replace)?;
            backup::restore(&path, &target)
        });
        restoring.await.context("the restore ended badly")?
    })?;
    let path = args.path.display();
    match &restored.made_at {
        Some(made_at) => println!(
            "Restored from {path}, made at {made_at}: the database, {} files, {} keys and secrets.",
            restored.files, restored.secrets
        ),
        None => println!("Restored from {path}: the database."),
    }
    Ok(ExitCode::SUCCESS)
}
