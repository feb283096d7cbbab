//! The conformance kit of this room's ports. An adapter gives each case of [`CASES`]
//! a fresh [`Fixture`] and knows whether every promise is kept. Failures are panics.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a kit is made of tests: its failures are panics"
)]

mod categories;
mod ledger;
mod lists;
mod owned;
mod products;
mod search;
mod staged_imports;

use std::sync::Arc;

use kernel::kit::{ODD_TEXTS, moment};
use kernel::{BoxFuture, OwnedId, PageRequest, Paging, StoreError, UnitOfWork, UserId};

use crate::{
    commands::{CreateOwnedProduct, CreateProduct},
    owned::NewOwnedProduct,
    ports::ProductsTx,
    product::{Category, NewCategory, NewProduct, Product},
    values::{CategoryId, CategoryName, Currency, ProductId, ProductName, Slug, Stock},
};

/// A fresh, empty store with some people in it.
pub struct Fixture {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn ProductsTx>>,
    /// Two accounts.
    pub people: Vec<UserId>,
    /// Attaches a file to a thing of somebody's; one that is to be read, or a picture.
    pub attach: Attach,
}

/// What attaches files.
pub type Attach = Arc<dyn Fn(UserId, OwnedId, Paper) -> BoxFuture<'static, ()> + Send + Sync>;

/// What is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// A manual.
    Manual,
    /// A picture.
    Picture,
}

/// Makes somebody own something, for the kits of rooms that attach to it.
pub async fn own(work: Arc<dyn UnitOfWork<dyn ProductsTx>>, owner: UserId) -> OwnedId {
    let made: Result<OwnedId, StoreError> = work
        .write(move |tx| {
            let product = tx.products().insert(&[named("lamp")])?.remove(0);
            let command = CreateOwnedProduct::of(product.id);
            let new = NewOwnedProduct::from_command(&command, &product, owner, moment(0));
            Ok(tx.owned().insert(&new)?.id)
        })
        .await;
    made.expect("a product and its owner")
}

kernel::cases! { Fixture;
    categories:
        c1_a_category_comes_back_as_it_went_in,
        c2_a_save_grows_the_version_and_a_stale_one_changes_nothing,
        c3_slugs_are_unique_and_parents_are_there,
        c4_moves_simultaneously_make_no_circle,
        c5_removing_what_is_not_there_gives_false,
        c6_a_category_that_is_held_gets_no_product;
    products:
        g1_a_product_comes_back_as_it_went_in,
        g1_many_products_keep_their_order,
        g2_a_save_writes_every_field_but_the_stock,
        g2_a_stale_save_changes_nothing,
        g3_a_category_that_is_not_there_is_missing,
        g4_of_many_who_save_one_version_one_succeeds,
        g4_who_locks_second_sees_what_the_first_wrote,
        g8_a_product_goes_with_its_ledger,
        g9_named_products_carry_what_they_are_called;
    lists:
        g5_every_order_is_the_same_by_number_and_by_cursor,
        g5_every_filter_gives_exactly_what_matches;
    search:
        g6_words_find_by_their_beginning,
        g6_nothing_in_a_query_is_syntax,
        g6_a_search_sees_changes_immediately,
        g6_names_are_searched_inside_of_their_words,
        g6_a_search_honours_every_other_filter,
        g6_insides_go_with_the_names,
        g7_names_come_first_then_the_newest,
        g7_beginnings_come_before_insides_and_these_before_the_rest;
    staged_imports:
        s1_reserved_ids_belong_to_the_import_alone,
        s2_no_reader_sees_a_staged_product,
        s2_no_writer_reaches_a_staged_product,
        s3_publishing_shows_every_product_together,
        s3_the_record_of_the_request_commits_with_the_products,
        s4_an_import_that_is_over_takes_nothing_more,
        s4_an_import_is_published_or_discarded_never_both,
        s5_an_import_is_abandoned_when_its_lease_ends,
        s6_a_discarded_import_leaves_nothing_behind,
        s7_a_category_stays_as_long_as_an_import_needs_it,
        s8_other_writers_commit_between_the_units_of_an_import;
    ledger:
        l1_the_ledger_opens_with_what_there_is,
        l2_stock_and_ledger_move_together,
        l3_nothing_goes_below_none_or_beyond_the_limit,
        l4_of_movements_simultaneously_none_is_lost,
        l4_what_is_there_is_taken_once,
        l5_the_ledger_is_paged_newest_first;
    owned:
        w1_an_owned_product_comes_back_to_its_owner_only,
        w2_a_save_grows_the_version_and_a_stale_one_changes_nothing,
        w3_what_is_named_is_there_and_no_product_is_entered_twice,
        w3_of_many_who_enter_one_thing_one_succeeds,
        w4_every_order_and_filter_is_exact,
        w5_what_somebody_owns_is_owned,
        w6_warranties_that_end_are_due_once,
        w6_of_two_who_warn_simultaneously_one_does,
        w7_a_forgotten_person_owns_nothing,
        w8_removing_what_is_not_there_gives_false,
        w9_who_locks_second_sees_what_the_first_wrote,
        a1_files_are_counted_by_what_they_belong_to;
}

/// A transaction, as closures get it.
type Tx = dyn ProductsTx;

kernel::fixture!(Fixture: Tx);

impl Fixture {
    async fn insert(&self, new: NewProduct) -> Product {
        let made = self.write(move |tx| tx.products().insert(std::slice::from_ref(&new))).await;
        made.into_iter().next().unwrap()
    }

    /// A plain product.
    async fn plain(&self, name: &str) -> Product {
        self.insert(named(name)).await
    }

    async fn get(&self, id: ProductId) -> Option<Product> {
        self.read(move |tx| tx.products().get(id)).await
    }

    async fn save(&self, product: &Product) -> Product {
        let product = product.clone();
        self.write(move |tx| {
            let mut product = product.clone();
            tx.products().save(&mut product)?;
            Ok(product)
        })
        .await
    }

    async fn category(&self, slug: &str, parent: Option<CategoryId>) -> Category {
        let new = category(slug, parent);
        self.write(move |tx| tx.categories().insert(&new)).await
    }
}

/// A product with nothing but a name.
fn named(name: &str) -> NewProduct {
    let command = CreateProduct::named(ProductName::parse(name).unwrap());
    NewProduct::from_command(&command, Currency::EUR, None, moment(0))
}

fn category(slug: &str, parent: Option<CategoryId>) -> NewCategory {
    NewCategory {
        name: CategoryName::parse(slug).unwrap(),
        slug: Slug::parse(slug).unwrap(),
        parent,
        created_at: moment(0),
    }
}

fn stock(count: i64) -> Stock {
    Stock::parse(count).unwrap()
}

fn no_product() -> ProductId {
    ProductId::parse(4_000_000_000_000_000_000).unwrap()
}

fn no_category() -> CategoryId {
    CategoryId::parse(4_000_000_000_000_000_000).unwrap()
}

fn numbered(page: u32, limit: u32) -> PageRequest {
    PageRequest { paging: Paging::Number(page), limit }
}

fn ids(products: &[Product]) -> Vec<i64> {
    products.iter().map(|product| product.id.get()).collect()
}
