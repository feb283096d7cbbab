//! A caller who follows the feed: which events they see, and the stream that shows them.

use std::{collections::VecDeque, future::ready, sync::Arc, time::Duration};

use actix_web::{HttpResponse, http::header};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use kernel::{
    Actor, Audience, Entitlement, Event, FeedCursor, FeedError, FeedGap, FeedReader,
    event::Envelope,
};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, MissedTickBehavior, interval_at, sleep_until},
};

use crate::{
    call::Call,
    live::{self, LiveRule, Told},
    problem::Problem,
    query::Query,
    state::State,
};

/// A comment this often keeps proxies and clients from giving up (SPEC §2.2).
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often a stream asks whether its caller may still listen, also while it is busy: within the 5 s
/// of SPEC §2.1.
pub(crate) const RECHECK: Duration = Duration::from_secs(4);
/// Events read at a time while catching up.
pub(crate) const CATCH_UP: u32 = 200;

impl From<FeedError> for Problem {
    fn from(error: FeedError) -> Self {
        let problem = Self::from_error(&error);
        match error {
            FeedError::Gap(gap) => problem.with_gap(gap),
            FeedError::Store(_) => problem,
        }
    }
}

/// The caller of a stream: by token, or by `?ticket=`, because a browser cannot set headers there.
/// `needs` is asked of both.
///
/// # Errors
/// When nobody is signed in, or a permission is missing.
pub async fn caller_or_ticket(
    call: &Call,
    query: &mut Query,
    needs: Entitlement,
) -> Result<Actor, Problem> {
    let authenticator = &call.state().authenticator;
    let caller = match query.take("ticket") {
        Some(ticket) => {
            Arc::new(authenticator.redeem_ticket(&ticket, Some(call.request_id())).await?)
        }
        None => call.caller()?,
    };
    authenticator.check(&caller, needs)?;
    Ok(caller.actor.clone())
}

/// The cursor of `Last-Event-ID`.
///
/// # Errors
/// When it is no cursor.
pub fn last_event_id(call: &Call) -> Result<Option<FeedCursor>, Problem> {
    match call.header("last-event-id")? {
        None | Some("") => Ok(None),
        Some(raw) => raw.parse().map(Some).map_err(|error| {
            let message = format!("`Last-Event-ID` {error}");
            Problem::field("", "request.header_malformed", message)
        }),
    }
}

/// Which events a caller sees.
#[derive(Clone)]
pub struct Sight {
    actor: Actor,
    rules: Vec<LiveRule>,
    tokens: Arc<[Audience]>,
    /// An event is shown that one of them asks for; empty: all.
    filters: Vec<Filter>,
}

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    /// `task.*`, or whole names; empty: all.
    pub(crate) types: Vec<String>,
    /// `task:42`.
    pub(crate) subject: Option<String>,
}

impl Filter {
    fn asks_for(&self, event: &Event) -> bool {
        let is_type = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => event.name.starts_with(start),
            None => event.name == *pattern,
        };
        (self.types.is_empty() || self.types.iter().any(is_type))
            && self.subject.as_ref().is_none_or(|subject| *subject == event.subject_key())
    }
}

impl Sight {
    /// What concerns the caller: events of the kinds that they may read, and of everybody where they
    /// manage the kind.
    pub fn of(actor: Actor, rules: &[LiveRule]) -> Self {
        let rules: Vec<LiveRule> =
            rules.iter().filter(|rule| actor.may(rule.read)).cloned().collect();
        let tokens = Audience::held_by(&actor, rules.iter().filter_map(|rule| rule.manage));
        Self { actor, rules, tokens: tokens.into(), filters: Vec::new() }
    }

    /// What names the caller, of one kind, whatever they manage.
    pub fn own(actor: Actor, rule: LiveRule) -> Self {
        let tokens = [Audience::person(actor.user)];
        Self { actor, rules: vec![rule], tokens: tokens.into(), filters: Vec::new() }
    }

    /// With the tokens that the caller holds at this moment because of what they belong to.
    ///
    /// # Errors
    /// When a domain cannot say.
    pub async fn holding(mut self) -> Result<Self, Problem> {
        self.refresh().await?;
        Ok(self)
    }

    /// Asks again which tokens the caller holds.
    ///
    /// # Errors
    /// When a domain cannot say; the tokens stay as they are.
    pub async fn refresh(&mut self) -> Result<(), Problem> {
        if self.rules.iter().all(|rule| rule.tokens.is_none()) {
            return Ok(());
        }
        let manage = self.rules.iter().filter_map(|rule| rule.manage);
        let mut tokens = Audience::held_by(&self.actor, manage);
        for ask in self.rules.iter().filter_map(|rule| rule.tokens.as_ref()) {
            tokens.extend(ask(self.actor.clone()).await?);
        }
        self.tokens = tokens.into();
        Ok(())
    }

