//! The memory that pictures and documents share (features `images`, `pdf`).

use crate::{config::Config, process};

/// How much there is.
pub(super) type Memory = adapter_pool::Budget;

/// A quarter of the memory of the process, unless the configuration says otherwise.
pub(super) fn memory(config: &Config) -> Memory {
    Memory::new(config.images.memory_bytes.unwrap_or_else(process::quarter_of_memory))
}
