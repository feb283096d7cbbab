//! `AttachedFiles`: how many files what people own has.

use std::collections::BTreeMap;

use diesel::{dsl::count_star, prelude::*};
use files::values::FileKind;
use kernel::{OwnedId, StoreError};
use products::{AttachedFiles, owned::FileCounts};

use crate::{columns::count, constraint::Attempt, db::on, schema::files as table, uow::DieselTx};

impl AttachedFiles for DieselTx {
    fn counts(&mut self, ids: &[OwnedId]) -> Result<BTreeMap<OwnedId, FileCounts>, StoreError> {
        self.reading(|conn| {
            let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
            let rows: Vec<(Option<i64>, i16, i64)> = on!(conn, |c| {
                table::table
                    .filter(table::product_id.eq_any(&ids))
                    .group_by((table::product_id, table::kind))
                    .select((table::product_id, table::kind, count_star()))
                    .load(c)
            })
            .doing("papers.counts")?;
            let mut found: BTreeMap<OwnedId, FileCounts> = BTreeMap::new();
            for (id, kind, number) in rows {
                let Some(id) = id.and_then(|id| OwnedId::parse(id).ok()) else { continue };
                let counts = found.entry(id).or_default();
                counts.files += count(number);
                if FileKind::from_rank(kind).is_some_and(FileKind::is_to_be_read) {
                    counts.docs += count(number);
                }
            }
            Ok(found)
        })
    }
}
