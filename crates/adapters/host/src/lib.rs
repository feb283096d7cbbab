#![doc = include_str!("../README.md")]

mod proc;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use monitoring::{Busy, Probe, Reading, values::Unit};
use sysinfo::{
    CpuRefreshKind, DiskRefreshKind, Disks, MemoryRefreshKind, Networks, Pid, ProcessRefreshKind,
    ProcessesToUpdate, System, UpdateKind,
};

use self::proc::Times;

/// Cores that have a series of their own.
const MOST_CORES: usize = 128;
/// How many of the busiest are named.
const MOST: usize = 3;

/// Why the machine cannot be measured.
#[derive(Debug)]
pub struct HostError(String);

impl std::fmt::Display for HostError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the machine cannot be measured: {}", self.0)
    }
}

impl std::error::Error for HostError {}

/// The machine and this process.
pub struct Host {
    began: Instant,
    /// The folder whose disk is measured.
    folder: PathBuf,
    pid: Pid,
    own: Mutex<Own>,
    others: Mutex<Others>,
}

/// What is looked at each time. One value of each, because what is known comes from the difference of two looks.
struct Own {
    system: System,
    disks: Disks,
    networks: Networks,
    times: Option<Times>,
    is_second: bool,
}

/// All processes, looked at when asked for.
struct Others {
    system: System,
    looked: Option<Instant>,
}

/// Two looks that are further apart say nothing of now.
const TOO_LONG: Duration = Duration::from_secs(60);

fn fault(error: impl std::fmt::Display) -> HostError {
    HostError(error.to_string())
}

impl Host {
    /// This machine; of its disks the one with this folder.
    ///
    /// # Errors
    ///
    /// When `sysinfo` does not know the system.
    pub fn new(folder: &Path) -> Result<Self, HostError> {
        let own = Own {
            system: System::new().map_err(fault)?,
            disks: Disks::new().map_err(fault)?,
            networks: Networks::new().map_err(fault)?,
            times: None,
            is_second: false,
        };
        let others = Others { system: System::new().map_err(fault)?, looked: None };
        Ok(Self {
            began: Instant::now(),
            folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
            pid: sysinfo::get_current_pid().map_err(fault)?,
            own: Mutex::new(own),
            others: Mutex::new(others),
        })
    }

