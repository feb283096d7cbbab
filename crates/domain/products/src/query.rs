//! How products and things owned are looked for.

use kernel::{
    Date, SearchQuery, SortKey, UserId,
    page::{Direction, FixedOrder, SortValue},
    search::SearchDocument,
};

use serde_json::json;

use crate::{
    owned::{EXPIRING_DAYS, OwnedProduct},
    product::Product,
    record::stored_price,
    values::{Brand, CategoryId, LongText, Model, OwnedStatus, Price, ProductName, Status},
};

/// Which products; every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductFilter {
    /// In this state.
    pub status: Option<Status>,
    /// Directly in one of these categories.
    pub categories: Option<Vec<CategoryId>>,
    /// By this maker; case tells none apart.
    pub brand: Option<Brand>,
    /// Costs at least this, whatever the currency.
    pub min_price: Option<Price>,
    /// Costs at most this, whatever the currency. Without a price, a product matches neither bound.
    pub max_price: Option<Price>,
    /// There is one, or there is none.
    pub in_stock: Option<bool>,
    /// Name, brand, model and description have these words; see [`searched_name`] and
    /// [`searched_rest`].
    pub text: Option<SearchQuery>,
}

impl ProductFilter {
    /// A text that is the same for equal filters only, for the keys of a cache.
    pub fn key(&self) -> String {
        let Self { status, categories, brand, min_price, max_price, in_stock, text } = self;
        let categories = categories
            .as_ref()
            .map(|all| all.iter().map(|category| category.get()).collect::<Vec<_>>());
        json!([
            status.map(Status::as_str),
            categories,
            brand.as_ref().map(Brand::key),
            min_price.map(Price::get),
            max_price.map(Price::get),
            in_stock,
            text.as_ref().map(SearchQuery::key),
        ])
        .to_string()
    }

    /// True when `product` is one of them.
    pub fn matches(&self, product: &Product) -> bool {
        let within = |all: &Vec<CategoryId>| product.category.is_some_and(|one| all.contains(&one));
        let amount = product.price.amount;
        self.status.is_none_or(|status| product.status == status)
            && self.categories.as_ref().is_none_or(within)
            && self.brand.as_ref().is_none_or(|brand| product.brand.key() == brand.key())
            && self.min_price.is_none_or(|least| amount.is_some_and(|it| it >= least))
            && self.max_price.is_none_or(|most| amount.is_some_and(|it| it <= most))
            && self.in_stock.is_none_or(|wanted| (product.stock.get() > 0) == wanted)
            && self.text.as_ref().is_none_or(|query| query.finds(&searched(product)))
    }
}

fn searched(product: &Product) -> SearchDocument {
    let Product { name, brand, model, description, .. } = product;
    searched_name(name).and(searched_rest(brand, model, description))
}

/// What a search looks into first.
pub fn searched_name(name: &ProductName) -> SearchDocument {
    SearchDocument::default().name(name.as_str())
}

/// What a search looks into besides; brand and model are names, too.
pub fn searched_rest(brand: &Brand, model: &Model, description: &LongText) -> SearchDocument {
    SearchDocument::default().name(brand.as_str()).name(model.as_str()).text(description.as_str())
}

/// How good a find is; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Every word begins a word of the name.
    Prefix,
    /// Every word is in the name, some only inside of a word.
    Infix,
    /// Some word is not in the name.
    Other,
}

impl Rank {
    /// Of a product that was found by `query`.
    pub fn of(query: &SearchQuery, name: &ProductName) -> Self {
        if query.matches(name.as_str()) {
            Self::Prefix
        } else if query.finds(&searched_name(name)) {
            Self::Infix
        } else {
            Self::Other
        }
    }
}

/// What products can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProductSort {
    /// By the bytes of its UTF-8.
    Name,
    /// The amount, whatever the currency; what has no price comes before what costs 0.
    Price,
    /// When it was made.
    CreatedAt,
    /// By number.
    Id,
}

