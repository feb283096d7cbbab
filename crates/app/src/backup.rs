//! Back-ups: the database, and the files that are kept on this machine, in one archive. The database is
//! copied first, then the files that the copy names; so every file that the database names is in the
//! archive, unless it is lost. A file that is deleted meanwhile is one that the copy names and that is not
//! there any more: then the database is copied again.

mod restore;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, DirBuilder, File},
    io::{BufRead as _, BufReader, Read},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use adapter_archive::{ArchiveError, ArchiveWriter};
use adapter_diesel::Snapshot;
use anyhow::{Context as _, bail, ensure};
use kernel::{Clock, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use self::restore::{Restored, Target, restore};

/// The first member: what the archive is.
const ABOUT: &str = "alveole-backup.json";
/// The format that this program writes, and the newest that it reads.
const FORMAT: u32 = 1;
/// What the names of files begin with in an archive.
const FILES: &str = "files/";
/// What the names of secrets begin with in an archive.
const SECRETS: &str = "secrets/";
/// What the names of archives begin and end with in the folder.
const NAMES: (&str, &str) = ("alveole-", ".tar");
/// What the names of archives begin with in the bucket.
const IN_BUCKET: &str = "backups";
/// How often the database is copied while files that it names are deleted.
const PASSES: u32 = 5;
/// Files that may be lost; with more, the storage is.
const LOST: usize = 10_000;
/// How often a long copy says how far it is.
const PROGRESS: Duration = Duration::from_secs(10);
/// What a process that was killed left is removed after this time.
const LEFT: Duration = Duration::from_secs(24 * 3600);

/// Where bytes are kept, for threads that may wait.
pub trait Bytes: Send + Sync {
    /// Opens an object; returns its size, or nothing when it is not there.
    fn open(&self, key: &str) -> anyhow::Result<Option<(u64, Box<dyn Read>)>>;
    /// Writes an object; it is whole when this returns.
    fn put(&self, key: &str, content: &mut dyn Read) -> anyhow::Result<()>;
    /// The objects whose names begin with a segment, in their order, at most 10,000.
    fn list(&self, prefix: &str) -> anyhow::Result<Vec<String>>;
    /// Removes an object.
    fn delete(&self, key: &str) -> anyhow::Result<()>;
}

/// Where the bytes of files are.
#[derive(Clone)]
pub enum FileBytes {
    /// On this machine: they belong into the archive.
    Local(Arc<dyn Bytes>),
    /// Somewhere else; why they are not in the archive.
    Elsewhere(String),
}

/// Whether an archive has the keys and secrets that are kept in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Secrets {
    /// It has none.
    #[default]
    Without,
    /// It has them: keep it as safe as them.
    With,
}

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// A new file. Without one it is in the folder of back-ups, where the oldest are removed.
    pub to: Option<PathBuf>,
    /// Whether keys and secrets are in it.
    pub secrets: Secrets,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The archive.
    pub path: PathBuf,
    /// Its bytes.
    pub size: u64,
    /// Files in it.
    pub files: u64,
    /// Secrets in it.
    pub secrets: u64,
    /// Files that the database names and that are not there.
    pub lost: Vec<String>,
    /// Why files are not in it.
    pub elsewhere: Option<String>,
    /// Where else it was put.
    pub uploaded: Option<String>,
    /// Older archives that were removed.
    pub removed: u64,
}

/// The first member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct About {
    format: u32,
    database: String,
    made_at: String,
    version: String,
}

type TakeSnapshot = Box<dyn Fn(&Path) -> anyhow::Result<Snapshot> + Send + Sync>;

/// What back-ups are made of.
pub struct Parts {
    /// Copies the database into a folder.
    pub snapshot: TakeSnapshot,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The folder of back-ups.
    pub dir: PathBuf,
    /// How many are kept there, and in the bucket.
    pub keep: usize,
    /// The bytes of files.
    pub files: FileBytes,
    /// A bucket, by its name, that gets each archive, too.
    pub bucket: Option<(String, Arc<dyn Bytes>)>,
    /// Secrets: their names in an archive, and where they are.
    pub secrets: Vec<(String, PathBuf)>,
}

/// Makes back-ups.
pub struct Backups(Parts);

/// A folder that is removed in the end.
struct WorkFolder(PathBuf);

impl Drop for WorkFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Stops the blocking work when its caller is gone.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn go_on(stop: &AtomicBool) -> anyhow::Result<()> {
    ensure!(!stop.load(Ordering::Relaxed), "it was stopped");
    Ok(())
}

/// What an archive got.
#[derive(Default)]
struct Copied {
    /// Digests of names: sixteen bytes each, however long the names are.
    names: BTreeSet<[u8; 16]>,
    files: u64,
    lost: BTreeSet<String>,
}

impl Backups {
    /// Makes nothing yet.
    pub const fn new(parts: Parts) -> Self {
        Self(parts)
    }

