-- Without the table they would become visible.
DELETE FROM products_words WHERE rowid IN (
  SELECT id FROM products JOIN staged_imports ON id BETWEEN first_id AND last_id
);
DELETE FROM products WHERE id IN (
  SELECT id FROM products JOIN staged_imports ON id BETWEEN first_id AND last_id
);
DROP TABLE staged_imports;
