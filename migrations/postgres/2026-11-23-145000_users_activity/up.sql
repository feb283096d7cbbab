-- When an account was last used, to the hour, and from when on it may be closed because no one uses it: its
-- owner was warned.
ALTER TABLE users ADD COLUMN active_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN closing_at BIGINT;

UPDATE users SET active_at = GREATEST(
  created_at,
  COALESCE(last_login_at, created_at),
  COALESCE((SELECT max(last_used_at) FROM sessions WHERE user_id = users.id), created_at),
  COALESCE((SELECT max(last_used_at) FROM grants WHERE user_id = users.id), created_at)
);

-- People with the role `user` at proven addresses: the only ones who are warned and closed.
CREATE INDEX users_idle ON users (active_at, id)
  WHERE deleted_at IS NULL AND purge_at IS NULL AND role = 0 AND status = 0 AND provider <> 3
    AND email_verified AND closing_at IS NULL;
CREATE INDEX users_warned ON users (closing_at, id)
  WHERE deleted_at IS NULL AND purge_at IS NULL AND role = 0 AND status = 0 AND provider <> 3
    AND email_verified AND closing_at IS NOT NULL;
