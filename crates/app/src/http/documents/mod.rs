//! Documents that clients send to have them typeset.

pub mod body;
pub mod dto;
pub mod handlers;

use super::rules::RequestRule;

/// What the routes ask of the code around their handlers: a document of ten thousand rows is longer
/// than other bodies.
pub const RULES: &[RequestRule] = &[RequestRule::new("/generate-pdf").max_body(8 << 20)];
