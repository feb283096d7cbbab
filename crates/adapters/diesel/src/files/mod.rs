//! `FileStore`, `ShareStore` and `ProductOwners`. Content and room taken are in [`blobs`],
//! uploads that may come in several requests in [`uploads`].

mod blobs;
pub(crate) mod constraints;
mod uploads;

use diesel::{prelude::*, sql_types::BigInt};
use files::{
    File, FileId, FileStore, ProductOwners, ShareId, ShareStore,
    file::{Attached, NewFile, NewShare, Share},
    media::Media,
    query::{FileFilter, FileSort, VisibleTo, searched},
    text_type::{Charset, TextName},
    values::{BlobId, FileKind, FileName, Hash, Visibility},
};
use kernel::{
    OwnedId, Page, PageRequest, SortKey, StoreError, Timestamp, UserId, page::order_text,
};

use crate::{
    columns::{RowRef, count, unwritable},
    common::{
        search_index::{Index, Reach::Insides, fts, joined, tsquery},
        search_words::{Searched, behind},
    },
    constraint::{Attempt, FOREIGN_KEY},
    db::{AnyConnection, Dialect, by_engine, for_postgres, locking, on},
    list::{self, Column, Holds, Keys},
    schema::{
        facts::{tasks as task_rows, user_products as things},
        file_shares, files as table, users as accounts,
    },
    statement::Statement,
    uow::DieselTx,
};

/// The columns in the order of `schema.rs`, which is the order of [`FileRow`].
const COLUMNS: &str = "id, blob_id, owner_id, filename, kind, visibility, task_id, product_id, \
     media, size, sha256, width, height, uploaded_at, updated_at, version, text_name, charset";

#[derive(Queryable)]
struct FileRow {
    id: i64,
    blob_id: i64,
    owner_id: i64,
    filename: String,
    kind: i16,
    visibility: i16,
    task_id: Option<i64>,
    product_id: Option<i64>,
    media: i16,
    size: i64,
    sha256: Vec<u8>,
    width: Option<i64>,
    height: Option<i64>,
    uploaded_at: i64,
    updated_at: i64,
    version: i64,
    text_name: Option<String>,
    charset: i16,
}

/// Pixels, as ports count them.
fn pixel(raw: i64) -> Option<u32> {
    u32::try_from(raw).ok()
}

/// Bytes, as columns keep them.
fn bytes(size: u64) -> Result<i64, StoreError> {
    i64::try_from(size).map_err(unwritable)
}

impl TryFrom<FileRow> for File {
    type Error = StoreError;

    fn try_from(row: FileRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("files", row.id);
        let attached = attached_to(row_ref, row.task_id, row.product_id)?;
        let pixels = match (row.width, row.height) {
            (Some(width), Some(height)) => Some((
                row_ref.known("width", pixel(width))?,
                row_ref.known("height", pixel(height))?,
            )),
            _ => None,
        };
        Ok(Self {
            id: row_ref.read("id", FileId::parse(row.id))?,
            blob: row_ref.read("blob_id", BlobId::parse(row.blob_id))?,
            owner: row_ref.user("owner_id", row.owner_id)?,
            name: row_ref.known("filename", FileName::parse(&row.filename))?,
            kind: row_ref.known("kind", FileKind::from_rank(row.kind))?,
            visibility: row_ref.known("visibility", Visibility::from_rank(row.visibility))?,
            attached,
            media: row_ref.known("media", Media::from_rank(row.media))?,
            text_name: row
                .text_name
                .map(|name| row_ref.known("text_name", TextName::parse(&name)))
                .transpose()?,
            charset: row_ref.known("charset", Charset::from_rank(row.charset))?,
            size: count(row.size),
            hash: Hash::of(row_ref.bytes32("sha256", row.sha256)?),
            pixels,
            uploaded_at: row_ref.moment("uploaded_at", row.uploaded_at)?,
            updated_at: row_ref.moment("updated_at", row.updated_at)?,
            version: row.version,
        })
    }
}

fn all(rows: Vec<FileRow>) -> Result<Vec<File>, StoreError> {
    rows.into_iter().map(File::try_from).collect()
}

