CREATE TABLE categories (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name TEXT NOT NULL,
  slug TEXT COLLATE "C" NOT NULL CONSTRAINT categories_slug UNIQUE,
  parent_id BIGINT CONSTRAINT categories_parent REFERENCES categories (id),
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);

CREATE INDEX categories_parent_all ON categories (parent_id) WHERE parent_id IS NOT NULL;

-- `brand_key` is what brands are compared by; prices are in the currency's minor unit.
CREATE TABLE products (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  category_id BIGINT CONSTRAINT products_category REFERENCES categories (id),
  brand TEXT NOT NULL,
  brand_key TEXT COLLATE "C" NOT NULL,
  model TEXT NOT NULL,
  description TEXT NOT NULL,
  price BIGINT NOT NULL,
  currency TEXT NOT NULL,
  stock BIGINT NOT NULL CONSTRAINT products_stock CHECK (stock >= 0),
  warranty_months BIGINT NOT NULL,
  warranty_conditions TEXT NOT NULL,
  website TEXT,
  specifications TEXT NOT NULL,
  status SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  -- Words of the name, and of name, brand, model and description, cut by the application.
  name_words TSVECTOR NOT NULL DEFAULT '',
  words TSVECTOR NOT NULL DEFAULT ''
);

CREATE INDEX products_created ON products (status, created_at, id);
CREATE INDEX products_price ON products (status, price, id);
CREATE INDEX products_name ON products (status, name, id);
CREATE INDEX products_brand ON products (brand_key, created_at, id);
CREATE INDEX products_category_all ON products (category_id, created_at, id)
  WHERE category_id IS NOT NULL;
CREATE INDEX products_name_words ON products USING gin (name_words);
CREATE INDEX products_words ON products USING gin (words);

-- The ledger: the stock of a product is the sum of its deltas.
CREATE TABLE stock_movements (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id BIGINT NOT NULL
    CONSTRAINT stock_movements_product REFERENCES products (id) ON DELETE CASCADE,
  delta BIGINT NOT NULL CONSTRAINT stock_movements_delta CHECK (delta <> 0),
  balance BIGINT NOT NULL CONSTRAINT stock_movements_balance CHECK (balance >= 0),
  reason TEXT NOT NULL,
  actor_id BIGINT CONSTRAINT stock_movements_actor REFERENCES users (id),
  at BIGINT NOT NULL
);

CREATE INDEX stock_movements_product_id ON stock_movements (product_id, id);

-- Days are kept as their first microsecond. `warned_of` is the end of the warranty that the owner
-- was told of.
CREATE TABLE user_products (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id BIGINT NOT NULL CONSTRAINT user_products_user REFERENCES users (id),
  product_id BIGINT NOT NULL CONSTRAINT user_products_product REFERENCES products (id),
  edition TEXT NOT NULL,
  serial_number TEXT COLLATE "C" NOT NULL,
  purchase_date BIGINT,
  purchase_price BIGINT,
  currency TEXT NOT NULL,
  warranty_expires BIGINT,
  notes TEXT NOT NULL,
  status SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  warned_of BIGINT
);

CREATE UNIQUE INDEX user_products_serial ON user_products (user_id, product_id, serial_number)
  WHERE serial_number <> '';
CREATE INDEX user_products_user_created ON user_products (user_id, created_at, id);
CREATE INDEX user_products_product_all ON user_products (product_id);
CREATE INDEX user_products_warranty ON user_products (warranty_expires)
  WHERE warranty_expires IS NOT NULL;
