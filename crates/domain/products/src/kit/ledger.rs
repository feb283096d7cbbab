//! Stock and its ledger.

use kernel::{Cursor, Page, PageRequest, Paging, kit::together};

use super::{Fixture, moment, named, no_product, numbered, stock};
use crate::{
    product::{Moved, NewProduct, NewStockMovement, OPENING, StockMovement},
    values::{ProductId, Reason, Stock},
};

fn movement(product: ProductId, delta: i64, reason: &str) -> NewStockMovement {
    let reason = Reason::parse(reason).unwrap();
    NewStockMovement { product, delta, reason, actor: None, at: moment(delta) }
}

async fn adjust_stock(fixture: &Fixture, new: NewStockMovement) -> Moved {
    fixture.write(move |tx| tx.products().adjust_stock(&new)).await
}

async fn ledger(fixture: &Fixture, product: ProductId) -> Vec<StockMovement> {
    let mut all = Vec::new();
    for page in 1.. {
        let request = numbered(page, 40);
        let found = fixture.read(move |tx| tx.products().movements(product, &request)).await;
        if found.items.is_empty() {
            assert_eq!(found.total, Some(all.len() as u64));
            break;
        }
        all.extend(found.items);
    }
    all
}

async fn stock_of(fixture: &Fixture, product: ProductId) -> i64 {
    fixture.get(product).await.unwrap().stock.get()
}

/// L1 and L4: the sum of the ledger is the stock, and every balance follows from the one before.
async fn adds_up(fixture: &Fixture, product: ProductId) -> usize {
    let mut entries = ledger(fixture, product).await;
    entries.reverse();
    let mut balance = 0;
    for entry in &entries {
        balance += entry.delta;
        assert_eq!(entry.balance.get(), balance, "{entries:?}");
    }
    assert_eq!(stock_of(fixture, product).await, balance);
    entries.len()
}

pub(super) async fn l1_the_ledger_opens_with_what_there_is(fixture: Fixture) {
    let by = Some(fixture.people[0]);
    let new = NewProduct { stock: stock(12), by, ..named("some") };
    let some = fixture.insert(new).await.id;
    let entries = ledger(&fixture, some).await;
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].delta, entries[0].balance, entries[0].actor), (12, stock(12), by));
    assert_eq!((entries[0].reason.as_str(), entries[0].at), (OPENING, moment(0)));
    let none = fixture.plain("none").await.id;
    assert_eq!(adds_up(&fixture, none).await, 0);
}

pub(super) async fn l2_stock_and_ledger_move_together(fixture: Fixture) {
    let before = fixture.plain("moves").await;
    let new =
        NewStockMovement { actor: Some(fixture.people[1]), ..movement(before.id, 5, "'; -- é") };
    let Moved::Done(entry) = adjust_stock(&fixture, new.clone()).await else {
        panic!("it must happen")
    };
    assert_eq!((entry.product, entry.delta, entry.balance), (before.id, 5, stock(5)));
    assert_eq!((&entry.reason, entry.actor, entry.at), (&new.reason, new.actor, new.at));
    let after = fixture.get(before.id).await.unwrap();
    assert_eq!((after.stock, after.version), (stock(5), before.version), "no new version");
    assert_eq!(ledger(&fixture, before.id).await, [entry]);
    // What is rolled back is in neither.
    let id = before.id;
    let failed = fixture
        .work
        .write(move |tx| {
            tx.products().adjust_stock(&movement(id, 3, "lost"))?;
            Err::<(), _>(kernel::StoreError::Contention)
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(adds_up(&fixture, id).await, 1);
}

pub(super) async fn l3_nothing_goes_below_none_or_beyond_the_limit(fixture: Fixture) {
    let id = fixture.insert(NewProduct { stock: stock(2), ..named("few") }).await.id;
    assert_eq!(adjust_stock(&fixture, movement(id, -3, "too many")).await, Moved::Beyond(stock(2)));
    let most = movement(id, Stock::MAX, "too many");
    assert_eq!(adjust_stock(&fixture, most).await, Moved::Beyond(stock(2)));
    assert_eq!(adds_up(&fixture, id).await, 1);
    assert!(matches!(adjust_stock(&fixture, movement(id, -2, "the last")).await, Moved::Done(_)));
    assert_eq!(
        adjust_stock(&fixture, movement(id, -1, "none left")).await,
        Moved::Beyond(stock(0))
    );
    assert_eq!(adds_up(&fixture, id).await, 2);
    assert_eq!(adjust_stock(&fixture, movement(no_product(), 1, "where?")).await, Moved::Nowhere);
}

pub(super) async fn l4_of_movements_simultaneously_none_is_lost(fixture: Fixture) {
    let id = fixture.insert(NewProduct { stock: stock(100), ..named("busy") }).await.id;
    let fixture = &fixture;
    let deltas = (1..=40).map(|n| if n % 2 == 0 { n } else { -1 });
    let moved = together(
        deltas
            .clone()
            .map(|n| Box::pin(adjust_stock(fixture, movement(id, n, "once"))) as _)
            .collect(),
    )
    .await;
    assert!(moved.iter().all(|moved| matches!(moved, Moved::Done(_))), "{moved:?}");
    assert_eq!(adds_up(fixture, id).await, 41);
    assert_eq!(stock_of(fixture, id).await, 100 + deltas.sum::<i64>());
}

pub(super) async fn l4_what_is_there_is_taken_once(fixture: Fixture) {
    let id = fixture.insert(NewProduct { stock: stock(10), ..named("wanted") }).await.id;
    let fixture = &fixture;
    let moved = together(
        (0..25).map(|_| Box::pin(adjust_stock(fixture, movement(id, -1, "mine"))) as _).collect(),
    )
    .await;
    let got = moved.iter().filter(|moved| matches!(moved, Moved::Done(_))).count();
    let late = moved.iter().filter(|moved| **moved == Moved::Beyond(stock(0))).count();
    assert_eq!((got, late), (10, 15));
    assert_eq!(stock_of(fixture, id).await, 0);
    assert_eq!(adds_up(fixture, id).await, 11);
}

pub(super) async fn l5_the_ledger_is_paged_newest_first(fixture: Fixture) {
    let id = fixture.plain("long").await.id;
    let other = fixture.plain("other").await.id;
    for n in 1..=17 {
        adjust_stock(&fixture, movement(id, n, "in")).await;
        adjust_stock(&fixture, movement(other, n, "in")).await;
    }
    let by_number: Vec<i64> = ledger(&fixture, id).await.iter().map(|entry| entry.delta).collect();
    assert_eq!(by_number, (1..=17).rev().collect::<Vec<i64>>());
    let mut by_cursor = Vec::new();
    let mut cursor = None;
    loop {
        let request = PageRequest { paging: Paging::Cursor(cursor), limit: 5 };
        let page: Page<StockMovement> =
            fixture.read(move |tx| tx.products().movements(id, &request)).await;
        assert_eq!(page.total, None);
        by_cursor.extend(page.items.iter().map(|entry| entry.delta));
        let Some(next) = page.next else { break };
        assert_eq!((next.order.as_str(), next.values.len()), ("-id", 0));
        cursor = Some(Cursor::decode(&next.encode()).unwrap());
    }
    assert_eq!(by_cursor, by_number);
}
