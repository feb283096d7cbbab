//! The tables of this domain.

use ::products::record::{CategoryRecord, OwnedProductRecord, ProductRecord, StockMovementRecord};

use crate::{row::row, schema::staged_imports};

row!(CategoryRow => CategoryRecord in categories (id) {
    id: BigInt => i64,
    name: Text => String,
    slug: Text => String,
    parent_id: Nullable<BigInt> => Option<i64>,
    created_at: BigInt => i64,
    updated_at: BigInt => i64,
    version: BigInt => i64,
});

row!(ProductRow => ProductRecord in products (id) {
    id: BigInt => i64,
    name: Text => String,
    category_id: Nullable<BigInt> => Option<i64>,
    brand: Text => String,
    model: Text => String,
    description: Text => String,
    price: BigInt => i64,
    currency: Text => String,
    stock: BigInt => i64,
    warranty_months: BigInt => i64,
    warranty_conditions: Text => String,
    website: Nullable<Text> => Option<String>,
    specifications: Text => String,
    status: SmallInt => i16,
    created_at: BigInt => i64,
    updated_at: BigInt => i64,
    version: BigInt => i64,
} plus {
    brand_key: Text => String,
});

row!(MovementRow => StockMovementRecord in stock_movements (id) {
    id: BigInt => i64,
    product_id: BigInt => i64,
    delta: BigInt => i64,
    balance: BigInt => i64,
    reason: Text => String,
    actor_id: Nullable<BigInt> => Option<i64>,
    at: BigInt => i64,
});

row!(OwnedRow => OwnedProductRecord in user_products (id) {
    id: BigInt => i64,
    user_id: BigInt => i64,
    product_id: BigInt => i64,
    edition: Text => String,
    serial_number: Text => String,
    purchase_date: Nullable<BigInt> => Option<i64>,
    purchase_price: Nullable<BigInt> => Option<i64>,
    currency: Text => String,
    warranty_expires: Nullable<BigInt> => Option<i64>,
    notes: Text => String,
    status: SmallInt => i16,
    created_at: BigInt => i64,
    updated_at: BigInt => i64,
    version: BigInt => i64,
} plus {
    warned_of: Nullable<BigInt> => Option<i64>,
    duplicate: BigInt => i64,
});

diesel::allow_tables_to_appear_in_same_query!(categories, products);

diesel::allow_tables_to_appear_in_same_query!(products, staged_imports);
diesel::allow_tables_to_appear_in_same_query!(categories, staged_imports);
diesel::allow_tables_to_appear_in_same_query!(staged_imports, stock_movements);
