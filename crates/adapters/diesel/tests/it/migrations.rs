//! Migrations go up and down and up again, on both engines alike, and make what `table!` and `row!`
//! say.

use std::{collections::BTreeMap, path::Path, thread};

use diesel::connection::SimpleConnection as _;
use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query,
    sql_types::Text,
};
use libtest_mimic::Trial;

use crate::{Engine, fixture::Fixture};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// What only one engine has, and `schema.rs` therefore does not.
const OWN: [&str; 11] = [
    "outbox.ticket",
    "files.words",
    "messages.words",
    "tasks.words",
    "users.names_words",
    "users.all_words",
    "products.name_words",
    "products.words",
    "search_docs.words",
    "outbox_head",
    "chat_online",
];

pub(crate) fn trials((name, _): Engine) -> Vec<Trial> {
    let make: fn() -> Fixture =
        if name == "sqlite" { Fixture::sqlite } else { Fixture::empty_postgres };
    let tests: [(&str, fn(&Fixture)); 4] = [
        ("up_down_up_ends_where_it_began", up_down_up_ends_where_it_began),
        ("columns_are_those_of_the_schema", columns_are_those_of_the_schema),
        (
            "processes_that_start_simultaneously_take_turns",
            processes_that_start_simultaneously_take_turns,
        ),
        ("things_entered_twice_stay", things_entered_twice_stay),
    ];
    tests
        .into_iter()
        .map(|(test, run)| {
            Trial::test(format!("{name}::migrations::{test}"), move || {
                run(&make());
                Ok(())
            })
        })
        .collect()
}

fn lines(fixture: &Fixture, sqlite: &str, postgres: &str) -> Vec<String> {
    let url = fixture.url();
    let found: Vec<Line> = match url.strip_prefix("sqlite://") {
        Some(path) => {
            let mut conn = SqliteConnection::establish(path).unwrap();
            sql_query(sqlite).load(&mut conn).unwrap()
        }
        None => sql_query(postgres).load(&mut PgConnection::establish(&url).unwrap()).unwrap(),
    };
    found.into_iter().map(|line| line.line).collect()
}

/// Everything that a migration can make.
fn dump(fixture: &Fixture) -> Vec<String> {
    lines(
        fixture,
        "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS line FROM sqlite_schema \
         WHERE name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         ORDER BY 1",
        "SELECT line::text FROM ( \
           SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || \
             is_nullable || ' ' || coalesce(collation_name, '') || ' ' || \
             coalesce(column_default, '') AS line \
           FROM information_schema.columns \
           WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%' \
           UNION ALL SELECT 'index ' || indexdef FROM pg_indexes \
             WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_diesel%' \
           UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) \
             FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
             AND conrelid::regclass::text NOT LIKE '\\_\\_diesel%' \
           UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger \
             WHERE NOT tgisinternal \
           UNION ALL SELECT 'function ' || proname FROM pg_proc \
             WHERE pronamespace = 'public'::regnamespace \
             AND proname NOT LIKE 'diesel\\_%') AS everything ORDER BY 1",
    )
}

fn up_down_up_ends_where_it_began(fixture: &Fixture) {
    let db = fixture.open();
    let bare = dump(fixture);
    assert_eq!(bare, Vec::<String>::new());
    let names = db.migrate_up().unwrap();
    let after = dump(fixture);
    assert!(after.len() > 20, "{after:?}");
    assert_eq!(db.migrate_up().unwrap(), Vec::<String>::new());
    let status = db.migrate_status().unwrap();
    assert!(status.iter().all(|(_, applied)| *applied));
    assert_eq!(status.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), names);
    // One at a time, each step back and forth.
    for steps in 1..=u32::try_from(names.len()).unwrap() {
        assert_eq!(db.migrate_down(steps).unwrap().len(), steps as usize);
        assert_eq!(db.migrate_up().unwrap().len(), steps as usize);
        assert_eq!(dump(fixture), after);
    }
    assert_eq!(db.migrate_down(99).unwrap().len(), names.len());
    assert_eq!(dump(fixture), bare);
    assert_eq!(db.migrate_down(1).unwrap(), Vec::<String>::new());
}

