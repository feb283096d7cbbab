//! The order of lists, shared by REST and the stores.

use kernel::page::FixedOrder;

/// The newest first.
pub const ORDER: FixedOrder = FixedOrder::BY_ID_DESC;
