//! Imports that are under way.

use std::{
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kernel::{
    Actor, BoxFuture, Cache, Idempotent, Outcome, PageRequest, Paging, Role, SearchQuery,
    StoreError, Timestamp,
    idempotency::{self, IdempotencyKey, KeyReused},
    kit::together,
    time::FixedClock,
};

use super::{Fixture, Tx, moment, named, numbered, own, stock};
use crate::{
    commands::{CreateOwnedProduct, CreateProduct, Import, ImportAction, ImportMode, ImportRow},
    owned::NewOwnedProduct,
    product::{Moved, NewProduct, NewStockMovement, Product, StagedImport},
    query::ProductFilter,
    service::{Caches, Products, yield_now},
    values::{Currency, ProductId, Reason, Status},
};

/// The end of a lease that no case reaches by accident.
fn later() -> Timestamp {
    moment(0).plus(Duration::from_secs(60))
}

/// Products with stock, numbered from `from`.
fn rows(count: i64, from: i64) -> Vec<NewProduct> {
    let row = |n| NewProduct { stock: stock(n % 3), ..named(&format!("staged {n}")) };
    (from..from + count).map(row).collect()
}

fn id(import: &StagedImport, offset: i64) -> ProductId {
    ProductId::parse(import.first.get() + offset).unwrap()
}

impl Fixture {
    async fn reserve(&self, rows: u64) -> StagedImport {
        self.write(move |tx| tx.staged_imports().reserve(rows, later())).await
    }

    async fn stage(&self, import: StagedImport, offset: u64, products: Vec<NewProduct>) {
        self.write(move |tx| tx.staged_imports().stage(&import, offset, &products, later())).await;
    }

    /// An import of so many rows that only has to be published.
    async fn staged(&self, count: i64) -> StagedImport {
        let import = self.reserve(count.unsigned_abs()).await;
        for from in (0..count).step_by(200) {
            let part = rows((count - from).min(200), from);
            self.stage(import, from.unsigned_abs(), part).await;
        }
        import
    }

    async fn publish(&self, import: StagedImport) {
        self.write(move |tx| tx.staged_imports().publish(&import)).await;
    }

    /// The page of everything, with its total.
    async fn everything(&self) -> (Vec<Product>, u64) {
        let filter = ProductFilter::default();
        let request = numbered(1, 500);
        let page = self.read(move |tx| tx.products().list(&filter, &[], &request)).await;
        (page.items, page.total.unwrap())
    }

    async fn found(&self, text: &str) -> Vec<Product> {
        let filter = super::search::active(text);
        self.read(move |tx| tx.products().search(&filter, 100)).await
    }

    /// Four refusals: the import does not belong to who holds this claim.
    async fn is_over(&self, import: StagedImport) {
        let stage =
            self.refused(move |tx| tx.staged_imports().stage(&import, 0, &rows(1, 0), later()));
        assert!(matches!(stage.await, StoreError::Stale));
        let publish = self.refused(move |tx| tx.staged_imports().publish(&import));
        assert!(matches!(publish.await, StoreError::Stale));
        let discard = self.refused(move |tx| tx.staged_imports().discard(&import, 10, later()));
        assert!(matches!(discard.await, StoreError::Stale));
    }
}

pub(super) async fn s1_reserved_ids_belong_to_the_import_alone(fixture: Fixture) {
    let first = fixture.reserve(3).await;
    assert_eq!((first.rows, first.run), (3, 0));
    let before = fixture.plain("before").await;
    assert!(before.id > id(&first, 2));
    let fixture = &fixture;
    let outcomes = together(
        (0..20)
            .map(|n: i64| {
                Box::pin(async move {
                    if n % 2 == 0 {
                        let import = fixture.reserve(50).await;
                        (import.first, id(&import, 49))
                    } else {
                        let id = fixture.plain("between").await.id;
                        (id, id)
                    }
                }) as _
            })
            .collect(),
    )
    .await;
    let mut taken: Vec<(ProductId, ProductId)> = outcomes;
    taken.extend([(first.first, id(&first, 2)), (before.id, before.id)]);
    taken.sort_unstable();
    for pair in taken.windows(2) {
        assert!(pair[0].1 < pair[1].0, "{pair:?}");
    }
    assert!(fixture.plain("after").await.id > taken.last().unwrap().1);
    fixture.stage(first, 1, rows(2, 1)).await;
    fixture.stage(first, 0, rows(1, 0)).await;
    let twice =
        fixture.refused(move |tx| tx.staged_imports().stage(&first, 2, &rows(1, 2), later()));
    assert!(!matches!(twice.await, StoreError::Stale), "the id is taken");
    let beyond =
        fixture.refused(move |tx| tx.staged_imports().stage(&first, 3, &rows(1, 3), later()));
    assert!(!matches!(beyond.await, StoreError::Stale), "the id is not reserved");
}

pub(super) async fn s2_no_reader_sees_a_staged_product(fixture: Fixture) {
    let plain = fixture.plain("staged by nobody").await;
    let import = fixture.staged(250).await;
    fixture.plain("staged after it").await;
    let other = fixture.staged(5).await;
    for at in [0, 1, 100, 249] {
        let id = id(&import, at);
        assert_eq!(fixture.get(id).await, None);
        assert_eq!(fixture.write(move |tx| tx.products().lock(id)).await, None);
    }
    let (items, total) = fixture.everything().await;
    assert_eq!((items.len(), total), (2, 2));
    for paging in [Paging::Number(1), Paging::Cursor(None)] {
        for filter in [
            ProductFilter { status: Some(Status::Active), ..ProductFilter::default() },
            ProductFilter { in_stock: Some(true), ..ProductFilter::default() },
            ProductFilter { text: SearchQuery::parse("stag").ok(), ..ProductFilter::default() },
        ] {
            let in_stock = filter.in_stock;
            let request = PageRequest { paging: paging.clone(), limit: 50 };
            let page = fixture.read(move |tx| tx.products().list(&filter, &[], &request)).await;
            assert_eq!(page.items.len(), if in_stock.is_some() { 0 } else { 2 });
            assert_eq!(page.next, None);
        }
    }
    assert_eq!(fixture.found("staged").await.len(), 2);
    assert_eq!(fixture.found("tag").await.len(), 2, "inside of words, too");
    let ids = [plain.id, id(&import, 3), id(&other, 4)];
    let named = fixture.read(move |tx| tx.products().named(&ids)).await;
    assert_eq!(named.into_keys().collect::<Vec<_>>(), [plain.id]);
    let with_stock = id(&import, 2);
    let ledger =
        fixture.read(move |tx| tx.products().movements(with_stock, &numbered(1, 10))).await;
    assert_eq!((ledger.items.len(), ledger.total), (0, Some(0)));
}

pub(super) async fn s2_no_writer_reaches_a_staged_product(fixture: Fixture) {
    let import = fixture.staged(5).await;
    let (first, owner) = (id(&import, 2), fixture.people[0]);
    let product = named("staged 2").stored(first);
    let guess = product.clone();
    let saved = fixture.refused(move |tx| tx.products().save(&mut guess.clone()));
    assert!(matches!(saved.await, StoreError::Stale));
    assert!(!fixture.write(move |tx| tx.products().remove(first)).await);
    let reason = Reason::parse("theft").unwrap();
    let movement =
        NewStockMovement { product: first, delta: 1, reason, actor: None, at: moment(0) };
    let moved = fixture.write(move |tx| tx.products().adjust_stock(&movement)).await;
    assert_eq!(moved, Moved::Nowhere);
    let command = CreateOwnedProduct::of(first);
    let new = NewOwnedProduct::from_command(&command, &product, owner, moment(0));
    let owned = fixture.refused(move |tx| tx.owned().insert(&new));
    assert!(matches!(owned.await, StoreError::Missing("owned.product")));
    own(Arc::clone(&fixture.work), owner).await;
    fixture.publish(import).await;
    assert_eq!(fixture.get(first).await.unwrap().stock, stock(2));
}

pub(super) async fn s3_publishing_shows_every_product_together(fixture: Fixture) {
    let before = fixture.plain("before").await;
    let import = fixture.staged(450).await;
    let after = fixture.plain("after").await;
    let rolled_back = fixture
        .work
        .write(move |tx| {
            tx.staged_imports().publish(&import)?;
            assert_eq!(tx.products().get(import.first)?.map(|one| one.id), Some(import.first));
            Err::<(), _>(StoreError::Contention)
        })
        .await;
    assert!(rolled_back.is_err());
    assert_eq!(fixture.everything().await.1, 2);
    let fixture = &fixture;
    // A reader meanwhile sees none or all.
    let publish = async { fixture.publish(import).await };
    let look = || async {
        for _ in 0..10 {
            let total = fixture.everything().await.1;
            assert!([2, 452].contains(&total), "{total} of 452");
        }
    };
    together(vec![Box::pin(look()) as _, Box::pin(look()), Box::pin(publish), Box::pin(look())])
        .await;
    assert_eq!(fixture.everything().await.1, 452);
    for (at, new) in (0..).zip(rows(450, 0)).step_by(53) {
        let stored = fixture.get(id(&import, at)).await.unwrap();
        assert_eq!(stored, new.stored(id(&import, at)));
        let ledger =
            fixture.read(move |tx| tx.products().movements(stored.id, &numbered(1, 10))).await;
        let opening: Vec<_> = ledger.items.iter().map(|entry| entry.balance).collect();
        assert_eq!(opening, if at % 3 == 0 { vec![] } else { vec![new.stock] });
    }
    assert_eq!(fixture.found("staged 449").await.len(), 1);
    assert_eq!(fixture.found("staged").await.len(), 100);
    assert!(before.id < import.first && import.first < after.id);
}

pub(super) async fn s3_the_record_of_the_request_commits_with_the_products(fixture: Fixture) {
    let import = fixture.staged(10).await;
    let slip = Idempotent::<u64> {
        key: IdempotencyKey {
            scope: "kit".to_owned(),
            key: "import".to_owned(),
            fingerprint: [7; 32],
        },
        encode: Arc::new(|rows| rows.to_string().into_bytes()),
    };
    let run = move |tx: &mut Tx, slip: &Idempotent<u64>| {
        idempotency::run_once::<_, _, End>(tx, Some(slip), moment(0), |tx| {
            tx.staged_imports().publish(&import)?;
            Ok(import.rows)
        })
    };
    let lost = slip.clone();
    let rolled_back = fixture
        .work
        .write(move |tx| {
            run(tx, &lost)?;
            Err::<(), _>(End)
        })
        .await;
    assert!(rolled_back.is_err());
    assert_eq!(fixture.everything().await.1, 0);
    let first = slip.clone();
    let executed = fixture.work.write(move |tx| run(tx, &first)).await;
    assert!(matches!(executed, Ok(Outcome::Executed(10))));
    assert_eq!(fixture.everything().await.1, 10);
    let replayed = fixture.work.write(move |tx| run(tx, &slip)).await;
    assert!(matches!(replayed, Ok(Outcome::Replayed(answer)) if answer == b"10"));
}

/// Why a unit of the case above ended.
struct End;

impl From<StoreError> for End {
    fn from(_: StoreError) -> Self {
        Self
    }
}

impl From<KeyReused> for End {
    fn from(_: KeyReused) -> Self {
        Self
    }
}

pub(super) async fn s4_an_import_that_is_over_takes_nothing_more(fixture: Fixture) {
    let published = fixture.reserve(9).await;
    fixture.publish(published).await;
    fixture.is_over(published).await;
    let discarded = fixture.reserve(9).await;
    fixture.write(move |tx| tx.staged_imports().discard(&discarded, 10, later())).await;
    fixture.is_over(discarded).await;
    let mine = fixture.staged(9).await;
    let theirs =
        fixture.write(|tx| tx.staged_imports().claim_abandoned(later(), later())).await.unwrap();
    assert_eq!(theirs, StagedImport { run: 1, ..mine });
    fixture.is_over(mine).await;
    assert_eq!(fixture.everything().await.1, 0);
    fixture.write(move |tx| tx.staged_imports().discard(&theirs, 10, later())).await;
    fixture.is_over(theirs).await;
}

pub(super) async fn s4_an_import_is_published_or_discarded_never_both(fixture: Fixture) {
    for round in 1..=5 {
        let import = fixture.staged(20).await;
        let before = fixture.everything().await.1;
        let work = &fixture.work;
        let publish = async {
            let published: Result<(), StoreError> =
                work.write(move |tx| tx.staged_imports().publish(&import)).await;
            published.is_ok()
        };
        let discard = async {
            let claimed: Result<_, StoreError> =
                work.write(|tx| tx.staged_imports().claim_abandoned(later(), later())).await;
            let Some(claimed) = claimed.unwrap() else { return false };
            let gone: Result<u64, StoreError> =
                work.write(move |tx| tx.staged_imports().discard(&claimed, 100, later())).await;
            gone.unwrap() == 20
        };
        let mut both: Vec<BoxFuture<'_, bool>> = vec![Box::pin(publish), Box::pin(discard)];
        if round % 2 == 0 {
            both.reverse();
        }
        let outcome = together(both).await;
        let published = if round % 2 == 0 { outcome[1] } else { outcome[0] };
        assert_eq!(outcome.iter().filter(|done| **done).count(), 1, "{outcome:?}");
        let total = fixture.everything().await.1;
        assert_eq!(total - before, if published { 20 } else { 0 });
    }
}

pub(super) async fn s5_an_import_is_abandoned_when_its_lease_ends(fixture: Fixture) {
    let claim = |now: Timestamp| {
        let until = now.plus(Duration::from_secs(60));
        fixture.write(move |tx| tx.staged_imports().claim_abandoned(now, until))
    };
    let import = fixture.reserve(2).await;
    assert_eq!(claim(moment(0)).await, None);
    let at = later().plus(Duration::from_secs(5));
    fixture.write(move |tx| tx.staged_imports().stage(&import, 0, &rows(1, 0), at)).await;
    assert_eq!(claim(later()).await, None, "each unit prolongs the lease");
    let claimed = claim(at).await.unwrap();
    assert_eq!(claimed, StagedImport { run: 1, ..import });
    assert_eq!(claim(at).await, None, "another process works on it");
    let again = claim(at.plus(Duration::from_secs(60))).await.unwrap();
    assert_eq!(again.run, 2, "that process died, too");
    let far = at.plus(Duration::from_secs(1000));
    fixture.write(move |tx| tx.staged_imports().discard(&again, 1, far)).await;
    assert_eq!(claim(at.plus(Duration::from_secs(999))).await, None);
    let many = together((0..8).map(|_| Box::pin(claim(far)) as _).collect()).await;
    assert_eq!(many.iter().flatten().count(), 1, "{many:?}");
}

pub(super) async fn s6_a_discarded_import_leaves_nothing_behind(fixture: Fixture) {
    let import = fixture.staged(25).await;
    let other = fixture.staged(3).await;
    let plain = fixture.plain("staged by nobody").await;
    let discard = || fixture.write(move |tx| tx.staged_imports().discard(&import, 10, later()));
    for removed in [10, 10, 5] {
        assert_eq!(discard().await, removed);
        assert_eq!(fixture.everything().await.1, 1);
    }
    fixture.is_over(import).await;
    assert_eq!(fixture.found("staged").await, std::slice::from_ref(&plain));
    assert!(fixture.plain("next").await.id > plain.id, "no id is given again");
    fixture.publish(other).await;
    assert_eq!(fixture.everything().await.1, 5);
    let whole = fixture.staged(20).await;
    let mut counts = Vec::new();
    for _ in 0..3 {
        let step = fixture.write(move |tx| tx.staged_imports().discard(&whole, 10, later()));
        counts.push(step.await);
    }
    assert_eq!(counts, [10, 10, 0]);
    fixture.is_over(whole).await;
}

pub(super) async fn s7_a_category_stays_as_long_as_an_import_needs_it(fixture: Fixture) {
    let (used, gone) = (fixture.category("used", None).await.id, super::no_category());
    let import = fixture.reserve(2).await;
    let within = |category| vec![NewProduct { category: Some(category), ..named("inside") }];
    let missing =
        fixture.refused(move |tx| tx.staged_imports().stage(&import, 0, &within(gone), later()));
    assert!(matches!(missing.await, StoreError::Missing("products.category")));
    fixture.stage(import, 0, within(used)).await;
    assert!(fixture.write(move |tx| tx.categories().hold(used)).await);
    fixture.write(move |tx| tx.staged_imports().discard(&import, 10, later())).await;
    assert!(!fixture.write(move |tx| tx.categories().hold(used)).await);
}

/// A cache that keeps nothing.
struct NoCache;

#[async_trait::async_trait]
impl<K, V> Cache<K, V> for NoCache
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    async fn get(&self, _: &K) -> Option<Arc<V>> {
        None
    }
    async fn put(&self, _: K, _: Arc<V>) {}
    async fn evict(&self, _: &K) {}
    async fn load(&self, _: K, loader: BoxFuture<'_, Option<V>>) -> Option<Arc<V>> {
        loader.await.map(Arc::new)
    }
}

