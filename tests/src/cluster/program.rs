//! A program that is not ours, run for as long as a value lives.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A running program. It ends with this value, in the way that lets it end its own children.
pub(super) struct Program {
    child: Child,
    /// The signal that ends it soon and wholly.
    farewell: &'static str,
}

impl Program {
    /// Starts it in the foreground, so that a Ctrl-C at the terminal reaches it too.
    pub(super) fn spawn(command: &mut Command, farewell: &'static str) -> Self {
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        Self { child, farewell }
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it did.
    pub(super) fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| status.to_string())
    }

    /// Its own pid and those of its children.
    pub(super) fn family(&self) -> Vec<u32> {
        let parent = self.pid();
        let mut family = vec![parent];
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let pid = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
            let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            // `pid (name) state ppid …`, and the name may hold anything
            let ppid = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1));
            if let (Some(pid), Some(Ok(ppid))) = (pid, ppid.map(str::parse::<u32>))
                && ppid == parent
            {
                family.push(pid);
            }
        }
        family
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        signal(&[self.pid()], self.farewell);
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.ended().is_none() {
            if Instant::now() > deadline {
                signal(&self.family(), "KILL");
                let _ = self.child.wait();
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Sends a signal. Who is gone already needs none.
pub(super) fn signal(pids: &[u32], name: &str) {
    let _ = Command::new("kill")
        .arg(format!("-{name}"))
        .args(pids.iter().map(u32::to_string))
        .stderr(Stdio::null())
        .status();
}

/// Where a program is: in `PATH`, or where systems keep what is not for everybody.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from));
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    folders.into_iter().map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A command of a program that [`super::missing`] did not find missing.
pub(super) fn command(name: &str) -> Command {
    Command::new(find(name).unwrap_or_else(|| panic!("`{name}` is not installed")))
}