    /// Whether an event may change which tokens the caller holds.
    pub(crate) fn may_change(&self, event: &Event) -> bool {
        self.rule(event).is_some_and(|rule| rule.tokens.is_some())
            && event.audience.contains(&Audience::person(self.actor.user))
    }

    /// Less what is not asked for.
    #[must_use]
    pub(crate) fn asking_for(mut self, filters: Vec<Filter>) -> Self {
        self.filters = filters;
        self
    }

    /// The caller.
    pub(crate) const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whether the caller is shown no events of any kind.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    fn rule(&self, event: &Event) -> Option<&LiveRule> {
        let kind = event.name.split('.').next();
        self.rules.iter().find(|rule| Some(rule.kind) == kind)
    }

    /// Whether the event is of a kind that the caller may read, and asked for.
    fn asks_for(&self, event: &Event) -> bool {
        self.rule(event).is_some()
            && (self.filters.is_empty() || self.filters.iter().any(|one| one.asks_for(event)))
    }

    /// Whether an event that has just happened is shown.
    pub(crate) fn shows(&self, event: &Event) -> bool {
        event.audience.iter().any(|token| self.tokens.contains(token)) && self.asks_for(event)
    }

    /// The next events of the past, what the caller has lost sight of taken out; true when there may
    /// be more behind the cursor.
    pub(crate) async fn read(
        &mut self,
        feed: &dyn FeedReader,
        after: FeedCursor,
        limit: u32,
    ) -> Result<(Vec<Event>, FeedCursor, bool), Reading> {
        let mut stretch;
        loop {
            let read = feed.read(Arc::clone(&self.tokens), after, limit).await;
            stretch = read.map_err(Reading::Feed)?;
            // Behind an event by which the caller came to hold another token, others may follow that carry it.
            let held = Arc::clone(&self.tokens);
            if stretch.events.iter().any(|event| self.may_change(event)) {
                self.refresh().await.map_err(Reading::Domain)?;
            }
            if self.tokens == held {
                break;
            }
        }
        let mut events: Vec<Event> =
            stretch.events.into_iter().filter(|event| self.asks_for(event)).collect();
        for rule in &self.rules {
            if let Some(still_visible) = &rule.still_visible
                && !events.is_empty()
            {
                let asked = still_visible(self.actor.clone(), events).await;
                events = asked.map_err(Reading::Domain)?;
            }
        }
        Ok((events, stretch.cursor, stretch.more))
    }
}

/// Why the past cannot be read.
pub(crate) enum Reading {
    Feed(FeedError),
    Domain(Problem),
}

impl From<Reading> for Problem {
    fn from(reading: Reading) -> Self {
        match reading {
            Reading::Feed(error) => error.into(),
            Reading::Domain(problem) => problem,
        }
    }
}

/// What comes next for a caller who follows.
#[derive(Debug)]
pub enum Step {
    /// An event, and the cursor behind it.
    Event(Envelope, FeedCursor),
    /// Nothing happened for a while.
    Quiet,
    /// Events are missing: there is nothing to go on from.
    Reset(FeedGap),
}

/// Follows the feed for a caller, behind a cursor. The feed in the database is the truth; what this process
/// hears only saves the reading. A call of [`Follower::next`] that is given up loses nothing, if a new follower
/// goes on behind [`Follower::place`].
pub struct Follower {
    state: Arc<State>,
    feed: Arc<dyn FeedReader>,
    sight: Sight,
    live: Receiver<Told>,
    cursor: FeedCursor,
    /// The cursor behind what was returned.
    returned: FeedCursor,
    /// True while the feed has to be read; false while this process hears everything.
    behind: bool,
    /// True when there is nothing to go on from.
    over: bool,
    /// True when it ended because the store failed.
    failed: bool,
    pending: VecDeque<Step>,
    heartbeat: tokio::time::Interval,
    /// When the caller was last known to be allowed to listen.
    checked: Instant,
}

