//! A caller who follows the feed: which events they see, and the stream that shows them.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use actix_web::{HttpResponse, http::header};
use bytes::Bytes;
use futures_util::stream;
use kernel::{
    Actor, Audience, Entitlement, Event, FeedCursor, FeedError, FeedReader, event::Envelope,
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
    /// `task.*` as `task.`, or whole names; empty: all.
    types: Vec<String>,
    /// `task:42`.
    subject: Option<String>,
}

impl Sight {
    /// What concerns the caller: events of the kinds that they may read, and of everybody where they
    /// manage the kind.
    pub fn of(actor: Actor, rules: &[LiveRule]) -> Self {
        let rules: Vec<LiveRule> =
            rules.iter().filter(|rule| actor.may(rule.read)).cloned().collect();
        let tokens = Audience::held_by(&actor, rules.iter().filter_map(|rule| rule.manage));
        Self { actor, rules, tokens: tokens.into(), types: Vec::new(), subject: None }
    }

    /// What names the caller, of one kind, whatever they manage.
    pub fn own(actor: Actor, rule: LiveRule) -> Self {
        let tokens = [Audience::person(actor.user)];
        let (types, subject) = (Vec::new(), None);
        Self { actor, rules: vec![rule], tokens: tokens.into(), types, subject }
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
    pub(crate) fn asking_for(mut self, types: Vec<String>, subject: Option<String>) -> Self {
        (self.types, self.subject) = (types, subject);
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

    /// Whether the event is of a kind, a type and a subject that is asked for.
    fn asks_for(&self, event: &Event) -> bool {
        let is_type = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => event.name.starts_with(start),
            None => event.name == *pattern,
        };
        self.rule(event).is_some()
            && (self.types.is_empty() || self.types.iter().any(is_type))
            && self.subject.as_ref().is_none_or(|subject| *subject == event.subject_key())
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

/// Streams what a caller sees, behind `seen` or from now on, as Server-Sent Events. The feed in the
/// database is the truth; what this process hears only saves the reading.
///
/// # Errors
/// When events behind `seen` are missing, or the store fails.
pub async fn stream(
    call: &Call,
    feed: Arc<dyn FeedReader>,
    sight: Sight,
    seen: Option<FeedCursor>,
) -> Result<HttpResponse, Problem> {
    let state = Arc::clone(call.state());
    // Listening begins before the feed's end is read: what happens in between is heard twice, and
    // sent once, because the cursor only moves forward.
    let live = state.live_feed.subscribe();
    let cursor = feed.begin(seen).await?;
    let checked = Instant::now();
    let mut heartbeat = interval_at(checked + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The client learns that it is connected, and from where to resume if the connection breaks before
    // the first event.
    let pending = VecDeque::from([Bytes::from(format!(": connected\nid: {cursor}\n\n"))]);
    let listener = Listener {
        state,
        feed,
        sight,
        live,
        cursor,
        behind: true,
        over: false,
        pending,
        heartbeat,
        checked,
    };
    let body = stream::unfold(listener, |mut listener| async move {
        listener.next().await.map(|chunk| (Ok::<_, std::io::Error>(chunk), listener))
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(Box::pin(body)))
}

struct Listener {
    state: Arc<State>,
    feed: Arc<dyn FeedReader>,
    sight: Sight,
    live: Receiver<Told>,
    cursor: FeedCursor,
    /// True while the feed has to be read; false while this process hears everything.
    behind: bool,
    /// True when there is nothing to go on from.
    over: bool,
    pending: VecDeque<Bytes>,
    heartbeat: tokio::time::Interval,
    /// When the caller was last known to be allowed to listen.
    checked: Instant,
}

impl Listener {
    /// The next bytes; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if !self.may_go_on().await {
                return None;
            }
            if let Some(chunk) = self.pending.pop_front() {
                return Some(chunk);
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
                        if self.sight.may_change(&event) {
                            // A store that fails ends the stream: the client comes back.
                            self.sight.refresh().await.ok()?;
                        }
                    }
                    Ok(Told::Replaced) | Err(RecvError::Lagged(_)) => self.behind = true,
                    Err(RecvError::Closed) => return None,
                },
                _ = self.heartbeat.tick() => return Some(Bytes::from_static(b": heartbeat\n\n")),
                () = sleep_until(self.checked + RECHECK) => {}
                // The client comes back to another server, with its last event's id.
                _ = draining.wait_for(|draining| *draining) => return None,
            }
        }
    }

    /// Whether the server stays and the caller may still listen. Asked before everything that is sent,
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

    /// Reads the feed from the cursor. A store that fails ends the stream: the client comes back.
    async fn catch_up(&mut self) -> Option<()> {
        match self.sight.read(&*self.feed, self.cursor, CATCH_UP).await {
            Ok((events, cursor, more)) => {
                self.cursor = cursor;
                self.behind = more;
                self.pending.extend(events.iter().map(|event| frame(cursor, event)));
            }
            Err(Reading::Feed(FeedError::Gap(gap))) => {
                self.over = true;
                self.pending.push_back(live::reset(&gap));
            }
            Err(_) => return None,
        }
        Some(())
    }

    fn hear(&mut self, event: &Event) {
        if self.cursor.after >= Some(event.id) {
            return;
        }
        self.cursor.after = Some(event.id);
        if self.sight.shows(event) {
            self.pending.push_back(frame(self.cursor, event));
        }
    }
}

fn frame(feed: FeedCursor, event: &Event) -> Bytes {
    let data = serde_json::to_string(&Envelope::from(event)).unwrap_or_default();
    let id = FeedCursor { after: Some(event.id), ..feed };
    Bytes::from(format!("id: {id}\nevent: {}\ndata: {data}\n\n", event.name))
}
