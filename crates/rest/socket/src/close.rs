//! The codes that sockets are closed with (RFC 6455 §7.4; 4000 to 4999 are ours).

/// The server stops: come back, to another replica.
pub const GOING_AWAY: u16 = 1001;
/// The client broke the protocol.
pub const PROTOCOL: u16 = 1002;
/// A binary message where only text is taken.
pub const UNSUPPORTED: u16 = 1003;
/// The client closed without a code; never on the wire.
pub const NONE: u16 = 1005;
/// The connection broke; never on the wire.
pub const BROKEN: u16 = 1006;
/// Text that isn't UTF-8.
pub const NOT_UTF8: u16 = 1007;
/// Too many frames in a second.
pub const FLOODING: u16 = 1008;
/// A message that is too large.
pub const TOO_LARGE: u16 = 1009;
/// The server failed.
pub const FAILED: u16 = 1011;
/// The client reads too slowly, or the server sheds load: come back and resume.
pub const TOO_SLOW: u16 = 1013;
/// The credentials ended: refresh them once and come back.
pub const ENDED: u16 = 4401;
/// The account is suspended or closed: don't come back.
pub const SUSPENDED: u16 = 4403;
/// No sign of life.
pub const DEAD: u16 = 4408;
/// Too many sockets of one user.
pub const TOO_MANY: u16 = 4429;

/// The codes as labels; clients can't make up more.
pub(crate) const LABELS: &[&str] = &[
    "1000", "1001", "1002", "1003", "1005", "1006", "1007", "1008", "1009", "1011", "1013", "4401",
    "4403", "4408", "4429", OTHER,
];

const OTHER: &str = "other";

/// A code as a label.
pub(crate) fn label(code: u16) -> &'static str {
    LABELS.iter().find(|label| label.parse() == Ok(code)).unwrap_or(&OTHER)
}

/// Whether a client may send this code: those that RFC 6455 §7.4.1 and IANA's registry assign, and the
/// ranges of §7.4.2 for libraries and applications.
pub(crate) const fn is_valid(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}
