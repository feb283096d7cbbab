//! `InboundStore` and `MarkStore`.

mod payments;
mod rows;
mod sources;

use diesel::prelude::*;
use inbound::{
    InboundEvent, InboundEventId, InboundStore, MarkStore, SourceName, State,
    inbox::{Content, Headers, NewInboundEvent},
    ports::Mark,
    query::{Backlog, EVENTS, EventFilter},
    values::{ExternalId, ObjectKey},
};
use kernel::{Page, PageRequest, StoreError, Timestamp};

use self::rows::{
    EventRow, webhook_contents as contents, webhook_inbox as table, webhook_marks as marks,
};
use crate::{
    columns::{RowRef, count, unwritable},
    constraint::Attempt,
    db::{locking, on},
    list::{self, Keys},
    row::{Row as _, all, one},
    statement::Statement,
    uow::DieselTx,
};

/// ` FROM … WHERE …`: the rows of a list.
fn conditions<'a, ST>(statement: &mut Statement<'a, ST>, filter: &'a EventFilter) {
    let EventFilter { source, kind, state } = filter;
    statement.sql(" FROM webhook_inbox WHERE 1 = 1");
    if let Some(source) = source {
        statement.sql(" AND source = ").text(source.as_str());
    }
    if let Some(kind) = kind {
        statement.sql(" AND kind = ").text(kind.as_str());
    }
    if let Some(state) = state {
        statement.sql(" AND state = ").number(state.rank().into());
    }
}

impl InboundStore for DieselTx {
    fn insert(&mut self, new: &NewInboundEvent) -> Result<Option<InboundEvent>, StoreError> {
        self.writing(|tx| {
            let NewInboundEvent {
                source,
                scheme,
                external_id,
                kind,
                object,
                occurred_at,
                received_at,
                state,
                content: Content { headers, body },
            } = new;
            let settled_at = (*state != State::Received).then_some(received_at.micros());
            let id = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::source.eq(source.as_str()),
                        table::scheme.eq(scheme.rank()),
                        table::external_id.eq(external_id.as_str()),
                        table::kind.eq(kind.as_str()),
                        table::object.eq(object.as_ref().map(ObjectKey::as_str)),
                        table::occurred_at.eq(occurred_at.map(Timestamp::micros)),
                        table::received_at.eq(received_at.micros()),
                        table::state.eq(state.rank()),
                        table::settled_at.eq(settled_at),
                    ))
                    .on_conflict((table::source, table::external_id))
                    .do_nothing()
                    .returning(table::id)
                    .get_result::<i64>(c)
                    .optional()
            })
            .doing("webhooks.insert")?;
            let Some(id) = id else { return Ok(None) };
            on!(&mut tx.conn, |c| {
                diesel::insert_into(contents::table)
                    .values((
                        contents::event_id.eq(id),
                        contents::headers.eq(headers.to_json()),
                        contents::body.eq(&body[..]),
                    ))
                    .execute(c)
            })
            .doing("webhooks.insert: content")?;
            Ok(Some(new.stored(InboundEventId::parse(id).map_err(unwritable)?)))
        })
    }

    fn get(&mut self, id: InboundEventId) -> Result<Option<InboundEvent>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get());
            one(on!(conn, |c| row.get_result::<EventRow>(c).optional()).doing("webhooks.get")?)
        })
    }

    fn lock(&mut self, id: InboundEventId) -> Result<Option<InboundEvent>, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get());
            let row = locking!(&mut tx.conn, row, |c| row.get_result::<EventRow>(c).optional());
            one(row.doing("webhooks.lock")?)
        })
    }

    fn lock_known(
        &mut self,
        source: &SourceName,
        external_id: &ExternalId,
    ) -> Result<Option<InboundEvent>, StoreError> {
        self.writing(|tx| {
            let row = table::table
                .filter(table::source.eq(source.as_str()))
                .filter(table::external_id.eq(external_id.as_str()));
            let row = locking!(&mut tx.conn, row, |c| row.get_result::<EventRow>(c).optional());
            one(row.doing("webhooks.lock_known")?)
        })
    }

    fn save(&mut self, event: &InboundEvent) -> Result<(), StoreError> {
        self.writing(|tx| {
            let saved = on!(&mut tx.conn, |c| {
                diesel::update(table::table.find(event.id.get()))
                    .set((
                        table::state.eq(event.state.rank()),
                        table::job_id.eq(event.job.map(kernel::JobId::get)),
                        table::settled_at.eq(event.settled_at.map(Timestamp::micros)),
                    ))
                    .execute(c)
            })
            .doing("webhooks.save")?;
            if saved == 0 { Err(StoreError::Stale) } else { Ok(()) }
        })
    }

    fn content(&mut self, id: InboundEventId) -> Result<Option<Content>, StoreError> {
        self.reading(|conn| {
            let row = contents::table.find(id.get()).select((contents::headers, contents::body));
            let found = on!(conn, |c| row.get_result::<(String, Vec<u8>)>(c).optional());
            let Some((headers, body)) = found.doing("webhooks.content")? else { return Ok(None) };
            let at = RowRef::new("webhook_contents", id.get());
            let headers = at.known("headers", Headers::from_json(&headers))?;
            Ok(Some(Content { headers, body: body.into() }))
        })
    }

    fn list(
        &mut self,
        filter: &EventFilter,
        page: &PageRequest,
    ) -> Result<Page<InboundEvent>, StoreError> {
        self.reading(|conn| {
            let keys = Keys::fixed(EVENTS, &[]);
            let mut statement: Statement<'_, table::SqlType> = Statement::new();
            statement.sql("SELECT ").sql(EventRow::COLUMNS);
            conditions(&mut statement, filter);
            keys.finish(&mut statement, page, conn.dialect())?;
            let rows: Vec<EventRow> = on!(conn, |c| statement.load(c)).doing("webhooks.list")?;
            let at = |event: &InboundEvent| (Vec::new(), event.id.get());
            list::page(&keys, all(rows)?, page, at, || {
                let mut total = Statement::new();
                list::count_rows(&mut total, |rows| conditions(rows, filter));
                let total = on!(conn, |c| total.get_result::<i64>(c));
                total.doing("webhooks.list: total").map(count)
            })
        })
    }

    fn backlog(&mut self) -> Result<Backlog, StoreError> {
        self.reading(|conn| {
            let of = table::table
                .filter(table::state.eq_any([State::Received.rank(), State::Failed.rank()]))
                .group_by(table::state)
                .select((table::state, diesel::dsl::count_star()));
            let rows = on!(conn, |c| of.load::<(i16, i64)>(c)).doing("webhooks.backlog")?;
            let mut backlog = Backlog::default();
            for (state, number) in rows {
                match State::from_rank(state) {
                    Some(State::Received) => backlog.received = count(number),
                    Some(State::Failed) => backlog.failed = count(number),
                    _ => {}
                }
            }
            Ok(backlog)
        })
    }

    fn prune(
        &mut self,
        settled_before: Timestamp,
        failed_before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let failed = i64::from(State::Failed.rank());
            let mut delete: Statement = Statement::new();
            delete.sql("DELETE FROM webhook_inbox WHERE id IN (SELECT id FROM webhook_inbox");
            delete.sql(" WHERE settled_at < ").number(settled_before.micros());
            delete.sql(" AND (state <> ").number(failed);
            delete.sql(" OR settled_at < ").number(failed_before.micros());
            delete.sql(") ORDER BY settled_at LIMIT ").number(limit.into()).sql(")");
            let removed = on!(&mut tx.conn, |c| delete.execute(c)).doing("webhooks.prune")?;
            let mut delete: Statement = Statement::new();
            delete
                .sql("DELETE FROM webhook_marks WHERE (source, object) IN (SELECT source, object");
            delete.sql(" FROM webhook_marks WHERE applied_at < ").number(failed_before.micros());
            delete.sql(" ORDER BY applied_at LIMIT ").number(limit.into()).sql(")");
            on!(&mut tx.conn, |c| delete.execute(c)).doing("webhooks.prune: marks")?;
            Ok(removed as u64)
        })
    }
}

