//! The rules of the catalogue and of what people own.

use alveole_tests::{Backend, Server, simultaneously};
use serde_json::json;

const ADMIN: &str = "/api/v1/admin/products";
const OWNED: &str = "/api/v1/user-products";

pub(crate) fn a_product_has_a_price_or_is_a_draft(backend: Backend) {
    let server = Server::start(backend);
    let keeper = server.admin().client;
    let draft = keeper.post(ADMIN, &json!({"name": "Lamp"})).expect(201);
    assert_eq!(
        (draft.at("/data/status"), draft.at("/data/price")),
        (&json!("draft"), &json!(null))
    );
    let path = format!("{ADMIN}/{}", draft.id());
    for status in ["active", "discontinued"] {
        let refused = keeper.post(ADMIN, &json!({"name": "Lamp", "status": status}));
        let refused = refused.problem(400, "products.price_missing");
        assert_eq!(refused.faulty_fields(), ["/price"]);
        let refused = keeper.put(&path, &json!({"status": status}));
        refused.problem(400, "products.price_missing");
    }
    let active = keeper.put(&path, &json!({"status": "active", "price": 0})).expect(200);
    assert_eq!(
        (active.at("/data/status"), active.at("/data/price")),
        (&json!("active"), &json!(0))
    );
    keeper.put(&path, &json!({"price": null})).problem(400, "products.price_missing");
    keeper.put(&path, &json!({"price": null, "status": "draft"})).expect(200);
    let priced = keeper.post(ADMIN, &json!({"name": "Torch", "price": 500})).expect(201);
    assert_eq!(priced.at("/data/status"), "active");
    // Without a price, a product is neither cheap nor dear, and comes first.
    let ids = |query: &str| keeper.get(&format!("{ADMIN}?{query}")).expect(200).ids();
    assert_eq!(ids("max_price=1000"), [priced.id()]);
    assert_eq!(ids("min_price=0"), [priced.id()]);
    assert_eq!(ids("sort=price"), [draft.id(), priced.id()]);
}

pub(crate) fn a_product_is_owned_once_with_a_number_and_once_without(backend: Backend) {
    let server = Server::start(backend);
    let keeper = server.admin().client;
    let product = keeper.post(ADMIN, &json!({"name": "MK-1", "price": 1})).expect(201).id();
    let ada = server.person("ada").client;
    for serial in ["TAL-1", ""] {
        let body = json!({"product_id": product, "serial_number": serial});
        let statuses = simultaneously(8, |_| ada.post(OWNED, &body).status);
        let made = statuses.iter().filter(|status| **status == 201).count();
        let refused = statuses.iter().filter(|status| **status == 409).count();
        assert_eq!((made, refused), (1, 7), "{serial:?}: {statuses:?}");
        ada.post(OWNED, &body).problem(409, "products.serial_taken");
    }
    ada.post(OWNED, &json!({"product_id": product})).problem(409, "products.serial_taken");
    let second = json!({"product_id": product, "serial_number": "TAL-2"});
    let second = ada.post(OWNED, &second).expect(201).must_have("location").to_owned();
    for serial in [json!("TAL-1"), json!(null)] {
        let change = ada.put(&second, &json!({"serial_number": serial}));
        change.problem(409, "products.serial_taken");
    }
    ada.put(&second, &json!({"serial_number": "TAL-2", "notes": "x"})).expect(200);
    server.person("bob").client.post(OWNED, &json!({"product_id": product})).expect(201);
}

pub(crate) fn a_warranty_does_not_end_before_its_purchase(backend: Backend) {
    let server = Server::start(backend);
    let keeper = server.admin().client;
    let product = keeper.post(ADMIN, &json!({"name": "MK-1", "price": 1})).expect(201).id();
    let ada = server.person("ada").client;
    let own = |bought: &str, end: &str| {
        let body = json!({"product_id": product, "purchase_date": bought, "warranty_expires": end});
        ada.post(OWNED, &body)
    };
    let early = "products.warranty_before_purchase";
    let refused = own("2026-06-15", "2026-06-14").problem(400, early);
    assert_eq!(refused.faulty_fields(), ["/warranty_expires"]);
    let path = own("2026-06-15", "2026-06-15").expect(201).must_have("location").to_owned();
    let later = ada.put(&path, &json!({"purchase_date": "2026-06-16"}));
    assert_eq!(later.problem(400, early).faulty_fields(), ["/purchase_date"]);
    ada.put(&path, &json!({"purchase_date": "2026-06-16", "warranty_expires": null})).expect(200);
}

pub(crate) fn a_file_of_a_spreadsheet_makes_and_changes_products(backend: Backend) {
    let server = Server::start(backend);
    let keeper = server.admin().client;
    keeper.post("/api/v1/admin/categories", &json!({"name": "Light"})).expect(201);
    let lamp =
        keeper.post(ADMIN, &json!({"name": "Lamp", "price": 1, "stock": 2})).expect(201).id();
    let send = |mode: &str, text: &str| {
        let request = keeper.request("POST", &format!("{ADMIN}/import?mode={mode}"));
        request.raw("text/csv", text.as_bytes()).send()
    };
    let head = "ID;Name;PRICE;Stock;Category_Slug\r\n";
    let refused =
        send("all", &format!("{head}{lamp};;700;;light\r\n\r\n99;;1;;\r\n;x;y;;dark\r\n"));
    let refused = refused.problem(422, "products.import_refused");
    assert_eq!(refused.faulty_fields(), ["/rows/4/id", "/rows/5/price"]);
    let path = format!("{ADMIN}/{lamp}");
    assert_eq!(keeper.get(&path).expect(200).at("/data/price"), 1, "nothing of it was taken");
    let taken = send("all", &format!("{head}{lamp};;700;5;light\r\n;Torch;500;;light\r\n"));
    let taken = taken.expect(200);
    assert_eq!((taken.at("/data/imported"), taken.at("/data/updated")), (&json!(1), &json!(1)));
    let lamp = keeper.get(&path).expect(200);
    for (field, value) in [("name", json!("Lamp")), ("price", json!(700)), ("stock", json!(5))] {
        assert_eq!(lamp.at(&format!("/data/{field}")), &value, "{field}");
    }
    let torch = send("valid", "name\tprice\nTab\t1\n").expect(200);
    assert_eq!(torch.at("/data/imported"), 1);
}
