-- The second factor of an account: its secret, encrypted and bound to the account.
CREATE TABLE factors (
  user_id BIGINT PRIMARY KEY NOT NULL CONSTRAINT factors_user REFERENCES users (id),
  secret BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  confirmed_at BIGINT,
  last_step BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  blocked_until BIGINT
);

CREATE INDEX factors_pending ON factors (created_at) WHERE confirmed_at IS NULL;

-- Only a keyed hash of a code is kept; a code that was used is gone.
CREATE TABLE recovery_codes (
  user_id BIGINT NOT NULL CONSTRAINT recovery_codes_user REFERENCES users (id),
  digest BYTEA NOT NULL,
  CONSTRAINT recovery_codes_digest PRIMARY KEY (user_id, digest)
);

-- Who proved one thing and is asked for the second.
CREATE TABLE challenges (
  digest BYTEA CONSTRAINT challenges_digest PRIMARY KEY NOT NULL,
  user_id BIGINT NOT NULL CONSTRAINT challenges_user REFERENCES users (id),
  first_proof SMALLINT NOT NULL,
  mark BYTEA NOT NULL,
  failed BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE INDEX challenges_user_id ON challenges (user_id);
CREATE INDEX challenges_expiry ON challenges (expires_at);

-- Wrong passwords by who tries and at whom; both are in a digest.
CREATE TABLE tries (
  key BYTEA CONSTRAINT tries_key PRIMARY KEY NOT NULL,
  failed BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  blocked_until BIGINT
);

CREATE INDEX tries_last_at ON tries (last_at);
