//! Which notifications a list shows, and their order, shared by REST and the stores.

use kernel::page::FixedOrder;

use crate::kind::Kind;

/// The newest notification first.
pub const ORDER: FixedOrder = FixedOrder::BY_ID_DESC;

/// Which notifications; every field that is set must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filter {
    /// Unread ones only, or read ones only.
    pub unread: Option<bool>,
    /// Of one kind.
    pub kind: Option<Kind>,
}
