-- Without the table they would become visible.
DELETE FROM products USING staged_imports WHERE id BETWEEN first_id AND last_id;
DROP TABLE staged_imports;
