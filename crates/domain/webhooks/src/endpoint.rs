//! The endpoint: what it hears, and how it is doing. Pure: time is an argument.

use std::time::Duration;

use kernel::{
    EventId, Position, Timestamp, UserId,
    claim::{Claim, Claimed, backoff},
};

use crate::{
    commands::UpdateEndpoint,
    secrets::SealedSecret,
    values::{Description, EndpointId, EndpointUrl, Patterns, Rate},
};

kernel::words!(
    /// Whether an endpoint is served.
    State {
        /// Events are sent to it.
        Enabled = 0 "enabled",
        /// It stands still: nothing is sent, and nothing is lost until it is enabled.
        Disabled = 1 "disabled",
    }
);

kernel::words!(
    /// Why an endpoint is disabled.
    Reason {
        /// Someone disabled it.
        Manual = 0 "manual",
        /// Every request failed for as long as that is borne.
        Failing = 1 "failing",
        /// It answered 410: it does not want to hear any more.
        Gone = 2 "gone",
    }
);

/// Open deliveries of one endpoint, at most; what comes then is read from the feed later.
pub const WINDOW: u32 = 100;
/// Failures in a row after which an endpoint is half open (W6).
pub const HALF_OPEN_AFTER: u32 = 5;
/// Requests of one endpoint that are made simultaneously (W8).
pub const SLOTS: usize = 4;
/// The pause before the first probe of a half-open endpoint; each is twice the last.
const FIRST_PROBE: Duration = Duration::from_secs(30);
/// The longest pause between two probes.
const LONGEST_PROBE: Duration = Duration::from_hours(1);
/// Gaps that an endpoint remembers; older ones are forgotten.
const GAPS_MAX: usize = 20;

/// A stretch of the feed that was removed before the endpoint came to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The first place that is missing.
    pub from: EventId,
    /// The last one.
    pub to: EventId,
    /// When that was found.
    pub at: Timestamp,
}

/// How an endpoint is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// Failed requests in a row. Those that were under way when it became half open don't count.
    pub streak: u32,
    /// When the first of them failed.
    pub failing_since: Option<Timestamp>,
    /// True when its owner was warned that it will be disabled.
    pub warned: bool,
    /// Nothing is sent before this.
    pub wait_until: Option<Timestamp>,
    /// The last success.
    pub last_success_at: Option<Timestamp>,
    /// The last failure.
    pub last_failure_at: Option<Timestamp>,
}

/// What a request did to the health of its endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing that anyone has to hear of.
    None,
    /// Half of the time after which it is disabled is over.
    Warned,
    /// It was disabled.
    Disabled(Reason),
}

impl Health {
    /// True when one probe at a time is made (W6).
    pub const fn is_half_open(&self) -> bool {
        self.streak >= HALF_OPEN_AFTER
    }

    /// Notes a success.
    pub const fn succeed(&mut self, now: Timestamp) {
        *self = Self {
            streak: 0,
            failing_since: None,
            warned: false,
            wait_until: None,
            last_success_at: Some(now),
            last_failure_at: self.last_failure_at,
        };
    }

    /// Notes a failure. `disable_after` is how long every request may fail (W7). `wait` is what the receiver
    /// asked for. `chance` (0 to 1) spreads the probes.
    pub fn fail(
        &mut self,
        now: Timestamp,
        disable_after: Duration,
        wait: Option<Duration>,
        chance: f64,
    ) -> Change {
        self.last_failure_at = Some(now);
        let since = *self.failing_since.get_or_insert(now);
        let wait = wait.map(|pause| now.plus(pause));
        if self.is_half_open() && self.wait_until.is_some_and(|until| until > now) {
            // This request was under way when the pause began. It is no probe, so the pause stays.
            self.wait_until = self.wait_until.max(wait);
        } else {
            self.streak = self.streak.saturating_add(1);
            let probe = self.is_half_open().then(|| {
                backoff(FIRST_PROBE, LONGEST_PROBE, self.streak - HALF_OPEN_AFTER + 1, chance)
            });
            self.wait_until = probe.map(|pause| now.plus(pause)).max(wait);
        }
        let failing = now.since(since);
        if failing >= disable_after {
            Change::Disabled(Reason::Failing)
        } else if !self.warned && failing >= disable_after / 2 {
            self.warned = true;
            Change::Warned
        } else {
            Change::None
        }
    }
}

