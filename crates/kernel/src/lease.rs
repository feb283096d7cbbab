//! Leases: work that one process at a time does, and that another takes over when its owner is
//! gone.

use std::time::Duration;

use crate::{StoreError, Timestamp};

/// Who does what, and until when.
///
/// A lease keeps two from doing the same work all the time; it cannot keep them from doing it for a
/// moment, because nobody can stop a process that was asleep when its lease ended. So what is done
/// under one must bear being done twice. Holders should ask again well before the end, and the
/// clocks of processes should not differ by more than a small part of `ttl`.
///
/// * H1 a lease that nobody holds, or whose time is over, goes to who asks;
/// * H2 until then nobody else gets it, and its holder prolongs it by asking again;
/// * H3 of many who ask at once, one gets it;
/// * H4 a lease that was let go of can be had at once; nobody lets go of another's;
/// * H5 leases of different names do not see one another.
pub trait Leases {
    /// True when `holder` has the lease from `now` for `ttl`.
    fn hold(
        &mut self,
        name: &'static str,
        holder: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError>;
    /// Lets go of the lease, if `holder` has it.
    fn release(&mut self, name: &'static str, holder: &str) -> Result<(), StoreError>;
}
