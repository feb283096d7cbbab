//! What people own, as they see and send it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Date;
use products::{
    commands::{CreateOwnedProduct, UpdateOwnedProduct},
    owned::OwnedProductView,
    query::{OwnedProductFilter, Warranty},
    values::{Edition, LongText, OwnedStatus, SerialNumber},
};
use rest::{
    call::{Body, Call},
    etag,
    fields::{Reason, TextCodes, integer, string},
    problem::Problem,
    query::Query,
    reply::Reply,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::{cleared, currency, day, long, price, product};

/// Something that the caller owns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = products::OwnedProduct)]
pub struct OwnedBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// Whose it is.
    #[schema(minimum = 1, example = 1)]
    pub user_id: i64,
    /// What it is.
    #[schema(minimum = 1, example = 5)]
    pub product_id: i64,
    /// What that is called.
    #[schema(example = "Talas MK-1")]
    pub product_name: String,
    /// What the product's category is called.
    #[schema(example = "Audio Interfaces")]
    pub category_name: Option<String>,
    /// Who makes it.
    #[schema(example = "Talas Audio")]
    pub brand: String,
    /// What its maker calls it.
    #[schema(example = "MK-1")]
    pub model: String,
    /// Which edition of the product.
    #[schema(max_length = 50, example = "2.0")]
    pub version: String,
    /// The maker's number of this one.
    #[schema(max_length = 100, example = "TAL-001234")]
    pub serial_number: String,
    /// When it was bought.
    #[schema(format = Date, example = "2026-06-15")]
    pub purchase_date: Option<String>,
    /// What it cost, in the currency's minor unit.
    #[schema(minimum = 0, example = 29900)]
    pub purchase_price: Option<i64>,
    /// The currency it was paid in (ISO 4217).
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: String,
    /// The last day of its warranty.
    #[schema(format = Date, example = "2028-06-15")]
    pub warranty_expires: Option<String>,
    /// Whether its warranty holds today (UTC).
    #[schema(example = true)]
    pub is_under_warranty: bool,
    /// How many files are attached to it.
    #[schema(minimum = 0, example = 2)]
    pub files_count: u64,
    /// How many of them are to be read: manuals, warranties, invoices and documents.
    #[schema(minimum = 0, example = 1)]
    pub docs_count: u64,
    /// In more words.
    #[schema(max_length = 10000, example = "Bought from the official store")]
    pub notes: String,
    /// What became of it.
    #[schema(value_type = OwnedStatusWord)]
    pub status: &'static str,
    /// When it was entered.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub updated_at: String,
}

/// What became of something.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = products::OwnedProductStatus)]
pub enum OwnedStatusWord {
    /// In use.
    Active,
    /// Somebody else's now.
    Sold,
    /// Does not work.
    Broken,
    /// Put away.
    Archived,
}

impl From<&OwnedProductView> for OwnedBody {
    fn from(view: &OwnedProductView) -> Self {
        let OwnedProductView { owned, named_product, under_warranty, files } = view;
        Self {
            id: owned.id.get(),
            user_id: owned.owner.get(),
            product_id: owned.product.get(),
            product_name: named_product.name.as_str().to_owned(),
            category_name: named_product.category.as_ref().map(|name| name.as_str().to_owned()),
            brand: named_product.brand.as_str().to_owned(),
            model: named_product.model.as_str().to_owned(),
            version: owned.edition.as_str().to_owned(),
            serial_number: owned.serial.as_str().to_owned(),
            purchase_date: owned.purchase_date.map(|day| day.to_string()),
            purchase_price: owned.purchase_price.map(products::values::Price::get),
            currency: owned.currency.as_str().to_owned(),
            warranty_expires: owned.warranty_expires.map(|day| day.to_string()),
            is_under_warranty: *under_warranty,
            files_count: files.files,
            docs_count: files.docs,
            notes: owned.notes.as_str().to_owned(),
            status: owned.status.as_str(),
            created_at: owned.created_at.to_string(),
            updated_at: owned.updated_at.to_string(),
        }
    }
}

