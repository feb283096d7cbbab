//! A catalogue for the sample, and products that people own.

use std::{sync::Arc, time::Duration};

use adapter_diesel::Db;
use kernel::{StoreError, Timestamp, UnitOfWork, UserId};
use products::{
    CategoryId, ProductsTx,
    commands::CreateOwnedProduct,
    owned::{NewOwnedProduct, warranty_end},
    product::{NewCategory, NewProduct, Product},
    values::{
        Brand, CategoryName, Currency, LongText, Model, Money, Months, OwnedStatus, Price,
        ProductName, SerialNumber, Slug, Specifications, Status as ProductStatus, Stock,
    },
};

use crate::seed::{BATCH, Dice, Sample};

/// Categories: the top ones, and what is below each.
const CATEGORIES: [(&str, [&str; 3]); 4] = [
    ("Audio", ["Audio Interfaces", "Microphones", "Headphones"]),
    ("Kitchen", ["Kettles", "Knives", "Scales"]),
    ("Lighting", ["Desk lamps", "Torches", "Éclairage extérieur"]),
    ("Workshop", ["Drills", "Saws", "Hand tools"]),
];
const BRANDS: [&str; 6] = ["Talas Audio", "Nordlicht", "Atelier Brun", "Kobo", "Øresund", "Vesta"];
const KINDS: [&str; 8] =
    ["Compact", "Pro", "Studio", "Travel", "Classic", "Mini", "Silent", "Édition"];

/// Adds the catalogue, unless there is one, and some products that people own; says how many products.
pub(crate) async fn add(sample: &Sample<'_>) -> anyhow::Result<Option<String>> {
    let work: Arc<dyn UnitOfWork<dyn ProductsTx>> = Arc::<Db>::clone(&sample.wired.db);
    let currency = sample.config.products_default_currency;
    let (people, count) = (&sample.people, sample.amounts.products);
    let added = add_products(&work, people, count, currency, sample.now).await?;
    Ok((added > 0).then(|| format!("{added} products")))
}

/// The catalogue, unless there is one, and some products that people own; gives how many products it
/// added.
async fn add_products(
    work: &Arc<dyn UnitOfWork<dyn ProductsTx>>,
    people: &[UserId],
    count: u32,
    currency: Currency,
    now: Timestamp,
) -> anyhow::Result<u32> {
    let mut dice = Dice(3);
    let there: Vec<products::Category> =
        work.read::<_, kernel::StoreError, _>(|tx| tx.categories().all()).await?;
    if !there.is_empty() {
        return Ok(0);
    }
    let mut pages = Vec::new();
    for (top, below) in CATEGORIES {
        let parent = add_category(work, top, None, now).await?;
        for name in below {
            pages.push((add_category(work, name, Some(parent), now).await?, name));
        }
    }
    let mut made: Vec<Product> = Vec::new();
    for start in (1..=count).step_by(BATCH as usize) {
        let mut batch = Vec::new();
        for number in start..(start + BATCH).min(count + 1) {
            let at = dice.roll(pages.len());
            let (category, kind) =
                pages.get(at).copied().ok_or_else(|| anyhow::anyhow!("no categories"))?;
            let amount = Some(Price::parse(500 + dice.roll(60_000) as i64)?);
            let money = Money { amount, currency };
            batch.push(product(&mut dice, number, (category, kind), money, now)?);
        }
        made.append(
            &mut work.write::<_, StoreError, _>(move |tx| tx.products().insert(&batch)).await?,
        );
    }
    let mut owned_products = Vec::new();
    for owner in people.iter().copied().take(200) {
        for _ in 0..dice.roll(4) {
            let at = dice.roll(made.len());
            if let Some(product) = made.get(at) {
                let number = owned_products.len() + 1;
                owned_products.push(owned_product(&mut dice, owner, (product, number), now)?);
            }
        }
    }
    work.write::<_, kernel::StoreError, _>(move |tx| {
        owned_products
            .iter()
            .try_for_each(|owned_product| tx.owned().insert(owned_product).map(drop))
    })
    .await?;
    Ok(count)
}

async fn add_category(
    work: &Arc<dyn UnitOfWork<dyn ProductsTx>>,
    name: &str,
    parent: Option<CategoryId>,
    now: Timestamp,
) -> anyhow::Result<CategoryId> {
    let name = CategoryName::parse(name)?;
    let new = NewCategory { slug: Slug::of(&name), name, parent, created_at: now };
    let made =
        work.write::<_, kernel::StoreError, _>(move |tx| tx.categories().insert(&new)).await?;
    Ok(made.id)
}

fn product(
    dice: &mut Dice,
    number: u32,
    (category, kind): (CategoryId, &str),
    price: Money,
    now: Timestamp,
) -> anyhow::Result<NewProduct> {
    let brand = dice.pick(&BRANDS);
    let specifications = format!(
        "{{\"weight_g\": {}, \"colour\": \"{}\"}}",
        100 + dice.roll(4000),
        dice.pick(&["black", "white", "blue", "oak"])
    );
    Ok(NewProduct {
        name: ProductName::parse(&format!("{} {kind} {number}", dice.pick(&KINDS)))?,
        category: Some(category),
        brand: Brand::parse(brand)?,
        model: Model::parse(&format!("MK-{}", 1 + dice.roll(9)))?,
        description: LongText::parse("Made to last; spare parts for ten years.")?,
        price,
        stock: Stock::parse(dice.roll(80) as i64)?,
        warranty_months: Months::parse([0, 12, 24, 36].get(dice.roll(4)).copied().unwrap_or(24))?,
        warranty_conditions: LongText::parse("Parts and labour.")?,
        website: None,
        specifications: Specifications::parse(&specifications)?,
        status: match dice.roll(20) {
            0 => ProductStatus::Draft,
            1 => ProductStatus::Discontinued,
            _ => ProductStatus::Active,
        },
        created_at: now.minus(Duration::from_secs(dice.roll(90 * 86_400) as u64)),
        by: None,
    })
}

fn owned_product(
    dice: &mut Dice,
    owner: UserId,
    (product, number): (&Product, usize),
    now: Timestamp,
) -> anyhow::Result<NewOwnedProduct> {
    let bought = now.date().offset(-(dice.roll(900) as i64));
    let plain = CreateOwnedProduct::of(product.id);
    Ok(NewOwnedProduct {
        owner,
        product: product.id,
        edition: plain.edition,
        serial: SerialNumber::parse(&format!("SN-{number:06}"))?,
        purchase_date: Some(bought),
        purchase_price: product.price.amount,
        currency: product.price.currency,
        warranty_expires: warranty_end(bought, product.warranty_months),
        notes: plain.notes,
        status: OwnedStatus::Active,
        created_at: now,
    })
}
