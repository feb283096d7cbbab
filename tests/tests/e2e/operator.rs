//! What an operator does on the command line of the server.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use alveole_tests::{Backend, Client, Server, eventually, server::PASSWORD};

/// A server keeps what it knows of a caller for five seconds.
const SOON: Duration = Duration::from_secs(10);

fn becomes(client: &Client, path: &str, status: u16) {
    assert!(eventually(SOON, || client.get(path).status == status), "{path} is never {status}");
}

/// Whether a command ended well, and what it wrote.
fn ended(mut command: Command) -> (bool, String) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

pub(crate) fn an_operator_lists_and_changes_accounts(backend: Backend) {
    let server = Server::start(backend);
    let root = server.admin();
    let ada = server.person("ada");
    let run = |arguments: &[&str]| ended(server.command(&[&["user"], arguments].concat()));

    let (done, list) = run(&["list"]);
    assert!(done && list.lines().count() == 3, "{list}");
    assert!(list.contains(&format!("{}\t{}\t", ada.id, ada.username)), "{list}");

    let (done, text) = run(&["set-role", &ada.username, "admin"]);
    assert!(done && text.contains("is admin, active"), "{text}");
    becomes(&ada.client, "/api/v1/admin/users", 200);
    let (done, text) = run(&["set-role", &ada.username, "king"]);
    assert!(!done && text.contains("super_admin"), "{text}");
    let (done, text) = run(&["set-role", "nobody.at.all", "user"]);
    assert!(!done && text.contains("there is no user"), "{text}");

    // The last one who can do everything stays.
    for arguments in [["set-role", &root.username, "user"].as_slice(), &["suspend", &root.username]]
    {
        let (done, text) = run(arguments);
        assert!(!done && text.contains("super_admin"), "{text}");
    }

    let (done, text) = run(&["suspend", &ada.username]);
    assert!(done && text.contains("suspended"), "{text}");
    assert!(eventually(SOON, || ada.client.get("/api/v1/users/me").status != 200));
    assert!(run(&["reactivate", &ada.username]).0);
    let ada = server.sign_in(&ada.email, PASSWORD);

    let mut command = server.command(&["user", "set-password", &ada.username]);
    command.env("ALVEOLE_PASSWORD", "another quiet walk at noon");
    let (done, text) = ended(command);
    assert!(done, "{text}");
    becomes(&ada.client, "/api/v1/users/me", 401);
    server.sign_in(&ada.email, "another quiet walk at noon");
    let mut command = server.command(&["user", "set-password", &ada.username]);
    command.env("ALVEOLE_PASSWORD", "password");
    let (done, text) = ended(command);
    assert!(!done && text.contains("password"), "{text}");
}

pub(crate) fn a_server_that_may_not_migrate_waits_for_the_operator(backend: Backend) {
    let server = Server::start(backend);
    let (done, text) = ended({
        let mut command = server.command(&["migrate", "down"]);
        command.stdin(Stdio::null());
        command
    });
    assert!(!done && text.contains("--yes"), "{text}");
    let run = |arguments: &[&str]| ended(server.command(arguments));
    assert!(run(&["migrate", "down", "--yes"]).1.contains("took back"));
    let never = ["--set", "database.migrate_at_start=false", "serve"];
    let (done, text) = run(&never);
    assert!(!done && text.contains("alveole migrate up"), "{text}");
    assert!(run(&["migrate", "up"]).0);
}

/// `alveole problems | head`: a reader that has seen enough is no error.
pub(crate) fn a_reader_that_leaves_early_is_no_error(backend: Backend) {
    let server = Server::start(backend);
    for name in ["openapi", "problems"] {
        let mut child =
            server.command(&[name]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}

pub(crate) fn the_sample_is_added_once(backend: Backend) {
    let server = Server::start(backend);
    let seed = || {
        let amounts = ["--users", "5", "--tasks", "60", "--products", "30", "--files", "40"];
        ended(server.command(&[&["seed"], &amounts[..]].concat()))
    };
    let (done, text) = seed();
    assert!(done, "{text}");
    assert!(text.contains("Added 5 users, 60 tasks, 30 products, 40 files"), "{text}");
    let (done, text) = seed();
    assert!(done && text.contains("nothing was added"), "{text}");

    let demo = server.sign_in("demo1@example.com", "alveole-demo-2026");
    let files = demo.client.get("/api/v1/files?limit=100").expect(200);
    assert!(files.rows().len() >= 24, "{files}");
    for file in files.rows() {
        let answer = demo.client.get(&format!("/api/v1/files/{}/download", file["id"])).expect(200);
        assert_eq!(
            answer.header("content-type").map(|kind| kind.split(';').next().unwrap()),
            file["mime_type"].as_str()
        );
    }
    let root = server.admin().client;
    assert_eq!(root.get("/api/v1/admin/products").expect(200).at("/pagination/total"), 30);
    assert_eq!(root.get("/api/v1/tasks").expect(200).at("/pagination/total"), 60);
    let verified = ended(server.command(&["files", "verify"]));
    assert!(verified.0, "{}", verified.1);
}
