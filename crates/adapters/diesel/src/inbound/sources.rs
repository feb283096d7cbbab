//! `SourceStore`.

use diesel::prelude::*;
use inbound::{Source, SourceName, SourceStore, record::SourceRecord, values::HeaderName};
use kernel::StoreError;

use super::rows::webhook_sources as table;
use crate::{
    constraint::Attempt,
    db::{locking, on},
    uow::DieselTx,
};

/// The columns in the order of the table.
#[derive(diesel::Queryable)]
struct SourceRow {
    name: String,
    scheme: i16,
    header: Option<String>,
    id_header: Option<String>,
    max_bytes: i64,
    secrets: Vec<u8>,
    hints: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

fn source(row: SourceRow) -> Result<Source, StoreError> {
    let SourceRow {
        name,
        scheme,
        header,
        id_header,
        max_bytes,
        secrets,
        hints,
        created_at,
        updated_at,
        version,
    } = row;
    let record = SourceRecord {
        name,
        scheme,
        header,
        id_header,
        max_bytes,
        secrets,
        hints,
        created_at,
        updated_at,
        version,
    };
    // Sources have no number; the moment of creation leads to the row.
    Source::try_from(record).map_err(|corrupt| corrupt.at("webhook_sources", created_at))
}

impl SourceStore for DieselTx {
    fn insert(&mut self, source: &Source) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let record = SourceRecord::from(source);
            let added = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::name.eq(record.name.as_str()),
                        table::scheme.eq(record.scheme),
                        table::header.eq(record.header.as_deref()),
                        table::id_header.eq(record.id_header.as_deref()),
                        table::max_bytes.eq(record.max_bytes),
                        table::secrets.eq(record.secrets.as_slice()),
                        table::hints.eq(record.hints.as_str()),
                        table::created_at.eq(record.created_at),
                        table::updated_at.eq(record.updated_at),
                        table::version.eq(record.version),
                    ))
                    .on_conflict_do_nothing()
                    .execute(c)
            })
            .doing("webhook_sources.insert")?;
            Ok(added > 0)
        })
    }

    fn get(&mut self, name: &SourceName) -> Result<Option<Source>, StoreError> {
        self.reading(|conn| {
            let row = table::table.find(name.as_str());
            let found = on!(conn, |c| row.get_result::<SourceRow>(c).optional());
            found.doing("webhook_sources.get")?.map(source).transpose()
        })
    }

    fn lock(&mut self, name: &SourceName) -> Result<Option<Source>, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(name.as_str());
            let found = locking!(&mut tx.conn, row, |c| row.get_result::<SourceRow>(c).optional());
            found.doing("webhook_sources.lock")?.map(source).transpose()
        })
    }

    fn save(&mut self, source: &mut Source) -> Result<(), StoreError> {
        self.writing(|tx| {
            let record = SourceRecord::from(&*source);
            let this =
                table::table.find(record.name.as_str()).filter(table::version.eq(record.version));
            let saved = on!(&mut tx.conn, |c| {
                diesel::update(this)
                    .set((
                        table::scheme.eq(record.scheme),
                        table::header.eq(source.header.as_ref().map(HeaderName::as_str)),
                        table::id_header.eq(source.id_header.as_ref().map(HeaderName::as_str)),
                        table::max_bytes.eq(record.max_bytes),
                        table::secrets.eq(record.secrets.as_slice()),
                        table::hints.eq(record.hints.as_str()),
                        table::updated_at.eq(record.updated_at),
                        table::version.eq(table::version + 1),
                    ))
                    .execute(c)
            })
            .doing("webhook_sources.save")?;
            if saved == 0 {
                return Err(StoreError::Stale);
            }
            source.version += 1;
            Ok(())
        })
    }

    fn remove(&mut self, source: &Source) -> Result<(), StoreError> {
        self.writing(|tx| {
            let this =
                table::table.find(source.name.as_str()).filter(table::version.eq(source.version));
            let removed = on!(&mut tx.conn, |c| diesel::delete(this).execute(c))
                .doing("webhook_sources.remove")?;
            if removed == 0 { Err(StoreError::Stale) } else { Ok(()) }
        })
    }

    fn all(&mut self) -> Result<Vec<Source>, StoreError> {
        self.reading(|conn| {
            let rows = table::table.order(table::name);
            let mut rows = on!(conn, |c| rows.load::<SourceRow>(c)).doing("webhook_sources.all")?;
            // By bytes, whatever the collation of the database.
            rows.sort_by(|a, b| a.name.cmp(&b.name));
            rows.into_iter().map(source).collect()
        })
    }
}
