//! What other domains and clients hear. The JSON is public: its shape is versioned by the event's name
//! and kept in `tests/events/`.

use kernel::{Date, NewEvent, OwnedId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{owned::OwnedProduct, product::NamedProduct, values::ProductId};

kernel::event_types! {
    /// The warranty of something that the person owns ends soon. It happens once for each end.
    WARRANTY_EXPIRING = "product.warranty_expiring.v1": ExpiringSnapshot,
}

/// Something that a person owns, whose warranty ends soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpiringSnapshot {
    /// The owned product.
    #[schemars(with = "OwnedId")]
    pub id: i64,
    /// Its owner.
    #[schemars(with = "UserId")]
    pub user_id: i64,
    /// The product of the catalogue.
    #[schemars(with = "ProductId")]
    pub product_id: i64,
    /// The name of the product.
    pub product_name: String,
    /// Its maker.
    pub brand: String,
    /// The maker's name for it.
    pub model: String,
    /// The maker's number of this one.
    pub serial_number: String,
    /// The last day of the warranty.
    #[schemars(with = "Date")]
    pub warranty_expires: String,
    /// Days from the event to that day.
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
