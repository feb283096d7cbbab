//! What breaking the constraints of this domain's tables means.

use crate::constraint::Constraints;

pub(crate) const CONSTRAINTS: Constraints = Constraints {
    unique: &[
        ("jobs_unique", "jobs.kind, jobs.unique_key", "jobs.unique_key"),
        ("jobs_head", "jobs.lane", "jobs.lane"),
    ],
    missing: &[],
};