impl MarkStore for DieselTx {
    /// Makes the row, so that there is one to lock.
    fn lock_mark(
        &mut self,
        source: &SourceName,
        object: &ObjectKey,
    ) -> Result<Option<Mark>, StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::insert_into(marks::table)
                    .values((
                        marks::source.eq(source.as_str()),
                        marks::object.eq(object.as_str()),
                        marks::ranked.eq(0_i16),
                    ))
                    .on_conflict_do_nothing()
                    .execute(c)
            })
            .doing("webhooks.lock_mark: insert")?;
            let row = marks::table
                .find((source.as_str(), object.as_str()))
                .select((marks::applied_at, marks::ranked));
            let found =
                locking!(&mut tx.conn, row, |c| row.get_result::<(Option<i64>, i16)>(c).optional());
            let Some((Some(at), rank)) = found.doing("webhooks.lock_mark")? else {
                return Ok(None);
            };
            let applied_at = RowRef::new("webhook_marks", at).moment("applied_at", at)?;
            Ok(Some(Mark { applied_at, rank }))
        })
    }

    fn set_mark(
        &mut self,
        source: &SourceName,
        object: &ObjectKey,
        mark: Mark,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let changed =
                (marks::applied_at.eq(mark.applied_at.micros()), marks::ranked.eq(mark.rank));
            on!(&mut tx.conn, |c| {
                diesel::insert_into(marks::table)
                    .values((
                        marks::source.eq(source.as_str()),
                        marks::object.eq(object.as_str()),
                        changed,
                    ))
                    .on_conflict((marks::source, marks::object))
                    .do_update()
                    .set(changed)
                    .execute(c)
            })
            .doing("webhooks.set_mark")?;
            Ok(())
        })
    }
}
