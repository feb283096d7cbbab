//! The catalogue, its stock, imports, and what people own.

use alveole_tests::{Answer, Backend, Client, Person, Server, simultaneously};
use serde_json::{Value, json};

const ADMIN: &str = "/api/v1/admin/products";
const OPEN: &str = "/api/v1/products";
const OWNED: &str = "/api/v1/user-products";

fn make(keeper: &Person, body: &Value) -> Answer {
    keeper.client.post(ADMIN, body).expect(201)
}

fn names(answer: &Answer) -> Vec<String> {
    answer.rows().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

/// The whole ledger of a product, oldest first; checks that it adds up to the stock.
fn adds_up(keeper: &Person, id: i64) -> usize {
    let mut entries = keeper.client.every_row(&format!("{ADMIN}/{id}/stock?limit=100"));
    entries.reverse();
    let mut balance = 0;
    for entry in &entries {
        balance += entry["delta"].as_i64().unwrap();
        assert_eq!(entry["balance"], balance, "{entries:?}");
    }
    let product = keeper.client.get(&format!("{ADMIN}/{id}")).expect(200);
    assert_eq!(product.at("/data/stock"), balance);
    entries.len()
}

pub(crate) fn a_product_from_birth_to_its_end(backend: Backend) {
    let server = Server::start(backend);
    let keeper = server.admin();
    let open = server.anonymous();
    let shelf = keeper.client.post("/api/v1/admin/categories", &json!({"name": "Audio Été"}));
    assert_eq!(shelf.expect(201).at("/data/slug"), "audio-ete");
    let made = make(
        &keeper,
        &json!({
            "name": " Talas MK-2 ", "category_id": 1, "brand": "Talas Audio", "model": "MK-2",
            "description": "Next generation", "price": 39900, "stock": 12, "warranty_months": 24,
            "manufacturer_website": "https://example.com/mk2",
            "specifications": {"inputs": 4, "rate": {"max": "192kHz"}}, "status": "draft"
        }),
    );
    let id = made.id();
    assert_eq!(made.at("/data/name"), "Talas MK-2");
    assert_eq!((made.at("/data/price"), made.at("/data/currency")), (&json!(39900), &json!("EUR")));
    assert_eq!(made.must_have("location"), format!("{ADMIN}/{id}"));
    // A draft is there for those who keep the catalogue, and for nobody else.
    open.get(&format!("{OPEN}/{id}")).problem(404, "products.not_found");
    assert!(open.get(OPEN).expect(200).rows().is_empty());
    assert_eq!(keeper.client.get(&format!("{ADMIN}?status=draft&q=next")).expect(200).ids(), [id]);
    let change = json!({"status": "active", "specifications": null, "description": null});
    let now = keeper.client.put(&format!("{ADMIN}/{id}"), &change).expect(200);
    assert_eq!((now.at("/data/specifications"), now.at("/data/stock")), (&json!({}), &json!(12)));
    assert_eq!(open.get(OPEN).expect(200).ids(), [id]);
    let seen = open.get(&format!("{OPEN}/{id}")).expect(200);
    let known = open.request("GET", &format!("{OPEN}/{id}")).header("if-none-match", &seen.etag());
    known.send().expect(304);
    // The stock is not changed by PUT, and a sale outdates no editor, but every reader's copy.
    let put = keeper.client.put(&format!("{ADMIN}/{id}"), &json!({"stock": 1}));
    put.problem(400, "request.unknown_field");
    let sale = json!({"delta": -2, "reason": "sold"});
    let moved = keeper.client.post(&format!("{ADMIN}/{id}/stock"), &sale).expect(201);
    assert_eq!(
        (moved.at("/data/balance"), moved.at("/data/actor_id")),
        (&json!(10), &json!(keeper.id))
    );
    let known = open.request("GET", &format!("{OPEN}/{id}")).header("if-none-match", &seen.etag());
    assert_eq!(known.send().expect(200).at("/data/stock"), 10);
    let edit = |price: i64, etag: &str| {
        let request = keeper.client.request("PUT", &format!("{ADMIN}/{id}"));
        request.header("if-match", etag).json(&json!({"price": price})).send()
    };
    edit(100, &seen.etag()).expect(200);
    let late = edit(200, &seen.etag()).problem(412, "products.stale");
    assert_eq!(late.at("/current/price"), 100);
    // While somebody owns one it stays, also when it is no longer sold.
    let ada = server.person("ada");
    let mine = ada.client.post(OWNED, &json!({"product_id": id})).expect(201).id();
    keeper.client.delete(&format!("{ADMIN}/{id}")).problem(409, "products.in_use");
    keeper.client.put(&format!("{ADMIN}/{id}"), &json!({"status": "discontinued"})).expect(200);
    assert!(open.get(OPEN).expect(200).rows().is_empty());
    open.get(&format!("{OPEN}/{id}")).expect(200);
    ada.client.delete(&format!("{OWNED}/{mine}")).expect(200);
    keeper.client.delete("/api/v1/admin/categories/1").problem(409, "products.category_in_use");
    keeper.client.delete(&format!("{ADMIN}/{id}")).expect(200);
    keeper.client.get(&format!("{ADMIN}/{id}/stock")).problem(404, "products.not_found");
    keeper.client.delete("/api/v1/admin/categories/1").expect(200);
    let faults = keeper.client.post(
        ADMIN,
        &json!({
            "name": " ", "category_id": 0, "price": 19.99, "currency": "eur", "stock": -1,
            "warranty_months": 1201, "manufacturer_website": "javascript:x",
            "specifications": {"a": {"b": {"c": {"d": {"e": {}}}}}}, "status": "gone", "colour": 1
        }),
    );
    let faults = faults.problem(400, "request.invalid");
    assert_eq!(
        faults.faulty_fields(),
        [
            "/name",
            "/category_id",
            "/price",
            "/currency",
            "/stock",
            "/warranty_months",
            "/manufacturer_website",
            "/specifications",
            "/status",
            "/colour",
        ]
    );
}

pub(crate) fn two_hundred_movements_simultaneously_add_up(backend: Backend) {
    let server = Server::start(backend);
    let keeper = server.admin();
    let id = make(&keeper, &json!({"name": "busy", "stock": 50, "price": 1})).id();
    let stock = format!("{ADMIN}/{id}/stock");
    // Half come, half go, each sent twice under its key.
    let answers = simultaneously(200, |number| {
        let delta = if number % 2 == 0 { 3 } else { -1 };
        let body = json!({"delta": delta, "reason": format!("number {number}")});
        let client = server.client_of(&keeper);
        let send = || {
            let request = client.request("POST", &stock);
            request.header("idempotency-key", &format!("k{number}")).json(&body).send()
        };
        let first = send();
        let second = send().expect(first.status);
        assert_eq!(first.json, second.json);
        first
    });
    assert!(
        answers.iter().all(|answer| answer.status == 201),
        "{:?}",
        answers.iter().find(|a| a.status != 201)
    );
    assert_eq!(adds_up(&keeper, id), 201);
    let product = keeper.client.get(&format!("{OPEN}/{id}")).expect(200);
    assert_eq!(product.at("/data/stock"), 50 + 100 * 3 - 100);
    // What is there is taken once, and never more than that.
    let few = make(&keeper, &json!({"name": "few", "stock": 7, "price": 1})).id();
    let take = json!({"delta": -1, "reason": "mine"});
    let answers = simultaneously(40, |_| {
        server.client_of(&keeper).post(&format!("{ADMIN}/{few}/stock"), &take)
    });
    let got = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(got, 7);
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        answer.problem(409, "products.stock_insufficient");
    }
    assert_eq!(adds_up(&keeper, few), 8);
}