/// An endpoint of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Assigned by the store.
    pub id: EndpointId,
    /// Whose it is. It hears what this person may see.
    pub owner: UserId,
    /// Where messages go.
    pub url: EndpointUrl,
    /// What it hears.
    pub patterns: Patterns,
    /// For its owner; may be empty.
    pub description: Description,
    /// True when the next event is sent only after the one before succeeded or was given up (W10).
    pub ordered: bool,
    /// Requests a second, at most.
    pub rate: Option<Rate>,
    /// Whether it is served.
    pub state: State,
    /// Why not.
    pub reason: Option<Reason>,
    /// What messages are signed with.
    pub secret: SealedSecret,
    /// The secret before, and until when messages are signed with it, too.
    pub old_secret: Option<(SealedSecret, Timestamp)>,
    /// How it is doing.
    pub health: Health,
    /// How far it has come, where it does not keep up with the feed. `None` while it does.
    pub behind: Option<Position>,
    /// What it missed; the latest last.
    pub missed: Vec<Gap>,
    /// The number of the last claim.
    pub run: i64,
    /// Since when it is served, or when it was created.
    pub enabled_at: Timestamp,
    /// The time of its creation.
    pub created_at: Timestamp,
    /// The time of the last change by a person, or of being disabled.
    pub updated_at: Timestamp,
    /// Counts these changes, from 1.
    pub version: i64,
}

impl Claimed for Endpoint {
    type Id = EndpointId;

    fn claim(&self) -> Claim<EndpointId> {
        Claim { id: self.id, run: self.run }
    }
}

/// An endpoint that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEndpoint {
    /// See [`Endpoint::owner`].
    pub owner: UserId,
    /// See [`Endpoint::url`].
    pub url: EndpointUrl,
    /// See [`Endpoint::patterns`].
    pub patterns: Patterns,
    /// See [`Endpoint::description`].
    pub description: Description,
    /// See [`Endpoint::ordered`].
    pub ordered: bool,
    /// See [`Endpoint::rate`].
    pub rate: Option<Rate>,
    /// See [`Endpoint::secret`].
    pub secret: SealedSecret,
    /// Where it begins.
    pub behind: Position,
    /// See [`Endpoint::created_at`].
    pub created_at: Timestamp,
}

impl NewEndpoint {
    /// The endpoint that it becomes under its id.
    pub fn stored(&self, id: EndpointId) -> Endpoint {
        let new = self.clone();
        Endpoint {
            id,
            owner: new.owner,
            url: new.url,
            patterns: new.patterns,
            description: new.description,
            ordered: new.ordered,
            rate: new.rate,
            state: State::Enabled,
            reason: None,
            secret: new.secret,
            old_secret: None,
            health: Health::default(),
            behind: Some(new.behind),
            missed: Vec::new(),
            run: 0,
            enabled_at: new.created_at,
            created_at: new.created_at,
            updated_at: new.created_at,
            version: 1,
        }
    }
}

impl Endpoint {
    /// Open deliveries that it may have.
    pub const fn window(&self) -> u32 {
        if self.ordered { 1 } else { WINDOW }
    }

    /// Requests that may be made simultaneously.
    pub const fn slots(&self) -> usize {
        if self.ordered || self.health.is_half_open() { 1 } else { SLOTS }
    }

    /// True when nothing may be sent yet.
    pub fn waits(&self, now: Timestamp) -> bool {
        self.health.wait_until.is_some_and(|until| until > now)
    }

    /// Applies a partial update; false when it changes no field.
    pub fn update(&mut self, update: &UpdateEndpoint, now: Timestamp) -> bool {
        let UpdateEndpoint { url, patterns, description, ordered, rate } = update;
        let before = self.clone();
        if let Some(url) = url {
            self.url = url.clone();
        }
        if let Some(patterns) = patterns {
            self.patterns = patterns.clone();
        }
        if let Some(description) = description {
            self.description = description.clone();
        }
        if let Some(ordered) = ordered {
            self.ordered = *ordered;
        }
        rate.apply(&mut self.rate);
        let changed = *self != before;
        if changed {
            self.updated_at = now;
        }
        changed
    }

