//! `ProductStore`. The lists are in [`list`], the other stores of the room in files of their own.

mod categories;
pub(crate) mod constraints;
mod list;
mod owned;
pub(crate) mod rows;
mod staged_imports;

use std::collections::BTreeMap;

use diesel::prelude::*;
use kernel::{Page, PageRequest, SortKey, StoreError, UserId};
use products::{
    MovementId, Product, ProductId, ProductStore, StockMovement,
    product::{Moved, NamedProduct, NewProduct, NewStockMovement, OPENING},
    query::{ProductFilter, ProductSort, searched_name, searched_rest},
    record::stored_price,
    values::{Brand, CategoryId, CategoryName, LongText, Model, ProductName, Stock, Website},
};

use self::{
    rows::{ProductRow, categories as category_rows, products as table, stock_movements as ledger},
    staged_imports::is_visible,
};
use crate::{
    columns::{RowRef, unwritable},
    common::{
        search_index::{Index, joined},
        search_words::{Searched, behind},
    },
    constraint::{Attempt, FOREIGN_KEY},
    db::{Dialect, by_engine, locking, on},
    row::{Row as _, all, one},
    statement::Statement,
    uow::DieselTx,
};

/// Rows of one statement: each binds some twenty values, and SQLite takes 32 766.
const BATCH: usize = 200;

pub(crate) const SEARCHED: Searched = Searched { table: ProductRow::TABLE, renew };

/// Cuts the words of the next products again.
fn renew(tx: &mut DieselTx, after: i64) -> Result<Option<i64>, StoreError> {
    let rows =
        behind!(tx, ProductRow, table::SqlType, ProductRow::COLUMNS, ProductRow::TABLE, after)?;
    let products: Vec<Product> = all(rows)?;
    for product in &products {
        let Product { name, brand, model, description, .. } = product;
        let words = search_text((name, brand, model, description), tx.conn.dialect());
        tx.write_product_words(product.id.get(), words)?;
    }
    Ok(products.last().map(|product| product.id.get()))
}

/// The words of the name, and those of the rest; on PostgreSQL, of both.
fn search_text(
    (name, brand, model, description): (&ProductName, &Brand, &Model, &LongText),
    dialect: Dialect,
) -> (String, String) {
    let (name, rest) = (searched_name(name), searched_rest(brand, model, description));
    let words = joined(&name);
    let others = match dialect {
        Dialect::Sqlite => rest,
        Dialect::Postgres => name.and(rest),
    };
    (words, joined(&others))
}

/// SQLite does not name the key that was broken; this table has but one.
fn named(error: StoreError, meaning: &'static str) -> StoreError {
    match error {
        StoreError::Missing(FOREIGN_KEY) => StoreError::Missing(meaning),
        other => other,
    }
}

