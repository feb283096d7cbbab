//! Stripe: payments. The payment of a Checkout session reports itself, too; both reports are of one payment, by its intent.
//! What the session adds is its own metadata: Stripe does not copy it to the intent.

use super::{Effect, Unreadable};
use crate::{
    inbox::Content,
    payment::{CLIENT_REFERENCE, Metadata, PaymentReport},
    record::{StripeObject, StripeRecord},
    values::{ExternalId, ObjectKey, PaymentState},
};

const SUCCEEDED: &str = "payment_intent.succeeded";
const FAILED: &str = "payment_intent.payment_failed";
const REFUNDED: &str = "charge.refunded";
/// A session has ended. It is paid already, or will be by a slow method.
const SESSION_COMPLETED: &str = "checkout.session.completed";
/// The slow method of a session has paid.
const SESSION_PAID: &str = "checkout.session.async_payment_succeeded";
/// The types that something is done with.
pub const TYPES: [&str; 5] = [SUCCEEDED, FAILED, REFUNDED, SESSION_COMPLETED, SESSION_PAID];

fn is_session(kind: &str) -> bool {
    matches!(kind, SESSION_COMPLETED | SESSION_PAID)
}

/// What Stripe calls the payment that an event is about: the payment intent, or a charge that has none. A session
/// without an intent has no payment of its own: a subscription's first invoice has it, or nothing is to be paid.
fn payment_of<'a>(kind: &str, object: &'a StripeObject) -> Option<&'a str> {
    let intent = object.payment_intent.as_deref();
    let id = match kind {
        SESSION_COMPLETED | SESSION_PAID => intent,
        REFUNDED => intent.or(object.id.as_deref()),
        _ => object.id.as_deref(),
    };
    id.filter(|id| !id.is_empty())
}

/// What an event is about, for the types that something is done with.
pub(crate) fn object_of(event: &StripeRecord) -> Option<ObjectKey> {
    if !TYPES.contains(&event.kind.as_str()) {
        return None;
    }
    let object = event.object();
    let id = ExternalId::of(Some(payment_of(&event.kind, &object)?), &[]);
    ObjectKey::parse(&format!("payment:{}", id.as_str())).ok()
}

