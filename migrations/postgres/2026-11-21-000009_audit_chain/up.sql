-- Each entry carries its hash and that of the entry before it (users::chain). Entries from before
-- get theirs right after this file; until then they have an empty one.
ALTER TABLE audit
  ADD COLUMN previous BYTEA NOT NULL DEFAULT '',
  ADD COLUMN hash BYTEA NOT NULL DEFAULT '',
  -- New entries only: a program that knows no hashes may not write beside the chain.
  ADD CONSTRAINT audit_hashed CHECK (octet_length(hash) = 32) NOT VALID,
  -- The id follows on the one before it, so that who was rolled back leaves no gap.
  ALTER COLUMN id DROP IDENTITY;

-- Both ends of the chain, in the one row: the last entry that was removed from the old end, and the
-- newest. Whoever appends holds it until the commit.
CREATE TABLE audit_head (
  one BIGINT PRIMARY KEY CHECK (one = 1),
  pruned_id BIGINT NOT NULL,
  pruned_hash BYTEA NOT NULL,
  head_id BIGINT NOT NULL,
  head_hash BYTEA NOT NULL
);

-- Append-only but for two things: an entry without a hash may get one, and what lies before the
-- old end may go.
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.id <= (SELECT pruned_id FROM audit_head) THEN
      RETURN OLD;
    END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    IF OLD.hash = '' AND
      (NEW.id, NEW.at, NEW.actor_id, NEW.action, NEW.target_id, NEW.outcome, NEW.ip,
        NEW.request_id, NEW.detail)
      IS NOT DISTINCT FROM
      (OLD.id, OLD.at, OLD.actor_id, OLD.action, OLD.target_id, OLD.outcome, OLD.ip,
        OLD.request_id, OLD.detail) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'the audit trail is append-only';
END
$$;

CREATE FUNCTION audit_head_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.head_id >= OLD.head_id AND NEW.pruned_id >= OLD.pruned_id THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'the ends of the audit trail only move forward';
END
$$;
CREATE TRIGGER audit_head_no_way_back BEFORE UPDATE OR DELETE ON audit_head
  FOR EACH ROW EXECUTE FUNCTION audit_head_forward();
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION audit_head_forward();
