//! Lists of tasks.
//!
//! "What I own or am assigned to" is asked as two halves, each of which an index gives in the
//! asked order; the engine merges them and stops at the limit. As one condition joined by OR,
//! every row of the person would be fetched and sorted for each page.

use diesel::{prelude::*, sql_types::BigInt};
use kernel::{Page, PageRequest, Paging, SortKey, StoreError, UserId, page::order_text};
use tasks::{
    Task,
    query::{DEFAULT_ORDER, TaskFilter, TaskSort, Visibility},
    values::Status,
};

use super::rows::{TaskRow, tasks as table};
use crate::{
    columns::count,
    common::search_index::{Reach::Insides, fts, tsquery},
    constraint::Attempt,
    db::{AnyConnection, Dialect, on},
    list::{self, Column, Holds, Keys, limit},
    row::{Row as _, all},
    statement::Statement,
};

const fn column(field: TaskSort) -> Column {
    let (name, holds) = match field {
        TaskSort::CreatedAt => ("created_at", Holds::Number),
        TaskSort::UpdatedAt => ("updated_at", Holds::Number),
        TaskSort::DueDate => ("due", Holds::NumberOrNothing),
        TaskSort::Priority => ("priority", Holds::Number),
        TaskSort::Status => ("status", Holds::Number),
        TaskSort::Title => ("title", Holds::Text),
        TaskSort::Id => ("id", Holds::Number),
    };
    Column { name, holds }
}

/// A half of what is in sight, as a condition that an index answers.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    All,
    Owned(UserId),
    /// By others.
    Assigned(UserId),
}

impl Scope {
    pub(super) const fn both(visible: Visibility) -> (Self, Option<Self>) {
        match visible {
            Visibility::All => (Self::All, None),
            Visibility::Of(user) => (Self::Owned(user), Some(Self::Assigned(user))),
        }
    }

    /// ` WHERE …`: live and in sight.
    pub(super) fn condition<ST>(self, statement: &mut Statement<'_, ST>) {
        statement.sql(" WHERE deleted_at IS NULL");
        match self {
            Self::All => {}
            Self::Owned(user) => {
                statement.sql(" AND user_id = ").number(user.get());
            }
            Self::Assigned(user) => {
                statement.sql(" AND assignee_id = ").number(user.get());
                statement.sql(" AND user_id <> ").number(user.get());
            }
        }
    }
}

/// What a page is made from.
struct Listing<'a> {
    filter: &'a TaskFilter,
    keys: Keys,
    page: &'a PageRequest,
    dialect: Dialect,
    /// True when few texts of this kind exist, so that they are kept prepared.
    common: bool,
}

