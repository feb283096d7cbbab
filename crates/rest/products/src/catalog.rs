//! The catalogue as anybody sees it, without signing in.

use actix_web::{get, web::Data};
use kernel::{
    Page, PageRequest,
    page::{MAX_LIMIT, Paging},
};
use products::Products;
use products::query::{DEFAULT_ORDER, ProductSort};
use rest::{
    call::Call,
    reply::{self, Envelope, PageEnvelope},
};

use super::dto::{self, FilterParams, ProductBody, TextParams, product_etag};
use crate::Answer;

/// Finds of a search that names no limit (Talas seed).
const DEFAULT_FINDS: u32 = 10;

/// List products
///
/// Those that are to be had (`active`); with `q`, those that have its words.
#[utoipa::path(
    tag = "products",
    operation_id = "products_list",
    params(FilterParams, TextParams),
    responses((status = 200, description = "A page of products", body = PageEnvelope<ProductBody>)),
    extensions(("x-alveole" = json!({"permission": "public", "paged": true, "conditional": "read"})))
)]
#[get("/products")]
pub(crate) async fn list(call: Call, products: Data<Products>) -> Answer {
    let mut query = call.query();
    let (filter, category) = dto::filter(&mut query);
    let order = query.order(&ProductSort::ALL, &DEFAULT_ORDER);
    let request = query.page(&order, &ProductSort::ALL);
    query.finish()?;
    let cached_page = products.list(filter, category, order, request.clone()).await?;
    let page = Page {
        items: cached_page.items.iter().map(ProductBody::from).collect(),
        total: cached_page.total,
        next: cached_page.next.clone(),
    };
    reply::public_page(&call, &request, page)
}

/// Search products
///
/// The best finds among the active ones, with the filters of the list; pages are there, by its own `q`. Words are found by
/// their beginnings in name, brand, model or description; a word of three characters or more also inside of a word of name,
/// brand or model. Accents, case and width make no difference, nor do singular and plural in English and French. First come
/// those with every word at a beginning in the name, then those with every word in the name, then the others, each newest
/// first; or as `sort` says.
#[utoipa::path(
    tag = "products",
    operation_id = "products_search",
    params(
        ("q" = String, Query, description = "What is searched for: 1 to 10 words", min_length = 1, max_length = 200, example = "audio interface"),
        ("limit" = Option<u32>, Query, description = "How many to return at most; default 10", minimum = 1, maximum = 100, nullable = false, example = 20),
        FilterParams
    ),
    responses((status = 200, description = "The finds", body = Envelope<Vec<ProductBody>>)),
    extensions(("x-alveole" = json!({"permission": "public", "conditional": "read"})))
)]
#[get("/products/search")]
pub(crate) async fn search(call: Call, products: Data<Products>) -> Answer {
    let mut query = call.query();
    let limit = query.optional("limit", |raw| {
        let limit = raw.parse::<u32>().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        limit.ok_or_else(|| ("page.limit_invalid", format!("must be 1 to {MAX_LIMIT}")))
    });
    let (filter, category) = dto::filter(&mut query);
    let order = query.order(&ProductSort::ALL, &[]);
    if filter.text.is_none() && !call.query_string().split('&').any(|part| part.starts_with("q=")) {
        query.fault("q", "request.missing_field", "must be given");
    }
    query.finish()?;
    let limit = limit.unwrap_or(DEFAULT_FINDS);
    let found = if order.is_empty() {
        products.search(filter, category, limit).await?
    } else {
        let first = PageRequest { paging: Paging::Number(1), limit };
        products.list(filter, category, order, first).await?
    };
    reply::public(&call, found.items.iter().map(ProductBody::from).collect::<Vec<_>>())
}

/// Read a product
///
/// Also one that is no longer to be had (`discontinued`).
#[utoipa::path(
    tag = "products",
    operation_id = "products_read",
    responses((status = 200, description = "The product", body = Envelope<ProductBody>)),
    extensions(("x-alveole" = json!({"permission": "public", "conditional": "read"})))
)]
#[get("/products/{id}")]
pub(crate) async fn read(call: Call, products: Data<Products>) -> Answer {
    let id = call.id("id")?;
    call.no_query()?;
    let product = products.get(id).await?;
    reply::public_tagged(&call, ProductBody::from(&*product), &product_etag(&product))
}