    /// Stands still from here on. `at` is the place that has been dispatched, unless it is behind already.
    pub fn disable(&mut self, reason: Reason, at: Position, now: Timestamp) {
        self.state = State::Disabled;
        self.reason = Some(reason);
        self.behind = Some(self.behind.unwrap_or(at));
        self.updated_at = now;
    }

    /// Is served again, from `from` or from where it stands.
    pub fn enable(&mut self, from: Option<Position>, at: Position, now: Timestamp) {
        let behind = from.or(self.behind).unwrap_or(at);
        self.state = State::Enabled;
        self.reason = None;
        self.health = Health {
            last_success_at: self.health.last_success_at,
            last_failure_at: self.health.last_failure_at,
            ..Health::default()
        };
        self.behind = Some(behind);
        (self.enabled_at, self.updated_at) = (now, now);
    }

    /// Notes that a stretch of the feed is missing.
    pub fn miss(&mut self, gap: Gap) {
        self.missed.push(gap);
        if self.missed.len() > GAPS_MAX {
            self.missed.remove(0);
        }
    }

    /// Signs with `secret` from now on, and with the one before until `until`.
    pub fn rotate(&mut self, secret: SealedSecret, until: Option<Timestamp>, now: Timestamp) {
        let old = std::mem::replace(&mut self.secret, secret);
        self.old_secret = until.map(|until| (old, until));
        self.updated_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(0).unwrap().plus(Duration::from_secs(seconds))
    }

    #[test]
    fn w6_after_five_failures_in_a_row_probes_are_made() {
        let mut health = Health::default();
        for failure in 1..5 {
            assert_eq!(health.fail(at(failure), DAY, None, 0.5), Change::None);
            assert!(!health.is_half_open() && health.wait_until.is_none());
        }
        assert_eq!(health.fail(at(5), DAY, None, 0.5), Change::None);
        assert!(health.is_half_open());
        assert_eq!(health.wait_until, Some(at(35)));
        health.fail(at(35), DAY, None, 0.5);
        assert_eq!(health.wait_until, Some(at(95)));
        for probe in 1..=100 {
            health.fail(at(4000 * probe), DAY * 10, None, 1.0);
        }
        assert!(health.wait_until.unwrap() <= at(400_000 + 3960));
        health.succeed(at(500_000));
        let Health { last_success_at, last_failure_at, .. } = health;
        assert_eq!((last_success_at, last_failure_at), (Some(at(500_000)), Some(at(400_000))));
        assert_eq!(health, Health { last_success_at, last_failure_at, ..Health::default() });
    }

    #[test]
    fn w6_requests_that_were_under_way_do_not_lengthen_the_pause() {
        let mut health = Health::default();
        for _ in 0..20 {
            health.fail(at(1), DAY, None, 0.5);
        }
        assert_eq!((health.streak, health.wait_until), (5, Some(at(31))));
        health.fail(at(2), DAY, Some(Duration::from_secs(120)), 0.5);
        assert_eq!(health.wait_until, Some(at(122)), "a longer pause that is asked for is kept");
        health.fail(at(122), DAY, None, 0.5);
        assert_eq!((health.streak, health.wait_until), (6, Some(at(182))));
    }

    #[test]
    fn w7_failing_is_warned_of_once_and_then_disables() {
        let mut health = Health::default();
        let hour = 3600;
        assert_eq!(health.fail(at(0), DAY, None, 0.5), Change::None);
        assert_eq!(health.fail(at(11 * hour), DAY, None, 0.5), Change::None);
        assert_eq!(health.fail(at(12 * hour), DAY, None, 0.5), Change::Warned);
        assert_eq!(health.fail(at(13 * hour), DAY, None, 0.5), Change::None);
        assert_eq!(health.fail(at(24 * hour), DAY, None, 0.5), Change::Disabled(Reason::Failing));
    }

    #[test]
    fn a_receiver_that_asks_for_a_pause_gets_it() {
        let mut health = Health::default();
        health.fail(at(0), DAY, Some(Duration::from_secs(90)), 0.5);
        assert_eq!(health.wait_until, Some(at(90)));
    }
}
