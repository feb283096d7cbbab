DROP INDEX user_products_serial;
ALTER TABLE user_products DROP COLUMN duplicate;
CREATE UNIQUE INDEX user_products_serial ON user_products (user_id, product_id, serial_number)
  WHERE serial_number <> '';
