-- Personal access tokens. Only the SHA-256 of a secret is kept; scopes are words between spaces.
CREATE TABLE grants (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL CONSTRAINT grants_user REFERENCES users (id),
  name TEXT NOT NULL,
  digest BLOB NOT NULL CONSTRAINT grants_digest UNIQUE,
  scopes TEXT NOT NULL,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  last_used_ip TEXT
) STRICT;

CREATE INDEX grants_user_all ON grants (user_id);
CREATE INDEX grants_expiry ON grants (expires_at) WHERE expires_at IS NOT NULL;

-- Roles that somebody made; they add to the base role, which stands with the account.
CREATE TABLE roles (
  name TEXT NOT NULL CONSTRAINT roles_name PRIMARY KEY,
  description TEXT NOT NULL,
  permissions TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user_roles (
  user_id INTEGER NOT NULL CONSTRAINT user_roles_user REFERENCES users (id),
  role TEXT NOT NULL CONSTRAINT user_roles_role REFERENCES roles (name) ON DELETE CASCADE,
  CONSTRAINT user_roles_pkey PRIMARY KEY (user_id, role)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_roles_role_all ON user_roles (role);

-- Few accounts are of machines, and they are listed by themselves.
CREATE INDEX users_service ON users (id) WHERE provider = 3 AND deleted_at IS NULL;
