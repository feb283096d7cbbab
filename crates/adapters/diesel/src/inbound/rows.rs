//! The tables of this domain.

use ::inbound::record::{InboundEventRecord, PaymentRecord};

use crate::row::row;

row!(EventRow => InboundEventRecord in webhook_inbox (id) {
    id: BigInt => i64,
    source: Text => String,
    scheme: SmallInt => i16,
    external_id: Text => String,
    kind: Text => String,
    object: Nullable<Text> => Option<String>,
    occurred_at: Nullable<BigInt> => Option<i64>,
    received_at: BigInt => i64,
    state: SmallInt => i16,
    job_id: Nullable<BigInt> => Option<i64>,
    settled_at: Nullable<BigInt> => Option<i64>,
});

row!(PaymentRow => PaymentRecord in payments (id) {
    id: BigInt => i64,
    provider: Text => String,
    external_id: Text => String,
    state: SmallInt => i16,
    amount: BigInt => i64,
    amount_refunded: BigInt => i64,
    currency: Text => String,
    reference: Nullable<Text> => Option<String>,
    user_id: Nullable<BigInt> => Option<i64>,
    metadata: Text => String,
    occurred_at: BigInt => i64,
    created_at: BigInt => i64,
    updated_at: BigInt => i64,
    version: BigInt => i64,
});

diesel::table! {
    webhook_sources (name) {
        name -> Text,
        scheme -> SmallInt,
        header -> Nullable<Text>,
        id_header -> Nullable<Text>,
        max_bytes -> BigInt,
        secrets -> Binary,
        hints -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    webhook_contents (event_id) {
        event_id -> BigInt,
        headers -> Text,
        body -> Binary,
    }
}

diesel::table! {
    webhook_marks (source, object) {
        source -> Text,
        object -> Text,
        applied_at -> Nullable<BigInt>,
        ranked -> SmallInt,
    }
}
