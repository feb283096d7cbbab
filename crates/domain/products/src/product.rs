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

impl NewCategory {
    /// The category that it becomes under its id.
    pub fn stored(&self, id: CategoryId) -> Category {
        let Self { name, slug, parent, created_at } = self;
        Category {
            id,
            name: name.clone(),
            slug: slug.clone(),
            parent: *parent,
            created_at: *created_at,
            updated_at: *created_at,
            version: 1,
        }
    }
}

impl Category {
    /// Applies a partial update; true when something is different.
    pub fn update(&mut self, update: &UpdateCategory, now: Timestamp) -> bool {
        let UpdateCategory { name, slug, parent } = update;
        let before = self.clone();
        if let Some(name) = name {
            self.name = name.clone();
        }
        if let Some(slug) = slug {
            self.slug = slug.clone();
        }
        parent.apply(&mut self.parent);
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

/// An import that is under way, as the process knows it that works on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StagedImport {
    /// The first of the reserved ids, which go on without gaps.
    pub first: ProductId,
    /// How many ids are reserved.
    pub rows: u64,
    /// Counts the processes that worked on it, from 0; only the last one may.
    pub run: i64,
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
        let usual = currency;
        let CreateProduct {
            name,
            category,
            brand,
            model,
            description,
            price,
            currency,
            stock,
            warranty_months,
            warranty_conditions,
            website,
            specifications,
            status,
        } = command;
        Self {
            name: name.clone(),
            category: *category,
            brand: brand.clone(),
            model: model.clone(),
            description: description.clone(),
            price: Money { amount: *price, currency: currency.unwrap_or(usual) },
            stock: *stock,
            warranty_months: *warranty_months,
            warranty_conditions: warranty_conditions.clone(),
            website: website.clone(),
            specifications: specifications.clone(),
            status: *status,
            created_at: now,
            by,
        }
    }

    /// See [`Product::is_priced_or_draft`].
    pub fn is_priced_or_draft(&self) -> bool {
        self.price.amount.is_some() || self.status == Status::Draft
    }

    /// The product that it becomes under its id.
    pub fn stored(&self, id: ProductId) -> Product {
        let Self {
            name,
            category,
            brand,
            model,
            description,
            price,
            stock,
            warranty_months,
            warranty_conditions,
            website,
            specifications,
            status,
            created_at,
            by: _,
        } = self;
        Product {
            id,
            name: name.clone(),
            category: *category,
            brand: brand.clone(),
            model: model.clone(),
            description: description.clone(),
            price: *price,
            stock: *stock,
            warranty_months: *warranty_months,
            warranty_conditions: warranty_conditions.clone(),
            website: website.clone(),
            specifications: specifications.clone(),
            status: *status,
            created_at: *created_at,
            updated_at: *created_at,
            version: 1,
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
        let UpdateProduct {
            name,
            category,
            brand,
            model,
            description,
            price,
            currency,
            warranty_months,
            warranty_conditions,
            website,
            specifications,
            status,
        } = update;
        let before = self.clone();
        put(&mut self.name, name.as_ref());
        category.apply(&mut self.category);
        put(&mut self.brand, brand.as_ref());
        put(&mut self.model, model.as_ref());
        put(&mut self.description, description.as_ref());
        price.apply(&mut self.price.amount);
        put(&mut self.price.currency, currency.as_ref());
        put(&mut self.warranty_months, warranty_months.as_ref());
        put(&mut self.warranty_conditions, warranty_conditions.as_ref());
        website.apply(&mut self.website);
        put(&mut self.specifications, specifications.as_ref());
        put(&mut self.status, status.as_ref());
        if *self == before {
            return false;
        }
        self.updated_at = now;
        true
    }

    /// False for what is more than a draft and has no price.
    pub fn is_priced_or_draft(&self) -> bool {
        self.price.amount.is_some() || self.status == Status::Draft
    }

    /// True when anybody may see it.
    pub fn is_public(&self) -> bool {
        self.status != Status::Draft
    }
}

/// An entry of a product's ledger: stock came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockMovement {
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
pub struct NewStockMovement {
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

impl NewStockMovement {
    /// The entry that it becomes under its id.
    pub fn stored(&self, id: MovementId, balance: Stock) -> StockMovement {
        let Self { product, delta, reason, actor, at } = self;
        StockMovement {
            id,
            product: *product,
            delta: *delta,
            balance,
            reason: reason.clone(),
            actor: *actor,
            at: *at,
        }
    }
}

/// What came of a movement that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It happened, and stands in the ledger.
    Done(StockMovement),
    /// It would have left fewer than none, or more than can be kept; nothing happened. There are so
    /// many.
    Beyond(Stock),
    /// There is no such product.
    Nowhere,
}

/// What others call a product by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedProduct {
    /// Its name.
    pub name: ProductName,
    /// The name of its category.
    pub category: Option<CategoryName>,
    /// Its maker.
    pub brand: Brand,
    /// Its model.
    pub model: Model,
}
