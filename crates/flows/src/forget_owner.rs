//! `flows.forget_owner`: when an account is deleted, what it owned is deleted. It only writes rows, so
//! it happens exactly once.

use std::sync::Arc;

use kernel::{Consumer, Delivery, StoreError};
use products::{ProductError, Products};

use crate::{FlowError, user_of};

/// The consumer.
pub fn consumer(products: Arc<Products>) -> Consumer {
    Consumer::exactly_once("flows.forget_owner", &[users::events::DELETED], move |delivery| {
        let products = Arc::clone(&products);
        async move { Ok(run(&products, &delivery).await?) }
    })
}

async fn run(products: &Products, delivery: &Delivery) -> Result<(), FlowError> {
    products.forget_user(delivery, user_of(&delivery.event)?).await?;
    Ok(())
}

impl From<ProductError> for FlowError {
    fn from(error: ProductError) -> Self {
        Self::Failed {
            domain: "products",
            // A rule does not change its mind.
            permanent: match &error {
                ProductError::Store(error) => matches!(error, StoreError::Corrupt { .. }),
                _ => true,
            },
            why: error.to_string(),
        }
    }
}
