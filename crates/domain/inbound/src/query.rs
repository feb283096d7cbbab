//! Filters and orders of lists, shared by REST and the stores.

use kernel::{UserId, page::FixedOrder};

use crate::values::{EventType, PaymentState, SourceName, State};

/// The newest event first.
pub const EVENTS: FixedOrder = FixedOrder::BY_ID_DESC;
/// The newest payment first.
pub const PAYMENTS: FixedOrder = FixedOrder::BY_ID_DESC;

/// Which events; every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventFilter {
    /// Of one source.
    pub source: Option<SourceName>,
    /// Of one type.
    pub kind: Option<EventType>,
    /// In one state.
    pub state: Option<State>,
}

/// Which payments; every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentFilter {
    /// Reported by one source.
    pub provider: Option<SourceName>,
    /// In one state.
    pub state: Option<PaymentState>,
    /// For one order or deal.
    pub reference: Option<String>,
    /// Of one person.
    pub user: Option<UserId>,
}

/// How many events wait or failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Events whose jobs have not ended.
    pub received: u64,
    /// Events whose jobs were given up.
    pub failed: u64,
}
