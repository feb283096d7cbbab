//! One socket that follows the feed: its topics, and its one place in the feed.

use std::{cell::RefCell, rc::Rc, sync::Arc, time::Duration};

use actix_web::rt::{self, task::JoinHandle};
use futures_util::future::LocalBoxFuture;
use kernel::{Actor, ErrorKind, FeedCursor, FeedError, FeedGap, FeedReader};
use rest::{
    events::Topic,
    follow::{Follower, Step},
    problem::Problem,
    state::State,
};
use tokio::sync::oneshot;

use super::frames::{self, Command, MOST, Request};
use crate::{Sender, Session, answer, close};

/// As many frames wait to be written before the feed is read on: a slow client slows only its own reading.
const WAITING: usize = 32;
/// How often it is looked whether fewer wait.
const PAUSE: Duration = Duration::from_millis(5);

/// Why a socket is closed whose feed cannot be read.
const UNREADABLE: &str = "the feed cannot be read: come back and resume";

/// Why the feed is not followed.
enum Refused {
    Gap(FeedGap),
    Problem(Box<Problem>),
}

/// What follows the feed, until it is stopped; then its place, if there is one to go on from.
struct Running {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Option<FeedCursor>>,
}

/// One socket.
pub(super) struct Following {
    state: Arc<State>,
    feed: Arc<dyn FeedReader>,
    actor: Actor,
    sender: Sender,
    topics: RefCell<Vec<Topic>>,
    /// Dropping it ends the following.
    running: RefCell<Option<Running>>,
}

impl Following {
    pub(super) fn begin(
        state: Arc<State>,
        feed: Arc<dyn FeedReader>,
        actor: Actor,
        sender: Sender,
    ) -> Rc<Self> {
        let (topics, running) = (RefCell::default(), RefCell::default());
        Rc::new(Self { state, feed, actor, sender, topics, running })
    }

    async fn run(&self, command: Command, id: Option<&str>) -> Result<(), Problem> {
        match command {
            Command::Subscribe(topics, after) => self.subscribe(topics, after, id).await,
            Command::Unsubscribe(topics) => self.unsubscribe(&topics, id).await,
            Command::Ping => {
                self.sender.send(&answer::pong(id, self.state.clock.now()));
                Ok(())
            }
        }
    }

    async fn subscribe(
        &self,
        wanted: Vec<Topic>,
        after: Option<FeedCursor>,
        id: Option<&str>,
    ) -> Result<(), Problem> {
        // Refused before anything changes.
        Topic::sight(&wanted, self.actor.clone(), &self.state).await?;
        let place = self.pause().await;
        let before = self.topics.borrow().clone();
        let mut topics = before.clone();
        for topic in wanted {
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        if topics.len() > MOST {
            self.go_on(before, place, None).await?;
            let detail = format!("A socket follows at most {MOST} topics.");
            return Err(Problem::new(ErrorKind::Invalid, "socket.too_many_topics", detail));
        }
        self.go_on(topics, after.or(place), Some(("subscribed", id))).await
    }

    async fn unsubscribe(&self, unwanted: &[String], id: Option<&str>) -> Result<(), Problem> {
        let place = self.pause().await;
        let mut topics = self.topics.borrow().clone();
        topics.retain(|topic| !unwanted.iter().any(|one| one == topic.as_str()));
        self.go_on(topics, place, Some(("unsubscribed", id))).await
    }

    /// Stops following; returns the place. Topics whose following has ended by itself are forgotten.
    async fn pause(&self) -> Option<FeedCursor> {
        let running = self.running.take();
        let place = match running {
            Some(Running { stop, ended }) => {
                let _ = stop.send(());
                ended.await.ok().flatten()
            }
            None => None,
        };
        if place.is_none() {
            self.topics.take();
        }
        place
    }

    async fn follower(
        &self,
        topics: &[Topic],
        place: Option<FeedCursor>,
    ) -> Result<Follower, Refused> {
        let sight = Topic::sight(topics, self.actor.clone(), &self.state).await;
        let sight = sight.map_err(|problem| Refused::Problem(Box::new(problem)))?;
        let (state, feed) = (Arc::clone(&self.state), Arc::clone(&self.feed));
        Follower::begin(state, feed, sight, place).await.map_err(|error| match error {
            FeedError::Gap(gap) => Refused::Gap(gap),
            error @ FeedError::Store(_) => Refused::Problem(Box::new(error.into())),
        })
    }

    /// Follows these topics from behind a place, or from now on, and says so first.
    async fn go_on(
        &self,
        topics: Vec<Topic>,
        place: Option<FeedCursor>,
        answer: Option<(&str, Option<&str>)>,
    ) -> Result<(), Problem> {
        let mut cursor = None;
        let mut follower = None;
        if !topics.is_empty() {
            match self.follower(&topics, place).await {
                Ok(begun) => {
                    cursor = Some(begun.place());
                    follower = Some(begun);
                }
                Err(Refused::Gap(gap)) => {
                    self.topics.take();
                    let id = answer.and_then(|(_, id)| id);
                    self.sender.send(&frames::reset(&gap, id));
                    return Ok(());
                }
                Err(Refused::Problem(problem)) => {
                    // What was followed so far is not any more: the client comes back with its cursor.
                    self.sender.close(close::FAILED, UNREADABLE);
                    return Err(*problem);
                }
            }
        }
        if let Some((kind, id)) = answer {
            self.sender.send(&frames::following(kind, &topics, cursor, id));
        }
        *self.topics.borrow_mut() = topics;
        if let Some(follower) = follower {
            let (stop, stopped) = oneshot::channel();
            let ended = rt::spawn(follow(follower, self.sender.clone(), stopped));
            *self.running.borrow_mut() = Some(Running { stop, ended });
        }
        Ok(())
    }
}

impl Session for Following {
    fn receive(self: Rc<Self>, text: String) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            let (id, outcome) = match frames::read(&text, &self.state) {
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

/// Sends what happens until it is stopped; returns the place behind what was sent.
async fn follow(
    mut follower: Follower,
    sender: Sender,
    mut stopped: oneshot::Receiver<()>,
) -> Option<FeedCursor> {
    while sender.is_open() {
        let step = tokio::select! {
            _ = &mut stopped => return Some(follower.place()),
            step = follower.next() => step,
        };
        match step {
            Some(Step::Event(envelope, cursor)) => {
                sender.send(&frames::event(&envelope, cursor));
            }
            Some(Step::Quiet) => {}
            Some(Step::Reset(gap)) => {
                sender.send(&frames::reset(&gap, None));
                return None;
            }
            None => {
                // A client that may listen no more, or has to go to another server, hears that from the layer below.
                if follower.failed() {
                    sender.close(close::FAILED, UNREADABLE);
                }
                return None;
            }
        }
        while sender.waiting() > WAITING && sender.is_open() {
            tokio::select! {
                _ = &mut stopped => return Some(follower.place()),
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }
    None
}
