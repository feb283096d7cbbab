//! What a conformance kit is made of.
//!
//! A kit is a list of [`Case`]s; whoever writes an adapter runs each of them on a fresh, empty
//! store and knows whether every promise of the port is kept. Failures are panics, so a kit runs
//! under any test framework.

use crate::BoxFuture;

/// One promise, tested on the ground `G` that the room's kit asks for.
pub struct Case<G: 'static> {
    /// The promise's number, then what it says: `t2_a_stale_save_changes_nothing`.
    pub name: &'static str,
    /// Panics when the promise is broken.
    pub run: fn(G) -> BoxFuture<'static, ()>,
}
