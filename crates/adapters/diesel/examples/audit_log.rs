//! What the chain of the audit trail costs those who sign in at once: `cargo run --release -p
//! alveole-adapter-diesel --example trail -- postgres://…/empty_database` (or `sqlite://…`). Each unit
//! notes a sign-in of another account, without and with an entry on the trail.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_macros,
    reason = "a measurement: it prints, and it may stop at any failure"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use adapter_diesel::{Db, DbConfig};
use kernel::{Role, StoreError, Timestamp, UnitOfWork, UserId};
use users::{
    UsersTx,
    audit::{AuditOutcome, NewAudit},
    user::NewUser,
    values::{EmailAddress, PasswordHash, PersonName, Provider, Username},
};

const UNITS: usize = 200;

type Work = Arc<dyn UnitOfWork<dyn UsersTx>>;

fn moment() -> Timestamp {
    Timestamp::parse("2026-11-21T00:00:00Z").unwrap()
}

async fn person(work: &Work, number: usize) -> UserId {
    let new = NewUser {
        username: Username::parse(&format!("person{number}")).unwrap(),
        email: EmailAddress::parse(&format!("person{number}@example.com")).unwrap(),
        role: Role::User,
        first_name: PersonName::parse("").unwrap(),
        last_name: PersonName::parse("").unwrap(),
        locale: kernel::Locale::DEFAULT,
        provider: Provider::Local,
        email_verified: false,
        created_at: moment(),
    };
    let hash = PasswordHash::parse("none$none").unwrap();
    let made: Result<_, StoreError> =
        work.write(move |tx| Ok(tx.users().insert(&new, Some(&hash))?.id)).await;
    made.unwrap()
}

async fn units(work: Work, user: UserId, noted: bool) {
    for number in 0..UNITS {
        // Later each time, or there would be nothing to write.
        let at = moment().plus(Duration::from_secs(number as u64 + u64::from(noted) * 1000));
        let done: Result<(), StoreError> = work
            .write(move |tx| {
                tx.users().note_login(user, at)?;
                if noted {
                    tx.audit().append(&NewAudit {
                        at,
                        actor: Some(user),
                        action: "auth.login",
                        target: Some(user),
                        resource: None,
                        outcome: AuditOutcome::Success,
                        ip: Some("192.0.2.1".to_owned()),
                        request_id: Some("0190b2c4-0000-7000-8000-000000000000".to_owned()),
                        detail: None,
                    })?;
                }
                Ok(())
            })
            .await;
        done.unwrap();
    }
}

#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    let config = DbConfig::new(url);
    let db = Db::open(&config).unwrap();
    db.migrate_up().unwrap();
    let work: Work = db;
    let mut people = Vec::new();
    for number in 0..32 {
        people.push(person(&work, number).await);
    }
    for writers in [1, 4, 32] {
        for noted in [false, true] {
            let since = Instant::now();
            let running: Vec<_> = people
                .iter()
                .take(writers)
                .map(|user| tokio::spawn(units(Arc::clone(&work), *user, noted)))
                .collect();
            for one in running {
                one.await.unwrap();
            }
            let each: Duration = since.elapsed() / (writers * UNITS) as u32;
            let how = if noted { "with" } else { "without" };
            println!("{writers:>2} at once, {how} an entry: {each:?} a unit");
        }
    }
}
