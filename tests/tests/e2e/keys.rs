//! Token keys: published, rotated while servers run, and forged in vain.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Output, time::Duration};

use alveole_tests::{Backend, Client, Person, Server, eventually, server::PASSWORD};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Validation, crypto, decode, decode_header, jwk::JwkSet,
};
use serde_json::{Value, json};

const ME: &str = "/api/v1/auth/me";
const JWKS: &str = "/.well-known/jwks.json";
const EDDSA: (&str, &str) = ("ALVEOLE__AUTH__ALGORITHM", "eddsa");
/// A running server has looked again.
const SOON: Duration = Duration::from_secs(10);
/// A running server has looked again by itself.
const BY_ITSELF: Duration = Duration::from_secs(75);

fn keys(server: &Server, arguments: &[&str]) -> Output {
    let all = [&["keys"], arguments].concat();
    server.command(&all).output().unwrap()
}

fn told(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Takes a step that must succeed.
#[track_caller]
fn step(server: &Server, arguments: &[&str]) -> String {
    let output = keys(server, arguments);
    assert!(output.status.success(), "keys {arguments:?}: {}", told(&output));
    told(&output)
}

/// Takes a step that must be refused.
#[track_caller]
fn no_step(server: &Server, arguments: &[&str]) -> String {
    let output = keys(server, arguments);
    assert_eq!(output.status.code(), Some(1), "keys {arguments:?}: {}", told(&output));
    told(&output)
}

/// The names of the keys in this state.
fn in_state(server: &Server, state: &str) -> Vec<String> {
    let listed = step(server, &["list"]);
    let lines = listed.lines().filter(|line| line.split_whitespace().nth(1) == Some(state));
    lines.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

fn published(server: &Server) -> Vec<String> {
    let set = server.anonymous().get(JWKS).expect(200);
    let keys = set.json["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(person: &Person) -> String {
    decode_header(&person.access_token).unwrap().kid.unwrap()
}

fn enters(client: &Client) -> bool {
    client.get(ME).status == 200
}

/// What a service next door does: our set, its own library, and its own rules.
pub(crate) fn the_published_key_verifies_a_token_of_a_sign_in(backend: Backend) {
    let server = Server::with(backend, &[EDDSA]);
    let ada = server.person("ada");
    let answer = server.anonymous().get(JWKS).expect(200);
    assert_eq!(answer.must_have("content-type"), "application/jwk-set+json");
    assert_eq!(answer.must_have("cache-control"), "public, max-age=300");
    assert!(!answer.text.contains("\"d\""), "{answer}");
    let etag = answer.etag();
    let again = server.anonymous().request("GET", JWKS).header("if-none-match", &etag).send();
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    assert_eq!(again.must_have("cache-control"), "public, max-age=300");
    let other = server.anonymous().request("GET", JWKS).header("if-none-match", "\"x\"").send();
    assert_eq!(other.status, 200);

    let set: JwkSet = serde_json::from_value(answer.json).unwrap();
    let header = decode_header(&ada.access_token).unwrap();
    assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::EdDSA, Some("at+jwt")));
    let jwk = set.find(&header.kid.unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_issuer(&["alveole"]);
    rules.set_audience(&["alveole-api"]);
    let key = DecodingKey::from_jwk(jwk).unwrap();
    let read = decode::<Value>(&ada.access_token, &key, &rules).unwrap();
    assert_eq!(read.claims["username"], ada.username);
    ada.client.get(ME).expect(200);

    // With a secret there is nothing to publish.
    let secret = Server::start(backend);
    assert_eq!(secret.anonymous().get(JWKS).expect(200).json, json!({"keys": []}));
}

/// A rotation with everybody at work: on PostgreSQL a second replica shares database and ring.
pub(crate) fn a_rotation_hurts_nobody(backend: Backend) {
    let server = Server::with(backend, &[EDDSA]);
    let folder = server.data_dir().join("keys");
    let shared = folder.display().to_string();
    let second = (backend == Backend::Postgres).then(|| {
        Server::replica(server.database_url(), &[EDDSA, ("ALVEOLE__AUTH__KEYS_DIR", &shared)])
    });
    let all: Vec<&Server> = std::iter::once(&server).chain(&second).collect();
    let everywhere = |person: &Person| all.iter().all(|s| enters(&s.client_of(person)));

    let early = server.person("early");
    let old = kid(&early);
    assert_eq!(in_state(&server, "signing"), [old.as_str()]);
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            path.display()
        );
    }

    // The key to come is published everywhere, by each server by itself or at SIGHUP, and does not sign.
    assert!(no_step(&server, &["rotate"]).contains("alveole keys generate"));
    step(&server, &["generate"]);
    let new = in_state(&server, "next").remove(0);
    assert!(no_step(&server, &["rotate"]).contains("or later"), "too early");
    assert!(no_step(&server, &["promote", &new]).contains("--force"));
    server.hang_up();
    for (number, server) in all.iter().enumerate() {
        let patience = if number == 0 { SOON } else { BY_ITSELF };
        assert!(eventually(patience, || published(server).contains(&new)), "replica {number}");
        assert_eq!(kid(&server.sign_in(&early.email, PASSWORD)), old);
    }

    // It signs on the first; the second does not know that yet, and takes its tokens all the same.
    step(&server, &["promote", "--force", &new]);
    server.hang_up();
    assert!(eventually(SOON, || kid(&server.sign_in(&early.email, PASSWORD)) == new));
    let late = server.sign_in(&early.email, PASSWORD);
    assert!(everywhere(&early) && everywhere(&late));
    for server in &all {
        server.hang_up();
    }
    for server in &all {
        assert!(eventually(SOON, || kid(&server.sign_in(&early.email, PASSWORD)) == new));
        assert_eq!(published(server).len(), 2);
    }
    assert!(everywhere(&early) && everywhere(&late), "both keys' tokens are taken");

    // The old one goes when its tokens are gone, or by force.
    assert!(no_step(&server, &["retire", &new]).contains("promote another one first"));
    assert!(no_step(&server, &["retire", &old]).contains("can be alive"));
    step(&server, &["retire", "--force", &old]);
    for server in &all {
        server.hang_up();
    }
    for server in &all {
        let client = server.client_of(&early);
        assert!(eventually(SOON, || !enters(&client)));
        client.get(ME).problem(401, "auth.bad_token");
        assert_eq!(published(server), [new.as_str()]);
    }
    assert!(everywhere(&late));
    assert!(!folder.join(format!("{old}.pem")).exists());
    // Nobody had to sign in again: the refresh token gives a token of the new key.
    let refresh = json!({"refresh_token": early.refresh_token});
    let answer = server.anonymous().post("/api/v1/auth/refresh", &refresh).expect(200);
    assert_eq!(kid(&Person::from_answer(&server.anonymous(), &answer)), new);
    assert!(!server.log().contains("PRIVATE"));
}