fn insert_statement(
    new: &[NewProduct],
    words: &[(String, String)],
    first: Option<ProductId>,
    dialect: Dialect,
) -> Statement<'static, table::SqlType> {
    let mut insert = Statement::new();
    if new.len() > 1 {
        insert.not_kept();
    }
    insert.sql("INSERT INTO products (");
    if first.is_some() {
        insert.sql("id, ");
    }
    insert.sql(
        "name, category_id, brand, brand_key, model, description, price, \
         currency, stock, warranty_months, warranty_conditions, website, specifications, status, \
         created_at, updated_at, version",
    );
    if dialect == Dialect::Postgres {
        insert.sql(", name_words, words");
    }
    insert.sql(match (first, dialect) {
        (Some(_), Dialect::Postgres) => ") OVERRIDING SYSTEM VALUE VALUES ",
        _ => ") VALUES ",
    });
    for (index, (new, words)) in (0..).zip(new.iter().zip(words)) {
        let NewProduct {
            name,
            category,
            brand,
            model,
            description,
            price,
            stock,
            warranty_months,
            warranty_conditions,
            website,
            specifications,
            status,
            created_at,
            by: _,
        } = new;
        insert.sql(if index == 0 { "(" } else { ", (" });
        if let Some(first) = first {
            insert.number(first.get() + index).sql(", ");
        }
        insert.text(name.as_str().to_owned());
        insert.sql(", ").maybe(category.map(CategoryId::get));
        insert.sql(", ").text(brand.as_str().to_owned());
        insert.sql(", ").text(brand.key());
        insert.sql(", ").text(model.as_str().to_owned());
        insert.sql(", ").text(description.as_str().to_owned());
        insert.sql(", ").number(stored_price(price.amount));
        insert.sql(", ").text(price.currency.as_str().to_owned());
        insert.sql(", ").number(stock.get());
        insert.sql(", ").number(warranty_months.get());
        insert.sql(", ").text(warranty_conditions.as_str().to_owned());
        insert.sql(", ");
        match website {
            Some(website) => insert.text(website.as_str().to_owned()),
            None => insert.sql("NULL"),
        };
        insert.sql(", ").text(specifications.as_str().to_owned());
        insert.sql(", ").number(status.rank().into());
        insert.sql(", ").number(created_at.micros());
        insert.sql(", ").number(created_at.micros()).sql(", 1");
        if dialect == Dialect::Postgres {
            insert.sql(", array_to_tsvector(string_to_array(").text(words.0.clone());
            insert.sql(", ' ')), array_to_tsvector(string_to_array(").text(words.1.clone());
            insert.sql(", ' '))");
        }
        insert.sql(")");
    }
    insert.sql(" RETURNING ").sql(ProductRow::COLUMNS);
    insert
}

impl DieselTx {
    /// Adds products, under the ids from `first` on where that is given.
    fn insert_products(
        &mut self,
        new: &[NewProduct],
        first: Option<ProductId>,
    ) -> Result<Vec<Product>, StoreError> {
        let dialect = self.conn.dialect();
        let words: Vec<_> = new
            .iter()
            .map(|new| search_text((&new.name, &new.brand, &new.model, &new.description), dialect))
            .collect();
        let insert = insert_statement(new, &words, first, dialect);
        let mut rows: Vec<ProductRow> = on!(&mut self.conn, |c| insert.load(c))
            .doing("products.insert")
            .map_err(|error| named(error, "products.category"))?;
        // Numbers are given in the order of the rows; no database promises to return them in it.
        rows.sort_unstable_by_key(ProductRow::id);
        let made: Vec<Product> = all(rows)?;
        if dialect == Dialect::Sqlite {
            for (product, words) in made.iter().zip(words) {
                self.terms.add(Index::Products, product.id.get(), words);
            }
        }
        let opening: Vec<(&Product, Option<UserId>)> = made
            .iter()
            .zip(new.iter().map(|new| new.by))
            .filter(|(p, _)| p.stock.get() > 0)
            .collect();
        if !opening.is_empty() {
            let mut insert: Statement = Statement::new();
            if opening.len() > 1 {
                insert.not_kept();
            }
            insert.sql(
                "INSERT INTO stock_movements (product_id, delta, balance, reason, actor_id, at) \
                 VALUES ",
            );
            for (index, (product, by)) in opening.iter().enumerate() {
                insert.sql(if index == 0 { "(" } else { ", (" });
                insert.number(product.id.get()).sql(", ").number(product.stock.get());
                insert.sql(", ").number(product.stock.get()).sql(", ").text(OPENING);
                insert.sql(", ").maybe(by.map(UserId::get));
                insert.sql(", ").number(product.created_at.micros()).sql(")");
            }
            on!(&mut self.conn, |c| insert.execute(c))
                .doing("products.insert: ledger")
                .map_err(|error| named(error, "movements.actor"))?;
        }
        Ok(made)
    }