impl<'a> Listing<'a> {
    fn statement<ST>(&self) -> Statement<'a, ST> {
        let mut statement = Statement::new();
        if !self.common {
            statement.not_kept();
        }
        statement
    }

    /// ` AND …` for every field that is set.
    fn conditions<ST>(&self, statement: &mut Statement<'a, ST>) {
        let filter = self.filter;
        if let Some(status) = filter.status {
            statement.sql(" AND status = ").number(status.rank().into());
        }
        if let Some(priority) = filter.priority {
            statement.sql(" AND priority = ").number(priority.rank().into());
        }
        if let Some(user) = filter.assignee {
            statement.sql(" AND assignee_id = ").number(user.get());
        }
        if let Some(user) = filter.owner {
            statement.sql(" AND user_id = ").number(user.get());
        }
        if let Some(tag) = &filter.tag {
            // One person's tasks are looked through one by one; everybody's are fetched by label.
            match filter.visible {
                Visibility::Of(_) => statement.sql(
                    " AND EXISTS (SELECT 1 FROM task_tags WHERE task_id = tasks.id AND tag = ",
                ),
                Visibility::All => {
                    statement.sql(" AND id IN (SELECT task_id FROM task_tags WHERE tag = ")
                }
            };
            statement.text(tag.as_str()).sql(")");
        }
        if let Some(query) = &filter.text {
            match self.dialect {
                Dialect::Sqlite => {
                    statement
                        .sql(" AND id IN (SELECT rowid FROM tasks_words WHERE tasks_words MATCH ");
                    statement.text(fts(query, Insides)).sql(")");
                }
                Dialect::Postgres => {
                    statement.sql(" AND words @@ CAST(");
                    statement.text(tsquery(query, Insides)).sql(" AS tsquery)");
                }
            }
        }
        // With the `+` SQLite stays in `tasks_created_live`. By `tasks_due_live` it would read the rows of
        // all that is due, because it knows no figures.
        let due = match (self.dialect, filter.visible) {
            (Dialect::Sqlite, Visibility::All) => " AND +due",
            _ => " AND due",
        };
        if let Some(moment) = filter.due_before {
            statement.sql(due).sql(" < ").number(moment.micros());
        }
        if let Some(moment) = filter.due_after {
            statement.sql(due).sql(" > ").number(moment.micros());
        }
        if let Some(overdue) = filter.overdue {
            let (now, done) = (filter.now.micros(), Status::Completed.rank());
            if overdue {
                statement.sql(due).sql(" < ").number(now);
                statement.sql(" AND status <> ").number(done.into());
            } else {
                statement.sql(" AND (due IS NULL OR due >= ").number(now);
                statement.sql(" OR status = ").number(done.into()).sql(")");
            }
        }
    }

    fn scope(
        &self,
        statement: &mut Statement<'a, table::SqlType>,
        scope: Scope,
    ) -> Result<(), StoreError> {
        statement.sql("SELECT ").sql(TaskRow::COLUMNS).sql(" FROM tasks");
        self.within(statement, scope)
    }

    /// ` WHERE …`: what is in this scope, passes the filter and comes after the cursor.
    fn within<ST>(
        &self,
        statement: &mut Statement<'a, ST>,
        scope: Scope,
    ) -> Result<(), StoreError> {
        scope.condition(statement);
        self.conditions(statement);
        if let Paging::Cursor(Some(cursor)) = &self.page.paging {
            self.keys.after(statement, cursor)?;
        }
        Ok(())
    }

    fn rows(&self, conn: &mut AnyConnection) -> Result<Vec<TaskRow>, StoreError> {
        let mut statement = self.statement();
        match Scope::both(self.filter.visible) {
            (only, None) if self.dialect == Dialect::Sqlite => {
                self.ids_first(&mut statement, only)?;
                return on!(conn, |c| statement.load(c)).doing("tasks.list");
            }
            (only, None) => self.scope(&mut statement, only)?,
            (first, Some(second)) => {
                self.part(&mut statement, first)?;
                statement.sql(" UNION ALL ");
                self.part(&mut statement, second)?;
            }
        }
        self.keys.order(&mut statement, self.dialect);
        limit(&mut statement, self.page);
        on!(conn, |c| statement.load(c)).doing("tasks.list")
    }

    /// Everybody's tasks on SQLite: the ids of the page, then only its rows. `tasks_created_live` has
    /// every column that a filter or an order asks for but two, and over 200 000 tasks it takes 10 ms
    /// where their rows take 200 to 300.
    fn ids_first<ST>(
        &self,
        statement: &mut Statement<'a, ST>,
        scope: Scope,
    ) -> Result<(), StoreError> {
        statement.sql("SELECT ").sql(TaskRow::COLUMNS);
        statement.sql(" FROM tasks WHERE id IN (SELECT id FROM tasks");
        statement.sql(self.way());
        self.within(statement, scope)?;
        self.keys.order(statement, self.dialect);
        limit(statement, self.page);
        statement.sql(")");
        self.keys.order(statement, self.dialect);
        Ok(())
    }

    /// How SQLite, which has no figures of its own, is to find the ids of [`Self::ids_first`].
    fn way(&self) -> &'static str {
        let filter = self.filter;
        let narrowed = filter.owner.is_some()
            || filter.assignee.is_some()
            || filter.tag.is_some()
            || filter.text.is_some();
        let sorts = |fields: &[TaskSort]| {
            fields.iter().any(|field| self.keys.names().any(|name| name == column(*field).name))
        };
        if narrowed || sorts(&[TaskSort::Id]) {
            ""
        } else if sorts(&[TaskSort::Title, TaskSort::UpdatedAt]) {
            // No index has them: all rows, in the order in which they are stored.
            " NOT INDEXED"
        } else {
            " INDEXED BY tasks_created_live"
        }
    }

    /// One of two halves. SQLite merges them as they are; PostgreSQL would rather fetch and sort
    /// them whole, unless each says how much of it can be needed at most.
    fn part(
        &self,
        statement: &mut Statement<'a, table::SqlType>,
        scope: Scope,
    ) -> Result<(), StoreError> {
        if self.dialect == Dialect::Sqlite {
            return self.scope(statement, scope);
        }
        statement.sql("(");
        self.scope(statement, scope)?;
        self.keys.order(statement, self.dialect);
        let most = i64::from(self.page.offset()) + i64::from(self.page.limit) + 1;
        statement.sql(" LIMIT ").number(most).sql(")");
        Ok(())
    }

    fn total(&self, conn: &mut AnyConnection) -> Result<u64, StoreError> {
        let mut statement: Statement<'a, BigInt> = self.statement();
        let (first, second) = Scope::both(self.filter.visible);
        list::count_rows(&mut statement, |statement| {
            statement.sql(" FROM tasks");
            first.condition(statement);
            self.conditions(statement);
            if let Some(second) = second {
                statement.sql(" UNION ALL SELECT 1 FROM tasks");
                second.condition(statement);
                self.conditions(statement);
            }
        });
        on!(conn, |c| statement.get_result::<i64>(c)).doing("tasks.list: total").map(count)
    }
}

