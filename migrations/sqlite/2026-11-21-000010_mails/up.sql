-- Letters that are to be sent. Those that were given up are kept empty, to be counted.
CREATE TABLE mails (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  text_body TEXT NOT NULL,
  html_body TEXT NOT NULL,
  queued_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  given_up_at INTEGER
) STRICT;
CREATE INDEX mails_due ON mails (due_at) WHERE given_up_at IS NULL;
