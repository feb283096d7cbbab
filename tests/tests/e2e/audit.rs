//! The audit trail can be trusted: it has everything, and whoever changes it behind the server's
//! back is found out.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use alveole_tests::{
    Backend, Server,
    server::{PASSWORD, workspace},
    simultaneously,
};
use serde_json::{Value, json};

const LOGIN: &str = "/api/v1/auth/login";
const EXPORT: &str = "/api/v1/admin/audit/export";

/// Runs `alveole audit …`; gives whether it ended well, and what it printed.
fn audit(server: &Server, arguments: &[&str]) -> (bool, String) {
    let output = server.command(&[&["audit"], arguments].concat()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    (output.status.success(), format!("{text}{errors}"))
}

#[track_caller]
fn whole(server: &Server, arguments: &[&str]) -> String {
    let (well, said) = audit(server, &[&["verify"], arguments].concat());
    assert!(well && said.contains(" entries, whole"), "{said}");
    said
}

#[track_caller]
fn found_out(server: &Server, what: &str, wanted: &str) {
    let (well, said) = audit(server, &["verify"]);
    assert!(!well, "{what}: not noticed: {said}");
    assert!(said.contains(wanted), "{what}: {said:?} does not say {wanted:?}");
}

/// `id:hash` of the newest entry, as `verify` prints it.
fn newest(said: &str) -> String {
    let line = said.lines().find_map(|line| line.strip_prefix("newest "));
    line.unwrap_or_else(|| panic!("no newest entry: {said}")).to_owned()
}

fn number(server: &Server, sql: &str) -> i64 {
    server.sql(sql).parse().unwrap()
}

pub(crate) fn every_security_event_is_on_record(backend: Backend) {
    let server = Server::start(backend);
    let anonymous = server.anonymous();
    let admin = server.admin();
    let root = server.person_with_role("super_admin"); // by the command line
    let ada = server.person("ada");
    let login = |email: &str, password: &str| {
        anonymous.post(LOGIN, &json!({"email": email, "password": password})).status
    };
    assert_eq!(login(&ada.email, "not the password"), 401);
    assert_eq!(login("nobody@example.com", "not the password"), 401);

    let thief = server.sign_in(&ada.email, PASSWORD);
    let refresh =
        |token: &str| anonymous.post("/api/v1/auth/refresh", &json!({"refresh_token": token}));
    let second = refresh(&thief.refresh_token).expect(200);
    let token = second.at("/data/access_token").as_str().unwrap().to_owned();
    anonymous.with_token(&token).get("/api/v1/auth/me").expect(200);
    refresh(&thief.refresh_token).expect(401);

    let other = server.sign_in(&ada.email, PASSWORD);
    let sessions = other.client.get("/api/v1/auth/sessions").expect(200).ids();
    ada.client.delete(&format!("/api/v1/auth/sessions/{}", sessions[0])).expect(200);
    let change = |current: &str| {
        let body = json!({"current_password": current, "new_password": "another long walk"});
        ada.client.put("/api/v1/users/password", &body).status
    };
    assert_eq!((change("wrong"), change(PASSWORD)), (403, 200));
    ada.client.put("/api/v1/users/me", &json!({"username": "countess"})).expect(200);
    for path in ["/api/v1/admin/users", "/api/v1/admin/audit", EXPORT] {
        ada.client.get(path).expect(403);
    }
    let account = format!("/api/v1/admin/users/{}", ada.id);
    ada.client.put(&account, &json!({"role": "admin"})).expect(403);
    ada.client.delete(&format!("/api/v1/users/{}", admin.id)).expect(403);
    ada.client.request("POST", "/api/v1/auth/logout").send().expect(200);
    let back = server.sign_in(&ada.email, "another long walk");
    back.client.request("POST", "/api/v1/auth/logout-all").send().expect(200);
    let back = server.sign_in(&ada.email, "another long walk");

    admin.client.put(&account, &json!({"role": "moderator"})).expect(200);
    admin.client.put(&format!("/api/v1/users/{}", ada.id), &json!({"bio": "x"})).expect(200);
    admin.client.put(&account, &json!({"status": "suspended"})).expect(200);
    assert_eq!(login(&ada.email, "another long walk"), 403);
    refresh(&back.refresh_token).expect(403);
    admin.client.delete(&format!("/api/v1/users/{}", ada.id)).expect(200);
    let leave = |password: &str| {
        let body = json!({"password": password});
        root.client.request("DELETE", "/api/v1/users/me").json(&body).send().status
    };
    assert_eq!((leave("wrong"), leave(PASSWORD)), (403, 200));
    admin.client.get(EXPORT).expect(200);

    let rows = admin.client.every_row("/api/v1/admin/audit?limit=100");
    let told: BTreeSet<String> = rows
        .iter()
        .map(|row| format!("{} {}", row["action"].as_str().unwrap(), row["outcome"]))
        .collect();
    let success = [
        "auth.register",
        "auth.login",
        "auth.logout",
        "auth.logout_all",
        "auth.session_ended",
        "auth.password_changed",
        "users.created",
        "users.updated",
        "users.role_changed",
        "users.status_changed",
        "users.deleted",
        "audit.exported",
    ];
    let failure = ["auth.login", "auth.password_changed", "users.deleted"];
    let denied = [
        "auth.login",
        "auth.refresh",
        "auth.refresh_reused",
        "users.listed",
        "users.role_changed",
        "users.deleted",
        "audit.read",
        "audit.exported",
    ];
    let all = success
        .map(|action| format!("{action} \"success\""))
        .into_iter()
        .chain(failure.map(|action| format!("{action} \"failure\"")))
        .chain(denied.map(|action| format!("{action} \"denied\"")));
    assert_eq!(told, all.collect());
    whole(&server, &[]);
}

/// A server with some entries, and the guards of its tables taken down: what comes next is done by
/// somebody who may do everything.
pub(crate) fn unguarded(backend: Backend) -> (Server, i64) {
    let server = Server::start(backend);
    let admin = server.admin();
    let ada = server.person("ada");
    let account = format!("/api/v1/admin/users/{}", ada.id);
    admin.client.put(&account, &json!({"role": "moderator"})).expect(200);
    server.admin();
    server.admin();
    let guards = match backend {
        Backend::Sqlite => {
            "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; \
             DROP TRIGGER audit_no_other; DROP TRIGGER audit_head_no_way_back; \
             DROP TRIGGER audit_head_stays"
        }
        Backend::Postgres => {
            "ALTER TABLE audit DISABLE TRIGGER USER; ALTER TABLE audit_head DISABLE TRIGGER USER; \
             ALTER TABLE audit DROP CONSTRAINT audit_hashed"
        }
    };
    server.sql(guards);
    let victim = number(&server, "SELECT id FROM audit WHERE action = 'users.role_changed'");
    whole(&server, &[]);
    (server, victim)
}

/// Bytes, as this database's SQL spells them.
fn blob(backend: Backend, hex: &str) -> String {
    match backend {
        Backend::Sqlite => format!("x'{hex}'"),
        Backend::Postgres => format!("'\\x{hex}'::bytea"),
    }
}

/// A column of bytes as hexadecimal digits.
fn hex_of(backend: Backend, column: &str) -> String {
    match backend {
        Backend::Sqlite => format!("lower(hex({column}))"),
        Backend::Postgres => format!("encode({column}, 'hex')"),
    }
}

/// Another first byte.
fn flipped(hex: &str) -> String {
    let first = u8::from_str_radix(&hex[..2], 16).unwrap() ^ 1;
    format!("{first:02x}{}", &hex[2..])
}

pub(crate) fn a_change_of_one_byte_is_named(backend: Backend) {
    let (server, id) = unguarded(backend);
    let read = |what: &str| server.sql(&format!("SELECT {what} FROM audit WHERE id = {id}"));
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let mut changes: Vec<(&str, String, String)> = Vec::new();
    for column in ["at", "actor_id", "target_id"] {
        let now = read(column);
        changes.push((column, format!("{column} + 1"), now));
    }
    changes.push(("actor_id", "-1".into(), read("actor_id")));
    changes.push(("at", "9223372036854775807".into(), read("at")));
    changes.push(("outcome", "2".into(), read("outcome")));
    changes.push(("outcome", "77".into(), read("outcome")));
    for column in ["action", "ip", "request_id", "detail"] {
        let now = read(column);
        assert!(!now.is_empty(), "{column}");
        changes.push((column, quoted(&format!("~{}", &now[1..])), quoted(&now)));
        changes.push((column, quoted(&now[1..]), quoted(&now)));
    }
    for column in ["ip", "request_id", "detail", "actor_id", "target_id"] {
        changes.push((column, "NULL".into(), quoted(&read(column))));
    }
    for column in ["previous", "hash"] {
        let now = read(&hex_of(backend, column));
        changes.push((column, blob(backend, &flipped(&now)), blob(backend, &now)));
        changes.push((column, blob(backend, &now[2..]), blob(backend, &now)));
    }
    if backend == Backend::Sqlite {
        // what PostgreSQL would not take: no UTF-8, and a number that would wrap to the same
        changes.push(("action", "CAST(x'ff' AS TEXT)".into(), quoted(&read("action"))));
        changes.push(("outcome", "65536 + outcome".into(), read("outcome")));
    }
    let named = format!("entry {id} was changed");
    for (column, change, back) in &changes {
        let set = |value: &str| {
            server.sql(&format!("UPDATE audit SET {column} = {value} WHERE id = {id}"));
        };
        set(change);
        found_out(&server, &format!("{column} = {change}"), &named);
        set(back);
    }
    server.sql(&format!("UPDATE audit SET id = id + 4096 WHERE id = {id}"));
    found_out(&server, "another id", &format!("missing before entry {}", id + 1));
    server.sql(&format!("UPDATE audit SET id = -1 WHERE id = {id} + 4096"));
    found_out(&server, "an id that is none", "entry -1 was changed");
    server.sql(&format!("UPDATE audit SET id = {id} WHERE id = -1"));
    whole(&server, &[]);

    // both ends
    let last = number(&server, "SELECT head_id FROM audit_head");
    for (column, named) in [
        ("head_id", format!("cut off at the end: entry {} was the newest", last + 1)),
        ("pruned_id", "missing before entry 1".to_owned()),
    ] {
        server.sql(&format!("UPDATE audit_head SET {column} = {column} + 1"));
        found_out(&server, column, &named);
        server.sql(&format!("UPDATE audit_head SET {column} = {column} - 1"));
    }
    for (column, named) in [
        ("head_hash", format!("entry {last}, the newest, is not the one")),
        ("pruned_hash", "missing before entry 1".to_owned()),
    ] {
        let hex = hex_of(backend, column);
        let now = server.sql(&format!("SELECT {hex} FROM audit_head"));
        let set = |hex: &str| {
            server.sql(&format!("UPDATE audit_head SET {column} = {}", blob(backend, hex)));
        };
        set(&flipped(&now));
        found_out(&server, column, &named);
        set(&now);
    }
    whole(&server, &[]);
}

pub(crate) fn what_is_removed_or_swapped_is_named(backend: Backend) {
    let (server, id) = unguarded(backend);
    server.sql("CREATE TABLE kept AS SELECT * FROM audit");
    let last = number(&server, "SELECT max(id) FROM audit");
    let noted = newest(&whole(&server, &[]));
    assert!(noted.starts_with(&format!("{last}:")));
    for (gone, named) in [
        (1, "missing before entry 2".to_owned()),
        (id, format!("missing before entry {}", id + 1)),
        (last, format!("entry {last} was the newest, and the last one there is {}", last - 1)),
    ] {
        server.sql(&format!("DELETE FROM audit WHERE id = {gone}"));
        found_out(&server, "removed", &named);
        server.sql(&format!("INSERT INTO audit SELECT * FROM kept WHERE id = {gone}"));
        whole(&server, &[]);
    }
    let swap = || {
        for (from, to) in [(id, -9), (id - 1, id), (-9, id - 1)] {
            server.sql(&format!("UPDATE audit SET id = {to} WHERE id = {from}"));
        }
    };
    swap();
    found_out(&server, "swapped", &format!("entry {} was changed", id - 1));
    swap();
    whole(&server, &[]);

    server.sql(
        "INSERT INTO audit (id, at, action, outcome, previous, hash) \
         SELECT id + 1, at, action, outcome, previous, hash FROM kept ORDER BY id DESC LIMIT 1",
    );
    found_out(&server, "forged", &format!("entry {} was not written by the server", last + 1));
    server.sql(&format!("DELETE FROM audit WHERE id > {last}"));

    // who cuts the end off and moves the head back as well is found out by what was noted down
    server.sql(&format!("DELETE FROM audit WHERE id = {last}"));
    server.sql(
        "UPDATE audit_head SET head_id = (SELECT max(id) FROM audit), \
         head_hash = (SELECT hash FROM audit ORDER BY id DESC LIMIT 1)",
    );
    whole(&server, &[]);
    let (well, said) = audit(&server, &["verify", "--expect", &noted]);
    assert!(!well && said.contains("noted down"), "{said}");

    // and nobody gets a fresh chain by throwing the head away
    server.sql("DELETE FROM audit_head");
    found_out(&server, "no head", "the head of the trail is missing");
    assert!(server.command(&["migrate", "up"]).output().unwrap().status.success());
    found_out(&server, "no head after a migration", "the head of the trail is missing");
}

/// By the independent verifier: Python, and not a line of ours.
fn by_stranger(file: &Path) -> bool {
    let script = workspace().join("deploy/audit-verify.py");
    let output = Command::new("python3").arg(script).arg(file).output().unwrap();
    output.status.success()
}

pub(crate) fn exports_are_verified_without_the_server(backend: Backend) {
    let server = Server::start(backend);
    let admin = server.admin();
    let ada = server.person("ada");
    let account = format!("/api/v1/admin/users/{}", ada.id);
    admin.client.put(&account, &json!({"role": "moderator"})).expect(200);
    let said = whole(&server, &[]);

    let file = server.folder().join("trail.jsonl");
    let path = file.to_str().unwrap();
    let (well, wrote) = audit(&server, &["export", "--to", path]);
    assert!(well && wrote.contains("Wrote "), "{wrote}");
    let (again, refused) = audit(&server, &["export", "--to", path]);
    assert!(!again, "an export is never overwritten: {refused}");
    let of_file = whole(&server, &["--file", path]);
    assert_eq!(newest(&of_file), newest(&said));
    assert!(by_stranger(&file));
    whole(&server, &["--file", path, "--expect", &newest(&said)]);

    // by HTTP it is the same, and one entry more
    let text = admin.client.get(EXPORT).expect(200).text;
    let begin = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with(&begin));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.last().unwrap()["action"], "audit.exported");
    let listed = admin.client.every_row("/api/v1/admin/audit?limit=3");
    assert!(lines.iter().rev().eq(listed.iter()), "the list shows the same hashes");
    let over_http = server.folder().join("http.jsonl");
    fs::write(&over_http, &text).unwrap();
    whole(&server, &["--file", over_http.to_str().unwrap()]);
    assert!(by_stranger(&over_http));

    // filters, CSV, refusals
    let of_ada = admin.client.get(&format!("{EXPORT}?target_id={}", ada.id)).expect(200);
    assert_eq!(of_ada.must_have("content-type"), "application/jsonl");
    assert!(of_ada.must_have("content-disposition").starts_with("attachment"));
    let wanted = lines.iter().filter(|line| line["target_id"] == ada.id).count();
    assert_eq!(of_ada.text.lines().count(), wanted);
    let csv = admin.client.get(&format!("{EXPORT}?format=csv&action=auth.register")).expect(200);
    assert!(csv.must_have("content-type").starts_with("text/csv"));
    assert!(csv.text.starts_with("id,at,actor_id,action,"), "{}", csv.text);
    assert_eq!(csv.text.lines().count(), 2);
    for query in ["format=xml", "colour=red", "outcome=maybe", "page=1"] {
        admin.client.get(&format!("{EXPORT}?{query}")).expect(400);
    }

    // a piece by time, and a time at which there is nothing
    let second = lines[1]["at"].as_str().unwrap();
    let piece = server.folder().join("piece.jsonl");
    let arguments = ["export", "--to", piece.to_str().unwrap(), "--from", second];
    assert!(audit(&server, &arguments).0);
    assert!(whole(&server, &["--file", piece.to_str().unwrap()]).contains("From entry 2 to"));
    let nothing = server.folder().join("nothing.jsonl");
    let arguments = ["export", "--to", nothing.to_str().unwrap(), "--until", "2020-01-01"];
    assert!(audit(&server, &arguments).1.contains("Wrote 0 entries"));

    // every byte counts
    let bytes = fs::read(&file).unwrap();
    let spoiled = server.folder().join("spoiled.jsonl");
    for at in (0..bytes.len() - 1).step_by(11) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        fs::write(&spoiled, &bytes).unwrap();
        let (well, said) = audit(&server, &["verify", "--file", spoiled.to_str().unwrap()]);
        assert!(!well && said.contains("line "), "byte {at}: {said}");
    }
    let without: Vec<&str> = begin.lines().take(1).chain(begin.lines().skip(2)).collect();
    fs::write(&spoiled, without.join("\n")).unwrap();
    let (well, said) = audit(&server, &["verify", "--file", spoiled.to_str().unwrap()]);
    assert!(!well && said.contains("line 2: missing before entry 3"), "{said}");
    assert!(!by_stranger(&spoiled));
}

