//! What breaking the constraints of this domain means.

use crate::constraint::Constraints;

pub(crate) const CONSTRAINTS: Constraints = Constraints {
    unique: &[
        (
            "monitoring_alerts_open",
            "monitoring_alerts.rule_id, monitoring_alerts.replica, monitoring_alerts.series",
            "monitoring.alert",
        ),
        ("monitoring_series_name", "monitoring_series.name", "monitoring.series"),
        ("monitoring_series_pkey", "monitoring_series.id", "monitoring.series"),
    ],
    missing: &[],
};
