//! Reports: once for a person, a kind and a date, at an hour of the person's clocks.

use chrono::{Days, NaiveDate, NaiveTime};
use kernel::{Timestamp, UserId};

use crate::{kind::Kind, quiet::Zone};

/// The next report of a kind to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedReport {
    /// To whom.
    pub owner: UserId,
    /// Of what.
    pub kind: Kind,
    /// When.
    pub due_at: Timestamp,
}

/// The day that a report is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportDay {
    date: NaiveDate,
    /// When it begins.
    pub begin: Timestamp,
    /// When the next one begins.
    pub end: Timestamp,
}

/// Days are named `2026-11-23`.
impl std::fmt::Display for ReportDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.date)
    }
}

impl ReportDay {
    /// The day that clocks in `zone` show at a moment.
    pub fn at(zone: Zone, at: Timestamp) -> Option<Self> {
        let date = zone.date(at)?;
        let begin = moment(zone, date, 0)?;
        let end = moment(zone, date.checked_add_days(Days::new(1))?, 0)?;
        Some(Self { date, begin, end })
    }
}

/// When clocks in `zone` next show the full hour, after `after`: one moment for each date, whatever they
/// skip or show twice.
pub fn next_report(zone: Zone, hour: u32, after: Timestamp) -> Option<Timestamp> {
    let today = zone.date(after)?;
    // A zone that skips a date goes on with the next one.
    let days = (0..4).filter_map(|number| today.checked_add_days(Days::new(number)));
    days.filter_map(|day| moment(zone, day, hour)).find(|at| *at > after)
}

fn moment(zone: Zone, day: NaiveDate, hour: u32) -> Option<Timestamp> {
    let at = zone.moment(day, NaiveTime::from_hms_opt(hour, 0, 0)?)?;
    Timestamp::from_micros(at.timestamp_micros()).ok()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, time::Duration};

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_year_has_one_report_for_each_date_whatever_clocks_do() {
        for zone in [
            "UTC",
            "Europe/Paris",
            "America/New_York",
            "Australia/Lord_Howe",
            "Africa/Cairo",
            "Asia/Kolkata",
        ] {
            let zone = Zone::parse(zone).unwrap();
            for hour in 0..24 {
                let begin = Timestamp::parse("2026-01-01T00:30:00Z").unwrap();
                let end = begin.plus(HOUR * 24 * 366);
                let (mut planned, mut now) = (next_report(zone, hour, begin).unwrap(), begin);
                let mut dates = BTreeSet::new();
                // A schedule that ticks at each full hour.
                while now < end {
                    now = now.plus(HOUR);
                    if planned <= now {
                        let day = ReportDay::at(zone, planned).unwrap();
                        assert!(dates.insert(day.date), "{day} twice: {zone:?} at {hour}");
                        assert!(day.begin <= planned && planned < day.end, "{zone:?} at {hour}");
                        planned = next_report(zone, hour, now).unwrap();
                    }
                }
                let (first, last) = (*dates.first().unwrap(), *dates.last().unwrap());
                let expected = (last - first).num_days() + 1;
                let found = i64::try_from(dates.len()).unwrap();
                assert_eq!(found, expected, "no date is left out: {zone:?} at {hour}");
                assert!(dates.len() >= 365, "{}", dates.len());
            }
        }
    }

    #[test]
    fn an_hour_that_is_skipped_is_when_clocks_go_on() {
        let paris = Zone::parse("Europe/Paris").unwrap();
        let at = |raw: &str| Timestamp::parse(raw).unwrap();
        let spring = next_report(paris, 2, at("2026-03-28T12:00:00Z")).unwrap();
        assert_eq!(spring, at("2026-03-29T01:00:00Z"));
        // Shown twice: the first of both, and not again.
        let autumn = next_report(paris, 2, at("2026-10-24T12:00:00Z")).unwrap();
        assert_eq!(autumn, at("2026-10-25T00:00:00Z"));
        assert_eq!(next_report(paris, 2, autumn).unwrap(), at("2026-10-26T01:00:00Z"));
        // The day begins when the clock shows no midnight.
        let cairo = Zone::parse("Africa/Cairo").unwrap();
        let day = ReportDay::at(cairo, at("2026-04-24T10:00:00Z")).unwrap();
        assert_eq!((day.begin, day.end), (at("2026-04-23T22:00:00Z"), at("2026-04-24T21:00:00Z")));
    }
}
