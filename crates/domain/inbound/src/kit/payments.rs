//! The cases of `PaymentStore`.

use kernel::{
    BoxFuture, Cursor, PageRequest, Paging, StoreError, UserId,
    kit::{ODD_TEXTS, long, moment, together},
};

use super::{Fixture, external, name};
use crate::{
    payment::{Metadata, NewPayment, Payment, PaymentReport},
    query::PaymentFilter,
    values::{ExternalId, PaymentState},
};

fn new_payment(id: &str) -> NewPayment {
    NewPayment {
        provider: name("stripe"),
        report: PaymentReport {
            external_id: external(id),
            state: PaymentState::Succeeded,
            amount: 500,
            amount_refunded: 0,
            currency: "EUR".to_owned(),
            metadata: Metadata::default(),
            occurred_at: moment(1),
        },
        created_at: moment(2),
    }
}

fn with(id: &str, entries: &[(&str, &str)]) -> NewPayment {
    let entries = entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut new = new_payment(id);
    new.report.metadata = Metadata::new(entries);
    new
}

impl Fixture {
    async fn pay(&self, new: NewPayment) -> Payment {
        self.write(move |tx| tx.payments().insert(&new)).await.unwrap()
    }

    async fn payment(&self, of: &Payment) -> Option<Payment> {
        let id = of.id;
        self.read(move |tx| tx.payments().get(id)).await
    }

    async fn save_payment(&self, payment: &Payment) -> Result<Payment, StoreError> {
        let payment = payment.clone();
        self.work
            .write(move |tx| {
                let mut payment = payment.clone();
                tx.payments().save(&mut payment)?;
                Ok(payment)
            })
            .await
    }
}

pub(super) async fn p1_a_payment_comes_back_as_it_went_in(fixture: Fixture) {
    let mut all: Vec<NewPayment> = ODD_TEXTS
        .iter()
        .map(|text| with(text, &[("order_id", text), ("user_id", "7"), (text, text)]))
        .collect();
    let mut last = new_payment(&long(ExternalId::MAX));
    last.report.amount = i64::MAX;
    last.report.amount_refunded = i64::MAX;
    all.push(last);
    for new in all {
        let payment = fixture.pay(new.clone()).await;
        assert_eq!(payment, new.stored(payment.id));
        assert_eq!(fixture.payment(&payment).await.as_ref(), Some(&payment));
        for state in PaymentState::ALL {
            let before = fixture.payment(&payment).await.unwrap();
            let changed = Payment {
                state: *state,
                amount: 7,
                amount_refunded: 3,
                currency: "JPY".to_owned(),
                reference: None,
                user: None,
                metadata: Metadata::default(),
                occurred_at: moment(77),
                updated_at: moment(78),
                ..before
            };
            let saved = fixture.save_payment(&changed).await.unwrap();
            assert_eq!(saved, Payment { version: changed.version + 1, ..changed });
            assert_eq!(fixture.payment(&payment).await, Some(saved));
        }
    }
}

pub(super) async fn p2_a_stale_save_changes_nothing(fixture: Fixture) {
    let old = fixture.pay(new_payment("pi_1")).await;
    let new = fixture.save_payment(&old).await.unwrap();
    for version in [1, 3, 0, i64::MAX] {
        let stale = Payment { amount: 1, version, ..old.clone() };
        let why = fixture.save_payment(&stale).await.unwrap_err();
        assert!(matches!(why, StoreError::Stale), "version {version}: {why:?}");
        assert_eq!(fixture.payment(&old).await.as_ref(), Some(&new));
    }
}

