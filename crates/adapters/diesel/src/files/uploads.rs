//! `UploadStore`.

use std::collections::BTreeSet;

use diesel::prelude::*;
use files::{
    FileId, UploadId, UploadStore,
    outbound::ObjectKey,
    session::{NewSession, Part, UploadSession},
    values::{FileKind, FileName, Visibility},
};
use kernel::{StoreError, Timestamp, UserId};

use super::{attached_to, bytes, places_of};
use crate::{
    columns::{RowRef, count, unwritable},
    constraint::{Attempt, FOREIGN_KEY},
    db::{AnyConnection, by_engine, on},
    schema::{upload_parts as parts, uploads as table},
    uow::DieselTx,
};

#[derive(Queryable)]
struct UploadRow {
    id: i64,
    owner_id: i64,
    kind: i16,
    visibility: i16,
    filename: String,
    declared: Option<String>,
    task_id: Option<i64>,
    product_id: Option<i64>,
    length: i64,
    received: i64,
    metadata: String,
    file_id: Option<i64>,
    created_at: i64,
    expires_at: i64,
}

impl TryFrom<UploadRow> for UploadSession {
    type Error = StoreError;

    fn try_from(row: UploadRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("uploads", row.id);
        let file = row.file_id.map(|id| row_ref.read("file_id", FileId::parse(id))).transpose()?;
        Ok(Self {
            id: row_ref.read("id", UploadId::parse(row.id))?,
            owner: row_ref.user("owner_id", row.owner_id)?,
            kind: row_ref.known("kind", FileKind::from_rank(row.kind))?,
            visibility: row_ref.known("visibility", Visibility::from_rank(row.visibility))?,
            name: row_ref.known("filename", FileName::parse(&row.filename))?,
            declared: row.declared,
            attached: attached_to(row_ref, row.task_id, row.product_id)?,
            length: count(row.length),
            received: count(row.received),
            metadata: row.metadata,
            file,
            created_at: row_ref.moment("created_at", row.created_at)?,
            expires_at: row_ref.moment("expires_at", row.expires_at)?,
        })
    }
}

fn key_of(id: UploadId, raw: &str) -> Result<ObjectKey, StoreError> {
    RowRef::new("upload_parts", id.get()).read("object_key", ObjectKey::parse(raw))
}

/// Takes the parts of an upload away; gives where their bytes are.
fn take_parts(conn: &mut AnyConnection, id: UploadId) -> Result<Vec<ObjectKey>, StoreError> {
    let all = parts::table.filter(parts::upload_id.eq(id.get()));
    let keys: Vec<String> =
        on!(conn, |c| diesel::delete(all).returning(parts::object_key).get_results(c))
            .doing("uploads: take parts")?;
    keys.iter().map(|key| key_of(id, key)).collect()
}

