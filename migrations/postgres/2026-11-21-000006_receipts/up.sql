-- What was answered to requests that must take effect once.
CREATE TABLE receipts (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint BYTEA NOT NULL,
  answer BYTEA NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (scope, key)
);

CREATE INDEX receipts_expiry ON receipts (expires_at);
