//! Stock, and the ledger of its movements.

use kernel::{Actor, Once, Page, PageRequest, Permission, Settled, once};

use super::Products;
use crate::{
    commands::MoveStock,
    error::ProductError,
    product::{Moved, Movement, NewMovement},
    values::{ProductId, Stock},
};

impl Products {
    /// Moves stock, and writes it into the ledger.
    pub async fn move_stock(
        &self,
        actor: &Actor,
        once: Option<Once<Movement>>,
        id: ProductId,
        command: MoveStock,
    ) -> Result<Settled<Movement>, ProductError> {
        actor.require(Permission::CatalogManage)?;
        let now = self.clock.now();
        let movement = NewMovement {
            product: id,
            delta: command.delta.get(),
            reason: command.reason,
            actor: Some(actor.user),
            at: now,
        };
        let moved = self
            .work
            .write(move |tx| {
                once::settle(tx, once.as_ref(), now, |tx| match tx.products().shift(&movement)? {
                    Moved::Done(movement) => Ok(movement),
                    Moved::Beyond(stock) => Err(beyond(stock, movement.delta)),
                    Moved::Nowhere => Err(ProductError::NotFound(id)),
                })
            })
            .await;
        self.outdate(Some(id)).await;
        moved
    }

    /// A page of a product's ledger, newest first.
    pub async fn movements(
        &self,
        actor: &Actor,
        id: ProductId,
        page: PageRequest,
    ) -> Result<Page<Movement>, ProductError> {
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
