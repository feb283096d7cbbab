//! The whole program, spawned: on SQLite, and on the PostgreSQL of `TEST_POSTGRES_URL`.

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A running program on a fresh database.
struct Server {
    child: Child,
    base: String,
    folder: TempDir,
}

impl Server {
    fn start(database: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = command(&folder);
        command.env("ALVEOLE__SERVER__PORT", port.to_string());
        command.env("ALVEOLE__NOTES__MAX_CHARACTERS", "30");
        if let Some(url) = database {
            command.env("DATABASE_URL", url);
        }
        let child = command.arg("serve").spawn().unwrap();
        let server = Self { child, base: format!("http://127.0.0.1:{port}"), folder };
        let since = Instant::now();
        while ureq::get(format!("{}/ready", server.base)).call().is_err() {
            assert!(since.elapsed() < Duration::from_secs(30), "the server does not start");
            thread::sleep(Duration::from_millis(50));
        }
        server
    }

    /// Status, headers and body of a call.
    fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> (u16, ureq::http::HeaderMap, Value) {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/api/v1{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let mut answer = agent.run(request.body(body).unwrap()).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        (answer.status().as_u16(), answer.headers().clone(), json)
    }

    /// The `Authorization` of a new account.
    fn person(&self, name: &str) -> String {
        let email = format!("{name}@example.com");
        let account = json!({"username": name, "email": email, "password": "a long-enough phrase 7"});
        assert_eq!(self.call("POST", "/auth/register", &[], Some(account)).0, 201);
        let login = json!({"email": email, "password": "a long-enough phrase 7"});
        let (status, _, answer) = self.call("POST", "/auth/login", &[], Some(login));
        assert_eq!(status, 200, "{answer}");
        format!("Bearer {}", answer["data"]["access_token"].as_str().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_notes"));
    command
        .current_dir(folder.path())
        .env_remove("DATABASE_URL")
        .env("ALVEOLE__SERVER__HOST", "127.0.0.1")
        .env("ALVEOLE__AUTH__BCRYPT_COST", "4")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn notes_work_like_a_built_in_domain(server: &Server) {
    let ada = server.person("ada");
    let bob = server.person("bob");
    let auth: [(&str, &str); 1] = [("authorization", &ada)];

    let once = [("authorization", ada.as_str()), ("idempotency-key", "one")];
    let new = json!({"title": " Call the plumber ", "content": "today"});
    let (status, headers, note) = server.call("POST", "/notes", &once, Some(new.clone()));
    assert_eq!((status, &note["data"]["title"]), (201, &json!("Call the plumber")));
    let path = headers["location"].to_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    let etag = headers["etag"].to_str().unwrap().to_owned();
    let (status, headers, again) = server.call("POST", "/notes", &once, Some(new));
    assert_eq!((status, &again["data"]["id"]), (201, &note["data"]["id"]));
    assert_eq!(headers["idempotency-replayed"], "true");

    let (status, _, page) = server.call("GET", "/notes", &auth, None);
    assert_eq!((status, &page["pagination"]["total"]), (200, &json!(1)), "{page}");
    let (_, _, page) = server.call("GET", "/notes?cursor=&limit=1", &auth, None);
    assert_eq!(page["data"][0]["id"], note["data"]["id"]);

    let known = [("authorization", ada.as_str()), ("if-none-match", &etag)];
    assert_eq!(server.call("GET", &path, &known, None).0, 304);
    let at = [("authorization", ada.as_str()), ("if-match", &etag)];
    let change = json!({"title": "Call the electrician"});
    let (status, _, changed) = server.call("PATCH", &path, &at, Some(change.clone()));
    assert_eq!((status, &changed["data"]["content"]), (200, &json!("today")), "{changed}");
    let (status, _, stale) = server.call("PATCH", &path, &at, Some(change));
    assert_eq!((status, &stale["code"]), (412, &json!("notes.stale")));
    assert_eq!(stale["current"]["title"], "Call the electrician");

    // Faults are all reported; the setting of the module counts.
    let wrong = json!({"title": "", "color": "red"});
    let (status, _, problem) = server.call("POST", "/notes", &auth, Some(wrong));
    assert_eq!((status, problem["errors"].as_array().unwrap().len()), (400, 2), "{problem}");
    let long = json!({"title": "Long", "content": "x".repeat(31)});
    let (status, _, problem) = server.call("POST", "/notes", &auth, Some(long));
    assert_eq!((status, &problem["code"]), (400, &json!("notes.too_long")), "{problem}");

    // Only its owner sees a note, and a token needs the scope.
    let stranger = [("authorization", bob.as_str())];
    assert_eq!(server.call("GET", &path, &stranger, None).0, 404);
    assert_eq!(server.call("PATCH", &path, &stranger, Some(json!({}))).0, 404);
    assert_eq!(server.call("GET", "/notes", &[], None).0, 401);
    let token = json!({"name": "reader", "scopes": ["notes:read"]});
    let (status, _, token) = server.call("POST", "/auth/tokens", &auth, Some(token));
    assert_eq!(status, 201, "{token}");
    let token = format!("Bearer {}", token["data"]["token"].as_str().unwrap());
    let reader = [("authorization", token.as_str())];
    assert_eq!(server.call("GET", "/notes", &reader, None).0, 200);
    let (status, _, refused) =
        server.call("POST", "/notes", &reader, Some(json!({"title": "No"})));
    assert_eq!((status, &refused["permission"]), (403, &json!("notes:write")), "{refused}");

    // The export of personal data has them.
    let (status, _, export) = server.call("GET", "/users/me/export", &auth, None);
    assert_eq!((status, export["notes"].as_array().map(Vec::len)), (200, Some(1)), "{export}");

    // Streams and webhooks have its events, described by its types.
    let (_, _, types) = server.call("GET", "/webhooks/event-types", &auth, None);
    let named = |one: &&Value| one["name"] == "note.updated.v1";
    let described = types["data"].as_array().unwrap().iter().find(named).unwrap();
    let heard = server.call("GET", "/events?types=note.updated.v1&after=0&wait=20", &auth, None).2;
    let data = &heard["data"]["events"][0]["data"];
    let [example, data] = [&described["example"], data].map(fields);
    assert_eq!((&example, &example), (&data, &fields(&described["schema"]["properties"])), "{heard}");

    assert_eq!(server.call("DELETE", &path, &auth, None).0, 200);
    assert_eq!(server.call("GET", &path, &auth, None).0, 404);
}

/// The names of the members of an object.
fn fields(object: &Value) -> Vec<String> {
    object.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect()
}

#[test]
fn notes_work_on_sqlite() {
    let server = Server::start(None);
    notes_work_like_a_built_in_domain(&server);
    assert!(server.folder.path().join("data").exists());
}

#[test]
fn notes_work_on_postgresql() {
    let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
        println!("TEST_POSTGRES_URL is not set: notes are not tested on PostgreSQL");
        return;
    };
    let (server, name) = url.rsplit_once('/').unwrap();
    let fresh = format!("{name}_notes_{}", std::process::id());
    let sql = |statement: String| {
        let done = Command::new("psql").args([&url, "-qc", &statement]).status().unwrap();
        assert!(done.success(), "{statement}");
    };
    sql(format!("CREATE DATABASE \"{fresh}\""));
    let database = format!("{server}/{fresh}");
    notes_work_like_a_built_in_domain(&Server::start(Some(&database)));
    sql(format!("DROP DATABASE \"{fresh}\" WITH (FORCE)"));
}

#[test]
fn the_document_and_the_migrations_have_notes() {
    let folder = tempfile::tempdir().unwrap();
    let lines = |arguments: &[&str]| {
        let mut command = command(&folder);
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines: Vec<String> =
            BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).collect();
        assert!(child.wait().unwrap().success(), "{arguments:?}");
        lines
    };
    let document: Value = serde_json::from_str(&lines(&["openapi"]).join("\n")).unwrap();
    assert!(document["paths"]["/api/v1/notes/{id}"]["patch"].is_object());
    let webhook = &document["webhooks"]["note.created.v1"]["post"];
    assert_eq!(webhook["operationId"], "on_note_created_v1");
    assert!(lines(&["problems"]).iter().any(|line| line.contains("notes.stale")));

    let name = "notes.2026-11-22-173000_notes";
    assert!(lines(&["migrate", "up"]).contains(&format!("applied {name}")));
    assert!(lines(&["migrate", "down", "--yes"]).contains(&format!("took back {name}")));
    assert!(lines(&["migrate", "status"]).contains(&format!("[ ] {name}")));
    assert!(lines(&["config", "print"]).iter().any(|line| line.contains("max_characters")));
}
