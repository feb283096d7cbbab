-- Uploads that may come in several requests. `received` is the sum of the parts until there is a file.
-- A task that was purged and a file that was deleted keep their numbers here: hence no foreign keys.
CREATE TABLE uploads (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  owner_id INTEGER NOT NULL CONSTRAINT uploads_owner REFERENCES users (id),
  kind INTEGER NOT NULL,
  visibility INTEGER NOT NULL,
  filename TEXT NOT NULL,
  declared TEXT,
  task_id INTEGER,
  product_id INTEGER,
  length INTEGER NOT NULL,
  received INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  file_id INTEGER,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX uploads_owner_id ON uploads (owner_id);
CREATE INDEX uploads_expires ON uploads (expires_at);

CREATE TABLE upload_parts (
  upload_id INTEGER NOT NULL CONSTRAINT upload_parts_upload REFERENCES uploads (id) ON DELETE CASCADE,
  start INTEGER NOT NULL,
  size INTEGER NOT NULL,
  object_key TEXT NOT NULL,
  PRIMARY KEY (upload_id, start)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX upload_parts_object_key ON upload_parts (object_key);
