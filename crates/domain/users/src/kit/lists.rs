//! Pages, filters and search. What is expected is reckoned here, in plain Rust, from the
//! definitions in `query`.

use std::cmp::Ordering;

use kernel::{Cursor, Page, PageRequest, Paging, Role, SearchQuery, SortKey, page::Direction};

use super::{Fixture, email, moment, name, newcomer, username};
use crate::{
    query::{SearchIn, UserFilter, UserSort},
    user::{NewUser, User},
    values::{Bio, Provider, Status},
};

use Direction::{Ascending, Descending};

/// Accounts with many equal values.
async fn crowd(fixture: &Fixture) -> Vec<User> {
    let names = ["bob", "Bob-2", "anna", "ZED", "zed.", "_x_", "-x-", "b0b", "B_B", "b.b", "A99"];
    let people = ["Zoë", "", "Ada", "O'Neil", "%", "Anna Maria", "ada"];
    let mut users = Vec::new();
    for number in 0..22_usize {
        let username = format!("{}{}", names[number % names.len()], number / names.len());
        let mut user = fixture
            .insert(NewUser {
                provider: Provider::ALL[number % 5 % 4],
                role: Role::ALL[number % 4],
                first_name: name(people[number % people.len()]),
                last_name: name(people[number / 2 % people.len()]),
                created_at: moment(i64::try_from(number * 5 % 4).unwrap()),
                ..newcomer(&username)
            })
            .await;
        if number % 3 == 1 {
            user.status = Status::Suspended;
            user = fixture.save(&user).await;
        }
        users.push(user);
    }
    for number in [21, 9, 0] {
        let id = users.remove(number).id;
        fixture.write(move |tx| tx.users().remove(id, moment(9)).map(|_| ())).await;
    }
    users
}

fn by(field: UserSort, direction: Direction) -> SortKey<UserSort> {
    SortKey { field, direction }
}

async fn page(
    fixture: &Fixture,
    filter: &UserFilter,
    order: &[SortKey<UserSort>],
    paging: Paging,
    limit: u32,
) -> Page<User> {
    let (filter, order) = (filter.clone(), order.to_vec());
    let request = PageRequest { paging, limit };
    fixture.read(move |tx| tx.users().list(&filter, &order, &request)).await
}

/// Everything that matches, page after page by number; checks what the pages say of themselves.
async fn by_number(
    fixture: &Fixture,
    filter: &UserFilter,
    order: &[SortKey<UserSort>],
    limit: u32,
) -> Vec<User> {
    let (mut all, mut totals) = (Vec::new(), Vec::new());
    for number in 1.. {
        let page = page(fixture, filter, order, Paging::Number(number), limit).await;
        assert_eq!(page.next, None, "numbered pages have no cursor");
        assert!(page.items.len() <= limit as usize);
        totals.push(page.total);
        if page.items.is_empty() {
            break;
        }
        all.extend(page.items);
    }
    let total = Some(all.len() as u64);
    assert!(totals.iter().all(|counted| *counted == total), "{totals:?} but {total:?}");
    all
}

/// The same, page after page by cursor; each cursor makes the journey to a client and back.
async fn by_cursor(
    fixture: &Fixture,
    filter: &UserFilter,
    order: &[SortKey<UserSort>],
    limit: u32,
) -> Vec<User> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = page(fixture, filter, order, Paging::Cursor(cursor), limit).await;
        assert_eq!(page.total, None, "cursor pages are not counted");
        let full = page.items.len() == limit as usize;
        all.extend(page.items);
        let Some(next) = page.next else { return all };
        assert!(full, "only a full page has a next one");
        assert_eq!(next.order, kernel::page::order_text(order, &UserSort::ALL));
        cursor = Some(Cursor::decode(&next.encode()).unwrap());
        assert_eq!(cursor.as_ref(), Some(&next));
    }
}

fn ids(users: &[User]) -> Vec<i64> {
    users.iter().map(|user| user.id.get()).collect()
}

