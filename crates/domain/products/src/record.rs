//! The stored forms of this domain's aggregates: the only code that takes one apart to keep it and
//! rebuilds it.

use kernel::{
    Cursor, OwnedId, Page, UserId,
    record::{CorruptColumn, Record, day, known, moment, read, read_option, user},
};
use serde::{Deserialize, Serialize};

use crate::{
    owned::OwnedProduct,
    product::{Category, Product, StockMovement},
    values::{
        Brand, CategoryId, CategoryName, Currency, Edition, LongText, Model, Money, Months,
        MovementId, OwnedStatus, Price, ProductId, ProductName, Reason, SerialNumber, Slug,
        Specifications, Status, Stock, Website,
    },
};

/// Of all forms in this file; any change of one of them raises it.
pub const VERSION: u32 = 3;

/// How an absent price is stored: below every other one, so that products sort by one column that is
/// never null.
pub const NO_PRICE: i64 = -1;

/// The stored form of a price.
pub fn stored_price(price: Option<Price>) -> i64 {
    price.map_or(NO_PRICE, Price::get)
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the product's field of that name")]
pub struct ProductRecord {
    pub id: i64,
    pub name: String,
    pub category_id: Option<i64>,
    pub brand: String,
    pub model: String,
    pub description: String,
    pub price: i64,
    pub currency: String,
    pub stock: i64,
    pub warranty_months: i64,
    pub warranty_conditions: String,
    pub website: Option<String>,
    pub specifications: String,
    pub status: i16,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

impl Record for ProductRecord {
    const NAME: &'static str = "products";
    const VERSION: u32 = VERSION;
}

impl From<&Product> for ProductRecord {
    fn from(product: &Product) -> Self {
        let Product {
            id,
            name,
            category,
            brand,
            model,
            description,
            price: Money { amount, currency },
            stock,
            warranty_months,
            warranty_conditions,
            website,
            specifications,
            status,
            created_at,
            updated_at,
            version,
        } = product;
        Self {
            id: id.get(),
            name: name.as_str().to_owned(),
            category_id: category.map(CategoryId::get),
            brand: brand.as_str().to_owned(),
            model: model.as_str().to_owned(),
            description: description.as_str().to_owned(),
            price: stored_price(*amount),
            currency: currency.as_str().to_owned(),
            stock: stock.get(),
            warranty_months: warranty_months.get(),
            warranty_conditions: warranty_conditions.as_str().to_owned(),
            website: website.as_ref().map(|url| url.as_str().to_owned()),
            specifications: specifications.as_str().to_owned(),
            status: status.rank(),
            created_at: created_at.micros(),
            updated_at: updated_at.micros(),
            version: *version,
        }
    }
}

impl TryFrom<ProductRecord> for Product {
    type Error = CorruptColumn;

    fn try_from(r: ProductRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: read("id", ProductId::parse(r.id))?,
            name: read("name", ProductName::parse(&r.name))?,
            category: read_option("category_id", r.category_id, CategoryId::parse)?,
            brand: read("brand", Brand::parse(&r.brand))?,
            model: read("model", Model::parse(&r.model))?,
            description: read("description", LongText::parse(&r.description))?,
            price: Money {
                amount: (r.price != NO_PRICE)
                    .then(|| read("price", Price::parse(r.price)))
                    .transpose()?,
                currency: read("currency", Currency::parse(&r.currency))?,
            },
            stock: read("stock", Stock::parse(r.stock))?,
            warranty_months: read("warranty_months", Months::parse(r.warranty_months))?,
            warranty_conditions: read(
                "warranty_conditions",
                LongText::parse(&r.warranty_conditions),
            )?,
            website: read_option("website", r.website.as_deref(), Website::parse)?,
            specifications: read("specifications", Specifications::kept(&r.specifications))?,
            status: known("status", Status::from_rank(r.status))?,
            created_at: moment("created_at", r.created_at)?,
            updated_at: moment("updated_at", r.updated_at)?,
            version: r.version,
        })
    }
}

/// A page of products, for the shared cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the page's field of that name")]
pub struct ProductPageRecord {
    pub items: Vec<ProductRecord>,
    pub total: Option<u64>,
    pub next: Option<String>,
}

impl Record for ProductPageRecord {
    const NAME: &'static str = "product_pages";
    const VERSION: u32 = VERSION;
}

impl From<&Page<Product>> for ProductPageRecord {
    fn from(page: &Page<Product>) -> Self {
        let Page { items, total, next } = page;
        Self {
            items: items.iter().map(ProductRecord::from).collect(),
            total: *total,
            next: next.as_ref().map(Cursor::encode),
        }
    }
}

