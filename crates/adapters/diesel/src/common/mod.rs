//! The ports of the kernel, which every domain has, and what their stores share.

pub(crate) mod claim;
mod emails;
pub(crate) mod floors;
mod idempotency;
mod inbox;
mod leases;
mod outbox;
mod retries;
pub(crate) mod search_index;
pub(crate) mod search_words;

use crate::constraint::Constraints;

pub(crate) const CONSTRAINTS: Constraints =
    Constraints { unique: &[("outbox_seq", "outbox.seq", "outbox.seq")], missing: &[] };
