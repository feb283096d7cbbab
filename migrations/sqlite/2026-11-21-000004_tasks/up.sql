-- `tags` is what reads give back (JSON); `task_tags` is the index of the tag filter.
CREATE TABLE tasks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  status INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  due INTEGER,
  user_id INTEGER NOT NULL CONSTRAINT tasks_owner REFERENCES users (id),
  assignee_id INTEGER CONSTRAINT tasks_assignee REFERENCES users (id),
  tags TEXT NOT NULL,
  completed_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  version INTEGER NOT NULL
) STRICT;

-- The two halves of "what I own or am assigned to". The owner is in the second one so that
-- counting the tasks of others that are assigned to somebody needs no row.
CREATE INDEX tasks_owner_live ON tasks (user_id, created_at) WHERE deleted_at IS NULL;
CREATE INDEX tasks_assignee_live ON tasks (assignee_id, created_at, id, user_id)
  WHERE deleted_at IS NULL AND assignee_id IS NOT NULL;
CREATE INDEX tasks_created_live ON tasks (created_at) WHERE deleted_at IS NULL;
CREATE INDEX tasks_due_live ON tasks (due) WHERE deleted_at IS NULL AND due IS NOT NULL;
CREATE INDEX tasks_deleted ON tasks (deleted_at) WHERE deleted_at IS NOT NULL;

-- Words are cut by the application; the tokenizer `ascii` leaves them as they are.
CREATE VIRTUAL TABLE tasks_words USING fts5 (
  words, content = '', contentless_delete = 1, tokenize = 'ascii', detail = 'none'
);

CREATE TABLE task_tags (
  task_id INTEGER NOT NULL CONSTRAINT task_tags_task REFERENCES tasks (id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  PRIMARY KEY (task_id, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX task_tags_tag ON task_tags (tag, task_id);

CREATE TABLE task_comments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id INTEGER NOT NULL CONSTRAINT task_comments_task REFERENCES tasks (id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL CONSTRAINT task_comments_author REFERENCES users (id),
  content TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE INDEX task_comments_task_id ON task_comments (task_id, created_at);
