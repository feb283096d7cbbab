-- Times are microseconds since 1970-01-01 UTC. Ids are never given twice (AUTOINCREMENT).
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  username TEXT NOT NULL,
  username_key TEXT NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  role INTEGER NOT NULL,
  status INTEGER NOT NULL,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  bio TEXT NOT NULL,
  avatar TEXT,
  provider INTEGER NOT NULL,
  email_verified INTEGER NOT NULL,
  two_factor_enabled INTEGER NOT NULL,
  password_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_login_at INTEGER,
  deleted_at INTEGER,
  version INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX users_username_live ON users (username_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_email_live ON users (email_key) WHERE deleted_at IS NULL;
CREATE INDEX users_created_live ON users (created_at) WHERE deleted_at IS NULL;
CREATE INDEX users_role_live ON users (role) WHERE deleted_at IS NULL;

-- Words are cut by the application; the tokenizer `ascii` leaves them as they are.
CREATE VIRTUAL TABLE users_words USING fts5 (
  names, email, content = '', contentless_delete = 1, tokenize = 'ascii', detail = 'column'
);
