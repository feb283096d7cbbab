//! Schedules: the store, and what processes do with it. The clock stands where a case puts it.

use std::{sync::Arc, time::Duration};

use kernel::{
    BoxFuture, Event, Job, JobId, JobKind, MissedTicks, Overlap, StoreError, Timestamp,
    job::{JobDone, JobState},
    kit::together,
    schedule::{Scheduler as _, Ticked},
    time::FixedClock,
};
use serde_json::json;

use super::Fixture;
use crate::{
    error::JobsError,
    events::TICKS_MISSED,
    ports::Tick,
    query::JobFilter,
    schedule::{MOST_CAUGHT_UP, Schedule},
    service::{JobAdmin, JobPolicy},
};

kernel::cases! { Fixture:
    s1_every_field_survives,
    s2_due_schedules_are_found,
    s3_a_change_is_saved_over_the_version_that_was_read,
    s4_a_triggered_schedule_is_due_now,
    j13_each_tick_enqueues_one_job_however_many_processes_look,
    j13_a_tick_that_was_overtaken_enqueues_nothing,
    j13_an_overlap_is_skipped_queued_or_allowed,
    j14_missed_ticks_are_skipped_or_caught_up,
    j14_missed_ticks_are_counted_and_told_of,
    j14_a_clock_that_is_set_back_repeats_no_tick,
    j15_a_fixed_time_in_a_gap_ticks_at_its_end,
    j15_a_fixed_time_in_an_overlap_ticks_once,
    j15_intervals_follow_elapsed_time,
}

const NAME: &str = "kit.tidy";
const MINUTE: Duration = Duration::from_secs(60);

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Each minute in UTC, next at noon; jobs may overlap.
fn minutely() -> Schedule {
    Schedule {
        name: NAME.to_owned(),
        kind: NAME.to_owned(),
        args: json!({}),
        cron: "* * * * *".to_owned(),
        zone: "UTC".to_owned(),
        enabled: true,
        missed: MissedTicks::Last,
        overlap: Overlap::Allow,
        next_at: Some(at("2026-11-23T12:00:00Z")),
        last_at: None,
        missed_count: 0,
        version: 1,
    }
}

