//! Documents that clients send to have them typeset.

pub mod body;
pub mod dto;
pub mod handlers;
