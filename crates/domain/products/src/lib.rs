//! Products: the catalogue, its stock, and what people own.
//!
//! | module | holds |
//! |---|---|
//! | [`product`] | categories, products and movements of stock, and how they change |
//! | [`owned`] | what somebody owns, and its warranty |
//! | [`values`] | names, slugs, prices, specifications …, each with `parse` |
//! | [`commands`] | what can be asked of this room |
//! | [`query`] | filters and sort fields |
//! | [`tree`] | the categories as a tree |
//! | [`record`] | the stored forms |
//! | [`events`] | what this room tells the others |
//! | [`error`] | what can go wrong |
//! | [`ports`] | what this room needs of a store |
//! | [`service`] | the use cases |
//! | `kit` | (feature) the conformance suite of the ports |

pub mod commands;
pub mod error;
pub mod events;
#[cfg(feature = "kit")]
pub mod kit;
pub mod owned;
pub mod ports;
pub mod product;
pub mod query;
pub mod record;
pub mod service;
pub mod tree;
pub mod values;

pub use error::ProductError;
pub use owned::OwnedProduct;
pub use ports::{
    AttachedFiles, CategoryStore, OwnedProductStore, ProductStore, ProductsTx, StagedImports,
};
pub use product::{Category, Product, StockMovement};
pub use service::Products;
pub use values::{CategoryId, MovementId, ProductId};
