//! A program without the features `images` and `pdf`.

use crate::config::Config;

/// None is needed.
#[derive(Clone)]
pub(super) struct Memory;

pub(super) fn memory(_: &Config) -> Memory {
    Memory
}
