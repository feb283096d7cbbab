//! The ring as files: `<kid>.pem` for each key, and `index.json` with what each is for.
//!
//! Readers take no lock: a key's file is there before the index names it, the index is replaced as a
//! whole, and a file goes after the index has let go of it. Writers stand in line at a lock file.

mod files;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use kernel::{Timestamp, time::TimestampError};
use serde::{Deserialize, Serialize};

use crate::keys::{ALGORITHM, KeyError, KeyRing, KeyState, TokenKey};

const VERSION: u32 = 1;
/// How often a folder that changes under the reader's eyes is read again.
const TRIES: u32 = 5;

/// Why the folder cannot be used, or a step is not taken.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is no key yet.
    #[error("there is no key in {}", .0.display())]
    Empty(PathBuf),
    /// A file could not be read or written.
    #[error("{} cannot be used", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Others could read a key, or put another in its place.
    #[error("{0} is open to others (mode {mode:o}); close it: chmod {right} {0}", .path.display())]
    Loose {
        /// The file or folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// What closes it.
        right: &'static str,
    },
    /// The index makes no sense.
    #[error("{} is damaged: {why}", .path.display())]
    Index {
        /// The index.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A key, or all of them together, make no sense.
    #[error("{} cannot be used", .path.display())]
    Key {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        source: KeyError,
    },
    /// The folder has no key of this name.
    #[error("there is no key {0}")]
    Unknown(String),
    /// The step cannot be taken, or not now.
    #[error("{0}")]
    Refused(String),
}

/// Whether a step waits until nobody is hurt by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// Refuse what is too early.
    No,
    /// Take the step at any cost.
    Yes,
}

/// What the index knows of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its name.
    pub kid: String,
    /// What it is for.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is in this state.
    pub changed_at: Timestamp,
    /// Until when tokens of it can be alive, once it does not sign any more.
    pub tokens_until: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    kid: String,
    alg: String,
    state: KeyState,
    created_at: String,
    changed_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens_until: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Index {
    version: u32,
    keys: Vec<Entry>,
}

/// The folder with the ring.
#[derive(Debug)]
pub struct KeyFolder {
    path: PathBuf,
    /// Whether files that are open to others are refused, and not only told of.
    strict: bool,
    told: AtomicBool,
}

