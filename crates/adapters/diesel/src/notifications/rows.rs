//! The tables of this domain whose rows are records.

use ::notifications::record::NotificationRecord;

use crate::row::row;

row!(NotificationRow => NotificationRecord in notifications (id) {
    id: BigInt => i64,
    user_id: BigInt => i64,
    kind: SmallInt => i16,
    subject_kind: Nullable<SmallInt> => Option<i16>,
    subject_id: Nullable<BigInt> => Option<i64>,
    actor_id: Nullable<BigInt> => Option<i64>,
    params: Text => String,
    created_at: BigInt => i64,
    read_at: Nullable<BigInt> => Option<i64>,
} plus {
    dedupe: Text => String,
});

diesel::table! {
    notification_settings (user_id) {
        user_id -> BigInt,
        chosen -> Text,
    }
}

diesel::table! {
    notification_reports (user_id, kind) {
        user_id -> BigInt,
        kind -> SmallInt,
        due_at -> BigInt,
    }
}

diesel::table! {
    notification_sends (notification_id, channel) {
        notification_id -> BigInt,
        channel -> SmallInt,
        user_id -> BigInt,
        state -> SmallInt,
        reason -> Nullable<SmallInt>,
        due_at -> BigInt,
    }
}
