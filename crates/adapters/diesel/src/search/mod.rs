//! `IndexStore`. A document that is written anew gets a new id, so that ids tell what was written since; SQLite's index of
//! words is told of it as those of lists are.

mod rows;

use diesel::{
    prelude::*,
    sql_types::{BigInt, SmallInt, Text},
};
use kernel::StoreError;
use search::{Ask, DocKey, Document, IndexStore, Kind, Label, pattern::Probe};

use self::rows::search_docs as table;
use crate::{
    columns::RowRef,
    common::search_index::Index,
    constraint::Attempt,
    db::{Dialect, locking, on},
    statement::Statement,
    uow::DieselTx,
};

/// How often a row is looked for that others remove and make anew meanwhile.
const LOCK_TRIES: usize = 100;

type Row = (i64, i16, i64, String, String, String, i64, i16);
type Columns = (BigInt, SmallInt, BigInt, Text, Text, Text, BigInt, SmallInt);

fn document(row: Row) -> Result<Document, StoreError> {
    let (id, kind, ref_id, title, body, acl, at, weight) = row;
    let of = RowRef::new("search_docs", id);
    let kind = of.known("kind", Kind::from_rank(kind))?;
    let labels: Result<Vec<Label>, _> = acl.split_whitespace().map(str::parse).collect();
    Ok(Document {
        key: DocKey { kind, id: ref_id },
        title,
        body,
        acl: of.known("acl", labels.ok())?,
        at: of.moment("at", at)?,
        weight,
    })
}

/// A question in the language of an engine.
fn asked(ask: &Ask, and: &str, or: &str, probe: fn(&Probe) -> String) -> String {
    let clause = |ways: &Vec<Probe>| {
        let ways: Vec<String> = ways.iter().map(probe).collect();
        format!("({})", ways.join(or))
    };
    ask.clauses().iter().map(clause).collect::<Vec<_>>().join(and)
}

impl DieselTx {
    /// Removes a document, the place that is held for one as well.
    fn remove_document(&mut self, key: DocKey) -> Result<(), StoreError> {
        let row =
            table::table.filter(table::kind.eq(key.kind.rank())).filter(table::ref_id.eq(key.id));
        let gone = on!(&mut self.conn, |c| {
            diesel::delete(row).returning(table::id).get_result::<i64>(c).optional()
        });
        if let Some(id) = gone.doing("search.remove")?
            && self.conn.dialect() == Dialect::Sqlite
        {
            self.terms.remove(Index::Docs, id);
        }
        Ok(())
    }
}

impl IndexStore for DieselTx {
    /// Makes the row, so that there is one to lock. Whoever had it before may have removed it, or written it anew under
    /// another id, while this one waited: then it is looked for again. SQLite has one writer.
    fn lock(&mut self, key: DocKey) -> Result<(), StoreError> {
        self.writing(|tx| {
            if tx.conn.dialect() == Dialect::Sqlite {
                return Ok(());
            }
            for _ in 0..LOCK_TRIES {
                on!(&mut tx.conn, |c| {
                    diesel::insert_into(table::table)
                        .values((
                            table::kind.eq(key.kind.rank()),
                            table::ref_id.eq(key.id),
                            table::title.eq(""),
                            table::body.eq(""),
                            table::acl.eq(""),
                            table::at.eq(0),
                            table::weight.eq(0),
                        ))
                        .on_conflict_do_nothing()
                        .execute(c)
                })
                .doing("search.lock: insert")?;
                let row = table::table
                    .filter(table::kind.eq(key.kind.rank()))
                    .filter(table::ref_id.eq(key.id))
                    .select(table::id);
                let held = locking!(&mut tx.conn, row, |c| row.get_result::<i64>(c).optional());
                if held.doing("search.lock")?.is_some() {
                    return Ok(());
                }
            }
            Err(StoreError::Contention)
        })
    }

