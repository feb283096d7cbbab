//! Hours in which nothing leaves the inbox (N4).

use chrono::{
    DateTime, Datelike as _, Days, Duration, LocalResult, NaiveDate, NaiveTime, TimeZone as _,
};
use chrono_tz::Tz;
use kernel::Timestamp;

kernel::words!(
    /// A day of the week.
    Day {
        /// Monday.
        Monday = 0 "mon",
        /// Tuesday.
        Tuesday = 1 "tue",
        /// Wednesday.
        Wednesday = 2 "wed",
        /// Thursday.
        Thursday = 3 "thu",
        /// Friday.
        Friday = 4 "fri",
        /// Saturday.
        Saturday = 5 "sat",
        /// Sunday.
        Sunday = 6 "sun",
    }
);

/// Why a text is no time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the name of a time zone, such as Europe/Paris")]
pub struct ZoneError;

/// A time zone by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// The only way in: a name of the IANA time zone database.
    pub fn parse(raw: &str) -> Result<Self, ZoneError> {
        raw.parse().map(Self).map_err(|_| ZoneError)
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        self.0.name()
    }
}

/// Why a text is no time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time of the day such as 22:00")]
pub struct MinuteError;

/// A minute of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minute(u32);

impl Minute {
    /// The only way in: `00:00` to `23:59`.
    pub fn parse(raw: &str) -> Result<Self, MinuteError> {
        let number = |digits: &str| {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<u32>().ok()).flatten().ok_or(MinuteError)
        };
        let (hour, minute) = raw.split_once(':').ok_or(MinuteError)?;
        let (hour, minute) = (number(hour)?, number(minute)?);
        if hour < 24 && minute < 60 { Ok(Self(hour * 60 + minute)) } else { Err(MinuteError) }
    }

    fn time(self) -> NaiveTime {
        NaiveTime::from_num_seconds_from_midnight_opt(self.0 * 60, 0).unwrap_or_default()
    }
}

impl std::fmt::Display for Minute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// The quiet hours of one person. Those of a day begin at `from` on that day; when `to` is not later than
/// `from`, they end on the next day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietHours {
    /// Where the hours are meant.
    pub zone: Zone,
    /// The days on which they begin, in order; none: there are no quiet hours.
    pub days: Vec<Day>,
    /// The first quiet minute.
    pub from: Minute,
    /// The first minute that is not quiet.
    pub to: Minute,
}

impl Default for QuietHours {
    fn default() -> Self {
        Self { zone: Zone(Tz::UTC), days: Vec::new(), from: Minute(22 * 60), to: Minute(7 * 60) }
    }
}

impl QuietHours {
    /// When the quiet hours end that `now` is in, if it is in any.
    pub fn end_of(&self, now: Timestamp) -> Option<Timestamp> {
        let now = DateTime::from_timestamp_micros(now.micros())?;
        let today = now.with_timezone(&self.zone.0).date_naive();
        // Those of yesterday may reach into today.
        let days = [today.checked_sub_days(Days::new(1)), Some(today)];
        let ends =
            days.into_iter().flatten().filter(|day| self.begins_on(*day)).filter_map(|day| {
                let next =
                    if self.to <= self.from { day.checked_add_days(Days::new(1))? } else { day };
                let (begin, end) = (
                    self.zone.moment(day, self.from.time())?,
                    self.zone.moment(next, self.to.time())?,
                );
                (begin <= now && now < end).then_some(end)
            });
        ends.max().and_then(|end| Timestamp::from_micros(end.timestamp_micros()).ok())
    }

    fn begins_on(&self, day: NaiveDate) -> bool {
        let weekday = i16::try_from(day.weekday().num_days_from_monday()).ok();
        weekday.and_then(Day::from_rank).is_some_and(|day| self.days.contains(&day))
    }
}

impl Zone {
    /// The date that clocks show.
    pub(crate) fn date(self, at: Timestamp) -> Option<NaiveDate> {
        let at = DateTime::from_timestamp_micros(at.micros())?;
        Some(at.with_timezone(&self.0).date_naive())
    }

