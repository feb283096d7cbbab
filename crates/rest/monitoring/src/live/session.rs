//! One socket that sees what is measured.

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc, time::Duration};

use actix_web::rt::{self, task::JoinHandle};
use futures_util::future::LocalBoxFuture;
use kernel::Actor;
use monitoring::{
    Series,
    evaluate::Unusual,
    service::ReplicaSample,
    values::{Pattern, Replica},
};
use rest::{
    events::Topic,
    follow::{Follower, Step},
    problem::Problem,
    state::State,
};
use socket::{Sender, Session, answer};

use super::{
    Live,
    frames::{self, Command, Request},
};

/// As many frames wait to be written before the newest sample replaces what would follow.
const WAITING: usize = 4;
/// As many of the samples of the past wait.
const BACKLOG: usize = 32;
/// How often it is looked whether fewer wait.
const PAUSE: Duration = Duration::from_millis(20);
/// What alerts are called in the feed of events.
const ALERTS: &str = "alert";

/// One socket.
pub(super) struct Viewer {
    state: Arc<State>,
    live: Arc<Live>,
    actor: Actor,
    sender: Sender,
    samples: RefCell<Option<JoinHandle<()>>>,
    alerts: RefCell<Option<JoinHandle<()>>>,
}

impl Viewer {
    pub(super) fn begin(
        state: Arc<State>,
        live: Arc<Live>,
        actor: Actor,
        sender: Sender,
    ) -> Rc<Self> {
        let (samples, alerts) = (RefCell::default(), RefCell::default());
        Rc::new(Self { state, live, actor, sender, samples, alerts })
    }

    async fn run(&self, command: Command, id: Option<&str>) -> Result<(), Problem> {
        match command {
            Command::Subscribe(wanted, since) => self.subscribe(wanted, since, id).await,
            Command::Ping => {
                self.sender.send(&answer::pong(id, self.state.clock.now()));
                Ok(())
            }
        }
    }

    async fn subscribe(
        &self,
        wanted: Vec<Pattern>,
        since: Option<i64>,
        id: Option<&str>,
    ) -> Result<(), Problem> {
        if self.alerts.borrow().is_none() {
            let follower = self.follower().await?;
            let following = rt::spawn(follow(follower, self.sender.clone()));
            *self.alerts.borrow_mut() = Some(following);
        }
        if let Some(before) = self.samples.take() {
            before.abort();
        }
        let past = self.live.monitoring.live(since.unwrap_or(i64::MAX));
        let interval_ms = self.live.monitoring.interval().as_millis();
        self.sender.send(&frames::subscribed(&past.series, &wanted, interval_ms, id));
        let (live, sender) = (Arc::clone(&self.live), self.sender.clone());
        let running = rt::spawn(async move {
            for (at_ms, values) in past.samples {
                let replica = past.replica.clone();
                let sample = ReplicaSample { replica, at_ms, values, unusual: Vec::new() };
                sender.send(&frames::sample(&past.series, &sample, &wanted));
                until_fewer(&sender, BACKLOG).await;
            }
            watch(&live, &sender, &wanted).await;
        });
        *self.samples.borrow_mut() = Some(running);
        Ok(())
    }

    async fn follower(&self) -> Result<Follower, Problem> {
        let topic = Topic::parse(ALERTS, &self.state)
            .map_err(|(code, why)| Problem::field("series", code, &why))?;
        let sight = Topic::sight(&[topic], self.actor.clone(), &self.state).await?;
        let (state, feed) = (Arc::clone(&self.state), Arc::clone(&self.live.feed));
        Ok(Follower::begin(state, feed, sight, None).await?)
    }
}

impl Session for Viewer {
    fn receive(self: Rc<Self>, text: String) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            let (id, outcome) = match frames::read(&text) {
                Ok(Request { id, command }) => {
                    let outcome = self.run(command, id.as_deref()).await;
                    (id, outcome)
                }
                Err(problem) => (answer::id_in(&text), Err(problem)),
            };
            if let Err(problem) = outcome {
                self.sender.send(&answer::refusal(&problem, id.as_deref(), None));
            }
        })
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        for running in [self.samples.take(), self.alerts.take()].into_iter().flatten() {
            running.abort();
        }
    }
}

/// Waits for a client that reads slowly.
async fn until_fewer(sender: &Sender, most: usize) {
    while sender.waiting() > most && sender.is_open() {
        tokio::time::sleep(PAUSE).await;
    }
}

/// The anomalies that a client knows of.
type Known = HashMap<(Replica, usize), Unusual>;

/// Sends what is measured until the socket closes. While the client does not read, the newest replaces what waits.
async fn watch(live: &Live, sender: &Sender, wanted: &[Pattern]) {
    let mut newest = live.newest.subscribe();
    newest.mark_changed();
    let (mut is_first, mut known) = (true, Known::new());
    while sender.is_open() && newest.changed().await.is_ok() {
        until_fewer(sender, WAITING).await;
        let heard = Arc::clone(&newest.borrow_and_update());
        let Some(tick) = &heard.tick else { continue };
        // The last sample is among those of the past; what it says of anomalies is not.
        if !std::mem::take(&mut is_first) {
            for frame in heard.frames(wanted) {
                sender.send(&frame);
            }
        }
        for sample in &tick.samples {
            tell_anomalies(&tick.series, sample, wanted, &mut known, sender);
        }
    }
}

fn tell_anomalies(
    series: &[Series],
    sample: &ReplicaSample,
    wanted: &[Pattern],
    known: &mut Known,
    sender: &Sender,
) {
    let tell = |unusual: &Unusual, is_over: bool| {
        if let Some(series) = series.get(unusual.position)
            && frames::is_wanted(series, wanted)
        {
            sender.send(&frames::anomaly(series, sample, unusual, is_over));
        }
    };
    known.retain(|(replica, position), unusual| {
        let goes_on = *replica != sample.replica
            || sample.unusual.iter().any(|one| one.position == *position);
        if !goes_on {
            tell(unusual, true);
        }
        goes_on
    });
    for unusual in &sample.unusual {
        let key = (sample.replica.clone(), unusual.position);
        if known.insert(key, *unusual).is_none() {
            tell(unusual, false);
        }
    }
}

/// Sends what happens to alerts until the socket closes, or the feed ends.
async fn follow(mut follower: Follower, sender: Sender) {
    while sender.is_open() {
        match follower.next().await {
            Some(Step::Event(envelope, _)) => {
                sender.send(&frames::alert(&envelope));
            }
            Some(Step::Quiet) => {}
            // The client reads the list of alerts when it comes back.
            Some(Step::Reset(_)) | None => {
                sender.close(1013, "alerts were missed: come back");
                return;
            }
        }
    }
}
