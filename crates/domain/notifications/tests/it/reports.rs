//! Reports: one for a person, a kind and a date, by the clocks of its reader.

use std::collections::BTreeSet;

use kernel::BoxFuture;
use notifications::{quiet::Zone, reports::DueReport};

use super::*;

impl Fixture {
    /// Ada asks for daily reports by email, in a zone.
    fn asking_in(zone: &str, now: &str) -> Self {
        let fixture = Self::with_emails();
        let now = Timestamp::parse(now).unwrap();
        fixture.clock.advance(now.since(fixture.clock.now()));
        fixture.be_in(zone);
        fixture.choose(Scope::Kind(Kind::ReportDaily), Mode::On);
        fixture
    }

    fn be_in(&self, zone: &str) {
        let zone = Zone::parse(zone).unwrap();
        let changed = self.notifications.be_quiet(&self.ada, None, move |quiet| quiet.zone = zone);
        block_on(changed).unwrap();
    }

    fn due(&self, kind: Kind) -> Vec<DueReport> {
        block_on(self.notifications.due_reports(kind, None, 100)).unwrap().0
    }

    /// What the schedule does at a tick; returns how many reports were written.
    fn tick(&self) -> usize {
        block_on(self.notifications.plan_operations()).unwrap();
        let mut written = 0;
        for kind in [Kind::ReportOperations, Kind::ReportDaily] {
            for due in self.due(kind) {
                let params = Params::default().with("due", "1");
                let wrote = block_on(self.notifications.report(&due, Some(params))).unwrap();
                written += usize::from(wrote);
            }
        }
        written
    }

    /// The dates of the reports in Ada's inbox, the newest first.
    fn dates(&self) -> Vec<String> {
        let page = PageRequest { limit: 100, ..PageRequest::default() };
        let all = self.notifications.list(&self.ada, Filter::default(), page);
        let all = block_on(all).unwrap().page.items;
        all.iter().map(|shown| shown.notification.params.get("date").to_owned()).collect()
    }
}

