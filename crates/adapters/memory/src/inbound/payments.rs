//! `PaymentStore`.

use std::sync::Arc;

use inbound::{
    Payment, PaymentId, PaymentStore, SourceName,
    payment::{Metadata, NewPayment},
    query::{PAYMENTS, PaymentFilter},
    values::ExternalId,
};
use kernel::{Page, PageRequest, StoreError, Timestamp, UserId};

use crate::{
    page::{Order, cut},
    state::{State, next, not_an_id},
    tx::MemoryTx,
};

fn found<'a>(
    state: &'a State,
    provider: &SourceName,
    external_id: &ExternalId,
) -> Option<&'a Payment> {
    let mut rows = state.domains.inbound.payments.values();
    let is = |row: &&Arc<Payment>| row.provider == *provider && row.external_id == *external_id;
    rows.find(is).map(|row| &**row)
}

fn matches(filter: &PaymentFilter, payment: &Payment) -> bool {
    let PaymentFilter { provider, state, reference, user } = filter;
    provider.as_ref().is_none_or(|provider| *provider == payment.provider)
        && state.is_none_or(|state| state == payment.state)
        && (reference.is_none() || *reference == payment.reference)
        && (user.is_none() || *user == payment.user)
}

impl PaymentStore for MemoryTx {
    fn insert(&mut self, new: &NewPayment) -> Result<Option<Payment>, StoreError> {
        self.writing(|tx| {
            if found(&tx.state, &new.provider, &new.report.external_id).is_some() {
                return Ok(None);
            }
            let tables = &mut tx.state.domains.inbound;
            let id = PaymentId::parse(next(&mut tables.last_payment)).map_err(not_an_id)?;
            let payment = new.stored(id);
            Arc::make_mut(&mut tables.payments).insert(id, Arc::new(payment.clone()));
            Ok(Some(payment))
        })
    }

    fn get(&mut self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        self.reading(|state| Ok(state.domains.inbound.payments.get(&id).map(|row| (**row).clone())))
    }

    fn lock(
        &mut self,
        provider: &SourceName,
        external_id: &ExternalId,
    ) -> Result<Option<Payment>, StoreError> {
        self.writing(|tx| Ok(found(&tx.state, provider, external_id).cloned()))
    }

    fn save(&mut self, payment: &mut Payment) -> Result<(), StoreError> {
        self.writing(|tx| {
            let payments = Arc::make_mut(&mut tx.state.domains.inbound.payments);
            let row = payments.get_mut(&payment.id).filter(|row| row.version == payment.version);
            let row = row.ok_or(StoreError::Stale)?;
            payment.version += 1;
            *row = Arc::new(payment.clone());
            Ok(())
        })
    }

    fn forget_user(&mut self, user: UserId, now: Timestamp) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let payments = Arc::make_mut(&mut tx.state.domains.inbound.payments);
            let mut count = 0;
            for row in payments.values_mut().filter(|row| row.user == Some(user)) {
                let row = Arc::make_mut(row);
                row.user = None;
                row.metadata = Metadata::default();
                row.updated_at = now;
                row.version += 1;
                count += 1;
            }
            Ok(count)
        })
    }

    fn list(
        &mut self,
        filter: &PaymentFilter,
        page: &PageRequest,
    ) -> Result<Page<Payment>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.inbound.payments.values().filter(|row| matches(filter, row));
            cut(rows, &Order::fixed(PAYMENTS), |row| (Vec::new(), row.id.get()), page)
        })
    }
}
