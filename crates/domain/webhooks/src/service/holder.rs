//! The holder of an endpoint sends its due deliveries until none is left. It writes the results of several requests in
//! one transaction, while the next requests run.

use std::{
    collections::{BTreeSet, VecDeque},
    future::poll_fn,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use kernel::{BoxFuture, StoreError, Timestamp, claim::Claimed as _};

use super::{
    Webhooks,
    serve::{Done, Released, has_room, request},
};
use crate::{
    delivery::Shown,
    endpoint::{Endpoint, SLOTS, State},
    error::WebhookError,
    outbound::Sender,
    settings::Pace,
    signature::SigningSecret,
    values::DeliveryId,
};

/// Deliveries that are read together.
const READ: u32 = 32;
/// Requests of one endpoint that are made and not written, at most: a process that dies sends them again.
const UNWRITTEN: usize = 16;
/// Retries that run simultaneously, at most; the other slots are for first tries (W8).
const RETRIES: usize = 2;
/// How often a holder looks for more while requests run.
const LOOK: Duration = Duration::from_millis(50);
/// The pause before a write that failed is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// A request that runs.
struct Running {
    is_retry: bool,
    request: BoxFuture<'static, Done>,
}

/// The requests of an endpoint.
struct Flight {
    first: VecDeque<Shown>,
    again: VecDeque<Shown>,
    running: Vec<Running>,
    done: Vec<Done>,
    /// Those that run or are not written.
    known: BTreeSet<DeliveryId>,
    slots: usize,
    /// The earliest moment of the next request, where there is a rate.
    next_start: Timestamp,
}

/// What starts requests.
struct Launcher<'a> {
    sender: &'a Arc<dyn Sender>,
    pace: &'a Arc<dyn Pace>,
    clock: &'a Arc<dyn kernel::Clock>,
    url: Arc<str>,
    secrets: Arc<[SigningSecret]>,
    timeout: Duration,
    between: Option<Duration>,
}

impl Launcher<'_> {
    /// The request of a delivery, not before `start`. It is signed when it is sent.
    fn launch(&self, shown: Shown, start: Timestamp) -> BoxFuture<'static, Done> {
        let (sender, pace, clock) =
            (Arc::clone(self.sender), Arc::clone(self.pace), Arc::clone(self.clock));
        let (url, secrets, timeout) =
            (Arc::clone(&self.url), Arc::clone(&self.secrets), self.timeout);
        Box::pin(async move {
            let wait = start.since(clock.now());
            if !wait.is_zero() {
                pace.pause(wait).await;
            }
            let at = clock.now();
            let content = &shown.message.content;
            let body = content.body.as_bytes().into();
            let request = request(&url, &secrets, &content.wire_id, body, at, timeout);
            let outcome = sender.send(request).await;
            Done { shown, at, outcome: Some(outcome) }
        })
    }
}

impl Flight {
    fn new(now: Timestamp) -> Self {
        Self {
            first: VecDeque::new(),
            again: VecDeque::new(),
            running: Vec::new(),
            done: Vec::new(),
            known: BTreeSet::new(),
            slots: 1,
            next_start: now,
        }
    }

    fn is_queued(&self) -> bool {
        !self.first.is_empty() || !self.again.is_empty()
    }

    /// Requests that were made and are not written.
    fn unwritten(&self) -> usize {
        self.known.len().saturating_sub(self.first.len() + self.again.len())
    }

    /// Forgets what has not started.
    fn stand_still(&mut self) {
        for shown in self.first.drain(..).chain(self.again.drain(..)) {
            self.known.remove(&shown.delivery.id);
        }
    }

    /// The next delivery: first tries first. One slot is for retries when both wait, and retries never have
    /// more than two, so that first tries always have the others.
    fn next(&mut self) -> Option<Shown> {
        let retries = self.running.iter().filter(|one| one.is_retry).count();
        if self.slots < SLOTS {
            // One at a time: the one due longest.
            let due = |queue: &VecDeque<Shown>| queue.front().map(|one| one.delivery.due_at);
            return match (due(&self.first), due(&self.again)) {
                (Some(first), Some(again)) if again < first => self.again.pop_front(),
                (None, _) => self.again.pop_front(),
                _ => self.first.pop_front(),
            };
        }
        let last_slot = self.running.len() + 1 >= self.slots;
        if last_slot && retries == 0 && !self.again.is_empty() {
            return self.again.pop_front();
        }
        match self.first.pop_front() {
            Some(first) => Some(first),
            None if retries < RETRIES => self.again.pop_front(),
            None => None,
        }
    }

    /// Starts as many requests as there are slots.
    fn start(&mut self, launcher: &Launcher<'_>) {
        let now = launcher.clock.now();
        while self.running.len() < self.slots && self.unwritten() < UNWRITTEN {
            let Some(shown) = self.next() else { break };
            let start = self.next_start.max(now);
            if let Some(between) = launcher.between {
                self.next_start = start.plus(between);
            }
            let is_retry = shown.delivery.attempt > 0;
            self.running.push(Running { is_retry, request: launcher.launch(shown, start) });
        }
    }

    /// Moves requests that have ended; true when there were any.
    fn collect(&mut self, context: &mut std::task::Context<'_>) -> bool {
        let before = self.done.len();
        let mut index = 0;
        while let Some(running) = self.running.get_mut(index) {
            match running.request.as_mut().poll(context) {
                Poll::Ready(done) => {
                    self.done.push(done);
                    self.running.swap_remove(index);
                }
                Poll::Pending => index += 1,
            }
        }
        self.done.len() > before
    }