/// What a connection keeps prepared must not grow with what clients think of: kept are lists by
/// one key without a filter, and lists by the usual key with one.
fn is_common(filter: &TaskFilter, order: &[SortKey<TaskSort>]) -> bool {
    let set = [
        filter.status.is_some(),
        filter.priority.is_some(),
        filter.assignee.is_some(),
        filter.owner.is_some(),
        filter.tag.is_some(),
        filter.text.is_some(),
        filter.due_before.is_some(),
        filter.due_after.is_some(),
        filter.overdue.is_some(),
    ];
    match set.into_iter().filter(|set| *set).count() {
        0 => order.len() <= 1,
        1 => order == DEFAULT_ORDER,
        _ => false,
    }
}

pub(super) fn list(
    conn: &mut AnyConnection,
    filter: &TaskFilter,
    order: &[SortKey<TaskSort>],
    page: &PageRequest,
) -> Result<Page<Task>, StoreError> {
    let listing = Listing {
        filter,
        keys: Keys::new(order, order_text(order, &TaskSort::ALL), column),
        page,
        dialect: conn.dialect(),
        common: is_common(filter, order),
    };
    let items: Vec<Task> = all(listing.rows(conn)?)?;
    let at = |task: &Task| {
        (order.iter().map(|key| key.field.sort_value(task)).collect::<Vec<_>>(), task.id.get())
    };
    list::page(&listing.keys, items, page, at, || listing.total(conn))
}

#[cfg(test)]
mod tests {
    use diesel::{
        Connection, SqliteConnection,
        sql_types::{Integer, Text},
    };
    use kernel::{Timestamp, page::Direction};
    use tasks::values::Priority;

    use super::*;

    /// How SQLite answers an administrator's list: its plan, one step a line.
    fn plan(
        conn: &mut SqliteConnection,
        filter: &TaskFilter,
        order: &[SortKey<TaskSort>],
    ) -> String {
        let page = PageRequest { paging: Paging::Number(1), limit: 20 };
        let keys = Keys::new(order, order_text(order, &TaskSort::ALL), column);
        let listing =
            Listing { filter, keys, page: &page, dialect: Dialect::Sqlite, common: false };
        let mut statement: Statement<'_, (Integer, Integer, Integer, Text)> = listing.statement();
        statement.sql("EXPLAIN QUERY PLAN ");
        listing.ids_first(&mut statement, Scope::All).expect("a statement");
        let steps: Vec<(i32, i32, i32, String)> = statement.load(conn).expect("a plan");
        steps.into_iter().map(|step| step.3 + "\n").collect()
    }

    #[test]
    fn lists_of_all_tasks_read_the_rows_of_one_page() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("alveole.db");
        crate::migrate::up(&format!("sqlite://{}", path.display()), &[]).expect("a schema");
        let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a connection");
        let now = Timestamp::from_micros(1_800_000_000_000_000).expect("a moment");
        let all = TaskFilter::all(Visibility::All, now);
        let filters = [
            all.clone(),
            TaskFilter {
                status: Some(Status::Completed),
                priority: Some(Priority::High),
                ..all.clone()
            },
            TaskFilter { overdue: Some(false), ..all.clone() },
            TaskFilter { overdue: Some(true), status: Some(Status::InProgress), ..all.clone() },
            TaskFilter { due_before: Some(now), ..all.clone() },
        ];
        for filter in &filters {
            for (_, field) in TaskSort::ALL {
                let plan =
                    plan(&mut conn, filter, &[SortKey { field, direction: Direction::Ascending }]);
                let stored = [TaskSort::Title, TaskSort::UpdatedAt, TaskSort::Id].contains(&field);
                let covered = plan.contains("COVERING INDEX tasks_created_live");
                assert!(covered || stored, "by {field:?}: {plan}");
            }
        }
    }
}