/// SQLite does not say what is missing (F2).
fn what_is_missing(conn: &mut AnyConnection, error: StoreError, file: &NewFile) -> StoreError {
    let (AnyConnection::Sqlite(c), StoreError::Missing(FOREIGN_KEY)) = (conn, &error) else {
        return error;
    };
    let owner = accounts::table.find(file.owner.get()).select(accounts::id);
    let owned = match file.attached {
        Some(Attached::Owned(owned)) => Some(things::table.find(owned.get()).select(things::id)),
        _ => None,
    };
    let owner = owner.get_result::<i64>(c).optional();
    let owned = owned.map(|owned| owned.get_result::<i64>(c).optional());
    match (owner, owned) {
        (Ok(None), _) => StoreError::Missing("files.owner"),
        (Ok(Some(_)), Some(Ok(None))) => StoreError::Missing("files.product"),
        (Ok(Some(_)), None | Some(Ok(Some(_)))) => StoreError::Missing("files.blob"),
        (Err(_), _) | (_, Some(Err(_))) => error,
    }
}

/// What a row is attached to.
fn attached_to(
    row_ref: RowRef,
    task: Option<i64>,
    owned: Option<i64>,
) -> Result<Option<Attached>, StoreError> {
    Ok(match (task, owned) {
        (Some(task), _) => Some(Attached::Task(task)),
        (None, Some(owned)) => {
            Some(Attached::Owned(row_ref.read("product_id", OwnedId::parse(owned))?))
        }
        (None, None) => None,
    })
}

const fn places_of(attached: Option<Attached>) -> (Option<i64>, Option<i64>) {
    match attached {
        Some(Attached::Task(task)) => (Some(task), None),
        Some(Attached::Owned(owned)) => (None, Some(owned.get())),
        None => (None, None),
    }
}

const fn column(field: FileSort) -> Column {
    let (name, holds) = match field {
        FileSort::UploadedAt => ("uploaded_at", Holds::Number),
        FileSort::Size => ("size", Holds::Number),
        FileSort::Name => ("filename", Holds::Text),
        FileSort::Id => ("id", Holds::Number),
    };
    Column { name, holds }
}

/// ` WHERE …` for every field that is set.
fn conditions<'a, ST>(statement: &mut Statement<'a, ST>, filter: &'a FileFilter, dialect: Dialect) {
    match filter.visible_to {
        VisibleTo::All => statement.sql(" WHERE 1 = 1"),
        VisibleTo::Of(user) => statement.sql(" WHERE owner_id = ").number(user.get()),
        VisibleTo::On(Attached::Task(task)) => statement.sql(" WHERE task_id = ").number(task),
        VisibleTo::On(Attached::Owned(owned)) => {
            statement.sql(" WHERE product_id = ").number(owned.get())
        }
    };
    if let Some(kind) = filter.kind {
        statement.sql(" AND kind = ").number(kind.rank().into());
    }
    if let Some(media) = filter.media {
        statement.sql(" AND media = ").number(media.rank().into()).sql(" AND text_name IS NULL");
    }
    if let Some(name) = &filter.text_name {
        statement.sql(" AND text_name = ").text(name.as_str());
    }
    if let Some(query) = &filter.text {
        match dialect {
            Dialect::Sqlite => {
                statement.sql(" AND id IN (SELECT rowid FROM files_words WHERE files_words MATCH ");
                statement.text(fts(query, Insides)).sql(")");
            }
            Dialect::Postgres => {
                statement.sql(" AND words @@ CAST(");
                statement.text(tsquery(query, Insides)).sql(" AS tsquery)");
            }
        }
    }
}

fn page_of(
    conn: &mut AnyConnection,
    filter: &FileFilter,
    order: &[SortKey<FileSort>],
    page: &PageRequest,
) -> Result<Page<File>, StoreError> {
    let dialect = conn.dialect();
    let keys = Keys::new(order, order_text(order, &FileSort::ALL), column);
    let mut statement: Statement<'_, table::SqlType> = Statement::new();
    // What a connection keeps prepared must not grow with what clients think of.
    if order.len() > 1 {
        statement.not_kept();
    }
    statement.sql("SELECT ").sql(COLUMNS).sql(" FROM files");
    conditions(&mut statement, filter, dialect);
    keys.finish(&mut statement, page, dialect)?;
    let items = all(on!(conn, |c| statement.load(c)).doing("files.list")?)?;
    let at = |file: &File| {
        (order.iter().map(|key| key.field.sort_value(file)).collect::<Vec<_>>(), file.id.get())
    };
    list::page(&keys, items, page, at, || {
        let mut statement: Statement<'_, BigInt> = Statement::new();
        list::count_rows(&mut statement, |statement| {
            statement.sql(" FROM files");
            conditions(statement, filter, dialect);
        });
        on!(conn, |c| statement.get_result::<i64>(c)).doing("files.list: total").map(count)
    })
}

