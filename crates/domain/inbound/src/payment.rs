//! Payments that providers reported.

use std::collections::BTreeMap;

use kernel::{Timestamp, UserId};

use crate::values::{ExternalId, PaymentId, PaymentState, SourceName};

/// The most entries of metadata that are kept, and the most characters of a name and of a value.
const MOST_METADATA: usize = 50;
const LONGEST: usize = 500;
/// The entry of metadata for what the seller calls a Checkout session.
pub(crate) const CLIENT_REFERENCE: &str = "client_reference_id";
/// The entries of metadata that name an order or a deal, the first of them first.
const REFERENCES: [&str; 4] = ["order_id", "deal_id", "reference", CLIENT_REFERENCE];

/// What the seller noted with a payment at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// The first 50 entries by name, cut to 500 characters.
    pub fn new(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        let short = |text: String| -> String {
            text.chars().filter(|c| *c != '\0').take(LONGEST).collect()
        };
        let entries: BTreeMap<String, String> =
            entries.into_iter().map(|(name, value)| (short(name), short(value))).collect();
        Self(entries.into_iter().take(MOST_METADATA).collect())
    }

    /// All of it.
    pub const fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// What the payment is for: `order_id`, else `deal_id`, else `reference`, else `client_reference_id`.
    pub fn reference(&self) -> Option<&str> {
        let found = REFERENCES.iter().find_map(|name| self.0.get(*name));
        found.map(String::as_str).filter(|reference| !reference.is_empty())
    }

    /// Who paid: `user_id`, if that is the number of an account.
    pub fn user(&self) -> Option<UserId> {
        self.0.get("user_id")?.parse().ok()
    }

    /// As stores keep it.
    pub fn to_json(&self) -> String {
        serde_json::json!(self.0).to_string()
    }

    /// From how stores keep it.
    pub fn from_json(raw: &str) -> Option<Self> {
        serde_json::from_str(raw).ok().map(Self)
    }
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its number.
    pub id: PaymentId,
    /// The source that reported it.
    pub provider: SourceName,
    /// What the provider calls it. One provider has one payment of each.
    pub external_id: ExternalId,
    /// What became of it.
    pub state: PaymentState,
    /// In the minor unit of the currency.
    pub amount: i64,
    /// How much of it was paid back, in the same unit.
    pub amount_refunded: i64,
    /// ISO 4217, in capitals.
    pub currency: String,
    /// What it is for, as the metadata says: an order or a deal.
    pub reference: Option<String>,
    /// Who paid, as the metadata says.
    pub user: Option<UserId>,
    /// What the seller noted at the provider.
    pub metadata: Metadata,
    /// When it came to its state, by the provider's clock.
    pub occurred_at: Timestamp,
    /// When it was reported first.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// What an event says of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the payment's field of that name")]
pub struct PaymentReport {
    pub external_id: ExternalId,
    pub state: PaymentState,
    pub amount: i64,
    pub amount_refunded: i64,
    pub currency: String,
    pub metadata: Metadata,
    pub occurred_at: Timestamp,
}

impl PaymentReport {
    /// The first thing that is known of a payment.
    pub fn first(&self, provider: &SourceName, now: Timestamp) -> NewPayment {
        NewPayment { provider: provider.clone(), report: self.clone(), created_at: now }
    }
}

/// A payment that is about to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the payment's field of that name")]
pub struct NewPayment {
    pub provider: SourceName,
    pub report: PaymentReport,
    pub created_at: Timestamp,
}

impl NewPayment {
    /// The payment as it is stored.
    pub fn stored(&self, id: PaymentId) -> Payment {
        let Self { provider, report, created_at } = self;
        let PaymentReport {
            external_id,
            state,
            amount,
            amount_refunded,
            currency,
            metadata,
            occurred_at,
        } = report;
        Payment {
            id,
            provider: provider.clone(),
            external_id: external_id.clone(),
            state: *state,
            amount: *amount,
            amount_refunded: *amount_refunded,
            currency: currency.clone(),
            reference: metadata.reference().map(str::to_owned),
            user: metadata.user(),
            metadata: metadata.clone(),
            occurred_at: *occurred_at,
            created_at: *created_at,
            updated_at: *created_at,
            version: 1,
        }
    }
}