    fn own(&self) -> MutexGuard<'_, Own> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn processor(own: &mut Own, readings: &mut Vec<Reading>) {
        own.system.refresh_cpu_specifics(CpuRefreshKind::nothing().with_usage());
        let times = Times::read();
        if own.is_second {
            let total = f64::from(own.system.global_cpu_usage());
            readings.push(Reading::now("cpu.total", Unit::Percent, total));
            for (number, core) in own.system.cpus().iter().take(MOST_CORES).enumerate() {
                let usage = f64::from(core.usage());
                readings.push(Reading::now(format!("cpu.core.{number}"), Unit::Percent, usage));
            }
            if let (Some(before), Some(now)) = (own.times, times) {
                let (steal, waiting) = now.since(before);
                readings.push(Reading::now("cpu.steal", Unit::Percent, steal));
                readings.push(Reading::now("cpu.iowait", Unit::Percent, waiting));
            }
        }
        own.times = times;
        if let Ok(load) = System::load_average() {
            for (name, value) in
                [("load.1", load.one), ("load.5", load.five), ("load.15", load.fifteen)]
            {
                readings.push(Reading::now(name, Unit::Count, value));
            }
        }
    }

    fn memory(own: &mut Own, readings: &mut Vec<Reading>) {
        own.system.refresh_memory_specifics(MemoryRefreshKind::everything());
        let system = &own.system;
        let (total, available) = (system.total_memory(), system.available_memory());
        let used = total.saturating_sub(available);
        for (name, bytes) in [
            ("memory.total", total),
            ("memory.used", used),
            ("memory.available", available),
            ("swap.total", system.total_swap()),
            ("swap.used", system.used_swap()),
        ] {
            readings.push(Reading::now(name, Unit::Bytes, bytes as f64));
        }
        readings.extend(percent("memory.used_percent", used, total));
    }

    fn disk(&self, own: &mut Own, readings: &mut Vec<Reading>) {
        let wanted = DiskRefreshKind::nothing().with_storage().with_io_usage();
        own.disks.refresh_specifics(true, wanted);
        let mounted = own.disks.iter().filter(|disk| self.folder.starts_with(disk.mount_point()));
        let Some(disk) = mounted.max_by_key(|disk| disk.mount_point().as_os_str().len()) else {
            return;
        };
        let (total, available) = (disk.total_space(), disk.available_space());
        let used = total.saturating_sub(available);
        for (name, bytes) in
            [("disk.total", total), ("disk.used", used), ("disk.available", available)]
        {
            readings.push(Reading::now(name, Unit::Bytes, bytes as f64));
        }
        readings.extend(percent("disk.used_percent", used, total));
        let usage = disk.usage();
        for (name, bytes) in
            [("disk.read", usage.total_read_bytes), ("disk.written", usage.total_written_bytes)]
        {
            readings.push(Reading::total(name, Unit::BytesPerSecond, bytes as f64));
        }
    }

    /// Every interface but the one that the machine has for itself.
    fn network(own: &mut Own, readings: &mut Vec<Reading>) {
        own.networks.refresh(true);
        let (mut received, mut sent, mut errors) = (0_u64, 0_u64, 0_u64);
        for (_, data) in own.networks.iter().filter(|(name, _)| *name != "lo") {
            received = received.saturating_add(data.total_received());
            sent = sent.saturating_add(data.total_transmitted());
            let both =
                data.total_errors_on_received().saturating_add(data.total_errors_on_transmitted());
            errors = errors.saturating_add(both);
        }
        for (name, unit, total) in [
            ("network.received", Unit::BytesPerSecond, received),
            ("network.sent", Unit::BytesPerSecond, sent),
            ("network.errors", Unit::PerSecond, errors),
        ] {
            readings.push(Reading::total(name, unit, total as f64));
        }
    }

    fn process(&self, own: &mut Own, readings: &mut Vec<Reading>) {
        let wanted = ProcessRefreshKind::nothing().with_cpu().with_memory();
        let pids = [self.pid];
        own.system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, wanted);
        let Some(process) = own.system.process(self.pid) else { return };
        if own.is_second {
            let usage = f64::from(process.cpu_usage());
            readings.push(Reading::now("process.cpu", Unit::Percent, usage));
        }
        readings.push(Reading::now("process.memory", Unit::Bytes, process.memory() as f64));
        let descriptors = process.open_files();
        let limit = process.open_files_limit();
        for (name, count) in [
            ("process.threads", proc::threads()),
            ("process.descriptors", descriptors),
            ("process.descriptor_limit", limit),
        ] {
            if let Some(count) = count {
                readings.push(Reading::now(name, Unit::Count, count as f64));
            }
        }
    }
}

fn percent(name: &'static str, used: u64, total: u64) -> Option<Reading> {
    let percent = used as f64 * 100.0 / total as f64;
    (total > 0).then(|| Reading::now(name, Unit::Percent, percent))
}

impl Probe for Host {
    fn read(&self) -> Vec<Reading> {
        let mut readings = Vec::with_capacity(64);
        let mut own = self.own();
        Self::processor(&mut own, &mut readings);
        Self::memory(&mut own, &mut readings);
        self.disk(&mut own, &mut readings);
        Self::network(&mut own, &mut readings);
        self.process(&mut own, &mut readings);
        own.is_second = true;
        drop(own);
        for (name, file) in
            [("pressure.cpu", "cpu"), ("pressure.io", "io"), ("pressure.memory", "memory")]
        {
            if let Some(percent) = proc::pressure(file) {
                readings.push(Reading::now(name, Unit::Percent, percent));
            }
        }
        readings
    }

    fn uptime(&self) -> Duration {
        self.began.elapsed()
    }

    fn processes(&self) -> Vec<Busy> {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = ProcessRefreshKind::nothing().with_cpu().with_exe(UpdateKind::Never);
        others.system.refresh_processes_specifics(ProcessesToUpdate::All, true, wanted);
        let last = others.looked.replace(Instant::now());
        if last.is_none_or(|last| last.elapsed() > TOO_LONG) {
            return Vec::new();
        }
        let all = others.system.processes().values().filter(|process| process.cpu_usage() >= 1.0);
        let mut all: Vec<Busy> = all
            .map(|process| Busy {
                name: format!("{} ({})", process.name().display(), process.pid()),
                percent: (process.cpu_usage() * 10.0).round() / 10.0,
            })
            .collect();
        all.sort_by(|a, b| b.percent.total_cmp(&a.percent));
        all.truncate(MOST);
        all
    }
}

/// What the machine is called.
pub fn name() -> Option<String> {
    System::host_name().ok()
}
