//! What the program needs to know of products.

use std::sync::Arc;

use kernel::{Actor, Cursor, Permission};
use products::Products;
use rest::{
    Module,
    dashboard::{Count, CountPart},
    export::{ExportList, ExportPage, ExportPart},
    live::LiveRule,
    problem::Problem,
};

use crate::{Failure, RULES, codes, dto::OwnedBody, present, routes};

const OWNED: ExportList = ExportList {
    name: "owned_products",
    about: "The products they own.",
    schema: "products.OwnedProduct",
};

/// The module as the document describes it, without its service.
pub fn description() -> Module {
    Module {
        tags: &[
            ("products", "The public catalog, and the products a user owns"),
            ("catalog", "Products, categories and stock, for administrators"),
        ],
        codes: &[codes::CODES],
        event_types: products::events::TYPES,
        rules: &[RULES],
        routes,
        export_lists: &[OWNED],
        counts: &COUNTS,
        ..Module::new("products")
    }
}

/// The module.
pub fn module(products: Arc<Products>) -> Module {
    let exported = Arc::clone(&products);
    let read = move |actor, after| export(Arc::clone(&exported), actor, after);
    Module {
        count_parts: vec![CountPart::of(&products, &COUNTS, counts)],
        live: vec![LiveRule::new("product", Permission::ProductsRead)],
        export: vec![ExportPart::new(OWNED, read)],
        ..description()
    }
    .service(products)
}

/// On the dashboard.
const COUNTS: [Count; 1] = [Count { name: "products_count", about: "Products of the catalog" }];

async fn counts(products: Arc<Products>) -> Result<Vec<u64>, Problem> {
    Ok(vec![products.count().await.map_err(present)?])
}

async fn export(
    products: Arc<Products>,
    actor: Actor,
    after: Option<String>,
) -> Result<ExportPage, Problem> {
    let cursor = after.and_then(|raw| Cursor::decode(&raw).ok());
    let page = products.export_owned(&actor, cursor).await.map_err(Failure::from)?;
    Ok(ExportPage::new(page.items.iter().map(OwnedBody::from), page.next.map(|next| next.encode())))
}
