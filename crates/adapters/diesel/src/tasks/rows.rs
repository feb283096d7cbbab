//! The tables of this domain whose rows are records.

use ::tasks::record::{CommentRecord, TaskRecord};

use crate::row::row;

row!(TaskRow => TaskRecord in tasks (id) {
    id: BigInt => i64,
    title: Text => String,
    description: Text => String,
    status: SmallInt => i16,
    priority: SmallInt => i16,
    due: Nullable<BigInt> => Option<i64>,
    user_id: BigInt => i64,
    assignee_id: Nullable<BigInt> => Option<i64>,
    tags: Text => String,
    completed_at: Nullable<BigInt> => Option<i64>,
    created_at: BigInt => i64,
    updated_at: BigInt => i64,
    deleted_at: Nullable<BigInt> => Option<i64>,
    version: BigInt => i64,
} plus {
    reminded_of: Nullable<BigInt> => Option<i64>,
    reminded: Nullable<SmallInt> => Option<i16>,
});

row!(CommentRow => CommentRecord in task_comments (id) {
    id: BigInt => i64,
    task_id: BigInt => i64,
    user_id: BigInt => i64,
    content: Text => String,
    created_at: BigInt => i64,
    updated_at: BigInt => i64,
    version: BigInt => i64,
});