impl KeyFolder {
    /// The ring in this folder; `strict` refuses files that are open to others.
    pub fn strict(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), strict: true, told: AtomicBool::new(false) }
    }

    /// The ring in this folder; files that are open to others are told of in the log, once.
    pub fn lenient(path: impl Into<PathBuf>) -> Self {
        Self { strict: false, ..Self::strict(path) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn index_path(&self) -> PathBuf {
        self.path.join("index.json")
    }

    fn key_path(&self, kid: &str) -> PathBuf {
        self.path.join(format!("{kid}.pem"))
    }

    /// The keys in use.
    pub fn load(&self) -> Result<KeyRing, FolderError> {
        let mut tries = 0;
        loop {
            let text = self.index_text()?;
            tries += 1;
            match self.ring_of(&text) {
                // Somebody took a step between the index and the keys.
                Err(_) if tries < TRIES && self.index_text().is_ok_and(|now| now != text) => {}
                done => return done,
            }
        }
    }

    fn ring_of(&self, index: &str) -> Result<KeyRing, FolderError> {
        let records = self.parse(index)?;
        if records.is_empty() {
            return Err(FolderError::Empty(self.path.clone()));
        }
        self.judge(&self.path, files::closed_to_writers, "go-w")?;
        self.judge(&self.index_path(), files::closed_to_writers, "go-w")?;
        let mut keys = Vec::new();
        for record in records.iter().filter(|record| record.state != KeyState::Retired) {
            let path = self.key_path(&record.kid);
            self.judge(&path, files::closed_to_readers, "600")?;
            let wrong = |source| FolderError::Key { path: path.clone(), source };
            let key = TokenKey::from_pem(&files::read(&path)?).map_err(wrong)?;
            if key.kid() != record.kid {
                return Err(wrong(KeyError::Name(record.kid.clone())));
            }
            keys.push((record.state, key));
        }
        KeyRing::new(keys).map_err(|source| self.wrong(source))
    }

    fn judge(
        &self,
        path: &Path,
        closed: fn(&Path) -> io::Result<Result<(), u32>>,
        right: &'static str,
    ) -> Result<(), FolderError> {
        let path = path.to_owned();
        let mode = match closed(&path) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(mode)) => mode,
            Err(source) => return Err(FolderError::Io { path, source }),
        };
        let loose = FolderError::Loose { path, mode, right };
        if self.strict {
            return Err(loose);
        }
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!("{loose}; production would refuse it");
        }
        Ok(())
    }

    fn wrong(&self, source: KeyError) -> FolderError {
        FolderError::Key { path: self.path.clone(), source }
    }

    /// Every key there ever was, oldest first.
    pub fn records(&self) -> Result<Vec<KeyRecord>, FolderError> {
        match self.index_text() {
            Ok(text) => self.parse(&text),
            Err(FolderError::Empty(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn index_text(&self) -> Result<String, FolderError> {
        match files::read(&self.index_path()) {
            Err(FolderError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Err(FolderError::Empty(self.path.clone()))
            }
            read => read,
        }
    }

    fn parse(&self, text: &str) -> Result<Vec<KeyRecord>, FolderError> {
        let damaged = |why: String| FolderError::Index { path: self.index_path(), why };
        let index: Index =
            serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
        if index.version != VERSION {
            return Err(damaged(format!("version {} is not known", index.version)));
        }
        let records = index.keys.into_iter().map(|entry| {
            // The name becomes a file's name.
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if entry.kid.len() != 43 || !entry.kid.chars().all(plain) || entry.alg != ALGORITHM {
                return Err(damaged(format!("{:?} of {:?} is no key", entry.kid, entry.alg)));
            }
            let at = |text: &str| {
                Timestamp::parse(text).map_err(|error: TimestampError| damaged(error.to_string()))
            };
            Ok(KeyRecord {
                state: entry.state,
                created_at: at(&entry.created_at)?,
                changed_at: at(&entry.changed_at)?,
                tokens_until: entry.tokens_until.as_deref().map(at).transpose()?,
                kid: entry.kid,
            })
        });
        records.collect()
    }

    fn write(&self, records: &[KeyRecord]) -> Result<(), FolderError> {
        let entries = records.iter().map(|record| Entry {
            kid: record.kid.clone(),
            alg: ALGORITHM.to_owned(),
            state: record.state,
            created_at: record.created_at.to_string(),
            changed_at: record.changed_at.to_string(),
            tokens_until: record.tokens_until.map(|at| at.to_string()),
        });
        let index = Index { version: VERSION, keys: entries.collect() };
        let text = serde_json::to_string_pretty(&index).map_err(|error| FolderError::Index {
            path: self.index_path(),
            why: error.to_string(),
        })?;
        files::replace(&self.index_path(), &format!("{text}\n"))
    }

    /// Takes a step alone.
    fn step<T>(
        &self,
        change: impl FnOnce(&mut Vec<KeyRecord>) -> Result<T, FolderError>,
    ) -> Result<T, FolderError> {
        files::make_folder(&self.path)?;
        let _lock = files::lock(&self.path.join(".lock"))?;
        let mut records = self.records()?;
        let told = change(&mut records)?;
        self.write(&records)?;
        Ok(told)
    }

    fn add(
        &self,
        records: &mut Vec<KeyRecord>,
        state: KeyState,
        now: Timestamp,
    ) -> Result<KeyRecord, FolderError> {
        let wrong = |source| self.wrong(source);
        let key = TokenKey::generate().map_err(wrong)?;
        files::create(&self.key_path(key.kid()), &key.to_pem().map_err(wrong)?)?;
        let record = KeyRecord {
            kid: key.kid().to_owned(),
            state,
            created_at: now,
            changed_at: now,
            tokens_until: None,
        };
        records.push(record.clone());
        Ok(record)
    }

    /// Makes the first key where there is none. Of several that try at once, one does it.
    pub fn begin(&self, now: Timestamp) -> Result<Option<KeyRecord>, FolderError> {
        if !self.records()?.is_empty() {
            return Ok(None);
        }
        self.step(|records| {
            if records.is_empty() {
                self.add(records, KeyState::Signing, now).map(Some)
            } else {
                Ok(None)
            }
        })
    }

    /// Makes a key that everybody learns of before it signs. The very first one signs at once:
    /// there is nobody to tell.
    pub fn generate(&self, now: Timestamp) -> Result<KeyRecord, FolderError> {
        self.step(|records| {
            let state = if records.is_empty() { KeyState::Signing } else { KeyState::Next };
            self.add(records, state, now)
        })
    }

    /// Has a key sign from now on. A new one must have been known for `spread`, so that all who check
    /// tokens have it; tokens of the one before live for `life` at most.
    pub fn promote(
        &self,
        kid: &str,
        now: Timestamp,
        force: Force,
        (spread, life): (Duration, Duration),
    ) -> Result<Promoted, FolderError> {
        self.step(|records| promote(records, kid, now, force, spread, life))
    }

    /// Promotes the oldest key that waits for it.
    pub fn rotate(
        &self,
        now: Timestamp,
        force: Force,
        (spread, life): (Duration, Duration),
    ) -> Result<Promoted, FolderError> {
        self.step(|records| {
            let waiting = records.iter().filter(|record| record.state == KeyState::Next);
            let oldest = waiting.min_by_key(|record| record.created_at);
            let kid = oldest.map(|record| record.kid.clone()).ok_or_else(|| {
                FolderError::Refused(format!(
                    "no key waits to be promoted: make one with `alveole keys generate`, wait {} \
                     seconds, then rotate",
                    spread.as_secs()
                ))
            })?;
            promote(records, &kid, now, force, spread, life)
        })
    }

    /// Deletes a key, once no token of it can be alive.
    pub fn retire(
        &self,
        kid: &str,
        now: Timestamp,
        force: Force,
        life: Duration,
    ) -> Result<(), FolderError> {
        self.step(|records| retire(records, kid, now, force, life))?;
        files::remove(&self.key_path(kid))
    }
}

/// What a promotion did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promoted {
    /// The key that signs now.
    pub kid: String,
    /// The key that signed until now.
    pub before: Option<KeyRecord>,
}

fn find<'a>(records: &'a mut [KeyRecord], kid: &str) -> Result<&'a mut KeyRecord, FolderError> {
    let found = records.iter_mut().find(|record| record.kid == kid);
    found.ok_or_else(|| FolderError::Unknown(kid.to_owned()))
}