    /// Waits until a request has ended, or until it is time to look for more.
    async fn ended(&mut self, mut look: BoxFuture<'_, ()>) {
        poll_fn(|context| {
            let some = self.collect(context) || self.running.is_empty();
            if some { Poll::Ready(()) } else { look.as_mut().poll(context) }
        })
        .await;
    }

    /// Waits for a write; requests go on meanwhile, and others start.
    async fn during<T>(
        &mut self,
        mut write: BoxFuture<'_, T>,
        launcher: Option<&Launcher<'_>>,
    ) -> T {
        poll_fn(|context| {
            if let Poll::Ready(written) = write.as_mut().poll(context) {
                return Poll::Ready(written);
            }
            // What has just started has to be polled once, too.
            while self.collect(context) | self.start_more(launcher) {}
            Poll::Pending
        })
        .await
    }

    fn start_more(&mut self, launcher: Option<&Launcher<'_>>) -> bool {
        let before = self.running.len();
        if let Some(launcher) = launcher {
            self.start(launcher);
        }
        self.running.len() > before
    }
}

impl Webhooks {
    /// Sends what is due for a claimed endpoint until nothing is, or until `stop` says so; then requests that
    /// run may end. A claim that was lost is `Store(Stale)`: another process has the endpoint.
    ///
    /// Errors: `Vault`, `Store`.
    pub async fn serve(
        &self,
        claimed: Endpoint,
        stop: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<(), WebhookError> {
        let claim = claimed.claim();
        let mut endpoint = claimed;
        let mut flight = Flight::new(self.clock.now());
        // The first `look` reads the endpoint again, because it may have been changed or disabled meanwhile.
        loop {
            let is_stopping = stop();
            let is_live = endpoint.state == State::Enabled
                && !endpoint.waits(self.clock.now())
                && !is_stopping;
            if !is_live {
                flight.stand_still();
            }
            flight.slots = endpoint.slots();
            if is_live && !flight.is_queued() && flight.running.len() < flight.slots {
                endpoint = self.look(endpoint, &mut flight).await?;
                flight.slots = endpoint.slots();
            }
            let launcher = if is_live { Some(self.launcher(&endpoint)?) } else { None };
            if let Some(launcher) = &launcher {
                flight.start(launcher);
            }
            if flight.done.is_empty() && flight.running.is_empty() {
                match self.release(claim, is_stopping).await? {
                    Released::Done => return Ok(()),
                    Released::More(now) => endpoint = *now,
                }
                continue;
            }
            if flight.done.is_empty() {
                flight.ended(self.pause(LOOK)).await;
            }
            if !flight.done.is_empty() {
                endpoint = self.write(endpoint, &mut flight, launcher.as_ref()).await?;
            }
        }
    }

    /// Reads what is due, and catches up with the feed where there is room.
    async fn look(
        &self,
        endpoint: Endpoint,
        flight: &mut Flight,
    ) -> Result<Endpoint, WebhookError> {
        let mut endpoint = endpoint;
        let mut found = self.find(&endpoint, READ).await?;
        if endpoint.behind.is_some() && has_room(&endpoint, found.open) {
            let claim = endpoint.claim();
            let caught = flight.during(Box::pin(self.catch_up(claim)), None).await;
            endpoint = caught?;
            found = self.find(&endpoint, READ).await?;
        }
        let at = self.clock.now();
        for shown in found.hidden {
            if flight.known.insert(shown.delivery.id) {
                flight.done.push(Done { shown, at, outcome: None });
            }
        }
        for shown in found.first {
            if flight.known.insert(shown.delivery.id) {
                flight.first.push_back(shown);
            }
        }
        for shown in found.again {
            if flight.known.insert(shown.delivery.id) {
                flight.again.push_back(shown);
            }
        }
        Ok(endpoint)
    }

    fn launcher(&self, endpoint: &Endpoint) -> Result<Launcher<'_>, WebhookError> {
        Ok(Launcher {
            sender: &self.sender,
            pace: &self.pace,
            clock: &self.clock,
            url: endpoint.url.as_str().into(),
            secrets: self.secrets(endpoint)?.into(),
            timeout: self.settings.timeout,
            between: endpoint
                .rate
                .map(|rate| Duration::from_secs(1) / u32::try_from(rate.get()).unwrap_or(1).max(1)),
        })
    }

    /// Writes what has ended. While the database is away it tries again until the lease is over.
    async fn write(
        &self,
        endpoint: Endpoint,
        flight: &mut Flight,
        launcher: Option<&Launcher<'_>>,
    ) -> Result<Endpoint, WebhookError> {
        let done = std::mem::take(&mut flight.done);
        let ids: Vec<DeliveryId> = done.iter().map(|one| one.shown.delivery.id).collect();
        let until = self.clock.now().plus(self.settings.lease() / 2);
        // A half-open endpoint is not sent anything before it is known how the probe went.
        let launcher = launcher.filter(|_| flight.slots == SLOTS);
        loop {
            let write: BoxFuture<'_, _> = Box::pin(self.record(&endpoint, done.clone()));
            match flight.during(write, launcher).await {
                Ok(endpoint) => {
                    for id in &ids {
                        flight.known.remove(id);
                    }
                    return Ok(endpoint);
                }
                Err(WebhookError::Store(StoreError::Stale)) => {
                    return Err(WebhookError::Store(StoreError::Stale));
                }
                Err(error) if self.clock.now() >= until => return Err(error),
                Err(_) => flight.during(self.pause(PAUSE), None).await,
            }
        }
    }

    fn pause(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.pace.pause(time).await })
    }
}
