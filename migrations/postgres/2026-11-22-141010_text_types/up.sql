-- `text_name` is the media type of a text that has no format of its own; `charset` how its characters
-- are coded: 0 UTF-8, 1 UTF-16, 2 Windows-1252.
ALTER TABLE files ADD COLUMN text_name TEXT;
ALTER TABLE files ADD COLUMN charset SMALLINT NOT NULL DEFAULT 0;
