//! Live events by Server-Sent Events. The feed in the database is the truth; what this process
//! hears by its own hub only saves the reading. A listener that reconnects names the last event it
//! saw and goes on behind it, without loss or repetition.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use actix_web::{HttpResponse, get, http::header, web::Data};
use bytes::Bytes;
use futures_util::stream;
use kernel::{Actor, Event, EventId, event::Envelope};
use rest::{call::Call, problem::Problem, state::State};
use tasks::Tasks;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, MissedTickBehavior, interval_at, sleep_until},
};

use crate::Answer;

/// A comment this often keeps proxies and clients from giving up (SPEC §2.2).
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often a stream asks whether its caller may still listen, also while it is busy: within the 5 s
/// of SPEC §2.1.
const RECHECK: Duration = Duration::from_secs(4);
/// Rows of the feed read at once while catching up.
const CATCH_UP: u32 = 200;

/// Follow changes of tasks
///
/// Server-Sent Events: `id` is the event's place in the feed, `event` its name (`task.updated.v1`),
/// `data` its envelope. Only events of tasks that the caller owns or is assigned to are sent.
/// Without `Last-Event-ID` the stream begins with what happens next; with it, behind that event. The
/// first block is an `id` without data: a connection that breaks before the first event resumes there.
/// A browser, which cannot set headers here, passes `?ticket=` from `POST /auth/ticket`.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_events",
    params(
        ("Last-Event-ID" = Option<String>, Header, nullable = false, description = "The last event seen"),
        ("ticket" = Option<String>, Query, nullable = false, description = "A ticket instead of a token")
    ),
    responses((status = 200, description = "The events", body = String, content_type = "text/event-stream")),
    extensions(("x-alveole" = json!({"permission": "tasks:read", "ticket": true})))
)]
#[get("/tasks/events")]
pub(crate) async fn events(call: Call, tasks: Data<Tasks>) -> Answer {
    let state = Arc::clone(call.state());
    let mut query = call.query();
    let ticket = query.take("ticket");
    query.finish()?;
    let actor = match ticket {
        Some(ticket) => {
            let redeemed =
                state.authenticator.redeem_ticket(&ticket, Some(call.request_id())).await;
            redeemed.map_err(Problem::from)?.actor
        }
        None => call.actor()?,
    };
    let last_seen = match call.header("last-event-id")? {
        None | Some("") => None,
        Some("0") => Some(None),
        Some(raw) => Some(Some(raw.parse::<EventId>().map_err(|_| {
            Problem::field("", "request.header_malformed", "`Last-Event-ID` must be an event's id")
        })?)),
    };
    // Listening begins before the feed's end is read: what happens in between is seen twice, and
    // told once, because the cursor only moves forward.
    let live = state.live_feed.subscribe();
    let cursor = tasks.begin_feed(&actor, last_seen).await?;
    let checked = Instant::now();
    let mut heartbeat = interval_at(checked + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut pending = VecDeque::new();
    // The client learns that it is connected, and from where to resume if the connection breaks before
    // the first event.
    let begin = cursor.map_or_else(|| "0".to_owned(), |id| id.to_string());
    pending.push_back(Bytes::from(format!(": connected\nid: {begin}\n\n")));
    let listener = Listener {
        state,
        tasks: tasks.into_inner(),
        actor,
        live,
        cursor,
        behind: true,
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
    tasks: Arc<Tasks>,
    actor: Actor,
    live: Receiver<Arc<Event>>,
    cursor: Option<EventId>,
    /// True while the feed has to be read; false while the hub tells everything.
    behind: bool,
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
            if self.behind {
                self.catch_up().await?;
                continue;
            }
            let mut draining = self.state.draining.clone();
            tokio::select! {
                told = self.live.recv() => match told {
                    Ok(event) => self.hear(&event),
                    Err(RecvError::Lagged(_)) => self.behind = true,
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
        self.state.authenticator.still_valid(&self.actor).await
    }

    /// Reads the feed from the cursor. A store that fails ends the stream: the client comes back.
    async fn catch_up(&mut self) -> Option<()> {
        let feed = self.tasks.feed(self.actor.user, self.cursor, CATCH_UP).await.ok()?;
        self.pending.extend(feed.events.iter().map(frame));
        if feed.cursor.is_some() {
            self.cursor = feed.cursor;
        }
        self.behind = feed.more;
        Some(())
    }

    fn hear(&mut self, event: &Event) {
        if self.cursor.is_some_and(|cursor| event.id <= cursor) {
            return;
        }
        self.cursor = Some(event.id);
        if event.name.starts_with("task.") && event.audience.contains(&self.actor.user) {
            self.pending.push_back(frame(event));
        }
    }
}

fn frame(event: &Event) -> Bytes {
    let data = serde_json::to_string(&Envelope::from(event)).unwrap_or_default();
    Bytes::from(format!("id: {}\nevent: {}\ndata: {data}\n\n", event.id, event.name))
}
