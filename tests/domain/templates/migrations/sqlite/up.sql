CREATE TABLE bookmarks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL CONSTRAINT bookmarks_owner REFERENCES users (id),
  title TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

-- A page of one person's list is a range of this index.
CREATE INDEX bookmarks_newest ON bookmarks (user_id, id);
