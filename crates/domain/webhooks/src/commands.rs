//! What callers can ask for.

use kernel::{EventId, FeedCursor, Patch, UserId};

use crate::values::{Description, EndpointUrl, Patterns, Rate};

/// A new endpoint.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the endpoint's field of that name")]
pub struct CreateEndpoint {
    pub url: String,
    pub patterns: Patterns,
    pub description: Description,
    pub ordered: bool,
    pub rate: Option<Rate>,
    /// Where it begins; `None`: it hears what happens next.
    pub from: Option<FeedCursor>,
}

/// A change of an endpoint; what is absent stays.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each field is the endpoint's field of that name")]
pub struct UpdateEndpoint {
    pub url: Option<EndpointUrl>,
    pub patterns: Option<Patterns>,
    pub description: Option<Description>,
    pub ordered: Option<bool>,
    pub rate: Patch<Rate>,
}

/// From where an endpoint goes on when it is enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// From where it stands.
    Cursor,
    /// It hears what happens next.
    Now,
    /// Behind this place.
    Place(FeedCursor),
}

/// Which deliveries are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// Those that were given up.
    Failed,
    /// Every event that the endpoint hears.
    All,
}

/// Sends events of the past again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replay {
    /// Behind this place.
    pub from: FeedCursor,
    /// Up to this event, which is included; `None`: up to the end of the feed.
    pub to: Option<EventId>,
    /// Which.
    pub only: Only,
}

/// Whose endpoints a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The caller's.
    Own,
    /// Everyone's; for callers who manage endpoints.
    Everyone,
    /// One person's; for callers who manage endpoints, and for that person.
    Of(UserId),
}

/// Events that one replay sends, at most.
pub const REPLAY_MAX: u32 = 1000;
/// The longest time for which two secrets hold, in seconds.
pub const OVERLAP_MAX: i64 = 604_800;

kernel::number!(
    /// For how long the old secret still holds, in seconds.
    Overlap,
    0,
    OVERLAP_MAX
);
