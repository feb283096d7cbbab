//! Products, categories and stock as clients see and send them.

mod categories;
mod owned;

use kernel::{Date, Patch, text::TextError};
use products::{
    Product, ProductId, StockMovement,
    commands::{CreateProduct, MoveStock, UpdateProduct},
    query::ProductFilter,
    values::{
        Brand, CategoryId, Currency, Delta, LongText, Model, Months, Price, ProductName,
        Reason as Why, Specifications, Status, Stock, Website,
    },
};
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

pub use self::{categories::*, owned::*};

use rest::{
    call::Body,
    etag,
    fields::{Misread, Reason, TextCodes, integer, search, string},
    problem::Problem,
    query::Query,
    reply::Reply,
};

/// A product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = products::Product)]
pub struct ProductBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// What it is called.
    #[schema(min_length = 1, max_length = 200, example = "Talas MK-2")]
    pub name: String,
    /// Its category.
    #[schema(minimum = 1, example = 1)]
    pub category_id: Option<i64>,
    /// Who makes it; may be empty.
    #[schema(max_length = 100, example = "Talas Audio")]
    pub brand: String,
    /// What its maker calls it; may be empty.
    #[schema(max_length = 100, example = "MK-2")]
    pub model: String,
    /// In more words.
    #[schema(max_length = 10000, example = "Next generation audio interface")]
    pub description: String,
    /// What it costs, in the currency's minor unit; null for a draft without a price.
    #[schema(minimum = 0, example = 39900)]
    pub price: Option<i64>,
    /// The currency (ISO 4217).
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: String,
    /// How many there are.
    #[schema(minimum = 0, example = 12)]
    pub stock: i64,
    /// How long its warranty lasts; 0 for none.
    #[schema(minimum = 0, maximum = 1200, example = 24)]
    pub warranty_months: i64,
    /// What the warranty holds for.
    #[schema(max_length = 10000, example = "Parts and labour")]
    pub warranty_conditions: String,
    /// Where its maker is found.
    #[schema(max_length = 255, example = "https://example.com/mk-2")]
    pub manufacturer_website: Option<String>,
    /// What it can do and is made of.
    #[schema(value_type = Object, example = json!({"inputs": 4, "sample_rate": "192kHz"}))]
    pub specifications: Value,
    /// Whether it is to be had.
    #[schema(value_type = StatusWord)]
    pub status: &'static str,
    /// When it was made.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub created_at: String,
    /// When it last changed; movements of stock do not count.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub updated_at: String,
    /// Counts the changes; movements of stock do not count. The `ETag` begins with it.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

/// Whether a product is to be had.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = products::ProductStatus)]
pub enum StatusWord {
    /// Listed.
    Active,
    /// No longer listed, still shown by its number.
    Discontinued,
    /// Shown to nobody but those who keep the catalogue.
    Draft,
}

impl From<&Product> for ProductBody {
    fn from(product: &Product) -> Self {
        Self {
            id: product.id.get(),
            name: product.name.as_str().to_owned(),
            category_id: product.category.map(CategoryId::get),
            brand: product.brand.as_str().to_owned(),
            model: product.model.as_str().to_owned(),
            description: product.description.as_str().to_owned(),
            price: product.price.amount.map(Price::get),
            currency: product.price.currency.as_str().to_owned(),
            stock: product.stock.get(),
            warranty_months: product.warranty_months.get(),
            warranty_conditions: product.warranty_conditions.as_str().to_owned(),
            manufacturer_website: product.website.as_ref().map(|url| url.as_str().to_owned()),
            specifications: serde_json::from_str(product.specifications.as_str())
                .unwrap_or_default(),
            status: product.status.as_str(),
            created_at: product.created_at.to_string(),
            updated_at: product.updated_at.to_string(),
            version: product.version,
        }
    }
}

/// The tag of a product's representation: it shows the stock, which moves without a new version.
/// For `If-Match` only the version counts.
pub fn product_etag(product: &Product) -> String {
    etag::of(product.version, &product.stock.get().to_string())
}