/// The only one of them.
fn only<T: std::fmt::Debug>(mut all: Vec<T>) -> T {
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

impl Fixture {
    async fn register(&self, schedule: Schedule) {
        assert!(self.write(move |tx| tx.schedules().register(&schedule)).await);
    }

    async fn schedule(&self) -> Schedule {
        self.read(|tx| tx.schedules().get(NAME)).await.unwrap()
    }

    /// A process whose clock stands at `now`.
    fn process(&self, now: Timestamp) -> JobAdmin {
        let clock = Arc::new(FixedClock::at(now));
        let policy = JobPolicy { keep: MINUTE, max_attempts: 3 };
        let process =
            JobAdmin::new(Arc::clone(&self.work), clock, Arc::clone(&self.calendar), policy);
        process.add_kinds([JobKind::new(NAME, |_| async { Ok(JobDone::Done) })]);
        process
    }

    /// What a process does that looks at `now`.
    async fn look(&self, now: Timestamp) -> Vec<Ticked> {
        let looked = self.process(now).tick().await.unwrap();
        looked.into_iter().map(Result::unwrap).collect()
    }

    /// The ticks of the jobs, in the order in which they were enqueued.
    async fn ticks(&self) -> Vec<Timestamp> {
        self.jobs().await.into_iter().map(|job| job.tick_at.unwrap()).collect()
    }

    async fn jobs(&self) -> Vec<Job> {
        let filter = JobFilter { schedule: Some(NAME.to_owned()), ..JobFilter::default() };
        let mut ids = self.find_all(filter).await;
        ids.reverse();
        let mut jobs = Vec::new();
        for id in ids {
            jobs.push(self.read(move |tx| tx.jobs().job(id)).await.unwrap());
        }
        jobs
    }

    /// Events in the order in which they were appended.
    async fn told(&self) -> Vec<Event> {
        self.write(|tx| tx.outbox().sequence(1_000)).await;
        self.read(|tx| tx.outbox().after(None, 1_000)).await
    }

    async fn end(&self, id: JobId, now: Timestamp) {
        self.write(move |tx| tx.jobs().cancel(id, now)).await;
    }
}

async fn s1_every_field_survives(fixture: Fixture) {
    let odd = Schedule {
        name: "it's odd".to_owned(),
        kind: "a kind".to_owned(),
        args: json!({"text": "\"%_\\ 你好 \u{1f41d} \0", "n": [1, null]}),
        cron: "0 9 L * *".to_owned(),
        zone: "America/Argentina/Buenos_Aires".to_owned(),
        enabled: false,
        missed: MissedTicks::All,
        overlap: Overlap::Queue,
        next_at: None,
        last_at: Some(at("2026-11-23T11:00:00.000001Z")),
        missed_count: i64::MAX,
        version: 7,
    };
    fixture.register(odd.clone()).await;
    fixture.register(minutely()).await;
    let again = Schedule { cron: "@daily".to_owned(), ..odd.clone() };
    assert!(!fixture.write(move |tx| tx.schedules().register(&again)).await);
    let all = fixture.read(|tx| tx.schedules().list()).await;
    assert_eq!(all, [odd.clone(), minutely()], "by name");
    let locked = fixture.write(|tx| tx.schedules().lock("it's odd")).await;
    assert_eq!(locked, Some(odd));
    assert_eq!(fixture.read(|tx| tx.schedules().get("none")).await, None);
}

async fn s2_due_schedules_are_found(fixture: Fixture) {
    for (name, next) in [("a", Some(9)), ("b", None), ("c", Some(3)), ("d", Some(10))] {
        let next_at = next.map(kernel::kit::moment);
        fixture.register(Schedule { name: name.to_owned(), next_at, ..minutely() }).await;
    }
    let due = fixture.read(|tx| tx.schedules().due(kernel::kit::moment(9))).await;
    assert_eq!(due.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["c", "a"]);
}

async fn s3_a_change_is_saved_over_the_version_that_was_read(fixture: Fixture) {
    fixture.register(minutely()).await;
    let next = at("2026-11-24T09:00:00Z");
    let changed = Schedule {
        cron: "0 9 * * *".to_owned(),
        zone: "Europe/Paris".to_owned(),
        enabled: false,
        missed: MissedTicks::Skip,
        overlap: Overlap::Skip,
        next_at: Some(next),
        ..minutely()
    };
    // What ticks write stays.
    let (by, to) = (changed.clone(), Schedule { missed_count: 9, last_at: Some(next), ..changed });
    let saved = fixture
        .write(move |tx| {
            let mut schedule = to.clone();
            tx.schedules().save(&mut schedule)?;
            Ok(schedule.version)
        })
        .await;
    assert_eq!(saved, 2);
    let expected = Schedule { version: 2, ..by.clone() };
    assert_eq!(fixture.schedule().await, expected);
    let late = fixture.refused(move |tx| tx.schedules().save(&mut by.clone())).await;
    assert!(matches!(late, StoreError::Stale), "{late:?}");
    assert_eq!(fixture.schedule().await, expected);
}

async fn s4_a_triggered_schedule_is_due_now(fixture: Fixture) {
    let paused = Schedule { enabled: false, next_at: None, ..minutely() };
    fixture.register(paused).await;
    let now = at("2026-11-23T11:59:30.5Z");
    let trigger = async |name: &'static str, now| {
        fixture.write(move |tx| tx.schedules().trigger(name, now)).await
    };
    assert!(!trigger("none", now).await);
    assert!(trigger(NAME, now).await);
    assert!(trigger(NAME, now.plus(MINUTE)).await);
    assert_eq!(fixture.schedule().await.next_at, Some(now), "it is due already");
    let ticked = only(fixture.look(now).await);
    assert_eq!((ticked.jobs.len(), ticked.missed), (1, 0));
    assert_eq!(fixture.schedule().await.next_at, None, "it is as paused as before");
    assert_eq!(fixture.look(now.plus(MINUTE * 9)).await, []);
}

