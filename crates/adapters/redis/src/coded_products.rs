//! Products, categories and pages of products, written down.

use kernel::{Cursor, Page, Timestamp};
use products::{
    Category, CategoryId, Product, ProductId,
    values::{
        Brand, CategoryName, Currency, LongText, Model, Money, Months, Price, ProductName, Slug,
        Specifications, Status, Stock, Website,
    },
};
use serde::{Deserialize, Serialize};

use crate::coded::Coded;

fn moment(micros: i64) -> Option<Timestamp> {
    Timestamp::from_micros(micros).ok()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductRow {
    id: i64,
    name: String,
    category: Option<i64>,
    brand: String,
    model: String,
    description: String,
    price: i64,
    currency: String,
    stock: i64,
    warranty_months: i64,
    warranty_conditions: String,
    website: Option<String>,
    specifications: String,
    status: i16,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<&Product> for ProductRow {
    fn from(product: &Product) -> Self {
        Self {
            id: product.id.get(),
            name: product.name.as_str().to_owned(),
            category: product.category.map(CategoryId::get),
            brand: product.brand.as_str().to_owned(),
            model: product.model.as_str().to_owned(),
            description: product.description.as_str().to_owned(),
            price: product.price.amount.get(),
            currency: product.price.currency.as_str().to_owned(),
            stock: product.stock.get(),
            warranty_months: product.warranty_months.get(),
            warranty_conditions: product.warranty_conditions.as_str().to_owned(),
            website: product.website.as_ref().map(|url| url.as_str().to_owned()),
            specifications: product.specifications.as_str().to_owned(),
            status: product.status.rank(),
            created_at: product.created_at.micros(),
            updated_at: product.updated_at.micros(),
            version: product.version,
        }
    }
}

impl ProductRow {
    fn read(self) -> Option<Product> {
        Some(Product {
            id: ProductId::parse(self.id).ok()?,
            name: ProductName::parse(&self.name).ok()?,
            category: self.category.map(CategoryId::parse).transpose().ok()?,
            brand: Brand::parse(&self.brand).ok()?,
            model: Model::parse(&self.model).ok()?,
            description: LongText::parse(&self.description).ok()?,
            price: Money {
                amount: Price::parse(self.price).ok()?,
                currency: Currency::parse(&self.currency).ok()?,
            },
            stock: Stock::parse(self.stock).ok()?,
            warranty_months: Months::parse(self.warranty_months).ok()?,
            warranty_conditions: LongText::parse(&self.warranty_conditions).ok()?,
            website: self.website.as_deref().map(Website::parse).transpose().ok()?,
            specifications: Specifications::kept(&self.specifications).ok()?,
            status: Status::from_rank(self.status)?,
            created_at: moment(self.created_at)?,
            updated_at: moment(self.updated_at)?,
            version: self.version,
        })
    }
}

impl Coded for Product {
    const KIND: &'static str = "products.v1";

    fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(&ProductRow::from(self)).unwrap_or_default()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice::<ProductRow>(bytes).ok()?.read()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageRow {
    items: Vec<ProductRow>,
    total: Option<u64>,
    next: Option<String>,
}

impl Coded for Page<Product> {
    const KIND: &'static str = "product_pages.v1";

    fn encode(&self) -> Vec<u8> {
        let row = PageRow {
            items: self.items.iter().map(ProductRow::from).collect(),
            total: self.total,
            next: self.next.as_ref().map(Cursor::encode),
        };
        serde_json::to_vec(&row).unwrap_or_default()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let row: PageRow = serde_json::from_slice(bytes).ok()?;
        Some(Self {
            items: row.items.into_iter().map(ProductRow::read).collect::<Option<_>>()?,
            total: row.total,
            next: row.next.map(|raw| Cursor::decode(&raw)).transpose().ok()?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryRow {
    id: i64,
    name: String,
    slug: String,
    parent: Option<i64>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl CategoryRow {
    fn read(self) -> Option<Category> {
        Some(Category {
            id: CategoryId::parse(self.id).ok()?,
            name: CategoryName::parse(&self.name).ok()?,
            slug: Slug::parse(&self.slug).ok()?,
            parent: self.parent.map(CategoryId::parse).transpose().ok()?,
            created_at: moment(self.created_at)?,
            updated_at: moment(self.updated_at)?,
            version: self.version,
        })
    }
}

impl Coded for Vec<Category> {
    const KIND: &'static str = "categories.v1";

    fn encode(&self) -> Vec<u8> {
        let row = |category: &Category| CategoryRow {
            id: category.id.get(),
            name: category.name.as_str().to_owned(),
            slug: category.slug.as_str().to_owned(),
            parent: category.parent.map(CategoryId::get),
            created_at: category.created_at.micros(),
            updated_at: category.updated_at.micros(),
            version: category.version,
        };
        serde_json::to_vec(&self.iter().map(row).collect::<Vec<_>>()).unwrap_or_default()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let rows: Vec<CategoryRow> = serde_json::from_slice(bytes).ok()?;
        rows.into_iter().map(CategoryRow::read).collect()
    }
}
