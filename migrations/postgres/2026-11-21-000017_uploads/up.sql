-- Uploads that may come in several requests. `received` is the sum of the parts until there is a file.
-- A task that was purged and a file that was deleted keep their numbers here: hence no foreign keys.
CREATE TABLE uploads (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner_id BIGINT NOT NULL CONSTRAINT uploads_owner REFERENCES users (id),
  kind SMALLINT NOT NULL,
  visibility SMALLINT NOT NULL,
  filename TEXT COLLATE "C" NOT NULL,
  declared TEXT,
  task_id BIGINT,
  product_id BIGINT,
  length BIGINT NOT NULL,
  received BIGINT NOT NULL,
  metadata TEXT NOT NULL,
  file_id BIGINT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE INDEX uploads_owner_id ON uploads (owner_id, id);
CREATE INDEX uploads_expires ON uploads (expires_at, id);

CREATE TABLE upload_parts (
  upload_id BIGINT NOT NULL CONSTRAINT upload_parts_upload REFERENCES uploads (id) ON DELETE CASCADE,
  start BIGINT NOT NULL,
  size BIGINT NOT NULL,
  object_key TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (upload_id, start)
);

CREATE UNIQUE INDEX upload_parts_object_key ON upload_parts (object_key);
