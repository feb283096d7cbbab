//! `SampleStore`, `RuleStore` and `AlertStore`.

mod alerts;
pub(crate) mod constraints;
mod rows;
mod rules;
mod samples;

use kernel::StoreError;

fn stale_unless(changed: usize) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::Stale) } else { Ok(()) }
}
