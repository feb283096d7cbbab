-- How many emails went to one address within a day; the key is a digest of address and class.
CREATE TABLE email_counts (
  key BYTEA CONSTRAINT email_counts_key PRIMARY KEY NOT NULL,
  began_at BIGINT NOT NULL,
  count BIGINT NOT NULL
);

CREATE INDEX email_counts_began_at ON email_counts (began_at);

-- Marks the key that secrets in this database are sealed with. It does not show the key.
CREATE TABLE key_marks (
  id BIGINT CONSTRAINT key_marks_pkey PRIMARY KEY NOT NULL CONSTRAINT key_marks_one CHECK (id = 1),
  mark BYTEA NOT NULL
);
