//! Events that are sent to an endpoint: from the feed to a delivery, to its attempt. See the module above.

use std::{collections::BTreeMap, sync::Mutex};

use ::webhooks::{
    Webhooks, WebhooksTx,
    commands::{CreateEndpoint, Whose},
    delivery::{DeliveryState, Filter},
    outbound::{Outcome, Request, Sender},
    policy::KindRule,
    service::{DISPATCHER, Dependencies},
    settings::{Pace, Settings},
    values::{Description, Patterns},
};
use async_trait::async_trait;
use kernel::{
    Actor, Locale, PageRequest, Paging, Permission, Role, UserId, consumer::StartAt,
    page::MAX_LIMIT,
};
use users::{
    UsersTx,
    user::NewUser,
    values::{EmailAddress, PersonName, Provider, Username},
};

use super::*;

/// What the endpoint hears.
const TOLD: &str = "death.told.v1";
const INTENTS: i64 = 6;

/// Takes everything, and notes it.
#[derive(Default)]
struct Noted(Mutex<Vec<String>>);

#[async_trait]
impl Sender for Noted {
    async fn send(&self, request: Request) -> Outcome {
        let id = request.headers.iter().find(|(name, _)| *name == "webhook-id");
        self.0.lock().unwrap().extend(id.map(|(_, id)| id.clone()));
        Outcome {
            duration: Duration::from_millis(1),
            status: Some(200),
            retry_after: None,
            fault: None,
            answer: String::new(),
        }
    }
}

#[async_trait]
impl Pace for Noted {
    async fn pause(&self, _: Duration) {
        tokio::task::yield_now().await;
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

fn service(
    work: Arc<dyn UnitOfWork<dyn WebhooksTx>>,
    clock: &Arc<FixedClock>,
    sender: &Arc<Noted>,
) -> Arc<Webhooks> {
    let webhooks = Webhooks::new(Dependencies {
        work,
        clock: Arc::<FixedClock>::clone(clock),
        sender: Arc::<Noted>::clone(sender),
        vault: Some(Arc::new(crypto::EndpointVault::new(&[9; 32]).unwrap())),
        pace: Arc::<Noted>::clone(sender),
        settings: Settings::default(),
    });
    let read = Permission::WebhooksWrite;
    webhooks.show_by(vec![KindRule { kind: "death", read, manage: None }]);
    Arc::new(webhooks)
}

/// A person with two endpoints, one of which is `ordered`.
async fn person(db: &Arc<Db>, clock: &Arc<FixedClock>) -> Actor {
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
    let webhooks = service(Arc::<Db>::clone(db), clock, &Arc::default());
    for ordered in [true, false] {
        let command = CreateEndpoint {
            url: "https://example.com/hook".to_owned(),
            patterns: Patterns::parse("death.*").unwrap(),
            description: Description::empty(),
            ordered,
            rate: None,
            from: None,
        };
        webhooks.create(&ada, command).await.unwrap();
    }
    ada
}

struct Living {
    process: Process,
    webhooks: Arc<Webhooks>,
    sender: Arc<Noted>,
}

fn living(db: Arc<Db>, death: Option<Death>, clock: Arc<FixedClock>) -> Living {
    let mortal = Mortal::new(db, death);
    let sender = Arc::<Noted>::default();
    let webhooks = service(Arc::<Mortal>::clone(&mortal), &clock, &sender);
    let consumers = webhooks.consumers();
    let consumer = consumers.into_iter().find(|one| one.name == DISPATCHER).unwrap();
    let process = Process::new(mortal, clock, consumer.starting(StartAt::Beginning), Vec::new());
    Living { process, webhooks, sender }
}

impl Living {
    async fn serve(&self) {
        loop {
            let claimed = self.webhooks.claim(10).await.unwrap();
            if claimed.is_empty() {
                break;
            }
            for endpoint in claimed {
                self.webhooks.serve(endpoint, &|| false).await.unwrap();
            }
        }
    }
}

/// A process dispatches and sends, and is called meanwhile.
pub(super) async fn live(db: Arc<Db>, death: Death) {
    let clock = Arc::new(FixedClock::at(start()));
    let ada = person(&db, &clock).await;
    let living = living(db, Some(death), clock);
    for subject in 0..INTENTS {
        let told =
            NewEvent { audience: vec![ada.user.into()], ..event(TOLD, subject + 1, start()) };
        living.process.tell(subject, move |tx| tx.outbox().append(&told)).await;
        if subject % 3 == 2 {
            living.process.run_what_is_due().await;
            living.serve().await;
        }
    }
}

/// Another process goes on after the leases have ended: each endpoint has each event once, and only what
/// was not written is sent again.
pub(super) async fn go_on(db: Arc<Db>, answered: &[i64]) -> Result<(), String> {
    let later = start().plus(MINUTE);
    let living = living(db, None, Arc::new(FixedClock::at(later)));
    for _ in 0..2 {
        living.process.run_what_is_due().await;
        living.serve().await;
        living.process.clock.advance(Duration::from_secs(1));
    }
    let intended = living.process.intended(answered).await?;
    let must: Vec<i64> = intended.iter().map(|subject| subject + 1).collect();
    let ada = Actor::new(UserId::parse(1).unwrap(), Role::User);
    let page = PageRequest { paging: Paging::Cursor(None), limit: MAX_LIMIT };
    let endpoints = living.webhooks.list(&ada, Whose::Own, page.clone()).await;
    for view in endpoints.map_err(|error| error.to_string())?.items {
        let id = view.endpoint.id;
        let listed = living.webhooks.deliveries(&ada, id, Filter::default(), page.clone()).await;
        let mut counts: BTreeMap<i64, u32> = BTreeMap::new();
        for shown in listed.map_err(|error| error.to_string())?.items {
            if shown.delivery.state != DeliveryState::Succeeded || shown.delivery.tries != 1 {
                return Err(format!("endpoint {id}: {:?}", shown.delivery));
            }
            if shown.message.content.name == TOLD {
                *counts.entry(shown.message.content.subject).or_default() += 1;
            }
        }
        let is: Vec<i64> = counts.keys().copied().collect();
        if is != must || counts.values().any(|count| *count != 1) {
            return Err(format!("endpoint {id} got {counts:?}, must be {must:?} once each"));
        }
    }
    let sent = living.sender.0.lock().unwrap().len();
    // Two endpoints, with INTENDED and TOLD in the feed, of which they hear TOLD.
    if sent > must.len() * 2 {
        return Err(format!("{sent} requests for {} events of two endpoints", must.len()));
    }
    Ok(())
}
