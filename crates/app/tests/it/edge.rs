//! The edge: whatever a path looks like, the route that matched decides; and refusals come in one
//! order.
#![expect(
    clippy::indexing_slicing,
    reason = "the index of a JSON value gives null; it does not panic on objects"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use actix_web::test::TestRequest;
use kernel::{Permission, Role};
use serde_json::{Value, json};

use crate::document::document;
use crate::fixture::{Answer, TestApp};
use crate::operations::{Operation, operations};

fn encoded(text: &str, format: fn(&mut String, u8)) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        format(&mut out, byte);
        out
    })
}

fn upper(out: &mut String, byte: u8) {
    if byte == b'/' { out.push('/') } else { write!(out, "%{byte:02X}").unwrap() }
}

fn lower(out: &mut String, byte: u8) {
    if byte == b'/' { out.push('/') } else { write!(out, "%{byte:02x}").unwrap() }
}

fn twice(out: &mut String, byte: u8) {
    if byte == b'/' { out.push('/') } else { write!(out, "%25{byte:02X}").unwrap() }
}

/// What shows which rules were applied.
fn treatment(answer: &Answer) -> [String; 4] {
    ["ratelimit-policy", "content-security-policy", "tus-resumable", "x-ratelimit-limit"]
        .map(|name| answer.header(name).to_owned())
}

#[actix_web::test]
async fn an_encoded_path_counts_as_the_plain_one_or_is_not_there() {
    let app = TestApp::new();
    for operation in operations() {
        let plain = &operation.path;
        let (before, last) = plain.rsplit_once('/').unwrap();
        let same = [
            encoded(plain, upper),
            encoded(plain, lower),
            plain.replacen("/api", "/%61pi", 1),
            format!("{before}/%{:02X}{}", last.as_bytes()[0], &last[1..]),
            format!("{plain}?"),
        ];
        let others = [
            encoded(plain, twice),
            format!("/{plain}"),
            format!("/.{plain}"),
            format!("/x/..{plain}"),
            format!("{before}/./{last}"),
            format!("{before}//{last}"),
            format!("{before}%2f{last}"),
            format!("{before}%2F{last}"),
            format!("{plain}/"),
            format!("{plain}%2F"),
            format!("{plain};x=1"),
            format!("{plain}%00"),
            plain.to_uppercase(),
            format!("{before};v=1/{last}"),
        ];
        let requests = std::iter::once(plain).chain(&same).chain(&others);
        let requests = requests.map(|path| operation.request(path)).collect();
        let mut answers = app.send_each(requests).await.into_iter();
        let expected = answers.next().unwrap();
        assert_ne!(expected.header("ratelimit-policy"), "", "{}", operation.name());
        for path in same {
            let answer = answers.next().unwrap();
            assert_eq!(answer.status, expected.status, "{} {path}", operation.method);
            assert_eq!(treatment(&answer), treatment(&expected), "{} {path}", operation.method);
        }
        for path in others {
            let answer = answers.next().unwrap();
            let code = answer.json()["code"].clone();
            // A parameter takes what is no separator; then it is the same route, or its sister.
            if ["route.not_found", "route.method_not_allowed"].iter().any(|none| code == *none) {
                continue;
            }
            assert_ne!(
                answer.header("ratelimit-policy"),
                "",
                "{} {path}: {code}",
                operation.method
            );
        }
    }
}

#[actix_web::test]
async fn an_encoded_path_spends_the_allowance_of_the_plain_one() {
    let app = TestApp::with_quota("3/min");
    let body = Some(r#"{"username": "nobody", "password": "wrong and long enough"}"#);
    let mut statuses = Vec::new();
    for path in [
        "/api/v1/auth/login",
        "/%61pi/v1/auth/login",
        "/api/v1/auth/%6Cogin",
        "/api/v1/%61uth/logi%6e",
    ] {
        let answer = app.call("POST", path, &[], body).await;
        assert!(answer.header("ratelimit-policy").starts_with("\"auth\""), "{path}");
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 429]);
    let token = TestApp::new();
    let ada = token.token("ada", Role::User).await;
    let answer = token.call_as(&ada, "GET", "/%61pi/v1/auth/m%65", None).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("ratelimit-policy").starts_with("\"user\""));
}

#[actix_web::test]
async fn an_idempotency_key_belongs_to_the_route_in_every_spelling() {
    let app = TestApp::new();
    let bearer = format!("Bearer {}", app.token("ada", Role::User).await);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "one")];
    let body = Some(r#"{"title": "once"}"#);
    let first = app.call("POST", "/api/v1/tasks", &headers, body).await;
    let second = app.call("POST", "/%61pi/v1/task%73", &headers, body).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(first.text, second.text);
}

