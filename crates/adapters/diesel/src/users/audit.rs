//! `AuditStore`. Triggers in both databases refuse every change of an entry, and every removal but
//! that of what `audit_head` says was cut off.
//!
//! Entries are gathered and written at the end of the unit, because from then on nobody else can
//! append: the row of `audit_head` is locked (on PostgreSQL; on SQLite there is one writer anyway)
//! until the commit. Locked last, it cannot be a part of a deadlock either.

pub(crate) mod adopt;

use diesel::{
    dsl::max,
    prelude::*,
    sql_types::{BigInt, Binary, Nullable},
};
use kernel::{Act, Acts, Page, PageRequest, Paging, StoreError, Timestamp, UserId};
use users::{
    AuditStore,
    audit::{ACCOUNT, AUDIT_ORDER, Audit, AuditFilter, AuditOutcome, AuditResource, NewAudit},
    chain::{ChainEntry, Ends},
    ports::Cut,
    values::AuditId,
};

use crate::{
    columns::{RowRef, at_rank, count, rank},
    constraint::Attempt,
    db::{AnyConnection, Dialect, locking, on},
    list::{self, Keys},
    schema::{audit as table, audit_head as head},
    statement::Statement,
    uow::DieselTx,
};

/// The columns of [`AuditRow`]. Texts are read as bytes and the outcome as a big number, so that
/// also what nobody could have written is told from what was written.
const fn columns(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "id, at, actor_id, CAST(action AS BLOB), CAST(target_type AS BLOB), target_id, \
             CAST(target_name AS BLOB), outcome, CAST(ip AS BLOB), CAST(request_id AS BLOB), \
             CAST(detail AS BLOB), previous, hash"
        }
        Dialect::Postgres => {
            "id, at, actor_id, convert_to(action, 'UTF8'), convert_to(target_type, 'UTF8'), \
             target_id, convert_to(target_name, 'UTF8'), outcome::BIGINT, convert_to(ip, 'UTF8'), \
             convert_to(request_id, 'UTF8'), convert_to(detail, 'UTF8'), previous, hash"
        }
    }
}

type Row = (
    BigInt,
    BigInt,
    Nullable<BigInt>,
    Binary,
    Nullable<Binary>,
    Nullable<BigInt>,
    Nullable<Binary>,
    BigInt,
    Nullable<Binary>,
    Nullable<Binary>,
    Nullable<Binary>,
    Binary,
    Binary,
);

#[derive(Queryable)]
struct AuditRow {
    id: i64,
    at: i64,
    actor_id: Option<i64>,
    action: Vec<u8>,
    target_type: Option<Vec<u8>>,
    target_id: Option<i64>,
    target_name: Option<Vec<u8>>,
    outcome: i64,
    ip: Option<Vec<u8>>,
    request_id: Option<Vec<u8>>,
    detail: Option<Vec<u8>>,
    previous: Vec<u8>,
    hash: Vec<u8>,
}

impl TryFrom<AuditRow> for Audit {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("audit", row.id);
        let text = |column, raw: Vec<u8>| row_ref.read(column, String::from_utf8(raw));
        let maybe = |column, raw: Option<Vec<u8>>| raw.map(|raw| text(column, raw)).transpose();
        let outcome = i16::try_from(row.outcome).ok();
        let name = maybe("target_name", row.target_name)?;
        let (target, resource) = match maybe("target_type", row.target_type)? {
            Some(kind) => (None, Some(AuditResource { kind, id: row.target_id, name })),
            None if name.is_some() => return Err(row_ref.corrupt("target_name")),
            None => (row_ref.maybe_user("target_id", row.target_id)?, None),
        };
        Ok(Self {
            id: row_ref.read("id", AuditId::parse(row.id))?,
            at: row_ref.moment("at", row.at)?,
            actor: row_ref.maybe_user("actor_id", row.actor_id)?,
            action: text("action", row.action)?,
            target,
            resource,
            outcome: row_ref
                .known("outcome", outcome.and_then(|rank| at_rank(&AuditOutcome::ALL, rank)))?,
            ip: maybe("ip", row.ip)?,
            request_id: maybe("request_id", row.request_id)?,
            detail: maybe("detail", row.detail)?,
            previous: row_ref.bytes32("previous", row.previous)?,
            hash: row_ref.bytes32("hash", row.hash)?,
        })
    }
}

