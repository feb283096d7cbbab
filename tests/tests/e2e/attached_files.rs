//! Files that belong to what one owns, and files that are made here.

use alveole_tests::{Backend, Person, Server, simultaneously};
use serde_json::{Value, json};

use crate::files::form;

const OWNED: &str = "/api/v1/user-products";
const PDF: &str = "/api/v1/generate-pdf";

fn own(server: &Server, person: &Person) -> i64 {
    let product = json!({"name": "Lamp", "warranty_months": 24, "price": 1});
    let product = server.admin().client.post("/api/v1/admin/products", &product).expect(201).id();
    person.client.post(OWNED, &json!({"product_id": product})).expect(201).id()
}

fn attach(person: &Person, owned_product: i64, kind: &str) -> alveole_tests::Answer {
    let form = form(&[("type", kind)], "how to.txt", "text/plain", b"Turn it on.\n");
    let request = person.client.request("POST", &format!("/api/v1/products/{owned_product}/files"));
    request.raw("multipart/form-data; boundary=x", &form).send()
}

pub(crate) fn files_keep_an_owned_product_on_the_list(backend: Backend) {
    let server = Server::start(backend);
    let (ada, eve) = (server.person("ada"), server.person("eve"));
    let owned_product = own(&server, &ada);
    let (path, files) =
        (format!("{OWNED}/{owned_product}"), format!("/api/v1/products/{owned_product}/files"));
    let bare = ada.client.get(&path).expect(200);
    assert_eq!((bare.at("/data/files_count"), bare.at("/data/docs_count")), (&json!(0), &json!(0)));
    let manual = attach(&ada, owned_product, "manual").expect(201);
    assert_eq!(manual.at("/data/product_id"), owned_product);
    let other = attach(&ada, owned_product, "attachment").expect(201);
    let listed = ada.client.get(&files).expect(200);
    assert_eq!(listed.ids(), [manual.id(), other.id()]);
    let held = ada.client.get(&path).expect(200);
    assert_eq!((held.at("/data/files_count"), held.at("/data/docs_count")), (&json!(2), &json!(1)));
    // A copy that does not know of the files is no copy any more.
    let known = ada.client.request("GET", &path).header("if-none-match", &bare.etag());
    known.send().expect(200);
    // To others neither the thing nor its files are there.
    eve.client.get(&files).problem(404, "products.owned_not_found");
    attach(&eve, owned_product, "manual").problem(404, "products.owned_not_found");
    attach(&ada, owned_product + 1000, "manual").problem(404, "products.owned_not_found");
    attach(&ada, owned_product, "poem").problem(400, "files.type_unknown");
    let download = format!("/api/v1/files/{}/download", manual.id());
    eve.client.get(&download).problem(404, "files.not_found");

    let refused = ada.client.delete(&path).problem(409, "products.files_attached");
    assert!(refused.at("/detail").as_str().unwrap().contains('2'), "{refused:?}");
    for file in [manual.id(), other.id()] {
        ada.client.delete(&format!("/api/v1/files/{file}")).expect(200);
    }
    ada.client.delete(&path).expect(200);
    ada.client.get(&files).problem(404, "products.owned_not_found");
}

/// Whatever comes first: there is never a file of a thing that is gone.
pub(crate) fn attaching_and_deleting_simultaneously_leave_no_orphan(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    for _ in 0..5 {
        let owned_product = own(&server, &ada);
        let statuses = simultaneously(8, |number| {
            if number % 2 == 0 {
                attach(&ada, owned_product, "manual").status
            } else {
                ada.client.delete(&format!("{OWNED}/{owned_product}")).status
            }
        });
        let attached = statuses.iter().filter(|status| **status == 201).count();
        let deleted = statuses.iter().filter(|status| **status == 200).count();
        assert!(statuses.iter().all(|s| [200, 201, 404, 409].contains(s)), "{statuses:?}");
        let there = ada.client.get(&format!("{OWNED}/{owned_product}"));
        if deleted > 0 {
            assert_eq!((there.status, attached, deleted), (404, 0, 1), "{statuses:?}");
        } else {
            assert_eq!(there.expect(200).at("/data/files_count"), attached, "{statuses:?}");
        }
    }
}

