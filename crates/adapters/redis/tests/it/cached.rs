//! Values survive being written down, whatever they hold; what is not whole is not read.

use adapter_redis::cached::{Cached, decode, encode};
use kernel::{Cursor, Page, Role, Timestamp, UserId};
use libtest_mimic::Trial;
use products::{
    Category, CategoryId, Product, ProductId,
    values::{
        Brand, CategoryName, Currency, LongText, Model, Money, Months, Price, ProductName, Slug,
        Specifications, Stock, Website,
    },
};
use tasks::{
    Task, TaskId,
    values::{Description, Priority, Status, Tag, Tags, Title},
};
use users::{
    user::User,
    values::{Bio, EmailAddress, PersonName, Provider, Status as AccountStatus, Username},
};

pub(crate) fn trials() -> Vec<Trial> {
    let case = |name: &str, run: fn()| {
        Trial::test(format!("cached::{name}"), move || {
            run();
            Ok(())
        })
    };
    vec![
        case("every_field_of_a_task_survives", || survives(&task())),
        case("a_task_of_few_fields_survives", || {
            let bare = Task {
                due: None,
                assignee: None,
                completed_at: None,
                deleted_at: None,
                tags: Tags::default(),
                description: Description::parse("").unwrap(),
                ..task()
            };
            survives(&bare);
        }),
        case("every_field_of_an_account_survives", || survives(&user())),
        case("every_field_of_a_product_survives", || {
            survives(&product());
            survives(&Product { category: None, website: None, ..product() });
        }),
        case("pages_and_categories_survive", || {
            let next = Cursor { order: "-id".to_owned(), values: Vec::new(), id: 7 };
            survives(&Page { items: vec![product()], total: Some(1), next: None });
            survives(&Page { items: vec![product(), product()], total: None, next: Some(next) });
            survives(&Page::<Product> { items: Vec::new(), total: None, next: None });
            survives(&Vec::<Category>::new());
            survives(&vec![category()]);
        }),
        case("what_is_not_whole_is_not_read", || {
            not_read(&task(), "title");
            not_read(&user(), "email");
            not_read(&product(), "name");
            not_read(&vec![category()], "slug");
        }),
    ]
}

fn product() -> Product {
    let moment = |micros| Timestamp::from_micros(micros).unwrap();
    Product {
        id: ProductId::parse(7).unwrap(),
        name: ProductName::parse("Lampe \"bleue\" é").unwrap(),
        category: Some(CategoryId::parse(3).unwrap()),
        brand: Brand::parse("b").unwrap(),
        model: Model::parse("").unwrap(),
        description: LongText::parse(" d\n").unwrap(),
        price: Money { amount: Some(Price::parse(1999).unwrap()), currency: Currency::EUR },
        stock: Stock::parse(3).unwrap(),
        warranty_months: Months::parse(24).unwrap(),
        warranty_conditions: LongText::parse("w").unwrap(),
        website: Some(Website::parse("https://example.com").unwrap()),
        specifications: Specifications::parse("{\"n\":0.1}").unwrap(),
        status: products::values::Status::Draft,
        created_at: moment(1),
        updated_at: moment(2),
        version: 4,
    }
}

fn category() -> Category {
    Category {
        id: CategoryId::parse(7).unwrap(),
        name: CategoryName::parse("Büro").unwrap(),
        slug: Slug::parse("buro").unwrap(),
        parent: Some(CategoryId::parse(2).unwrap()),
        created_at: Timestamp::from_micros(1).unwrap(),
        updated_at: Timestamp::from_micros(2).unwrap(),
        version: 4,
    }
}

fn survives<V: Cached + PartialEq + std::fmt::Debug>(value: &V) {
    assert_eq!(decode::<V>(&encode(value)).as_ref(), Some(value));
}

fn not_read<V: Cached + PartialEq + std::fmt::Debug>(value: &V, field: &str) {
    let whole = String::from_utf8(encode(value)).unwrap();
    for bad in [
        String::new(),
        "null".to_owned(),
        whole.get(..whole.len() / 2).unwrap().to_owned(),
        whole.replace(&format!("\"{field}\""), "\"other\""),
        whole.replace("\"version\"", "\"more\":1,\"version\""),
        whole.replace("\"id\":7", "\"id\":-7"),
    ] {
        assert_ne!(bad, whole);
        assert_eq!(decode::<V>(bad.as_bytes()), None, "{bad}");
    }
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A task with every field set, at the extremes where there are some.
pub(crate) fn task() -> Task {
    let tags = (0..20).map(|n| Tag::parse(&format!("tag {n} é")).unwrap()).collect();
    Task {
        id: TaskId::parse(7).unwrap(),
        title: Title::parse("Wäsche \"kochen\" \\ 洗濯").unwrap(),
        description: Description::parse(&"ü\n".repeat(4000)).unwrap(),
        status: Status::Completed,
        priority: Priority::High,
        due: Some(moment("9999-12-31T23:59:59.999999Z")),
        owner: UserId::parse(i64::MAX).unwrap(),
        assignee: Some(UserId::parse(1).unwrap()),
        tags: Tags::parse(tags).unwrap(),
        completed_at: Some(moment("2026-11-21T08:00:00.000001Z")),
        created_at: moment("0001-01-01T00:00:00Z"),
        updated_at: moment("2026-11-21T08:00:00.123456Z"),
        deleted_at: Some(moment("2026-11-22T00:00:00Z")),
        version: i64::MAX,
    }
}

fn user() -> User {
    User {
        id: UserId::parse(7).unwrap(),
        username: Username::parse("Ada.L-1_x").unwrap(),
        email: EmailAddress::parse("ada@example.com").unwrap(),
        role: Role::SuperAdmin,
        status: AccountStatus::Suspended,
        first_name: PersonName::parse("Ada").unwrap(),
        last_name: PersonName::parse("de l'Écluse").unwrap(),
        bio: Bio::parse("line\nline").unwrap(),
        avatar: Some("/files/1".to_owned()),
        locale: kernel::Locale::DEFAULT,
        provider: Provider::GitHub,
        email_verified: true,
        phone: kernel::PhoneNumber::parse("+33612345678").ok(),
        two_factor_enabled: true,
        created_at: moment("2026-01-01T00:00:00Z"),
        updated_at: moment("2026-11-21T08:00:00.123456Z"),
        last_login_at: Some(moment("2026-11-21T08:00:00Z")),
        purge_at: Some(moment("2026-12-21T08:00:00.000001Z")),
        version: 3,
    }
}
