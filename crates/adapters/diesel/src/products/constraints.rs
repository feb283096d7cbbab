//! What breaking the constraints of this domain's tables means.

use crate::constraint::Constraints;

pub(crate) const CONSTRAINTS: Constraints = Constraints {
    unique: &[
        ("categories_slug", "categories.slug", "categories.slug"),
        (
            "user_products_serial",
            "user_products.user_id, user_products.product_id, user_products.serial_number, user_products.duplicate",
            "owned.serial",
        ),
    ],
    missing: &[
        ("categories_parent", "categories.parent"),
        ("products_category", "products.category"),
        ("stock_movements_product", "movements.product"),
        ("stock_movements_actor", "movements.actor"),
        ("user_products_user", "owned.user"),
        ("user_products_product", "owned.product"),
    ],
};