/// `201` for a new product.
pub fn created(product: &Product) -> Reply {
    Reply::created(
        ProductBody::from(product),
        format!("/api/v1/admin/products/{}", product.id),
        Some(product_etag(product)),
    )
}

/// A new product.
#[derive(Debug, ToSchema)]
#[schema(as = products::CreateProduct, example = json!({
    "name": "Talas MK-2", "brand": "Talas Audio", "model": "MK-2",
    "description": "Next generation audio interface", "price": 39900, "stock": 12,
    "warranty_months": 24,
    "specifications": {"inputs": 4, "outputs": 4, "sample_rate": "192kHz"}
}))]
pub struct CreateProductBody {
    /// What it is called; trimmed.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// Its category.
    #[schema(minimum = 1)]
    pub category_id: Option<i64>,
    /// Who makes it; trimmed.
    #[schema(max_length = 100)]
    pub brand: Option<String>,
    /// What its maker calls it; trimmed.
    #[schema(max_length = 100)]
    pub model: Option<String>,
    /// In more words.
    #[schema(max_length = 10000)]
    pub description: Option<String>,
    /// What it costs, in the currency's minor unit (cents); only a draft may lack a price.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub price: Option<i64>,
    /// The currency (ISO 4217); the server's default when not said.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: Option<String>,
    /// How many there are at first; its ledger opens with them.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub stock: Option<i64>,
    /// How long its warranty lasts; 0 when not said.
    #[schema(minimum = 0, maximum = 1200)]
    pub warranty_months: Option<i64>,
    /// What the warranty holds for.
    #[schema(max_length = 10000)]
    pub warranty_conditions: Option<String>,
    /// Where its maker is found: an http or https address.
    #[schema(max_length = 255, example = "https://example.com/mk-2")]
    pub manufacturer_website: Option<String>,
    /// What it can do and is made of: at most 16 KiB, 5 levels and 500 members and items.
    #[schema(value_type = Option<Object>)]
    pub specifications: Option<Value>,
    /// Whether it is to be had; by default `active` with a price and `draft` without one.
    pub status: Option<StatusWord>,
}

/// A change of a product, as a merge patch: what is absent stays, null clears. The stock is moved by
/// `POST …/stock`.
#[derive(Debug, ToSchema)]
#[schema(as = products::UpdateProduct, example = json!({"price": 34900}))]
pub struct UpdateProductBody {
    /// A new name.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// Another category; null for none.
    #[schema(minimum = 1)]
    pub category_id: Option<i64>,
    /// Another maker; null empties it.
    #[schema(max_length = 100)]
    pub brand: Option<String>,
    /// Another model; null empties it.
    #[schema(max_length = 100)]
    pub model: Option<String>,
    /// A new description; null empties it.
    #[schema(max_length = 10000)]
    pub description: Option<String>,
    /// A new price, in the currency's minor unit; null removes it from a draft.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub price: Option<i64>,
    /// Another currency (ISO 4217).
    #[schema(pattern = "^[A-Z]{3}$", nullable = false, example = "EUR")]
    pub currency: Option<String>,
    /// Another length of the warranty.
    #[schema(minimum = 0, maximum = 1200, nullable = false)]
    pub warranty_months: Option<i64>,
    /// Other conditions; null empties them.
    #[schema(max_length = 10000)]
    pub warranty_conditions: Option<String>,
    /// Another address; null removes it.
    #[schema(max_length = 255, example = "https://example.com/mk-2")]
    pub manufacturer_website: Option<String>,
    /// Other specifications, as a whole; null empties them.
    #[schema(value_type = Option<Object>)]
    pub specifications: Option<Value>,
    /// Another status.
    #[schema(nullable = false)]
    pub status: Option<StatusWord>,
}

const NAME: TextCodes =
    TextCodes { empty: "products.name_empty", too_long: "products.name_too_long" };
const BRAND: TextCodes =
    TextCodes { empty: "products.brand_too_long", too_long: "products.brand_too_long" };
const MODEL: TextCodes =
    TextCodes { empty: "products.model_too_long", too_long: "products.model_too_long" };
