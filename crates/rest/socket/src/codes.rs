//! The codes of problems before a socket opens.

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
        "socket.origin_refused",
        403,
        "Origin not allowed",
        "The page that opens this WebSocket is of an origin that is neither this server's nor among `cors.allowed_origins`.",
    ),
    code(
        "socket.upgrade_required",
        426,
        "WebSocket expected",
        "This path speaks WebSocket, version 13: use `wss://` instead of `https://`, and have proxies pass `Upgrade` and `Connection` on.",
    ),
];
