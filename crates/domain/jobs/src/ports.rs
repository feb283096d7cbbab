//! What this domain needs of a store, beside the queue itself ([`kernel::Jobs`]).

use kernel::{CommonTx, Job, JobId, Page, PageRequest, SortKey, StoreError, Timestamp};

use crate::{
    commands::Ended,
    query::{Depth, JobFilter, JobSort, Ran},
};

/// Jobs as administrators look at them.
///
/// * V1 `list` returns the jobs that match every field of the filter, in the order asked for, by number
///   and by cursor;
/// * V2 `ended` returns the jobs of a state and a kind that ended first, at most `limit`;
/// * V3 `depths` counts the jobs of each queue in each state but succeeded and cancelled, with the time
///   when the first is due;
/// * V4 `ran` returns how long the last jobs took that succeeded since a time, at most `limit`;
/// * V5 `prune` removes jobs that ended before a time, with their runs, at most `limit`; it removes no
///   other job;
/// * V6 `unknown` counts, by kind, the jobs due before a time whose kind is not named and which have not
///   ended.
pub trait JobStore {
    /// A page of jobs.
    fn list(
        &mut self,
        filter: &JobFilter,
        order: &[SortKey<JobSort>],
        page: &PageRequest,
    ) -> Result<Page<Job>, StoreError>;
    /// Jobs that did not succeed.
    fn ended(
        &mut self,
        state: Ended,
        kind: Option<&str>,
        limit: u32,
    ) -> Result<Vec<JobId>, StoreError>;
    /// How many jobs there are.
    fn depths(&mut self) -> Result<Vec<Depth>, StoreError>;
    /// How long jobs took.
    fn ran(&mut self, since: Timestamp, limit: u32) -> Result<Vec<Ran>, StoreError>;
    /// Removes old jobs; returns how many.
    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
    /// Jobs that no worker with these kinds will claim.
    fn unknown(
        &mut self,
        known: &[&str],
        before: Timestamp,
    ) -> Result<Vec<(String, u64)>, StoreError>;
}

/// What this domain sees of a transaction.
pub trait JobsTx: CommonTx {
    /// Jobs as administrators look at them.
    fn job_store(&mut self) -> &mut dyn JobStore;
}
