//! `BlobStore` and `UsageStore`.

use std::collections::BTreeSet;

use diesel::{prelude::*, upsert::excluded};
use files::{
    BlobStore, UsageStore,
    file::{Blob, NewBlob, Variant},
    media::Media,
    outbound::ObjectKey,
    values::{BlobId, Hash, VariantName},
};
use kernel::{StoreError, UserId};

use super::{bytes, pixel};
use crate::{
    columns::{RowRef, count},
    constraint::{Attempt, FOREIGN_KEY},
    db::{AnyConnection, locking, on},
    schema::{blob_variants, blobs as table, file_usage},
    statement::Statement,
    uow::DieselTx,
};

#[derive(Queryable)]
struct BlobRow {
    id: i64,
    sha256: Vec<u8>,
    size: i64,
    object_key: String,
    refs: i64,
}

impl TryFrom<BlobRow> for Blob {
    type Error = StoreError;

    fn try_from(row: BlobRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("blobs", row.id);
        Ok(Self {
            id: row_ref.read("id", BlobId::parse(row.id))?,
            hash: Hash::of(row_ref.bytes32("sha256", row.sha256)?),
            size: count(row.size),
            key: row_ref.read("object_key", ObjectKey::parse(&row.object_key))?,
            refs: count(row.refs),
        })
    }
}

#[derive(Queryable)]
struct VariantRow {
    blob_id: i64,
    name: i16,
    object_key: String,
    media: i16,
    size: i64,
    sha256: Vec<u8>,
    width: i64,
    height: i64,
}

impl TryFrom<VariantRow> for Variant {
    type Error = StoreError;

    fn try_from(row: VariantRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("blob_variants", row.blob_id);
        Ok(Self {
            name: row_ref.known("name", VariantName::from_rank(row.name))?,
            key: row_ref.read("object_key", ObjectKey::parse(&row.object_key))?,
            media: row_ref.known("media", Media::from_rank(row.media))?,
            size: count(row.size),
            hash: Hash::of(row_ref.bytes32("sha256", row.sha256)?),
            pixels: (
                row_ref.known("width", pixel(row.width))?,
                row_ref.known("height", pixel(row.height))?,
            ),
        })
    }
}

fn variant_keys(conn: &mut AnyConnection, id: BlobId) -> Result<Vec<String>, StoreError> {
    let keys = blob_variants::table
        .filter(blob_variants::blob_id.eq(id.get()))
        .select(blob_variants::object_key);
    on!(conn, |c| keys.load(c)).doing("blobs.release: variants")
}