pub(crate) fn documents_become_files(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let openapi = server.anonymous().get("/openapi.json").expect(200).text;
    let openapi: Value = serde_json::from_str(&openapi).unwrap();
    let examples =
        &openapi["paths"][PDF]["post"]["requestBody"]["content"]["application/json"]["examples"];
    let examples = examples.as_object().unwrap();
    assert_eq!(examples.len(), 4);
    for (template, example) in examples {
        let body: &Value = &example["value"];
        let made = ada.client.post(PDF, body).expect(201);
        assert_eq!(made.at("/data/mime_type"), "application/pdf");
        let kind = if template == "invoice" { "invoice" } else { "document" };
        assert_eq!(made.at("/data/type"), kind);
        let name = made.at("/data/filename").as_str().unwrap();
        assert!(name.strip_suffix(".pdf").is_some(), "{name}");
        let pdf = ada.client.get(&format!("/api/v1/files/{}/download", made.id())).expect(200);
        assert!(pdf.bytes.starts_with(b"%PDF-1."), "{template}");
        assert!(pdf.bytes.len() > 1000, "{template}: {} bytes", pdf.bytes.len());
        assert!(pdf.must_have("content-disposition").starts_with("attachment;"));
        // Equal documents are equal bytes, which are kept once.
        let again = ada.client.post(PDF, body).expect(201);
        assert_eq!(again.at("/data/sha256"), made.at("/data/sha256"));
    }
    let table = |data: Value| json!({"template": "table", "data": data});
    let odd = table(json!({"title": "t", "columns": [{"label": "a"}], "rows": [["b"]], "x": 1}));
    ada.client.post(PDF, &odd).problem(400, "request.unknown_field");
    // No font has a character that is for private use or will never be one.
    let private = |strict: Value| {
        let data = json!({"title": "a\u{10fffd}b", "columns": [{"label": "a"}], "rows": []});
        json!({"template": "table", "data": data, "lang": "fr", "strict": strict})
    };
    let shown = ada.client.post(PDF, &private(json!(false))).expect(201);
    assert_eq!(shown.at("/data/warnings/0/code"), "files.glyphs_missing");
    let named = |text: &Value| text.as_str().is_some_and(|text| text.contains("(U+10FFFD)"));
    assert!(named(shown.at("/data/warnings/0/message")), "{}", shown.text);
    let refused = ada.client.post(PDF, &private(json!(true))).problem(422, "files.glyphs_missing");
    assert!(named(refused.at("/detail")), "{}", refused.text);
    ada.client.post(PDF, &private(json!("yes"))).problem(400, "request.wrong_type");
    let odd = json!({"template": "table", "data": {"title": "t", "columns": [{"label": "a"}], "rows": []}, "lang": "tlh"});
    ada.client.post(PDF, &odd).problem(400, "files.document_language_unknown");
    // Labels are in the language that is asked for, else in the one that is preferred.
    let said = |lang: Option<&str>, preferred: Option<&str>| {
        let mut body = table(json!({"title": "t", "columns": [{"label": "a"}], "rows": []}));
        body["lang"] = lang.into();
        let request = ada.client.request("POST", PDF).json(&body);
        let request = match preferred {
            Some(tags) => request.header("Accept-Language", tags),
            None => request,
        };
        let made = request.send().expect(201);
        made.at("/data/sha256").clone()
    };
    let (english, german) = (said(None, None), said(Some("de"), None));
    assert_ne!(english, german);
    assert_eq!(said(None, Some("de-CH, en;q=0.5")), german);
    assert_eq!(said(Some("de"), Some("en")), german);
    assert_eq!(said(None, Some("tlh")), english);
    let rows: Vec<_> = (0..10_001).map(|number| json!([number])).collect();
    let long = table(json!({"title": "t", "columns": [{"label": "a"}], "rows": rows}));
    assert_eq!(ada.client.post(PDF, &long).status, 400);
    ada.client.post(PDF, &json!({"template": "poem", "data": {}})).expect(400);
}
