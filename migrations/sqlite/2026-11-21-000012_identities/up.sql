-- Who somebody is at another provider. An identity belongs to one account, and an account has one
-- identity of a provider.
CREATE TABLE identities (
  provider TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id INTEGER NOT NULL CONSTRAINT identities_user REFERENCES users (id),
  linked_at INTEGER NOT NULL,
  CONSTRAINT identities_subject PRIMARY KEY (provider, subject),
  CONSTRAINT identities_provider UNIQUE (user_id, provider)
) STRICT;

-- Who is on the way to a provider. Only the SHA-256 of what comes back is kept.
CREATE TABLE oauth_attempts (
  state BLOB CONSTRAINT oauth_attempts_state PRIMARY KEY NOT NULL,
  browser BLOB NOT NULL,
  provider TEXT NOT NULL,
  verifier TEXT NOT NULL,
  nonce TEXT NOT NULL,
  user_id INTEGER CONSTRAINT oauth_attempts_user REFERENCES users (id),
  session_id INTEGER,
  redirect_uri TEXT,
  client_state TEXT,
  client_id TEXT,
  challenge BLOB,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX oauth_attempts_user_id ON oauth_attempts (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX oauth_attempts_expiry ON oauth_attempts (expires_at);

-- One-time codes for front-ends. A spent one is kept for a while, to notice that it comes again.
CREATE TABLE oauth_grants (
  code BLOB CONSTRAINT oauth_grants_code PRIMARY KEY NOT NULL,
  user_id INTEGER NOT NULL CONSTRAINT oauth_grants_user REFERENCES users (id),
  provider TEXT NOT NULL,
  subject TEXT NOT NULL,
  challenge BLOB NOT NULL,
  redirect_uri TEXT NOT NULL,
  client_id TEXT,
  expires_at INTEGER NOT NULL,
  spent_at INTEGER,
  session_id INTEGER
) STRICT;

CREATE INDEX oauth_grants_user_id ON oauth_grants (user_id);
CREATE INDEX oauth_grants_expiry ON oauth_grants (expires_at);