/// The tag of a thing's representation, which shows more than the thing itself: what its product is
/// called, whether the warranty holds, how many files it has. For `If-Match` only the version counts.
pub fn owned_etag(view: &OwnedProductView) -> String {
    let body = serde_json::to_vec(&OwnedBody::from(view)).unwrap_or_default();
    let digest: Vec<u8> = Sha256::digest(body).iter().copied().take(9).collect();
    let mark = URL_SAFE_NO_PAD.encode(digest);
    etag::of(view.owned.version, &mark)
}

/// `201` for something new.
pub fn owned_created(view: &OwnedProductView) -> Reply {
    Reply::created(
        OwnedBody::from(view),
        format!("/api/v1/user-products/{}", view.owned.id),
        Some(owned_etag(view)),
    )
}

/// Something new that the caller owns.
#[derive(Debug, ToSchema)]
#[schema(as = products::CreateOwnedProduct, example = json!({
    "product_id": 1, "version": "2.0", "serial_number": "TAL-001234",
    "purchase_date": "2026-06-15", "purchase_price": 29900
}))]
pub struct CreateOwnedBody {
    /// A product of the catalogue.
    #[schema(minimum = 1)]
    pub product_id: i64,
    /// Which edition of the product; trimmed.
    #[schema(max_length = 50)]
    pub version: Option<String>,
    /// The maker's number of this one; trimmed. The same product with the same number, or
    /// without one, is entered once.
    #[schema(max_length = 100)]
    pub serial_number: Option<String>,
    /// When it was bought.
    #[schema(format = Date)]
    pub purchase_date: Option<String>,
    /// What it cost, in the currency's minor unit.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub purchase_price: Option<i64>,
    /// The currency it was paid in (ISO 4217); the product's when not said.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: Option<String>,
    /// The last day of its warranty; reckoned from the day it was bought and the product's warranty
    /// when not said. Not before the purchase.
    #[schema(format = Date)]
    pub warranty_expires: Option<String>,
    /// In more words.
    #[schema(max_length = 10000)]
    pub notes: Option<String>,
    /// What became of it; `active` when not said.
    pub status: Option<OwnedStatusWord>,
}

/// A change, as a merge patch: what is absent stays, null clears.
#[derive(Debug, ToSchema)]
#[schema(as = products::UpdateOwnedProduct, example = json!({"version": "2.1", "notes": "Updated firmware"}))]
pub struct UpdateOwnedBody {
    /// Another edition; null empties it.
    #[schema(max_length = 50)]
    pub version: Option<String>,
    /// Another number; null empties it.
    #[schema(max_length = 100)]
    pub serial_number: Option<String>,
    /// Another day, not after the end of the warranty, which stays; null removes it.
    #[schema(format = Date)]
    pub purchase_date: Option<String>,
    /// Another price, in the currency's minor unit; null removes it.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub purchase_price: Option<i64>,
    /// Another currency (ISO 4217).
    #[schema(pattern = "^[A-Z]{3}$", nullable = false, example = "EUR")]
    pub currency: Option<String>,
    /// Another end of the warranty, not before the purchase; null removes it.
    #[schema(format = Date)]
    pub warranty_expires: Option<String>,
    /// Other notes; null empties them.
    #[schema(max_length = 10000)]
    pub notes: Option<String>,
    /// Another status.
    #[schema(nullable = false)]
    pub status: Option<OwnedStatusWord>,
}

const EDITION: TextCodes =
    TextCodes { empty: "products.version_too_long", too_long: "products.version_too_long" };
const SERIAL: TextCodes =
    TextCodes { empty: "products.serial_too_long", too_long: "products.serial_too_long" };

fn edition(raw: &str) -> Result<Edition, Reason> {
    Edition::parse(raw).map_err(|error| EDITION.reason(error))
}

