//! Notes on SQLite and PostgreSQL.

use adapter_diesel::store::{Attempt as _, DieselTx, Keys, Row, Statement, locking, on, page, row};
use diesel::prelude::*;
use kernel::{Page, PageRequest, Resource, StoreError, Timestamp, UserId, page::FixedOrder};

use crate::service::{NoteId, Title};

row!(NoteRow => Note in notes (id) {
    id: BigInt => i64,
    owner_id: BigInt => i64,
    title: Text => String,
    content: Text => String,
    created_at: BigInt => i64,
    updated_at: BigInt => i64,
    version: BigInt => i64,
});

/// A note, as it is stored; times are microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub id: i64,
    pub owner_id: i64,
    pub title: String,
    pub content: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

impl Resource for Note {
    const NAME: &'static str = "note";
    const NOT_FOUND: &'static str = "notes.not_found";
    const STALE: &'static str = "notes.stale";

    fn version(&self) -> i64 {
        self.version
    }
}

pub(crate) fn insert(
    tx: &mut DieselTx,
    owner: UserId,
    title: &Title,
    content: &str,
    now: Timestamp,
) -> Result<Note, StoreError> {
    let insert = diesel::insert_into(notes::table).values((
        notes::owner_id.eq(owner.get()),
        notes::title.eq(title.as_str()),
        notes::content.eq(content),
        notes::created_at.eq(now.micros()),
        notes::updated_at.eq(now.micros()),
        notes::version.eq(1),
    ));
    let row = |tx: &mut DieselTx| on!(tx.conn(), |c| insert.get_result(c)).doing("notes.insert");
    tx.writing(row).map(NoteRow::record)
}

pub(crate) fn get(
    tx: &mut DieselTx,
    owner: UserId,
    id: NoteId,
) -> Result<Option<Note>, StoreError> {
    let row = notes::table.find(id.get()).filter(notes::owner_id.eq(owner.get()));
    let found = tx.reading(|conn| on!(conn, |c| row.get_result(c).optional()).doing("notes.get"))?;
    Ok(found.map(NoteRow::record))
}

/// As [`get`], locked until the transaction ends. SQLite's writer is alone anyway.
pub(crate) fn lock(
    tx: &mut DieselTx,
    owner: UserId,
    id: NoteId,
) -> Result<Option<Note>, StoreError> {
    let row = notes::table.find(id.get()).filter(notes::owner_id.eq(owner.get()));
    let found = tx.writing(|tx| {
        locking!(tx.conn(), row, |c| row.get_result(c).optional()).doing("notes.lock")
    })?;
    Ok(found.map(NoteRow::record))
}

pub(crate) fn save(tx: &mut DieselTx, note: &mut Note) -> Result<(), StoreError> {
    let row = notes::table.find(note.id).filter(notes::version.eq(note.version));
    let update = diesel::update(row).set((
        notes::title.eq(&note.title),
        notes::content.eq(&note.content),
        notes::updated_at.eq(note.updated_at),
        notes::version.eq(note.version + 1),
    ));
    tx.writing(|tx| match on!(tx.conn(), |c| update.execute(c)).doing("notes.save")? {
        0 => Err(StoreError::Stale),
        _ => Ok(()),
    })?;
    note.version += 1;
    Ok(())
}

/// Removes one note of `owner`, or all of them.
pub(crate) fn remove(
    tx: &mut DieselTx,
    owner: UserId,
    id: Option<NoteId>,
) -> Result<(), StoreError> {
    let own = notes::table.filter(notes::owner_id.eq(owner.get()));
    tx.writing(|tx| {
        let removed = match id {
            Some(id) => on!(tx.conn(), |c| diesel::delete(own.find(id.get())).execute(c)),
            None => on!(tx.conn(), |c| diesel::delete(own).execute(c)),
        };
        removed.doing("notes.remove").map(drop)
    })
}

/// A page, newest first.
pub(crate) fn list(
    tx: &mut DieselTx,
    owner: UserId,
    request: &PageRequest,
) -> Result<Page<Note>, StoreError> {
    let keys = Keys::fixed(FixedOrder::BY_ID_DESC, &[]);
    tx.reading(|conn| {
        let mut select: Statement<'_, notes::SqlType> = Statement::new();
        select.sql("SELECT ").sql(NoteRow::COLUMNS).sql(" FROM notes WHERE owner_id = ");
        keys.finish(select.number(owner.get()), request, conn.dialect())?;
        let rows: Vec<NoteRow> = on!(conn, |c| select.load(c)).doing("notes.list")?;
        let rows = rows.into_iter().map(NoteRow::record).collect();
        page(&keys, rows, request, |note: &Note| (Vec::new(), note.id), || {
            let own = notes::table.filter(notes::owner_id.eq(owner.get())).count();
            let total: i64 = on!(conn, |c| own.get_result(c)).doing("notes.count")?;
            Ok(total.unsigned_abs())
        })
    })
}
