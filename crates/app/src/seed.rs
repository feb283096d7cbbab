//! Sample data that looks like that of people: accounts here, and a file for each domain that adds some.

use std::{sync::Arc, time::Duration};

use kernel::{Role, StoreError, Timestamp, UnitOfWork, UserId};
use users::{
    UsersTx,
    ports::Passwords as _,
    user::NewUser,
    values::{EmailAddress, Password, PasswordHash, PersonName, Provider, Username},
};

use crate::{cli, config::Config, modules, program::Program, wire::Wired};

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
/// What sample data is about.
pub const THINGS: [&str; 16] = [
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
pub const BATCH: u32 = 500;
/// A small generator of repeatable numbers (SplitMix64): the same seed, the same sample.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % (sides as u64).max(1)).unwrap_or(0)
    }

    /// One of these words.
    pub fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let at = self.roll(words.len());
        words.get(at).copied().unwrap_or_default()
    }
}

/// What the domains add to: the program, its people, and how much of each.
pub struct Sample<'a> {
    /// What the program runs on.
    pub wired: &'a Wired,
    /// The settings.
    pub config: &'a Config,
    /// The people of the sample.
    pub people: Vec<UserId>,
    /// How much there is to be of each.
    pub amounts: Amounts,
    /// The time.
    pub now: Timestamp,
}

/// Adds to the configured database what is missing of the sample: people, and for each domain what there is
/// none of yet.
pub fn run(program: &Program, config: &Config, amounts: Amounts) -> anyhow::Result<()> {
    let wired = program.wire(config)?;
    let db = Arc::clone(&wired.db);
    db.migrate_up()?;
    let now = wired.clock.now();
    let for_users: Arc<dyn UnitOfWork<dyn UsersTx>> = db;
    let added = cli::runtime()?.block_on(async {
        let mut people = known_people(&for_users).await?;
        let mut added = Vec::new();
        if people.is_empty() {
            // One hash for all: the sample's password is public anyway, and bcrypt is slow on purpose.
            let hasher = crypto::BcryptPasswords::new(config.auth.bcrypt_cost.min(10), 1, 1);
            let hash = hasher.hash(Password::parse(PASSWORD)?).await?;
            people = add_people(&for_users, amounts.users, &hash, now).await?;
            added.push(format!("{} users", people.len()));
        }
        added.extend(modules::seed(&Sample { wired: &wired, config, people, amounts, now }).await?);
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
                locale: kernel::Locale::DEFAULT,
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