pub(super) async fn s8_other_writers_commit_between_the_units_of_an_import(fixture: Fixture) {
    let none = Arc::new(NoCache);
    let caches = Caches {
        products: Arc::clone(&none) as _,
        pages: Arc::clone(&none) as _,
        categories: Arc::clone(&none) as _,
        version: none,
    };
    let clock = Arc::new(FixedClock::at(moment(0)));
    let products = Products::new(Arc::clone(&fixture.work), clock, caches, Currency::EUR);
    let keeper = Actor::new(fixture.people[0], Role::Admin);
    let row = |row: u64| ImportRow {
        row,
        category_slug: None,
        action: ImportAction::Create(Box::new(CreateProduct::named(named("many").name))),
    };
    let rows = (1..=3000).map(row).collect();
    let file = Import { rows, failed: 0, faults: Vec::new(), mode: ImportMode::All };
    let over = AtomicBool::new(false);
    let import = async {
        let imported = products.import(&keeper, None, file).await;
        over.store(true, Ordering::SeqCst);
        let Ok(Outcome::Executed(report)) = imported else { panic!("{imported:?}") };
        report.imported
    };
    let other = async {
        let mut commits = 0;
        while !over.load(Ordering::SeqCst) {
            fixture.plain("single").await;
            commits += 1;
            yield_now().await;
        }
        commits
    };
    let both: Vec<BoxFuture<'_, u64>> = vec![Box::pin(import), Box::pin(other)];
    let counts = together(both).await;
    assert_eq!(counts[0], 3000);
    assert!(counts[1] >= 20, "{} units of another writer ran meanwhile", counts[1]);
    assert_eq!(fixture.everything().await.1, counts.iter().sum::<u64>());
}
