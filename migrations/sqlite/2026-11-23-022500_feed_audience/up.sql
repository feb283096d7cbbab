-- Which events carry which token of an audience, so that a reader's events are found without looking at
-- other people's.
CREATE TABLE feed_audience (
  token TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (token, seq)
) STRICT, WITHOUT ROWID;
-- Until now an audience was a list of account ids.
INSERT INTO feed_audience (token, seq)
SELECT DISTINCT 'u:' || person.value, seq FROM outbox, json_each(outbox.audience) AS person;
