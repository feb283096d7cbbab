//! The tables of this domain whose rows are records.

use ::chat::record::{EntryRecord, InvitationRecord, MemberRecord, MessageRecord, RoomRecord};

use crate::row::row;

row!(RoomRow => RoomRecord in rooms (id) {
    id: BigInt => i64,
    kind: SmallInt => i16,
    name: Nullable<Text> => Option<String>,
    pair_key: Nullable<Text> => Option<String>,
    description: Text => String,
    created_by: BigInt => i64,
    last_seq: BigInt => i64,
    messages: BigInt => i64,
    members: BigInt => i64,
    all_number: BigInt => i64,
    slow_mode_seconds: BigInt => i64,
    retention_days: Nullable<BigInt> => Option<i64>,
    last_message_at: Nullable<BigInt> => Option<i64>,
    created_at: BigInt => i64,
    updated_at: BigInt => i64,
    version: BigInt => i64,
} plus {
    name_key: Nullable<Text> => Option<String>,
});

row!(MemberRow => MemberRecord in room_members (room_id, user_id) {
    room_id: BigInt => i64,
    user_id: BigInt => i64,
    state: SmallInt => i16,
    role: SmallInt => i16,
    notify: SmallInt => i16,
    read_number: BigInt => i64,
    joined_number: BigInt => i64,
    joined_seq: BigInt => i64,
    muted_until: Nullable<BigInt> => Option<i64>,
    last_sent_at: Nullable<BigInt> => Option<i64>,
    joined_at: BigInt => i64,
    updated_at: BigInt => i64,
    version: BigInt => i64,
});

row!(MessageRow => MessageRecord in messages (id) {
    id: BigInt => i64,
    room_id: BigInt => i64,
    number: BigInt => i64,
    seq: BigInt => i64,
    author_id: BigInt => i64,
    client_id: Nullable<Text> => Option<String>,
    fingerprint: Nullable<Text> => Option<String>,
    content: Nullable<Text> => Option<String>,
    reply_to: Nullable<BigInt> => Option<i64>,
    attachments: Text => String,
    created_at: BigInt => i64,
    edited_at: Nullable<BigInt> => Option<i64>,
    deleted_at: Nullable<BigInt> => Option<i64>,
    version: BigInt => i64,
});

row!(EntryRow => EntryRecord in room_log (room_id, seq) {
    room_id: BigInt => i64,
    seq: BigInt => i64,
    change: SmallInt => i16,
    at: BigInt => i64,
    actor_id: Nullable<BigInt> => Option<i64>,
    message_id: Nullable<BigInt> => Option<i64>,
    number: Nullable<BigInt> => Option<i64>,
    user_id: Nullable<BigInt> => Option<i64>,
    detail: Nullable<Text> => Option<String>,
});

row!(InvitationRow => InvitationRecord in room_invitations (id) {
    id: BigInt => i64,
    room_id: BigInt => i64,
    user_id: BigInt => i64,
    invited_by: BigInt => i64,
    created_at: BigInt => i64,
});

diesel::table! {
    message_attachments (file_id, message_id) {
        file_id -> BigInt,
        message_id -> BigInt,
    }
}

diesel::table! {
    message_mentions (user_id, room_id, number) {
        user_id -> BigInt,
        room_id -> BigInt,
        number -> BigInt,
    }
}

diesel::table! {
    message_reactions (message_id, emoji, user_id) {
        message_id -> BigInt,
        emoji -> Text,
        user_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    user_blocks (user_id, blocked_id) {
        user_id -> BigInt,
        blocked_id -> BigInt,
        created_at -> BigInt,
    }
}