    /// Makes a back-up and checks it. Dropped, it stops at the next file.
    pub async fn make(self: &Arc<Self>, plan: Plan) -> anyhow::Result<Made> {
        let stop = StopOnDrop(Arc::default());
        let (backups, stopped) = (Arc::clone(self), Arc::clone(&stop.0));
        let making = tokio::task::spawn_blocking(move || backups.make_blocking(&plan, &stopped));
        making.await.context("the back-up ended badly")?
    }

    fn make_blocking(&self, plan: &Plan, stop: &AtomicBool) -> anyhow::Result<Made> {
        let Parts { dir, clock, .. } = &self.0;
        let now = clock.now();
        let path = match &plan.to {
            Some(path) => path.clone(),
            None => {
                make_folder(dir)?;
                remove_left(dir);
                dir.join(format!("{}{}{}", NAMES.0, compact(now), NAMES.1))
            }
        };
        ensure!(!path.exists(), "there is a file {} already", path.display());
        let work = work_folder(&path)?;
        let draft = work.0.join("archive");
        let mut writer = ArchiveWriter::create(&draft, &work.0.join("sums"), seconds(now))?;
        self.describe(&mut writer, now)?;
        let copied = self.copy(&mut writer, &work.0, stop)?;
        let secrets = match plan.secrets {
            Secrets::With => self.add_secrets(&mut writer)?,
            Secrets::Without => 0,
        };
        let size = writer.finish()?;
        tracing::info!(size, files = copied.files, "the back-up is written and is being checked");
        let contents = adapter_archive::read(&draft, |_, _, _| go_on(stop).map_err(Into::into))?;
        let wanted = 2 + copied.files + secrets;
        ensure!(contents.members == wanted, "it has {} members, not {wanted}", contents.members);
        fs::rename(&draft, &path).with_context(|| path.display().to_string())?;
        sync_folder(&path)?;
        drop(work);
        let (uploaded, removed) = match (&plan.to, plan.secrets) {
            (None, Secrets::Without) => (self.upload(&path, now)?, self.prune()?),
            (None, Secrets::With) => (None, self.prune()?),
            (Some(_), _) => (None, 0),
        };
        let elsewhere = match &self.0.files {
            FileBytes::Elsewhere(why) => Some(why.clone()),
            FileBytes::Local(_) => None,
        };
        for key in &copied.lost {
            tracing::warn!(
                key,
                "the database names an object that is not there; the back-up lacks it, too"
            );
        }
        let lost = copied.lost.into_iter().collect();
        if plan.to.is_none() {
            self.measure();
        }
        Ok(Made { path, size, files: copied.files, secrets, lost, elsewhere, uploaded, removed })
    }

    fn describe(&self, writer: &mut ArchiveWriter, now: Timestamp) -> anyhow::Result<()> {
        let about = serde_json::to_vec_pretty(&About {
            format: FORMAT,
            database: self.0.engine.to_owned(),
            made_at: now.to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })?;
        Ok(writer.add(ABOUT, about.len() as u64, &mut about.as_slice())?)
    }

    /// Copies the database, and then the files that the copy names. The copy that names nothing that was
    /// deleted meanwhile is the one that goes into the archive. What two copies in a row name and is not
    /// there is lost.
    fn copy(
        &self,
        writer: &mut ArchiveWriter,
        work: &Path,
        stop: &AtomicBool,
    ) -> anyhow::Result<Copied> {
        let mut copied = Copied::default();
        for pass in 1..=PASSES {
            go_on(stop)?;
            let folder = work.join(format!("copy{pass}"));
            make_folder(&folder)?;
            tracing::info!(pass, "copying the database");
            let snapshot = (self.0.snapshot)(&folder)?;
            let missing = self.copy_files(writer, &snapshot.keys, &mut copied, stop)?;
            if missing.is_subset(&copied.lost) {
                let mut database = File::open(&snapshot.database)?;
                let size = database.metadata()?.len();
                writer.add(&database_name(self.0.engine), size, &mut database)?;
                copied.lost = missing;
                return Ok(copied);
            }
            copied.lost = missing;
            fs::remove_dir_all(&folder)?;
        }
        bail!("files are deleted faster than they are copied; try again when less is deleted")
    }

    /// Adds the files of a copy that the archive has not yet. Returns those that are not there.
    fn copy_files(
        &self,
        writer: &mut ArchiveWriter,
        keys: &Path,
        copied: &mut Copied,
        stop: &AtomicBool,
    ) -> anyhow::Result<BTreeSet<String>> {
        let FileBytes::Local(files) = &self.0.files else { return Ok(BTreeSet::new()) };
        let (mut missing, mut spoke) = (BTreeSet::new(), Instant::now());
        for key in BufReader::new(File::open(keys)?).lines() {
            go_on(stop)?;
            let key = key?;
            let digest = digest(&key);
            if copied.names.contains(&digest) {
                continue;
            }
            if let Some((size, mut content)) = files.open(&key)? {
                writer.add(&format!("{FILES}{key}"), size, &mut content)?;
                copied.names.insert(digest);
                copied.files += 1;
            } else {
                missing.insert(key);
                ensure!(
                    missing.len() <= LOST,
                    "more than {LOST} files are not there: is the folder of files the right one?"
                );
            }
            if spoke.elapsed() >= PROGRESS {
                tracing::info!(files = copied.files, "copying files");
                spoke = Instant::now();
            }
        }
        Ok(missing)
    }