/// A place as it is kept in `audit_head`.
fn link(id: i64, id_column: &'static str, hash: Vec<u8>) -> Result<ChainEntry, StoreError> {
    let row_ref = RowRef::new("audit_head", 1);
    Ok(ChainEntry {
        id: if id >= 0 { id } else { return Err(row_ref.corrupt(id_column)) },
        hash: row_ref.bytes32("hash", hash)?,
    })
}

/// The newest entry; nobody else appends before this transaction ends.
fn lock_head(conn: &mut AnyConnection) -> Result<ChainEntry, StoreError> {
    let ask = head::table.select((head::head_id, head::head_hash));
    let found: Option<(i64, Vec<u8>)> =
        locking!(conn, ask, |conn| ask.get_result(conn).optional()).doing("audit.head")?;
    let (id, hash) = found.ok_or_else(|| StoreError::Internal("audit_head is empty".to_owned()))?;
    link(id, "head_id", hash)
}

impl DieselTx {
    /// Writes down what was appended, as the last thing that a unit does or before it reads.
    pub(crate) fn record(&mut self) -> Result<(), StoreError> {
        if self.entries.is_empty() {
            return Ok(());
        }
        self.writing(|tx| {
            let entries = std::mem::take(&mut tx.entries);
            let mut place = lock_head(&mut tx.conn)?;
            for new in &entries {
                let entry = place
                    .follow(new)
                    .map_err(|_| StoreError::Internal("the audit trail is full".to_owned()))?;
                insert(&mut tx.conn, &entry)?;
                place = ChainEntry::of(&entry);
            }
            on!(&mut tx.conn, |c| {
                diesel::update(head::table)
                    .set((head::head_id.eq(place.id), head::head_hash.eq(&place.hash[..])))
                    .execute(c)
            })
            .doing("audit.head: move")?;
            Ok(())
        })
    }
}

fn insert(conn: &mut AnyConnection, entry: &Audit) -> Result<(), StoreError> {
    let resource = entry.resource.as_ref();
    let target_id = resource.map_or(entry.target.map(UserId::get), |resource| resource.id);
    on!(conn, |c| {
        diesel::insert_into(table::table)
            .values((
                table::id.eq(entry.id.get()),
                table::at.eq(entry.at.micros()),
                table::actor_id.eq(entry.actor.map(UserId::get)),
                table::action.eq(&entry.action),
                table::target_type.eq(resource.map(|resource| resource.kind.as_str())),
                table::target_id.eq(target_id),
                table::target_name.eq(resource.and_then(|resource| resource.name.as_deref())),
                table::outcome.eq(rank(&AuditOutcome::ALL, &entry.outcome)),
                table::ip.eq(entry.ip.as_deref()),
                table::request_id.eq(entry.request_id.as_deref()),
                table::detail.eq(entry.detail.as_deref()),
                table::previous.eq(&entry.previous[..]),
                table::hash.eq(&entry.hash[..]),
            ))
            .execute(c)
    })
    .doing("audit.append")?;
    Ok(())
}

fn conditions<'a, ST>(statement: &mut Statement<'a, ST>, filter: &'a AuditFilter) {
    statement.sql(" FROM audit WHERE 1 = 1");
    if let Some(actor) = filter.actor {
        statement.sql(" AND actor_id = ").number(actor.get());
    }
    if let Some(target) = filter.target {
        statement.sql(" AND target_type IS NULL AND target_id = ").number(target.get());
    }
    match filter.target_type.as_deref() {
        // Accounts have no type in the table: they were all there was.
        Some(ACCOUNT) => {
            statement.sql(" AND target_type IS NULL AND target_id IS NOT NULL");
        }
        Some(kind) => {
            statement.sql(" AND target_type = ").text(kind);
        }
        None => {}
    }
    if let Some(id) = filter.target_id {
        statement.sql(" AND target_id = ").number(id);
    }
    if let Some(name) = &filter.target_name {
        statement.sql(" AND target_name = ").text(name.as_str());
    }
    if let Some(action) = &filter.action {
        statement.sql(" AND action = ").text(action.as_str());
    }
    if let Some(outcome) = filter.outcome {
        statement.sql(" AND outcome = ").number(rank(&AuditOutcome::ALL, &outcome).into());
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
    let keys = Keys::fixed(AUDIT_ORDER, &[]);
    let mut statement: Statement<'_, Row> = Statement::new();
    statement.not_kept().sql("SELECT ").sql(columns(conn.dialect()));
    conditions(&mut statement, filter);
    keys.finish(&mut statement, page, conn.dialect())?;
    let rows: Vec<AuditRow> = on!(conn, |c| statement.load(c)).doing("audit.list")?;
    let items = rows.into_iter().map(Audit::try_from).collect::<Result<_, _>>()?;
    let at = |entry: &Audit| (Vec::new(), entry.id.get());
    list::page(&keys, items, page, at, || {
        let mut total: Statement<'_, diesel::sql_types::BigInt> = Statement::new();
        list::count_rows(total.not_kept(), |total| conditions(total, filter));
        on!(conn, |c| total.get_result::<i64>(c)).doing("audit.list: total").map(count)
    })
}