#[actix_web::test]
async fn a_64_of_ipv6_is_one_caller() {
    let app = TestApp::with_quota("3/min");
    let from = |address: &str| {
        let peer = format!("[{address}]:4711").parse().unwrap();
        TestRequest::with_uri("/api/v1/products").peer_addr(peer)
    };
    let addresses =
        ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:1", "2001:db8::9", "2001:db8:0:1::1"];
    let answers = app.send_each(addresses.iter().map(|one| from(one)).collect()).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 200]);
}

#[actix_web::test]
async fn a_caller_names_themselves_once() {
    let app = TestApp::new();
    let bearer = format!("Bearer {}", app.token("ada", Role::User).await);
    let twice = [("authorization", bearer.as_str()), ("authorization", bearer.as_str())];
    for path in ["/api/v1/auth/me", "/api/v1/products"] {
        let answer = app.call("GET", path, &twice, None).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (400, &json!("request.duplicate"))
        );
    }
}

#[actix_web::test]
async fn a_part_of_a_form_is_described_once() {
    let app = TestApp::new();
    let bearer = format!("Bearer {}", app.token("ada", Role::User).await);
    let kind = "multipart/form-data; boundary=x";
    let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
    let send = async |head: &str| {
        let form = format!("--x\r\n{head}\r\n\r\nhello\r\n--x--\r\n");
        let answer = app.call("POST", "/api/v1/files", &headers, Some(&form)).await;
        (answer.status.as_u16(), answer.json()["code"].as_str().unwrap_or_default().to_owned())
    };
    let one = "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"";
    assert_eq!(send(one).await.0, 201);
    let other = "Content-Disposition: form-data; name=\"file\"; filename=\"b.txt\"";
    let refused = (400, "files.form_malformed".to_owned());
    assert_eq!(send(&format!("{one}\r\n{other}")).await, refused);
    let nul = "Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''a%00.txt";
    assert_eq!(send(nul).await, (400, "text.nul".to_owned()));
}

