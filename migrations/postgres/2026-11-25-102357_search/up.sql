-- What is found by a search over everything: a copy of what other tables say, which can be made again at any time.
-- The id is that of the last time it was written, and never given again.
CREATE TABLE search_docs (
  id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  kind SMALLINT NOT NULL,
  ref_id BIGINT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  acl TEXT NOT NULL,
  at BIGINT NOT NULL,
  weight SMALLINT NOT NULL,
  -- Words, and who may see them, cut by the application; none while somebody holds the place of a document that is not there.
  words TSVECTOR
);
CREATE UNIQUE INDEX search_docs_ref ON search_docs (kind, ref_id);
CREATE INDEX search_docs_words ON search_docs USING gin (words) WHERE words IS NOT NULL;
-- Words that many documents have: the newest of a kind are read in order until enough of them have the words.
CREATE INDEX search_docs_newest ON search_docs (kind, at DESC, ref_id DESC);