fn processes_that_start_simultaneously_take_turns(fixture: &Fixture) {
    let db = fixture.open();
    let applied: Vec<usize> = thread::scope(|scope| {
        let hands: Vec<_> =
            (0..4).map(|_| scope.spawn(|| db.migrate_up().unwrap().len())).collect();
        hands.into_iter().map(|hand| hand.join().unwrap()).collect()
    });
    let all = db.migrate_status().unwrap().len();
    assert_eq!(applied.iter().sum::<usize>(), all, "{applied:?}");
}

fn run(fixture: &Fixture, sql: &str) -> Result<(), diesel::result::Error> {
    let url = fixture.url();
    match url.strip_prefix("sqlite://") {
        Some(path) => SqliteConnection::establish(path).unwrap().batch_execute(sql),
        None => PgConnection::establish(&url).unwrap().batch_execute(sql),
    }
}

/// Rows from before duplicate serial numbers of one owner were refused.
fn things_entered_twice_stay(fixture: &Fixture) {
    let db = fixture.open();
    let names = db.migrate_up().unwrap();
    let rule = names.iter().position(|name| name.ends_with("_one_of_a_kind")).unwrap();
    db.migrate_down(u32::try_from(names.len() - rule).unwrap()).unwrap();
    let thing = "INSERT INTO user_products (user_id, product_id, edition, serial_number, currency, \
                 notes, status, created_at, updated_at, version) VALUES (1, 1, '', '', 'EUR', '', 0, 1, 1, 1)";
    let references = if fixture.url().starts_with("sqlite") {
        "PRAGMA foreign_keys = OFF; "
    } else {
        "SET session_replication_role = replica; "
    };
    for _ in 0..3 {
        run(fixture, &format!("{references}{thing}")).unwrap();
    }
    db.migrate_up().unwrap();
    let query = "SELECT id || ' ' || duplicate AS line FROM user_products ORDER BY id";
    assert_eq!(lines(fixture, query, query), ["1 0", "2 1", "3 2"]);
    run(fixture, &format!("{references}{thing}")).unwrap_err();
}

/// Tables, columns and whether they can be null, as `table!` and `row!` have them.
fn schema() -> BTreeMap<String, bool> {
    let mut columns = BTreeMap::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with("schema.rs") || path.ends_with("rows.rs") {
                tables(&std::fs::read_to_string(path).unwrap(), &mut columns);
            }
        }
    }
    columns
}

/// Lines such as `id -> BigInt,` below `users (id) {`, and `id: BigInt => i64,` below
/// `row!(UserRow => UserRecord in users (id) {`.
fn tables(text: &str, columns: &mut BTreeMap<String, bool>) {
    let mut table = String::new();
    for line in text.lines().map(str::trim) {
        let column = line.split_once(" -> ").or_else(|| line.split_once(": "));
        if let Some((head, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            head.rsplit(' ').next().unwrap().clone_into(&mut table);
        } else if let Some((name, kind)) = column.filter(|_| line.ends_with(',')) {
            columns.insert(format!("{table}.{name}"), kind.starts_with("Nullable"));
        }
    }
}

fn columns_are_those_of_the_schema(fixture: &Fixture) {
    fixture.open().migrate_up().unwrap();
    let found = lines(
        fixture,
        "SELECT t.name || '.' || c.name || ' ' || (c.\"notnull\" OR c.pk > 0) AS line \
         FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' \
         AND t.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' \
         AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name NOT LIKE '%\\_words%' ESCAPE '\\'",
        "SELECT (table_name || '.' || column_name || ' ' || \
         CASE is_nullable WHEN 'NO' THEN '1' ELSE '0' END)::text AS line \
         FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%'",
    );
    let mut columns = BTreeMap::new();
    for line in found {
        let (name, not_null) = line.split_once(' ').unwrap();
        let own = OWN.iter().any(|own| name == *own || name.split('.').next() == Some(own));
        if !own {
            // Given after the commit on PostgreSQL, and only read where it is given.
            let nullable = not_null == "0" && name != "outbox.seq";
            columns.insert(name.to_owned(), nullable);
        }
    }
    assert_eq!(columns, schema());
}
