//! `GET /ws`: one socket for everything that a caller may follow in the feed of events.

mod document;
mod frames;
mod session;

use std::sync::Arc;

use actix_web::{
    get,
    web::{Data, Payload},
};
use kernel::{Entitlement, FeedReader};
use rest::{Module, call::Call, problem::Answer};

use self::{document::CHANNEL, session::Following};
use crate::open;

/// The socket as the document describes it. Its feed is that of [`rest::events::module`].
pub fn description() -> Module {
    Module {
        routes: |config| {
            config.service(open_socket);
        },
        channels: &[CHANNEL],
        ..Module::new("event_socket")
    }
}

/// Follow every change by a socket
///
/// A WebSocket (RFC 6455) that shows what `GET /events` shows, of the topics that its client names. Its frames are
/// described at `/docs/ws` and by `/asyncapi.json`. Browsers pass `?ticket=` from `POST /auth/ticket`, or the
/// sub-protocols `bearer` and the token.
#[utoipa::path(
    tag = "events",
    operation_id = "events_socket",
    params(
        ("ticket" = Option<String>, Query, nullable = false, description = "A ticket instead of a token"),
        ("token" = Option<String>, Query, nullable = false, description = "An access token, for clients that cannot send headers")
    ),
    responses(
        (status = 101, description = "The socket is open"),
        (status = 403, description = "The page is of another origin"),
        (status = 426, description = "The request is no WebSocket handshake"),
        (status = 503, description = "There are too many sockets, or the server is being stopped")
    ),
    extensions(("x-alveole" = json!({"permission": "signed-in", "socket": true, "codes": ["socket.upgrade_required"]})))
)]
#[get("/ws")]
pub(crate) async fn open_socket(
    call: Call,
    payload: Payload,
    feed: Data<dyn FeedReader>,
) -> Answer {
    let mut query = call.query();
    let (state, feed) = (Arc::clone(call.state()), feed.into_inner());
    open(&call, payload, &mut query, Entitlement::default(), move |caller, sender| {
        Following::begin(state, feed, caller.actor.clone(), sender)
    })
    .await
}