/// The form for replicas that share no folder.
pub(crate) fn a_ring_given_as_a_secret_signs_and_checks(backend: Backend) {
    let maker = Server::with(backend, &[EDDSA]);
    let output = keys(&maker, &["export"]);
    assert!(output.status.success());
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("keys.json");
    fs::write(&file, &output.stdout).unwrap();
    let path = file.display().to_string();
    let given = ("ALVEOLE__AUTH__KEYS_FILE", path.as_str());
    let mode = ("ALVEOLE__SERVER__MODE", "production");
    let server = Server::with(backend, &[EDDSA, given, mode]);
    assert_eq!(published(&server), published(&maker));
    let ada = server.person("ada");
    assert_eq!(kid(&ada), published(&maker)[0]);
    assert!(enters(&ada.client));
    assert!(!server.data_dir().join("keys").exists(), "no folder is made");
    assert!(step(&server, &["list"]).contains("auth.keys is set"));
    // A set that makes no ring stops the start, and is not shown.
    let broken = String::from_utf8(output.stdout).unwrap().replace("signing", "next");
    let output = server
        .command(&["serve"])
        .env_remove("ALVEOLE__AUTH__KEYS_FILE")
        .env("ALVEOLE__AUTH__KEYS", &broken)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = told(&output);
    assert!(told.contains("auth.keys") && told.contains("signing"), "{told}");
    assert!(!told.contains("\"d\""), "{told}");
}