    /// When clocks show this time of a day. One that they show twice is the first of both; one that they
    /// skip is when they go on.
    pub(crate) fn moment(self, day: NaiveDate, time: NaiveTime) -> Option<DateTime<chrono::Utc>> {
        let mut local = day.and_time(time);
        // No zone skips more than a day.
        for _ in 0..=96 {
            match self.0.from_local_datetime(&local) {
                LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
                    return Some(at.to_utc());
                }
                LocalResult::None => local = local.checked_add_signed(Duration::minutes(15))?,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(zone: &str, days: &[Day], from: &str, to: &str) -> QuietHours {
        QuietHours {
            zone: Zone::parse(zone).unwrap(),
            days: days.to_vec(),
            from: Minute::parse(from).unwrap(),
            to: Minute::parse(to).unwrap(),
        }
    }

    fn end(quiet: &QuietHours, now: &str) -> Option<String> {
        quiet.end_of(Timestamp::parse(now).unwrap()).map(|end| end.to_string())
    }

    #[test]
    fn values_are_parsed() {
        for raw in ["", "7:00", "24:00", "12:60", "12", "+1:00", "12:000", "ab:cd"] {
            assert_eq!(Minute::parse(raw), Err(MinuteError), "{raw}");
        }
        assert_eq!(Minute::parse("07:05").unwrap().to_string(), "07:05");
        assert_eq!(Zone::parse("Europe/Paris").unwrap().as_str(), "Europe/Paris");
        assert!(Zone::parse("Mars/Olympus").is_err() && Zone::parse("").is_err());
    }

    #[test]
    fn n4_hours_over_midnight_belong_to_the_day_of_their_beginning() {
        // 2026-11-20 is a Friday.
        let friday = quiet("UTC", &[Day::Friday], "22:00", "07:00");
        for (now, expected) in [
            ("2026-11-20T21:59:59.999999Z", None),
            ("2026-11-20T22:00:00Z", Some("2026-11-21T07:00:00Z")),
            ("2026-11-21T06:59:59Z", Some("2026-11-21T07:00:00Z")),
            ("2026-11-21T07:00:00Z", None),
            ("2026-11-21T23:00:00Z", None),
            ("2026-11-20T03:00:00Z", None),
        ] {
            assert_eq!(end(&friday, now).as_deref(), expected, "{now}");
        }
        let noon = quiet("UTC", &[Day::Friday], "12:00", "13:30");
        assert_eq!(end(&noon, "2026-11-20T13:00:00Z").as_deref(), Some("2026-11-20T13:30:00Z"));
        assert_eq!(end(&noon, "2026-11-21T13:00:00Z"), None);
        let whole = quiet("UTC", &[Day::Friday], "00:00", "00:00");
        assert_eq!(end(&whole, "2026-11-20T13:00:00Z").as_deref(), Some("2026-11-21T00:00:00Z"));
        assert_eq!(end(&QuietHours::default(), "2026-11-20T23:00:00Z"), None);
    }

    #[test]
    fn n4_hours_are_those_of_the_zone_whatever_its_clocks_do() {
        // Paris: the clock skips 02:00–03:00 on 2026-03-29 and shows it twice on 2026-10-25.
        let paris = quiet("Europe/Paris", Day::ALL, "22:00", "02:30");
        for (now, expected) in [
            ("2026-07-01T21:00:00Z", Some("2026-07-02T00:30:00Z")),
            ("2026-03-29T00:00:00Z", Some("2026-03-29T01:00:00Z")),
            ("2026-10-25T00:10:00Z", Some("2026-10-25T00:30:00Z")),
        ] {
            assert_eq!(end(&paris, now).as_deref(), expected, "{now}");
        }
        // Half an hour is skipped there.
        let howe = quiet("Australia/Lord_Howe", Day::ALL, "22:00", "02:15");
        assert_eq!(end(&howe, "2026-10-03T14:00:00Z").as_deref(), Some("2026-10-03T15:30:00Z"));
    }
}
