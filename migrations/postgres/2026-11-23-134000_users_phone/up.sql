-- Where texts go, in E.164; only ever a number that was proven.
ALTER TABLE users ADD COLUMN phone TEXT;

-- A number that waits for its code. The code is a keyed digest; there is none before it was drawn.
CREATE TABLE phone_changes (
  user_id BIGINT CONSTRAINT phone_changes_pkey PRIMARY KEY NOT NULL
    CONSTRAINT phone_changes_user REFERENCES users (id),
  phone TEXT NOT NULL,
  code BYTEA,
  failed BIGINT NOT NULL,
  asked_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE INDEX phone_changes_expiry ON phone_changes (expires_at);