/// A database of before there was a chain, with a gap and a past.
pub(crate) fn an_older_database_gets_its_chain_and_old_entries_go(backend: Backend) {
    let month = [("ALVEOLE__AUDIT__RETENTION_SECONDS", "2592000")];
    let mut server = Server::with(backend, &month);
    for _ in 0..4 {
        server.admin();
    }
    server.terminate();
    let run = |arguments: &[&str]| {
        let output = server.command(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    while run(&["migrate", "status"]).contains("[x] 2026-11-21-000009_audit_chain") {
        run(&["migrate", "down", "--yes"]);
    }
    let (down, up) = match backend {
        Backend::Sqlite => (
            "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete",
            "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'x'); \
             END; CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, \
             'x'); END",
        ),
        Backend::Postgres => {
            ("ALTER TABLE audit DISABLE TRIGGER USER", "ALTER TABLE audit ENABLE TRIGGER USER")
        }
    };
    let micros = 40_i64 * 24 * 3600 * 1_000_000;
    server.sql(&format!(
        "{down}; DELETE FROM audit WHERE id = 2; UPDATE audit SET at = at - {micros} WHERE id < 4; \
         {up}"
    ));
    let left = number(&server, "SELECT count(*) FROM audit");
    run(&["migrate", "up"]);
    let said = whole(&server, &[]);
    assert!(said.contains(&format!("{left} entries, whole")) && !said.contains("Kept"), "{said}");
    let noted = newest(&said);

    server.restart();
    let prune = server.command(&["schedules", "run", "users.prune_audit"]).output().unwrap();
    assert!(prune.status.success(), "{}", String::from_utf8_lossy(&prune.stderr));
    let said = whole(&server, &[]);
    assert!(said.contains("Kept from entry 4 on"), "{said}");
    whole(&server, &["--expect", &noted]);
    let admin = server.admin();
    let cut = admin.client.get("/api/v1/admin/audit?action=audit.pruned").expect(200);
    assert_eq!(cut.rows().len(), 1, "{cut}");
    assert!(cut.rows()[0]["detail"].as_str().unwrap().starts_with("through entry 3, "), "{cut}");
    assert_eq!(number(&server, "SELECT min(id) FROM audit"), 4);
    whole(&server, &[]);
}

pub(crate) fn many_sign_ins_simultaneously_leave_one_line(backend: Backend) {
    const EACH: usize = 6;
    let server = Server::with(backend, &[("ALVEOLE__SERVER__TRUSTED_PROXIES", "127.0.0.1")]);
    let people: Vec<_> = (0..4).map(|number| server.person(&format!("p{number}"))).collect();
    let before = number(&server, "SELECT head_id FROM audit_head");
    simultaneously(16, |number| {
        let client = server.anonymous();
        for turn in 0..EACH {
            let right = (number + turn) % 3 > 0;
            let password = if right { PASSWORD } else { "not the password" };
            let body = json!({"email": people[number % 4].email, "password": password});
            // Each from elsewhere: who tries again and again from one place has to wait.
            let from = format!("203.0.113.{}", number * EACH + turn);
            let login = client.request("POST", LOGIN).header("x-forwarded-for", &from);
            login.json(&body).send().expect(if right { 200 } else { 401 });
        }
    });
    let after = number(&server, "SELECT head_id FROM audit_head");
    assert_eq!(after - before, 16 * EACH as i64, "each try has its entry");
    assert!(whole(&server, &[]).contains(&format!("{after} entries, whole")));
}
