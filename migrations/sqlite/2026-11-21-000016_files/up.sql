-- Content, once however many files have it. The bytes are elsewhere, under `object_key`.
CREATE TABLE blobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256 BLOB NOT NULL,
  size INTEGER NOT NULL,
  object_key TEXT NOT NULL,
  refs INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX blobs_sha256 ON blobs (sha256);
CREATE UNIQUE INDEX blobs_object_key ON blobs (object_key);

CREATE TABLE blob_variants (
  blob_id INTEGER NOT NULL CONSTRAINT blob_variants_blob REFERENCES blobs (id) ON DELETE CASCADE,
  name INTEGER NOT NULL,
  object_key TEXT NOT NULL,
  media INTEGER NOT NULL,
  size INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  PRIMARY KEY (blob_id, name)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX blob_variants_object_key ON blob_variants (object_key);

-- A file whose task was purged keeps its number until it is deleted itself, so that its owner's
-- account of room and its content are put right: hence no foreign key. What somebody owns is not
-- removed while files are attached to it.
CREATE TABLE files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  blob_id INTEGER NOT NULL CONSTRAINT files_blob REFERENCES blobs (id),
  owner_id INTEGER NOT NULL CONSTRAINT files_owner REFERENCES users (id),
  filename TEXT NOT NULL,
  kind INTEGER NOT NULL,
  visibility INTEGER NOT NULL,
  task_id INTEGER,
  product_id INTEGER CONSTRAINT files_product REFERENCES user_products (id),
  media INTEGER NOT NULL,
  size INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  width INTEGER,
  height INTEGER,
  uploaded_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE INDEX files_owner_uploaded ON files (owner_id, uploaded_at);
CREATE INDEX files_uploaded ON files (uploaded_at);
CREATE INDEX files_blob_id ON files (blob_id);
CREATE INDEX files_task ON files (task_id, uploaded_at) WHERE task_id IS NOT NULL;
CREATE INDEX files_product_id ON files (product_id, uploaded_at) WHERE product_id IS NOT NULL;

-- Words are cut by the application; the tokenizer `ascii` leaves them as they are.
CREATE VIRTUAL TABLE files_words USING fts5 (
  words, content = '', contentless_delete = 1, tokenize = 'ascii', detail = 'none'
);

CREATE TABLE file_usage (
  user_id INTEGER PRIMARY KEY CONSTRAINT file_usage_user REFERENCES users (id),
  bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE file_shares (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  file_id INTEGER NOT NULL CONSTRAINT file_shares_file REFERENCES files (id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL CONSTRAINT file_shares_user REFERENCES users (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX file_shares_file_id ON file_shares (file_id);
CREATE INDEX file_shares_expires ON file_shares (expires_at);