const LONG: TextCodes =
    TextCodes { empty: "products.text_too_long", too_long: "products.text_too_long" };
const WHY: TextCodes =
    TextCodes { empty: "products.reason_empty", too_long: "products.reason_too_long" };

fn text<T>(
    parse: fn(&str) -> Result<T, TextError>,
    codes: &TextCodes,
) -> impl Fn(&str) -> Result<T, Reason> {
    move |raw| parse(raw).map_err(|error| codes.reason(error))
}

/// Reads a name.
pub fn name(raw: &str) -> Result<ProductName, Reason> {
    text(ProductName::parse, &NAME)(raw)
}

/// Reads a brand.
pub fn brand(raw: &str) -> Result<Brand, Reason> {
    text(Brand::parse, &BRAND)(raw)
}

/// Reads a model.
pub fn model(raw: &str) -> Result<Model, Reason> {
    text(Model::parse, &MODEL)(raw)
}

/// Reads a description, conditions or notes.
pub fn long(raw: &str) -> Result<LongText, Reason> {
    text(LongText::parse, &LONG)(raw)
}

/// Reads a currency.
pub fn currency(raw: &str) -> Result<Currency, Reason> {
    Currency::parse(raw).map_err(|error| ("products.currency_unknown", error.to_string()))
}

/// Reads a price.
pub fn price(raw: i64) -> Result<Price, Reason> {
    Price::parse(raw).map_err(|error| ("products.price_invalid", error.to_string()))
}

/// Reads a count.
pub fn stock(raw: i64) -> Result<Stock, Reason> {
    Stock::parse(raw).map_err(|error| ("products.stock_invalid", error.to_string()))
}

/// Reads the length of a warranty.
pub fn months(raw: i64) -> Result<Months, Reason> {
    Months::parse(raw).map_err(|error| ("products.warranty_months_invalid", error.to_string()))
}

/// Reads an address on the web.
pub fn website(raw: &str) -> Result<Website, Reason> {
    Website::parse(raw.trim()).map_err(|error| ("products.website_invalid", error.to_string()))
}

/// Reads the number of a category.
pub fn category(raw: i64) -> Result<CategoryId, Reason> {
    CategoryId::parse(raw).map_err(|error| ("id.invalid", error.to_string()))
}

/// Reads a status.
pub fn status(raw: &str) -> Result<Status, Reason> {
    let message = || "must be active, discontinued or draft".to_owned();
    Status::parse(raw).ok_or_else(|| ("products.status_unknown", message()))
}

/// Reads a day.
pub fn day(raw: &str) -> Result<Date, Reason> {
    Date::parse(raw).map_err(|error| ("products.date_invalid", error.to_string()))
}

fn specifications(value: Value) -> Result<Specifications, Misread> {
    if !value.is_object() {
        return Err(Misread::Type("an object", value));
    }
    Specifications::of(&value)
        .map_err(|error| Misread::Reason(("products.specifications_invalid", error.to_string())))
}

/// What a cleared text becomes.
fn cleared<T>(patch: Patch<T>, empty: T) -> Option<T> {
    match patch {
        Patch::Keep => None,
        Patch::Clear => Some(empty),
        Patch::Set(value) => Some(value),
    }
}

/// `POST /admin/products`.
pub fn create(body: &Body) -> Result<CreateProduct, Problem> {
    let mut fields = body.fields()?;
    let name = fields.required("name", string(name));
    let category = fields.optional("category_id", integer(category));
    let brand = fields.optional("brand", string(brand));
    let model = fields.optional("model", string(model));
    let description = fields.optional("description", string(long));
    let price = fields.optional("price", integer(price));
    let currency = fields.optional("currency", string(currency));
    let stock = fields.optional("stock", integer(stock));
    let warranty_months = fields.optional("warranty_months", integer(months));
    let warranty_conditions = fields.optional("warranty_conditions", string(long));
    let website = fields.optional("manufacturer_website", string(website));
    let specifications = fields.optional("specifications", specifications);
    let status = fields.optional("status", string(status));
    let command = name.map(|name| CreateProduct {
        category,
        brand: brand.unwrap_or(Brand::empty()),
        model: model.unwrap_or(Model::empty()),
        description: description.unwrap_or(LongText::empty()),
        price,
        currency,
        stock: stock.unwrap_or_default(),
        warranty_months: warranty_months.unwrap_or_default(),
        warranty_conditions: warranty_conditions.unwrap_or(LongText::empty()),
        website,
        specifications: specifications.unwrap_or_else(Specifications::empty),
        status: status.unwrap_or_else(|| CreateProduct::usual_status(price)),
        ..CreateProduct::named(name)
    });
    fields.finish(command)
}

