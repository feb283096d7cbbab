//! `alveole files`: content compared with its rows, and bytes that nothing needs removed.

use std::process::ExitCode;

use clap::Subcommand;
use files::service::What;

use crate::{cli::runtime, config::Config, program::Program};

/// Contents that are compared between two lines of progress.
const STRETCH: u32 = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum FilesCommand {
    /// Compare every content with its bytes; exit 0 if all are there and unchanged, 1 if not
    Verify,
    /// Remove uploads that are over and bytes that no row has now, rather than when the server gets
    /// to it
    Collect,
}

pub(crate) fn run(
    program: &Program,
    config: &Config,
    command: &FilesCommand,
) -> anyhow::Result<ExitCode> {
    let wired = program.wire(config)?;
    match command {
        FilesCommand::Verify => runtime()?.block_on(verify(&wired.services.files)),
        FilesCommand::Collect => {
            let collected = runtime()?.block_on(async {
                // What is over now has bytes that nothing needs from now on.
                wired.services.files.purge().await?;
                wired.services.files.collect().await
            })?;
            println!("Removed {collected} objects that no row has.");
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn verify(files: &files::Files) -> anyhow::Result<ExitCode> {
    let (mut checked, mut bytes, mut wrong, mut after) = (0, 0, 0_u64, None);
    loop {
        let found = files.verify(after, STRETCH).await?;
        checked += found.checked;
        bytes += found.bytes;
        for finding in &found.findings {
            wrong += 1;
            let (blob, key) = (finding.blob, finding.key.as_str());
            match &finding.what {
                What::Missing => println!("content {blob} ({key}): the bytes are not there"),
                What::Altered { hash, size } => {
                    println!("content {blob} ({key}): other bytes, {size} of them, sha256 {hash}");
                }
                What::Unreadable(why) => println!("content {blob} ({key}): {why}"),
            }
        }
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    println!("Compared {checked} contents, {bytes} bytes: {wrong} are not as they should be.");
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