/// What a report changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// State or amounts, or what the payment is for and who paid: clients hear of it.
    Reported,
    /// Nothing that clients hear of.
    Silent,
}

impl Payment {
    /// Takes over what an event says. Entries of the metadata that it lacks stay. Of two refunds that were
    /// reported in one second the larger sum is the later one, because sums of refunds only grow.
    pub fn apply(&mut self, report: &PaymentReport, now: Timestamp) -> Change {
        let before = self.reported();
        let PaymentReport {
            external_id: _,
            state,
            amount,
            amount_refunded,
            currency,
            metadata,
            occurred_at,
        } = report;
        let is_tie = *occurred_at == self.occurred_at && *state == self.state;
        self.state = *state;
        self.amount = *amount;
        self.amount_refunded =
            if is_tie { self.amount_refunded.max(*amount_refunded) } else { *amount_refunded };
        self.currency.clone_from(currency);
        let merged = self.metadata.all().clone().into_iter().chain(metadata.all().clone());
        self.metadata = Metadata::new(merged);
        self.reference = self.metadata.reference().map(str::to_owned).or(self.reference.take());
        self.user = self.metadata.user();
        self.occurred_at = *occurred_at;
        self.updated_at = now;
        if before == self.reported() { Change::Silent } else { Change::Reported }
    }

    /// What clients hear of when it changes.
    fn reported(&self) -> (PaymentState, i64, i64, Option<String>, Option<UserId>) {
        (self.state, self.amount, self.amount_refunded, self.reference.clone(), self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(state: PaymentState, amount_refunded: i64, second: i64) -> PaymentReport {
        PaymentReport {
            external_id: ExternalId::parse("pi_1").unwrap(),
            state,
            amount: 500,
            amount_refunded,
            currency: "EUR".to_owned(),
            metadata: Metadata::new([("order_id".to_owned(), "7".to_owned())]),
            occurred_at: Timestamp::from_micros(second * 1_000_000).unwrap(),
        }
    }

    #[test]
    fn a_second_report_of_the_same_is_silent_and_refunds_of_one_second_grow() {
        let shop = SourceName::parse("stripe").unwrap();
        let first = report(PaymentState::Succeeded, 0, 1);
        let now = first.occurred_at;
        let mut payment = first.first(&shop, now).stored(PaymentId::parse(1).unwrap());
        assert_eq!(payment.reference.as_deref(), Some("7"));
        assert_eq!(payment.apply(&first, now), Change::Silent);
        let partial = |sum| report(PaymentState::PartiallyRefunded, sum, 2);
        assert_eq!(payment.apply(&partial(200), now), Change::Reported);
        assert_eq!(payment.apply(&partial(100), now), Change::Silent);
        assert_eq!(
            (payment.amount_refunded, payment.state),
            (200, PaymentState::PartiallyRefunded)
        );
        let without = PaymentReport {
            metadata: Metadata::default(),
            ..report(PaymentState::Refunded, 500, 3)
        };
        assert_eq!(payment.apply(&without, now), Change::Reported);
        assert_eq!(payment.reference.as_deref(), Some("7"), "metadata that is absent stays");
    }

    #[test]
    fn metadata_is_bounded() {
        let many = (0..60).map(|n| (format!("{n:02}\0"), "ü".repeat(600)));
        let metadata = Metadata::new(many);
        assert_eq!(metadata.all().len(), 50);
        assert!(metadata.all().values().all(|value| value.chars().count() == 500));
        assert_eq!(Metadata::from_json(&metadata.to_json()), Some(metadata));
    }
}
