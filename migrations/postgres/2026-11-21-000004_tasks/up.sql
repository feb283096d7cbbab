-- `tags` is what reads give back (JSON); `task_tags` is the index of the tag filter.
CREATE TABLE tasks (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title TEXT COLLATE "C" NOT NULL,
  description TEXT NOT NULL,
  status SMALLINT NOT NULL,
  priority SMALLINT NOT NULL,
  due BIGINT,
  user_id BIGINT NOT NULL CONSTRAINT tasks_owner REFERENCES users (id),
  assignee_id BIGINT CONSTRAINT tasks_assignee REFERENCES users (id),
  tags TEXT NOT NULL,
  completed_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT,
  version BIGINT NOT NULL,
  -- Words of title and description, cut by the application.
  words TSVECTOR NOT NULL DEFAULT ''
);

-- The two halves of "what I own or am assigned to". The owner is in the second one so that
-- counting the tasks of others that are assigned to somebody needs no row.
CREATE INDEX tasks_owner_live ON tasks (user_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_assignee_live ON tasks (assignee_id, created_at, id, user_id)
  WHERE deleted_at IS NULL AND assignee_id IS NOT NULL;
CREATE INDEX tasks_created_live ON tasks (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_due_live ON tasks (due, id) WHERE deleted_at IS NULL AND due IS NOT NULL;
CREATE INDEX tasks_deleted ON tasks (deleted_at, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX tasks_words ON tasks USING gin (words) WHERE deleted_at IS NULL;

CREATE TABLE task_tags (
  task_id BIGINT NOT NULL CONSTRAINT task_tags_task REFERENCES tasks (id) ON DELETE CASCADE,
  tag TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (task_id, tag)
);

CREATE INDEX task_tags_tag ON task_tags (tag, task_id);

CREATE TABLE task_comments (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_id BIGINT NOT NULL CONSTRAINT task_comments_task REFERENCES tasks (id) ON DELETE CASCADE,
  user_id BIGINT NOT NULL CONSTRAINT task_comments_author REFERENCES users (id),
  content TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);

CREATE INDEX task_comments_task_id ON task_comments (task_id, created_at, id);
