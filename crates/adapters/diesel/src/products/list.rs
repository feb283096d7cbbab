//! Lists of products, searches, and pages of a ledger.

use diesel::{prelude::*, sql_types::BigInt};
use kernel::{Page, PageRequest, SearchQuery, SortKey, StoreError, page::order_text};
use products::{
    Product, ProductId, StockMovement,
    query::{DEFAULT_ORDER, MOVEMENT_ORDER, ProductFilter, ProductSort, Rank},
};

use super::{
    rows::{MovementRow, ProductRow, products as table, stock_movements as ledger},
    staged_imports::{AND_VISIBLE, AND_VISIBLE_LEDGER, is_visible},
};
use crate::{
    columns::count,
    common::search_index::{Reach, fts, tsquery},
    constraint::Attempt,
    db::{AnyConnection, Dialect, on},
    list::{self, Column, Holds, Keys},
    row::{Row as _, all},
    statement::Statement,
};

const fn column(field: ProductSort) -> Column {
    let (name, holds) = match field {
        ProductSort::Name => ("name", Holds::Text),
        ProductSort::Price => ("price", Holds::Number),
        ProductSort::CreatedAt => ("created_at", Holds::Number),
        ProductSort::Id => ("id", Holds::Number),
    };
    Column { name, holds }
}

/// ` FROM products WHERE …` and ` AND …` for every field that is set.
fn conditions<ST>(statement: &mut Statement<'_, ST>, filter: &ProductFilter, dialect: Dialect) {
    statement.sql(" FROM products WHERE 1 = 1");
    if let Some(status) = filter.status {
        statement.sql(" AND status = ").number(status.rank().into());
    }
    if let Some(categories) = &filter.categories {
        statement.sql(" AND category_id IN (");
        for (index, id) in categories.iter().enumerate() {
            statement.sql(if index == 0 { "" } else { ", " }).number(id.get());
        }
        // An empty list is one that nothing is in; `IN ()` is not standard.
        statement.sql(if categories.is_empty() { "NULL)" } else { ")" });
    }
    if let Some(brand) = &filter.brand {
        statement.sql(" AND brand_key = ").text(brand.key());
    }
    if let Some(price) = filter.min_price {
        statement.sql(" AND price >= ").number(price.get());
    }
    if let Some(price) = filter.max_price {
        statement.sql(" AND price BETWEEN 0 AND ").number(price.get());
    }
    if let Some(wanted) = filter.in_stock {
        statement.sql(if wanted { " AND stock > 0" } else { " AND stock = 0" });
    }
    if let Some(query) = &filter.text {
        statement.sql(" AND ");
        ranked(statement, query, dialect, Rank::Other);
    }
    statement.sql(AND_VISIBLE);
}

/// A condition: found at this rank or a better one.
fn ranked<ST>(
    statement: &mut Statement<'_, ST>,
    query: &SearchQuery,
    dialect: Dialect,
    rank: Rank,
) {
    let (in_name, reach) = match rank {
        Rank::Prefix => (true, Reach::Beginnings),
        Rank::Infix => (true, Reach::Insides),
        Rank::Other => (false, Reach::Insides),
    };
    match dialect {
        Dialect::Sqlite => {
            let words = fts(query, reach);
            let words = if in_name { format!("{{names}} : ({words})") } else { words };
            statement.sql("id IN (SELECT rowid FROM products_words WHERE products_words MATCH ");
            statement.text(words).sql(")");
        }
        Dialect::Postgres => {
            statement.sql(if in_name { "name_words @@ CAST(" } else { "words @@ CAST(" });
            statement.text(tsquery(query, reach)).sql(" AS tsquery)");
        }
    }
}

fn statement<ST>(common: bool) -> Statement<'static, ST> {
    let mut statement = Statement::new();
    if !common {
        statement.not_kept();
    }
    statement
}

fn total(
    conn: &mut AnyConnection,
    filter: &ProductFilter,
    common: bool,
) -> Result<u64, StoreError> {
    let mut query: Statement<'static, BigInt> = statement(common);
    let dialect = conn.dialect();
    list::count_rows(&mut query, |query| conditions(query, filter, dialect));
    on!(conn, |c| query.get_result::<i64>(c)).doing("products.list: total").map(count)
}

