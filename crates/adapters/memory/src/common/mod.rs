//! The ports of the kernel, which every domain has.

pub(crate) mod emails;
mod idempotency;
mod inbox;
mod leases;
mod outbox;
#[cfg(test)]
pub(crate) mod planted;
mod retries;
