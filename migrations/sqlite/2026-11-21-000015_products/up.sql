CREATE TABLE categories (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  slug TEXT NOT NULL CONSTRAINT categories_slug UNIQUE,
  parent_id INTEGER CONSTRAINT categories_parent REFERENCES categories (id),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE INDEX categories_parent_all ON categories (parent_id) WHERE parent_id IS NOT NULL;

-- `brand_key` is what brands are compared by; prices are in the currency's minor unit.
CREATE TABLE products (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  category_id INTEGER CONSTRAINT products_category REFERENCES categories (id),
  brand TEXT NOT NULL,
  brand_key TEXT NOT NULL,
  model TEXT NOT NULL,
  description TEXT NOT NULL,
  price INTEGER NOT NULL,
  currency TEXT NOT NULL,
  stock INTEGER NOT NULL CONSTRAINT products_stock CHECK (stock >= 0),
  warranty_months INTEGER NOT NULL,
  warranty_conditions TEXT NOT NULL,
  website TEXT,
  specifications TEXT NOT NULL,
  status INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE INDEX products_created ON products (status, created_at);
CREATE INDEX products_price ON products (status, price);
CREATE INDEX products_name ON products (status, name);
CREATE INDEX products_brand ON products (brand_key, created_at);
CREATE INDEX products_category_all ON products (category_id, created_at)
  WHERE category_id IS NOT NULL;

-- Words are cut by the application; the tokenizer `ascii` leaves them as they are. `names` holds
-- those of the name, `others` the rest of what a search looks into.
CREATE VIRTUAL TABLE products_words USING fts5 (
  names, others, content = '', contentless_delete = 1, tokenize = 'ascii', detail = 'column'
);

-- The ledger: the stock of a product is the sum of its deltas.
CREATE TABLE stock_movements (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id INTEGER NOT NULL
    CONSTRAINT stock_movements_product REFERENCES products (id) ON DELETE CASCADE,
  delta INTEGER NOT NULL CONSTRAINT stock_movements_delta CHECK (delta <> 0),
  balance INTEGER NOT NULL CONSTRAINT stock_movements_balance CHECK (balance >= 0),
  reason TEXT NOT NULL,
  actor_id INTEGER CONSTRAINT stock_movements_actor REFERENCES users (id),
  at INTEGER NOT NULL
) STRICT;

CREATE INDEX stock_movements_product_id ON stock_movements (product_id);

-- Days are kept as their first microsecond. `warned_of` is the end of the warranty that the owner
-- was told of.
CREATE TABLE user_products (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL CONSTRAINT user_products_user REFERENCES users (id),
  product_id INTEGER NOT NULL CONSTRAINT user_products_product REFERENCES products (id),
  edition TEXT NOT NULL,
  serial_number TEXT NOT NULL,
  purchase_date INTEGER,
  purchase_price INTEGER,
  currency TEXT NOT NULL,
  warranty_expires INTEGER,
  notes TEXT NOT NULL,
  status INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  warned_of INTEGER
) STRICT;

CREATE UNIQUE INDEX user_products_serial ON user_products (user_id, product_id, serial_number)
  WHERE serial_number <> '';
CREATE INDEX user_products_user_created ON user_products (user_id, created_at);
CREATE INDEX user_products_product_all ON user_products (product_id);
CREATE INDEX user_products_warranty ON user_products (warranty_expires)
  WHERE warranty_expires IS NOT NULL;