/// `PUT /admin/products/{id}`.
pub fn update(body: &Body) -> Result<UpdateProduct, Problem> {
    let mut fields = body.fields()?;
    let update = UpdateProduct {
        name: fields.keep("name", string(name)),
        category: fields.patch("category_id", integer(category)),
        brand: cleared(fields.patch("brand", string(brand)), Brand::empty()),
        model: cleared(fields.patch("model", string(model)), Model::empty()),
        description: cleared(fields.patch("description", string(long)), LongText::empty()),
        price: fields.patch("price", integer(price)),
        currency: fields.keep("currency", string(currency)),
        warranty_months: fields.keep("warranty_months", integer(months)),
        warranty_conditions: cleared(
            fields.patch("warranty_conditions", string(long)),
            LongText::empty(),
        ),
        website: fields.patch("manufacturer_website", string(website)),
        specifications: cleared(
            fields.patch("specifications", specifications),
            Specifications::empty(),
        ),
        status: fields.keep("status", string(status)),
    };
    fields.finish(Some(update))
}

/// Which products.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterParams {
    /// In this category or one below it.
    #[param(minimum = 1, nullable = false)]
    pub category_id: Option<i64>,
    /// By this maker; case tells none apart.
    #[param(max_length = 100, nullable = false)]
    pub brand: Option<String>,
    /// Costs at least this, in the minor unit of its own currency.
    #[param(minimum = 0, nullable = false)]
    pub min_price: Option<i64>,
    /// Costs at most this, in the minor unit of its own currency.
    #[param(minimum = 0, nullable = false)]
    pub max_price: Option<i64>,
    /// There is one, or there is none.
    #[param(nullable = false)]
    pub in_stock: Option<bool>,
    /// `created_at, name, price, id`, separated by commas, `-` in front for descending; ties go by
    /// id. Default `-created_at`.
    #[param(nullable = false, example = "-created_at")]
    pub sort: Option<String>,
}

/// What products are searched for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TextParams {
    /// 1 to 10 words that begin words of name, brand, model or description, or from three characters on are inside of words
    /// of name, brand or model, in any order.
    #[param(min_length = 1, max_length = 200, nullable = false)]
    pub q: Option<String>,
}

/// Reads the filters that everybody has, and the category.
pub fn filter(query: &mut Query) -> (ProductFilter, Option<CategoryId>) {
    let amount = |raw: &str| {
        let number = raw.parse::<i64>().ok().filter(|_| raw.bytes().all(|b| b.is_ascii_digit()));
        price(number.unwrap_or(-1))
    };
    let category = query.optional("category_id", |raw| {
        raw.parse().map_err(|error: kernel::IdError| ("id.invalid", error.to_string()))
    });
    let filter = ProductFilter {
        brand: query.optional("brand", brand),
        min_price: query.optional("min_price", amount),
        max_price: query.optional("max_price", amount),
        in_stock: query.optional("in_stock", |raw| match raw {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(("request.value", "must be true or false".to_owned())),
        }),
        text: query.optional("q", search("products.search_invalid")),
        ..ProductFilter::default()
    };
    (filter, category)
}

/// Which products, for those who keep the catalogue.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AdminParams {
    /// In this state.
    #[param(nullable = false)]
    pub status: Option<StatusWord>,
}

/// Reads the filters of those who keep the catalogue.
pub fn admin_filter(query: &mut Query) -> (ProductFilter, Option<CategoryId>) {
    let (filter, category) = filter(query);
    let status = query.optional("status", status);
    (ProductFilter { status, ..filter }, category)
}

