-- By which rules the words of a table are cut, and up to which row they were cut again by newer ones.
CREATE TABLE search_rules (
  name TEXT PRIMARY KEY,
  rules BIGINT NOT NULL,
  place BIGINT NOT NULL
);