    fn put(&mut self, document: &Document) -> Result<(), StoreError> {
        self.writing(|tx| {
            tx.remove_document(document.key)?;
            let Document { key: DocKey { kind, id }, title, body, acl, at, weight } = document;
            let acl: Vec<String> = acl.iter().map(Label::to_string).collect();
            let words: Vec<String> = document.entries().into_iter().collect();
            let words = words.join(" ");
            let is_sqlite = tx.conn.dialect() == Dialect::Sqlite;
            let mut insert: Statement<'_, BigInt> = Statement::new();
            insert.sql("INSERT INTO search_docs (kind, ref_id, title, body, acl, at, weight");
            insert.sql(if is_sqlite { ") VALUES (" } else { ", words) VALUES (" });
            insert.number(kind.rank().into()).sql(", ").number(*id).sql(", ");
            insert.text(title.as_str()).sql(", ").text(body.as_str()).sql(", ");
            insert.text(acl.join(" ")).sql(", ").number(at.micros()).sql(", ");
            insert.number((*weight).into());
            if !is_sqlite {
                insert.sql(", array_to_tsvector(string_to_array(").text(&*words).sql(", ' '))");
            }
            insert.sql(") RETURNING id");
            let id = on!(&mut tx.conn, |c| insert.get_result::<i64>(c)).doing("search.put")?;
            if is_sqlite {
                tx.terms.add(Index::Docs, id, (words, String::new()));
            }
            Ok(())
        })
    }

    fn remove(&mut self, key: DocKey) -> Result<(), StoreError> {
        self.writing(|tx| tx.remove_document(key))
    }

    fn find(&mut self, ask: &Ask) -> Result<Vec<Document>, StoreError> {
        if ask.clauses().iter().any(Vec::is_empty) {
            return Ok(Vec::new());
        }
        self.flush_search_index()?;
        self.reading(|conn| {
            let mut find: Statement<'_, Columns> = Statement::new();
            find.sql("SELECT id, kind, ref_id, title, body, acl, at, weight FROM search_docs");
            if conn.dialect() == Dialect::Sqlite {
                find.sql(" WHERE id IN (SELECT rowid FROM search_docs_words");
                find.sql(" WHERE search_docs_words MATCH ");
                find.text(asked(ask, " AND ", " OR ", |probe| {
                    format!("\"{}\"{}", probe.text, if probe.begins { "*" } else { "" })
                }));
                find.sql(")");
            } else {
                find.sql(" WHERE words IS NOT NULL AND words @@ CAST(");
                find.text(asked(ask, " & ", " | ", |probe| {
                    format!("'{}'{}", probe.text, if probe.begins { ":*" } else { "" })
                }));
                find.sql(" AS tsquery)");
            }
            // The entries say the same; this is what the index of the newest is chosen by.
            if let [kind] = ask.kinds.as_slice() {
                find.sql(" AND kind = ").number(kind.rank().into());
                find.sql(" ORDER BY at DESC, ref_id DESC LIMIT ");
            } else {
                find.sql(" ORDER BY at DESC, kind, ref_id DESC LIMIT ");
            }
            find.number(ask.limit.into());
            let rows: Vec<Row> = on!(conn, |c| find.load(c)).doing("search.find")?;
            rows.into_iter().map(document).collect()
        })
    }

    fn behind(&mut self, place: i64, limit: u32) -> Result<Vec<(i64, String)>, StoreError> {
        self.reading(|conn| {
            let rows = table::table
                .filter(table::id.gt(place))
                .filter(table::acl.ne(""))
                .order(table::id)
                .limit(limit.into())
                .select((table::id, table::title, table::body));
            let rows = on!(conn, |c| rows.load::<(i64, String, String)>(c));
            let rows = rows.doing("search.behind")?;
            Ok(rows.into_iter().map(|(id, title, body)| (id, format!("{title} {body}"))).collect())
        })
    }

    fn keys(&mut self, kind: Kind, behind: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        self.reading(|conn| {
            let keys = table::table
                .filter(table::kind.eq(kind.rank()))
                .filter(table::ref_id.gt(behind))
                .order(table::ref_id)
                .limit(limit.into())
                .select(table::ref_id);
            on!(conn, |c| keys.load::<i64>(c)).doing("search.keys")
        })
    }
}