/// No entry has a NUL in it, and PostgreSQL would not take the question.
fn finds_nothing(filter: &AuditFilter) -> bool {
    let AuditFilter { target_type, target_name, action, .. } = filter;
    [target_type, target_name, action].into_iter().flatten().any(|text| text.contains('\0'))
}

impl Acts for DieselTx {
    fn record_act(&mut self, act: &Act) -> Result<(), StoreError> {
        self.append(&NewAudit::from(act))
    }
}

impl AuditStore for DieselTx {
    fn append(&mut self, entry: &NewAudit) -> Result<(), StoreError> {
        self.writing(|tx| {
            tx.entries.push(entry.clone());
            Ok(())
        })
    }

    fn list(
        &mut self,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<Page<Audit>, StoreError> {
        if finds_nothing(filter) {
            let total = matches!(page.paging, Paging::Number(_)).then_some(0);
            return Ok(Page { items: Vec::new(), total, next: None });
        }
        self.record()?;
        self.reading(|conn| page_of(conn, filter, page))
    }

    fn walk(
        &mut self,
        filter: &AuditFilter,
        after: Option<AuditId>,
        limit: u32,
    ) -> Result<Vec<Audit>, StoreError> {
        if finds_nothing(filter) {
            return Ok(Vec::new());
        }
        self.record()?;
        self.reading(|conn| {
            let mut statement: Statement<'_, Row> = Statement::new();
            statement.not_kept().sql("SELECT ").sql(columns(conn.dialect()));
            conditions(&mut statement, filter);
            if let Some(after) = after {
                statement.sql(" AND id > ").number(after.get());
            }
            statement.sql(" ORDER BY id LIMIT ").number(limit.into());
            let rows: Vec<AuditRow> = on!(conn, |c| statement.load(c)).doing("audit.walk")?;
            rows.into_iter().map(Audit::try_from).collect()
        })
    }

    fn ends(&mut self) -> Result<Option<Ends>, StoreError> {
        type Found = (i64, Vec<u8>, i64, Vec<u8>, Option<i64>);
        self.record()?;
        self.reading(|conn| {
            // One statement, so that it is one moment also where a unit is none.
            let newest = table::table.select(max(table::id)).single_value();
            let ask = head::table.select((
                head::pruned_id,
                head::pruned_hash,
                head::head_id,
                head::head_hash,
                newest,
            ));
            let found: Option<Found> =
                on!(conn, |c| ask.get_result(c).optional()).doing("audit.ends")?;
            let Some((pruned, pruned_hash, head, head_hash, newest)) = found else {
                return Ok(None);
            };
            Ok(Some(Ends {
                pruned: link(pruned, "pruned_id", pruned_hash)?,
                head: link(head, "head_id", head_hash)?,
                newest,
            }))
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<Option<Cut>, StoreError> {
        self.record()?;
        self.writing(|tx| {
            // Who cuts and who appends take turns, and so do two who cut.
            lock_head(&mut tx.conn)?;
            let oldest = table::table
                .select((table::id, table::at, table::hash))
                .order(table::id)
                .limit(limit.into());
            let rows: Vec<(i64, i64, Vec<u8>)> =
                on!(&mut tx.conn, |c| oldest.load(c)).doing("audit.prune: find")?;
            let past = rows.into_iter().take_while(|(_, at, _)| *at < before.micros());
            let Some((number, (id, _, hash))) = past.enumerate().last() else { return Ok(None) };
            let hash = RowRef::new("audit", id).bytes32("hash", hash)?;
            on!(&mut tx.conn, |c| {
                diesel::update(head::table)
                    .set((head::pruned_id.eq(id), head::pruned_hash.eq(&hash[..])))
                    .execute(c)
            })
            .doing("audit.prune: move")?;
            on!(&mut tx.conn, |c| {
                diesel::delete(table::table.filter(table::id.le(id))).execute(c)
            })
            .doing("audit.prune")?;
            Ok(Some(Cut { through: ChainEntry { id, hash }, count: number as u64 + 1 }))
        })
    }
}
