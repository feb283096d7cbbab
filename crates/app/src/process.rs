//! What the operating system knows of this process, as metrics. Read from `/proc` when somebody
//! asks; where there is none, the metrics are left out.

use std::{fs, path::Path};

/// Ticks a second in `/proc/<pid>/stat`: 100 for every program on every Linux we build for, however
/// the kernel counts inside.
const TICKS: f64 = 100.0;
/// What cgroup v1 says for "no limit" is the greatest multiple of a page; nobody has so much.
const NO_LIMIT: u64 = 1 << 60;

/// Sets the metrics to what they are now.
pub fn record() {
    metrics::gauge!("alveole_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let read = |path: &str| fs::read_to_string(path).ok();
    // A gauge by type, because counters are whole numbers here; `rate` does not mind.
    let stat = read("/proc/self/stat");
    let stat = stat.as_deref().and_then(Stat::parse);
    let boot = read("/proc/stat").as_deref().and_then(boot_time);
    let status = read("/proc/self/status");
    let status = status.as_deref();
    let open = fs::read_dir("/proc/self/fd").ok().map(|files| files.count().saturating_sub(1));
    let values = [
        ("alveole_process_cpu_seconds_total", stat.map(|stat| stat.cpu_seconds)),
        (
            "alveole_process_start_time_seconds",
            stat.zip(boot).map(|(stat, boot)| boot + stat.started_after_boot),
        ),
        (
            "alveole_process_resident_memory_bytes",
            status.and_then(|status| kibibytes(status, "VmRSS:")).map(|bytes| bytes as f64),
        ),
        ("alveole_process_threads", status.and_then(|status| number(status, "Threads:"))),
        ("alveole_process_open_fds", open.map(|count| count as f64)),
        ("alveole_process_max_fds", read("/proc/self/limits").as_deref().and_then(max_files)),
        (
            "alveole_process_memory_limit_bytes",
            memory_limit(Path::new("/")).map(|bytes| bytes as f64),
        ),
    ];
    for (name, value) in values {
        if let Some(value) = value {
            metrics::gauge!(name).set(value);
        }
    }
}

/// Of `/proc/self/stat`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stat {
    cpu_seconds: f64,
    started_after_boot: f64,
}

impl Stat {
    fn parse(stat: &str) -> Option<Self> {
        // The second field, the name, may hold blanks and brackets; it ends with the last bracket.
        let (_, rest) = stat.rsplit_once(')')?;
        // The third field of the file is the first one here.
        let mut fields = rest.split_ascii_whitespace().map(|field| field.parse::<f64>().ok());
        let user = fields.nth(14 - 3)??;
        let system = fields.next()??;
        let started = fields.nth(22 - 16)??;
        Some(Self { cpu_seconds: (user + system) / TICKS, started_after_boot: started / TICKS })
    }
}

/// The number in the line that begins with `name`.
fn number(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// Seconds since 1970, from `/proc/stat`.
fn boot_time(stat: &str) -> Option<f64> {
    number(stat, "btime ")
}

/// Bytes, from a line in kB.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    number(text, name).map(|kibibytes| kibibytes as u64 * 1024)
}

/// The soft limit, from `/proc/self/limits`; `unlimited` is none.
fn max_files(limits: &str) -> Option<f64> {
    number(limits, "Max open files ")
}

/// What this process may use for large work, in bytes: a quarter of its memory.
pub fn quarter_of_memory() -> u64 {
    memory_limit(Path::new("/")).unwrap_or(1 << 30) / 4
}

/// The memory that this process may use: the tightest of its control groups, else all there is.
fn memory_limit(root: &Path) -> Option<u64> {
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    let groups = read("proc/self/cgroup").unwrap_or_default();
    let limits = groups.lines().filter_map(limit_files).flatten();
    let tightest = limits
        .filter_map(|path| read(&path)?.trim().parse::<u64>().ok())
        .filter(|limit| *limit < NO_LIMIT)
        .min();
    let all = read("proc/meminfo").as_deref().and_then(|info| kibibytes(info, "MemTotal:"));
    match (tightest, all) {
        (Some(limit), Some(all)) => Some(limit.min(all)),
        (limit, all) => limit.or(all),
    }
}