/// Everyone who could be refused is refused before the body is looked at.
#[actix_web::test]
async fn who_asks_is_judged_before_what_they_send() {
    let app = TestApp::new();
    let root = app.token("root", Role::SuperAdmin).await;
    let mut tokens = BTreeMap::new();
    for lacking in Permission::BUILT_IN {
        let scopes = Permission::BUILT_IN.into_iter().filter(|one| *one != lacking);
        let scopes: Vec<&str> = scopes.map(Permission::as_str).collect();
        let body = json!({"name": "partial", "scopes": scopes}).to_string();
        let made = app.call_as(&root, "POST", "/api/v1/auth/tokens", Some(&body)).await;
        let made = made.json()["data"]["token"].as_str().unwrap().to_owned();
        tokens.insert(lacking.as_str(), made);
    }
    let any = tokens.values().next().unwrap();
    let mut requests = Vec::new();
    let mut expected = Vec::new();
    let operations = operations();
    // What is no handshake is refused before its caller is looked at.
    let is_socket = |one: &&Operation| one.template.ends_with("/ws");
    let protected = || operations.iter().filter(|one| !one.is_public() && !is_socket(one));
    for operation in protected() {
        let garbage = |request: TestRequest| {
            request.insert_header(("content-type", "application/x-nothing")).set_payload("\u{0}")
        };
        let mut expect = |request: TestRequest, status: u16, code: String| {
            requests.push(garbage(request));
            expected.push((operation.name(), status, code));
        };
        expect(operation.request(&operation.path), 401, "auth.not_signed_in".to_owned());
        if !operation.template.ends_with("/events") {
            expect(operation.request_as("nonsense"), 401, "auth.bad_token".to_owned());
        }
        if operation.needs_session() {
            expect(operation.request_as(any), 403, "auth.session_needed".to_owned());
        } else if let Some(token) = tokens.get(operation.permission()) {
            expect(operation.request_as(token), 403, operation.permission().to_owned());
        }
    }
    let mut wrong = Vec::new();
    for (answer, (name, status, code)) in app.send_each(requests).await.iter().zip(expected) {
        let problem = answer.json();
        let said = if problem["permission"].is_string() { "permission" } else { "code" };
        if answer.status.as_u16() != status || problem[said] != *code {
            wrong.push(format!("{name}: {} {}, not {status} {code}", answer.status, answer.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A body of a wrong type is 415, one that cannot be read is 400, whether or not what the path names
/// is there.
#[actix_web::test]
async fn what_is_sent_is_judged_before_what_the_domain_says() {
    let mut wrong = Vec::new();
    let takes_some = |one: &Operation| !matches!(one.media_types()[..], [] | ["*/*"]);
    for operation in operations().into_iter().filter(takes_some) {
        let app = TestApp::new();
        let root = app.token("root", Role::SuperAdmin).await;
        let send = |kind: &str| {
            let kind = if kind.starts_with("multipart/") {
                format!("{kind}; boundary=x")
            } else {
                kind.to_owned()
            };
            operation.request_as(&root).insert_header(("content-type", kind)).set_payload("{\"")
        };
        let mut kinds = vec![("application/x-nothing", 415)];
        let readable = |kind: &&str| *kind != "application/offset+octet-stream";
        kinds.extend(operation.media_types().into_iter().filter(readable).map(|kind| (kind, 400)));
        let requests = kinds.iter().map(|(kind, _)| send(kind)).collect();
        for (answer, (kind, status)) in app.send_each(requests).await.iter().zip(kinds) {
            if answer.status.as_u16() != status {
                wrong.push(format!("{} {kind}: {}", operation.name(), answer.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The texts of a schema, by their path in the body.
fn texts(document: &Value, schema: &Value, path: &[String], found: &mut BTreeSet<Vec<String>>) {
    if path.len() > 6 {
        return;
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        return texts(document, &document["components"]["schemas"][name], path, found);
    }
    let is = |kind: &str| match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|one| one == kind),
        one => one == kind,
    };
    if is("string") {
        found.insert(path.to_vec());
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        texts(document, inner, &[path, std::slice::from_ref(name)].concat(), found);
    }
    for kind in ["oneOf", "anyOf", "allOf"] {
        for inner in schema[kind].as_array().into_iter().flatten() {
            texts(document, inner, path, found);
        }
    }
    if !schema["items"].is_null() {
        texts(document, &schema["items"], &[path, &["0".to_owned()]].concat(), found);
    }
}

/// A body with nothing but a text with NUL at this path.
fn with_nul(path: &[String]) -> Value {
    match path {
        [] => json!("a\u{0}b"),
        [index, rest @ ..] if index == "0" => json!([with_nul(rest)]),
        [name, rest @ ..] => json!({ name.as_str(): with_nul(rest) }),
    }
}

#[actix_web::test]
async fn no_text_has_the_nul_character() {
    let app = TestApp::new();
    let document = document();
    let root = app.token("root", Role::SuperAdmin).await;
    let (mut requests, mut names) = (Vec::new(), Vec::new());
    for operation in operations() {
        let mut expect = |what: String, request: TestRequest| {
            names.push(format!("{}: {what}", operation.name()));
            requests.push(request);
        };
        let (before, last) = operation.path.rsplit_once('/').unwrap();
        if operation.template.ends_with('}') {
            let path = format!("{before}/{last}%00");
            let bearer = format!("Bearer {root}");
            expect(path.clone(), operation.request(&path).insert_header(("authorization", bearer)));
        }
        for parameter in operation.described["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "query" {
                let query =
                    format!("{}?{}=a%00b", operation.path, parameter["name"].as_str().unwrap());
                let bearer = format!("Bearer {root}");
                let request = operation.request(&query).insert_header(("authorization", bearer));
                // Without a body that can be read, nothing else would be looked at.
                expect(query.clone(), request);
            }
        }
        let schema = &operation.described["requestBody"]["content"]["application/json"]["schema"];
        let mut found = BTreeSet::new();
        texts(document, schema, &[], &mut found);
        for path in found {
            let request = operation.request_as(&root).set_json(with_nul(&path));
            expect(path.join("/"), request);
        }
    }
    assert!(requests.len() > 200);
    let mut wrong = Vec::new();
    for (answer, name) in app.send_each(requests).await.iter().zip(names) {
        let oauth = name.starts_with("POST /api/v1/auth/token:");
        let code = if oauth { "/error" } else { "/code" };
        let code = answer.json().pointer(code).cloned().unwrap_or_default();
        let right = if oauth { code == "invalid_request" } else { code == "text.nul" };
        if answer.status != 400 || !right {
            wrong.push(format!("{name}: {} {}", answer.status, answer.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let bearer = format!("Bearer {root}");
    let csv = [("authorization", bearer.as_str()), ("content-type", "text/csv")];
    let answer =
        app.call("POST", "/api/v1/admin/products/import", &csv, Some("name\na\u{0}b\n")).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (400, &json!("text.nul")));
    let tus = [
        ("authorization", bearer.as_str()),
        ("tus-resumable", "1.0.0"),
        ("upload-length", "5"),
        ("upload-metadata", "filename YQBi"),
    ];
    let answer = app.call("POST", "/api/v1/files/uploads", &tus, None).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
}
