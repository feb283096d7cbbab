//! Schedules: who may change them, and what they tell the others. The JSON of the event is public: it is
//! compared with a file; set `ALVEOLE_BLESS=1` to write it.
#![expect(clippy::disallowed_methods, reason = "golden files are files")]

use std::{path::PathBuf, time::Duration};

use jobs::{
    JobsError,
    commands::{PreviewSchedule, UpdateSchedule},
    events,
    service::JobView,
};
use kernel::{
    Actor, Event, JobKind, Recurrence, Role, Scheduler as _, StoreError, UserId, event::Envelope,
};
use pollster::block_on;

use crate::{Fixture, kind};

const NAME: &str = "nightly";

impl Fixture {
    /// With a schedule that ticks at noon, in an hour and each day.
    fn scheduled() -> Self {
        let fixture = Self::new();
        let schedule = Some(Recurrence { zone: "Europe/Paris", ..Recurrence::utc("0 14 * * *") });
        fixture.jobs.add_kinds([JobKind { schedule, ..kind(NAME) }]);
        block_on(fixture.jobs.register()).unwrap();
        fixture
    }
}

#[test]
fn others_than_administrators_see_and_change_no_schedule() {
    let Fixture { jobs, .. } = Fixture::scheduled();
    let user = Actor::new(UserId::parse(2).unwrap(), Role::Moderator);
    let name = || NAME.to_owned();
    let wish = PreviewSchedule { cron: None, zone: None, count: 1 };
    let refusals = [
        block_on(jobs.schedules(&user)).map(drop),
        block_on(jobs.schedule(&user, name())).map(drop),
        block_on(jobs.preview_schedule(&user, name(), wish)).map(drop),
        block_on(jobs.run_schedule(&user, name())).map(drop),
        block_on(jobs.update_schedule(&user, name(), None, UpdateSchedule::default())).map(drop),
    ];
    for refusal in refusals {
        let refused = matches!(refusal, Err(JobsError::MissingPermission("jobs:manage")));
        assert!(refused, "{refusal:?}");
    }
}

#[test]
fn a_kind_brings_its_schedule_once() {
    let fixture = Fixture::scheduled();
    let pause = UpdateSchedule { enabled: Some(false), ..UpdateSchedule::default() };
    let change = fixture.jobs.update_schedule(&fixture.admin, NAME.to_owned(), Some(1), pause);
    let paused = block_on(change).unwrap();
    block_on(fixture.jobs.register()).unwrap();
    assert_eq!(block_on(fixture.jobs.schedules(&fixture.admin)).unwrap(), [paused]);
}

#[test]
fn a_job_by_hand_follows_the_policy_of_the_kind() {
    let fixture = Fixture::scheduled();
    let JobView { job, .. } =
        block_on(fixture.jobs.run_schedule(&fixture.admin, NAME.to_owned())).unwrap();
    assert_eq!((job.kind.as_str(), job.max_attempts, job.tick_at), (NAME, 2, None));
    assert_eq!(job.schedule.as_deref(), Some(NAME));
}

#[test]
fn missed_ticks_look_as_they_were_promised() {
    let fixture = Fixture::scheduled();
    fixture.clock.advance(Duration::from_secs(3 * 24 * 3600));
    let ticked = block_on(fixture.jobs.tick()).unwrap().remove(0).unwrap();
    assert_eq!((ticked.jobs.len(), ticked.missed), (1, 3));
    let read: Result<Vec<Event>, StoreError> = block_on(fixture.work.write(|tx| {
        tx.outbox().sequence(9)?;
        tx.outbox().after(None, 9)
    }));
    let event = read.unwrap().remove(0);
    assert_eq!((event.name.as_str(), event.actor), (events::TICKS_MISSED, None));
    is_as_promised(&event);
}

/// Compares the JSON of an event with its file.
pub(crate) fn is_as_promised(event: &Event) {
    let mut json = serde_json::to_string_pretty(&Envelope::from(event)).unwrap();
    json.push('\n');
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/events");
    let path = folder.join(format!("{}.json", event.name));
    if std::env::var("ALVEOLE_BLESS").is_ok_and(|value| value == "1") {
        std::fs::write(&path, &json).unwrap();
    }
    let promised = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(json, promised, "{} changed: that takes a new version", event.name);
}