fn refused<T>(why: String) -> Result<T, FolderError> {
    Err(FolderError::Refused(why))
}

fn promote(
    records: &mut [KeyRecord],
    kid: &str,
    now: Timestamp,
    force: Force,
    spread: Duration,
    life: Duration,
) -> Result<Promoted, FolderError> {
    let key = find(records, kid)?;
    let known = key.changed_at.plus(spread);
    match key.state {
        KeyState::Signing => return refused(format!("the key {kid} signs already")),
        KeyState::Retired => return refused(format!("the key {kid} is retired and deleted")),
        KeyState::Next if force == Force::No && now < known => {
            return refused(format!(
                "the key {kid} may not be known everywhere yet: promote it at {known} or later, or \
                 with --force and some requests refused"
            ));
        }
        // One that signed before is known to everybody.
        KeyState::Next | KeyState::Verifying => {}
    }
    let mut before = None;
    for record in records.iter_mut() {
        if record.state == KeyState::Signing {
            record.state = KeyState::Verifying;
            record.changed_at = now;
            record.tokens_until = Some(now.plus(life));
            before = Some(record.clone());
        } else if record.kid == kid {
            record.state = KeyState::Signing;
            record.changed_at = now;
            record.tokens_until = None;
        }
    }
    Ok(Promoted { kid: kid.to_owned(), before })
}

fn retire(
    records: &mut [KeyRecord],
    kid: &str,
    now: Timestamp,
    force: Force,
    life: Duration,
) -> Result<(), FolderError> {
    let key = find(records, kid)?;
    match key.state {
        KeyState::Signing => {
            return refused(format!("the key {kid} signs: promote another one first"));
        }
        KeyState::Retired => return refused(format!("the key {kid} is retired already")),
        KeyState::Verifying => {
            // The settings may have changed since it was replaced; the longer life counts.
            let until = key.changed_at.plus(life).max(key.tokens_until.unwrap_or(key.changed_at));
            if force == Force::No && now < until {
                return refused(format!(
                    "tokens of the key {kid} can be alive: retire it at {until} or later, or with \
                     --force and those who hold them refreshing"
                ));
            }
        }
        KeyState::Next => {}
    }
    key.state = KeyState::Retired;
    key.changed_at = now;
    key.tokens_until = None;
    Ok(())
}
