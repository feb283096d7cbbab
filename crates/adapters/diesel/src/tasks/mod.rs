//! `TaskStore`. The lists are in [`list`], the counting is in [`count`], `CommentStore` and `People`
//! in [`comments`].

mod comments;
pub(crate) mod constraints;
mod count;
mod list;
pub(crate) mod rows;

use diesel::prelude::*;
use kernel::{Page, PageRequest, SortKey, StoreError, Timestamp, UserId};
use tasks::{
    Task, TaskId, TaskStore,
    query::{Agenda, TaskCounts, TaskFilter, TaskInterval, TaskSort, Visibility, searched},
    record::tags_json,
    task::{NewTask, Reminder},
    values::{Description, Tags, Title},
};

use self::rows::{TaskRow, tasks as table};
use crate::{
    columns::unwritable,
    common::{
        search_index::{Index, joined},
        search_words::{Searched, behind},
    },
    constraint::{Attempt, FOREIGN_KEY},
    db::{AnyConnection, Dialect, by_engine, locking, on},
    row::{Row as _, all, one},
    schema::{task_tags, users as accounts},
    statement::Statement,
    uow::DieselTx,
};

pub(crate) const SEARCHED: Searched = Searched { table: TaskRow::TABLE, renew };

/// Cuts the words of the next tasks again.
fn renew(tx: &mut DieselTx, after: i64) -> Result<Option<i64>, StoreError> {
    let rows = behind!(tx, TaskRow, table::SqlType, TaskRow::COLUMNS, TaskRow::TABLE, after)?;
    let tasks: Vec<Task> = all(rows)?;
    for task in &tasks {
        tx.write_task_words(task.id.get(), search_text(&task.title, &task.description))?;
    }
    Ok(tasks.last().map(|task| task.id.get()))
}

fn search_text(title: &Title, description: &Description) -> String {
    joined(&searched(title, description))
}

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::micros)
}

/// SQLite does not say whose row is missing (T3).
fn who_is_missing(conn: &mut AnyConnection, error: StoreError, owner: UserId) -> StoreError {
    let (AnyConnection::Sqlite(c), StoreError::Missing(FOREIGN_KEY)) = (conn, &error) else {
        return error;
    };
    let found =
        accounts::table.find(owner.get()).select(accounts::id).get_result::<i64>(c).optional();
    match found {
        Ok(Some(_)) => StoreError::Missing("tasks.assignee"),
        Ok(None) => StoreError::Missing("tasks.owner"),
        Err(_) => error,
    }
}

fn add_tags(conn: &mut AnyConnection, id: i64, tags: &Tags) -> Result<(), StoreError> {
    for tag in tags.as_slice() {
        on!(conn, |c| {
            diesel::insert_into(task_tags::table)
                .values((task_tags::task_id.eq(id), task_tags::tag.eq(tag.as_str())))
                .execute(c)
        })
        .doing("tasks.add_tags")?;
    }
    Ok(())
}

/// An index, and what is in it, word for word.
type Said = (&'static str, &'static str);
/// Of whose due time nothing was said.
const NOTHING_SAID: Said = ("tasks_to_remind", "reminded_of IS DISTINCT FROM due");
/// Of whose due time it was said that it comes soon.
const SOON_SAID: Said = ("tasks_reminded", "reminded_of = due AND reminded = 0");

/// Locked rows that are due before a moment, those that are due first.
fn to_remind(
    conn: &mut AnyConnection,
    (index, said): Said,
    before: i64,
    limit: u32,
) -> Result<Vec<TaskRow>, StoreError> {
    let mut ask: Statement<'_, table::SqlType> = Statement::new();
    ask.sql("SELECT ").sql(TaskRow::COLUMNS).sql(" FROM tasks");
    if conn.dialect() == Dialect::Sqlite {
        // Left alone it prefers the index of every due time, and reads all that is overdue.
        ask.sql(" INDEXED BY ").sql(index);
    }
    ask.sql(" WHERE deleted_at IS NULL AND status < 2 AND due IS NOT NULL AND ")
        .sql(said)
        .sql(" AND due < ")
        .number(before);
    ask.sql(" ORDER BY due, id LIMIT ").number(limit.into());
    if conn.dialect() == Dialect::Postgres {
        // Those that another process has just locked are its own.
        ask.sql(" FOR UPDATE SKIP LOCKED");
    }
    on!(conn, |c| ask.load(c)).doing("tasks.to_remind")
}