impl UploadStore for DieselTx {
    fn insert(&mut self, upload: &NewSession) -> Result<UploadSession, StoreError> {
        self.writing(|tx| {
            let NewSession {
                owner,
                kind,
                visibility,
                name,
                declared,
                attached,
                length,
                metadata,
                created_at,
                expires_at,
            } = upload;
            let (task, owned) = places_of(*attached);
            let length = bytes(*length)?;
            let id = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::owner_id.eq(owner.get()),
                        table::kind.eq(kind.rank()),
                        table::visibility.eq(visibility.rank()),
                        table::filename.eq(name.as_str()),
                        table::declared.eq(declared.as_deref()),
                        table::task_id.eq(task),
                        table::product_id.eq(owned),
                        table::length.eq(length),
                        table::received.eq(0),
                        table::metadata.eq(metadata.as_str()),
                        table::created_at.eq(created_at.micros()),
                        table::expires_at.eq(expires_at.micros()),
                    ))
                    .returning(table::id)
                    .get_result::<i64>(c)
            });
            match id.doing("uploads.insert") {
                // It points to nothing but an account.
                Err(StoreError::Missing(FOREIGN_KEY)) => Err(StoreError::Missing("files.owner")),
                id => Ok(upload.stored(UploadId::parse(id?).map_err(unwritable)?)),
            }
        })
    }

    fn get(&mut self, id: UploadId) -> Result<Option<UploadSession>, StoreError> {
        self.reading(|conn| {
            let row: Option<UploadRow> =
                on!(conn, |c| table::table.find(id.get()).get_result(c).optional())
                    .doing("uploads.get")?;
            row.map(UploadSession::try_from).transpose()
        })
    }

    /// The update is what only one of many succeeds with; the others see where it left the end.
    fn append(
        &mut self,
        id: UploadId,
        part: &Part,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let (start, size) = (bytes(part.start)?, bytes(part.size)?);
            // No upload is as long as that.
            let Some(end) = start.checked_add(size) else { return Ok(false) };
            let row = table::table
                .find(id.get())
                .filter(table::received.eq(start))
                .filter(table::length.gt(end));
            let moved = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((table::received.eq(end), table::expires_at.eq(expires_at.micros())))
                    .execute(c)
            })
            .doing("uploads.append: move")?;
            if moved == 0 {
                return Ok(false);
            }
            on!(&mut tx.conn, |c| {
                diesel::insert_into(parts::table)
                    .values((
                        parts::upload_id.eq(id.get()),
                        parts::start.eq(start),
                        parts::size.eq(size),
                        parts::object_key.eq(part.key.as_str()),
                    ))
                    .execute(c)
            })
            .doing("uploads.append")?;
            Ok(true)
        })
    }

    fn parts(&mut self, id: UploadId) -> Result<Vec<Part>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<(i64, i64, String)> = on!(conn, |c| {
                parts::table
                    .filter(parts::upload_id.eq(id.get()))
                    .order(parts::start.asc())
                    .select((parts::start, parts::size, parts::object_key))
                    .load(c)
            })
            .doing("uploads.parts")?;
            let part = |(start, size, key): (i64, i64, String)| {
                Ok(Part { start: count(start), size: count(size), key: key_of(id, &key)? })
            };
            rows.into_iter().map(part).collect()
        })
    }

    fn claim(&mut self, id: UploadId, from: u64) -> Result<Option<Vec<ObjectKey>>, StoreError> {
        self.writing(|tx| {
            let from = bytes(from)?;
            let row = table::table
                .find(id.get())
                .filter(table::received.eq(from))
                .filter(table::length.gt(from));
            let claimed = on!(&mut tx.conn, |c| {
                diesel::update(row).set(table::received.eq(table::length)).execute(c)
            })
            .doing("uploads.claim")?;
            if claimed == 0 {
                return Ok(None);
            }
            take_parts(&mut tx.conn, id).map(Some)
        })
    }

    fn conclude(
        &mut self,
        id: UploadId,
        file: FileId,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            on!(&mut tx.conn, |c| {
                diesel::update(table::table.find(id.get()))
                    .set((table::file_id.eq(file.get()), table::expires_at.eq(expires_at.micros())))
                    .execute(c)
            })
            .doing("uploads.conclude")?;
            Ok(())
        })
    }

    fn remove(
        &mut self,
        id: UploadId,
        over: Option<Timestamp>,
    ) -> Result<Option<(UploadSession, Vec<ObjectKey>)>, StoreError> {
        self.writing(|tx| {
            let before = over.map_or(i64::MAX, Timestamp::micros);
            // Locked before its parts are taken: while somebody appends, nothing is taken.
            let row = table::table.find(id.get()).filter(table::expires_at.lt(before));
            let there: Option<i64> =
                by_engine!(&mut tx.conn, |c| row.select(table::id).get_result(c).optional(), |c| {
                    row.select(table::id).for_update().get_result(&mut **c).optional()
                })
                .doing("uploads.remove: lock")?;
            if there.is_none() {
                return Ok(None);
            }
            let keys = take_parts(&mut tx.conn, id)?;
            let gone: Option<UploadRow> = on!(&mut tx.conn, |c| {
                diesel::delete(table::table.find(id.get()))
                    .returning(table::all_columns)
                    .get_result(c)
                    .optional()
            })
            .doing("uploads.remove")?;
            gone.map(|row| Ok((UploadSession::try_from(row)?, keys))).transpose()
        })
    }

    fn pending(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.reading(|conn| {
            let pending: i64 = on!(conn, |c| {
                table::table
                    .filter(table::owner_id.eq(owner.get()))
                    .filter(table::file_id.is_null())
                    .count()
                    .get_result(c)
            })
            .doing("uploads.pending")?;
            Ok(count(pending))
        })
    }

    fn of_owner(&mut self, owner: UserId, limit: u32) -> Result<Vec<UploadSession>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<UploadRow> = on!(conn, |c| {
                table::table
                    .filter(table::owner_id.eq(owner.get()))
                    .order(table::id.asc())
                    .limit(limit.into())
                    .load(c)
            })
            .doing("uploads.of_owner")?;
            rows.into_iter().map(UploadSession::try_from).collect()
        })
    }

    fn expired(&mut self, before: Timestamp, limit: u32) -> Result<Vec<UploadId>, StoreError> {
        self.reading(|conn| {
            let ids: Vec<i64> = on!(conn, |c| {
                table::table
                    .filter(table::expires_at.lt(before.micros()))
                    .order((table::expires_at.asc(), table::id.asc()))
                    .limit(limit.into())
                    .select(table::id)
                    .load(c)
            })
            .doing("uploads.expired")?;
            let row_ref = RowRef::new("uploads", 0);
            ids.into_iter().map(|id| row_ref.read("id", UploadId::parse(id))).collect()
        })
    }

    fn known_parts(&mut self, keys: &[ObjectKey]) -> Result<BTreeSet<ObjectKey>, StoreError> {
        self.reading(|conn| {
            let asked: Vec<&str> = keys.iter().map(ObjectKey::as_str).collect();
            let rows =
                parts::table.filter(parts::object_key.eq_any(asked)).select(parts::object_key);
            let known: Vec<String> = on!(conn, |c| rows.load(c)).doing("uploads.known_parts")?;
            let row_ref = RowRef::new("upload_parts", 0);
            known.iter().map(|key| row_ref.read("object_key", ObjectKey::parse(key))).collect()
        })
    }
}
