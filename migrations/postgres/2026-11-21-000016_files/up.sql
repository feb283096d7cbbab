-- Content, once however many files have it. The bytes are elsewhere, under `object_key`.
CREATE TABLE blobs (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sha256 BYTEA NOT NULL,
  size BIGINT NOT NULL,
  object_key TEXT COLLATE "C" NOT NULL,
  refs BIGINT NOT NULL
);

CREATE UNIQUE INDEX blobs_sha256 ON blobs (sha256);
CREATE UNIQUE INDEX blobs_object_key ON blobs (object_key);

CREATE TABLE blob_variants (
  blob_id BIGINT NOT NULL CONSTRAINT blob_variants_blob REFERENCES blobs (id) ON DELETE CASCADE,
  name SMALLINT NOT NULL,
  object_key TEXT COLLATE "C" NOT NULL,
  media SMALLINT NOT NULL,
  size BIGINT NOT NULL,
  sha256 BYTEA NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  PRIMARY KEY (blob_id, name)
);

CREATE UNIQUE INDEX blob_variants_object_key ON blob_variants (object_key);

-- A file whose task was purged keeps its number until it is deleted itself, so that its owner's
-- account of room and its content are put right: hence no foreign key. What somebody owns is not
-- removed while files are attached to it.
CREATE TABLE files (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  blob_id BIGINT NOT NULL CONSTRAINT files_blob REFERENCES blobs (id),
  owner_id BIGINT NOT NULL CONSTRAINT files_owner REFERENCES users (id),
  filename TEXT COLLATE "C" NOT NULL,
  kind SMALLINT NOT NULL,
  visibility SMALLINT NOT NULL,
  task_id BIGINT,
  product_id BIGINT CONSTRAINT files_product REFERENCES user_products (id),
  media SMALLINT NOT NULL,
  size BIGINT NOT NULL,
  sha256 BYTEA NOT NULL,
  width BIGINT,
  height BIGINT,
  uploaded_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  -- Words of the name, cut by the application.
  words TSVECTOR NOT NULL DEFAULT ''
);

CREATE INDEX files_owner_uploaded ON files (owner_id, uploaded_at, id);
CREATE INDEX files_uploaded ON files (uploaded_at, id);
CREATE INDEX files_blob_id ON files (blob_id);
CREATE INDEX files_task ON files (task_id, uploaded_at, id) WHERE task_id IS NOT NULL;
CREATE INDEX files_product_id ON files (product_id, uploaded_at, id) WHERE product_id IS NOT NULL;
CREATE INDEX files_words ON files USING gin (words);

CREATE TABLE file_usage (
  user_id BIGINT PRIMARY KEY CONSTRAINT file_usage_user REFERENCES users (id),
  bytes BIGINT NOT NULL
);

CREATE TABLE file_shares (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file_id BIGINT NOT NULL CONSTRAINT file_shares_file REFERENCES files (id) ON DELETE CASCADE,
  user_id BIGINT NOT NULL CONSTRAINT file_shares_user REFERENCES users (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE INDEX file_shares_file_id ON file_shares (file_id);
CREATE INDEX file_shares_expires ON file_shares (expires_at);