    fn save_product(&mut self, product: &mut Product) -> Result<(), StoreError> {
        let conn = &mut self.conn;
        let Product {
            id,
            name,
            category,
            brand,
            model,
            description,
            price,
            // Only `shift` moves it.
            stock: _,
            warranty_months,
            warranty_conditions,
            website,
            specifications,
            status,
            created_at,
            updated_at,
            version,
        } = &*product;
        let id = id.get();
        let row = table::table.find(id).filter(table::version.eq(*version));
        let stored = on!(conn, |c| {
            row.filter(is_visible!(table::id))
                .select((table::name, table::brand, table::model, table::description))
                .get_result::<(String, String, String, String)>(c)
                .optional()
        })
        .doing("products.save: before")?;
        let before = stored.ok_or(StoreError::Stale)?;
        let changed = on!(conn, |c| {
            diesel::update(row)
                .set((
                    table::name.eq(name.as_str()),
                    table::category_id.eq(category.map(CategoryId::get)),
                    table::brand.eq(brand.as_str()),
                    table::brand_key.eq(brand.key()),
                    table::model.eq(model.as_str()),
                    table::description.eq(description.as_str()),
                    table::price.eq(stored_price(price.amount)),
                    table::currency.eq(price.currency.as_str()),
                    table::warranty_months.eq(warranty_months.get()),
                    table::warranty_conditions.eq(warranty_conditions.as_str()),
                    table::website.eq(website.as_ref().map(Website::as_str)),
                    table::specifications.eq(specifications.as_str()),
                    table::status.eq(status.rank()),
                    table::created_at.eq(created_at.micros()),
                    table::updated_at.eq(updated_at.micros()),
                    table::version.eq(table::version + 1),
                ))
                .execute(c)
        })
        .doing("products.save")
        .map_err(|error| named(error, "products.category"))?;
        if changed == 0 {
            return Err(StoreError::Stale);
        }
        let before = [before.0.as_str(), &before.1, &before.2, &before.3];
        if before != [name.as_str(), brand.as_str(), model.as_str(), description.as_str()] {
            let words = search_text((name, brand, model, description), conn.dialect());
            self.write_product_words(id, words)?;
        }
        product.version += 1;
        Ok(())
    }

    /// What an existing product is found by from now on.
    fn write_product_words(&mut self, id: i64, words: (String, String)) -> Result<(), StoreError> {
        by_engine!(&mut self.conn, |_| self.terms.replace(Index::Products, id, words), |c| {
            let mut update: Statement = Statement::new();
            update.sql("UPDATE products SET name_words = array_to_tsvector(string_to_array(");
            update.text(words.0.as_str());
            update.sql(", ' ')), words = array_to_tsvector(string_to_array(");
            update.text(words.1.as_str()).sql(", ' ')) WHERE id = ").number(id);
            update.execute(&mut **c).doing("products.save: search index")?;
        });
        Ok(())
    }

    fn write_movement(&mut self, new: &NewStockMovement) -> Result<Moved, StoreError> {
        let conn = &mut self.conn;
        let row = table::table.find(new.product.get());
        let stock = row.filter(is_visible!(table::id)).select(table::stock);
        // Whoever comes second waits here, and then sees what the first left.
        let stock: Option<i64> = locking!(conn, stock, |c| stock.get_result(c).optional())
            .doing("products.adjust_stock: lock")?;
        let Some(stock) = stock else { return Ok(Moved::Nowhere) };
        let row_ref = RowRef::new("products", new.product.get());
        let stock = row_ref.read("stock", Stock::parse(stock))?;
        let Ok(balance) = Stock::parse(stock.get().saturating_add(new.delta)) else {
            return Ok(Moved::Beyond(stock));
        };
        on!(conn, |c| diesel::update(row).set(table::stock.eq(balance.get())).execute(c))
            .doing("products.adjust_stock")?;
        let id = on!(conn, |c| {
            diesel::insert_into(ledger::table)
                .values((
                    ledger::product_id.eq(new.product.get()),
                    ledger::delta.eq(new.delta),
                    ledger::balance.eq(balance.get()),
                    ledger::reason.eq(new.reason.as_str()),
                    ledger::actor_id.eq(new.actor.map(UserId::get)),
                    ledger::at.eq(new.at.micros()),
                ))
                .returning(ledger::id)
                .get_result::<i64>(c)
        })
        .doing("products.adjust_stock: ledger")
        .map_err(|error| named(error, "movements.actor"))?;
        let id = MovementId::parse(id).map_err(unwritable)?;
        Ok(Moved::Done(new.stored(id, balance)))
    }
}

