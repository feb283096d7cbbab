//! The tables of this domain.

use ::webhooks::record::{DeliveryRecord, EndpointRecord};

use crate::row::row;

row!(EndpointRow => EndpointRecord in webhook_endpoints (id) {
    id: BigInt => i64,
    user_id: BigInt => i64,
    url: Text => String,
    patterns: Text => String,
    description: Text => String,
    ordered: SmallInt => i16,
    rate: Nullable<BigInt> => Option<i64>,
    state: SmallInt => i16,
    reason: Nullable<SmallInt> => Option<i16>,
    secret: Text => String,
    old_secret: Nullable<Text> => Option<String>,
    old_until: Nullable<BigInt> => Option<i64>,
    streak: BigInt => i64,
    failing_since: Nullable<BigInt> => Option<i64>,
    warned: SmallInt => i16,
    wait_until: Nullable<BigInt> => Option<i64>,
    last_success_at: Nullable<BigInt> => Option<i64>,
    last_failure_at: Nullable<BigInt> => Option<i64>,
    behind_at: Nullable<BigInt> => Option<i64>,
    missed: Text => String,
    run: BigInt => i64,
    enabled_at: BigInt => i64,
    created_at: BigInt => i64,
    updated_at: BigInt => i64,
    version: BigInt => i64,
} plus {
    held: SmallInt => i16,
    due_at: Nullable<BigInt> => Option<i64>,
});

row!(DeliveryRow => DeliveryRecord in webhook_deliveries (id) {
    id: BigInt => i64,
    endpoint_id: BigInt => i64,
    message_id: BigInt => i64,
    cause: SmallInt => i16,
    state: SmallInt => i16,
    attempt: BigInt => i64,
    tries: BigInt => i64,
    due_at: BigInt => i64,
    created_at: BigInt => i64,
    finished_at: Nullable<BigInt> => Option<i64>,
});

diesel::table! {
    webhook_messages (id) {
        id -> BigInt,
        event_id -> Nullable<BigInt>,
        wire_id -> Text,
        name -> Text,
        at -> BigInt,
        subject -> BigInt,
        audience -> Text,
        body -> Text,
    }
}

diesel::table! {
    webhook_attempts (delivery_id, number) {
        delivery_id -> BigInt,
        number -> BigInt,
        at -> BigInt,
        duration_us -> BigInt,
        status -> Nullable<BigInt>,
        fault -> Nullable<Text>,
        answer -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(webhook_deliveries, webhook_messages);