impl ProductSort {
    /// Every field, as the contract names it.
    pub const ALL: [(&'static str, Self); 4] = [
        ("created_at", Self::CreatedAt),
        ("name", Self::Name),
        ("price", Self::Price),
        ("id", Self::Id),
    ];

    /// The value a product is sorted by.
    pub fn sort_value(self, product: &Product) -> SortValue {
        match self {
            Self::Name => SortValue::Text(product.name.as_str().to_owned()),
            Self::Price => SortValue::Number(stored_price(product.price.amount)),
            Self::CreatedAt => SortValue::Number(product.created_at.micros()),
            Self::Id => SortValue::Number(product.id.get()),
        }
    }
}

/// The ledger of a product: the newest entry first.
pub const MOVEMENT_ORDER: FixedOrder = FixedOrder::BY_ID_DESC;

/// The order when nobody says otherwise: newest first.
pub const DEFAULT_ORDER: [SortKey<ProductSort>; 1] =
    [SortKey { field: ProductSort::CreatedAt, direction: Direction::Descending }];

/// How it stands with a warranty. A warranty holds up to and on its last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warranty {
    /// Its end is known.
    Known,
    /// Holds, and ends within 30 days.
    Expiring,
    /// Has ended.
    Expired,
    /// Holds.
    Active,
}

impl Warranty {
    /// The days its last one is among, seen from `today`; both ends belong to them.
    pub fn days(self, today: Date) -> (Option<Date>, Option<Date>) {
        match self {
            Self::Known => (None, None),
            Self::Expiring => (Some(today), Some(today.offset(EXPIRING_DAYS))),
            Self::Expired => (None, Some(today.offset(-1))),
            Self::Active => (Some(today), None),
        }
    }
}

/// Which of somebody's things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedProductFilter {
    /// Whose.
    pub owner: UserId,
    /// In this state.
    pub status: Option<OwnedStatus>,
    /// With such a warranty.
    pub warranty: Option<Warranty>,
    /// The day that warranties are judged on.
    pub today: Date,
}

impl OwnedProductFilter {
    /// Everything of somebody's.
    pub const fn all(owner: UserId, today: Date) -> Self {
        Self { owner, status: None, warranty: None, today }
    }

    /// True when `owned` is one of them.
    pub fn matches(&self, owned: &OwnedProduct) -> bool {
        let fits = |warranty: Warranty| {
            let (from, to) = warranty.days(self.today);
            owned.warranty_expires.is_some_and(|last| {
                from.is_none_or(|from| last >= from) && to.is_none_or(|to| last <= to)
            })
        };
        owned.owner == self.owner
            && self.status.is_none_or(|status| owned.status == status)
            && self.warranty.is_none_or(fits)
    }
}

/// What things owned can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OwnedProductSort {
    /// When it was entered.
    CreatedAt,
    /// When it was bought; those without come last.
    PurchaseDate,
    /// When its warranty ends; those without come last.
    WarrantyExpires,
    /// By number.
    Id,
}

impl OwnedProductSort {
    /// Every field, as the contract names it.
    pub const ALL: [(&'static str, Self); 4] = [
        ("created_at", Self::CreatedAt),
        ("purchase_date", Self::PurchaseDate),
        ("warranty_expires", Self::WarrantyExpires),
        ("id", Self::Id),
    ];

    /// The value a thing is sorted by.
    pub fn sort_value(self, owned: &OwnedProduct) -> SortValue {
        let day = |day: Option<Date>| {
            day.map_or(SortValue::Nothing, |day| SortValue::Number(day.start().micros()))
        };
        match self {
            Self::CreatedAt => SortValue::Number(owned.created_at.micros()),
            Self::PurchaseDate => day(owned.purchase_date),
            Self::WarrantyExpires => day(owned.warranty_expires),
            Self::Id => SortValue::Number(owned.id.get()),
        }
    }
}

/// The order when nobody says otherwise: newest first.
pub const OWNED_ORDER: [SortKey<OwnedProductSort>; 1] =
    [SortKey { field: OwnedProductSort::CreatedAt, direction: Direction::Descending }];

/// The order of warranties when nobody says otherwise: what ends first.
pub const WARRANTY_ORDER: [SortKey<OwnedProductSort>; 1] =
    [SortKey { field: OwnedProductSort::WarrantyExpires, direction: Direction::Ascending }];