impl DieselTx {
    fn insert_task(&mut self, new: &NewTask) -> Result<Task, StoreError> {
        let conn = &mut self.conn;
        let NewTask {
            title,
            description,
            status,
            priority,
            due,
            owner,
            assignee,
            tags,
            completed_at,
            created_at,
        } = new;
        let words = search_text(title, description);
        let kept_tags = tags_json(tags);
        let created_at = created_at.micros();
        let mut insert: Statement<'_, diesel::sql_types::BigInt> = Statement::new();
        insert.sql(
            "INSERT INTO tasks (title, description, status, priority, due, user_id, \
             assignee_id, tags, completed_at, created_at, updated_at, version",
        );
        if conn.dialect() == Dialect::Postgres {
            insert.sql(", words");
        }
        insert.sql(") VALUES (").text(title.as_str());
        insert.sql(", ").text(description.as_str());
        insert.sql(", ").number(status.rank().into());
        insert.sql(", ").number(priority.rank().into());
        insert.sql(", ").maybe(micros(*due));
        insert.sql(", ").number(owner.get());
        insert.sql(", ").maybe(assignee.map(UserId::get));
        insert.sql(", ").text(kept_tags.as_str());
        insert.sql(", ").maybe(micros(*completed_at));
        insert.sql(", ").number(created_at);
        insert.sql(", ").number(created_at).sql(", 1");
        if conn.dialect() == Dialect::Postgres {
            insert.sql(", array_to_tsvector(string_to_array(").text(words.as_str()).sql(", ' '))");
        }
        insert.sql(") RETURNING id");
        let id = on!(conn, |c| insert.get_result::<i64>(c))
            .doing("tasks.insert")
            .map_err(|error| who_is_missing(conn, error, *owner))?;
        add_tags(conn, id, tags)?;
        if conn.dialect() == Dialect::Sqlite {
            self.terms.add(Index::Tasks, id, (words, String::new()));
        }
        Ok(new.stored(TaskId::parse(id).map_err(unwritable)?))
    }

    fn save_task(&mut self, task: &mut Task) -> Result<(), StoreError> {
        let conn = &mut self.conn;
        let Task {
            id,
            title,
            description,
            status,
            priority,
            due,
            owner,
            assignee,
            tags,
            completed_at,
            created_at,
            updated_at,
            deleted_at,
            version,
        } = &*task;
        let id = id.get();
        let row = table::table.find(id).filter(table::version.eq(*version));
        let stored = on!(conn, |c| {
            row.select((table::title, table::description, table::tags))
                .get_result::<(String, String, String)>(c)
                .optional()
        })
        .doing("tasks.save: before")?;
        let (old_title, old_description, old_tags) = stored.ok_or(StoreError::Stale)?;
        let kept_tags = tags_json(tags);
        let changed = on!(conn, |c| {
            diesel::update(row)
                .set((
                    table::title.eq(title.as_str()),
                    table::description.eq(description.as_str()),
                    table::status.eq(status.rank()),
                    table::priority.eq(priority.rank()),
                    table::due.eq(micros(*due)),
                    table::user_id.eq(owner.get()),
                    table::assignee_id.eq(assignee.map(UserId::get)),
                    table::tags.eq(kept_tags.as_str()),
                    table::completed_at.eq(micros(*completed_at)),
                    table::created_at.eq(created_at.micros()),
                    table::updated_at.eq(updated_at.micros()),
                    table::deleted_at.eq(micros(*deleted_at)),
                    table::version.eq(table::version + 1),
                ))
                .execute(c)
        })
        .doing("tasks.save")
        .map_err(|error| who_is_missing(conn, error, *owner))?;
        if changed == 0 {
            return Err(StoreError::Stale);
        }
        if old_tags != kept_tags {
            on!(conn, |c| {
                diesel::delete(task_tags::table.filter(task_tags::task_id.eq(id))).execute(c)
            })
            .doing("tasks.save: tags")?;
            add_tags(conn, id, tags)?;
        }
        if old_title != title.as_str() || old_description != description.as_str() {
            self.write_task_words(id, search_text(title, description))?;
        }
        task.version += 1;
        Ok(())
    }

    /// What an existing task is found by from now on.
    fn write_task_words(&mut self, id: i64, words: String) -> Result<(), StoreError> {
        by_engine!(
            &mut self.conn,
            |_| self.terms.replace(Index::Tasks, id, (words, String::new())),
            |c| {
                let mut update: Statement = Statement::new();
                update.sql("UPDATE tasks SET words = array_to_tsvector(string_to_array(");
                update.text(words).sql(", ' ')) WHERE id = ").number(id);
                update.execute(&mut **c).doing("tasks.save: search index")?;
            }
        );
        Ok(())
    }