/// The files with the limits of a control group and of those around it, for a line of
/// `/proc/self/cgroup`. A container may see its own group as the root, whatever the line says, so
/// the root is among them.
fn limit_files(line: &str) -> Option<Vec<String>> {
    let (_, group) = line.split_once(':')?;
    let (controllers, path) = group.split_once(':')?;
    let (folder, file) = if controllers.is_empty() {
        ("sys/fs/cgroup", "memory.max")
    } else if controllers.split(',').any(|name| name == "memory") {
        ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
    } else {
        return None;
    };
    let groups = Path::new(path.trim_start_matches('/')).ancestors();
    Some(groups.map(|group| format!("{folder}/{}/{file}", group.display())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_whatever_the_program_is_called() {
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194560 2527 0 3 0 1234 66 0 0 20 0 9 0 \
                    5000 1000000 900 18446744073709551615";
        let read = Stat::parse(stat).unwrap();
        assert_eq!(read, Stat { cpu_seconds: 13.0, started_after_boot: 50.0 });
        assert_eq!(Stat::parse("42 (alveole) S 1"), None);
        assert_eq!(Stat::parse(""), None);
        assert_eq!(boot_time("cpu  1 2\nbtime 1700000000\nctxt 5\n"), Some(1_700_000_000.0));
        assert_eq!(boot_time("cpu  1 2\n"), None);
    }

    #[test]
    fn sizes_and_counts_are_read() {
        let status = "Name:\talveole\nVmRSS:\t   2048 kB\nThreads:\t17\n";
        assert_eq!(kibibytes(status, "VmRSS:"), Some(2 * 1024 * 1024));
        assert_eq!(number(status, "Threads:"), Some(17.0));
        assert_eq!(number(status, "VmSwap:"), None);
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max processes             100                  100                  processes\n\
                      Max open files            1024                 524288               files\n";
        assert_eq!(max_files(limits), Some(1024.0));
        assert_eq!(max_files("Max open files            unlimited  unlimited  files\n"), None);
    }

    fn machine(files: &[(&str, &str)]) -> Option<u64> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        memory_limit(root.path())
    }

    #[test]
    fn the_tightest_limit_of_memory_holds() {
        let all = ("proc/meminfo", "MemTotal:       4 kB\n");
        assert_eq!(machine(&[]), None);
        assert_eq!(machine(&[all]), Some(4096));
        // version 2: none, one, and one around it
        let group = ("proc/self/cgroup", "0::/a.slice/b\n");
        let max = |path, text| machine(&[all, group, (path, text)]);
        assert_eq!(max("sys/fs/cgroup/a.slice/b/memory.max", "max\n"), Some(4096));
        assert_eq!(max("sys/fs/cgroup/a.slice/b/memory.max", "1024\n"), Some(1024));
        assert_eq!(max("sys/fs/cgroup/a.slice/memory.max", "2048\n"), Some(2048));
        assert_eq!(max("sys/fs/cgroup/memory.max", "8192\n"), Some(4096), "more than there is");
        // version 1: a number that means none, and one seen as the root
        let group = ("proc/self/cgroup", "5:cpu,memory:/docker/x\n4:pids:/y\n");
        let max = |path, text| machine(&[all, group, (path, text)]);
        let own = "sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes";
        assert_eq!(max(own, "9223372036854771712\n"), Some(4096));
        assert_eq!(max(own, "1024\n"), Some(1024));
        assert_eq!(max("sys/fs/cgroup/memory/memory.limit_in_bytes", "1024\n"), Some(1024));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_seen() {
        let stat = Stat::parse(&fs::read_to_string("/proc/self/stat").unwrap()).unwrap();
        let boot = boot_time(&fs::read_to_string("/proc/stat").unwrap()).unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let age = now.as_secs_f64() - boot - stat.started_after_boot;
        assert!((-2.0..86_400.0).contains(&age), "{age}");
        assert!(memory_limit(Path::new("/")).unwrap() > 1 << 20);
    }
}