#[test]
fn a_date_has_one_report_whatever_clocks_do() {
    // Each begins some days before clocks change in that zone, in spring and in autumn.
    for (zone, begins) in [
        ("Europe/Paris", ["2027-03-25T00:00:00Z", "2027-10-28T00:00:00Z"]),
        ("America/New_York", ["2027-03-11T00:00:00Z", "2027-11-04T00:00:00Z"]),
        ("Australia/Lord_Howe", ["2027-04-01T00:00:00Z", "2027-09-30T00:00:00Z"]),
        ("Africa/Cairo", ["2027-04-28T00:00:00Z", "2027-10-27T00:00:00Z"]),
    ] {
        for hour in [0, 1, 2, 3, 7, 23] {
            for begin in begins {
                let fixture = Fixture::new();
                let emails = email_settings();
                let notifications =
                    Notifications::new(Arc::clone(&fixture.work), Arc::clone(&fixture.clock) as _);
                let notifications = notifications.with_emails(emails).with_report_hour(hour);
                let fixture = Fixture { notifications: Arc::new(notifications), ..fixture };
                let begin = Timestamp::parse(begin).unwrap();
                fixture.clock.advance(begin.since(fixture.clock.now()));
                fixture.be_in(zone);
                fixture.choose(Scope::Kind(Kind::ReportDaily), Mode::On);
                let mut written = 0;
                for _ in 0..24 * 10 {
                    fixture.clock.advance(HOUR);
                    written += fixture.tick();
                }
                let dates = fixture.dates();
                let distinct: BTreeSet<&String> = dates.iter().collect();
                assert_eq!(distinct.len(), dates.len(), "{zone} at {hour}: {dates:?}");
                assert_eq!(written, dates.len());
                assert!((9..=11).contains(&dates.len()), "{zone} at {hour}: {dates:?}");
                let sorted: Vec<&String> = distinct.into_iter().rev().collect();
                assert_eq!(sorted, dates.iter().collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn a_missed_hour_is_made_up_for_on_the_same_date_and_no_other() {
    let fixture = Fixture::asking_in("Europe/Paris", "2026-11-23T12:00:00Z");
    assert_eq!(fixture.tick(), 0, "the hour of this day is over");
    // Down from the evening until the afternoon.
    fixture.clock.advance(HOUR * 27);
    assert_eq!((fixture.tick(), fixture.tick()), (1, 0));
    assert_eq!(fixture.dates(), ["2026-11-24"]);
    // Down for two days and a night: of those nothing is said.
    fixture.clock.advance(HOUR * 56);
    assert_eq!(fixture.clock.now().to_string(), "2026-11-26T23:00:00Z");
    assert_eq!(fixture.tick(), 0, "it is the 27th in Paris, and before seven");
    fixture.clock.advance(HOUR * 7);
    assert_eq!(fixture.tick(), 1);
    assert_eq!(fixture.dates(), ["2026-11-27", "2026-11-24"]);
}

#[test]
fn of_many_who_write_a_report_one_succeeds() {
    let fixture = Fixture::asking_in("UTC", "2026-11-23T12:00:00Z");
    fixture.clock.advance(HOUR * 20);
    let due = fixture.due(Kind::ReportDaily).remove(0);
    let write = |_| -> BoxFuture<'_, bool> {
        let report = fixture.notifications.report(&due, Some(Params::default()));
        Box::pin(async move { report.await.unwrap() })
    };
    let written = block_on(kernel::kit::together((0..6).map(write).collect()));
    assert_eq!(written.into_iter().filter(|written| *written).count(), 1);
    assert_eq!((fixture.dates().len(), fixture.emails().len()), (1, 1));
}

#[test]
fn there_is_no_report_without_a_wish_or_without_news() {
    let fixture = Fixture::with_emails();
    fixture.clock.advance(HOUR * 24);
    assert_eq!(fixture.tick(), 0, "no one asked");
    fixture.choose(Scope::Kind(Kind::ReportDaily), Mode::On);
    fixture.clock.advance(HOUR * 24);
    let due = fixture.due(Kind::ReportDaily).remove(0);
    assert!(!block_on(fixture.notifications.report(&due, None)).unwrap());
    assert_eq!((fixture.dates(), fixture.emails()), (vec![], vec![]));
    assert_eq!(fixture.tick(), 0, "nothing was to be said, and the day is done");
    fixture.choose(Scope::Kind(Kind::ReportDaily), Mode::Off);
    fixture.clock.advance(HOUR * 24);
    assert_eq!(fixture.tick(), 0);
    fixture.choose(Scope::Kind(Kind::ReportDaily), Mode::On);
    fixture.clock.advance(HOUR * 24);
    assert_eq!(fixture.tick(), 1, "who asks again is heard");
}

#[test]
fn those_who_operate_the_program_get_a_report_and_no_others() {
    let fixture = Fixture::with_emails();
    fixture.db.set_role(fixture.ada.user, Role::Admin).unwrap();
    assert_eq!(fixture.tick(), 0);
    fixture.clock.advance(HOUR * 24);
    assert_eq!(fixture.tick(), 1);
    assert_eq!(fixture.kinds(&fixture.ada), [Kind::ReportOperations]);
    assert_eq!(fixture.kinds(&fixture.eve), []);
    // Who is not one of them any more hears nothing more, and hears again as one of them.
    fixture.db.set_role(fixture.ada.user, Role::User).unwrap();
    fixture.clock.advance(HOUR * 24);
    assert_eq!(fixture.tick(), 0);
    fixture.db.set_role(fixture.ada.user, Role::Admin).unwrap();
    assert_eq!(fixture.tick(), 0, "planned for the next day");
    fixture.clock.advance(HOUR * 24);
    assert_eq!(fixture.tick(), 1);
    // A wish against it counts.
    fixture.choose(Scope::Category(Category::Reports), Mode::Off);
    fixture.clock.advance(HOUR * 24);
    assert_eq!(fixture.tick(), 0);
}

#[test]
fn another_zone_gives_no_second_report_of_a_date() {
    let fixture = Fixture::asking_in("Asia/Tokyo", "2026-11-23T12:00:00Z");
    fixture.clock.advance(HOUR * 11);
    assert_eq!(fixture.tick(), 1, "eight o’clock in Tokyo");
    assert_eq!(fixture.dates(), ["2026-11-24"]);
    fixture.be_in("America/New_York");
    fixture.clock.advance(HOUR * 14);
    assert_eq!(fixture.tick(), 0, "the 24th begins again there, and has its report");
    fixture.clock.advance(HOUR * 24);
    assert_eq!(fixture.tick(), 1);
    assert_eq!(fixture.dates(), ["2026-11-25", "2026-11-24"]);
}
