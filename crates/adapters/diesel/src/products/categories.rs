//! `CategoryStore`.

use diesel::{dsl::exists, prelude::*, select};
use kernel::StoreError;
use products::{Category, CategoryId, CategoryStore, product::NewCategory};

use super::{
    named,
    rows::{CategoryRow, categories as table, products as product_rows},
};
use crate::{
    columns::unwritable,
    constraint::Attempt,
    db::{by_engine, on},
    row::{all, one},
    statement::Statement,
    uow::DieselTx,
};

impl CategoryStore for DieselTx {
    fn lock_tree(&mut self) -> Result<(), StoreError> {
        self.writing(|tx| {
            by_engine!(
                &mut tx.conn,
                // There is one writer: whoever writes holds everything.
                |_| Ok(()),
                |c| {
                    // In the way of every other write to the table, new rows included, and of nobody
                    // who reads it or points to a row of it.
                    let mut lock: Statement = Statement::new();
                    lock.sql("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE");
                    lock.execute(&mut **c).doing("categories.lock_tree").map(drop)
                }
            )
        })
    }

    fn insert(&mut self, new: &NewCategory) -> Result<Category, StoreError> {
        self.writing(|tx| {
            let NewCategory { name, slug, parent, created_at } = new;
            let at = created_at.micros();
            let id = on!(&mut tx.conn, |c| {
                diesel::insert_into(table::table)
                    .values((
                        table::name.eq(name.as_str()),
                        table::slug.eq(slug.as_str()),
                        table::parent_id.eq(parent.map(CategoryId::get)),
                        table::created_at.eq(at),
                        table::updated_at.eq(at),
                        table::version.eq(1),
                    ))
                    .returning(table::id)
                    .get_result::<i64>(c)
            })
            .doing("categories.insert")
            .map_err(|error| named(error, "categories.parent"))?;
            Ok(new.stored(CategoryId::parse(id).map_err(unwritable)?))
        })
    }

    fn get(&mut self, id: CategoryId) -> Result<Option<Category>, StoreError> {
        self.reading(|conn| {
            let row: Option<CategoryRow> =
                on!(conn, |c| table::table.find(id.get()).get_result(c).optional())
                    .doing("categories.get")?;
            one(row)
        })
    }

    fn all(&mut self) -> Result<Vec<Category>, StoreError> {
        self.reading(|conn| {
            let rows: Vec<CategoryRow> =
                on!(conn, |c| table::table.order(table::id).load(c)).doing("categories.all")?;
            all(rows)
        })
    }

    fn save(&mut self, category: &mut Category) -> Result<(), StoreError> {
        self.writing(|tx| {
            let Category { id, name, slug, parent, created_at: _, updated_at, version } =
                &*category;
            let row = table::table.find(id.get()).filter(table::version.eq(*version));
            let changed = on!(&mut tx.conn, |c| {
                diesel::update(row)
                    .set((
                        table::name.eq(name.as_str()),
                        table::slug.eq(slug.as_str()),
                        table::parent_id.eq(parent.map(CategoryId::get)),
                        table::updated_at.eq(updated_at.micros()),
                        table::version.eq(table::version + 1),
                    ))
                    .execute(c)
            })
            .doing("categories.save")
            .map_err(|error| named(error, "categories.parent"))?;
            if changed == 0 {
                return Err(StoreError::Stale);
            }
            category.version += 1;
            Ok(())
        })
    }

    fn hold(&mut self, id: CategoryId) -> Result<bool, StoreError> {
        self.reading(|conn| {
            by_engine!(conn, |_| {}, |c| {
                // In the way of whoever puts a product in, which takes a share of this lock.
                table::table
                    .find(id.get())
                    .select(table::id)
                    .for_update()
                    .get_result::<i64>(&mut **c)
                    .optional()
                    .doing("categories.hold: lock")?;
            });
            let inside = product_rows::table.filter(product_rows::category_id.eq(id.get()));
            on!(conn, |c| select(exists(inside)).get_result::<bool>(c)).doing("categories.hold")
        })
    }

    fn remove(&mut self, id: CategoryId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get());
            let gone =
                on!(&mut tx.conn, |c| diesel::delete(row).execute(c)).doing("categories.remove")?;
            Ok(gone > 0)
        })
    }
}
