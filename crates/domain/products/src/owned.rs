//! What somebody owns, and its warranty. Pure: time is an argument.

use kernel::{Date, OwnedId, Timestamp, UserId};

use crate::{
    commands::{CreateOwnedProduct, UpdateOwnedProduct},
    product::{NamedProduct, Product},
    values::{Currency, Edition, LongText, Months, OwnedStatus, Price, ProductId, SerialNumber},
};

/// How many days before its end a warranty is expiring.
pub const EXPIRING_DAYS: i64 = 30;

/// Something that somebody owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedProduct {
    /// Given by the store.
    pub id: OwnedId,
    /// Whose it is.
    pub owner: UserId,
    /// What it is.
    pub product: ProductId,
    /// Which edition of the product; `version` on the wire.
    pub edition: Edition,
    /// The maker's number of this one.
    pub serial: SerialNumber,
    /// When it was bought.
    pub purchase_date: Option<Date>,
    /// What it cost, in the minor unit of `currency`.
    pub purchase_price: Option<Price>,
    /// The currency it was paid in.
    pub currency: Currency,
    /// The last day of its warranty.
    pub warranty_expires: Option<Date>,
    /// In more words.
    pub notes: LongText,
    /// What became of it.
    pub status: OwnedStatus,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// Something owned that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOwnedProduct {
    /// See [`Owned::owner`].
    pub owner: UserId,
    /// See [`Owned::product`].
    pub product: ProductId,
    /// See [`Owned::edition`].
    pub edition: Edition,
    /// See [`Owned::serial`].
    pub serial: SerialNumber,
    /// See [`Owned::purchase_date`].
    pub purchase_date: Option<Date>,
    /// See [`Owned::purchase_price`].
    pub purchase_price: Option<Price>,
    /// See [`Owned::currency`].
    pub currency: Currency,
    /// See [`Owned::warranty_expires`].
    pub warranty_expires: Option<Date>,
    /// See [`Owned::notes`].
    pub notes: LongText,
    /// See [`Owned::status`].
    pub status: OwnedStatus,
    /// Now.
    pub created_at: Timestamp,
}

/// When something was bought and when its warranty ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarrantyTerm {
    /// See [`Owned::purchase_date`].
    pub purchase_date: Option<Date>,
    /// See [`Owned::warranty_expires`].
    pub warranty_expires: Option<Date>,
}

impl WarrantyTerm {
    /// The day of the purchase, if the warranty ends before it.
    pub fn ends_before_purchase(self) -> Option<Date> {
        self.purchase_date.filter(|bought| self.warranty_expires.is_some_and(|end| end < *bought))
    }
}

/// When the warranty of something ends that was bought on that day: the same day of the month so
/// many months later, or the month's last. None when the product has no warranty.
pub fn warranty_end(bought: Date, months: Months) -> Option<Date> {
    let months = u32::try_from(months.get()).ok().filter(|months| *months > 0)?;
    Some(bought.plus_months(months))
}

impl NewOwnedProduct {
    /// A thing of `owner` as the command describes it; what is not said comes from the product.
    pub fn from_command(
        command: &CreateOwnedProduct,
        product: &Product,
        owner: UserId,
        now: Timestamp,
    ) -> Self {
        let CreateOwnedProduct {
            product: _,
            edition,
            serial,
            purchase_date,
            purchase_price,
            currency,
            warranty_expires,
            notes,
            status,
        } = command;
        let usual = || warranty_end((*purchase_date)?, product.warranty_months);
        Self {
            owner,
            product: product.id,
            edition: edition.clone(),
            serial: serial.clone(),
            purchase_date: *purchase_date,
            purchase_price: *purchase_price,
            currency: currency.unwrap_or(product.price.currency),
            warranty_expires: warranty_expires.or_else(usual),
            notes: notes.clone(),
            status: *status,
            created_at: now,
        }
    }

    /// The term of its warranty.
    pub fn warranty(&self) -> WarrantyTerm {
        let Self { purchase_date, warranty_expires, .. } = *self;
        WarrantyTerm { purchase_date, warranty_expires }
    }

    /// The thing that it becomes under its id.
    pub fn stored(&self, id: OwnedId) -> OwnedProduct {
        let Self {
            owner,
            product,
            edition,
            serial,
            purchase_date,
            purchase_price,
            currency,
            warranty_expires,
            notes,
            status,
            created_at,
        } = self;
        OwnedProduct {
            id,
            owner: *owner,
            product: *product,
            edition: edition.clone(),
            serial: serial.clone(),
            purchase_date: *purchase_date,
            purchase_price: *purchase_price,
            currency: *currency,
            warranty_expires: *warranty_expires,
            notes: notes.clone(),
            status: *status,
            created_at: *created_at,
            updated_at: *created_at,
            version: 1,
        }
    }
}

impl OwnedProduct {
    /// Applies a partial update; true when something is different.
    pub fn update(&mut self, update: &UpdateOwnedProduct, now: Timestamp) -> bool {
        let UpdateOwnedProduct {
            edition,
            serial,
            purchase_date,
            purchase_price,
            currency,
            warranty_expires,
            notes,
            status,
        } = update;
        let before = self.clone();
        if let Some(edition) = edition {
            self.edition = edition.clone();
        }
        if let Some(serial) = serial {
            self.serial = serial.clone();
        }
        purchase_date.apply(&mut self.purchase_date);
        purchase_price.apply(&mut self.purchase_price);
        if let Some(currency) = currency {
            self.currency = *currency;
        }
        warranty_expires.apply(&mut self.warranty_expires);
        if let Some(notes) = notes {
            self.notes = notes.clone();
        }
        if let Some(status) = status {
            self.status = *status;
        }
        if *self == before {
            return false;
        }
        self.updated_at = now;
        true
    }

    /// The term of its warranty.
    pub fn warranty(&self) -> WarrantyTerm {
        let Self { purchase_date, warranty_expires, .. } = *self;
        WarrantyTerm { purchase_date, warranty_expires }
    }

    /// True on every day up to the last of the warranty.
    pub fn is_under_warranty(&self, today: Date) -> bool {
        self.warranty_expires.is_some_and(|last| last >= today)
    }
}

/// How many files something has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileCounts {
    /// Of all kinds.
    pub files: u64,
    /// Of those: manuals, warranties, invoices and documents.
    pub docs: u64,
}

/// Something owned, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedProductView {
    /// The thing.
    pub owned: OwnedProduct,
    /// What its product is called.
    pub named_product: NamedProduct,
    /// Whether its warranty holds today.
    pub under_warranty: bool,
    /// How many files are attached to it.
    pub files: FileCounts,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(bought: &str, months: i64) -> Option<String> {
        let end = warranty_end(Date::parse(bought).unwrap(), Months::parse(months).unwrap());
        end.map(|day| day.to_string())
    }

    #[test]
    fn months_are_of_the_calendar_and_end_with_the_month() {
        assert_eq!(end("2024-01-31", 1).as_deref(), Some("2024-02-29"));
        assert_eq!(end("2023-01-31", 1).as_deref(), Some("2023-02-28"));
        assert_eq!(end("2023-06-15", 24).as_deref(), Some("2025-06-15"));
        assert_eq!(end("2024-02-29", 12).as_deref(), Some("2025-02-28"));
        assert_eq!(end("2024-12-31", 6).as_deref(), Some("2025-06-30"));
        assert_eq!(end("9999-12-31", 1).as_deref(), Some("9999-12-31"), "there is no later day");
        assert_eq!(end("2024-12-31", 0), None);
    }
}