async fn j13_each_tick_enqueues_one_job_however_many_processes_look(fixture: Fixture) {
    fixture.register(minutely()).await;
    let noon = at("2026-11-23T12:00:00Z");
    assert_eq!(fixture.look(noon.minus(Duration::from_micros(1))).await, [], "too early");
    let mut expected = Vec::new();
    for minute in 0..5 {
        let tick = noon.plus(MINUTE * minute);
        expected.push(tick);
        // All of them have read the same row before the first writes.
        let now = tick.plus(Duration::from_millis(300));
        let due = fixture.read(move |tx| tx.schedules().due(now)).await;
        let schedule = only(due);
        let mut served: Vec<BoxFuture<'_, Result<Ticked, JobsError>>> = Vec::new();
        for _ in 0..8 {
            let process = fixture.process(now);
            let schedule = schedule.clone();
            served.push(Box::pin(async move {
                let kinds = process.kinds();
                process.serve(&kinds, schedule, now).await
            }));
        }
        let outcomes = together(served).await;
        let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(done, 1, "{outcomes:?}");
        let stale = |outcome: &&Result<Ticked, JobsError>| {
            matches!(outcome, Err(JobsError::Store(StoreError::Stale)))
        };
        assert_eq!(outcomes.iter().filter(stale).count(), 7, "{outcomes:?}");
        assert_eq!(fixture.look(now).await, [], "a restarted process looks again");
    }
    assert_eq!(fixture.ticks().await, expected);
    let schedule = fixture.schedule().await;
    assert_eq!(schedule.next_at, Some(noon.plus(MINUTE * 5)));
    assert_eq!((schedule.last_at, schedule.missed_count), (Some(noon.plus(MINUTE * 4)), 0));
}

async fn j13_a_tick_that_was_overtaken_enqueues_nothing(fixture: Fixture) {
    fixture.register(minutely()).await;
    let noon = at("2026-11-23T12:00:00Z");
    let read = fixture.schedule().await;
    // An administrator changes it between the look and the tick.
    let mut changed = Schedule { overlap: Overlap::Queue, ..read.clone() };
    fixture.write(move |tx| tx.schedules().save(&mut changed)).await;
    let tick = Tick { expected: noon, next: None, served: Some(noon), missed: 3 };
    let late = fixture.refused(move |tx| tx.schedules().tick(&read, &tick)).await;
    assert!(matches!(late, StoreError::Stale), "{late:?}");
    let schedule = fixture.schedule().await;
    assert_eq!((schedule.next_at, schedule.missed_count), (Some(noon), 0));
    assert_eq!(fixture.look(noon).await.len(), 1);
    assert_eq!(fixture.ticks().await, [noon]);
}

async fn j13_an_overlap_is_skipped_queued_or_allowed(fixture: Fixture) {
    let noon = at("2026-11-23T12:00:00Z");
    for (overlap, states) in [
        (Overlap::Allow, vec![JobState::Queued, JobState::Queued]),
        (Overlap::Queue, vec![JobState::Queued, JobState::Waiting]),
        (Overlap::Skip, vec![JobState::Queued]),
    ] {
        if overlap == Overlap::Allow {
            fixture.register(Schedule { overlap, ..minutely() }).await;
        } else {
            let next_at = Some(noon);
            let mut schedule = Schedule { overlap, next_at, ..fixture.schedule().await };
            fixture.write(move |tx| tx.schedules().save(&mut schedule)).await;
        }
        fixture.look(noon).await;
        let second = fixture.look(noon.plus(MINUTE)).await;
        let ticked = only(second);
        let skips = overlap == Overlap::Skip;
        assert_eq!((ticked.jobs.len(), ticked.overlapped), (1 - usize::from(skips), skips.into()));
        let open: Vec<Job> =
            fixture.jobs().await.into_iter().filter(|job| !job.state.is_final()).collect();
        assert_eq!(open.iter().map(|job| job.state).collect::<Vec<_>>(), states, "{overlap:?}");
        for job in open {
            fixture.end(job.id, noon.plus(MINUTE * 2)).await;
        }
        if skips {
            fixture.look(noon.plus(MINUTE * 2)).await;
            let last = fixture.jobs().await.pop().unwrap();
            assert_eq!(last.tick_at, Some(noon.plus(MINUTE * 2)), "the earlier one has ended");
        }
    }
}