impl Follower {
    /// Follows behind `seen`, or from now on.
    ///
    /// # Errors
    /// When events behind `seen` are missing, or the store fails.
    pub async fn begin(
        state: Arc<State>,
        feed: Arc<dyn FeedReader>,
        sight: Sight,
        seen: Option<FeedCursor>,
    ) -> Result<Self, FeedError> {
        // Listening begins before the feed's end is read: what happens in between is heard twice, and
        // returned once, because the cursor only moves forward.
        let live = state.live_feed.subscribe();
        let cursor = feed.begin(seen).await?;
        let checked = Instant::now();
        let mut heartbeat = interval_at(checked + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            state,
            feed,
            sight,
            live,
            cursor,
            returned: cursor,
            behind: true,
            over: false,
            failed: false,
            pending: VecDeque::new(),
            heartbeat,
            checked,
        })
    }

    /// The cursor behind what was returned so far.
    pub fn place(&self) -> FeedCursor {
        if self.pending.is_empty() { self.cursor } else { self.returned }
    }

    /// True when it ended because the store failed; the caller may come back.
    pub const fn failed(&self) -> bool {
        self.failed
    }

    /// What comes next; `None` when it ends: the server stops, the caller may listen no more, the store failed,
    /// or there was a [`Step::Reset`].
    pub async fn next(&mut self) -> Option<Step> {
        loop {
            if !self.may_go_on().await {
                return None;
            }
            if let Some(step) = self.pending.pop_front() {
                if let Step::Event(_, cursor) = &step {
                    self.returned = *cursor;
                }
                return Some(step);
            }
            if self.over {
                return None;
            }
            if self.behind {
                self.catch_up().await?;
                continue;
            }
            let mut draining = self.state.draining.clone();
            tokio::select! {
                told = self.live.recv() => match told {
                    Ok(Told::Event(event)) => {
                        self.hear(&event);
                        if self.sight.may_change(&event) && self.sight.refresh().await.is_err() {
                            self.failed = true;
                            return None;
                        }
                    }
                    Ok(Told::Replaced) | Err(RecvError::Lagged(_)) => self.behind = true,
                    Err(RecvError::Closed) => return None,
                },
                _ = self.heartbeat.tick() => return Some(Step::Quiet),
                () = sleep_until(self.checked + RECHECK) => {}
                // The client comes back to another server, with its last cursor.
                _ = draining.wait_for(|draining| *draining) => return None,
            }
        }
    }

    /// Whether the server stays and the caller may still listen. Asked before everything that is returned,
    /// so that a long backlog or a slow reader does not keep an ended session listening.
    async fn may_go_on(&mut self) -> bool {
        if *self.state.draining.borrow() {
            return false;
        }
        if self.checked.elapsed() < RECHECK {
            return true;
        }
        self.checked = Instant::now();
        self.state.authenticator.still_valid(&self.sight.actor).await
    }

    /// Reads the feed from the cursor.
    async fn catch_up(&mut self) -> Option<()> {
        match self.sight.read(&*self.feed, self.cursor, CATCH_UP).await {
            Ok((events, cursor, more)) => {
                self.cursor = cursor;
                self.behind = more;
                self.pending.extend(events.iter().map(|event| step(cursor, event)));
            }
            Err(Reading::Feed(FeedError::Gap(gap))) => {
                self.over = true;
                self.pending.push_back(Step::Reset(gap));
            }
            Err(_) => {
                self.failed = true;
                return None;
            }
        }
        Some(())
    }

    fn hear(&mut self, event: &Event) {
        if self.cursor.after >= Some(event.id) {
            return;
        }
        self.cursor.after = Some(event.id);
        if self.sight.shows(event) {
            self.pending.push_back(step(self.cursor, event));
        }
    }
}

fn step(feed: FeedCursor, event: &Event) -> Step {
    Step::Event(Envelope::from(event), FeedCursor { after: Some(event.id), ..feed })
}

/// Streams what a caller sees, behind `seen` or from now on, as Server-Sent Events.
///
/// # Errors
/// When events behind `seen` are missing, or the store fails.
pub async fn stream(
    call: &Call,
    feed: Arc<dyn FeedReader>,
    sight: Sight,
    seen: Option<FeedCursor>,
) -> Result<HttpResponse, Problem> {
    let follower = Follower::begin(Arc::clone(call.state()), feed, sight, seen).await?;
    // The client learns that it is connected, and from where to resume if the connection breaks before
    // the first event.
    let connected = Bytes::from(format!(": connected\nid: {}\n\n", follower.place()));
    let steps = stream::unfold(follower, |mut follower| async move {
        let chunk = match follower.next().await? {
            Step::Event(envelope, cursor) => frame(&envelope, cursor),
            Step::Quiet => Bytes::from_static(b": heartbeat\n\n"),
            Step::Reset(gap) => live::reset(&gap),
        };
        Some((chunk, follower))
    });
    let body = stream::once(ready(connected)).chain(steps).map(Ok::<_, std::io::Error>);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(Box::pin(body)))
}

fn frame(envelope: &Envelope, id: FeedCursor) -> Bytes {
    let data = serde_json::to_string(envelope).unwrap_or_default();
    Bytes::from(format!("id: {id}\nevent: {}\ndata: {data}\n\n", envelope.name))
}
