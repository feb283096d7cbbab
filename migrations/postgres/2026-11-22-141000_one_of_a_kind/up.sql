-- A person owns one product once with each serial number, and once without one. Rows that break this
-- rule already keep their place: `duplicate` numbers them, and is 0 for all others.
DROP INDEX user_products_serial;
ALTER TABLE user_products ADD COLUMN duplicate BIGINT NOT NULL DEFAULT 0;

UPDATE user_products SET duplicate = ranked.number
FROM (
  SELECT id, row_number() OVER (PARTITION BY user_id, product_id, serial_number ORDER BY id) - 1
    AS number
  FROM user_products
) AS ranked
WHERE ranked.id = user_products.id AND ranked.number > 0;

CREATE UNIQUE INDEX user_products_serial
  ON user_products (user_id, product_id, serial_number, duplicate);
