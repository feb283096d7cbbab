CREATE TABLE bookmarks (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id BIGINT NOT NULL CONSTRAINT bookmarks_owner REFERENCES users (id),
  title TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);

-- A page of one person's list is a range of this index.
CREATE INDEX bookmarks_newest ON bookmarks (user_id, id);
