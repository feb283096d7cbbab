//! The codes of problems before a socket opens, and of frames of the socket of events.

use rest::codes::{Code, code};

/// In alphabetical order.
pub const CODES: &[Code] = &[
    code(
        "socket.draining",
        503,
        "The server stops",
        "This server is being stopped and opens no more WebSockets. Come back with jitter: another replica answers.",
    ),
    code(
        "socket.frame_malformed",
        400,
        "Frame malformed",
        "A frame is a JSON object with a `type`; `/docs/ws` describes each.",
    ),
    code(
        "socket.full",
        503,
        "Too many WebSockets",
        "This process has as many WebSockets as it may have. Come back with jitter.",
    ),
    code(
        "socket.handshake_malformed",
        400,
        "Handshake malformed",
        "A WebSocket is opened by HTTP/1.1 with one `Sec-WebSocket-Key` of 16 bytes in base64 (RFC 6455 §4.2.1). Proxies must pass `Upgrade` and `Connection` on.",
    ),
    code(
        "socket.id_invalid",
        400,
        "Id of a frame not valid",
        "The `id` of a frame is a text of 1 to 64 characters.",
    ),
    code(
        "socket.origin_refused",
        403,
        "Origin not allowed",
        "The page that opens this WebSocket is of an origin that is neither this server's nor among `cors.allowed_origins`.",
    ),
    code(
        "socket.too_many_topics",
        400,
        "Too many topics",
        "A socket follows at most 100 topics. Name kinds instead of resources, or unsubscribe from some.",
    ),
    code(
        "socket.topics_count",
        400,
        "Too few or too many topics",
        "One frame names from 1 to 100 topics.",
    ),
    code(
        "socket.type_unknown",
        400,
        "Unknown type of frame",
        "`/docs/ws` lists the types of frames that there are.",
    ),
    code(
        "socket.upgrade_required",
        426,
        "WebSocket expected",
        "This path speaks WebSocket, version 13: use `wss://` instead of `https://`, and have proxies pass `Upgrade` and `Connection` on.",
    ),
];
