//! The conformance kit of this domain's stores. An adapter runs each case of [`CASES`] on a fresh [`Fixture`]. Failures
//! are panics.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a kit is made of tests: its failures are panics"
)]

mod alerts;
mod rules;
mod samples;

use std::sync::Arc;

use kernel::UnitOfWork;

use crate::ports::MonitoringTx;

/// A fresh, empty store.
pub struct Fixture {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn MonitoringTx>>,
}

kernel::cases! { Fixture;
    samples:
        s1_registering_appends_and_changes_nothing,
        s2_of_many_that_register_all_see_the_same_positions,
        s3_a_row_comes_back_bit_for_bit_and_the_later_counts,
        s4_rows_are_those_of_a_stretch_a_step_and_a_replica,
        s5_pruning_removes_old_rows_of_a_step_and_no_others,
        s6_the_last_report_of_each_replica_counts,
        s7_hours_are_those_of_a_replica,
        s8_pruning_removes_old_hours_and_reports_and_no_others;
    rules:
        r1_a_rule_comes_back_as_it_went_in,
        r2_a_stale_save_and_a_stale_remove_change_nothing,
        r3_of_many_that_change_one_version_one_succeeds,
        r4_rules_come_in_the_order_of_their_creation;
    alerts:
        a1_an_alert_comes_back_as_it_went_in,
        a2_a_stale_save_and_a_stale_remove_change_nothing,
        a3_one_alert_of_a_series_is_open,
        a4_current_are_the_open_ones_and_those_resolved_of_late,
        a5_a_list_shows_the_newest_first_and_what_its_filter_names,
        a6_pruning_removes_alerts_resolved_long_ago_and_no_others,
        a7_of_many_that_change_one_version_one_succeeds;
}

/// A transaction, as closures get it.
type Tx = dyn MonitoringTx;

kernel::fixture!(Fixture: Tx);