async fn j14_missed_ticks_are_skipped_or_caught_up(fixture: Fixture) {
    let noon = at("2026-11-23T12:00:00Z");
    let ticks = |numbers: &mut dyn Iterator<Item = u32>| {
        numbers.map(|number| noon.plus(MINUTE * number)).collect::<Vec<_>>()
    };
    let week: u32 = 7 * 24 * 60;
    let most = u32::try_from(MOST_CAUGHT_UP).unwrap();
    let mut known = 0;
    for (index, (missed, down, late, expected)) in [
        // The process was away for some minutes; the last tick comes in time.
        (MissedTicks::Skip, 5, 1, ticks(&mut (5..=5))),
        (MissedTicks::Last, 5, 1, ticks(&mut (5..=5))),
        (MissedTicks::All, 5, 1, ticks(&mut (0..=5))),
        (MissedTicks::All, week, 1, ticks(&mut (week - most..=week))),
        (MissedTicks::Last, week, 1, ticks(&mut (week..=week))),
    ]
    .into_iter()
    .enumerate()
    {
        let next_at = Some(noon);
        if index == 0 {
            fixture.register(Schedule { missed, ..minutely() }).await;
        } else {
            let mut schedule = Schedule { missed, next_at, ..fixture.schedule().await };
            fixture.write(move |tx| tx.schedules().save(&mut schedule)).await;
        }
        let before = fixture.jobs().await.len();
        let now = noon.plus(MINUTE * down).plus(Duration::from_secs(late));
        let looked = fixture.look(now).await;
        let ticked = only(looked);
        assert_eq!(ticked.missed, u64::from(down), "{missed:?} after {down} minutes");
        assert_eq!(fixture.ticks().await[before..], expected, "{missed:?} after {down} minutes");
        known += i64::from(down);
        let schedule = fixture.schedule().await;
        assert_eq!(schedule.next_at, Some(noon.plus(MINUTE * (down + 1))));
        assert_eq!((schedule.missed_count, schedule.last_at), (known, expected.last().copied()));
    }
    // A daily one that nobody served in time.
    for (missed, expected) in
        [(MissedTicks::Skip, 0), (MissedTicks::Last, 1), (MissedTicks::All, 3)]
    {
        let mut daily = Schedule { missed, next_at: Some(noon), ..fixture.schedule().await };
        "0 12 * * *".clone_into(&mut daily.cron);
        fixture.write(move |tx| tx.schedules().save(&mut daily)).await;
        let looked = fixture.look(noon.plus(Duration::from_secs(61 * 3600))).await;
        let ticked = only(looked);
        assert_eq!((ticked.jobs.len(), ticked.missed), (expected, 3), "{missed:?}");
        let next = fixture.schedule().await.next_at;
        assert_eq!(next, Some(at("2026-11-26T12:00:00Z")));
    }
}

async fn j14_missed_ticks_are_counted_and_told_of(fixture: Fixture) {
    fixture.register(minutely()).await;
    let noon = at("2026-11-23T12:00:00Z");
    fixture.look(noon).await;
    assert_eq!(fixture.told().await, [], "nothing was missed");
    fixture.look(noon.plus(MINUTE * 4)).await;
    let told = fixture.told().await;
    let event = only(told);
    assert_eq!((event.name.as_str(), event.at), (TICKS_MISSED, noon.plus(MINUTE * 4)));
    let expected = json!({
        "schedule": NAME, "missed": 3, "policy": "last", "enqueued": 1,
        "first_at": "2026-11-23T12:01:00Z", "last_at": "2026-11-23T12:04:00Z",
    });
    assert_eq!(event.payload, expected);
    assert_eq!(fixture.schedule().await.missed_count, 3);
}

async fn j14_a_clock_that_is_set_back_repeats_no_tick(fixture: Fixture) {
    fixture.register(minutely()).await;
    let noon = at("2026-11-23T12:00:00Z");
    let hour = MINUTE * 60;
    fixture.look(noon).await;
    for back in [hour * 2, hour, MINUTE, Duration::from_secs(1)] {
        assert_eq!(fixture.look(noon.minus(back)).await, [], "{back:?}");
    }
    assert_eq!(fixture.look(noon.plus(Duration::from_secs(59))).await, []);
    assert_eq!(fixture.look(noon.plus(MINUTE)).await.len(), 1);
    // Set forward by a day and back again: what was served is not served again.
    fixture.look(noon.plus(hour * 24)).await;
    let ticks = fixture.ticks().await;
    for offset in [hour, hour * 2, hour * 24] {
        fixture.look(noon.plus(offset)).await;
    }
    assert_eq!(fixture.ticks().await, ticks);
    let mut sorted = ticks.clone();
    sorted.dedup();
    assert_eq!(sorted, ticks, "each tick once, in order");
}

