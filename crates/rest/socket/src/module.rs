//! What the program needs to know of sockets.

use std::sync::Arc;

use rest::Module;

use crate::{codes, sockets::Sockets};

/// The module as the document describes it.
pub fn description() -> Module {
    Module { codes: &[codes::CODES], ..Module::new("sockets") }
}

/// The module: its service is what [`open`](crate::open()) counts sockets with.
pub fn module(sockets: Arc<Sockets>) -> Module {
    description().service(sockets)
}
