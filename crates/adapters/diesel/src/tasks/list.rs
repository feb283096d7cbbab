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

use super::rows::TaskRow;
use crate::{
    columns::count,
    constraint::Attempt,
    db::{AnyConnection, Dialect, on},
    list::{self, Column, Holds, Keys, limit},
    row::{Row as _, all},
    schema::tasks as table,
    search_index::{Reach::Insides, fts, tsquery},
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
        if let Some(moment) = filter.due_before {
            statement.sql(" AND due < ").number(moment.micros());
        }
        if let Some(moment) = filter.due_after {
            statement.sql(" AND due > ").number(moment.micros());
        }
        if let Some(overdue) = filter.overdue {
            let (now, done) = (filter.now.micros(), Status::Completed.rank());
            if overdue {
                statement.sql(" AND due < ").number(now);
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
