//! The socket of the chat: `GET /chat/ws`.

mod commands;
mod connected;
mod document;
mod frames;
mod peer;
mod session;
mod wire;

use std::sync::Arc;

use actix_web::{
    get,
    web::{Data, Payload},
};
use chat::{
    Chat,
    outbound::{Notifier, Presence},
    service::Marker,
};
use kernel::{Entitlement, Permission, UserId};
use rest::{call::Call, problem::Answer};

pub(crate) use self::document::CHANNEL;
use self::{connected::Connected, session::Conversation};

/// The usual `presence_max` of [`Live::new`].
pub const PRESENCE_MAX: usize = 100;

/// Those who are connected to this process.
pub struct Live(Arc<Connected>);

impl Live {
    /// No person is. `presence` hears who comes and goes, and `notifier` who types and who has read. With more than `presence_max` listeners a room shows neither who
    /// types nor who has read, and of those online only how many.
    pub fn new(
        chat: Arc<Chat>,
        presence: Arc<dyn Presence>,
        notifier: Arc<dyn Notifier>,
        presence_max: usize,
    ) -> Self {
        Self(Connected::new(chat, presence, notifier, presence_max))
    }

    /// Shows those who listen to a room how far someone has read.
    pub(crate) fn show_read(&self, marker: &Marker, user: UserId) {
        self.0.show_read(marker, user);
    }

    /// Whether presence could be kept when this process last said who is here; why not, otherwise.
    ///
    /// # Errors
    /// The failure of what keeps it.
    pub fn presence(&self) -> Result<(), String> {
        self.0.presence_state()
    }
}

/// Open the socket of the chat
///
/// A WebSocket (RFC 6455) for rooms, direct messages, and what else concerns the caller. Its frames are described at
/// `/docs/ws` and by `/asyncapi.json`. Browsers pass `?ticket=` from `POST /auth/ticket`, or the sub-protocols `bearer` and
/// the token.
#[utoipa::path(
    tag = "messages",
    operation_id = "chat_socket",
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
    extensions(("x-alveole" = json!({"permission": "chat:read", "socket": true, "codes": ["socket.upgrade_required"]})))
)]
#[get("/chat/ws")]
pub(crate) async fn open_socket(call: Call, payload: Payload, live: Data<Live>) -> Answer {
    let mut query = call.query();
    let connected = Arc::clone(&live.0);
    connected.start(&call.state().live_feed);
    let clock = Arc::clone(&call.state().clock);
    let needs = Entitlement { permission: Some(Permission::ChatRead), ..Entitlement::default() };
    socket::open(&call, payload, &mut query, needs, move |caller, sender| {
        Conversation::begin(&connected, &clock, caller.actor.clone(), sender)
    })
    .await
}