pub(crate) fn lists_and_searches_are_exact_after_every_write(backend: Backend) {
    let server = Server::start(backend);
    let keeper = server.admin();
    let open = server.anonymous();
    let category =
        |body: Value| keeper.client.post("/api/v1/admin/categories", &body).expect(201).id();
    let top = category(json!({"name": "Top"}));
    let below = category(json!({"name": "Below", "parent_id": top}));
    let cycle =
        keeper.client.put(&format!("/api/v1/admin/categories/{top}"), &json!({"parent_id": below}));
    cycle.problem(400, "products.category_cycle");
    let lamp = make(
        &keeper,
        &json!({"name": "Lampe bleutée", "category_id": below, "brand": "Ünï", "price": 1999}),
    )
    .id();
    make(&keeper, &json!({"name": "Torch 100%_", "brand": "Talas", "price": 500, "stock": 3}));
    make(&keeper, &json!({"name": "Stand", "description": "for a lampe", "price": 250}));
    let list = |query: &str| names(&open.get(&format!("{OPEN}?{query}")).expect(200));
    for _ in 0..2 {
        assert_eq!(list("sort=price"), ["Stand", "Torch 100%_", "Lampe bleutée"]);
        assert_eq!(list("sort=-name&limit=1"), ["Torch 100%_"]);
        assert_eq!(list(&format!("category_id={top}")), ["Lampe bleutée"]);
        assert_eq!(list("brand=%C3%BCN%C3%AF"), ["Lampe bleutée"]);
        assert_eq!(list("min_price=300&max_price=1000"), ["Torch 100%_"]);
        assert_eq!(list("in_stock=true"), ["Torch 100%_"]);
        assert_eq!(list("in_stock=false&sort=id&category_id=99").len(), 0);
        assert_eq!(list("q=lampes&sort=price"), ["Stand", "Lampe bleutée"]);
        assert_eq!(list("q=lampe&min_price=300"), ["Lampe bleutée"]);
        assert_eq!(list(&format!("q=lamp&category_id={top}&in_stock=false")), ["Lampe bleutée"]);
    }
    let page = open.get(&format!("{OPEN}?q=lampe&sort=price&limit=1&page=2")).expect(200);
    assert_eq!((names(&page), page.at("/pagination/total")), (list("q=bleut"), &json!(2)));
    let search = |query: &str| names(&open.get(&format!("{OPEN}/search?q={query}")).expect(200));
    assert_eq!(search("LAMP"), ["Lampe bleutée", "Stand"], "names come first");
    assert_eq!(search("bleutee"), ["Lampe bleutée"]);
    assert_eq!(search("LEUT%C3%A9"), ["Lampe bleutée"], "inside of a word");
    assert_eq!(search("ampe"), ["Lampe bleutée"], "not inside of a description's");
    assert_eq!(search("ee").len(), 0, "two characters begin");
    assert_eq!(search("alas"), ["Torch 100%_"]);
    assert_eq!(search("100%25"), ["Torch 100%_"]);
    assert_eq!(search("torch%25x").len(), 0);
    assert_eq!(search("lampe&max_price=300"), ["Stand"]);
    assert_eq!(search(&format!("lampe&category_id={top}")), ["Lampe bleutée"]);
    assert_eq!(search("lampe&sort=price"), ["Stand", "Lampe bleutée"]);
    assert_eq!(search("lampe&brand=talas").len(), 0);
    assert_eq!(open.get(&format!("{OPEN}/search?q=lamp&limit=1")).expect(200).rows().len(), 1);
    open.get(&format!("{OPEN}/search")).problem(400, "request.missing_field");
    open.get(&format!("{OPEN}?q=%25")).problem(400, "products.search_invalid");
    open.get(&format!("{OPEN}/search?q=lamp&sort=colour")).expect(400);
    open.get(&format!("{OPEN}/search?q=%25&limit=0")).problem(400, "request.invalid");
    open.get(&format!("{OPEN}?min_price=1.5&in_stock=yes&q=x")).problem(400, "request.invalid");
    // What was written is in the next answer.
    keeper.client.put(&format!("{ADMIN}/{lamp}"), &json!({"name": "Lanterne"})).expect(200);
    assert_eq!(search("bleutee").len(), 0);
    assert_eq!(list("sort=-price&limit=1"), ["Lanterne"]);
    let delivery = json!({"delta": 1, "reason": "delivery"});
    keeper.client.post(&format!("{ADMIN}/{lamp}/stock"), &delivery).expect(201);
    assert_eq!(list("in_stock=true&sort=id"), ["Lanterne", "Torch 100%_"]);
    keeper
        .client
        .put(&format!("/api/v1/admin/categories/{below}"), &json!({"parent_id": null}))
        .expect(200);
    assert_eq!(list(&format!("category_id={top}")).len(), 0);
    assert_eq!(open.get("/api/v1/categories").expect(200).rows().len(), 2);
    keeper.client.delete(&format!("{ADMIN}/{lamp}")).expect(200);
    assert_eq!(list("sort=price"), ["Stand", "Torch 100%_"]);
    open.get(&format!("{OPEN}/{lamp}")).problem(404, "products.not_found");
}

