//! The operations: parse, call, present.

pub(crate) mod invitations;
pub(crate) mod log;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod people;
pub(crate) mod rooms;
