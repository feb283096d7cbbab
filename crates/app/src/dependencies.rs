//! How the dependencies are: asked by `/ready`, or looked at from time to time.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use kernel::BoxFuture;
use rest::state::Dependency;
use tokio::time::timeout;

/// How often all of them are looked at.
pub const LOOK: Duration = Duration::from_secs(10);
/// How long one of them may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks a dependency how it is; why not, if it is not well.
pub type Ask = Box<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// A dependency, and how it is asked.
pub struct Watched {
    /// Its name.
    pub name: &'static str,
    /// Which kind it is.
    pub kind: &'static str,
    /// Whether nothing works without it.
    pub needed: bool,
    /// Whether each probe asks it. Probes are frequent, so what is slow or far away is only looked at.
    pub probed: bool,
    /// How it is asked.
    pub ask: Ask,
}

impl Watched {
    async fn asked(&self) -> Result<(), String> {
        let answer = timeout(PATIENCE, (self.ask)()).await;
        answer.unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())))
    }
}

/// All dependencies, and how they were last.
pub struct DependencyWatch {
    all: Vec<Watched>,
    seen: Mutex<BTreeMap<&'static str, bool>>,
}

impl DependencyWatch {
    /// None of them has been looked at; until then they count as well.
    pub fn new(all: Vec<Watched>) -> Arc<Self> {
        Arc::new(Self { all, seen: Mutex::default() })
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<&'static str, bool>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks all of them.
    pub async fn look(&self) {
        join_all(self.all.iter().map(|one| async { self.note(one, one.asked().await) })).await;
    }

    /// How they are: asks those that probes ask.
    pub async fn probe(&self) -> Vec<Dependency> {
        let each = self.all.iter().map(|one| async {
            let up = if one.probed {
                self.note(one, one.asked().await)
            } else {
                self.seen().get(one.name).copied().unwrap_or(true)
            };
            Dependency { name: one.name, kind: one.kind, up, needed: one.needed }
        });
        join_all(each).await
    }

    /// Keeps an answer, with one log line when it is another one than before.
    fn note(&self, one: &Watched, answer: Result<(), String>) -> bool {
        let up = answer.is_ok();
        let (dependency, kind) = (one.name, one.kind);
        let before = self.seen().insert(dependency, up);
        match answer {
            Err(why) if before != Some(false) => {
                tracing::warn!(dependency, kind, why, "a dependency does not answer");
            }
            Ok(()) if before == Some(false) => {
                tracing::info!(dependency, kind, "a dependency answers again");
            }
            _ => {}
        }
        let value = if up { 1.0 } else { 0.0 };
        metrics::gauge!("alveole_dependency_up", "dependency" => dependency, "kind" => kind)
            .set(value);
        up
    }
}

/// Measures the disks that folders are on; fails when one has less room than `min_free` bytes.
pub fn measure_disks(folders: &[(&'static str, PathBuf)], min_free: u64) -> Result<(), String> {
    let mut outcome = Ok(());
    for (folder, path) in folders {
        let disk =
            rustix::fs::statvfs(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let size = disk.f_blocks.saturating_mul(disk.f_frsize);
        metrics::gauge!("alveole_disk_free_bytes", "folder" => *folder).set(free as f64);
        metrics::gauge!("alveole_disk_size_bytes", "folder" => *folder).set(size as f64);
        if free < min_free {
            outcome = Err(format!(
                "{free} bytes are free at {}, and server.min_free_bytes is {min_free}",
                path.display()
            ));
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn watched(name: &'static str, probed: bool, well: &Arc<AtomicBool>) -> Watched {
        let well = Arc::clone(well);
        let ask: Ask = Box::new(move || {
            let well = well.load(Ordering::Relaxed);
            Box::pin(async move { if well { Ok(()) } else { Err("gone".to_owned()) } })
        });
        Watched { name, kind: "fake", needed: true, probed, ask }
    }

    #[tokio::test]
    async fn what_is_slow_is_as_it_was_last_seen() {
        let well = Arc::new(AtomicBool::new(true));
        let all = vec![watched("near", true, &well), watched("far", false, &well)];
        let dependencies = DependencyWatch::new(all);
        let up = |seen: Vec<Dependency>| seen.iter().map(|one| one.up).collect::<Vec<_>>();
        assert_eq!(up(dependencies.probe().await), [true, true]);
        well.store(false, Ordering::Relaxed);
        assert_eq!(up(dependencies.probe().await), [false, true]);
        dependencies.look().await;
        assert_eq!(up(dependencies.probe().await), [false, false]);
        well.store(true, Ordering::Relaxed);
        dependencies.look().await;
        assert_eq!(up(dependencies.probe().await), [true, true]);
    }

    #[test]
    fn a_disk_with_too_little_room_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let folders = [("data", folder.path().to_owned())];
        assert_eq!(measure_disks(&folders, 0), Ok(()));
        let why = measure_disks(&folders, u64::MAX).unwrap_err();
        assert!(why.contains("server.min_free_bytes"), "{why}");
        let gone = [("data", folder.path().join("gone"))];
        assert!(measure_disks(&gone, 0).unwrap_err().contains("gone"));
    }
}