impl BlobStore for DieselTx {
    /// One statement: of two at once the second waits for the first one's end and then counts on
    /// what it left, or adds its own when the first removed it.
    fn keep(&mut self, blob: &NewBlob) -> Result<Blob, StoreError> {
        self.writing(|tx| {
            let hash: &[u8] = blob.hash.as_bytes();
            let size = bytes(blob.size)?;
            let row: BlobRow = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::sha256.eq(hash),
                        table::size.eq(size),
                        table::object_key.eq(blob.key.as_str()),
                        table::refs.eq(1),
                    ))
                    .on_conflict(table::sha256)
                    .do_update()
                    .set(table::refs.eq(table::refs + 1))
                    .returning(table::all_columns)
                    .get_result(c)
            })
            .doing("blobs.keep")?;
            Blob::try_from(row)
        })
    }

    fn release(&mut self, id: BlobId) -> Result<Vec<ObjectKey>, StoreError> {
        self.writing(|tx| {
            let left: Option<(i64, String)> = on!(&mut tx.conn, |c| {
                diesel::update(table::table.find(id.get()))
                    .set(table::refs.eq(table::refs - 1))
                    .returning((table::refs, table::object_key))
                    .get_result(c)
                    .optional()
            })
            .doing("blobs.release")?;
            let Some((..=0, key)) = left else { return Ok(Vec::new()) };
            let variants = variant_keys(&mut tx.conn, id)?;
            on!(&mut tx.conn, |c| diesel::delete(table::table.find(id.get())).execute(c))
                .doing("blobs.release: last")?;
            let row_ref = RowRef::new("blobs", id.get());
            let keys = std::iter::once(key).chain(variants);
            keys.map(|key| row_ref.read("object_key", ObjectKey::parse(&key))).collect()
        })
    }

    fn blob(&mut self, id: BlobId) -> Result<Option<Blob>, StoreError> {
        self.reading(|conn| {
            let row: Option<BlobRow> =
                on!(conn, |c| table::table.find(id.get()).get_result(c).optional())
                    .doing("blobs.blob")?;
            row.map(Blob::try_from).transpose()
        })
    }

    fn add_variant(&mut self, id: BlobId, variant: &Variant) -> Result<bool, StoreError> {
        self.writing(|tx| {
            // The content is locked first: while it is being removed, nothing is added to it, and a
            // broken foreign key would end the whole transaction.
            let row = table::table.find(id.get()).select(table::id);
            let there: Option<i64> = locking!(&mut tx.conn, row, |c| row.get_result(c).optional())
                .doing("blobs.add_variant: lock")?;
            if there.is_none() {
                return Ok(false);
            }
            let hash: &[u8] = variant.hash.as_bytes();
            let size = bytes(variant.size)?;
            let (width, height) = variant.pixels;
            let added = on!(&mut tx.conn, |c| {
                diesel::insert_into(blob_variants::table)
                    .values((
                        blob_variants::blob_id.eq(id.get()),
                        blob_variants::name.eq(variant.name.rank()),
                        blob_variants::object_key.eq(variant.key.as_str()),
                        blob_variants::media.eq(variant.media.rank()),
                        blob_variants::size.eq(size),
                        blob_variants::sha256.eq(hash),
                        blob_variants::width.eq(i64::from(width)),
                        blob_variants::height.eq(i64::from(height)),
                    ))
                    .on_conflict((blob_variants::blob_id, blob_variants::name))
                    .do_nothing()
                    .execute(c)
            })
            .doing("blobs.add_variant")?;
            Ok(added > 0)
        })
    }

    fn variants(&mut self, id: BlobId) -> Result<Vec<Variant>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<VariantRow> = on!(conn, |c| {
                blob_variants::table
                    .filter(blob_variants::blob_id.eq(id.get()))
                    .order(blob_variants::name.asc())
                    .load(c)
            })
            .doing("blobs.variants")?;
            rows.into_iter().map(Variant::try_from).collect()
        })
    }

    fn known(&mut self, keys: &[ObjectKey]) -> Result<BTreeSet<ObjectKey>, StoreError> {
        self.reading(|conn| {
            let asked: Vec<&str> = keys.iter().map(ObjectKey::as_str).collect();
            let of_blobs =
                table::table.filter(table::object_key.eq_any(&asked)).select(table::object_key);
            let mut known: Vec<String> =
                on!(conn, |c| of_blobs.load(c)).doing("blobs.known: content")?;
            let of_variants = blob_variants::table
                .filter(blob_variants::object_key.eq_any(&asked))
                .select(blob_variants::object_key);
            let more: Vec<String> =
                on!(conn, |c| of_variants.load(c)).doing("blobs.known: variants")?;
            known.extend(more);
            let row_ref = RowRef::new("blobs", 0);
            let keys = known.iter();
            keys.map(|key| row_ref.read("object_key", ObjectKey::parse(key))).collect()
        })
    }

    fn after(&mut self, after: Option<BlobId>, limit: u32) -> Result<Vec<Blob>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<BlobRow> = on!(conn, |c| {
                table::table
                    .filter(table::id.gt(after.map_or(0, BlobId::get)))
                    .order(table::id.asc())
                    .limit(limit.into())
                    .load(c)
            })
            .doing("blobs.after")?;
            rows.into_iter().map(Blob::try_from).collect()
        })
    }
}

impl UsageStore for DieselTx {
    fn charge(&mut self, user: UserId, more: u64) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let more = bytes(more)?;
            let sum = on!(&mut tx.conn, |c| {
                diesel::insert_into(file_usage::table)
                    .values((file_usage::user_id.eq(user.get()), file_usage::bytes.eq(more)))
                    .on_conflict(file_usage::user_id)
                    .do_update()
                    .set(file_usage::bytes.eq(file_usage::bytes + excluded(file_usage::bytes)))
                    .returning(file_usage::bytes)
                    .get_result::<i64>(c)
            });
            match sum.doing("usage.charge") {
                // It points to nothing but an account.
                Err(StoreError::Missing(FOREIGN_KEY)) => Err(StoreError::Missing("files.owner")),
                sum => Ok(count(sum?)),
            }
        })
    }

    fn refund(&mut self, user: UserId, less: u64) -> Result<(), StoreError> {
        self.writing(|tx| {
            let less = bytes(less)?;
            let mut update: Statement = Statement::new();
            update.sql("UPDATE file_usage SET bytes = CASE WHEN bytes > ").number(less);
            update.sql(" THEN bytes - ").number(less).sql(" ELSE 0 END WHERE user_id = ");
            update.number(user.get());
            on!(&mut tx.conn, |c| update.execute(c)).doing("usage.refund")?;
            Ok(())
        })
    }

    fn usage(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.reading(|conn| {
            let sum: Option<i64> = on!(conn, |c| {
                file_usage::table
                    .find(user.get())
                    .select(file_usage::bytes)
                    .get_result(c)
                    .optional()
            })
            .doing("usage.usage")?;
            Ok(sum.map(count).unwrap_or_default())
        })
    }

    fn total(&mut self) -> Result<u64, StoreError> {
        self.reading(|conn| {
            let mut ask: Statement<'_, diesel::sql_types::BigInt> = Statement::new();
            // The sum of whole numbers is a decimal on PostgreSQL.
            ask.sql("SELECT CAST(COALESCE(sum(bytes), 0) AS BIGINT) FROM file_usage");
            let sum: i64 = on!(conn, |c| ask.get_result(c)).doing("usage.total")?;
            Ok(count(sum))
        })
    }
}