impl TryFrom<ProductPageRecord> for Page<Product> {
    type Error = CorruptColumn;

    fn try_from(r: ProductPageRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            items: r.items.into_iter().map(Product::try_from).collect::<Result<_, _>>()?,
            total: r.total,
            next: read_option("next", r.next.as_deref(), Cursor::decode)?,
        })
    }
}

/// A category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the category's field of that name")]
pub struct CategoryRecord {
    pub id: i64,
    pub name: String,
    pub slug: String,
    pub parent_id: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

impl From<&Category> for CategoryRecord {
    fn from(category: &Category) -> Self {
        let Category { id, name, slug, parent, created_at, updated_at, version } = category;
        Self {
            id: id.get(),
            name: name.as_str().to_owned(),
            slug: slug.as_str().to_owned(),
            parent_id: parent.map(CategoryId::get),
            created_at: created_at.micros(),
            updated_at: updated_at.micros(),
            version: *version,
        }
    }
}

impl TryFrom<CategoryRecord> for Category {
    type Error = CorruptColumn;

    fn try_from(r: CategoryRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: read("id", CategoryId::parse(r.id))?,
            name: read("name", CategoryName::parse(&r.name))?,
            slug: read("slug", Slug::parse(&r.slug))?,
            parent: read_option("parent_id", r.parent_id, CategoryId::parse)?,
            created_at: moment("created_at", r.created_at)?,
            updated_at: moment("updated_at", r.updated_at)?,
            version: r.version,
        })
    }
}

/// Every category, for the shared cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CategoriesRecord(pub Vec<CategoryRecord>);

impl Record for CategoriesRecord {
    const NAME: &'static str = "categories";
    const VERSION: u32 = VERSION;
}

impl From<&Vec<Category>> for CategoriesRecord {
    fn from(categories: &Vec<Category>) -> Self {
        Self(categories.iter().map(CategoryRecord::from).collect())
    }
}

impl TryFrom<CategoriesRecord> for Vec<Category> {
    type Error = CorruptColumn;

    fn try_from(r: CategoriesRecord) -> Result<Self, CorruptColumn> {
        r.0.into_iter().map(Category::try_from).collect()
    }
}

/// An entry of a ledger. It is only read back: a ledger is written by the database itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the movement's field of that name")]
pub struct StockMovementRecord {
    pub id: i64,
    pub product_id: i64,
    pub delta: i64,
    pub balance: i64,
    pub reason: String,
    pub actor_id: Option<i64>,
    pub at: i64,
}

impl TryFrom<StockMovementRecord> for StockMovement {
    type Error = CorruptColumn;

    fn try_from(r: StockMovementRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: read("id", MovementId::parse(r.id))?,
            product: read("product_id", ProductId::parse(r.product_id))?,
            delta: r.delta,
            balance: read("balance", Stock::parse(r.balance))?,
            reason: read("reason", Reason::parse(&r.reason))?,
            actor: read_option("actor_id", r.actor_id, UserId::parse)?,
            at: moment("at", r.at)?,
        })
    }
}

/// Something owned. It is in no shared cache, so it has no serialized form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the owned product's field of that name")]
pub struct OwnedProductRecord {
    pub id: i64,
    pub user_id: i64,
    pub product_id: i64,
    pub edition: String,
    pub serial_number: String,
    pub purchase_date: Option<i64>,
    pub purchase_price: Option<i64>,
    pub currency: String,
    pub warranty_expires: Option<i64>,
    pub notes: String,
    pub status: i16,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

impl TryFrom<OwnedProductRecord> for OwnedProduct {
    type Error = CorruptColumn;

    fn try_from(r: OwnedProductRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: read("id", OwnedId::parse(r.id))?,
            owner: user("user_id", r.user_id)?,
            product: read("product_id", ProductId::parse(r.product_id))?,
            edition: read("edition", Edition::parse(&r.edition))?,
            serial: read("serial_number", SerialNumber::parse(&r.serial_number))?,
            purchase_date: day("purchase_date", r.purchase_date)?,
            purchase_price: read_option("purchase_price", r.purchase_price, Price::parse)?,
            currency: read("currency", Currency::parse(&r.currency))?,
            warranty_expires: day("warranty_expires", r.warranty_expires)?,
            notes: read("notes", LongText::parse(&r.notes))?,
            status: known("status", OwnedStatus::from_rank(r.status))?,
            created_at: moment("created_at", r.created_at)?,
            updated_at: moment("updated_at", r.updated_at)?,
            version: r.version,
        })
    }
}