/// A movement of stock.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = products::StockMovement)]
pub struct MovementBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// Whose stock.
    #[schema(minimum = 1, example = 1)]
    pub product_id: i64,
    /// By how much.
    #[schema(example = -2)]
    pub delta: i64,
    /// How many there were afterwards.
    #[schema(minimum = 0, example = 10)]
    pub balance: i64,
    /// Why.
    #[schema(min_length = 1, max_length = 200, example = "sold")]
    pub reason: String,
    /// Who said so; null when nobody in particular did.
    #[schema(minimum = 1, example = 1)]
    pub actor_id: Option<i64>,
    /// When.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub at: String,
}

impl From<&StockMovement> for MovementBody {
    fn from(movement: &StockMovement) -> Self {
        Self {
            id: movement.id.get(),
            product_id: movement.product.get(),
            delta: movement.delta,
            balance: movement.balance.get(),
            reason: movement.reason.as_str().to_owned(),
            actor_id: movement.actor.map(kernel::UserId::get),
            at: movement.at.to_string(),
        }
    }
}

/// `201` for a movement.
pub fn moved(movement: &StockMovement) -> Reply {
    let ledger = format!("/api/v1/admin/products/{}/stock", movement.product);
    Reply::created(MovementBody::from(movement), ledger, None)
}

/// Stock comes or goes.
#[derive(Debug, ToSchema)]
#[schema(as = products::MoveStock, example = json!({"delta": 5, "reason": "delivery"}))]
pub struct MoveStockBody {
    /// By how much, less than 0 for what goes; not 0.
    #[schema(minimum = -1_000_000_000, maximum = 1_000_000_000)]
    pub delta: i64,
    /// Why; trimmed.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub reason: String,
}

/// `POST /admin/products/{id}/stock`.
pub fn move_stock(body: &Body) -> Result<MoveStock, Problem> {
    let mut fields = body.fields()?;
    let delta = fields.required(
        "delta",
        integer(|raw| {
            Delta::parse(raw).map_err(|error| ("products.delta_invalid", error.to_string()))
        }),
    );
    let reason = fields.required("reason", string(text(Why::parse, &WHY)));
    let command = match (delta, reason) {
        (Some(delta), Some(reason)) => Some(MoveStock { delta, reason }),
        _ => None,
    };
    fields.finish(command)
}

/// Reads the number of a product.
pub fn product(raw: i64) -> Result<ProductId, Reason> {
    ProductId::parse(raw).map_err(|error| ("id.invalid", error.to_string()))
}

/// A fault of a row, as the report shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = products::ImportError)]
pub struct RowErrorBody {
    /// The line on which the row begins, as an editor counts them: the head is line 1.
    #[schema(minimum = 1, example = 17)]
    pub row: u64,
    /// The column; empty for the whole row.
    #[schema(example = "price")]
    pub column: &'static str,
    /// What is wrong.
    #[schema(example = "products.price_invalid")]
    pub code: &'static str,
    /// In words.
    #[schema(example = "must be 0 to 1000000000000")]
    pub message: String,
}

/// What came of an import.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = products::ImportReport)]
pub struct ReportBody {
    /// Products that were made.
    #[schema(minimum = 0, example = 250)]
    pub imported: u64,
    /// Products that were changed, or were already as the file says.
    #[schema(minimum = 0, example = 3)]
    pub updated: u64,
    /// Rows with faults.
    #[schema(minimum = 0, example = 1)]
    pub failed: u64,
    /// What is wrong with them, by row, at most 1000.
    #[schema(max_items = 1000)]
    pub errors: Vec<RowErrorBody>,
}

/// `200` for an import.
pub fn imported(report: &products::service::Report) -> Reply {
    Reply::ok(ReportBody {
        imported: report.imported,
        updated: report.updated,
        failed: report.failed,
        errors: report
            .faults
            .iter()
            .map(|fault| RowErrorBody {
                row: fault.row,
                column: fault.column,
                code: fault.code,
                message: fault.message.clone(),
            })
            .collect(),
    })
}