for_postgres! {
/// Makes a file findable by these words, in PostgreSQL.
fn store_words(conn: &mut diesel::PgConnection, id: i64, words: String) -> Result<(), StoreError> {
    let mut update: Statement = Statement::new();
    update.sql("UPDATE files SET words = array_to_tsvector(string_to_array(");
    update.text(words).sql(", ' ')) WHERE id = ").number(id);
    update.execute(conn).doing("files: search index")?;
    Ok(())
}
}

pub(crate) const SEARCHED: Searched = Searched { table: "files", renew };

/// Cuts the words of the next files again.
fn renew(tx: &mut DieselTx, after: i64) -> Result<Option<i64>, StoreError> {
    let files: Vec<File> = all(behind!(tx, FileRow, table::SqlType, COLUMNS, "files", after)?)?;
    for file in &files {
        tx.write_file_words(file.id.get(), joined(&searched(&file.name)))?;
    }
    Ok(files.last().map(|file| file.id.get()))
}

impl DieselTx {
    /// What an existing file is found by from now on.
    fn write_file_words(&mut self, id: i64, words: String) -> Result<(), StoreError> {
        by_engine!(
            &mut self.conn,
            |_| self.terms.replace(Index::Files, id, (words, String::new())),
            |c| store_words(c, id, words)?
        );
        Ok(())
    }

    fn insert_file(&mut self, new: &NewFile) -> Result<File, StoreError> {
        let conn = &mut self.conn;
        let NewFile {
            blob,
            owner,
            name,
            kind,
            visibility,
            attached,
            media,
            text_name,
            charset,
            size,
            hash,
            pixels,
            uploaded_at,
        } = new;
        let (task, owned) = places_of(*attached);
        let hash: &[u8] = hash.as_bytes();
        let at = uploaded_at.micros();
        let size = bytes(*size)?;
        let id = on!(conn, |c| {
            diesel::insert_into(table::table)
                .values((
                    table::blob_id.eq(blob.get()),
                    table::owner_id.eq(owner.get()),
                    table::filename.eq(name.as_str()),
                    table::kind.eq(kind.rank()),
                    table::visibility.eq(visibility.rank()),
                    table::task_id.eq(task),
                    table::product_id.eq(owned),
                    table::media.eq(media.rank()),
                    table::text_name.eq(text_name.as_ref().map(TextName::as_str)),
                    table::charset.eq(charset.rank()),
                    table::size.eq(size),
                    table::sha256.eq(hash),
                    table::width.eq(pixels.map(|(width, _)| i64::from(width))),
                    table::height.eq(pixels.map(|(_, height)| i64::from(height))),
                    table::uploaded_at.eq(at),
                    table::updated_at.eq(at),
                    table::version.eq(1),
                ))
                .returning(table::id)
                .get_result::<i64>(c)
        })
        .doing("files.insert")
        .map_err(|error| what_is_missing(conn, error, new))?;
        let words = joined(&searched(name));
        by_engine!(conn, |_| self.terms.add(Index::Files, id, (words, String::new())), |c| {
            store_words(c, id, words)?;
        });
        Ok(new.stored(FileId::parse(id).map_err(unwritable)?))
    }

    fn save_file(&mut self, file: &mut File) -> Result<(), StoreError> {
        let conn = &mut self.conn;
        let id = file.id.get();
        let row = table::table.find(id).filter(table::version.eq(file.version));
        let before = on!(conn, |c| row.select(table::filename).get_result::<String>(c).optional());
        let before = before.doing("files.save: before")?.ok_or(StoreError::Stale)?;
        let changed = on!(conn, |c| {
            diesel::update(row)
                .set((
                    table::filename.eq(file.name.as_str()),
                    table::kind.eq(file.kind.rank()),
                    table::visibility.eq(file.visibility.rank()),
                    table::updated_at.eq(file.updated_at.micros()),
                    table::version.eq(table::version + 1),
                ))
                .execute(c)
        });
        if changed.doing("files.save")? == 0 {
            return Err(StoreError::Stale);
        }
        file.version += 1;
        if before == file.name.as_str() {
            return Ok(());
        }
        self.write_file_words(id, joined(&searched(&file.name)))
    }
}