fn serial(raw: &str) -> Result<SerialNumber, Reason> {
    SerialNumber::parse(raw).map_err(|error| SERIAL.reason(error))
}

fn owned_status(raw: &str) -> Result<OwnedStatus, Reason> {
    let message = || "must be active, sold, broken or archived".to_owned();
    OwnedStatus::parse(raw).ok_or_else(|| ("products.status_unknown", message()))
}

/// `POST /user-products`.
pub fn create_owned(body: &Body) -> Result<CreateOwnedProduct, Problem> {
    let mut fields = body.fields()?;
    let product = fields.required("product_id", integer(product));
    let edition = fields.optional("version", string(edition));
    let serial = fields.optional("serial_number", string(serial));
    let purchase_date = fields.optional("purchase_date", string(day));
    let purchase_price = fields.optional("purchase_price", integer(price));
    let currency = fields.optional("currency", string(currency));
    let warranty_expires = fields.optional("warranty_expires", string(day));
    let notes = fields.optional("notes", string(long));
    let status = fields.optional("status", string(owned_status));
    let command = product.map(|product| CreateOwnedProduct {
        edition: edition.unwrap_or(Edition::empty()),
        serial: serial.unwrap_or(SerialNumber::empty()),
        purchase_date,
        purchase_price,
        currency,
        warranty_expires,
        notes: notes.unwrap_or(LongText::empty()),
        status: status.unwrap_or(OwnedStatus::Active),
        ..CreateOwnedProduct::of(product)
    });
    fields.finish(command)
}

/// `PUT /user-products/{id}`.
pub fn update_owned(body: &Body) -> Result<UpdateOwnedProduct, Problem> {
    let mut fields = body.fields()?;
    let update = UpdateOwnedProduct {
        edition: cleared(fields.patch("version", string(edition)), Edition::empty()),
        serial: cleared(fields.patch("serial_number", string(serial)), SerialNumber::empty()),
        purchase_date: fields.patch("purchase_date", string(day)),
        purchase_price: fields.patch("purchase_price", integer(price)),
        currency: fields.keep("currency", string(currency)),
        warranty_expires: fields.patch("warranty_expires", string(day)),
        notes: cleared(fields.patch("notes", string(long)), LongText::empty()),
        status: fields.keep("status", string(owned_status)),
    };
    fields.finish(Some(update))
}

/// Which things.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OwnedParams {
    /// In this state.
    #[param(nullable = false)]
    pub status: Option<OwnedStatusWord>,
    /// `created_at, purchase_date, warranty_expires, id`, separated by commas, `-` in front for
    /// descending; what is absent comes last, ties go by id.
    #[param(nullable = false, example = "-created_at")]
    pub sort: Option<String>,
}

/// How it stands with a warranty.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WarrantyWord {
    /// Holds, and ends within 30 days.
    Expiring,
    /// Has ended.
    Expired,
    /// Holds.
    Active,
}

/// Which warranties.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WarrantyParams {
    /// How it stands with them.
    #[param(inline, nullable = false)]
    pub filter: Option<WarrantyWord>,
}

/// Reads which things; whose, and on which day, is the service's to say.
pub fn owned_filter(call: &Call, query: &mut Query) -> Result<OwnedProductFilter, Problem> {
    let (me, today): (_, Date) = (call.actor()?.user, call.state().clock.now().date());
    let status = query.optional("status", owned_status);
    Ok(OwnedProductFilter { status, ..OwnedProductFilter::all(me, today) })
}

/// Reads how it stands with warranties.
pub fn warranty(raw: &str) -> Result<Warranty, Reason> {
    match raw {
        "expiring" => Ok(Warranty::Expiring),
        "expired" => Ok(Warranty::Expired),
        "active" => Ok(Warranty::Active),
        _ => {
            let message = "must be expiring, expired or active".to_owned();
            Err(("products.warranty_filter_unknown", message))
        }
    }
}
