//! A program without the feature `postgres`: no other process has the database.

use std::{io, sync::Arc};

use super::Shared;

pub(super) fn listen(_: &str, _: &Arc<Shared>) -> io::Result<()> {
    Ok(())
}
