//! `ActivityStore`.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable},
};
use kernel::{Role, StoreError, Timestamp, UserId};
use users::{
    ActivityStore,
    inactivity::{ActivityCounts, Place, Stage, Standing},
    values::{Provider, Status},
};

use crate::{
    columns::{RowRef, count, rank, role_rank},
    constraint::Attempt,
    db::{Dialect, on},
    schema::users as table,
    statement::Statement,
    uow::DieselTx,
};

/// The index of a stage, the column that it is by, and the condition that only it has. Word for word, and
/// without bound values: SQLite takes a partial index only when the query repeats its condition.
const fn index(stage: Stage) -> (&'static str, &'static str, &'static str) {
    match stage {
        Stage::Idle => ("users_idle", "active_at", "closing_at IS NULL"),
        Stage::Warned => ("users_warned", "closing_at", "closing_at IS NOT NULL"),
    }
}

/// The accounts of one stage.
fn unused(
    dialect: Dialect,
    stage: Stage,
    until: Timestamp,
    after: Option<Place>,
    limit: u32,
) -> Statement<'static, (BigInt, BigInt)> {
    let (index, column, condition) = index(stage);
    let mut ask = Statement::new();
    ask.sql(format!("SELECT {column}, id FROM users"));
    if dialect == Dialect::Sqlite {
        // Left alone it may prefer the index of a role, and read every account.
        ask.sql(format!(" INDEXED BY {index}"));
    }
    ask.sql(format!(
        " WHERE deleted_at IS NULL AND purge_at IS NULL AND role = {} AND status = {} \
         AND provider <> {} AND email_verified AND {condition}",
        role_rank(Role::User),
        rank(&Status::ALL, &Status::Active),
        rank(&Provider::ALL, &Provider::Service),
    ));
    ask.sql(format!(" AND {column} <= ")).number(until.micros());
    if let Some(Place { at, id }) = after {
        ask.sql(format!(" AND ({column}, id) > (")).number(at.micros());
        ask.sql(", ").number(id.get()).sql(")");
    }
    ask.sql(" AND NOT EXISTS (SELECT 1 FROM user_roles WHERE user_id = users.id)");
    ask.sql(format!(" ORDER BY {column}, id LIMIT ")).number(limit.into());
    ask
}

impl ActivityStore for DieselTx {
    fn note(&mut self, id: UserId, at: Timestamp, since: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let is_news = table::active_at.lt(since.micros()).or(table::closing_at.is_not_null());
            let row = table::table.find(id.get()).filter(table::deleted_at.is_null());
            let noted = on!(&mut tx.conn, |c| {
                diesel::update(row.filter(is_news))
                    .set((table::active_at.eq(at.micros()), table::closing_at.eq(None::<i64>)))
                    .execute(c)
            })
            .doing("activity.note")?;
            Ok(noted > 0)
        })
    }

    fn announce(&mut self, id: UserId, closing_at: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get()).filter(table::deleted_at.is_null());
            on!(&mut tx.conn, |c| {
                diesel::update(row).set(table::closing_at.eq(closing_at.micros())).execute(c)
            })
            .doing("activity.announce")?;
            Ok(())
        })
    }

    fn standing(&mut self, id: UserId) -> Result<Option<Standing>, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, (BigInt, Nullable<BigInt>, BigInt)> = Statement::new();
            ask.sql(
                "SELECT active_at, closing_at, \
                 (SELECT count(*) FROM user_roles WHERE user_id = users.id) \
                 FROM users WHERE deleted_at IS NULL AND id = ",
            )
            .number(id.get());
            let found: Option<(i64, Option<i64>, i64)> =
                on!(conn, |c| ask.get_result(c).optional()).doing("activity.standing")?;
            let Some((active_at, closing_at, roles)) = found else { return Ok(None) };
            let at = RowRef::new("users", id.get());
            Ok(Some(Standing {
                active_at: at.moment("active_at", active_at)?,
                closing_at: at.maybe_moment("closing_at", closing_at)?,
                has_roles: roles > 0,
            }))
        })
    }

    fn unused(
        &mut self,
        stage: Stage,
        until: Timestamp,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<Place>, StoreError> {
        self.reading(|conn| {
            let ask = unused(conn.dialect(), stage, until, after, limit);
            let rows: Vec<(i64, i64)> = on!(conn, |c| ask.load(c)).doing("activity.unused")?;
            let place = |(at, id): (i64, i64)| {
                let row = RowRef::new("users", id);
                Ok(Place { at: row.moment(index(stage).1, at)?, id: row.user("id", id)? })
            };
            rows.into_iter().map(place).collect()
        })
    }

    fn counts(&mut self, since: Timestamp, most: u32) -> Result<ActivityCounts, StoreError> {
        self.reading(|conn| {
            let mut of = |column: &'static str| {
                let mut ask: Statement<'_, BigInt> = Statement::new();
                ask.sql("SELECT count(*) FROM (SELECT 1 FROM users WHERE deleted_at IS NULL AND ");
                ask.sql(column).sql(" >= ").number(since.micros());
                ask.sql(" LIMIT ").number(most.into()).sql(") AS found");
                let counted: Result<i64, StoreError> =
                    on!(&mut *conn, |c| ask.get_result(c)).doing("activity.counts");
                counted.map(count)
            };
            Ok(ActivityCounts { made: of("created_at")?, active: of("active_at")? })
        })
    }
}