    fn purge_tasks(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut delete: Statement<'_, diesel::sql_types::BigInt> = Statement::new();
        delete.sql("DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE deleted_at < ");
        delete.number(before.micros()).sql(" ORDER BY deleted_at, id LIMIT ");
        delete.number(limit.into()).sql(") RETURNING id");
        let gone: Vec<i64> = on!(&mut self.conn, |c| delete.load(c)).doing("tasks.purge")?;
        if self.conn.dialect() == Dialect::Sqlite {
            for id in &gone {
                self.terms.remove(Index::Tasks, *id);
            }
        }
        Ok(gone.len() as u64)
    }
}

impl TaskStore for DieselTx {
    fn insert(&mut self, task: &NewTask) -> Result<Task, StoreError> {
        self.writing(|tx| tx.insert_task(task))
    }

    fn get(&mut self, id: TaskId) -> Result<Option<Task>, StoreError> {
        self.reading(|conn| {
            one(on!(conn, |c| {
                table::table
                    .find(id.get())
                    .filter(table::deleted_at.is_null())
                    .get_result::<TaskRow>(c)
                    .optional()
            })
            .doing("tasks.get")?)
        })
    }

    fn get_deleted(&mut self, id: TaskId) -> Result<Option<Task>, StoreError> {
        self.reading(|conn| {
            one(on!(conn, |c| {
                table::table
                    .find(id.get())
                    .filter(table::deleted_at.is_not_null())
                    .get_result::<TaskRow>(c)
                    .optional()
            })
            .doing("tasks.get_deleted")?)
        })
    }

    fn lock(&mut self, id: TaskId) -> Result<Option<Task>, StoreError> {
        self.reading(|conn| {
            let query = table::table.find(id.get());
            one(locking!(conn, query, |c| query.get_result::<TaskRow>(c).optional())
                .doing("tasks.lock")?)
        })
    }

    fn save(&mut self, task: &mut Task) -> Result<(), StoreError> {
        self.writing(|tx| tx.save_task(task))
    }

    fn list(
        &mut self,
        filter: &TaskFilter,
        order: &[SortKey<TaskSort>],
        page: &PageRequest,
    ) -> Result<Page<Task>, StoreError> {
        if filter.text.is_some() {
            self.flush_search_index()?;
        }
        self.reading(|conn| list::list(conn, filter, order, page))
    }

    fn counts(&mut self, visible: Visibility, now: Timestamp) -> Result<TaskCounts, StoreError> {
        self.reading(|conn| count::counts(conn, visible, now))
    }

    fn intervals(
        &mut self,
        visible: Visibility,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<TaskInterval>, StoreError> {
        self.reading(|conn| count::intervals(conn, visible, from, to))
    }

    fn agenda(
        &mut self,
        person: UserId,
        now: Timestamp,
        end: Timestamp,
        since: Timestamp,
    ) -> Result<Agenda, StoreError> {
        self.reading(|conn| count::agenda(conn, person, now, end, since))
    }

    fn purge(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| tx.purge_tasks(before, limit))
    }

    fn to_remind(
        &mut self,
        now: Timestamp,
        soon: Timestamp,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        self.reading(|conn| {
            let mut found = to_remind(conn, NOTHING_SAID, soon.micros().saturating_add(1), limit)?;
            let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(limit));
            if left > 0 {
                found.extend(to_remind(conn, SOON_SAID, now.micros(), left)?);
            }
            all(found)
        })
    }

    fn reminded(&mut self, task: &Task, said: Reminder) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(task.id.get());
            let said =
                (table::reminded_of.eq(micros(task.due)), table::reminded.eq(Some(said.rank())));
            on!(&mut tx.conn, |c| diesel::update(row).set(said).execute(c))
                .doing("tasks.reminded")
                .map(drop)
        })
    }

    fn forget_user(&mut self, user: UserId, now: Timestamp) -> Result<Vec<Task>, StoreError> {
        self.writing(|tx| {
            let (id, now) = (user.get(), now.micros());
            let live = table::deleted_at.is_null();
            let owned: Vec<TaskRow> = on!(&mut tx.conn, |c| {
                diesel::update(table::table.filter(table::user_id.eq(id)).filter(live))
                    .set((
                        table::deleted_at.eq(now),
                        table::updated_at.eq(now),
                        table::version.eq(table::version + 1),
                    ))
                    .returning(table::all_columns)
                    .get_results(c)
            })
            .doing("tasks.forget_user: owned")?;
            let assigned: Vec<TaskRow> = on!(&mut tx.conn, |c| {
                diesel::update(table::table.filter(table::assignee_id.eq(id)).filter(live))
                    .set((
                        table::assignee_id.eq(None::<i64>),
                        table::updated_at.eq(now),
                        table::version.eq(table::version + 1),
                    ))
                    .returning(table::all_columns)
                    .get_results(c)
            })
            .doing("tasks.forget_user: assigned")?;
            all(owned.into_iter().chain(assigned).collect())
        })
    }
}
