//! Time to the microsecond, so that every store gives back exactly what it was given.

use std::time::Duration;

use chrono::{DateTime, Datelike, Months, NaiveDate, SecondsFormat, Timelike};

/// A moment in UTC, in microseconds since 1970-01-01. Range: years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// Why a text or a number is no moment we accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an RFC 3339 time such as 2026-02-01T09:30:00Z")]
pub struct TimestampError;

impl Timestamp {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// 9999-12-31T23:59:59.999999Z.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// From microseconds since the epoch; years 1 to 9999 only.
    pub const fn from_micros(micros: i64) -> Result<Self, TimestampError> {
        if micros < Self::MIN.0 || micros > Self::MAX.0 {
            return Err(TimestampError);
        }
        Ok(Self(micros))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// RFC 3339 with any offset; digits beyond the microsecond are cut.
    pub fn parse(raw: &str) -> Result<Self, TimestampError> {
        let time = DateTime::parse_from_rfc3339(raw).map_err(|_| TimestampError)?;
        Self::from_micros(time.timestamp_micros())
    }

    /// Later by `by`, held at [`Timestamp::MAX`].
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros).min(Self::MAX.0))
    }

    /// Earlier by `by`, held at [`Timestamp::MIN`].
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros).max(Self::MIN.0))
    }

    /// How long from `earlier` to here; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The UTC day this moment lies in.
    pub fn date(self) -> Date {
        Date(self.0.div_euclid(86_400_000_000))
    }
}

crate::value_schema!(Timestamp, {"type": "string", "format": "date-time"});

/// RFC 3339 in UTC with `Z`; fraction only when there is one, then six digits.
impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(time) = DateTime::from_timestamp_micros(self.0) else {
            return Err(std::fmt::Error);
        };
        let form = if time.nanosecond() == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
        f.write_str(&time.to_rfc3339_opts(form, true))
    }
}

/// A day of the proleptic Gregorian calendar, as days since 1970-01-01. Years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(i64);

/// Why a text is no day we accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a date such as 2026-02-01")]
pub struct DateError;

impl Date {
    /// `YYYY-MM-DD`, nothing else.
    pub fn parse(raw: &str) -> Result<Self, DateError> {
        if raw.len() != 10 {
            return Err(DateError);
        }
        let day = NaiveDate::parse_from_str(raw, "%Y-%m-%d").map_err(|_| DateError)?;
        if !(1..=9999).contains(&day.year()) {
            return Err(DateError);
        }
        Ok(Self(i64::from(day.to_epoch_days())))
    }

    /// Midnight UTC at the start of this day.
    pub fn start(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(86_400_000_000))
    }

    /// This day moved by `days`.
    #[must_use]
    pub fn offset(self, days: i64) -> Self {
        let (low, high) = (Timestamp::MIN.date().0, Timestamp::MAX.date().0);
        Self(self.0.saturating_add(days).clamp(low, high))
    }

    /// The same day of the month so many months later, or that month's last day where it is
    /// shorter; held at the last day there is.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        let last = Timestamp::MAX.date();
        let day = i32::try_from(self.0).ok().and_then(NaiveDate::from_epoch_days);
        let later = day.and_then(|day| day.checked_add_months(Months::new(months)));
        later.map_or(last, |day| Self(i64::from(day.to_epoch_days())).min(last))
    }

    /// Days from `earlier` to here, negative when it is later.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

crate::value_schema!(Date, {"type": "string", "format": "date"});

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let days = i32::try_from(self.0).map_err(|_| std::fmt::Error)?;
        let day = NaiveDate::from_epoch_days(days).ok_or(std::fmt::Error)?;
        write!(f, "{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
    }
}

/// Where "now" comes from. Domains never read a clock by themselves.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock that everybody else asks")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(0))
    }
}

/// A clock that stands still until it is moved; for tests and examples.
#[derive(Debug)]
pub struct FixedClock(std::sync::atomic::AtomicI64);

impl FixedClock {
    /// Stands at `at`.
    pub fn at(at: Timestamp) -> Self {
        Self(std::sync::atomic::AtomicI64::new(at.0))
    }

    /// Is set, forward or back.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.0, std::sync::atomic::Ordering::SeqCst);
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_moment_survives_its_text(micros in Timestamp::MIN.0..=Timestamp::MAX.0) {
            let moment = Timestamp(micros);
            prop_assert_eq!(Timestamp::parse(&moment.to_string()), Ok(moment));
        }

        #[test]
        fn every_day_survives_its_text(micros in Timestamp::MIN.0..=Timestamp::MAX.0) {
            let day = Timestamp(micros).date();
            prop_assert_eq!(Date::parse(&day.to_string()), Ok(day));
            prop_assert_eq!(day.start().date(), day);
        }
    }

    #[test]
    fn times_are_shown_in_utc_with_z() {
        let moment = Timestamp::parse("2026-02-01T01:30:00+02:00");
        assert_eq!(moment.map(|m| m.to_string()), Ok("2026-01-31T23:30:00Z".to_owned()));
        let fraction = Timestamp::parse("2026-02-01T00:00:00.1234567Z");
        assert_eq!(fraction.map(|m| m.to_string()), Ok("2026-02-01T00:00:00.123456Z".to_owned()));
    }

    #[test]
    fn nonsense_is_refused() {
        for raw in ["", "2026-02-30T00:00:00Z", "2026-02-01", "now", "10000-01-01T00:00:00Z"] {
            assert_eq!(Timestamp::parse(raw), Err(TimestampError), "{raw}");
        }
        for raw in ["", "2026-2-1", "2026-13-01", "2025-02-29", "02026-01-01", "0000-01-01"] {
            assert_eq!(Date::parse(raw), Err(DateError), "{raw}");
        }
    }
}
