//! Large imports: what others see and do meanwhile, and what a kill leaves.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use alveole_tests::{Answer, Backend, Client, Server, eventually, server::PASSWORD};
use serde_json::json;

const ADMIN: &str = "/api/v1/admin/products";
const ROWS: usize = 4000;

/// A file of new products, and a change of `changed`.
fn file(changed: i64) -> String {
    let mut text = "id,name,price,stock,brand\n".to_owned();
    for row in 0..ROWS {
        writeln!(text, ",Import number {row},{row},{},Talas", row % 5).unwrap();
    }
    writeln!(text, "{changed},Renamed,,,").unwrap();
    text
}

fn import(keeper: &Client, text: &str) -> Result<Answer, String> {
    let request = keeper.request("POST", &format!("{ADMIN}/import"));
    request.header("Idempotency-Key", "spring").raw("text/csv", text.as_bytes()).try_send()
}

/// How many products each reader sees; one of them is not of the file.
fn seen(keeper: &Client, changed: i64) -> usize {
    let list = keeper.get(&format!("{ADMIN}?limit=100")).expect(200);
    let total = list.at("/pagination/total").as_u64().unwrap();
    assert_eq!(list.ids().len(), if total == 1 { 1 } else { 100 });
    let name = keeper.get(&format!("{ADMIN}/{changed}")).expect(200);
    // Read after the list, so that the list may be older, but never newer.
    assert!(total == 1 || name.at("/data/name") == "Renamed", "{total} are listed");
    usize::try_from(total).unwrap()
}

pub(crate) fn an_import_is_seen_whole_and_lets_others_write(backend: Backend) {
    let server = Server::start(backend);
    let keeper = server.admin().client;
    let lamp = keeper.post(ADMIN, &json!({"name": "Lamp", "price": 1})).expect(201).id();
    let ada = server.person("ada");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers = [&keeper, &server.anonymous()].map(|client| {
            let client = client.clone();
            let (keeper, over) = (&keeper, &over);
            scope.spawn(move || {
                let mut totals = Vec::new();
                while !over.load(Ordering::SeqCst) {
                    totals.push(seen(keeper, lamp));
                    let found = client.get("/api/v1/products/search?q=import").expect(200);
                    assert!([0, 10].contains(&found.rows().len()), "{}", found.text);
                }
                totals
            })
        });
        let writer = scope.spawn(|| {
            let mut written = 0;
            while !over.load(Ordering::SeqCst) {
                ada.new_task(&json!({"title": "Water the plants"})).expect(201);
                written += 1;
            }
            written
        });
        let report = import(&keeper, &file(lamp)).unwrap().expect(200);
        over.store(true, Ordering::SeqCst);
        assert_eq!(report.at("/data/imported"), ROWS);
        assert_eq!(report.at("/data/updated"), 1);
        for reader in readers {
            let totals = reader.join().unwrap();
            assert!(totals.iter().all(|total| [1, ROWS + 1].contains(total)), "{totals:?}");
        }
        let written: usize = writer.join().unwrap();
        assert!(written >= 10, "{written} tasks in the time of 40 units");
    });
    assert_eq!(seen(&keeper, lamp), ROWS + 1);
    let again = import(&keeper, &file(lamp)).unwrap().expect(200);
    assert_eq!(again.must_have("idempotency-replayed"), "true");
    assert_eq!(server.sql("SELECT count(*) FROM staged_imports").trim(), "0");
}

pub(crate) fn a_killed_import_leaves_nothing_and_can_be_sent_again(backend: Backend) {
    let mut server = Server::start(backend);
    let keeper = server.admin();
    let lamp = keeper.client.post(ADMIN, &json!({"name": "Lamp", "price": 1})).expect(201).id();
    let text = file(lamp);
    let rows = |server: &Server| -> usize {
        server.sql("SELECT count(*) FROM products").trim().parse().unwrap()
    };
    let sender = thread::spawn({
        let (keeper, text) = (keeper.client.clone(), text.clone());
        move || import(&keeper, &text)
    });
    let begun = eventually(Duration::from_secs(60), || rows(&server) > 200);
    assert!(begun, "nothing was staged");
    server.kill9();
    let answered = sender.join().unwrap();
    server.restart();
    let keeper = server.sign_in(&keeper.email, PASSWORD).client;
    if answered.is_err() && rows(&server) <= ROWS {
        assert_eq!(seen(&keeper, lamp), 1, "half an import is seen");
    }
    let sent_again = import(&keeper, &text).unwrap().expect(200);
    assert_eq!(sent_again.at("/data/imported"), ROWS);
    assert_eq!(seen(&keeper, lamp), ROWS + 1);
    // The lease of the dead process ends after a minute; here it has ended already.
    server.sql("UPDATE staged_imports SET until = 0");
    let run = server.command(&["schedules", "run", "products.discard_imports"]).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    assert!(eventually(Duration::from_secs(60), || rows(&server) == ROWS + 1));
    assert_eq!(seen(&keeper, lamp), ROWS + 1);
}
