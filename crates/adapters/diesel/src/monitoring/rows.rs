//! The tables of this domain.

use ::monitoring::record::{AlertRecord, RuleRecord};

use crate::row::row;

row!(RuleRow => RuleRecord in monitoring_rules (id) {
    id: BigInt => i64,
    name: Text => String,
    series: Text => String,
    condition: SmallInt => i16,
    threshold: Double => f64,
    clear: Double => f64,
    held_for: BigInt => i64,
    clear_for: BigInt => i64,
    repeat: Nullable<BigInt> => Option<i64>,
    severity: SmallInt => i16,
    enabled: SmallInt => i16,
    created_at: BigInt => i64,
    updated_at: BigInt => i64,
    version: BigInt => i64,
});

row!(AlertRow => AlertRecord in monitoring_alerts (id) {
    id: BigInt => i64,
    rule_id: BigInt => i64,
    rule_name: Text => String,
    severity: SmallInt => i16,
    condition: SmallInt => i16,
    threshold: Double => f64,
    replica: Text => String,
    series: Text => String,
    state: SmallInt => i16,
    value: Double => f64,
    cause: Text => String,
    since: BigInt => i64,
    fired_at: Nullable<BigInt> => Option<i64>,
    clear_since: Nullable<BigInt> => Option<i64>,
    resolved_at: Nullable<BigInt> => Option<i64>,
    resolution: Nullable<SmallInt> => Option<i16>,
    changes: Text => String,
    flapping: SmallInt => i16,
    notified_at: Nullable<BigInt> => Option<i64>,
    acked_by: Nullable<BigInt> => Option<i64>,
    acked_at: Nullable<BigInt> => Option<i64>,
    silenced_by: Nullable<BigInt> => Option<i64>,
    silenced_until: Nullable<BigInt> => Option<i64>,
    version: BigInt => i64,
});

diesel::table! {
    monitoring_series (id) {
        id -> BigInt,
        name -> Text,
        unit -> SmallInt,
    }
}

diesel::table! {
    monitoring_samples (step, at, replica) {
        step -> SmallInt,
        at -> BigInt,
        replica -> Text,
        data -> Binary,
    }
}

diesel::table! {
    monitoring_hours (replica, at) {
        replica -> Text,
        at -> BigInt,
        data -> Binary,
    }
}

diesel::table! {
    monitoring_reports (replica) {
        replica -> Text,
        at -> BigInt,
        data -> Text,
    }
}
