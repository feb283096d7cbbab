DROP INDEX audit_resource;
ALTER TABLE audit DROP COLUMN target_name;
ALTER TABLE audit DROP COLUMN target_type;
