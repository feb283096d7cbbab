//! The tables of this domain whose rows are records.

use ::users::record::UserRecord;

use crate::row::row;

row!(UserRow => UserRecord in users (id) {
    id: BigInt => i64,
    username: Text => String,
    email: Text => String,
    role: SmallInt => i16,
    status: SmallInt => i16,
    first_name: Text => String,
    last_name: Text => String,
    bio: Text => String,
    avatar: Nullable<Text> => Option<String>,
    locale: SmallInt => i16,
    provider: SmallInt => i16,
    email_verified: Bool => bool,
    phone: Nullable<Text> => Option<String>,
    two_factor_enabled: Bool => bool,
    created_at: BigInt => i64,
    updated_at: BigInt => i64,
    last_login_at: Nullable<BigInt> => Option<i64>,
    purge_at: Nullable<BigInt> => Option<i64>,
    version: BigInt => i64,
} plus {
    username_key: Text => String,
    email_key: Text => String,
    password_hash: Text => String,
    deleted_at: Nullable<BigInt> => Option<i64>,
    active_at: BigInt => i64,
    closing_at: Nullable<BigInt> => Option<i64>,
});
