-- Until when people are online. What is in it is worth nothing after a crash, so it is not written to the log.
CREATE UNLOGGED TABLE chat_online (
  user_id BIGINT PRIMARY KEY,
  until BIGINT NOT NULL
) WITH (fillfactor = 50);
