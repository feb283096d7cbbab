//! `WS /monitoring/ws`: what is measured, as it is measured.

mod document;
mod frames;
mod session;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{
    get,
    web::{Data, Payload},
};
use kernel::{Entitlement, FeedReader, Permission};
use monitoring::{
    Monitoring,
    service::{Listener, Tick},
    values::Pattern,
};
use rest::call::Call;
use socket::Frame;
use tokio::sync::watch;

pub(crate) use self::document::CHANNEL;
use self::session::Viewer;
use crate::Answer;

/// What was measured last, and the frames that say so: one is encoded for all who see the same series.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) tick: Option<Arc<Tick>>,
    frames: Mutex<HashMap<Vec<Pattern>, Vec<Frame>>>,
}

impl Heard {
    /// The frames for those who see these series.
    fn frames(&self, wanted: &[Pattern]) -> Vec<Frame> {
        let Some(tick) = &self.tick else { return Vec::new() };
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = frames.get(wanted) {
            return known.clone();
        }
        let sample = |sample: &_| frames::sample(&tick.series, sample, wanted);
        let made: Vec<Frame> = tick.samples.iter().map(sample).collect();
        frames.insert(wanted.to_vec(), made.clone());
        made
    }
}

/// Lets the sockets of this process know. Each sees the last that was measured: for one that reads slowly the newest
/// replaces what it has not read.
pub struct Live {
    monitoring: Arc<Monitoring>,
    feed: Arc<dyn FeedReader>,
    newest: watch::Sender<Arc<Heard>>,
}

impl Live {
    /// Listens from now on.
    pub(crate) fn new(monitoring: Arc<Monitoring>, feed: Arc<dyn FeedReader>) -> Arc<Self> {
        let live = Arc::new(Self {
            monitoring: Arc::clone(&monitoring),
            feed,
            newest: watch::Sender::new(Arc::default()),
        });
        monitoring.listen(Arc::<Self>::clone(&live));
        live
    }
}

impl Listener for Live {
    fn hear(&self, tick: &Arc<Tick>) {
        let heard = Heard { tick: Some(Arc::clone(tick)), frames: Mutex::default() };
        self.newest.send_replace(Arc::new(heard));
    }
}

/// Follow what is measured
///
/// A WebSocket (RFC 6455) with a sample of the series that its client names every few seconds, and with alerts and
/// anomalies. Its frames are described at `/docs/ws` and by `/asyncapi.json`. Browsers pass `?ticket=` from
/// `POST /auth/ticket`, or the sub-protocols `bearer` and the token.
#[utoipa::path(
    tag = "monitoring",
    operation_id = "monitoring_socket",
    params(
        ("ticket" = Option<String>, Query, nullable = false, description = "A ticket instead of a token"),
        ("token" = Option<String>, Query, nullable = false, description = "An access token, for clients that cannot send headers")
    ),
    responses(
        (status = 101, description = "The socket is open"),
        (status = 403, description = "The page is of another origin, or the permission is missing"),
        (status = 426, description = "The request is no WebSocket handshake"),
        (status = 503, description = "There are too many sockets, or the server is being stopped")
    ),
    extensions(("x-alveole" = json!({"permission": "monitoring:read", "socket": true, "codes": ["socket.upgrade_required"]})))
)]
#[get("/monitoring/ws")]
pub(crate) async fn open_socket(call: Call, payload: Payload, live: Data<Live>) -> Answer {
    let mut query = call.query();
    let (state, live) = (Arc::clone(call.state()), live.into_inner());
    let permission = Some(Permission::MonitoringRead);
    let needs = Entitlement { permission, ..Entitlement::default() };
    let opened = socket::open(&call, payload, &mut query, needs, move |caller, sender| {
        Viewer::begin(state, live, caller.actor.clone(), sender)
    });
    Ok(opened.await?)
}
