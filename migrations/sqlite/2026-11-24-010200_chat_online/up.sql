-- Until when people are online.
CREATE TABLE chat_online (
  user_id INTEGER PRIMARY KEY,
  until INTEGER NOT NULL
) STRICT;
