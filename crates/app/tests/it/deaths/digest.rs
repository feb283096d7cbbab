//! Notifications that are collected and go out together. See the module above.

use kernel::{
    Actor, ConsumerError, Email, Locale, Permission, Role, claim::Claimed as _, consumer::StartAt,
    email::Queued,
};
use notifications::{
    Kind, Notice, Notifications, NotificationsTx, Recipient,
    kind::SubjectKind,
    notification::Subject,
    preferences::{Channel, Mode, Preference, Scope},
    sending::EmailSettings,
    values::Params,
};
use users::{
    UsersTx,
    user::NewUser,
    values::{EmailAddress, PersonName, Provider, Username},
};

use super::*;

/// What is told before the first digest, and after it.
const INTENTS: [std::ops::Range<i64>; 2] = [0..2, 2..3];
const HOUR: Duration = Duration::from_hours(1);

/// Somebody who wants digests of everything.
async fn person(db: &Arc<Db>, clock: &Arc<FixedClock>) {
    let work: Arc<dyn UnitOfWork<dyn UsersTx>> = Arc::<Db>::clone(db);
    let person = NewUser {
        username: Username::parse("ada").unwrap(),
        email: EmailAddress::parse("ada@example.com").unwrap(),
        role: Role::User,
        first_name: PersonName::parse("").unwrap(),
        last_name: PersonName::parse("").unwrap(),
        locale: Locale::DEFAULT,
        provider: Provider::Local,
        email_verified: true,
        created_at: start(),
    };
    let written = work.write(move |tx| Ok::<_, StoreError>(tx.users().insert(&person, None)?.id));
    let ada = Actor::new(written.await.unwrap(), Role::User);
    let chosen = Preference { scope: Scope::All, channel: Channel::Email, mode: Mode::Digest };
    service(Arc::<Db>::clone(db), clock).choose(&ada, None, vec![chosen], true).await.unwrap();
}

fn service(
    work: Arc<dyn UnitOfWork<dyn NotificationsTx>>,
    clock: &Arc<FixedClock>,
) -> Arc<Notifications> {
    let emails = EmailSettings {
        pages: "https://example.com".into(),
        api: "https://api.example.com".into(),
        digests: Arc::new(crypto::HmacDigests::new(&[7; 32])),
        digest_after: HOUR,
    };
    let clock: Arc<dyn Clock> = Arc::<FixedClock>::clone(clock);
    Arc::new(Notifications::new(work, clock).with_emails(emails))
}

fn process(db: Arc<Db>, death: Option<Death>, clock: Arc<FixedClock>) -> Process {
    let mortal = Mortal::new(db, death);
    let notifications = service(Arc::<Mortal>::clone(&mortal), &clock);
    let kinds = notifications.jobs();
    let consumer = Consumer::exactly_once("death.notify", &[INTENDED], move |delivery| {
        let notifications = Arc::clone(&notifications);
        async move {
            let subject = delivery.event.subject;
            let notice = Notice {
                kind: Kind::TaskCommented,
                subject: Some(Subject { kind: SubjectKind::Task, id: subject + 1 }),
                actor: None,
                params: Params::default().with("title", &title(subject)),
                to: vec![Recipient::Named {
                    username: "ada".to_owned(),
                    among: Vec::new(),
                    or_holds: Permission::TasksRead,
                }],
                same: None,
            };
            let done = notifications.notify(delivery, vec![vec![notice]]).await;
            done.map(drop).map_err(|error| ConsumerError::of(&error))
        }
    });
    Process::new(mortal, clock, consumer.starting(StartAt::Beginning), kinds)
}

fn title(subject: i64) -> String {
    format!("Paint wall {subject}")
}

/// A process is called twice; after each, it is time for a digest.
pub(super) async fn live(db: Arc<Db>, death: Death) {
    let clock = Arc::new(FixedClock::at(start()));
    person(&db, &clock).await;
    let process = process(db, Some(death), clock);
    for intents in INTENTS {
        for subject in intents {
            process.tell(subject, |_| Ok(())).await;
        }
        process.run_what_is_due().await;
        process.clock.advance(HOUR);
        process.run_what_is_due().await;
    }
}

/// Another process goes on hours later: what was told is in one email each.
pub(super) async fn go_on(db: Arc<Db>, answered: &[i64]) -> Result<(), String> {
    let process = process(db, None, Arc::new(FixedClock::at(start().plus(HOUR * 4))));
    process.run_what_is_due().await;
    process.clock.advance(HOUR);
    process.run_what_is_due().await;
    let intended = process.intended(answered).await?;
    let emails = emails(&process).await;
    let is: Vec<usize> = intended
        .iter()
        .map(|subject| {
            let title = title(*subject);
            emails.iter().map(|email| email.text().matches(&title).count()).sum()
        })
        .collect();
    if is.iter().all(|times| *times == 1) {
        Ok(())
    } else {
        let texts: Vec<&str> = emails.iter().map(Email::text).collect();
        Err(format!("{intended:?} are so often in emails: {is:?}, must be once: {texts:?}"))
    }
}

/// What is in the queue of emails.
async fn emails(process: &Process) -> Vec<Email> {
    let now = process.clock.now();
    let claimed = process.base.work.write(move |tx| {
        let claimed: Vec<Queued> = tx.emails().claim(now, now.plus(MINUTE), 100)?;
        for queued in &claimed {
            tx.emails().sent(queued.claim())?;
        }
        Ok::<_, StoreError>(claimed)
    });
    claimed.await.unwrap().into_iter().map(|queued| queued.email).collect()
}
