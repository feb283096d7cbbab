-- Each entry carries its hash and that of the entry before it (users::chain). Entries from before
-- get theirs right after this file, in the same transaction; until then they have an empty one.
ALTER TABLE audit ADD COLUMN previous BLOB NOT NULL DEFAULT x'';
ALTER TABLE audit ADD COLUMN hash BLOB NOT NULL DEFAULT x'';

-- Both ends of the chain, in the one row: the last entry that was removed from the old end, and the
-- newest.
CREATE TABLE audit_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  pruned_id INTEGER NOT NULL,
  pruned_hash BLOB NOT NULL,
  head_id INTEGER NOT NULL,
  head_hash BLOB NOT NULL
) STRICT;

-- Append-only but for two things: an entry without a hash may get one, and what lies before the
-- old end may go.
DROP TRIGGER audit_no_update;
DROP TRIGGER audit_no_delete;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
WHEN OLD.hash <> x'' OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.action <> OLD.action
  OR NEW.outcome <> OLD.outcome OR NEW.actor_id IS NOT OLD.actor_id
  OR NEW.target_id IS NOT OLD.target_id OR NEW.ip IS NOT OLD.ip
  OR NEW.request_id IS NOT OLD.request_id OR NEW.detail IS NOT OLD.detail
BEGIN
  SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
WHEN OLD.id > coalesce((SELECT pruned_id FROM audit_head), 0)
BEGIN
  SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
CREATE TRIGGER audit_no_other BEFORE INSERT ON audit
WHEN length(NEW.hash) <> 32 OR NEW.id <= (SELECT head_id FROM audit_head)
BEGIN
  SELECT RAISE(ABORT, 'the audit trail takes new entries with a hash only');
END;
CREATE TRIGGER audit_head_no_way_back BEFORE UPDATE ON audit_head
WHEN NEW.head_id < OLD.head_id OR NEW.pruned_id < OLD.pruned_id
BEGIN
  SELECT RAISE(ABORT, 'the ends of the audit trail only move forward');
END;
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
BEGIN
  SELECT RAISE(ABORT, 'the ends of the audit trail only move forward');
END;
