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

/// A code as a label: clients can't make up values.
pub(crate) const fn label(code: u16) -> &'static str {
    match code {
        1000 => "1000",
        GOING_AWAY => "1001",
        PROTOCOL => "1002",
        UNSUPPORTED => "1003",
        NONE => "1005",
        BROKEN => "1006",
        NOT_UTF8 => "1007",
        FLOODING => "1008",
        TOO_LARGE => "1009",
        FAILED => "1011",
        TOO_SLOW => "1013",
        ENDED => "4401",
        SUSPENDED => "4403",
        DEAD => "4408",
        TOO_MANY => "4429",
        _ => "other",
    }
}

/// Whether a client may send this code: those that RFC 6455 §7.4.1 and IANA's registry assign, and the
/// ranges of §7.4.2 for libraries and applications.
pub(crate) const fn is_valid(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}
