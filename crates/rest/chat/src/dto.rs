//! Rooms, people and messages as clients see and send them. A transport other than REST presents them by the same
//! conversions.

mod fields;
mod messages;
mod people;
mod rooms;

use kernel::Timestamp;
use serde::Serialize;

pub use self::{fields::*, messages::*, people::*, rooms::*};

pub(crate) fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// The tag of a representation: the version, and what else shows in it (FNV-1a).
pub fn etag(version: i64, body: &impl Serialize) -> String {
    let text = serde_json::to_vec(body).unwrap_or_default();
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = text.iter().fold(0xcbf2_9ce4_8422_2325, step);
    rest::etag::of(version, &format!("{hash:016x}"))
}
