CREATE TABLE sessions (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id BIGINT NOT NULL CONSTRAINT sessions_user REFERENCES users (id),
  device TEXT,
  ip TEXT,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT,
  generation BIGINT NOT NULL,
  parent BIGINT NOT NULL,
  seen BIGINT NOT NULL,
  last_generation BIGINT NOT NULL
);

CREATE INDEX sessions_user_open ON sessions (user_id, created_at, id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_user_all ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_revoked ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

-- Only the SHA-256 of a secret is kept.
CREATE TABLE refresh_tokens (
  session_id BIGINT NOT NULL
    CONSTRAINT refresh_tokens_session REFERENCES sessions (id) ON DELETE CASCADE,
  generation BIGINT NOT NULL,
  digest BYTEA NOT NULL CONSTRAINT refresh_tokens_digest UNIQUE,
  state SMALLINT NOT NULL,
  expires_at BIGINT NOT NULL,
  CONSTRAINT refresh_tokens_generation PRIMARY KEY (session_id, generation)
);

CREATE TABLE tickets (
  digest BYTEA CONSTRAINT tickets_digest PRIMARY KEY NOT NULL,
  session_id BIGINT NOT NULL
    CONSTRAINT tickets_session REFERENCES sessions (id) ON DELETE CASCADE,
  expires_at BIGINT NOT NULL
);

CREATE INDEX tickets_session_id ON tickets (session_id);
CREATE INDEX tickets_expiry ON tickets (expires_at);
