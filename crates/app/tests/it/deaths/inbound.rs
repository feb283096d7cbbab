//! Deliveries of other programs: what was answered is stored, and applied once. See the module above.

use ::inbound::{
    Inbound, InboundTx, OpenSource, Payment, Scheme, Secret, SourceName, State, events,
    inbox::Headers,
    query::{EventFilter, PaymentFilter},
    signature::hex_of,
};
use kernel::{PageRequest, Paging, page::MAX_LIMIT};

use super::*;

/// Deliveries; each comes twice.
const DELIVERIES: i64 = 5;
const SECRET: &str = "a secret of this test";

fn service(work: Arc<dyn UnitOfWork<dyn InboundTx>>, clock: &Arc<FixedClock>) -> Arc<Inbound> {
    let clock: Arc<dyn Clock> = Arc::<FixedClock>::clone(clock);
    Arc::new(Inbound::new(work, clock, None))
}

fn process(db: Arc<Db>, death: Option<Death>, clock: Arc<FixedClock>) -> (Process, Arc<Inbound>) {
    let mortal = Mortal::new(db, death);
    let inbound = service(Arc::<Mortal>::clone(&mortal), &clock);
    let (kinds, consumer) = (inbound.jobs(), inbound.consumers().remove(0));
    (Process::new(mortal, clock, consumer, kinds), inbound)
}

async fn send(inbound: &Inbound, number: i64, at: Timestamp) {
    let secret = Secret::parse(SECRET, Scheme::Stripe).unwrap();
    let source = SourceName::parse("stripe").unwrap();
    let source = OpenSource::new(source, Scheme::Stripe, vec![secret.clone()]);
    // Two reports of each payment: of one second, so that the second one waits for the first.
    let payment = format!("pi_{}", number / 2);
    let object = json!({ "id": payment, "amount": 500 + number % 2, "currency": "eur" });
    let event = json!({
        "id": format!("evt_{number}"), "type": "payment_intent.succeeded", "created": at.seconds(),
        "data": { "object": object },
    });
    let body = event.to_string();
    let code = hex_of(&secret, &[format!("{}.", at.seconds()).as_bytes(), body.as_bytes()]);
    let signed = format!("t={},v1={code}", at.seconds());
    let headers = Headers::new([("stripe-signature".to_owned(), signed)]);
    let verified = inbound.verify(&source, headers, body.into()).unwrap();
    inbound.receive(verified).await.unwrap();
}

/// A process receives, and works; then the same comes once more.
pub(super) async fn live(db: Arc<Db>, death: Death) {
    let clock = Arc::new(FixedClock::at(start()));
    let (process, inbound) = process(db, Some(death), clock);
    for _ in 0..2 {
        for number in 0..DELIVERIES {
            send(&inbound, number, start()).await;
            println!("answered {number}");
        }
        process.run_what_is_due().await;
    }
}

/// Another process goes on after the leases have ended: each delivery that was answered is applied once.
pub(super) async fn go_on(db: Arc<Db>, answered: &[i64]) -> Result<(), String> {
    let clock = Arc::new(FixedClock::at(start().plus(LEASE + Duration::from_secs(5))));
    let (process, inbound) = process(db, None, clock);
    process.run_what_is_due().await;
    let admin = kernel::Actor::new(kernel::UserId::parse(1).unwrap(), kernel::Role::Admin);
    let page = || PageRequest { paging: Paging::Number(1), limit: MAX_LIMIT };
    let stored = inbound.events(&admin, EventFilter::default(), page()).await.unwrap().items;
    let name = |number: &i64| format!("evt_{number}");
    let is_stored = |id: &String| stored.iter().any(|event| event.external_id.as_str() == id);
    if let Some(lost) = answered.iter().map(name).find(|id| !is_stored(id)) {
        return Err(format!("{lost} was answered and is lost"));
    }
    if let Some(left) = stored.iter().find(|event| event.state != State::Processed) {
        return Err(format!("an event must be processed and is not: {left:?}"));
    }
    // The second report of a payment has another amount, so clients hear of both.
    let told = process.ledger(events::PAYMENT_SUCCEEDED).await.len();
    if told != stored.len() {
        return Err(format!("{told} effects of {} events, must be as many", stored.len()));
    }
    let filter = PaymentFilter::default();
    let payments: Vec<Payment> = inbound.payments(&admin, filter, page()).await.unwrap().items;
    let versions: i64 = payments.iter().map(|payment| payment.version).sum();
    if versions != i64::try_from(stored.len()).unwrap() {
        return Err(format!("{payments:?}: each event must have changed one of them once"));
    }
    Ok(())
}
