//! What can be asked of this room, made only of parsed values.

use kernel::{Date, Patch};

use crate::values::{
    Brand, CategoryId, CategoryName, Currency, Delta, Edition, LongText, Model, Months,
    OwnedStatus, Price, ProductId, ProductName, Reason, SerialNumber, Slug, Specifications, Status,
    Stock, Website,
};

/// A new category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateCategory {
    /// What it is called.
    pub name: CategoryName,
    /// What it is called in addresses; made from the name when not said.
    pub slug: Option<Slug>,
    /// The category it is below.
    pub parent: Option<CategoryId>,
}

/// A partial update of a category; what is `None` or `Keep` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateCategory {
    /// A new name; the slug stays, for addresses must.
    pub name: Option<CategoryName>,
    /// A new slug.
    pub slug: Option<Slug>,
    /// Another place in the tree, or none above it.
    pub parent: Patch<CategoryId>,
}

/// A new product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateProduct {
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
    /// What it costs; only a draft may lack a price.
    pub price: Option<Price>,
    /// Of what; the configured currency when not said.
    pub currency: Option<Currency>,
    /// How many there are at first.
    pub stock: Stock,
    /// How long its warranty lasts.
    pub warranty_months: Months,
    /// What the warranty holds for.
    pub warranty_conditions: LongText,
    /// Where its maker is found.
    pub website: Option<Website>,
    /// What it can do and is made of.
    pub specifications: Specifications,
    /// Whether it is to be had; `active` when not said.
    pub status: Status,
}

impl CreateProduct {
    /// An active product with a name, at a price of 0.
    pub fn named(name: ProductName) -> Self {
        Self {
            name,
            category: None,
            brand: Brand::empty(),
            model: Model::empty(),
            description: LongText::empty(),
            price: Some(Price::default()),
            currency: None,
            stock: Stock::default(),
            warranty_months: Months::default(),
            warranty_conditions: LongText::empty(),
            website: None,
            specifications: Specifications::empty(),
            status: Status::Active,
        }
    }

    /// The status of a product whose creator names none: without a price it is a draft.
    pub const fn usual_status(price: Option<Price>) -> Status {
        if price.is_some() { Status::Active } else { Status::Draft }
    }
}

/// A partial update of a product; what is `None` or `Keep` stays. Stock moves by [`MoveStock`] only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateProduct {
    /// A new name.
    pub name: Option<ProductName>,
    /// Another kind, or none.
    pub category: Patch<CategoryId>,
    /// Another maker.
    pub brand: Option<Brand>,
    /// Another model.
    pub model: Option<Model>,
    /// A new description.
    pub description: Option<LongText>,
    /// A new price, or none.
    pub price: Patch<Price>,
    /// Another currency.
    pub currency: Option<Currency>,
    /// Another warranty, for what is bought from now on.
    pub warranty_months: Option<Months>,
    /// Other conditions.
    pub warranty_conditions: Option<LongText>,
    /// Another address, or none.
    pub website: Patch<Website>,
    /// Other specifications, as a whole.
    pub specifications: Option<Specifications>,
    /// Another status.
    pub status: Option<Status>,
}

impl UpdateProduct {
    /// How many bytes of text it brings.
    pub fn text_bytes(&self) -> usize {
        let texts = [
            self.name.as_ref().map(ProductName::as_str),
            self.brand.as_ref().map(Brand::as_str),
            self.model.as_ref().map(Model::as_str),
            self.description.as_ref().map(LongText::as_str),
            self.warranty_conditions.as_ref().map(LongText::as_str),
            self.specifications.as_ref().map(Specifications::as_str),
        ];
        texts.into_iter().flatten().map(str::len).sum()
    }
}

/// Stock comes or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveStock {
    /// By how much.
    pub delta: Delta,
    /// Why.
    pub reason: Reason,
}

/// Something new that somebody owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateOwnedProduct {
    /// What it is.
    pub product: ProductId,
    /// Which edition of it.
    pub edition: Edition,
    /// The maker's number of this one.
    pub serial: SerialNumber,
    /// When it was bought.
    pub purchase_date: Option<Date>,
    /// What it cost.
    pub purchase_price: Option<Price>,
    /// Of what; the product's currency when not said.
    pub currency: Option<Currency>,
    /// The last day of its warranty; reckoned from the day it was bought when not said.
    pub warranty_expires: Option<Date>,
    /// In more words.
    pub notes: LongText,
    /// What became of it; `active` when not said.
    pub status: OwnedStatus,
}

impl CreateOwnedProduct {
    /// One of these, and nothing more.
    pub fn of(product: ProductId) -> Self {
        Self {
            product,
            edition: Edition::empty(),
            serial: SerialNumber::empty(),
            purchase_date: None,
            purchase_price: None,
            currency: None,
            warranty_expires: None,
            notes: LongText::empty(),
            status: OwnedStatus::Active,
        }
    }
}

/// A partial update of something owned; what is `None` or `Keep` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateOwnedProduct {
    /// Another edition.
    pub edition: Option<Edition>,
    /// Another number.
    pub serial: Option<SerialNumber>,
    /// Another day, or none. The end of the warranty stays.
    pub purchase_date: Patch<Date>,
    /// Another price, or none.
    pub purchase_price: Patch<Price>,
    /// Another currency.
    pub currency: Option<Currency>,
    /// Another end of the warranty, or none.
    pub warranty_expires: Patch<Date>,
    /// Other notes.
    pub notes: Option<LongText>,
    /// Another status.
    pub status: Option<OwnedStatus>,
}

/// Products of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// What could be read.
    pub rows: Vec<ImportRow>,
    /// How many rows could not.
    pub failed: u64,
    /// What was wrong with them, at most [`IMPORT_FAULTS_MAX`].
    pub faults: Vec<RowError>,
    /// What happens to the others when some are bad.
    pub mode: ImportMode,
}

/// A row of a file that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// The line on which it begins, as an editor counts them: the head is line 1.
    pub row: u64,
    /// The slug of its category, where the file names categories so.
    pub category_slug: Option<Slug>,
    /// What it asks for.
    pub action: ImportAction,
}

/// What a row of a file asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportAction {
    /// A new product.
    Create(Box<CreateProduct>),
    /// A change of a product that is there.
    Update {
        /// Which.
        id: ProductId,
        /// What changes; empty cells change nothing.
        update: Box<UpdateProduct>,
        /// How many there are to be. The ledger gets the difference.
        stock: Option<Stock>,
    },
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// See [`ImportRow::row`].
    pub row: u64,
    /// Which column; empty for the whole row.
    pub column: &'static str,
    /// Stable code.
    pub code: &'static str,
    /// For a person.
    pub message: String,
}

/// What happens to good rows beside bad ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// Every row, or none.
    All,
    /// Those that are good.
    Valid,
}

/// The most faults that are told of one by one.
pub const IMPORT_FAULTS_MAX: usize = 1000;
/// The most rows that may change products which are there. They are written by one unit of work,
/// because readers must see all of the changes or none, and that unit must be short.
pub const IMPORT_CHANGES_MAX: usize = 1000;
/// The most bytes of text in these rows, because indexing them takes time, too.
pub const IMPORT_CHANGES_BYTES_MAX: usize = 512 << 10;
/// The most rows of a file.
pub const IMPORT_ROWS_MAX: u64 = 100_000;