/// What a connection keeps prepared must not grow with what clients think of: kept are lists of one
/// status by one key and no other filter.
fn is_common(filter: &ProductFilter, order: &[SortKey<ProductSort>]) -> bool {
    let plain = ProductFilter { status: filter.status, ..ProductFilter::default() };
    *filter == plain && (order.len() <= 1 || order == DEFAULT_ORDER)
}

pub(super) fn list(
    conn: &mut AnyConnection,
    filter: &ProductFilter,
    order: &[SortKey<ProductSort>],
    page: &PageRequest,
) -> Result<Page<Product>, StoreError> {
    let keys = Keys::new(order, order_text(order, &ProductSort::ALL), column);
    let (dialect, common) = (conn.dialect(), is_common(filter, order));
    let mut query: Statement<'_, table::SqlType> = Statement::new();
    if !common {
        query.not_kept();
    }
    query.sql("SELECT ").sql(ProductRow::COLUMNS);
    conditions(&mut query, filter, dialect);
    keys.finish(&mut query, page, dialect)?;
    let rows: Vec<ProductRow> = on!(conn, |c| query.load(c)).doing("products.list")?;
    let at = |product: &Product| {
        (
            order.iter().map(|key| key.field.sort_value(product)).collect::<Vec<_>>(),
            product.id.get(),
        )
    };
    list::page(&keys, all(rows)?, page, at, || total(conn, filter, common))
}

/// A question for each rank, so that each can stop at its limit. All go by number, backwards, which
/// the primary key gives without sorting where many match. The `+` tells SQLite that: it would walk
/// through all that is active by an index of the status, whatever was found.
pub(super) fn search(
    conn: &mut AnyConnection,
    filter: &ProductFilter,
    limit: u32,
) -> Result<Vec<Product>, StoreError> {
    let dialect = conn.dialect();
    let Some(query) = &filter.text else { return Ok(Vec::new()) };
    let others = ProductFilter { status: None, text: None, ..filter.clone() };
    let mut found = Vec::new();
    let mut better = None;
    for rank in [Rank::Prefix, Rank::Infix, Rank::Other] {
        if rank == Rank::Infix && !query.looks_inside() {
            continue;
        }
        let left = (limit as usize).saturating_sub(found.len());
        if left == 0 {
            break;
        }
        let mut select: Statement<'static, table::SqlType> = Statement::new();
        if others != ProductFilter::default() {
            select.not_kept();
        }
        select.sql("SELECT ").sql(ProductRow::COLUMNS);
        conditions(&mut select, &others, dialect);
        if let Some(status) = filter.status {
            select.sql(match dialect {
                Dialect::Sqlite => " AND +status = ",
                Dialect::Postgres => " AND status = ",
            });
            select.number(status.rank().into());
        }
        select.sql(" AND ");
        ranked(&mut select, query, dialect, rank);
        if let Some(better) = better.replace(rank) {
            select.sql(" AND NOT ");
            ranked(&mut select, query, dialect, better);
        }
        select.sql(" ORDER BY id DESC LIMIT ").number(left as i64);
        let rows: Vec<ProductRow> = on!(conn, |c| select.load(c)).doing("products.search")?;
        found.append(&mut all(rows)?);
    }
    Ok(found)
}

pub(super) fn movements(
    conn: &mut AnyConnection,
    product: ProductId,
    page: &PageRequest,
) -> Result<Page<StockMovement>, StoreError> {
    let keys = Keys::fixed(MOVEMENT_ORDER, &[]);
    let mut query: Statement<'_, ledger::SqlType> = Statement::new();
    query.sql("SELECT ").sql(MovementRow::COLUMNS);
    query.sql(" FROM stock_movements WHERE product_id = ").number(product.get());
    query.sql(AND_VISIBLE_LEDGER);
    keys.finish(&mut query, page, conn.dialect())?;
    let rows: Vec<MovementRow> = on!(conn, |c| query.load(c)).doing("products.movements")?;
    let at = |movement: &StockMovement| (Vec::new(), movement.id.get());
    list::page(&keys, all(rows)?, page, at, || {
        let of = ledger::table
            .filter(ledger::product_id.eq(product.get()))
            .filter(is_visible!(ledger::product_id));
        on!(conn, |c| of.count().get_result::<i64>(c)).doing("products.movements: total").map(count)
    })
}
