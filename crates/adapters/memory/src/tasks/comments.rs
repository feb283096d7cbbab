//! `CommentStore`.

use std::sync::Arc;

use kernel::{Page, PageRequest, StoreError, UserId, page::SortValue};
use tasks::{Comment, CommentId, CommentStore, TaskId, query::COMMENT_ORDER, task::NewComment};

use crate::{
    page::{Order, cut},
    state::{State, next, not_an_id},
    tx::MemoryTx,
};

fn find(state: &State, task: TaskId, id: CommentId) -> Option<&Arc<Comment>> {
    state.domains.tasks.comments.get(&id).filter(|row| row.task == task)
}

impl CommentStore for MemoryTx {
    fn insert(&mut self, comment: &NewComment) -> Result<Comment, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.domains.tasks.tasks.contains_key(&comment.task) {
                return Err(StoreError::Missing("comments.task"));
            }
            if !state.has_account(comment.author) {
                return Err(StoreError::Missing("comments.author"));
            }
            let id =
                CommentId::parse(next(&mut state.domains.tasks.last_comment)).map_err(not_an_id)?;
            let comment = comment.stored(id);
            Arc::make_mut(&mut state.domains.tasks.comments).insert(id, Arc::new(comment.clone()));
            Ok(comment)
        })
    }

    fn get(&mut self, task: TaskId, id: CommentId) -> Result<Option<Comment>, StoreError> {
        self.reading(|state| Ok(find(state, task, id).map(|row| (**row).clone())))
    }

    fn save(&mut self, comment: &mut Comment) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let stored = find(state, comment.task, comment.id).ok_or(StoreError::Stale)?;
            if stored.version != comment.version {
                return Err(StoreError::Stale);
            }
            let mut saved = comment.clone();
            saved.version += 1;
            Arc::make_mut(&mut state.domains.tasks.comments).insert(comment.id, Arc::new(saved));
            comment.version += 1;
            Ok(())
        })
    }

    fn remove(&mut self, task: TaskId, id: CommentId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            if find(&tx.state, task, id).is_none() {
                return Ok(false);
            }
            Ok(Arc::make_mut(&mut tx.state.domains.tasks.comments).remove(&id).is_some())
        })
    }

    fn list(&mut self, task: TaskId, page: &PageRequest) -> Result<Page<Comment>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.tasks.comments.values().filter(|row| row.task == task);
            let order = Order::fixed(COMMENT_ORDER);
            let place = |row: &Comment| vec![SortValue::Number(row.created_at.micros())];
            cut(rows, &order, |row| (place(row), row.id.get()), page)
        })
    }

    fn of_author(
        &mut self,
        author: UserId,
        after: Option<CommentId>,
        limit: u32,
    ) -> Result<Vec<Comment>, StoreError> {
        self.reading(|state| {
            let behind = state.domains.tasks.comments.iter().filter(|(id, _)| Some(**id) > after);
            let own = behind.filter(|(_, row)| row.author == author);
            Ok(own.take(limit as usize).map(|(_, row)| (**row).clone()).collect())
        })
    }
}
