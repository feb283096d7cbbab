-- Imports that are under way: the products `first_id` to `last_id` are theirs and invisible to every
-- reader until the row is deleted. `run` counts the processes that worked on an import; after `until`
-- another one may remove what it has written.
CREATE TABLE staged_imports (
  first_id INTEGER PRIMARY KEY,
  last_id INTEGER NOT NULL CONSTRAINT staged_imports_order CHECK (last_id >= first_id),
  run INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT;