type NamedProductRow = (i64, String, String, String, Option<String>);

fn named_product(row: NamedProductRow) -> Result<(ProductId, NamedProduct), StoreError> {
    let (id, name, brand, model, category) = row;
    let row_ref = RowRef::new("products", id);
    let category = category.as_deref().map(CategoryName::parse).transpose();
    let named_product = NamedProduct {
        name: row_ref.read("name", ProductName::parse(&name))?,
        category: row_ref.read("category_id", category)?,
        brand: row_ref.read("brand", Brand::parse(&brand))?,
        model: row_ref.read("model", Model::parse(&model))?,
    };
    Ok((row_ref.read("id", ProductId::parse(id))?, named_product))
}

impl ProductStore for DieselTx {
    fn insert(&mut self, products: &[NewProduct]) -> Result<Vec<Product>, StoreError> {
        self.writing(|tx| {
            let mut made = Vec::with_capacity(products.len());
            for batch in products.chunks(BATCH) {
                made.append(&mut tx.insert_products(batch, None)?);
            }
            Ok(made)
        })
    }

    fn get(&mut self, id: ProductId) -> Result<Option<Product>, StoreError> {
        self.reading(|conn| {
            let query = table::table.find(id.get()).filter(is_visible!(table::id));
            one(on!(conn, |c| query.get_result::<ProductRow>(c).optional())
                .doing("products.get")?)
        })
    }

    fn lock(&mut self, id: ProductId) -> Result<Option<Product>, StoreError> {
        self.reading(|conn| {
            let query = table::table.find(id.get()).filter(is_visible!(table::id));
            one(locking!(conn, query, |c| query.get_result::<ProductRow>(c).optional())
                .doing("products.lock")?)
        })
    }

    fn save(&mut self, product: &mut Product) -> Result<(), StoreError> {
        self.writing(|tx| tx.save_product(product))
    }

    fn remove(&mut self, id: ProductId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let row = table::table.find(id.get()).filter(is_visible!(table::id));
            let gone =
                on!(&mut tx.conn, |c| diesel::delete(row).execute(c)).doing("products.remove")?;
            if gone > 0 && tx.conn.dialect() == Dialect::Sqlite {
                tx.terms.remove(Index::Products, id.get());
            }
            Ok(gone > 0)
        })
    }

    fn list(
        &mut self,
        filter: &ProductFilter,
        order: &[SortKey<ProductSort>],
        page: &PageRequest,
    ) -> Result<Page<Product>, StoreError> {
        if filter.text.is_some() {
            self.flush_search_index()?;
        }
        self.reading(|conn| list::list(conn, filter, order, page))
    }

    fn search(&mut self, filter: &ProductFilter, limit: u32) -> Result<Vec<Product>, StoreError> {
        self.flush_search_index()?;
        self.reading(|conn| list::search(conn, filter, limit))
    }

    fn named(
        &mut self,
        ids: &[ProductId],
    ) -> Result<BTreeMap<ProductId, NamedProduct>, StoreError> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        self.reading(|conn| {
            let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
            let rows: Vec<NamedProductRow> = on!(conn, |c| {
                table::table
                    .left_join(
                        category_rows::table
                            .on(table::category_id.eq(category_rows::id.nullable())),
                    )
                    .filter(table::id.eq_any(&ids))
                    .filter(is_visible!(table::id))
                    .select((
                        table::id,
                        table::name,
                        table::brand,
                        table::model,
                        category_rows::name.nullable(),
                    ))
                    .load(c)
            })
            .doing("products.named")?;
            rows.into_iter().map(named_product).collect()
        })
    }

    fn adjust_stock(&mut self, movement: &NewStockMovement) -> Result<Moved, StoreError> {
        self.writing(|tx| tx.write_movement(movement))
    }

    fn movements(
        &mut self,
        product: ProductId,
        page: &PageRequest,
    ) -> Result<Page<StockMovement>, StoreError> {
        self.reading(|conn| list::movements(conn, product, page))
    }
}
