-- Which events carry which token of an audience, so that a reader's events are found without looking at
-- other people's.
CREATE TABLE feed_audience (
  token TEXT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (token, seq)
);
-- Until now an audience was a list of account ids. Events that wait for their place get their rows with it.
INSERT INTO feed_audience (token, seq)
SELECT DISTINCT 'u:' || person, seq FROM outbox, json_array_elements_text(outbox.audience::json) AS person
WHERE seq IS NOT NULL;
