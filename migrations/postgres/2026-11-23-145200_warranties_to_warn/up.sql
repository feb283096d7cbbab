-- Warranties of which the owner was not told that they end. A warning moves one out of it.
DROP INDEX user_products_warranty;
CREATE INDEX user_products_to_warn ON user_products (warranty_expires, id)
  WHERE warranty_expires IS NOT NULL AND status IN (0, 2) AND warned_of IS DISTINCT FROM warranty_expires;
