//! Migrations: the same on both engines, in the order of their time, and never changed once they are
//! on the list.

use std::{collections::BTreeSet, fmt::Write as _, fs, process::Command};

use alveole_tests::server::workspace;
use sha2::{Digest as _, Sha256};

use crate::nothing;

const LIST: &str = "migrations/checksums.txt";
const FILES: [&str; 2] = ["up.sql", "down.sql"];
const ENGINES: [&str; 2] = ["sqlite", "postgres"];

/// The migrations of one engine, oldest first.
fn folders(engine: &str) -> BTreeSet<String> {
    fs::read_dir(workspace().join("migrations").join(engine))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// `YYYY-MM-DD-HHMMSS` of a name, if it begins with a date and a time of day that exist.
fn version(name: &str) -> Option<&str> {
    let (version, rest) = (name.get(..17)?, name.get(17..)?);
    let number = |from: usize, to: usize| version.get(from..to)?.parse::<u32>().ok();
    let dashes = version.char_indices().filter(|(_, c)| *c == '-').map(|(at, _)| at);
    let sound = dashes.eq([4, 7, 10])
        && (1..=12).contains(&number(5, 7)?)
        && (1..=31).contains(&number(8, 10)?)
        && number(11, 13)? < 24
        && number(13, 15)? < 60
        && number(15, 17)? < 60
        && rest.len() > 1
        && rest.starts_with('_');
    sound.then_some(version)
}

/// SHA-256 of `up.sql` followed by `down.sql`.
fn checksum(engine: &str, name: &str) -> String {
    let mut hash = Sha256::new();
    for file in FILES {
        hash.update(
            fs::read(workspace().join("migrations").join(engine).join(name).join(file))
                .unwrap_or_default(),
        );
    }
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The list where this branch left `origin/main`, if there is such a history.
fn list_before() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(workspace()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let base = git(&["merge-base", "HEAD", "origin/main"])?;
    git(&["show", &format!("{}:{LIST}", base.trim())])
}

#[test]
fn rule_7_both_databases_have_the_same_migrations() {
    let [sqlite, postgres] = ENGINES.map(folders);
    assert!(!sqlite.is_empty(), "migrations/sqlite is empty");
    let mut findings: Vec<String> = sqlite
        .symmetric_difference(&postgres)
        .map(|name| format!("`{name}` is only in one of migrations/sqlite and migrations/postgres"))
        .collect();
    for engine in ENGINES {
        for name in folders(engine) {
            for file in FILES {
                let path = format!("migrations/{engine}/{name}/{file}");
                if !workspace().join(&path).is_file() {
                    findings.push(format!("{path} is missing"));
                }
            }
        }
    }
    nothing(findings, "write both, with up.sql and down.sql, under the same name");
}

#[test]
fn rule_7_migrations_have_ascending_timestamps() {
    let mut findings = Vec::new();
    let mut last = String::new();
    for name in folders("sqlite") {
        match version(&name) {
            None => findings.push(format!("{name} does not begin with YYYY-MM-DD-HHMMSS_")),
            // Diesel runs only one of two that share a version.
            Some(version) if version <= last.as_str() => {
                findings.push(format!("{name} has the version of another migration"));
            }
            Some(version) => version.clone_into(&mut last),
        }
    }
    nothing(findings, "`make migration name=…` makes one under a version of its own");
}

#[test]
fn rule_7_migrations_are_listed_and_stay_as_they_are() {
    let list = fs::read_to_string(workspace().join(LIST)).unwrap_or_default();
    let mut findings = Vec::new();
    for name in folders("sqlite") {
        let line = format!("{name} {} {}", checksum("sqlite", &name), checksum("postgres", &name));
        match list.lines().find(|line| line.split(' ').next() == Some(&name)) {
            None => findings.push(format!("{name} is not on the list: run `make migrations`")),
            Some(listed) if listed != line => findings.push(format!("{name} was changed")),
            Some(_) => {}
        }
    }
    let names: Vec<&str> = list.lines().filter_map(|line| line.split(' ').next()).collect();
    for (earlier, later) in names.iter().zip(names.iter().skip(1)) {
        if earlier >= later {
            findings.push(format!("{later} is listed behind {earlier}, which is younger"));
        }
    }
    for name in names {
        if !folders("sqlite").contains(name) {
            findings.push(format!("{name} is on the list and has no files"));
        }
    }
    if let Some(before) = list_before()
        && !list.starts_with(&before)
    {
        findings.push("lines that origin/main has were changed or moved".to_owned());
    }
    nothing(
        findings,
        "migrations/checksums.txt is append-only, because listed migrations have run somewhere. Write a \
         new migration instead. If yours was never merged: `git checkout origin/main -- \
         migrations/checksums.txt && make migrations`, which also gives it a newer version where another \
         one came first",
    );
}