pub(super) fn read(kind: &str, content: &Content) -> Result<Effect, Unreadable> {
    if !TYPES.contains(&kind) {
        return Ok(Effect::None);
    }
    let event = StripeRecord::read(&content.body).ok_or(Unreadable("id"))?;
    let object = event.object();
    if is_session(kind) && !object.is_paid_session() {
        return Ok(Effect::None);
    }
    let amount = object.amount.filter(|amount| *amount >= 0).ok_or(Unreadable("amount"))?;
    let (state, amount, amount_refunded) = match kind {
        SUCCEEDED => (PaymentState::Succeeded, object.amount_received.unwrap_or(amount), 0),
        SESSION_COMPLETED | SESSION_PAID => (PaymentState::Succeeded, amount, 0),
        FAILED => (PaymentState::Failed, amount, 0),
        REFUNDED => {
            let refunded = object.amount_refunded.filter(|sum| (0..=amount).contains(sum));
            let refunded = refunded.ok_or(Unreadable("amount_refunded"))?;
            let all = object.refunded.unwrap_or(refunded == amount);
            let state = if all { PaymentState::Refunded } else { PaymentState::PartiallyRefunded };
            (state, amount, refunded)
        }
        _ => return Ok(Effect::None),
    };
    let id = payment_of(kind, &object).ok_or(Unreadable("data.object.id"))?;
    let external_id = ExternalId::of(Some(id), &[]);
    let currency = object.currency.as_deref().unwrap_or_default().to_ascii_uppercase();
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(Unreadable("currency"));
    }
    let named = object.client_reference_id.map(|id| (CLIENT_REFERENCE.to_owned(), id));
    Ok(Effect::Payment(PaymentReport {
        external_id,
        state,
        amount,
        amount_refunded,
        currency,
        metadata: Metadata::new(object.metadata.into_iter().chain(named)),
        occurred_at: event.occurred_at().ok_or(Unreadable("created"))?,
    }))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::{Value, json};

    use super::*;
    use crate::{envelope::Envelope, inbox::Headers, values::Scheme};

    fn content(kind: &str, object: Value) -> Content {
        let event = json!({"id": "evt_1", "type": kind, "created": 1_760_000_000, "data": {"object": object}});
        Content { headers: Headers::default(), body: Bytes::from(event.to_string()) }
    }

    fn report(kind: &str, object: Value) -> Result<Effect, Unreadable> {
        read(kind, &content(kind, object))
    }

    #[test]
    fn a_refund_is_of_the_payment_intent() {
        let charge = json!({"id": "ch_1", "payment_intent": "pi_1", "amount": 500,
            "amount_refunded": 200, "refunded": false, "currency": "eur", "metadata": {"order_id": "7"}});
        let Ok(Effect::Payment(report)) = report(REFUNDED, charge.clone()) else { panic!() };
        assert_eq!((report.external_id.as_str(), report.currency.as_str()), ("pi_1", "EUR"));
        assert_eq!((report.state, report.amount_refunded), (PaymentState::PartiallyRefunded, 200));
        let envelope = Envelope::read(Scheme::Stripe, None, &content(REFUNDED, charge));
        assert_eq!(envelope.object.unwrap().as_str(), "payment:pi_1");
        assert_eq!(envelope.external_id.as_str(), "evt_1");
        assert!(envelope.is_handled);
        let expanded = json!({"id": "ch_1", "payment_intent": {"id": "pi_2"}, "amount": 500});
        let envelope = Envelope::read(Scheme::Stripe, None, &content(REFUNDED, expanded));
        assert_eq!(envelope.object.unwrap().as_str(), "payment:pi_2");
        let alone = json!({"id": "ch_1", "payment_intent": null, "amount": 500});
        let envelope = Envelope::read(Scheme::Stripe, None, &content(REFUNDED, alone));
        assert_eq!(envelope.object.unwrap().as_str(), "payment:ch_1");
    }

    #[test]
    fn a_session_is_paid_by_its_intent() {
        let paid = json!({"id": "cs_1", "payment_intent": "pi_1", "payment_status": "paid",
            "amount_total": 500, "currency": "eur", "client_reference_id": "A-7", "metadata": null});
        for kind in [SESSION_COMPLETED, SESSION_PAID] {
            let Ok(Effect::Payment(report)) = report(kind, paid.clone()) else { panic!() };
            assert_eq!((report.external_id.as_str(), report.currency.as_str()), ("pi_1", "EUR"));
            assert_eq!((report.state, report.amount), (PaymentState::Succeeded, 500));
            assert_eq!(report.metadata.reference(), Some("A-7"));
            let envelope = Envelope::read(Scheme::Stripe, None, &content(kind, paid.clone()));
            assert_eq!(envelope.object.unwrap().as_str(), "payment:pi_1");
        }
        let with = |name: &str, value: Value| {
            let mut session = paid.clone();
            session[name] = value;
            report(SESSION_COMPLETED, session)
        };
        for status in ["unpaid", "no_payment_required"] {
            assert_eq!(with("payment_status", json!(status)), Ok(Effect::None));
        }
        assert_eq!(with("payment_intent", json!(null)), Ok(Effect::None), "an invoice is paid");
        assert_eq!(with("amount_total", json!(null)), Err(Unreadable("amount")));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(report(SUCCEEDED, json!({})), Err(Unreadable("amount")));
        assert_eq!(report(FAILED, json!({"amount": -1})), Err(Unreadable("amount")));
        assert_eq!(report(FAILED, json!({"amount": 1})), Err(Unreadable("data.object.id")));
        assert_eq!(report(FAILED, json!({"amount": 1, "id": "pi_1"})), Err(Unreadable("currency")));
        let more = json!({"id": "ch_1", "amount": 1, "amount_refunded": 2, "currency": "eur"});
        assert_eq!(report(REFUNDED, more), Err(Unreadable("amount_refunded")));
        let nothing = Content { headers: Headers::default(), body: Bytes::from_static(b"[1]") };
        assert_eq!(read(SUCCEEDED, &nothing), Err(Unreadable("id")));
        let envelope = Envelope::read(Scheme::Stripe, None, &nothing);
        assert!(envelope.external_id.as_str().starts_with("sha256:") && !envelope.is_handled);
    }

    #[test]
    fn v6_other_types_are_not_handled() {
        let envelope = Envelope::read(
            Scheme::Stripe,
            None,
            &content("customer.created", json!({"id": "cus_1"})),
        );
        assert_eq!((envelope.kind.as_str(), envelope.is_handled), ("customer.created", false));
        assert_eq!(envelope.object, None);
    }
}