pub(super) async fn p3_of_many_who_insert_one_payment_one_succeeds(fixture: Fixture) {
    let one = |_| {
        let paying: BoxFuture<'_, (bool, Payment)> =
            Box::pin(fixture.write(move |tx| match tx.payments().insert(&new_payment("pi_1"))? {
                Some(payment) => Ok((true, payment)),
                None => {
                    let known = tx.payments().lock(&name("stripe"), &external("pi_1"))?;
                    Ok((false, known.unwrap()))
                }
            }));
        paying
    };
    let outcomes = together((0..8).map(one).collect()).await;
    assert_eq!(outcomes.iter().filter(|(added, _)| *added).count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|(_, payment)| payment.id == outcomes[0].1.id), "{outcomes:?}");
    let other = NewPayment { provider: name("stripe-eu"), ..new_payment("pi_1") };
    assert_ne!(fixture.pay(other).await.id, outcomes[0].1.id, "providers are apart");
}

pub(super) async fn p4_a_list_shows_what_its_filter_names(fixture: Fixture) {
    let order = fixture.pay(with("pi_1", &[("order_id", "7"), ("user_id", "7")])).await;
    let mut refunded = with("pi_2", &[("order_id", "8")]);
    refunded.report.state = PaymentState::Refunded;
    let refunded = fixture.pay(refunded).await;
    let other = NewPayment { provider: name("other"), ..new_payment("pi_3") };
    let other = fixture.pay(other).await;
    let none = PaymentFilter::default;
    for (filter, expected) in [
        (none(), vec![&other, &refunded, &order]),
        (PaymentFilter { provider: Some(name("stripe")), ..none() }, vec![&refunded, &order]),
        (PaymentFilter { state: Some(PaymentState::Refunded), ..none() }, vec![&refunded]),
        (PaymentFilter { reference: Some("7".to_owned()), ..none() }, vec![&order]),
        (PaymentFilter { user: Some(UserId::parse(7).unwrap()), ..none() }, vec![&order]),
        (PaymentFilter { user: Some(UserId::parse(8).unwrap()), ..none() }, Vec::new()),
    ] {
        let asked = filter.clone();
        let page = PageRequest::default();
        let found = fixture.read(move |tx| tx.payments().list(&asked, &page)).await;
        assert_eq!(found.items.iter().collect::<Vec<_>>(), expected, "{filter:?}");
        assert_eq!(found.total, Some(expected.len() as u64));
    }
}

pub(super) async fn p4_pages_by_number_and_by_cursor_show_the_newest_first(fixture: Fixture) {
    let mut expected = Vec::new();
    for number in 0..8 {
        expected.insert(0, fixture.pay(new_payment(&number.to_string())).await);
    }
    let list = async |paging: Paging| {
        let page = PageRequest { paging, limit: 3 };
        fixture.read(move |tx| tx.payments().list(&PaymentFilter::default(), &page)).await
    };
    let (mut numbered, mut by_cursor) = (Vec::new(), Vec::new());
    for number in 1..=4 {
        let page = list(Paging::Number(number)).await;
        assert_eq!((page.total, page.next), (Some(8), None));
        numbered.extend(page.items);
    }
    assert_eq!(numbered, expected);
    let mut next: Option<Cursor> = None;
    loop {
        let page = list(Paging::Cursor(next)).await;
        by_cursor.extend(page.items);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(by_cursor, expected);
}

pub(super) async fn p5_forgetting_one_person_touches_no_others(fixture: Fixture) {
    let theirs = fixture.pay(with("pi_1", &[("order_id", "7"), ("user_id", "7")])).await;
    let others = fixture.pay(with("pi_2", &[("user_id", "8")])).await;
    let nobodys = fixture.pay(with("pi_3", &[("colour", "red")])).await;
    let user = UserId::parse(7).unwrap();
    let forget = async || fixture.write(move |tx| tx.payments().forget_user(user, moment(9))).await;
    assert_eq!((forget().await, forget().await), (1, 0));
    let left = Payment {
        user: None,
        metadata: Metadata::default(),
        updated_at: moment(9),
        version: 2,
        ..theirs.clone()
    };
    assert_eq!(fixture.payment(&theirs).await, Some(left));
    for payment in [others, nobodys] {
        assert_eq!(fixture.payment(&payment).await.as_ref(), Some(&payment));
    }
}
