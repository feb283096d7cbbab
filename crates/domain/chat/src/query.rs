//! Lists: what they show, and their order, shared by REST and the stores.

use kernel::{
    SearchQuery, Timestamp, UserId,
    page::{Direction, FixedOrder},
};

use crate::values::{MemberState, RoomId, RoomKind};

/// Rooms: by name, regardless of case.
pub const ROOMS: FixedOrder =
    FixedOrder { text: "name", directions: &[Direction::Ascending], tie: Direction::Ascending };
/// Members: by account.
pub const MEMBERS: FixedOrder =
    FixedOrder { text: "user_id", directions: &[], tie: Direction::Ascending };
/// Messages: the newest first.
pub const MESSAGES: FixedOrder =
    FixedOrder { text: "-number", directions: &[], tie: Direction::Descending };
/// Invitations and blocks: the newest first.
pub const NEWEST: FixedOrder = FixedOrder::BY_ID_DESC;

/// Whose rooms a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Public ones, and those that this person is in; no direct ones.
    VisibleTo(UserId),
    /// Those that this person is in; no direct ones.
    Of(UserId),
    /// Every one but direct ones.
    All,
}

/// Which rooms a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomFilter {
    /// Whose.
    pub scope: Scope,
    /// Public or private ones only.
    pub kind: Option<RoomKind>,
    /// How their names begin, in the form that is unique.
    pub name_begins: Option<String>,
}

/// Which messages of a room a page shows, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The room.
    pub room: RoomId,
    /// Only with a greater number.
    pub above: i64,
    /// Only with a smaller number.
    pub before: Option<i64>,
    /// Only with these words, which leaves deleted ones out.
    pub query: Option<SearchQuery>,
    /// At most so many.
    pub limit: u32,
}

/// Before which message a page of the past ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Before this number.
    Number(i64),
    /// Before this moment.
    Time(Timestamp),
}

impl Before {
    /// Digits are a number, everything else is a time (RFC 3339).
    pub fn parse(raw: &str) -> Option<Self> {
        match raw.parse() {
            Ok(number) => Some(Self::Number(number)),
            Err(_) => Timestamp::parse(raw).ok().map(Self::Time),
        }
    }
}

/// Which members a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberFilter {
    /// The room.
    pub room: RoomId,
    /// In which state.
    pub state: MemberState,
}
