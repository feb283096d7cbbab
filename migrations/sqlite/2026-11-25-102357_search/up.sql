-- What is found by a search over everything: a copy of what other tables say, which can be made again at any time.
-- The id is that of the last time it was written, and never given again.
CREATE TABLE search_docs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  ref_id INTEGER NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  acl TEXT NOT NULL,
  at INTEGER NOT NULL,
  weight INTEGER NOT NULL
);
CREATE UNIQUE INDEX search_docs_ref ON search_docs (kind, ref_id);

-- Words, and who may see them, cut by the application; the tokenizer `ascii` leaves them as they are.
CREATE VIRTUAL TABLE search_docs_words USING fts5 (
  words, content = '', contentless_delete = 1, tokenize = 'ascii', detail = 'none'
);
