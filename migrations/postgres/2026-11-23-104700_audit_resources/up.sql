-- What is no account and was acted on. Entries without a type are on an account, or on nothing: all
-- that are there are, and so their hashes stay as they are (users::chain).
ALTER TABLE audit ADD COLUMN target_type TEXT;
ALTER TABLE audit ADD COLUMN target_name TEXT;
CREATE INDEX audit_resource ON audit (target_type, target_id, id) WHERE target_type IS NOT NULL;
