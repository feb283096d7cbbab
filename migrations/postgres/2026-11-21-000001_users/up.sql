-- Times are microseconds since 1970-01-01 UTC.
CREATE TABLE users (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  username TEXT NOT NULL,
  username_key TEXT COLLATE "C" NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT COLLATE "C" NOT NULL,
  role SMALLINT NOT NULL,
  status SMALLINT NOT NULL,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  bio TEXT NOT NULL,
  avatar TEXT,
  provider SMALLINT NOT NULL,
  email_verified BOOLEAN NOT NULL,
  two_factor_enabled BOOLEAN NOT NULL,
  password_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  last_login_at BIGINT,
  deleted_at BIGINT,
  version BIGINT NOT NULL,
  -- Words cut by the application: of the names, and of the names and the address.
  names_words TSVECTOR NOT NULL DEFAULT '',
  all_words TSVECTOR NOT NULL DEFAULT ''
);

-- The username comes first: PostgreSQL checks indexes in the order they were made (promise A2).
CREATE UNIQUE INDEX users_username_live ON users (username_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_email_live ON users (email_key) WHERE deleted_at IS NULL;
CREATE INDEX users_created_live ON users (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX users_role_live ON users (role) WHERE deleted_at IS NULL;
CREATE INDEX users_names_words ON users USING gin (names_words) WHERE deleted_at IS NULL;
CREATE INDEX users_all_words ON users USING gin (all_words) WHERE deleted_at IS NULL;
