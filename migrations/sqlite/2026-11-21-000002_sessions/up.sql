CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL CONSTRAINT sessions_user REFERENCES users (id),
  device TEXT,
  ip TEXT,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  generation INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  last_generation INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_user_open ON sessions (user_id, created_at) WHERE revoked_at IS NULL;
CREATE INDEX sessions_user_all ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_revoked ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

-- Only the SHA-256 of a secret is kept.
CREATE TABLE refresh_tokens (
  session_id INTEGER NOT NULL
    CONSTRAINT refresh_tokens_session REFERENCES sessions (id) ON DELETE CASCADE,
  generation INTEGER NOT NULL,
  digest BLOB NOT NULL CONSTRAINT refresh_tokens_digest UNIQUE,
  state INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  CONSTRAINT refresh_tokens_generation PRIMARY KEY (session_id, generation)
) STRICT;

CREATE TABLE tickets (
  digest BLOB CONSTRAINT tickets_digest PRIMARY KEY NOT NULL,
  session_id INTEGER NOT NULL
    CONSTRAINT tickets_session REFERENCES sessions (id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX tickets_session_id ON tickets (session_id);
CREATE INDEX tickets_expiry ON tickets (expires_at);