    fn add_secrets(&self, writer: &mut ArchiveWriter) -> anyhow::Result<u64> {
        for (name, path) in &self.0.secrets {
            let mut file = File::open(path).with_context(|| path.display().to_string())?;
            let size = file.metadata()?.len();
            writer.add(&format!("{SECRETS}{name}"), size, &mut file)?;
        }
        Ok(self.0.secrets.len() as u64)
    }

    /// Puts an archive into the bucket, and removes the oldest there.
    fn upload(&self, path: &Path, now: Timestamp) -> anyhow::Result<Option<String>> {
        let Some((name, bucket)) = &self.0.bucket else { return Ok(None) };
        let key =
            format!("{IN_BUCKET}/alveole_{}", compact(now).to_ascii_lowercase().replace('.', "_"));
        let uploaded = format!("s3://{name}/{key}");
        bucket.put(&key, &mut File::open(path)?).with_context(|| uploaded.clone())?;
        let (stored, _) = bucket.open(&key)?.with_context(|| format!("{uploaded} is not there"))?;
        let size = fs::metadata(path)?.len();
        ensure!(stored == size, "{uploaded} has {stored} bytes, not {size}");
        let all = bucket.list(IN_BUCKET)?;
        for old in oldest(all, self.0.keep) {
            bucket.delete(&old)?;
        }
        Ok(Some(uploaded))
    }

    /// Removes the oldest archives of the folder.
    fn prune(&self) -> anyhow::Result<u64> {
        let names = archives(&self.0.dir)?;
        let mut removed = 0;
        for old in oldest(names, self.0.keep) {
            fs::remove_file(self.0.dir.join(old))?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Sets the gauges by the newest archive of the folder.
    pub fn measure(&self) {
        let newest = archives(&self.0.dir).unwrap_or_default().pop();
        let about = newest.and_then(|name| fs::metadata(self.0.dir.join(name)).ok());
        let Some(about) = about else { return };
        metrics::gauge!("alveole_backup_last_size_bytes").set(about.len() as f64);
        let made = about.modified().ok();
        let made = made.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        if let Some(made) = made {
            metrics::gauge!("alveole_backup_last_success_timestamp_seconds")
                .set(made.as_secs_f64());
        }
    }
}

/// The database in an archive.
fn database_name(engine: &str) -> String {
    let extension = if engine == "sqlite" { "sqlite" } else { "dump" };
    format!("database.{extension}")
}

/// `20261123T023000.000000Z`: what sorts by time, and two of a second differ.
fn compact(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split('.').next().unwrap_or_default().trim_end_matches('Z');
    let seconds: String = seconds.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{seconds}.{:06}Z", at.micros().rem_euclid(1_000_000))
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.seconds()).unwrap_or(0)
}

fn digest(key: &str) -> [u8; 16] {
    let mut short = [0; 16];
    for (to, from) in short.iter_mut().zip(Sha256::digest(key)) {
        *to = from;
    }
    short
}

/// The names of the archives of a folder, oldest first.
fn archives(dir: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let name = name.to_str().unwrap_or_default();
        let stamp = name.strip_prefix(NAMES.0).and_then(|rest| rest.strip_suffix(NAMES.1));
        // Whatever else is there, such as alveole-before-the-move.tar, was not made by itself.
        let plain = |b: u8| b.is_ascii_digit() || b".TZ".contains(&b);
        if stamp.is_some_and(|stamp| stamp.len() == 23 && stamp.bytes().all(plain)) {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// All but the newest.
fn oldest(mut names: Vec<String>, keep: usize) -> Vec<String> {
    names.sort_unstable();
    names.truncate(names.len().saturating_sub(keep));
    names
}

/// Makes a folder, for this account only.
fn make_folder(path: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("making {}", path.display()))
}

/// A folder beside the archive, so that the archive gets its name by a renaming.
fn work_folder(path: &Path) -> anyhow::Result<WorkFolder> {
    let name = path.file_name().and_then(OsStr::to_str).context("the file has no name")?;
    let beside = path.with_file_name(format!(".{name}.{}.work", std::process::id()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        ensure!(folder.is_dir(), "there is no folder {}", folder.display());
    }
    let made = DirBuilder::new().mode(0o700).create(&beside);
    made.with_context(|| format!("making {}", beside.display()))?;
    Ok(WorkFolder(beside))
}

/// Removes what processes left that were killed.
fn remove_left(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(|name| name.starts_with(".alveole-"))
            && Path::new(&name).extension() == Some(OsStr::new("work"));
        let touched = entry.metadata().and_then(|about| about.modified()).ok();
        let age = touched.and_then(|at| SystemTime::now().duration_since(at).ok());
        if is_ours && age.is_some_and(|age| age >= LEFT) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// A new name must survive a power cut.
fn sync_folder(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok(File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?)
}

/// An archive's errors speak for themselves.
fn said(error: ArchiveError) -> anyhow::Error {
    anyhow::Error::new(error)
}
