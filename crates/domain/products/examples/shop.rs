//! The products room in a program of its own: no web server, no database. Swap `MemoryDb` for
//! another store that passes the kit and nothing else changes.
//!
//! `cargo run -p alveole-products --example shop`
#![expect(clippy::disallowed_macros, reason = "a program may print, a domain may not")]

use std::{error::Error, sync::Arc, time::Duration};

use kernel::{Actor, Date, Outcome, Role, SearchQuery, SystemClock};
use memory::{MemoryCache, MemoryDb};
use products::{
    Products,
    commands::{CreateOwnedProduct, CreateProduct, MoveStock},
    query::ProductFilter,
    service::Caches,
    values::{Currency, Delta, Months, Price, ProductName, Reason, Stock},
};

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let db = MemoryDb::new();
    let keeper = Actor::new(db.add_person("keeper")?, Role::Admin);
    let ada = Actor::new(db.add_person("ada")?, Role::User);
    let minute = Duration::from_secs(60);
    let caches = Caches {
        products: Arc::new(MemoryCache::new(1000, minute)),
        pages: Arc::new(MemoryCache::new(100, minute)),
        categories: Arc::new(MemoryCache::new(1, minute)),
        version: Arc::new(MemoryCache::new(1, minute)),
    };
    let products = Products::new(db, Arc::new(SystemClock), caches, Currency::EUR);

    // Twelve lamps at 19.99 come into the catalogue.
    let command = CreateProduct {
        price: Some(Price::parse(1999)?),
        stock: Stock::parse(12)?,
        warranty_months: Months::parse(24)?,
        ..CreateProduct::named(ProductName::parse("Lampe de chevet bleutée")?)
    };
    let Outcome::Executed(lamp) = products.create(&keeper, None, command).await? else {
        return Ok(());
    };

    // Anybody finds them, with or without the accent.
    let text = Some(SearchQuery::parse("bleutee")?);
    let wanted = ProductFilter { text, ..ProductFilter::default() };
    let found = products.search(wanted, None, 10).await?;
    for product in &found.items {
        println!("{}: {} in stock", product.name.as_str(), product.stock.get());
    }

    // Thirteen cannot be sold, and the refusal says why.
    let sale = |count: i64| -> Result<MoveStock, Box<dyn Error>> {
        Ok(MoveStock { delta: Delta::parse(-count)?, reason: Reason::parse("sold")? })
    };
    if let Err(refusal) = products.move_stock(&keeper, None, lamp.id, sale(13)?).await {
        println!("{refusal}");
    }
    products.move_stock(&keeper, None, lamp.id, sale(1)?).await?;

    // Ada has one now.
    let bought = CreateOwnedProduct {
        purchase_date: Some(Date::parse("2026-01-31")?),
        ..CreateOwnedProduct::of(lamp.id)
    };
    if let Outcome::Executed(mine) = products.own(&ada, None, bought).await?
        && let Some(last) = mine.owned.warranty_expires
    {
        println!("under warranty until {last}");
    }
    Ok(())
}