impl Fixture {
    /// The jobs of a schedule whose process looks every half minute from one moment to another, by the
    /// clocks of the zone.
    async fn seen(&self, cron: &str, zone: &str, from: &str, hours: u64) -> Vec<String> {
        let (from, before) = (at(from), self.jobs().await.len());
        let ticks = self.calendar.read(cron, zone).unwrap();
        let schedule = Schedule {
            cron: cron.to_owned(),
            zone: zone.to_owned(),
            next_at: ticks.after(from),
            ..minutely()
        };
        let fresh = schedule.clone();
        if !self.write(move |tx| tx.schedules().register(&fresh)).await {
            let version = self.schedule().await.version;
            let mut schedule = Schedule { version, ..schedule };
            self.write(move |tx| tx.schedules().save(&mut schedule)).await;
        }
        for step in 0..=hours * 4 {
            self.look(from.plus(MINUTE * 15 * u32::try_from(step).unwrap())).await;
        }
        let jobs = self.jobs().await.split_off(before);
        jobs.iter().map(|job| ticks.local(job.tick_at.unwrap())).collect()
    }
}

async fn j15_a_fixed_time_in_a_gap_ticks_at_its_end(fixture: Fixture) {
    for (cron, zone, from, seen) in [
        // 02:00 becomes 03:00.
        (
            "30 2 * * *",
            "Europe/Paris",
            "2026-03-28T12:00:00Z",
            ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"],
        ),
        (
            "30 2 * * *",
            "America/New_York",
            "2026-03-07T18:00:00Z",
            ["2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"],
        ),
        // 02:00 becomes 02:30.
        (
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T05:00:00Z",
            ["2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"],
        ),
        // Midnight becomes 01:00: that day begins late.
        (
            "0 0 * * *",
            "Africa/Cairo",
            "2026-04-23T10:00:00Z",
            ["2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"],
        ),
    ] {
        assert_eq!(fixture.seen(cron, zone, from, 42).await, seen, "{zone}");
    }
}

async fn j15_a_fixed_time_in_an_overlap_ticks_once(fixture: Fixture) {
    for (cron, zone, from, seen) in [
        (
            "30 2 * * *",
            "Europe/Paris",
            "2026-10-24T12:00:00Z",
            ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"],
        ),
        (
            "30 1 * * *",
            "America/New_York",
            "2026-10-31T18:00:00Z",
            ["2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"],
        ),
        (
            "45 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-04T04:00:00Z",
            ["2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"],
        ),
        (
            "30 23 * * *",
            "Africa/Cairo",
            "2026-10-29T10:00:00Z",
            ["2026-10-29T23:30:00+03:00", "2026-10-30T23:30:00+02:00"],
        ),
    ] {
        assert_eq!(fixture.seen(cron, zone, from, 42).await, seen, "{zone}");
    }
}

async fn j15_intervals_follow_elapsed_time(fixture: Fixture) {
    for (cron, zone, from, seen) in [
        // In autumn the hour from two comes twice, in spring not at all.
        (
            "0 * * * *",
            "Europe/Paris",
            "2026-10-24T23:30:00Z",
            &[
                "2026-10-25T02:00:00+02:00",
                "2026-10-25T02:00:00+01:00",
                "2026-10-25T03:00:00+01:00",
            ][..],
        ),
        (
            "*/30 * * * *",
            "Europe/Paris",
            "2026-03-29T00:15:00Z",
            &[
                "2026-03-29T01:30:00+01:00",
                "2026-03-29T03:00:00+02:00",
                "2026-03-29T03:30:00+02:00",
                "2026-03-29T04:00:00+02:00",
                "2026-03-29T04:30:00+02:00",
                "2026-03-29T05:00:00+02:00",
            ],
        ),
    ] {
        assert_eq!(fixture.seen(cron, zone, from, 3).await, seen, "{cron} in {zone}");
    }
}
