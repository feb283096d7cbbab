//! `AuditStore`. Triggers in both databases refuse every change of an entry.

use diesel::prelude::*;
use kernel::{Page, PageRequest, Paging, StoreError, UserId, page::Direction};
use users::{
    AuditStore,
    audit::{Audit, AuditFilter, NewAudit, Outcome},
    values::AuditId,
};

use crate::{
    columns::{Spot, at_rank, count, rank},
    constraint::Attempt,
    db::{AnyConnection, on},
    list::{Keys, limit},
    schema::audit as table,
    statement::Statement,
    uow::DieselTx,
};

const COLUMNS: &str = "id, at, actor_id, action, target_id, outcome, ip, request_id, detail";

#[derive(Queryable)]
struct AuditRow {
    id: i64,
    at: i64,
    actor_id: Option<i64>,
    action: String,
    target_id: Option<i64>,
    outcome: i16,
    ip: Option<String>,
    request_id: Option<String>,
    detail: Option<String>,
}

impl TryFrom<AuditRow> for Audit {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let spot = Spot::new("audit", row.id);
        Ok(Self {
            id: spot.read("id", AuditId::parse(row.id))?,
            at: spot.moment("at", row.at)?,
            actor: spot.maybe_user("actor_id", row.actor_id)?,
            action: row.action,
            target: spot.maybe_user("target_id", row.target_id)?,
            outcome: spot.known("outcome", at_rank(&Outcome::ALL, row.outcome))?,
            ip: row.ip,
            request_id: row.request_id,
            detail: row.detail,
        })
    }
}

fn conditions<'a, ST>(statement: &mut Statement<'a, ST>, filter: &'a AuditFilter) {
    statement.sql(" FROM audit WHERE 1 = 1");
    if let Some(actor) = filter.actor {
        statement.sql(" AND actor_id = ").number(actor.get());
    }
    if let Some(target) = filter.target {
        statement.sql(" AND target_id = ").number(target.get());
    }
    if let Some(action) = &filter.action {
        statement.sql(" AND action = ").text(action.as_str());
    }
    if let Some(outcome) = filter.outcome {
        statement.sql(" AND outcome = ").number(rank(&Outcome::ALL, &outcome).into());
    }
    if let Some(from) = filter.from {
        statement.sql(" AND at >= ").number(from.micros());
    }
    if let Some(to) = filter.to {
        statement.sql(" AND at < ").number(to.micros());
    }
}

fn page_of(
    conn: &mut AnyConnection,
    filter: &AuditFilter,
    page: &PageRequest,
) -> Result<Page<Audit>, StoreError> {
    let keys = Keys::by_id(Direction::Descending, "-id");
    let mut statement: Statement<'_, table::SqlType> = Statement::new();
    statement.not_kept().sql("SELECT ").sql(COLUMNS);
    conditions(&mut statement, filter);
    if let Paging::Cursor(Some(cursor)) = &page.paging {
        keys.behind(&mut statement, cursor)?;
    }
    keys.order(&mut statement, conn.dialect());
    limit(&mut statement, page);
    let rows: Vec<AuditRow> = on!(conn, |c| statement.load(c)).doing("audit.list")?;
    let items: Result<Vec<Audit>, _> = rows.into_iter().map(Audit::try_from).collect();
    match page.paging {
        Paging::Number(_) => {
            let mut total: Statement<'_, diesel::sql_types::BigInt> = Statement::new();
            total.not_kept().sql("SELECT count(*)");
            conditions(&mut total, filter);
            let total = on!(conn, |c| total.get_result::<i64>(c)).doing("audit.list: total")?;
            Ok(Page { items: items?, total: Some(count(total)), next: None })
        }
        Paging::Cursor(_) => {
            Ok(keys.cut(items?, page, |entry: &Audit| (Vec::new(), entry.id.get())))
        }
    }
}

impl AuditStore for DieselTx {
    fn append(&mut self, entry: &NewAudit) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::at.eq(entry.at.micros()),
                        table::actor_id.eq(entry.actor.map(UserId::get)),
                        table::action.eq(entry.action),
                        table::target_id.eq(entry.target.map(UserId::get)),
                        table::outcome.eq(rank(&Outcome::ALL, &entry.outcome)),
                        table::ip.eq(entry.ip.as_deref()),
                        table::request_id.eq(entry.request_id.as_deref()),
                        table::detail.eq(entry.detail.as_deref()),
                    ))
                    .execute(c)
            })
            .doing("audit.append")?;
            Ok(())
        })
    }

    fn list(
        &mut self,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<Page<Audit>, StoreError> {
        // No entry has a NUL in it, and PostgreSQL would not take the question.
        if filter.action.as_deref().is_some_and(|action| action.contains('\0')) {
            let total = matches!(page.paging, Paging::Number(_)).then_some(0);
            return Ok(Page { items: Vec::new(), total, next: None });
        }
        self.reading(|conn| page_of(conn, filter, page))
    }
}
