//! Categories, products and movements of stock, and how they change. Pure: time is an argument.

use kernel::{Timestamp, UserId};

use crate::{
    commands::{CreateProduct, UpdateCategory, UpdateProduct},
    values::{
        Brand, CategoryId, CategoryName, Currency, LongText, Model, Money, Months, MovementId,
        ProductId, ProductName, Reason, Slug, Specifications, Status, Stock, Website,
    },
};

/// A kind of products, perhaps below another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Given by the store.
    pub id: CategoryId,
    /// What it is called.
    pub name: CategoryName,
    /// What it is called in addresses; no two are the same.
    pub slug: Slug,
    /// The category it is below.
    pub parent: Option<CategoryId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// A category that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCategory {
    /// See [`Category::name`].
    pub name: CategoryName,
    /// See [`Category::slug`].
    pub slug: Slug,
    /// See [`Category::parent`].
    pub parent: Option<CategoryId>,
    /// Now.
    pub created_at: Timestamp,
}

impl Category {
    /// Applies a partial update; true when something is different.
    pub fn update(&mut self, update: &UpdateCategory, now: Timestamp) -> bool {
        let before = self.clone();
        if let Some(name) = &update.name {
            self.name = name.clone();
        }
        if let Some(slug) = &update.slug {
            self.slug = slug.clone();
        }
        update.parent.apply(&mut self.parent);
        if *self == before {
            return false;
        }
        self.updated_at = now;
        true
    }
}

/// Something that is to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Given by the store.
    pub id: ProductId,
    /// What it is called.
    pub name: ProductName,
    /// Its kind.
    pub category: Option<CategoryId>,
    /// Who makes it.
    pub brand: Brand,
    /// What its maker calls it.
    pub model: Model,
    /// In more words.
    pub description: LongText,
    /// What it costs.
    pub price: Money,
    /// How many there are. Moved only with an entry in the ledger.
    pub stock: Stock,
    /// How long its warranty lasts.
    pub warranty_months: Months,
    /// What the warranty holds for.
    pub warranty_conditions: LongText,
    /// Where its maker is found.
    pub website: Option<Website>,
    /// What it can do and is made of.
    pub specifications: Specifications,
    /// Whether it is to be had.
    pub status: Status,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed; movements of stock are no change in this sense.
    pub updated_at: Timestamp,
    /// Counts the changes, from 1; movements of stock are no change in this sense, so that a sale
    /// does not outdate what somebody edits.
    pub version: i64,
}

/// A product that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProduct {
    /// See [`Product::name`].
    pub name: ProductName,
    /// See [`Product::category`].
    pub category: Option<CategoryId>,
    /// See [`Product::brand`].
    pub brand: Brand,
    /// See [`Product::model`].
    pub model: Model,
    /// See [`Product::description`].
    pub description: LongText,
    /// See [`Product::price`].
    pub price: Money,
    /// How many there are at first; the ledger opens with it unless it is nothing.
    pub stock: Stock,
    /// See [`Product::warranty_months`].
    pub warranty_months: Months,
    /// See [`Product::warranty_conditions`].
    pub warranty_conditions: LongText,
    /// See [`Product::website`].
    pub website: Option<Website>,
    /// See [`Product::specifications`].
    pub specifications: Specifications,
    /// See [`Product::status`].
    pub status: Status,
    /// Now.
    pub created_at: Timestamp,
    /// Who makes it.
    pub by: Option<UserId>,
}

/// What a ledger opens with.
pub const OPENING: &str = "opening stock";

impl NewProduct {
    /// A product as the command describes it.
    pub fn from_command(
        command: &CreateProduct,
        currency: Currency,
        by: Option<UserId>,
        now: Timestamp,
    ) -> Self {
        Self {
            name: command.name.clone(),
            category: command.category,
            brand: command.brand.clone(),
            model: command.model.clone(),
            description: command.description.clone(),
            price: Money { amount: command.price, currency: command.currency.unwrap_or(currency) },
            stock: command.stock,
            warranty_months: command.warranty_months,
            warranty_conditions: command.warranty_conditions.clone(),
            website: command.website.clone(),
            specifications: command.specifications.clone(),
            status: command.status,
            created_at: now,
            by,
        }
    }
}

impl Product {
    /// Applies a partial update; true when something is different. Stock is none of it.
    pub fn update(&mut self, update: &UpdateProduct, now: Timestamp) -> bool {
        fn put<T: Clone>(field: &mut T, new: Option<&T>) {
            if let Some(new) = new {
                *field = new.clone();
            }
        }
        let before = self.clone();
        put(&mut self.name, update.name.as_ref());
        update.category.apply(&mut self.category);
        put(&mut self.brand, update.brand.as_ref());
        put(&mut self.model, update.model.as_ref());
        put(&mut self.description, update.description.as_ref());
        put(&mut self.price.amount, update.price.as_ref());
        put(&mut self.price.currency, update.currency.as_ref());
        put(&mut self.warranty_months, update.warranty_months.as_ref());
        put(&mut self.warranty_conditions, update.warranty_conditions.as_ref());
        update.website.apply(&mut self.website);
        put(&mut self.specifications, update.specifications.as_ref());
        put(&mut self.status, update.status.as_ref());
        if *self == before {
            return false;
        }
        self.updated_at = now;
        true
    }

    /// True when anybody may see it.
    pub fn is_public(&self) -> bool {
        self.status != Status::Draft
    }
}

/// An entry of a product's ledger: stock came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// Given by the store; a later movement of the same product has a greater one.
    pub id: MovementId,
    /// Whose stock.
    pub product: ProductId,
    /// By how much, never 0.
    pub delta: i64,
    /// How many there were afterwards.
    pub balance: Stock,
    /// Why.
    pub reason: Reason,
    /// Who said so, if anybody.
    pub actor: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// A movement that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMovement {
    /// Whose stock.
    pub product: ProductId,
    /// By how much.
    pub delta: i64,
    /// Why.
    pub reason: Reason,
    /// Who says so.
    pub actor: Option<UserId>,
    /// Now.
    pub at: Timestamp,
}

/// What came of a movement that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It happened, and stands in the ledger.
    Done(Movement),
    /// It would have left fewer than none, or more than can be kept; nothing happened. There are so
    /// many.
    Beyond(Stock),
    /// There is no such product.
    Nowhere,
}

/// What others call a product by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: ProductName,
    /// The name of its category.
    pub category: Option<CategoryName>,
    /// Its maker.
    pub brand: Brand,
    /// Its model.
    pub model: Model,
}
