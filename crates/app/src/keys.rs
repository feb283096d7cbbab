//! The command line of the token keys: the steps of a rotation, each with what to do next.

use std::time::Duration;

use clap::Subcommand;
use kernel::{Clock as _, SystemClock};

use rest_users::keys::KEPT;

use crate::{
    config::{Algorithm, Config},
    drivers::keys::NOTICED,
    wire::{self, Force, KeyRecord, KeyState, LEEWAY, Promoted},
};

/// `alveole keys …`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the keys, oldest first
    List,
    /// Make a key. It is published at once and signs when it is promoted; the very first signs at once
    Generate,
    /// Have a key sign from now on; the one before still checks its tokens
    Promote {
        /// The key's name
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// Even when servers and clients may not know it yet
        #[arg(long)]
        force: bool,
    },
    /// Delete a key that does not sign, once no token of it can be alive
    Retire {
        /// The key's name
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// Even when tokens of it can be alive: they are refused and have to be refreshed
        #[arg(long)]
        force: bool,
    },
    /// Promote the key that was generated before, and say what to do when
    Rotate {
        /// Even when servers and clients may not know it yet
        #[arg(long)]
        force: bool,
    },
    /// Print the ring as one secret, for `auth.keys`
    Export,
}

/// How long a new key must be known before it signs: until every server has looked, and every client
/// has asked again.
fn spread() -> Duration {
    NOTICED + KEPT
}

/// How long tokens live on after their key was replaced: servers sign with it until they have noticed.
fn life(config: &Config) -> Duration {
    Duration::from_secs(config.auth.access_ttl_seconds) + NOTICED + LEEWAY
}

fn forced(force: bool) -> Force {
    if force { Force::Yes } else { Force::No }
}

/// Takes one step.
pub fn run(config: &Config, command: &KeysCommand) -> anyhow::Result<()> {
    let folder = wire::key_folder(config);
    let now = SystemClock.now();
    let times = (spread(), life(config));
    match command {
        KeysCommand::List => {
            let records = folder.records()?;
            if records.is_empty() {
                println!(
                    "No key in {}. `alveole keys generate` makes the first.",
                    folder.path().display()
                );
            }
            records.iter().for_each(show);
        }
        KeysCommand::Generate => {
            let key = folder.generate(now)?;
            if key.state == KeyState::Signing {
                println!("Made {}, the first key: it signs at once.", key.kid);
            } else {
                println!("Made {}. It is published and does not sign yet.", key.kid);
                println!("At {} or later: alveole keys rotate", now.plus(spread()));
            }
        }
        KeysCommand::Promote { kid, force } => {
            promoted(&folder.promote(kid, now, forced(*force), times)?);
        }
        KeysCommand::Rotate { force } => {
            promoted(&folder.rotate(now, forced(*force), times)?);
        }
        KeysCommand::Retire { kid, force } => {
            folder.retire(kid, now, forced(*force), life(config))?;
            println!("Retired {kid} and deleted its private half.");
            println!("Running servers refuse its tokens within {} s.", NOTICED.as_secs());
        }
        KeysCommand::Export => println!("{}", folder.load()?.to_private_set()?),
    }
    if !matches!(command, KeysCommand::Export) {
        remind(config);
    }
    Ok(())
}

fn show(record: &KeyRecord) {
    let KeyRecord { kid, state, created_at, changed_at, tokens_until } = record;
    let until = tokens_until.map(|at| format!(", tokens until {at}")).unwrap_or_default();
    println!("{kid} {:<9} since {changed_at}, made {created_at}{until}", state.as_str());
}

fn promoted(promoted: &Promoted) {
    println!("{} signs; running servers use it within {} s.", promoted.kid, NOTICED.as_secs());
    if let Some(KeyRecord { kid, tokens_until: Some(until), .. }) = &promoted.before {
        println!("Tokens of {kid} are taken on.");
        println!("At {until} or later: alveole keys retire {kid}");
    }
}

/// What the settings make of the folder.
fn remind(config: &Config) {
    if config.auth.algorithm == Algorithm::Hs256 {
        eprintln!("Note: auth.algorithm is hs256, so no key of the folder is in use.");
    } else if config.auth.keys.is_some() {
        eprintln!(
            "Note: auth.keys is set, so servers do not read the folder: put what `alveole keys \
             export` prints in its place and restart them one by one."
        );
    }
}
