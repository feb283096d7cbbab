//! Sample data: people, tasks, a catalogue and files that look like somebody's.

mod files;

use ::files::FilesTx;
use kernel::{Role, StoreError, Timestamp, UnitOfWork, UserId};
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
use std::{sync::Arc, time::Duration};
use tasks::{
    TasksTx,
    query::Visibility,
    task::NewTask,
    values::{Description, Priority, Status, Tag, Tags, Title},
};
use users::{
    UsersTx,
    ports::Passwords as _,
    user::NewUser,
    values::{EmailAddress, Password, PasswordHash, PersonName, Provider, Username},
};

use crate::{cli, config::Config, program::Program};

/// The password of every sample account.
pub const PASSWORD: &str = "alveole-demo-2026";

const FIRST: [&str; 16] = [
    "Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Margaret", "Niklaus", "Frances",
    "Dennis", "Radia", "Ken", "Adele", "Tony", "Hedy", "John",
];
const LAST: [&str; 16] = [
    "Martin", "Bernard", "Dubois", "Moreau", "Laurent", "Girard", "Roux", "Fournier", "Lambert",
    "Rousseau", "Mercier", "Blanc", "Guérin", "Müller", "Faure", "André",
];
const VERBS: [&str; 12] = [
    "Write",
    "Review",
    "Call about",
    "Prepare",
    "Order",
    "Plan",
    "Fix",
    "Publish",
    "Check",
    "Translate",
    "Update",
    "Archive",
];
const THINGS: [&str; 16] = [
    "the quarterly report",
    "the kitchen lamp",
    "train tickets",
    "the landing page",
    "the insurance papers",
    "slides for Monday",
    "the garden fence",
    "release notes",
    "the tax return",
    "a birthday present",
    "the backup plan",
    "interview questions",
    "the onboarding guide",
    "the parking permit",
    "invoices of last month",
    "the team lunch",
];
const TAGS: [&str; 8] = ["work", "home", "urgent", "money", "team", "travel", "health", "later"];

/// How much there is of each.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Amounts {
    /// How many users
    #[arg(long, default_value_t = 200)]
    pub users: u32,
    /// How many tasks
    #[arg(long, default_value_t = 4000)]
    pub tasks: u32,
    /// How many products, some of which users own
    #[arg(long, default_value_t = 2000)]
    pub products: u32,
    /// How many files
    #[arg(long, default_value_t = 2000)]
    pub files: u32,
}

/// Rows of one transaction.
const BATCH: u32 = 500;
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

/// A small generator of repeatable numbers (SplitMix64): the same seed, the same sample.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % (sides as u64).max(1)).unwrap_or(0)
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let at = self.roll(words.len());
        words.get(at).copied().unwrap_or_default()
    }
}

/// Adds to the configured database what is missing of the sample: people, tasks, products and files,
/// each when there is none of it yet.
pub fn run(program: &Program, config: &Config, amounts: Amounts) -> anyhow::Result<()> {
    let wired = program.wire(config)?;
    let db = Arc::clone(&wired.db);
    db.migrate_up()?;
    let now = wired.clock.now();
    let for_users: Arc<dyn UnitOfWork<dyn UsersTx>> = Arc::<adapter_diesel::Db>::clone(&db);
    let for_tasks: Arc<dyn UnitOfWork<dyn TasksTx>> = Arc::<adapter_diesel::Db>::clone(&db);
    let for_products: Arc<dyn UnitOfWork<dyn ProductsTx>> = Arc::<adapter_diesel::Db>::clone(&db);
    let for_files: Arc<dyn UnitOfWork<dyn FilesTx>> = Arc::<adapter_diesel::Db>::clone(&db);
    let added = cli::runtime()?.block_on(async {
        let mut ids = known_people(&for_users).await?;
        let mut added = Vec::new();
        if ids.is_empty() {
            // One hash for all: the sample's password is public anyway, and bcrypt is slow on purpose.
            let hasher = crypto::BcryptPasswords::new(config.auth.bcrypt_cost.min(10), 1, 1);
            let hash = hasher.hash(Password::parse(PASSWORD)?).await?;
            ids = add_people(&for_users, amounts.users, &hash, now).await?;
            added.push(format!("{} users", ids.len()));
        }
        if !have_tasks(&for_tasks, &ids, now).await? {
            add_tasks(&for_tasks, &ids, amounts.tasks, now).await?;
            added.push(format!("{} tasks", amounts.tasks));
        }
        let currency = config.products_default_currency;
        let products = add_products(&for_products, &ids, amounts.products, currency, now).await?;
        if products > 0 {
            added.push(format!("{products} products"));
        }
        let files = &wired.services.files;
        let count = files::add(files, &for_files, &ids, amounts.files, now).await?;
        if count > 0 {
            added.push(format!("{count} files"));
        }
        anyhow::Ok(added)
    })?;
    if added.is_empty() {
        println!("The sample is there already (demo1, password {PASSWORD}); nothing was added.");
    } else {
        println!("Added {} (demo1@example.com, password {PASSWORD}).", added.join(", "));
    }
    Ok(())
}

