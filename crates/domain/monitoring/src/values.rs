//! The values of monitoring. `parse` is the only constructor of each.

use std::{fmt, sync::Arc};

use kernel::{id, text, words};

id!(
    /// A rule.
    RuleId
);
id!(
    /// An alert.
    AlertId
);
text!(
    /// 1–100 characters, trimmed.
    RuleName,
    trimmed,
    1,
    100
);

words!(
    /// What the numbers of a series are.
    Unit {
        /// 0 to 100; of one core where a process is measured.
        Percent = 0 "percent",
        /// Bytes.
        Bytes = 1 "bytes",
        /// Bytes in a second.
        BytesPerSecond = 2 "bytes_per_second",
        /// So many in a second.
        PerSecond = 3 "per_second",
        /// Seconds.
        Seconds = 4 "seconds",
        /// A number of things.
        Count = 5 "count",
    }
);

words!(
    /// When a rule is broken.
    Condition {
        /// The value is above the threshold.
        Above = 0 "above",
        /// The value is below the threshold.
        Below = 1 "below",
        /// The value is unusual for the hour of the week.
        Anomaly = 2 "anomaly",
    }
);

words!(
    /// How bad a broken rule is.
    Severity {
        /// Worth knowing.
        Info = 0 "info",
        /// Look at it today.
        Warning = 1 "warning",
        /// Look at it now.
        Critical = 2 "critical",
    }
);

words!(
    /// How far an alert has come.
    AlertState {
        /// The rule is broken, for less than its `for`.
        Pending = 0 "pending",
        /// The rule is broken.
        Firing = 1 "firing",
        /// The rule was broken.
        Resolved = 2 "resolved",
    }
);

words!(
    /// Why an alert was resolved.
    Resolution {
        /// The value was below `clear` for long enough.
        Cleared = 0 "cleared",
        /// The rule was changed, disabled or deleted.
        RuleChanged = 1 "rule_changed",
        /// The replica has reported nothing for ten minutes.
        ReplicaGone = 2 "replica_gone",
    }
);

words!(
    /// How long one stored row is.
    Step {
        /// A minute; kept for 7 days.
        Minute = 0 "1m",
        /// Ten minutes; kept for 90 days.
        TenMinutes = 1 "10m",
        /// An hour; kept for 2 years.
        Hour = 2 "1h",
    }
);

impl Step {
    /// Its length.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::TenMinutes => 600,
            Self::Hour => 3600,
        }
    }

    /// The start of the step that a moment lies in, in seconds since 1970.
    pub const fn start(self, seconds: i64) -> i64 {
        seconds - seconds.rem_euclid(self.seconds())
    }
}

/// Why a name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(&'static str);

/// The most characters of a name.
const LONGEST: usize = 64;

fn is_dotted(raw: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    raw.len() <= LONGEST && raw.split('.').all(is_part)
}

/// The name of a series: `cpu.total`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesName(Arc<str>);

impl SeriesName {
    /// Lower-case words, joined by dots; at most 64 characters.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        if is_dotted(raw) {
            Ok(Self(raw.into()))
        } else {
            Err(NameError("must be lower-case words joined by dots, such as cpu.total"))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SeriesName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which series: a name (`cpu.total`), all that begin alike (`cpu.*`), or all (`*`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern(Arc<str>);

impl Pattern {
    /// A name, a name with `.*` behind it, or `*`.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        if raw == "*" || is_dotted(raw.strip_suffix(".*").unwrap_or(raw)) {
            Ok(Self(raw.into()))
        } else {
            Err(NameError(
                "must be the name of a series such as cpu.total, or cpu.* for all of a kind",
            ))
        }
    }

    /// As the API writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when the series is one of them.
    pub fn matches(&self, name: &str) -> bool {
        if let Some(head) = self.0.strip_suffix(".*") {
            return name.strip_prefix(head).is_some_and(|rest| rest.starts_with('.'));
        }
        &*self.0 == "*" || &*self.0 == name
    }
}

/// A process that is measured: `host:8080`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Replica(Arc<str>);

impl Replica {
    /// 1–64 letters, digits, `.`, `:`, `_` or `-`.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        let is_good = |b: u8| b.is_ascii_alphanumeric() || b".:_-".contains(&b);
        if (1..=LONGEST).contains(&raw.len()) && raw.bytes().all(is_good) {
            Ok(Self(raw.into()))
        } else {
            Err(NameError("must be 1 to 64 letters, digits, dots, colons, hyphens or underscores"))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_name_or_all_of_a_kind() {
        let pattern = |raw| Pattern::parse(raw).unwrap();
        assert!(pattern("cpu.total").matches("cpu.total"));
        assert!(
            !pattern("cpu.total").matches("cpu.total2") && !pattern("cpu").matches("cpu.total")
        );
        assert!(pattern("cpu.*").matches("cpu.core.1") && !pattern("cpu.*").matches("cpu"));
        assert!(!pattern("cpu.*").matches("cpus.total") && pattern("*").matches("load.1"));
        for bad in ["", ".", "cpu.", ".*", "CPU.total", "cpu..total", "c*", "cpu.*.x", "cpü"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
        assert!(SeriesName::parse("cpu.*").is_err() && SeriesName::parse(&"x".repeat(65)).is_err());
        assert!(Replica::parse("a b").is_err() && Replica::parse("").is_err());
        assert!(Replica::parse("node-1.example:8080").is_ok());
    }
}
