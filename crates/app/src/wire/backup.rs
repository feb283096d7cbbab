//! What back-ups are made of, and where they are put back to.

use std::{any::Any, path::PathBuf, sync::Arc, time::Duration};

use adapter_diesel::{Db, Restoring};
use anyhow::Context as _;
use kernel::{Chore, Clock, Recurrence, Runs};

use super::{kept, postgres};
use crate::{
    backup::{Backups, Parts, Plan, Target},
    config::Config,
};

/// When a back-up is made, once an administrator enables the schedule.
const NIGHTLY: Runs = Runs::Scheduled(Recurrence::utc("30 2 * * *").disabled());
/// How long one may take.
const LONGEST: Duration = Duration::from_secs(12 * 3600);

/// Makes back-ups of an open database, and of the files that are kept on this machine.
pub fn backups(
    config: &Config,
    db: &Arc<Db>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Arc<Backups>> {
    let copied = Arc::clone(db);
    Ok(Arc::new(Backups::new(Parts {
        snapshot: Box::new(move |folder| Ok(copied.snapshot(folder)?)),
        engine: db.engine_name(),
        clock: Arc::clone(clock),
        dir: config.backup.dir.clone(),
        keep: config.backup.keep,
        files: kept::files(config)?,
        bucket: kept::bucket(config)?,
        secrets: secret_files(config)?,
    })))
}

/// The schedule of back-ups, which begins disabled: it needs room, and a decision where.
pub(super) fn chore(backups: &Arc<Backups>) -> Chore {
    let chore = Chore::of(backups, "backup", NIGHTLY, |backups| async move {
        let made = backups.make(Plan::default()).await.map_err(|error| format!("{error:#}"))?;
        let (path, lost) = (made.path.display().to_string(), made.lost.len());
        let (size, files, removed) = (made.size, made.files, made.removed);
        let uploaded = made.uploaded.as_deref().unwrap_or_default();
        tracing::info!(
            path,
            size,
            files,
            lost,
            removed,
            uploaded,
            "a back-up was made and checked"
        );
        Ok::<_, String>(1)
    });
    chore.within(LONGEST)
}

/// The keys and secrets that are kept in files of this machine, by their names in an archive.
fn secret_files(config: &Config) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let data = &config.server.data_dir;
    let mut found: Vec<(String, PathBuf)> = ["jwt.secret", "encryption.key"]
        .into_iter()
        .map(|name| (name.to_owned(), data.join(name)))
        .filter(|(_, path)| path.is_file())
        .collect();
    let folder = &config.auth.keys_dir;
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            // What begins with a dot is a lock, or being written.
            if let Some(name) = name.filter(|name| !name.starts_with('.') && path.is_file()) {
                found.push((format!("keys/{name}"), path.clone()));
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Where a back-up is put back to, and what has to live as long.
pub fn restore_target(
    config: &Config,
    replace: bool,
) -> anyhow::Result<(Target, Option<Arc<dyn Any + Send + Sync>>)> {
    let (url, companion) = match postgres::bridge(&config.database.url)? {
        Some((url, bridge)) => (url, Some(bridge)),
        None => (config.database.url.clone(), None),
    };
    let is_postgres = url.starts_with("postgres");
    let target = Target {
        database: Restoring::new(url),
        engine: if is_postgres { "postgres" } else { "sqlite" },
        files: kept::storage(config)?,
        data_dir: config.server.data_dir.clone(),
        keys_dir: config.auth.keys_dir.clone(),
        replace,
    };
    Ok((target, companion))
}
