DROP TABLE feed_state;
