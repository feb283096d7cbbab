//! `BookmarkStore`.

mod rows;

use bookmarks::{
    Bookmark, BookmarkId, BookmarkStore, bookmark::NewBookmark, commands::CreateBookmark,
    query::ORDER,
};
use diesel::prelude::*;
use kernel::{Page, PageRequest, StoreError, UserId};

use self::rows::{BookmarkRow, bookmarks as table};
use crate::{
    columns::{count, unwritable},
    constraint::Attempt,
    db::{locking, on},
    list::{self, Keys},
    row::{Row as _, all, one},
    statement::Statement,
    uow::DieselTx,
};

/// The table has one foreign key, so a broken one names the owner (S3).
fn missing_owner(error: StoreError) -> StoreError {
    match error {
        StoreError::Missing(_) => StoreError::Missing("bookmarks.owner"),
        other => other,
    }
}

fn stale_unless(changed: usize) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

impl BookmarkStore for DieselTx {
    fn insert(&mut self, bookmark: &NewBookmark) -> Result<Bookmark, StoreError> {
        self.writing(|tx| {
            let NewBookmark { owner, content: CreateBookmark { title, note }, created_at } =
                bookmark;
            let id = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::user_id.eq(owner.get()),
                        table::title.eq(title.as_str()),
                        table::note.eq(note.as_str()),
                        table::created_at.eq(created_at.micros()),
                        table::updated_at.eq(created_at.micros()),
                        table::version.eq(1),
                    ))
                    .returning(table::id)
                    .get_result::<i64>(c)
            })
            .doing("bookmarks.insert")
            .map_err(missing_owner)?;
            Ok(bookmark.stored(BookmarkId::parse(id).map_err(unwritable)?))
        })
    }

    fn get(&mut self, owner: UserId, id: BookmarkId) -> Result<Option<Bookmark>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get()).filter(table::user_id.eq(owner.get()));
            one(on!(conn, |c| row.get_result::<BookmarkRow>(c).optional())
                .doing("bookmarks.get")?)
        })
    }

    fn lock(&mut self, owner: UserId, id: BookmarkId) -> Result<Option<Bookmark>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(id.get()).filter(table::user_id.eq(owner.get()));
            one(locking!(conn, row, |c| row.get_result::<BookmarkRow>(c).optional())
                .doing("bookmarks.lock")?)
        })
    }

    fn save(&mut self, bookmark: &mut Bookmark) -> Result<(), StoreError> {
        self.writing(|tx| {
            let Bookmark { id, owner: _, title, note, created_at: _, updated_at, version } =
                &*bookmark;
            let row = table::table.find(id.get()).filter(table::version.eq(*version));
            let changed = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((
                        table::title.eq(title.as_str()),
                        table::note.eq(note.as_str()),
                        table::updated_at.eq(updated_at.micros()),
                        table::version.eq(table::version + 1),
                    ))
                    .execute(c)
            })
            .doing("bookmarks.save")?;
            stale_unless(changed)?;
            bookmark.version += 1;
            Ok(())
        })
    }

    fn remove(&mut self, bookmark: &Bookmark) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = table::table.find(bookmark.id.get());
            let row = row.filter(table::version.eq(bookmark.version));
            let removed =
                on!(&mut tx.conn, |c| diesel::delete(row).execute(c)).doing("bookmarks.remove")?;
            stale_unless(removed)
        })
    }

    fn list(&mut self, owner: UserId, page: &PageRequest) -> Result<Page<Bookmark>, StoreError> {
        self.reading(|conn| {
            let keys = Keys::fixed(ORDER, &[]);
            let mut statement: Statement<'_, table::SqlType> = Statement::new();
            statement.sql("SELECT ").sql(BookmarkRow::COLUMNS);
            statement.sql(" FROM bookmarks WHERE user_id = ").number(owner.get());
            keys.finish(&mut statement, page, conn.dialect())?;
            let rows: Vec<BookmarkRow> =
                on!(conn, |c| statement.load(c)).doing("bookmarks.list")?;
            let at = |bookmark: &Bookmark| (Vec::new(), bookmark.id.get());
            list::page(&keys, all(rows)?, page, at, || {
                let of = table::table.filter(table::user_id.eq(owner.get()));
                let total = on!(conn, |c| of.count().get_result::<i64>(c));
                total.doing("bookmarks.list: total").map(count)
            })
        })
    }

    fn remove_all(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let theirs = table::table.filter(table::user_id.eq(owner.get()));
            let removed = on!(&mut tx.conn, |c| diesel::delete(theirs).execute(c))
                .doing("bookmarks.remove_all")?;
            Ok(removed as u64)
        })
    }
}
