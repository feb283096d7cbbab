//! `CommentStore` and `People`.

use diesel::prelude::*;
use kernel::{Page, PageRequest, StoreError, UserId, page::SortValue};
use tasks::{
    Comment, CommentId, CommentStore, People, TaskId, query::COMMENT_ORDER, task::NewComment,
};

use super::rows::{CommentRow, task_comments as table, tasks as task_rows};
use crate::{
    columns::{count, unwritable},
    constraint::{Attempt, FOREIGN_KEY},
    db::{AnyConnection, on},
    list::{self, Column, Holds, Keys},
    row::{Row as _, all, one},
    statement::Statement,
    uow::DieselTx,
};

const CREATED_AT: Column = Column { name: "created_at", holds: Holds::Number };

/// SQLite does not say what is missing (M6).
fn what_is_missing(conn: &mut AnyConnection, error: StoreError, task: TaskId) -> StoreError {
    let (AnyConnection::Sqlite(c), StoreError::Missing(FOREIGN_KEY)) = (conn, &error) else {
        return error;
    };
    match task_rows::table.find(task.get()).select(task_rows::id).get_result::<i64>(c).optional() {
        Ok(Some(_)) => StoreError::Missing("comments.author"),
        Ok(None) => StoreError::Missing("comments.task"),
        Err(_) => error,
    }
}

fn page_of(
    conn: &mut AnyConnection,
    task: TaskId,
    page: &PageRequest,
) -> Result<Page<Comment>, StoreError> {
    let keys = Keys::fixed(COMMENT_ORDER, &[CREATED_AT]);
    let mut statement: Statement<'_, table::SqlType> = Statement::new();
    statement.sql("SELECT ").sql(CommentRow::COLUMNS).sql(" FROM task_comments WHERE task_id = ");
    statement.number(task.get());
    keys.finish(&mut statement, page, conn.dialect())?;
    let rows: Vec<CommentRow> = on!(conn, |c| statement.load(c)).doing("comments.list")?;
    let at = |comment: &Comment| {
        (vec![SortValue::Number(comment.created_at.micros())], comment.id.get())
    };
    list::page(&keys, all(rows)?, page, at, || {
        let of = table::table.filter(table::task_id.eq(task.get()));
        on!(conn, |c| of.count().get_result::<i64>(c)).doing("comments.list: total").map(count)
    })
}

impl CommentStore for DieselTx {
    fn insert(&mut self, comment: &NewComment) -> Result<Comment, StoreError> {
        self.writing(|tx| {
            let conn = &mut tx.conn;
            let NewComment { task, author, content, created_at } = comment;
            let at = created_at.micros();
            let id = on!(conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::task_id.eq(task.get()),
                        table::user_id.eq(author.get()),
                        table::content.eq(content.as_str()),
                        table::created_at.eq(at),
                        table::updated_at.eq(at),
                        table::version.eq(1),
                    ))
                    .returning(table::id)
                    .get_result::<i64>(c)
            })
            .doing("comments.insert")
            .map_err(|error| what_is_missing(conn, error, *task))?;
            Ok(comment.stored(CommentId::parse(id).map_err(unwritable)?))
        })
    }

    fn get(&mut self, task: TaskId, id: CommentId) -> Result<Option<Comment>, StoreError> {
        self.reading(|conn| {
            let row: Option<CommentRow> = on!(conn, |c| {
                table::table
                    .find(id.get())
                    .filter(table::task_id.eq(task.get()))
                    .get_result(c)
                    .optional()
            })
            .doing("comments.get")?;
            one(row)
        })
    }

    fn save(&mut self, comment: &mut Comment) -> Result<(), StoreError> {
        self.writing(|tx| {
            // The author and the time of writing stay as they are.
            let Comment { id, task, author: _, content, created_at: _, updated_at, version } =
                &*comment;
            let row = table::table
                .find(id.get())
                .filter(table::task_id.eq(task.get()))
                .filter(table::version.eq(*version));
            let changed = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((
                        table::content.eq(content.as_str()),
                        table::updated_at.eq(updated_at.micros()),
                        table::version.eq(table::version + 1),
                    ))
                    .execute(c)
            })
            .doing("comments.save")?;
            if changed == 0 {
                return Err(StoreError::Stale);
            }
            comment.version += 1;
            Ok(())
        })
    }

    fn remove(&mut self, task: TaskId, id: CommentId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get()).filter(table::task_id.eq(task.get()));
            let gone =
                on!(&mut tx.conn, |c| diesel::delete(row).execute(c)).doing("comments.remove")?;
            Ok(gone > 0)
        })
    }

    fn list(&mut self, task: TaskId, page: &PageRequest) -> Result<Page<Comment>, StoreError> {
        self.reading(|conn| page_of(conn, task, page))
    }

    fn of_author(
        &mut self,
        author: UserId,
        after: Option<CommentId>,
        limit: u32,
    ) -> Result<Vec<Comment>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<CommentRow> = on!(conn, |c| {
                table::table
                    .filter(table::user_id.eq(author.get()))
                    .filter(table::id.gt(after.map_or(0, CommentId::get)))
                    .order(table::id.asc())
                    .limit(limit.into())
                    .load(c)
            })
            .doing("comments.of_author")?;
            all(rows)
        })
    }
}

impl People for DieselTx {
    fn is_active(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.has_active_account(user)
    }
}
