//! The tables of this domain whose rows are records.

use ::bookmarks::record::BookmarkRecord;

use crate::row::row;

row!(BookmarkRow => BookmarkRecord in bookmarks (id) {
    id: BigInt => i64,
    user_id: BigInt => i64,
    title: Text => String,
    note: Text => String,
    created_at: BigInt => i64,
    updated_at: BigInt => i64,
    version: BigInt => i64,
});
