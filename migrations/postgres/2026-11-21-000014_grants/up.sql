-- Personal access tokens. Only the SHA-256 of a secret is kept; scopes are words between spaces.
CREATE TABLE grants (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id BIGINT NOT NULL CONSTRAINT grants_user REFERENCES users (id),
  name TEXT NOT NULL,
  digest BYTEA NOT NULL CONSTRAINT grants_digest UNIQUE,
  scopes TEXT NOT NULL,
  expires_at BIGINT,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  last_used_ip TEXT
);

CREATE INDEX grants_user_all ON grants (user_id);
CREATE INDEX grants_expiry ON grants (expires_at) WHERE expires_at IS NOT NULL;

-- Roles that somebody made; they add to the base role, which stands with the account.
CREATE TABLE roles (
  name TEXT COLLATE "C" NOT NULL CONSTRAINT roles_name PRIMARY KEY,
  description TEXT NOT NULL,
  permissions TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE user_roles (
  user_id BIGINT NOT NULL CONSTRAINT user_roles_user REFERENCES users (id),
  role TEXT COLLATE "C" NOT NULL CONSTRAINT user_roles_role REFERENCES roles (name) ON DELETE CASCADE,
  CONSTRAINT user_roles_pkey PRIMARY KEY (user_id, role)
);

CREATE INDEX user_roles_role_all ON user_roles (role);

-- Few accounts are of machines, and they are listed by themselves.
CREATE INDEX users_service ON users (id) WHERE provider = 3 AND deleted_at IS NULL;
