-- The second factor of an account: its secret, encrypted and bound to the account.
CREATE TABLE factors (
  user_id INTEGER PRIMARY KEY NOT NULL CONSTRAINT factors_user REFERENCES users (id),
  secret BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  last_step INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  blocked_until INTEGER
) STRICT;

CREATE INDEX factors_pending ON factors (created_at) WHERE confirmed_at IS NULL;

-- Only a keyed hash of a code is kept; a code that was used is gone.
CREATE TABLE recovery_codes (
  user_id INTEGER NOT NULL CONSTRAINT recovery_codes_user REFERENCES users (id),
  digest BLOB NOT NULL,
  CONSTRAINT recovery_codes_digest PRIMARY KEY (user_id, digest)
) STRICT;

-- Who proved one thing and is asked for the second.
CREATE TABLE challenges (
  digest BLOB CONSTRAINT challenges_digest PRIMARY KEY NOT NULL,
  user_id INTEGER NOT NULL CONSTRAINT challenges_user REFERENCES users (id),
  first_proof INTEGER NOT NULL,
  mark BLOB NOT NULL,
  failed INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX challenges_user_id ON challenges (user_id);
CREATE INDEX challenges_expiry ON challenges (expires_at);

-- Wrong passwords by who tries and at whom; both are in a digest.
CREATE TABLE tries (
  key BLOB CONSTRAINT tries_key PRIMARY KEY NOT NULL,
  failed INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  blocked_until INTEGER
) STRICT;

CREATE INDEX tries_last_at ON tries (last_at);
