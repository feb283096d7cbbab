DROP INDEX user_products_to_warn;
CREATE INDEX user_products_warranty ON user_products (warranty_expires)
  WHERE warranty_expires IS NOT NULL;
