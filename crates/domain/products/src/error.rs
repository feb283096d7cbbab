//! What can go wrong in this room, in its own words.

use kernel::{
    DomainError, ErrorKind, FieldError, MissingPermission, OwnedId, StoreError,
    idempotency::KeyReused,
};

use crate::{
    commands::{IMPORT_CHANGES_BYTES_MAX, IMPORT_CHANGES_MAX},
    owned::OwnedProductView,
    product::{Category, Product},
    values::{CategoryId, ProductId, Slug, Stock},
};

/// The code and the message of a product that is more than a draft and has no price.
pub const PRICE_MISSING: (&str, &str) =
    ("products.price_missing", "is needed, unless the status is `draft`");

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ProductError {
    /// No such product, or not to be seen.
    #[error("There is no product {0}.")]
    NotFound(ProductId),
    /// No such category.
    #[error("There is no category {0}.")]
    CategoryNotFound(CategoryId),
    /// No such thing, or not the caller's.
    #[error("You own nothing with the number {0}.")]
    OwnedNotFound(OwnedId),
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// The caller's version of a product is out of date.
    #[error("The product was changed since you read it; its version is now {}.", .0.version)]
    Stale(Box<Product>),
    /// The caller's version of a category is out of date.
    #[error("The category was changed since you read it; its version is now {}.", .0.version)]
    CategoryStale(Box<Category>),
    /// The caller's version of a thing is out of date.
    #[error("It was changed since you read it.")]
    OwnedStale(Box<OwnedProductView>),
    /// Something named is not there, or cannot be where it was put.
    #[error("The request has faults; see `errors`.")]
    Invalid(Vec<FieldError>),
    /// Another category has this slug.
    #[error("The slug `{}` is taken.", .0.as_str())]
    SlugTaken(Slug),
    /// Categories or products are in it.
    #[error("The category is not empty: {0} are in it.")]
    CategoryInUse(&'static str),
    /// There are as many categories as there may be.
    #[error("There are {0} categories; there can be no more.")]
    TooManyCategories(usize),
    /// Somebody owns one.
    #[error("Somebody owns this product. Set its status to `discontinued` instead.")]
    InUse,
    /// Files are attached to what is to be taken off the list.
    #[error("Files are attached to it: {0}. Delete them first.")]
    FilesAttached(u64),
    /// There are not so many.
    #[error("There are only {} in stock; {wanted} were to go.", .stock.get())]
    StockInsufficient {
        /// How many there are.
        stock: Stock,
        /// How many were to go.
        wanted: i64,
    },
    /// There would be too many.
    #[error("There are {} in stock; there can be at most 1000000000.", .stock.get())]
    StockLimit {
        /// How many there are.
        stock: Stock,
    },
    /// The owner has this product with this serial number, or without one, already.
    #[error("You have entered this product with the same serial number, or without one, before.")]
    SerialTaken,
    /// Some rows are bad, so that none was taken.
    #[error("{failed} of {rows} rows have faults, so nothing was imported.")]
    ImportRefused {
        /// How many are bad.
        failed: u64,
        /// How many there are.
        rows: u64,
        /// What is wrong with them, each under `/rows/{row}/{column}`.
        fields: Vec<FieldError>,
    },
    /// More rows change products than one import may change, or they bring too much text.
    #[error(
        "{rows} rows with {bytes} bytes of text change existing products. One file may change at \
         most {IMPORT_CHANGES_MAX}, with {IMPORT_CHANGES_BYTES_MAX} bytes of text: split it."
    )]
    ImportTooManyChanges {
        /// How many rows do.
        rows: usize,
        /// How much text they have.
        bytes: usize,
    },
    /// The import took longer than it may, or another process took it for abandoned.
    #[error("The import took too long, so nothing was imported. Try again later.")]
    ImportAbandoned,
    /// The idempotency key belongs to another request.
    #[error("This Idempotency-Key was used for another request.")]
    KeyReused,
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

impl From<MissingPermission> for ProductError {
    fn from(MissingPermission(permission): MissingPermission) -> Self {
        Self::MissingPermission(permission.as_str())
    }
}

impl From<StoreError> for ProductError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<KeyReused> for ProductError {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl DomainError for ProductError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) | Self::CategoryNotFound(_) | Self::OwnedNotFound(_) => {
                ErrorKind::NotFound
            }
            Self::MissingPermission(_) => ErrorKind::Forbidden,
            Self::Stale(_) | Self::CategoryStale(_) | Self::OwnedStale(_) => ErrorKind::Stale,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::SlugTaken(_)
            | Self::CategoryInUse(_)
            | Self::TooManyCategories(_)
            | Self::InUse
            | Self::FilesAttached(_)
            | Self::StockInsufficient { .. }
            | Self::StockLimit { .. }
            | Self::SerialTaken => ErrorKind::Conflict,
            Self::ImportRefused { .. } | Self::KeyReused => ErrorKind::Refused,
            Self::ImportTooManyChanges { .. } => ErrorKind::TooLarge,
            Self::ImportAbandoned => ErrorKind::Unavailable,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "products.not_found",
            Self::CategoryNotFound(_) => "products.category_not_found",
            Self::OwnedNotFound(_) => "products.owned_not_found",
            Self::MissingPermission(_) => "auth.missing_permission",
            Self::Stale(_) => "products.stale",
            Self::CategoryStale(_) => "products.category_stale",
            Self::OwnedStale(_) => "products.owned_stale",
            Self::Invalid(_) => "products.invalid",
            Self::SlugTaken(_) => "products.slug_taken",
            Self::CategoryInUse(_) => "products.category_in_use",
            Self::TooManyCategories(_) => "products.too_many_categories",
            Self::InUse => "products.in_use",
            Self::FilesAttached(_) => "products.files_attached",
            Self::StockInsufficient { .. } => "products.stock_insufficient",
            Self::StockLimit { .. } => "products.stock_limit",
            Self::SerialTaken => "products.serial_taken",
            Self::ImportRefused { .. } => "products.import_refused",
            Self::ImportTooManyChanges { .. } => "products.import_too_many_changes",
            Self::ImportAbandoned => "products.import_abandoned",
            Self::KeyReused => "idempotency.key_reused",
            Self::Store(error) => error.code(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(fields) | Self::ImportRefused { fields, .. } => fields,
            _ => &[],
        }
    }
}