/// What the order is by definition.
fn sorted(users: &[User], order: &[SortKey<UserSort>]) -> Vec<i64> {
    let directed = |ordering: Ordering, direction| match direction {
        Ascending => ordering,
        Descending => ordering.reverse(),
    };
    let mut users = users.to_vec();
    users.sort_by(|a, b| {
        for key in order {
            let ordering =
                directed(key.field.sort_value(a).cmp(&key.field.sort_value(b)), key.direction);
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        directed(a.id.cmp(&b.id), order.last().map_or(Ascending, |key| key.direction))
    });
    ids(&users)
}

async fn check_order(fixture: &Fixture, users: &[User], order: &[SortKey<UserSort>]) {
    let everybody = UserFilter::default();
    let expected = sorted(users, order);
    for limit in [4, 100] {
        let numbered = by_number(fixture, &everybody, order, limit).await;
        assert_eq!(ids(&numbered), expected, "by number, {order:?}, limit {limit}");
    }
    for limit in [1, 4, 100] {
        let followed = by_cursor(fixture, &everybody, order, limit).await;
        assert_eq!(ids(&followed), expected, "by cursor, {order:?}, limit {limit}");
    }
}

pub(super) async fn a7_every_order_is_the_same_by_number_and_by_cursor(fixture: Fixture) {
    let users = crowd(&fixture).await;
    for (_, field) in UserSort::ALL {
        for direction in [Ascending, Descending] {
            check_order(&fixture, &users, &[by(field, direction)]).await;
        }
    }
}

pub(super) async fn a7_two_keys_order_one_after_the_other(fixture: Fixture) {
    let users = crowd(&fixture).await;
    for (first, second) in
        [(UserSort::CreatedAt, UserSort::Username), (UserSort::CreatedAt, UserSort::Id)]
    {
        for (a, b) in [(Ascending, Descending), (Descending, Ascending), (Descending, Descending)] {
            check_order(&fixture, &users, &[by(first, a), by(second, b)]).await;
        }
    }
}

fn search(text: &str, place: SearchIn) -> UserFilter {
    UserFilter { search: Some((SearchQuery::parse(text).unwrap(), place)), ..UserFilter::default() }
}

pub(super) async fn a7_every_filter_gives_exactly_what_matches(fixture: Fixture) {
    let mut users = crowd(&fixture).await;
    for user in users.iter_mut().step_by(3) {
        *user = fixture.save(&User { purge_at: Some(moment(1)), ..user.clone() }).await;
    }
    let any = UserFilter::default();
    let mut filters = vec![any.clone(), UserFilter { open_only: true, ..any.clone() }];
    filters.push(UserFilter { open_only: true, ..search("ada", SearchIn::Names) });
    for role in Role::ALL {
        filters.push(UserFilter { role: Some(role), ..any.clone() });
        filters.push(UserFilter {
            role: Some(role),
            status: Some(Status::Active),
            except: Some(users[4].id),
            ..any.clone()
        });
    }
    for status in Status::ALL {
        filters.push(UserFilter { status: Some(status), ..any.clone() });
        filters.push(UserFilter { status: Some(status), ..search("ada", SearchIn::Names) });
    }
    for provider in Provider::ALL {
        filters.push(UserFilter { provider: Some(provider), ..any.clone() });
    }
    for user in &users[..3] {
        filters.push(UserFilter { except: Some(user.id), ..any.clone() });
    }
    for place in [SearchIn::Names, SearchIn::NamesAndEmail] {
        for text in ["b", "ada", "zo", "example", "anna maria", "x b", "o neil"] {
            filters.push(search(text, place));
        }
    }
    let order = [by(UserSort::Username, Ascending)];
    for filter in filters {
        let matching: Vec<User> = users.iter().filter(|u| filter.matches(u)).cloned().collect();
        let expected = sorted(&matching, &order);
        let numbered = by_number(&fixture, &filter, &order, 5).await;
        assert_eq!(ids(&numbered), expected, "{filter:?}");
        assert_eq!(by_cursor(&fixture, &filter, &order, 5).await, numbered, "{filter:?}");
    }
}

/// Whom a search finds.
async fn found(fixture: &Fixture, text: &str, place: SearchIn) -> Vec<String> {
    let order = [by(UserSort::Id, Ascending)];
    let users = by_number(fixture, &search(text, place), &order, 100).await;
    users.into_iter().map(|user| user.username.as_str().to_owned()).collect()
}

pub(super) async fn a7_words_find_by_their_beginning(fixture: Fixture) {
    for (user, first, last, address) in [
        ("ada.lovelace", "Ada", "Lovelace", "countess@analytical.example"),
        ("grace_h", "Grace Brewster", "Hopper", "amazing@navy.example"),
        ("zoe", "ZOË", "Dvořák-Müller", "zoe@example.org"),
    ] {
        fixture
            .insert(NewUser {
                first_name: name(first),
                last_name: name(last),
                email: email(address),
                ..newcomer(user)
            })
            .await;
    }
    let names = SearchIn::Names;
    assert_eq!(found(&fixture, "LOVE", names).await, ["ada.lovelace"]);
    assert_eq!(found(&fixture, "lace", names).await, [""; 0]);
    assert_eq!(found(&fixture, "brew hop", names).await, ["grace_h"]);
    assert_eq!(found(&fixture, "hop brew gra", names).await, ["grace_h"]);
    assert_eq!(found(&fixture, "hop ada", names).await, [""; 0]);
    assert_eq!(found(&fixture, "zoë", names).await, ["zoe"]);
    assert_eq!(found(&fixture, "dvoř mül", names).await, ["zoe"]);
    assert_eq!(found(&fixture, "h", names).await, ["grace_h"]);
    // the address is looked into only where that is asked for, and then words may stand anywhere
    assert_eq!(found(&fixture, "countess", names).await, [""; 0]);
    let both = SearchIn::NamesAndEmail;
    assert_eq!(found(&fixture, "countess", both).await, ["ada.lovelace"]);
    assert_eq!(found(&fixture, "ada analyt", both).await, ["ada.lovelace"]);
    assert_eq!(found(&fixture, "example", both).await, ["ada.lovelace", "grace_h", "zoe"]);
}

pub(super) async fn a7_nothing_in_a_query_is_syntax(fixture: Fixture) {
    fixture.insert(NewUser { first_name: name("or and not near"), ..newcomer("ada") }).await;
    fixture.insert(NewUser { first_name: name("100% a_b"), ..newcomer("grace") }).await;
    for (text, expected) in [
        ("OR", vec!["ada"]),
        ("not", vec!["ada"]),
        ("near(ada, or)", vec!["ada"]),
        ("ada OR grace", vec![]),
        ("-ada", vec!["ada"]),
        ("ad*", vec!["ada"]),
        ("\"or and\"", vec!["ada"]),
        ("100%", vec!["grace"]),
        ("%1", vec!["grace"]),
        ("%00", vec![]),
        ("a_b", vec!["grace"]),
        ("gr_ce", vec![]),
        ("grace:* & | !", vec!["grace"]),
        ("first_name:or", vec![]),
        ("' OR 1=1 --", vec![]),
    ] {
        assert_eq!(found(&fixture, text, SearchIn::Names).await, expected, "{text}");
    }
}

pub(super) async fn a7_a_search_sees_changes_immediately(fixture: Fixture) {
    let ada = fixture.account("ada").await;
    let renamed = fixture
        .save(&User {
            username: username("countess"),
            first_name: name("Augusta"),
            bio: Bio::parse("mathematician").unwrap(),
            email: email("aug@king.example"),
            ..ada
        })
        .await;
    let both = SearchIn::NamesAndEmail;
    assert_eq!(found(&fixture, "ada", both).await, [""; 0]);
    assert_eq!(found(&fixture, "augusta", SearchIn::Names).await, ["countess"]);
    assert_eq!(found(&fixture, "king", both).await, ["countess"]);
    assert_eq!(found(&fixture, "mathematician", both).await, [""; 0]);
    fixture.write(move |tx| tx.users().remove(renamed.id, moment(1)).map(|_| ())).await;
    assert_eq!(found(&fixture, "countess", both).await, [""; 0]);
}

pub(super) async fn a7_a_cursor_leads_on_when_its_row_is_gone(fixture: Fixture) {
    let users = crowd(&fixture).await;
    let (everybody, order) = (UserFilter::default(), [by(UserSort::CreatedAt, Descending)]);
    let expected = sorted(&users, &order);
    let first = page(&fixture, &everybody, &order, Paging::Cursor(None), 5).await;
    let last = first.items[4].id;
    fixture.write(move |tx| tx.users().remove(last, moment(9)).map(|_| ())).await;
    let rest = page(&fixture, &everybody, &order, Paging::Cursor(first.next), 100).await;
    assert_eq!(ids(&rest.items), expected[5..]);
    assert_eq!(rest.next, None);
}

pub(super) async fn a7_the_empty_and_the_last_page_say_so(fixture: Fixture) {
    let (everybody, order) = (UserFilter::default(), [by(UserSort::Id, Ascending)]);
    let empty = Page { items: Vec::new(), total: Some(0), next: None };
    assert_eq!(page(&fixture, &everybody, &order, Paging::Number(1), 5).await, empty);
    let empty = Page { total: None, ..empty };
    assert_eq!(page(&fixture, &everybody, &order, Paging::Cursor(None), 5).await, empty);
    for number in 0..10 {
        fixture.account(&format!("user{number}")).await;
    }
    let first = page(&fixture, &everybody, &order, Paging::Cursor(None), 5).await;
    assert!(first.next.is_some());
    let last = page(&fixture, &everybody, &order, Paging::Cursor(first.next), 5).await;
    assert_eq!((last.items.len(), last.next), (5, None), "a full last page is still the last");
    let past = page(&fixture, &everybody, &order, Paging::Number(3), 5).await;
    assert_eq!(past, Page { items: Vec::new(), total: Some(10), next: None });
}
