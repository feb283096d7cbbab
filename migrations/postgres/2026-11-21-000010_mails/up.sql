-- Letters that are to be sent. Those that were given up are kept empty, to be counted.
CREATE TABLE mails (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  text_body TEXT NOT NULL,
  html_body TEXT NOT NULL,
  queued_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  given_up_at BIGINT
);
CREATE INDEX mails_due ON mails (due_at) WHERE given_up_at IS NULL;
