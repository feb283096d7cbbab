//! Back-ups: made by their schedule or by hand, and put back where nothing is left.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use alveole_tests::{Backend, Server, eventually};
use serde_json::json;

use crate::files::form;

const SCHEDULE: &str = "/api/v1/admin/schedules/backup";
const SOON: Duration = Duration::from_secs(30);

/// The exit code of a command, and what it wrote.
fn ended(mut command: Command) -> (i32, String) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

fn run(server: &Server, arguments: &[&str]) -> (i32, String) {
    ended(server.command(arguments))
}

fn archives(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "tar"));
    paths.sort_unstable();
    paths
}

/// As a lost machine leaves it: no database, and none of the files that were kept here.
fn lose_everything(server: &Server) {
    if let Some(database) = server.database_url().strip_prefix("sqlite://") {
        for ending in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{database}{ending}"));
        }
        fs::remove_dir_all(server.data_dir().join("files")).unwrap();
    } else {
        server.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    }
}

pub(crate) fn a_back_up_made_by_its_schedule_brings_everything_back(backend: Backend) {
    let safe = tempfile::tempdir().unwrap();
    let folder = safe.path().join("back-ups");
    let dir = folder.to_str().unwrap();
    let settings = [("ALVEOLE__BACKUP__DIR", dir), ("ALVEOLE__BACKUP__KEEP", "2")];
    let mut server = Server::with(backend, &settings);
    let (admin, ada) = (server.admin(), server.person("ada"));
    let kept = ada.task("kept");
    let content = b"the only copy of a letter".repeat(9000);
    let letter = form(&[], "letter.txt", "text/plain", &content);
    let sent = ada.client.request("POST", "/api/v1/files");
    let file = sent.raw("multipart/form-data; boundary=x", &letter).send().expect(201).id();
    let head = ada.client.get("/api/v1/events/head").expect(200);
    let cursor = head.at("/data/head").as_str().unwrap().to_owned();

    // Off until somebody wants it.
    let schedule = &admin.client;
    assert!(eventually(SOON, || schedule.get(SCHEDULE).status == 200), "{}", server.log());
    assert_eq!(schedule.get(SCHEDULE).expect(200).at("/data/enabled"), false);
    let wish = json!({"enabled": true, "cron": "30 2 * * *"});
    schedule.patch(SCHEDULE, &wish).expect(200);
    server.sql("UPDATE schedules SET next_at = 1763856000000000 WHERE name = 'backup'");
    assert!(eventually(SOON, || !archives(&folder).is_empty()), "{}", server.log());
    let of = "/api/v1/admin/jobs?schedule=backup&state=succeeded";
    assert!(eventually(SOON, || schedule.get(of).rows().len() == 1), "{}", server.log());
    let archive = archives(&folder).pop().unwrap();
    let size = fs::metadata(&archive).unwrap().len();
    assert_eq!(server.metric("alveole_backup_last_size_bytes"), Some(size as f64));
    let lost = ada.task("after the back-up");

    // In use, or there already: nothing is replaced.
    let archive = archive.to_str().unwrap().to_owned();
    let (code, text) = run(&server, &["restore", &archive]);
    assert!(code == 1 && text.contains("there is a database already"), "{text}");
    assert!(server.terminate().success());
    lose_everything(&server);

    // One byte in its middle.
    let damaged = safe.path().join("damaged.tar");
    let mut bytes = fs::read(&archive).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&damaged, bytes).unwrap();
    let (code, text) = run(&server, &["restore", damaged.to_str().unwrap()]);
    assert!(code == 1 && text.contains("the archive is damaged"), "{text}");
    let cut = safe.path().join("cut.tar");
    fs::write(&cut, &fs::read(&archive).unwrap()[..middle]).unwrap();
    let (code, text) = run(&server, &["restore", cut.to_str().unwrap()]);
    assert!(code == 1 && text.contains("the archive is damaged"), "{text}");
    if let Some(database) = server.database_url().strip_prefix("sqlite://") {
        assert!(!Path::new(database).exists(), "nothing was put there");
        assert_eq!(crate::files::count(&server.data_dir().join("files")), 0);
    }

    let (code, text) = run(&server, &["restore", &archive]);
    assert!(code == 0 && text.contains("Restored from"), "{text}");
    let (code, text) = run(&server, &["files", "verify"]);
    assert!(code == 0 && text.contains("Compared 1 contents"), "{text}");
    let (code, text) = run(&server, &["audit", "verify"]);
    assert!(code == 0 && text.contains("entries, whole"), "{text}");
    server.restart();
    let ada = server.sign_in(&ada.email, alveole_tests::server::PASSWORD);
    ada.client.get(&format!("/api/v1/tasks/{kept}")).expect(200);
    ada.client.get(&format!("/api/v1/tasks/{lost}")).problem(404, "tasks.not_found");
    let back = ada.client.get(&format!("/api/v1/files/{file}/download")).expect(200);
    assert!(back.bytes == content);
    // The feed gives numbers again that it gave before: a follower from before must notice.
    let follow = format!("/api/v1/events?wait=0&after={cursor}");
    ada.client.get(&follow).problem(410, "events.epoch_changed");
}

pub(crate) fn back_ups_by_hand_are_bounded_and_keep_secrets_only_when_asked(backend: Backend) {
    let server = Server::with(backend, &[("ALVEOLE__BACKUP__KEEP", "2")]);
    let folder = server.data_dir().join("backups");
    for _ in 0..3 {
        let (code, text) = run(&server, &["backup"]);
        assert!(code == 0 && text.contains("Not in it: keys and secrets."), "{text}");
    }
    assert_eq!(archives(&folder).len(), 2);

    fs::write(server.data_dir().join("jwt.secret"), "a secret that is kept in a file of its own")
        .unwrap();
    let there = folder.join("there.tar");
    let (code, text) = run(&server, &["backup", there.to_str().unwrap(), "--with-secrets"]);
    assert!(code == 0 && text.contains("In it: 1 keys and secrets."), "{text}");
    let (code, text) = run(&server, &["backup", there.to_str().unwrap()]);
    assert!(code == 1 && text.contains("there is a file"), "{text}");
    // An operator without this program opens it, too.
    let unpacked = tempfile::tempdir().unwrap();
    let mut tar = Command::new("tar");
    tar.arg("xf").arg(&there).arg("-C").arg(unpacked.path());
    assert_eq!(ended(tar).0, 0);
    let mut sums = Command::new("sha256sum");
    sums.args(["--check", "--quiet", "SHA256SUMS"]).current_dir(unpacked.path());
    let (code, text) = ended(sums);
    assert_eq!(code, 0, "{text}");
    assert!(unpacked.path().join("secrets/jwt.secret").is_file());

    // Where the tools of PostgreSQL are missing, their names are said.
    if backend == Backend::Postgres {
        let mut command = server.command(&["backup"]);
        command.env("PATH", "/nonexistent");
        let (code, text) = ended(command);
        assert!(code == 1 && text.contains("needs pg_dump, which is not installed"), "{text}");
    }
}
