//! What this room tells the others. The JSON is public: its shape is versioned by the event's name
//! and kept in `tests/events/`.

use kernel::{Date, NewEvent, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{owned::OwnedProduct, product::NamedProduct};

/// The warranty of something somebody owns ends soon. Told once for each end.
pub const WARRANTY_EXPIRING: &str = "product.warranty_expiring.v1";

/// Every event of this room.
pub const ALL: [&str; 1] = [WARRANTY_EXPIRING];

/// The payload of [`WARRANTY_EXPIRING`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiringSnapshot {
    /// The number of the thing owned.
    pub id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// What it is.
    pub product_id: i64,
    /// What that is called.
    pub product_name: String,
    /// Who makes it.
    pub brand: String,
    /// What its maker calls it.
    pub model: String,
    /// The maker's number of this one.
    pub serial_number: String,
    /// The last day of the warranty.
    pub warranty_expires: String,
    /// From the day this is told.
    pub days_left: i64,
}

/// The warranty of `owned` ends on `last`.
pub fn warranty_expiring(
    owned: &OwnedProduct,
    named_product: &NamedProduct,
    last: Date,
    now: Timestamp,
) -> NewEvent {
    NewEvent {
        name: WARRANTY_EXPIRING,
        at: now,
        actor: None,
        subject: owned.id.get(),
        audience: vec![owned.owner.into()],
        payload: json!(ExpiringSnapshot {
            id: owned.id.get(),
            user_id: owned.owner.get(),
            product_id: owned.product.get(),
            product_name: named_product.name.as_str().to_owned(),
            brand: named_product.brand.as_str().to_owned(),
            model: named_product.model.as_str().to_owned(),
            serial_number: owned.serial.as_str().to_owned(),
            warranty_expires: last.to_string(),
            days_left: last.days_since(now.date()),
        }),
        request_id: None,
    }
}
