//! How a request becomes a socket: handshake, origin, credentials and bounds, in this order. Until then
//! failures are ordinary answers.

use std::{rc::Rc, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    body::BoxBody,
    http::{
        StatusCode, Version,
        header::{self, HeaderName},
    },
    web,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::{Caller, Entitlement, ErrorKind};
use rest::{call::Call, incoming, problem::Problem, query::Query, refusal::Hangup};
use sha1::{Digest as _, Sha1};

use crate::{
    close,
    connection::Connection,
    sender::{Sender, Shared},
    session::Session,
    sockets::Sockets,
    ticker::{self, Watched},
};

/// The sub-protocol that carries a token: browsers can set no header, but name sub-protocols.
const BEARER: &str = "bearer";

/// What the key of a handshake is hashed with (RFC 6455 §1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Opens a socket. The caller comes by `Authorization`, by the sub-protocols `bearer, <token>`, by
/// `?ticket=` or by `?token=`, the first that is there. The handler takes its own parameters off `query`
/// before; any other parameter is refused. `begin` makes the session from its caller and what sends to
/// the socket.
///
/// The operation has `"socket": true` in its `x-alveole`, and answers 101.
///
/// # Errors
/// 426 and 400 for what is no handshake, 403 for a foreign origin or a missing permission, 401 without
/// credentials that hold, 503 while there are too many sockets or the server stops.
pub async fn open<S: Session>(
    call: &Call,
    payload: web::Payload,
    query: &mut Query,
    needs: Entitlement,
    begin: impl FnOnce(Arc<Caller>, Sender) -> Rc<S>,
) -> Result<HttpResponse, Problem> {
    let request = call.request();
    let (ticket, token) = (query.take("ticket"), query.take("token"));
    std::mem::replace(query, Query::parse("")).finish()?;
    let accept = shake_hands(request)?;
    check_origin(call)?;
    if call.state().is_draining() {
        let detail = "The server is being stopped; come back.";
        return Err(Problem::new(ErrorKind::Unavailable, "socket.draining", detail));
    }
    let sockets = request.app_data::<web::Data<Sockets>>().ok_or_else(|| {
        tracing::error!("the module of sockets isn't registered");
        Problem::new(ErrorKind::Internal, "internal", "Something went wrong on our side.")
    })?;
    let mut place = Arc::clone(sockets).enter().ok_or_else(|| {
        let detail = "This process has as many WebSockets as it may have; come back.";
        Problem::new(ErrorKind::Unavailable, "socket.full", detail)
    })?;
    let protocols = sub_protocols(request);
    let by_protocol = bearer(&protocols);
    let caller = if request.headers().contains_key(header::AUTHORIZATION) {
        call.caller()?
    } else if let Some(token) = by_protocol.or(token.as_deref().filter(|_| ticket.is_none())) {
        call.caller_by_token(token).await?
    } else if let Some(ticket) = ticket {
        call.caller_by_ticket(&ticket).await?
    } else {
        call.caller()?
    };
    call.state().authenticator.check(&caller, needs)?;

    let limits = *sockets.limits();
    let shared = Arc::new(Shared::new(limits.queue_frames, limits.queue_bytes));
    let session = if place.belongs_to(caller.actor.user) {
        Some(begin(Arc::clone(&caller), Sender::new(Arc::clone(&shared))))
    } else {
        // After the handshake, because browsers don't show pages the answer to it.
        shared.close(close::TOO_MANY, "too many sockets of this user");
        None
    };
    let hangup = request.conn_data::<Hangup>().cloned();
    let watched = Watched::new(shared, limits, hangup, Arc::clone(call.state()), caller);
    ticker::watch(&watched);
    incoming::let_wait(request);
    let mut answer = HttpResponse::build(StatusCode::SWITCHING_PROTOCOLS);
    answer.upgrade("websocket").insert_header((header::SEC_WEBSOCKET_ACCEPT, accept));
    if protocols.contains(&BEARER) {
        // A browser drops the connection unless one of its sub-protocols is chosen.
        answer.insert_header((header::SEC_WEBSOCKET_PROTOCOL, BEARER));
    }
    Ok(answer.body(BoxBody::new(Connection::new(payload, session, watched, place))))
}

/// Checks the handshake (RFC 6455 §4.2.1); gives the answer to its key.
fn shake_hands(request: &HttpRequest) -> Result<String, Problem> {
    let expected = |detail: &str| {
        Problem::new(ErrorKind::Invalid, "socket.upgrade_required", detail)
            .with_status(StatusCode::UPGRADE_REQUIRED)
            .with_header(header::UPGRADE, "websocket")
            .with_header(header::SEC_WEBSOCKET_VERSION, "13")
    };
    let malformed =
        |detail: &str| Problem::new(ErrorKind::Invalid, "socket.handshake_malformed", detail);
    let has = |name: HeaderName, token: &str| {
        let values = request.headers().get_all(name).filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|one| one.trim().eq_ignore_ascii_case(token))
    };
    if !has(header::UPGRADE, "websocket") || !has(header::CONNECTION, "upgrade") {
        return Err(expected("This path speaks WebSocket: `Upgrade: websocket` is missing."));
    }
    if request.version() != Version::HTTP_11 {
        return Err(malformed("A WebSocket is opened by HTTP/1.1."));
    }
    let mut versions = request.headers().get_all(header::SEC_WEBSOCKET_VERSION);
    if versions.next().is_none_or(|version| version != "13") || versions.next().is_some() {
        return Err(expected("Only version 13 of WebSocket is spoken here."));
    }
    let mut keys = request.headers().get_all(header::SEC_WEBSOCKET_KEY);
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return Err(malformed("`Sec-WebSocket-Key` must be given once."));
    };
    if STANDARD.decode(key.as_bytes()).map(|key| key.len()) != Ok(16) {
        return Err(malformed("`Sec-WebSocket-Key` must be 16 bytes in base64."));
    }
    let digest = Sha1::new().chain_update(key.as_bytes()).chain_update(GUID).finalize();
    Ok(STANDARD.encode(digest))
}

/// Browsers say which page opens a socket and let every page do it (RFC 6455 §10.2); other clients say
/// nothing.
fn check_origin(call: &Call) -> Result<(), Problem> {
    let Some(origin) = call.header("origin")? else { return Ok(()) };
    if call.state().origins.allow(origin, call.header("host")?) {
        return Ok(());
    }
    let detail = "Pages of this origin may not open WebSockets here.";
    Err(Problem::new(ErrorKind::Forbidden, "socket.origin_refused", detail))
}

/// The sub-protocols that a client offers, in its order.
fn sub_protocols(request: &HttpRequest) -> Vec<&str> {
    let values = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let values = values.filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).collect()
}

/// The token behind the sub-protocol `bearer`.
fn bearer<'p>(protocols: &[&'p str]) -> Option<&'p str> {
    let mut protocols = protocols.iter().skip_while(|protocol| **protocol != BEARER);
    protocols.nth(1).copied().filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::bearer;

    #[test]
    fn the_token_stands_behind_the_sub_protocol() {
        assert_eq!(bearer(&["bearer", "a.b.c"]), Some("a.b.c"));
        assert_eq!(bearer(&["chat", "bearer", "a.b.c"]), Some("a.b.c"));
        assert_eq!(bearer(&["bearer"]), None);
        assert_eq!(bearer(&["bearer", ""]), None);
        assert_eq!(bearer(&["chat", "a.b.c"]), None);
    }
}
