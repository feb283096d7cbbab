ALTER TABLE files DROP COLUMN charset;
ALTER TABLE files DROP COLUMN text_name;