impl FileStore for DieselTx {
    fn insert(&mut self, file: &NewFile) -> Result<File, StoreError> {
        self.writing(|tx| tx.insert_file(file))
    }

    fn get(&mut self, id: FileId) -> Result<Option<File>, StoreError> {
        self.reading(|conn| {
            let row: Option<FileRow> =
                on!(conn, |c| table::table.find(id.get()).get_result(c).optional())
                    .doing("files.get")?;
            row.map(File::try_from).transpose()
        })
    }

    fn lock(&mut self, id: FileId) -> Result<Option<File>, StoreError> {
        self.reading(|conn| {
            let query = table::table.find(id.get());
            let row = locking!(conn, query, |c| query.get_result::<FileRow>(c).optional());
            row.doing("files.lock")?.map(File::try_from).transpose()
        })
    }

    fn save(&mut self, file: &mut File) -> Result<(), StoreError> {
        self.writing(|tx| tx.save_file(file))
    }

    fn remove(&mut self, id: FileId) -> Result<Option<File>, StoreError> {
        self.writing(|tx| {
            let row: Option<FileRow> = on!(&mut tx.conn, |c| {
                diesel::delete(table::table.find(id.get()))
                    .returning(table::all_columns)
                    .get_result(c)
                    .optional()
            })
            .doing("files.remove")?;
            if row.is_some() && tx.conn.dialect() == Dialect::Sqlite {
                tx.terms.remove(Index::Files, id.get());
            }
            row.map(File::try_from).transpose()
        })
    }

    fn list(
        &mut self,
        filter: &FileFilter,
        order: &[SortKey<FileSort>],
        page: &PageRequest,
    ) -> Result<Page<File>, StoreError> {
        if filter.text.is_some() {
            self.flush_search_index()?;
        }
        self.reading(|conn| page_of(conn, filter, order, page))
    }

    fn of_owner(
        &mut self,
        owner: UserId,
        after: Option<FileId>,
        limit: u32,
    ) -> Result<Vec<File>, StoreError> {
        self.reading(|conn| {
            let rows = on!(conn, |c| {
                table::table
                    .filter(table::owner_id.eq(owner.get()))
                    .filter(table::id.gt(after.map_or(0, FileId::get)))
                    .order(table::id.asc())
                    .limit(limit.into())
                    .load(c)
            });
            all(rows.doing("files.of_owner")?)
        })
    }

    fn stranded(&mut self, limit: u32) -> Result<Vec<File>, StoreError> {
        self.reading(|conn| {
            let mut statement: Statement<'_, table::SqlType> = Statement::new();
            statement.sql("SELECT ").sql(COLUMNS).sql(
                " FROM files WHERE task_id IS NOT NULL AND NOT EXISTS \
                 (SELECT 1 FROM tasks WHERE tasks.id = files.task_id) ORDER BY id LIMIT ",
            );
            statement.number(limit.into());
            all(on!(conn, |c| statement.load(c)).doing("files.stranded")?)
        })
    }
}

#[derive(Queryable)]
struct ShareRow {
    id: i64,
    file_id: i64,
    user_id: i64,
    created_at: i64,
    expires_at: i64,
}

impl TryFrom<ShareRow> for Share {
    type Error = StoreError;

    fn try_from(row: ShareRow) -> Result<Self, StoreError> {
        let row_ref = RowRef::new("file_shares", row.id);
        Ok(Self {
            id: row_ref.read("id", ShareId::parse(row.id))?,
            file: row_ref.read("file_id", FileId::parse(row.file_id))?,
            by: row_ref.user("user_id", row.user_id)?,
            created_at: row_ref.moment("created_at", row.created_at)?,
            expires_at: row_ref.moment("expires_at", row.expires_at)?,
        })
    }
}

/// SQLite does not say what is missing (L2).
fn whose_share_is_missing(conn: &mut AnyConnection, error: StoreError, file: FileId) -> StoreError {
    let (AnyConnection::Sqlite(c), StoreError::Missing(FOREIGN_KEY)) = (conn, &error) else {
        return error;
    };
    match table::table.find(file.get()).select(table::id).get_result::<i64>(c).optional() {
        Ok(Some(_)) => StoreError::Missing("shares.user"),
        Ok(None) => StoreError::Missing("shares.file"),
        Err(_) => error,
    }
}

