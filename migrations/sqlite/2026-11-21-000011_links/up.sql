-- Set when its owner closed the account: when it may be removed for good.
ALTER TABLE users ADD COLUMN purge_at INTEGER;
CREATE INDEX users_purge ON users (purge_at) WHERE purge_at IS NOT NULL;

-- What goes out by mail and works once. Only the SHA-256 of a secret is kept.
CREATE TABLE links (
  digest BLOB CONSTRAINT links_digest PRIMARY KEY NOT NULL,
  kind INTEGER NOT NULL,
  user_id INTEGER NOT NULL CONSTRAINT links_user REFERENCES users (id),
  address TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX links_user_kind ON links (user_id, kind);
CREATE INDEX links_expiry ON links (expires_at);

-- A change of address that waits for its links.
CREATE TABLE email_changes (
  user_id INTEGER CONSTRAINT email_changes_pkey PRIMARY KEY NOT NULL
    CONSTRAINT email_changes_user REFERENCES users (id),
  from_address TEXT NOT NULL,
  to_address TEXT NOT NULL,
  from_agreed INTEGER NOT NULL,
  to_proven INTEGER NOT NULL,
  asked_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX email_changes_expiry ON email_changes (expires_at);

-- What accounts were used from: a digest that says neither of whom nor of what.
CREATE TABLE devices (
  user_id INTEGER NOT NULL CONSTRAINT devices_user REFERENCES users (id),
  digest BLOB NOT NULL,
  last_met_at INTEGER NOT NULL,
  CONSTRAINT devices_digest PRIMARY KEY (user_id, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX devices_last_met ON devices (last_met_at);

-- What somebody wrote is looked for when they ask for all their data.
CREATE INDEX task_comments_user ON task_comments (user_id, id);