fn send_file(client: &Client, mode: &str, key: &str, text: &str) -> Answer {
    let request = client.request("POST", &format!("{ADMIN}/import?mode={mode}"));
    request.header("idempotency-key", key).raw("text/csv; charset=utf-8", text.as_bytes()).send()
}

pub(crate) fn a_file_is_taken_whole_or_its_good_rows(backend: Backend) {
    let server = Server::start(backend);
    let keeper = server.admin();
    let count = || {
        keeper.client.get(&format!("{ADMIN}?limit=1")).expect(200).at("/pagination/total").clone()
    };
    let text = "name,price,stock,category_id,specifications\n\
                \"Lamp, blue\",1999,3,,\"{\"\"w\"\": 5}\"\n\
                ,19.99,1,,\n\
                Torch,500,0,77,\n\
                Stand,250,,,\n";
    let refused =
        send_file(&keeper.client, "all", "a", text).problem(422, "products.import_refused");
    assert_eq!(refused.faulty_fields(), ["/rows/3/name", "/rows/3/price", "/rows/4/category_id"]);
    assert_eq!(count(), 0);
    let taken = send_file(&keeper.client, "valid", "b", text).expect(200);
    assert_eq!((taken.at("/data/imported"), taken.at("/data/failed")), (&json!(2), &json!(2)));
    assert_eq!(taken.at("/data/errors/1/column"), "price");
    let again = send_file(&keeper.client, "valid", "b", text).expect(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!((again.json, count()), (taken.json, json!(2)));
    let other = send_file(&keeper.client, "valid", "b", "name\nx\n");
    other.problem(422, "idempotency.key_reused");
    let lamp = keeper.client.get(&format!("{ADMIN}?q=blue")).expect(200);
    assert_eq!(
        (lamp.at("/data/0/stock"), lamp.at("/data/0/specifications/w")),
        (&json!(3), &json!(5))
    );
    assert_eq!(adds_up(&keeper, lamp.ids()[0]), 1);
    // Thousands of rows, and then as many with a bad one at the end.
    let rows: Vec<String> = (0..5000).map(|n| format!("Bulk {n},{n},{}\n", n % 3)).collect();
    let rows = rows.concat();
    let many = format!("name,price,stock\n{rows}");
    let taken = send_file(&keeper.client, "all", "c", &many).expect(200);
    assert_eq!((taken.at("/data/imported"), count()), (&json!(5000), json!(5002)));
    let spoiled = format!("{many}last,no,1\n");
    send_file(&keeper.client, "all", "d", &spoiled).problem(422, "products.import_refused");
    assert_eq!(count(), 5002);
    let found = server.anonymous().get(&format!("{OPEN}/search?q=bulk+4999")).expect(200);
    assert_eq!(names(&found), ["Bulk 4999"]);
    // What is no such file is said to be none.
    for (text, code) in [
        ("", "products.import_column_missing"),
        ("name,prize\n", "products.import_column_unknown"),
        ("name,name\n", "products.import_column_twice"),
    ] {
        send_file(&keeper.client, "all", "e", text).problem(400, code);
    }
    send_file(&keeper.client, "some", "e", "name\n").problem(400, "products.import_mode_unknown");
    let json = keeper.client.post(&format!("{ADMIN}/import"), &json!({}));
    json.problem(415, "request.media_type");
    let wide = format!("name,description\nx,{}\n", "y".repeat(33 << 20));
    // A client that does not wait to be asked would hear of a closed connection.
    let request = keeper.client.request("POST", &format!("{ADMIN}/import"));
    let request = request.header("expect", "100-continue").raw("text/csv", wide.as_bytes());
    request.send().problem(413, "request.body_too_large");
}

pub(crate) fn what_one_owns_is_ones_own(backend: Backend) {
    let server = Server::start(backend);
    let keeper = server.admin();
    let shelf = keeper.client.post("/api/v1/admin/categories", &json!({"name": "Audio"}));
    let shelf = shelf.expect(201).id();
    let product = make(
        &keeper,
        &json!({
            "name": "MK-1", "brand": "Talas", "model": "One", "warranty_months": 24,
            "category_id": shelf, "currency": "CHF", "price": 29900
        }),
    )
    .id();
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    let body = json!({
        "product_id": product, "version": "2.0", "serial_number": "TAL-001234",
        "purchase_date": "2023-06-15", "purchase_price": 29900, "notes": "official store"
    });
    let mine = ada.client.post(OWNED, &body).expect(201);
    let path = mine.must_have("location").to_owned();
    for (field, value) in [
        ("user_id", json!(ada.id)),
        ("product_name", json!("MK-1")),
        ("category_name", json!("Audio")),
        ("brand", json!("Talas")),
        ("model", json!("One")),
        ("version", json!("2.0")),
        ("currency", json!("CHF")),
        ("warranty_expires", json!("2025-06-15")),
        ("is_under_warranty", json!(false)),
        ("status", json!("active")),
    ] {
        assert_eq!(mine.at(&format!("/data/{field}")), &value, "{field}");
    }
    ada.client.post(OWNED, &body).problem(409, "products.serial_taken");
    ada.client.post(OWNED, &json!({"product_id": 99})).problem(400, "products.product_unknown");
    for stranger in [&bob, &keeper] {
        stranger.client.get(&path).problem(404, "products.owned_not_found");
        stranger.client.put(&path, &json!({"notes": "x"})).problem(404, "products.owned_not_found");
        stranger.client.delete(&path).problem(404, "products.owned_not_found");
        assert!(stranger.client.get(OWNED).expect(200).rows().is_empty());
    }
    // The representation shows what the product is called, so its tag changes with that.
    let tag = ada.client.get(&path).expect(200).etag();
    keeper.client.put(&format!("{ADMIN}/{product}"), &json!({"name": "MK-1b"})).expect(200);
    let seen = ada.client.request("GET", &path).header("if-none-match", &tag).send().expect(200);
    assert_eq!(seen.at("/data/product_name"), "MK-1b");
    let change = json!({"warranty_expires": "9999-12-31", "status": "broken", "notes": null});
    let change = ada.client.request("PUT", &path).header("if-match", &tag).json(&change).send();
    let change = change.expect(200);
    assert_eq!(
        (change.at("/data/notes"), change.at("/data/is_under_warranty")),
        (&json!(""), &json!(true))
    );
    let late = ada.client.request("DELETE", &path).header("if-match", &tag).send();
    late.problem(412, "products.owned_stale");
    ada.client.post(OWNED, &json!({"product_id": product})).expect(201);
    let again = ada.client.post(OWNED, &json!({"product_id": product}));
    again.problem(409, "products.serial_taken");
    let count = |query: &str| ada.client.get(&format!("{OWNED}{query}")).expect(200).rows().len();
    assert_eq!((count(""), count("?status=broken"), count("?sort=-purchase_date")), (2, 1, 2));
    assert_eq!((count("/warranty"), count("/warranty?filter=active")), (1, 1));
    assert_eq!((count("/warranty?filter=expired"), count("/warranty?filter=expiring")), (0, 0));
    let unknown = ada.client.get(&format!("{OWNED}/warranty?filter=all"));
    unknown.problem(400, "products.warranty_filter_unknown");
    let export = ada.client.get("/api/v1/users/me/export").expect(200);
    assert_eq!(export.at("/owned_products").as_array().map(Vec::len), Some(2), "{export}");
    // Whoever leaves takes it all along, and then the product can go.
    let password = json!({"password": alveole_tests::server::PASSWORD});
    ada.client.request("DELETE", "/api/v1/users/me").json(&password).send().expect(200);
    let gone = || keeper.client.delete(&format!("{ADMIN}/{product}")).status == 200;
    assert!(alveole_tests::eventually(std::time::Duration::from_secs(20), gone));
}