impl ShareStore for DieselTx {
    fn insert(&mut self, share: &NewShare) -> Result<Share, StoreError> {
        self.writing(|tx| {
            let conn = &mut tx.conn;
            let NewShare { file, by, created_at, expires_at } = share;
            let id = on!(conn, |c| {
                diesel::insert_into(file_shares::table)
                    .values((
                        file_shares::file_id.eq(file.get()),
                        file_shares::user_id.eq(by.get()),
                        file_shares::created_at.eq(created_at.micros()),
                        file_shares::expires_at.eq(expires_at.micros()),
                    ))
                    .returning(file_shares::id)
                    .get_result::<i64>(c)
            })
            .doing("shares.insert")
            .map_err(|error| whose_share_is_missing(conn, error, *file))?;
            Ok(share.stored(ShareId::parse(id).map_err(unwritable)?))
        })
    }

    fn share(&mut self, file: FileId, id: ShareId) -> Result<Option<Share>, StoreError> {
        self.reading(|conn| {
            let row: Option<ShareRow> = on!(conn, |c| {
                file_shares::table
                    .find(id.get())
                    .filter(file_shares::file_id.eq(file.get()))
                    .get_result(c)
                    .optional()
            })
            .doing("shares.share")?;
            row.map(Share::try_from).transpose()
        })
    }

    fn list(&mut self, file: FileId, now: Timestamp) -> Result<Vec<Share>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<ShareRow> = on!(conn, |c| {
                file_shares::table
                    .filter(file_shares::file_id.eq(file.get()))
                    .filter(file_shares::expires_at.gt(now.micros()))
                    .order(file_shares::id.asc())
                    .limit(100)
                    .load(c)
            })
            .doing("shares.list")?;
            rows.into_iter().map(Share::try_from).collect()
        })
    }

    fn revoke(&mut self, file: FileId, id: ShareId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = file_shares::table.find(id.get()).filter(file_shares::file_id.eq(file.get()));
            let gone =
                on!(&mut tx.conn, |c| diesel::delete(row).execute(c)).doing("shares.revoke")?;
            Ok(gone > 0)
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let mut delete: Statement = Statement::new();
            delete.sql(
                "DELETE FROM file_shares WHERE id IN \
                 (SELECT id FROM file_shares WHERE expires_at < ",
            );
            delete.number(before.micros()).sql(" ORDER BY expires_at, id LIMIT ");
            delete.number(limit.into()).sql(")");
            let gone = on!(&mut tx.conn, |c| delete.execute(c)).doing("shares.prune")?;
            Ok(gone as u64)
        })
    }
}

impl ProductOwners for DieselTx {
    fn sees_task(&mut self, user: Option<UserId>, task: i64) -> Result<bool, StoreError> {
        self.reading(|conn| {
            let row: Option<(i64, Option<i64>)> = on!(conn, |c| {
                task_rows::table
                    .find(task)
                    .filter(task_rows::deleted_at.is_null())
                    .select((task_rows::user_id, task_rows::assignee_id))
                    .get_result(c)
                    .optional()
            })
            .doing("places.sees_task")?;
            Ok(row.is_some_and(|(owner, assignee)| match user.map(UserId::get) {
                None => true,
                Some(user) => owner == user || assignee == Some(user),
            }))
        })
    }

    fn owns_task(&mut self, user: UserId, task: i64) -> Result<bool, StoreError> {
        self.reading(|conn| {
            let owner: Option<i64> = on!(conn, |c| {
                task_rows::table
                    .find(task)
                    .filter(task_rows::deleted_at.is_null())
                    .select(task_rows::user_id)
                    .get_result(c)
                    .optional()
            })
            .doing("places.owns_task")?;
            Ok(owner == Some(user.get()))
        })
    }

    fn owns(&mut self, user: UserId, owned: OwnedId) -> Result<bool, StoreError> {
        self.reading(|conn| {
            let owner: Option<i64> = on!(conn, |c| {
                things::table.find(owned.get()).select(things::user_id).get_result(c).optional()
            })
            .doing("places.owns")?;
            Ok(owner == Some(user.get()))
        })
    }

    fn is_open(&mut self, user: UserId) -> Result<bool, StoreError> {
        // Tasks ask the same about those they are given to.
        self.has_active_account(user)
    }
}
