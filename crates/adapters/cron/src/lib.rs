//! [`Calendar`] by croner and the IANA database of chrono-tz, which is compiled in: a zone means the same on
//! every machine.

use std::str::FromStr as _;

use chrono::{DateTime, SecondsFormat};
use chrono_tz::Tz;
use croner::{
    Cron, Direction,
    parser::{CronParser, Seconds, Year},
};
use jobs::{Calendar, CalendarError, Ticks};
use kernel::Timestamp;

/// The names that stand for patterns.
const NAMES: [&str; 6] = ["@hourly", "@daily", "@weekly", "@monthly", "@yearly", "@annually"];

/// Reads patterns of five fields.
#[derive(Debug, Clone, Copy, Default)]
pub struct CronCalendar;

impl Calendar for CronCalendar {
    fn read(&self, cron: &str, zone: &str) -> Result<Box<dyn Ticks>, CalendarError> {
        let zone = Tz::from_str(zone).map_err(|_| CalendarError::Zone)?;
        let is_name = NAMES.contains(&cron.to_ascii_lowercase().as_str());
        if !is_name && cron.split_whitespace().count() != 5 {
            let names = NAMES.join(", ");
            return Err(CalendarError::Pattern(format!(
                "must have five fields (minute, hour, day of the month, month, day of the week) or be one \
                 of {names}"
            )));
        }
        let parser =
            CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(cron).map_err(|error| {
            CalendarError::Pattern(format!("is not a pattern that can be read ({error})"))
        })?;
        Ok(Box::new(ZonedTicks { cron, zone }))
    }
}

/// A pattern in a zone.
struct ZonedTicks {
    cron: Cron,
    zone: Tz,
}

impl ZonedTicks {
    /// The whole second of a time, in the zone. Ticks are whole minutes.
    fn zoned(&self, at: Timestamp) -> Option<DateTime<Tz>> {
        Some(DateTime::from_timestamp(at.seconds(), 0)?.with_timezone(&self.zone))
    }

    fn find(&self, at: Timestamp, inclusive: bool, direction: Direction) -> Option<Timestamp> {
        let from = self.zoned(at)?;
        let found = match direction {
            Direction::Forward => self.cron.find_next_occurrence(&from, inclusive),
            Direction::Backward => self.cron.find_previous_occurrence(&from, inclusive),
        };
        Timestamp::from_micros(found.ok()?.timestamp_micros()).ok()
    }
}

impl Ticks for ZonedTicks {
    fn after(&self, at: Timestamp) -> Option<Timestamp> {
        // Whatever the library finds, a schedule only ever moves on.
        self.find(at, false, Direction::Forward).filter(|found| *found > at)
    }

    fn before(&self, at: Timestamp) -> Option<Timestamp> {
        self.find(at, true, Direction::Backward).filter(|found| *found <= at)
    }

    fn local(&self, at: Timestamp) -> String {
        let zoned = self.zoned(at).map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, false));
        zoned.unwrap_or_else(|| at.to_string())
    }
}
