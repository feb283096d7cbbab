//! Stock, and the ledger of its movements.

use kernel::{
    Act, ActTarget, Actor, Idempotent, Outcome, Page, PageRequest, Permission, idempotency,
};

use super::Products;
use crate::{
    commands::MoveStock,
    error::ProductError,
    product::{Moved, NewStockMovement, StockMovement},
    values::{ProductId, Stock},
};

impl Products {
    /// Moves stock, and writes it into the ledger.
    pub async fn move_stock(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<StockMovement>>,
        id: ProductId,
        command: MoveStock,
    ) -> Result<Outcome<StockMovement>, ProductError> {
        actor.require(Permission::CatalogManage)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let movement = NewStockMovement {
            product: id,
            delta: command.delta.get(),
            reason: command.reason,
            actor: Some(actor.user),
            at: now,
        };
        let moved = self
            .work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| {
                    match tx.products().adjust_stock(&movement)? {
                        Moved::Done(done) => {
                            let target = ActTarget::numbered("product", id.get());
                            let act = Act::by(&actor, now, "product.stock_moved", target);
                            let act = act.with_detail(format!("{:+}", done.delta));
                            tx.acts().record_act(&act)?;
                            Ok(done)
                        }
                        Moved::Beyond(stock) => Err(beyond(stock, movement.delta)),
                        Moved::Nowhere => Err(ProductError::NotFound(id)),
                    }
                })
            })
            .await;
        self.invalidate(Some(id)).await;
        moved
    }

    /// A page of a product's ledger, newest first.
    pub async fn movements(
        &self,
        actor: &Actor,
        id: ProductId,
        page: PageRequest,
    ) -> Result<Page<StockMovement>, ProductError> {
        actor.require(Permission::CatalogManage)?;
        self.work
            .read(move |tx| {
                if tx.products().get(id)?.is_none() {
                    return Err(ProductError::NotFound(id));
                }
                Ok(tx.products().movements(id, &page)?)
            })
            .await
    }
}

const fn beyond(stock: Stock, delta: i64) -> ProductError {
    if delta < 0 {
        ProductError::StockInsufficient { stock, wanted: -delta }
    } else {
        ProductError::StockLimit { stock }
    }
}
