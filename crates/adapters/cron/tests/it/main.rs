//! What patterns mean, and which are refused. Gaps and overlaps are cases of the domain's kit.
#![expect(clippy::unwrap_used, reason = "failing loudly is what tests are for")]

use adapter_cron::CronCalendar;
use jobs::{Calendar as _, CalendarError};
use kernel::Timestamp;

fn after(cron: &str, zone: &str, at: &str) -> Option<String> {
    let ticks = CronCalendar.read(cron, zone).unwrap();
    ticks.after(Timestamp::parse(at).unwrap()).map(|at| ticks.local(at))
}

#[test]
fn patterns_and_names_are_read_in_their_zone() {
    let now = "2026-11-23T12:34:56.5Z";
    for (cron, zone, next) in [
        ("* * * * *", "UTC", "2026-11-23T12:35:00+00:00"),
        ("34 12 * * *", "UTC", "2026-11-24T12:34:00+00:00"),
        ("4-59/5 * * * *", "UTC", "2026-11-23T12:39:00+00:00"),
        ("0 9 * * MON-FRI", "Europe/Paris", "2026-11-24T09:00:00+01:00"),
        ("0 9 L * *", "Asia/Kathmandu", "2026-11-30T09:00:00+05:45"),
        ("0 0 29 2 *", "UTC", "2028-02-29T00:00:00+00:00"),
        ("@hourly", "UTC", "2026-11-23T13:00:00+00:00"),
        ("@daily", "America/New_York", "2026-11-24T00:00:00-05:00"),
        ("@weekly", "UTC", "2026-11-29T00:00:00+00:00"),
        ("@monthly", "UTC", "2026-12-01T00:00:00+00:00"),
        ("@Yearly", "UTC", "2027-01-01T00:00:00+00:00"),
    ] {
        assert_eq!(after(cron, zone, now).as_deref(), Some(next), "{cron} in {zone}");
    }
    assert_eq!(after("0 0 30 2 *", "UTC", now), None, "it never comes");
}

#[test]
fn a_tick_is_not_after_itself_and_is_before_itself() {
    let ticks = CronCalendar.read("0 12 * * *", "UTC").unwrap();
    let at = |text| Timestamp::parse(text).unwrap();
    let (noon, next) = (at("2026-11-23T12:00:00Z"), at("2026-11-24T12:00:00Z"));
    assert_eq!(ticks.after(noon), Some(next));
    assert_eq!(ticks.before(next), Some(next));
    assert_eq!(ticks.before(at("2026-11-24T11:59:59.999999Z")), Some(noon));
}

#[test]
fn seconds_years_and_nonsense_are_refused() {
    for cron in [
        "",
        "* * * *",
        "* * * * * *",
        "* * * * * * 2027",
        "@reboot",
        "@",
        "60 * * * *",
        "a b c d e",
        "*/0 * * * *",
        "5-1-2 * * * *",
        "* * * 13 *",
        "\u{1f41d} * * * *",
    ] {
        let read = CronCalendar.read(cron, "UTC").map(drop);
        assert!(matches!(read, Err(CalendarError::Pattern(_))), "{cron:?}: {read:?}");
    }
    for zone in ["", "Paris", "Europe/Atlantis", "+01:00"] {
        assert_eq!(CronCalendar.read("@daily", zone).map(drop), Err(CalendarError::Zone));
    }
}
