//! A control group with a bound on memory, as a container has one.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// A control group, of either version. It is removed with this value, when its processes have ended.
pub struct Container {
    folder: PathBuf,
}

impl Container {
    /// A group whose processes may use `bytes` of memory and no swap. Errors: why there is none.
    pub fn new(bytes: u64) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("alveole-test-{}-{number}", std::process::id());
        let mut why = Vec::new();
        for (root, limit, swap) in [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max", "memory.swap.max"),
        ] {
            let folder = Path::new(root).join(&name);
            if !Path::new(root).join("cgroup.procs").exists() {
                why.push(format!("{root} is no control group"));
                continue;
            }
            let made = fs::create_dir(&folder).and_then(|()| {
                let group = Self { folder };
                fs::write(group.folder.join(limit), bytes.to_string())?;
                // Not every kernel counts swap.
                let bytes = if swap == "memory.swap.max" { 0 } else { bytes };
                let _ = fs::write(group.folder.join(swap), bytes.to_string());
                Ok(group)
            });
            match made {
                Ok(group) => return Ok(group),
                Err(error) => why.push(format!("{root}: {error}")),
            }
        }
        Err(why.join("; "))
    }

    /// The file that a process enters the group by.
    pub fn door(&self) -> PathBuf {
        self.folder.join("cgroup.procs")
    }

    /// The most memory that was used at any time, in bytes, the page cache included.
    pub fn peak(&self) -> Option<u64> {
        let read = |file: &str| fs::read_to_string(self.folder.join(file)).ok();
        let peak = read("memory.max_usage_in_bytes").or_else(|| read("memory.peak"))?;
        peak.trim().parse().ok()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.folder);
    }
}
