//! `PaymentStore`.

use diesel::prelude::*;
use inbound::{
    Payment, PaymentId, PaymentStore, SourceName,
    payment::{Metadata, NewPayment},
    query::{PAYMENTS, PaymentFilter},
    record::PaymentRecord,
    values::ExternalId,
};
use kernel::{Page, PageRequest, StoreError, Timestamp, UserId};

use super::rows::{PaymentRow, payments as table};
use crate::{
    columns::{count, unwritable},
    constraint::Attempt,
    db::{locking, on},
    list::{self, Keys},
    row::{Row as _, all, one},
    statement::Statement,
    uow::DieselTx,
};

/// ` FROM … WHERE …`: the rows of a list.
fn conditions<'a, ST>(statement: &mut Statement<'a, ST>, filter: &'a PaymentFilter) {
    let PaymentFilter { provider, state, reference, user } = filter;
    statement.sql(" FROM payments WHERE 1 = 1");
    if let Some(provider) = provider {
        statement.sql(" AND provider = ").text(provider.as_str());
    }
    if let Some(state) = state {
        statement.sql(" AND state = ").number(state.rank().into());
    }
    if let Some(reference) = reference {
        statement.sql(" AND reference = ").text(reference.as_str());
    }
    if let Some(user) = user {
        statement.sql(" AND user_id = ").number(user.get());
    }
}

impl PaymentStore for DieselTx {
    fn insert(&mut self, new: &NewPayment) -> Result<Option<Payment>, StoreError> {
        self.writing(|tx| {
            // The number is given by the store.
            let first = PaymentId::parse(1).map_err(unwritable)?;
            let record = PaymentRecord::from(&new.stored(first));
            let id = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::provider.eq(record.provider.as_str()),
                        table::external_id.eq(record.external_id.as_str()),
                        table::state.eq(record.state),
                        table::amount.eq(record.amount),
                        table::amount_refunded.eq(record.amount_refunded),
                        table::currency.eq(record.currency.as_str()),
                        table::reference.eq(record.reference.as_deref()),
                        table::user_id.eq(record.user_id),
                        table::metadata.eq(record.metadata.as_str()),
                        table::occurred_at.eq(record.occurred_at),
                        table::created_at.eq(record.created_at),
                        table::updated_at.eq(record.updated_at),
                        table::version.eq(record.version),
                    ))
                    .on_conflict((table::provider, table::external_id))
                    .do_nothing()
                    .returning(table::id)
                    .get_result::<i64>(c)
                    .optional()
            })
            .doing("payments.insert")?;
            let id = id.map(PaymentId::parse).transpose().map_err(unwritable)?;
            Ok(id.map(|id| new.stored(id)))
        })
    }

    fn get(&mut self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get());
            one(on!(conn, |c| row.get_result::<PaymentRow>(c).optional()).doing("payments.get")?)
        })
    }

    fn lock(
        &mut self,
        provider: &SourceName,
        external_id: &ExternalId,
    ) -> Result<Option<Payment>, StoreError> {
        self.writing(|tx| {
            let row = table::table
                .filter(table::provider.eq(provider.as_str()))
                .filter(table::external_id.eq(external_id.as_str()));
            let row = locking!(&mut tx.conn, row, |c| row.get_result::<PaymentRow>(c).optional());
            one(row.doing("payments.lock")?)
        })
    }

    fn save(&mut self, payment: &mut Payment) -> Result<(), StoreError> {
        self.writing(|tx| {
            let record = PaymentRecord::from(&*payment);
            let this = table::table.find(record.id).filter(table::version.eq(record.version));
            let saved = on!(&mut tx.conn, |c| {
                diesel::update(this)
                    .set((
                        table::state.eq(record.state),
                        table::amount.eq(record.amount),
                        table::amount_refunded.eq(record.amount_refunded),
                        table::currency.eq(record.currency.as_str()),
                        table::reference.eq(record.reference.as_deref()),
                        table::user_id.eq(record.user_id),
                        table::metadata.eq(record.metadata.as_str()),
                        table::occurred_at.eq(record.occurred_at),
                        table::updated_at.eq(record.updated_at),
                        table::version.eq(table::version + 1),
                    ))
                    .execute(c)
            })
            .doing("payments.save")?;
            if saved == 0 {
                return Err(StoreError::Stale);
            }
            payment.version += 1;
            Ok(())
        })
    }

    fn forget_user(&mut self, user: UserId, now: Timestamp) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let theirs = table::table.filter(table::user_id.eq(user.get()));
            let changed = on!(&mut tx.conn, |c| {
                diesel::update(theirs)
                    .set((
                        table::user_id.eq(None::<i64>),
                        table::metadata.eq(Metadata::default().to_json()),
                        table::updated_at.eq(now.micros()),
                        table::version.eq(table::version + 1),
                    ))
                    .execute(c)
            })
            .doing("payments.forget_user")?;
            Ok(changed as u64)
        })
    }

    fn list(
        &mut self,
        filter: &PaymentFilter,
        page: &PageRequest,
    ) -> Result<Page<Payment>, StoreError> {
        self.reading(|conn| {
            let keys = Keys::fixed(PAYMENTS, &[]);
            let mut statement: Statement<'_, table::SqlType> = Statement::new();
            statement.sql("SELECT ").sql(PaymentRow::COLUMNS);
            conditions(&mut statement, filter);
            keys.finish(&mut statement, page, conn.dialect())?;
            let rows: Vec<PaymentRow> = on!(conn, |c| statement.load(c)).doing("payments.list")?;
            let at = |payment: &Payment| (Vec::new(), payment.id.get());
            list::page(&keys, all(rows)?, page, at, || {
                let mut total = Statement::new();
                list::count_rows(&mut total, |rows| conditions(rows, filter));
                let total = on!(conn, |c| total.get_result::<i64>(c));
                total.doing("payments.list: total").map(count)
            })
        })
    }
}
