//! One key, one effect.

use alveole_tests::{Answer, Backend, Client, Server, simultaneously};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

fn post(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    client.request("POST", path).header("idempotency-key", key).json(body).send()
}

fn is_replay(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

pub(crate) fn fifty_parallel_posts_with_one_key_have_one_effect(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let body = json!({"title": "once"});
    let answers =
        simultaneously(50, |_| post(&server.client_of(&ada), "/api/v1/tasks", "key-1", &body));
    let fresh: Vec<_> =
        answers.iter().filter(|answer| answer.status == 201 && !is_replay(answer)).collect();
    assert_eq!(fresh.len(), 1, "exactly one request takes effect");
    for answer in &answers {
        match answer.status {
            201 => assert_eq!(answer.json, fresh[0].json),
            409 => {
                answer.clone().expect(409);
            }
            _ => panic!("{answer}"),
        }
    }
    let tasks = ada.client.get("/api/v1/tasks").expect(200);
    assert_eq!(tasks.ids(), [fresh[0].id()]);
    let replay = post(&ada.client, "/api/v1/tasks", "key-1", &body).expect(201);
    assert!(is_replay(&replay));
    assert_eq!(replay.json, fresh[0].json);
    assert_eq!(replay.header("location"), fresh[0].header("location"));

    // the replay tells what was answered then, whatever happened since
    ada.client
        .patch(&format!("/api/v1/tasks/{}", fresh[0].id()), &json!({"title": "changed"}))
        .expect(200);
    let replay = post(&ada.client, "/api/v1/tasks", "key-1", &body).expect(201);
    assert_eq!(replay.at("/data/title"), "once");

    // the key is the caller's own and the route's own
    let bob = server.person("bob");
    assert!(!is_replay(&post(&bob.client, "/api/v1/tasks", "key-1", &body).expect(201)));
    let comments = format!("/api/v1/tasks/{}/comments", fresh[0].id());
    let comment = json!({"content": "well"});
    assert!(!is_replay(&post(&ada.client, &comments, "key-1", &comment).expect(201)));
    assert!(is_replay(&post(&ada.client, &comments, "key-1", &comment).expect(201)));
    let bulk = json!({"operations": [{"op": "create", "data": {"title": "b"}}]});
    for replayed in [false, true] {
        let answer = post(&ada.client, "/api/v1/tasks/bulk", "key-1", &bulk).expect(200);
        assert_eq!(is_replay(&answer), replayed);
    }
    let register = json!({
        "username": "carol", "email": "carol@example.com",
        "password": alveole_tests::server::PASSWORD,
    });
    for replayed in [false, true] {
        let answer = post(&server.anonymous(), "/api/v1/auth/register", "key-1", &register);
        assert_eq!(is_replay(&answer.expect(201)), replayed);
    }
}

pub(crate) fn a_key_reused_for_another_request_is_refused(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let first = json!({"title": "first"});
    post(&ada.client, "/api/v1/tasks", "key", &first).expect(201);
    post(&ada.client, "/api/v1/tasks", "key", &json!({"title": "second"}))
        .problem(422, "idempotency.key_reused");
    assert!(is_replay(&post(&ada.client, "/api/v1/tasks", "key", &first)));
    for key in [String::new(), "x".repeat(256), "a b".to_owned(), "é".to_owned()] {
        let sent = ada
            .client
            .request("POST", "/api/v1/tasks")
            .header("idempotency-key", &key)
            .json(&first)
            .try_send();
        // what the client library itself will not send needs no answer
        if let Ok(answer) = sent {
            answer.expect(400);
        }
    }
    post(&ada.client, "/api/v1/tasks", &"x".repeat(255), &first).expect(201);
}

pub(crate) fn refusals_are_not_kept(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let refused = post(&ada.client, "/api/v1/tasks", "key", &json!({"title": ""})).expect(400);
    assert!(!is_replay(&refused));
    let done = post(&ada.client, "/api/v1/tasks", "key", &json!({"title": "right"})).expect(201);
    assert!(!is_replay(&done));
    post(&server.anonymous(), "/api/v1/tasks", "other", &json!({"title": "x"})).expect(401);
    post(&ada.client, "/api/v1/tasks", "other", &json!({"title": "x"})).expect(201);
}

/// A copy of the database must not show whether a guess at the password in a body is right.
pub(crate) fn what_is_kept_of_a_request_is_keyed(backend: Backend) {
    let server = Server::start(backend);
    let (path, anonymous) = ("/api/v1/auth/register", server.anonymous());
    let body = json!({
        "username": "carol", "email": "carol@example.com",
        "password": alveole_tests::server::PASSWORD,
    });
    post(&anonymous, path, "key", &body).expect(201);
    let hex = if backend == Backend::Postgres {
        "encode(fingerprint, 'hex')"
    } else {
        "hex(fingerprint)"
    };
    let kept = server.sql(&format!("SELECT {hex} FROM receipts")).trim().to_lowercase();
    assert_eq!(kept.len(), 64, "{kept}");
    let sent = serde_json::to_vec(&body).unwrap();
    let mut plain = Sha256::new();
    for part in [path.as_bytes(), b"", &sent] {
        plain.update(part.len().to_be_bytes());
        plain.update(part);
    }
    for guess in [plain.finalize(), Sha256::digest(&sent)] {
        let shown = |at: usize| u8::from_str_radix(&kept[2 * at..2 * at + 2], 16).unwrap();
        let kept: Vec<u8> = (0..32).map(shown).collect();
        assert_ne!(kept[..], guess[..]);
    }
    // A record of an older release, or under another secret, is another request's.
    let other = "0".repeat(64);
    let blob =
        if backend == Backend::Postgres { format!("'\\x{other}'") } else { format!("x'{other}'") };
    server.sql(&format!("UPDATE receipts SET fingerprint = {blob}"));
    post(&anonymous, path, "key", &body).problem(422, "idempotency.key_reused");
}