/// The people of an earlier run: demo1, demo2 and so on.
async fn known_people(work: &Arc<dyn UnitOfWork<dyn UsersTx>>) -> anyhow::Result<Vec<UserId>> {
    let mut ids = Vec::new();
    for number in 1.. {
        let name = format!("demo{number}");
        let found =
            work.read::<_, StoreError, _>(move |tx| tx.users().find_by_username(&name)).await?;
        match found {
            Some(user) => ids.push(user.id),
            None => break,
        }
    }
    Ok(ids)
}

/// Whether an earlier run added tasks: some of the first people have one.
async fn have_tasks(
    work: &Arc<dyn UnitOfWork<dyn TasksTx>>,
    people: &[UserId],
    now: Timestamp,
) -> anyhow::Result<bool> {
    let some: Vec<UserId> = people.iter().copied().take(20).collect();
    let count = work.read::<_, StoreError, _>(move |tx| {
        let mut count = 0;
        for owner in &some {
            let found = tx.tasks().counts(Visibility::Of(*owner), now)?;
            count += found.by_status.iter().sum::<u64>();
        }
        Ok(count)
    });
    Ok(count.await? > 0)
}

async fn add_people(
    work: &Arc<dyn UnitOfWork<dyn UsersTx>>,
    people: u32,
    hash: &PasswordHash,
    now: Timestamp,
) -> anyhow::Result<Vec<UserId>> {
    let mut ids = Vec::new();
    let mut dice = Dice(1);
    for start in (1..=people).step_by(BATCH as usize) {
        let mut batch = Vec::new();
        for number in start..(start + BATCH).min(people + 1) {
            batch.push(NewUser {
                username: Username::parse(&format!("demo{number}"))?,
                email: EmailAddress::parse(&format!("demo{number}@example.com"))?,
                role: Role::User,
                first_name: PersonName::parse(dice.pick(&FIRST))?,
                last_name: PersonName::parse(dice.pick(&LAST))?,
                provider: Provider::Local,
                email_verified: true,
                created_at: now.minus(Duration::from_secs(dice.roll(90 * 86_400) as u64)),
            });
        }
        let hash = hash.clone();
        let mut made = work
            .write::<_, kernel::StoreError, _>(move |tx| {
                batch
                    .iter()
                    .map(|user| Ok(tx.users().insert(user, Some(&hash))?.id))
                    .collect::<Result<Vec<_>, _>>()
            })
            .await?;
        ids.append(&mut made);
    }
    Ok(ids)
}

async fn add_tasks(
    work: &Arc<dyn UnitOfWork<dyn TasksTx>>,
    people: &[UserId],
    count: u32,
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut dice = Dice(2);
    let mut left = count;
    while left > 0 && !people.is_empty() {
        let size = left.min(BATCH);
        left -= size;
        let mut batch = Vec::new();
        for _ in 0..size {
            batch.push(task(&mut dice, people, now)?);
        }
        work.write::<_, kernel::StoreError, _>(move |tx| {
            batch.iter().try_for_each(|task| tx.tasks().insert(task).map(drop))
        })
        .await?;
    }
    Ok(())
}

fn task(dice: &mut Dice, people: &[UserId], now: Timestamp) -> anyhow::Result<NewTask> {
    let someone = |dice: &mut Dice| {
        let at = dice.roll(people.len());
        people.get(at).copied().ok_or_else(|| anyhow::anyhow!("no people"))
    };
    let created_at = now.minus(Duration::from_secs(dice.roll(60 * 86_400) as u64));
    let status = match dice.roll(10) {
        0..=4 => Status::Pending,
        5..=6 => Status::InProgress,
        _ => Status::Completed,
    };
    let age = usize::try_from(now.since(created_at).as_secs()).unwrap_or(1);
    let completed_at = (status == Status::Completed)
        .then(|| created_at.plus(Duration::from_secs(dice.roll(age.max(1)) as u64)));
    let tags = (0..dice.roll(3)).map(|_| Tag::parse(dice.pick(&TAGS))).collect::<Result<_, _>>()?;
    Ok(NewTask {
        title: Title::parse(&format!("{} {}", dice.pick(&VERBS), dice.pick(&THINGS)))?,
        description: Description::parse(if dice.roll(3) == 0 {
            ""
        } else {
            "See the notes of the last meeting; ask if anything is unclear."
        })?,
        status,
        priority: match dice.roll(4) {
            0 => Priority::Low,
            1 => Priority::High,
            _ => Priority::Medium,
        },
        due: (dice.roll(2) == 0)
            .then(|| created_at.plus(Duration::from_secs(dice.roll(60 * 86_400) as u64))),
        owner: someone(dice)?,
        assignee: if dice.roll(5) == 0 { Some(someone(dice)?) } else { None },
        tags: Tags::parse(tags)?,
        completed_at,
        created_at,
    })
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
