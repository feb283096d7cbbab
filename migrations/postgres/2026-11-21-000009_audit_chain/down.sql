DROP TABLE audit_head;
DROP FUNCTION audit_head_forward();
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail is append-only';
END
$$;
ALTER TABLE audit
  DROP COLUMN hash,
  DROP COLUMN previous,
  ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
SELECT setval(
  pg_get_serial_sequence('audit', 'id'), coalesce((SELECT max(id) FROM audit), 0) + 1, false
);
