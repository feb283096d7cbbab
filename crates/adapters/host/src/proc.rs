//! The few numbers that `sysinfo` has no call for. Where there is no `/proc`, there are none.

use std::fs;

/// Times of all cores, in ticks: all of them, those that another machine took, and those that waited for disks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Times {
    all: f64,
    steal: f64,
    waiting: f64,
}

impl Times {
    pub(crate) fn read() -> Option<Self> {
        Self::parse(&fs::read_to_string("/proc/stat").ok()?)
    }

    fn parse(stat: &str) -> Option<Self> {
        let line = stat.lines().next()?.strip_prefix("cpu ")?;
        let ticks: Vec<f64> = line.split_ascii_whitespace().map_while(|n| n.parse().ok()).collect();
        // The times of guests, behind them, are in the first two.
        let all = ticks.iter().take(8).sum();
        Some(Self { all, waiting: *ticks.get(4)?, steal: *ticks.get(7)? })
    }

    /// Which part was taken, and which waited, in percent.
    pub(crate) fn since(self, before: Self) -> (f64, f64) {
        let all = self.all - before.all;
        let part = |now: f64, before: f64| {
            if all > 0.0 { ((now - before) / all * 100.0).clamp(0.0, 100.0) } else { 0.0 }
        };
        (part(self.steal, before.steal), part(self.waiting, before.waiting))
    }
}

/// Threads of this process.
pub(crate) fn threads() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("Threads:"))?;
    line.trim().parse().ok()
}

/// The part of the last ten seconds in which some work waited, in percent.
pub(crate) fn pressure(of: &str) -> Option<f64> {
    parse_pressure(&fs::read_to_string(format!("/proc/pressure/{of}")).ok()?)
}

fn parse_pressure(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with("some "))?;
    let part = line.split_ascii_whitespace().find_map(|part| part.strip_prefix("avg10="))?;
    part.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_guests_are_not_counted_twice() {
        let before = Times::parse("cpu  100 0 100 700 50 0 0 50 10 0\ncpu0 1 2\n").unwrap();
        assert_eq!(before, Times { all: 1000.0, steal: 50.0, waiting: 50.0 });
        let now = Times::parse("cpu  150 0 100 720 70 0 0 60 10 0\n").unwrap();
        assert_eq!(now.since(before), (10.0, 20.0));
        assert_eq!(before.since(before), (0.0, 0.0));
        assert_eq!(Times::parse("cpu  1 2 3\n"), None);
        assert_eq!(Times::parse(""), None);
    }

    #[test]
    fn pressure_is_the_average_of_ten_seconds() {
        let text = "some avg10=1.25 avg60=0.50 avg300=0.10 total=42\nfull avg10=0.00 total=1\n";
        assert_eq!(parse_pressure(text), Some(1.25));
        assert_eq!(parse_pressure("full avg10=0.00\n"), None);
    }
}
