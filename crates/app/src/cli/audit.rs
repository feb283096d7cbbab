//! `alveole audit`: the audit trail, verified and exported.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use kernel::{Date, Timestamp, UserId};
use serde::Deserialize;
use users::{
    AuditLog,
    audit::{ACCOUNT, Audit, AuditFilter, AuditOutcome, AuditResource},
    audit_log::PAGE,
    chain::{ChainEntry, Walk, Whole, from_hex},
    values::AuditId,
};

use super::runtime;
use crate::{config::Config, program::Program, wire};
use rest_users::accounts::audit::line;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Check every entry and both ends; exit 0 if the trail is whole, 1 and the first flaw if not
    Verify {
        /// Check an export instead of the database
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// An entry that was noted down from an earlier run: it must still be there
        #[arg(long, value_name = "ID:HASH", value_parser = noted)]
        expect: Option<ChainEntry>,
    },
    /// Write entries to a new file, one JSON object a line, oldest first
    Export {
        /// The new file
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// From the first entry that is not older than this time or day
        #[arg(long, value_name = "TIME", value_parser = moment)]
        from: Option<Timestamp>,
        /// To the last entry that is older than this time or day
        #[arg(long, value_name = "TIME", value_parser = moment)]
        until: Option<Timestamp>,
    },
}

fn noted(raw: &str) -> Result<ChainEntry, &'static str> {
    ChainEntry::parse(raw).ok_or("must be an entry's id and hash, as `audit verify` prints them")
}

fn moment(raw: &str) -> Result<Timestamp, String> {
    let day = Date::parse(raw).map(Date::start);
    day.or_else(|_| Timestamp::parse(raw)).map_err(|error| format!("{error}, or a day"))
}

/// Does what needs neither database nor settings: a stranger with a file has neither.
pub(super) fn without_database(command: &AuditCommand) -> anyhow::Result<Option<ExitCode>> {
    match command {
        AuditCommand::Verify { file: Some(file), expect } => {
            let walk = Walk::anywhere().expecting(*expect);
            let found = verify_file(file, walk)?;
            if let Ok(whole) = &found
                && whole.entries > 0
            {
                // What came before or after it cannot be seen from a file.
                println!("From entry {} to entry {}.", whole.before.id + 1, whole.newest.id);
            }
            Ok(Some(told(found)))
        }
        _ => Ok(None),
    }
}

/// Does the rest.
pub(super) fn run(
    program: &Program,
    config: &Config,
    command: &AuditCommand,
) -> anyhow::Result<ExitCode> {
    let audit_log = wire::audit_log(program.open(config)?);
    match command {
        AuditCommand::Verify { expect, .. } => {
            let found = runtime()?
                .block_on(audit_log.verify(*expect))
                .context("the trail cannot be read (is the database migrated?)")?;
            if let Ok(whole) = &found
                && whole.before.id > 0
            {
                println!("Kept from entry {} on.", whole.before.id + 1);
            }
            Ok(told(found.map_err(|flaw| flaw.to_string())))
        }
        AuditCommand::Export { to, from, until } => {
            let count = runtime()?.block_on(export(&audit_log, to, *from, *until))?;
            println!("Wrote {count} entries to {}.", to.display());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn told(found: Result<Whole, String>) -> ExitCode {
    match found {
        Ok(whole) => {
            println!("{} entries, whole", whole.entries);
            if whole.newest.id > 0 {
                println!("newest {}", whole.newest);
            }
            ExitCode::SUCCESS
        }
        Err(flaw) => {
            println!("NOT whole: {flaw}");
            ExitCode::FAILURE
        }
    }
}

async fn export(
    audit_log: &AuditLog,
    to: &Path,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
) -> anyhow::Result<u64> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // It says who was where and when.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(to).with_context(|| to.display().to_string())?;
    let mut out = BufWriter::new(file);
    let Some((first, last)) = audit_log.span(from, until).await? else { return Ok(0) };
    let mut after = AuditId::parse(first.get() - 1).ok();
    let mut count = 0;
    while after < Some(last) {
        let page = audit_log.page(AuditFilter::default(), after, PAGE).await?;
        let Some(newest) = page.last() else { bail!("entries were removed meanwhile") };
        after = Some(newest.id);
        for entry in page.into_iter().filter(|entry| (first..=last).contains(&entry.id)) {
            out.write_all(line(entry).as_bytes())?;
            count += 1;
        }
    }
    out.into_inner().map_err(|error| error.into_error())?.sync_all()?;
    Ok(count)
}

/// A line of an export. A member more than these would be one that no hash vouches for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: i64,
    at: String,
    actor_id: Option<i64>,
    action: String,
    // Exports of earlier versions have neither.
    #[serde(default)]
    target_type: Option<String>,
    target_id: Option<i64>,
    #[serde(default)]
    target_name: Option<String>,
    outcome: String,
    ip: Option<String>,
    request_id: Option<String>,
    detail: Option<String>,
    previous_hash: String,
    hash: String,
}

impl Line {
    /// The entry, if every field is written as this program writes it.
    fn entry(self) -> Option<Audit> {
        let person = |id: Option<i64>| id.map(UserId::parse).transpose().ok();
        let (target, resource) = match (self.target_type, self.target_name) {
            (Some(kind), name) if kind != ACCOUNT => {
                (None, Some(AuditResource { kind, id: self.target_id, name }))
            }
            (_, None) => (person(self.target_id)?, None),
            // No account is named in this way.
            (_, Some(_)) => return None,
        };
        Some(Audit {
            id: AuditId::parse(self.id).ok()?,
            at: Timestamp::parse(&self.at).ok().filter(|at| at.to_string() == self.at)?,
            actor: person(self.actor_id)?,
            action: self.action,
            target,
            resource,
            outcome: AuditOutcome::parse(&self.outcome)?,
            ip: self.ip,
            request_id: self.request_id,
            detail: self.detail,
            previous: from_hex(&self.previous_hash)?,
            hash: from_hex(&self.hash)?,
        })
    }
}

fn verify_file(path: &Path, mut walk: Walk) -> anyhow::Result<Result<Whole, String>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    for (number, text) in BufReader::new(file).split(b'\n').enumerate() {
        let at = |what: String| format!("line {}: {what}", number + 1);
        let line: Line = match serde_json::from_slice(&text?) {
            Ok(line) => line,
            Err(error) => return Ok(Err(at(format!("this is no entry: {error}")))),
        };
        let id = line.id;
        let Some(entry) = line.entry() else {
            return Ok(Err(at(format!("entry {id} was changed: a field cannot be read"))));
        };
        if let Err(flaw) = walk.step(&entry) {
            return Ok(Err(at(flaw.to_string())));
        }
    }
    Ok(walk.end().map_err(|flaw| flaw.to_string()))
}