pub(crate) fn the_move_from_a_secret_to_a_ring_signs_nobody_out(backend: Backend) {
    let mut server = Server::start(backend);
    let ada = server.person("ada");
    server.set(&[EDDSA, ("ALVEOLE__AUTH__ACCEPT_HS256", "true")]);
    server.restart();
    assert!(enters(&server.client_of(&ada)));
    let again = server.sign_in(&ada.email, PASSWORD);
    assert_eq!(decode_header(&again.access_token).unwrap().alg, Algorithm::EdDSA);
    server.set(&[("ALVEOLE__AUTH__ACCEPT_HS256", "false")]);
    server.restart();
    server.client_of(&ada).get(ME).problem(401, "auth.bad_token");
    assert!(enters(&server.client_of(&again)));
    let refresh = json!({"refresh_token": ada.refresh_token});
    server.anonymous().post("/api/v1/auth/refresh", &refresh).expect(200);
}

pub(crate) fn forged_tokens_are_refused_at_the_door(backend: Backend) {
    let server = Server::with(backend, &[EDDSA]);
    let ada = server.person("ada");
    let parts: Vec<&str> = ada.access_token.split('.').collect();
    let set = server.anonymous().get(JWKS).expect(200).json;
    let x = set["keys"][0]["x"].as_str().unwrap();
    let public = URL_SAFE_NO_PAD.decode(x).unwrap();
    let kid = kid(&ada);
    let refuse = |header: Value, signature: Option<&[u8]>| {
        let head = URL_SAFE_NO_PAD.encode(header.to_string());
        let message = format!("{head}.{}", parts[1]);
        let signature = match signature {
            None => parts[2].to_owned(),
            Some([]) => String::new(),
            Some(secret) => {
                let key = EncodingKey::from_secret(secret);
                crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap()
            }
        };
        let forged = format!("{message}.{signature}");
        server.anonymous().with_token(&forged).get(ME).problem(401, "auth.bad_token");
    };
    refuse(json!({"alg": "HS256", "typ": "at+jwt", "kid": kid}), Some(&public));
    refuse(json!({"alg": "HS256", "typ": "at+jwt"}), Some(&public));
    refuse(json!({"alg": "HS256", "typ": "at+jwt", "kid": kid}), Some(x.as_bytes()));
    refuse(json!({"alg": "none", "typ": "at+jwt", "kid": kid}), Some(&[]));
    refuse(json!({"alg": "none", "typ": "at+jwt"}), Some(&[]));
    refuse(json!({"alg": "EdDSA", "typ": "at+jwt"}), None);
    refuse(json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "unknown"}), None);
    refuse(json!({"alg": "EdDSA", "typ": "JWT", "kid": kid}), None);
    refuse(json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid, "crit": ["exp"]}), None);
    refuse(json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid, "jwk": set["keys"][0]}), None);
    // A token of a ring means nothing to a server with a secret.
    let secret = Server::start(backend);
    secret.client_of(&ada).get(ME).problem(401, "auth.bad_token");
}

pub(crate) fn production_starts_with_keys_that_are_there_and_closed(backend: Backend) {
    let mut server = Server::with(backend, &[EDDSA]);
    assert!(server.terminate().success());
    server.set(&[("ALVEOLE__SERVER__MODE", "production")]);
    let folder = server.data_dir().join("keys");
    let serve = |expected: &str| {
        let output = server.command(&["serve"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        assert!(told(&output).contains(expected), "{expected}: {}", told(&output));
    };
    let close = |path: &Path, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let key = folder.join(format!("{}.pem", in_state(&server, "signing")[0]));
    close(&key, 0o644);
    serve("chmod 600");
    close(&key, 0o600);
    fs::remove_dir_all(&folder).unwrap();
    serve("alveole keys generate");
    assert!(!folder.exists(), "production makes no key by itself");
    assert!(step(&server, &["list"]).contains("alveole keys generate"));
    assert!(step(&server, &["generate"]).contains("signs at once"));
    server.restart();
    server.person("ada").client.get(ME).expect(200);
}

pub(crate) fn a_ring_that_cannot_be_read_stays_as_it_was(backend: Backend) {
    let server = Server::with(backend, &[EDDSA]);
    let ada = server.person("ada");
    let index = server.data_dir().join("keys/index.json");
    let good = fs::read_to_string(&index).unwrap();
    fs::write(&index, "{").unwrap();
    server.hang_up();
    let told = "the ring of token keys stays as it was";
    assert!(eventually(SOON, || server.log().contains(told)));
    assert!(enters(&ada.client) && enters(&server.sign_in(&ada.email, PASSWORD).client));
    fs::write(&index, good).unwrap();
    step(&server, &["generate"]);
    server.hang_up();
    assert!(eventually(SOON, || published(&server).len() == 2));
}
