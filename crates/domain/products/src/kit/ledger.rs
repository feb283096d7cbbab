//! Stock and its ledger.

use kernel::{Cursor, Page, PageRequest, Paging, bench::together};

use super::{Ground, moment, named, no_product, numbered, stock};
use crate::{
    product::{Moved, Movement, NewMovement, NewProduct, OPENING},
    values::{ProductId, Reason, Stock},
};

fn movement(product: ProductId, delta: i64, reason: &str) -> NewMovement {
    let reason = Reason::parse(reason).unwrap();
    NewMovement { product, delta, reason, actor: None, at: moment(delta) }
}

async fn shift(ground: &Ground, new: NewMovement) -> Moved {
    ground.write(move |tx| tx.products().shift(&new)).await
}

async fn ledger(ground: &Ground, product: ProductId) -> Vec<Movement> {
    let mut all = Vec::new();
    for page in 1.. {
        let request = numbered(page, 40);
        let found = ground.read(move |tx| tx.products().movements(product, &request)).await;
        if found.items.is_empty() {
            assert_eq!(found.total, Some(all.len() as u64));
            break;
        }
        all.extend(found.items);
    }
    all
}

async fn stock_of(ground: &Ground, product: ProductId) -> i64 {
    ground.get(product).await.unwrap().stock.get()
}

/// L1 and L4: the sum of the ledger is the stock, and every balance follows from the one before.
async fn adds_up(ground: &Ground, product: ProductId) -> usize {
    let mut entries = ledger(ground, product).await;
    entries.reverse();
    let mut balance = 0;
    for entry in &entries {
        balance += entry.delta;
        assert_eq!(entry.balance.get(), balance, "{entries:?}");
    }
    assert_eq!(stock_of(ground, product).await, balance);
    entries.len()
}

pub(super) async fn l1_the_ledger_opens_with_what_there_is(ground: Ground) {
    let by = Some(ground.people[0]);
    let new = NewProduct { stock: stock(12), by, ..named("some") };
    let some = ground.insert(new).await.id;
    let entries = ledger(&ground, some).await;
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].delta, entries[0].balance, entries[0].actor), (12, stock(12), by));
    assert_eq!((entries[0].reason.as_str(), entries[0].at), (OPENING, moment(0)));
    let none = ground.plain("none").await.id;
    assert_eq!(adds_up(&ground, none).await, 0);
}

pub(super) async fn l2_stock_and_ledger_move_together(ground: Ground) {
    let before = ground.plain("moves").await;
    let new = NewMovement { actor: Some(ground.people[1]), ..movement(before.id, 5, "'; -- é") };
    let Moved::Done(entry) = shift(&ground, new.clone()).await else { panic!("it must happen") };
    assert_eq!((entry.product, entry.delta, entry.balance), (before.id, 5, stock(5)));
    assert_eq!((&entry.reason, entry.actor, entry.at), (&new.reason, new.actor, new.at));
    let after = ground.get(before.id).await.unwrap();
    assert_eq!((after.stock, after.version), (stock(5), before.version), "no new version");
    assert_eq!(ledger(&ground, before.id).await, [entry]);
    // What is rolled back is in neither.
    let id = before.id;
    let failed = ground
        .work
        .write(move |tx| {
            tx.products().shift(&movement(id, 3, "lost"))?;
            Err::<(), _>(kernel::StoreError::Contention)
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(adds_up(&ground, id).await, 1);
}

pub(super) async fn l3_nothing_goes_below_none_or_beyond_the_limit(ground: Ground) {
    let id = ground.insert(NewProduct { stock: stock(2), ..named("few") }).await.id;
    assert_eq!(shift(&ground, movement(id, -3, "too many")).await, Moved::Beyond(stock(2)));
    let most = movement(id, Stock::MAX, "too many");
    assert_eq!(shift(&ground, most).await, Moved::Beyond(stock(2)));
    assert_eq!(adds_up(&ground, id).await, 1);
    assert!(matches!(shift(&ground, movement(id, -2, "the last")).await, Moved::Done(_)));
    assert_eq!(shift(&ground, movement(id, -1, "none left")).await, Moved::Beyond(stock(0)));
    assert_eq!(adds_up(&ground, id).await, 2);
    assert_eq!(shift(&ground, movement(no_product(), 1, "where?")).await, Moved::Nowhere);
}

pub(super) async fn l4_of_movements_at_once_none_is_lost(ground: Ground) {
    let id = ground.insert(NewProduct { stock: stock(100), ..named("busy") }).await.id;
    let ground = &ground;
    let deltas = (1..=40).map(|n| if n % 2 == 0 { n } else { -1 });
    let moved = together(
        deltas.clone().map(|n| Box::pin(shift(ground, movement(id, n, "once"))) as _).collect(),
    )
    .await;
    assert!(moved.iter().all(|moved| matches!(moved, Moved::Done(_))), "{moved:?}");
    assert_eq!(adds_up(ground, id).await, 41);
    assert_eq!(stock_of(ground, id).await, 100 + deltas.sum::<i64>());
}

pub(super) async fn l4_what_is_there_is_taken_once(ground: Ground) {
    let id = ground.insert(NewProduct { stock: stock(10), ..named("wanted") }).await.id;
    let ground = &ground;
    let moved =
        together((0..25).map(|_| Box::pin(shift(ground, movement(id, -1, "mine"))) as _).collect())
            .await;
    let got = moved.iter().filter(|moved| matches!(moved, Moved::Done(_))).count();
    let late = moved.iter().filter(|moved| **moved == Moved::Beyond(stock(0))).count();
    assert_eq!((got, late), (10, 15));
    assert_eq!(stock_of(ground, id).await, 0);
    assert_eq!(adds_up(ground, id).await, 11);
}

pub(super) async fn l5_the_ledger_is_paged_newest_first(ground: Ground) {
    let id = ground.plain("long").await.id;
    let other = ground.plain("other").await.id;
    for n in 1..=17 {
        shift(&ground, movement(id, n, "in")).await;
        shift(&ground, movement(other, n, "in")).await;
    }
    let by_number: Vec<i64> = ledger(&ground, id).await.iter().map(|entry| entry.delta).collect();
    assert_eq!(by_number, (1..=17).rev().collect::<Vec<i64>>());
    let mut by_cursor = Vec::new();
    let mut cursor = None;
    loop {
        let request = PageRequest { paging: Paging::Cursor(cursor), limit: 5 };
        let page: Page<Movement> =
            ground.read(move |tx| tx.products().movements(id, &request)).await;
        assert_eq!(page.total, None);
        by_cursor.extend(page.items.iter().map(|entry| entry.delta));
        let Some(next) = page.next else { break };
        assert_eq!((next.order.as_str(), next.places.len()), ("-id", 0));
        cursor = Some(Cursor::decode(&next.encode()).unwrap());
    }
    assert_eq!(by_cursor, by_number);
}
