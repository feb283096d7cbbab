use std::{
    collections::BTreeMap,
    sync::{Mutex, atomic::AtomicUsize},
};

use kernel::time::FixedClock;

use super::*;

/// Bytes in memory.
#[derive(Default)]
struct Kept(Mutex<BTreeMap<String, Vec<u8>>>);

impl Kept {
    fn of(keys: &[&str]) -> Arc<Self> {
        let bytes = keys.iter().map(|key| ((*key).to_owned(), key.as_bytes().to_vec()));
        Arc::new(Self(Mutex::new(bytes.collect())))
    }

    fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }
}

impl Bytes for Kept {
    fn open(&self, key: &str) -> anyhow::Result<Option<(u64, Box<dyn Read>)>> {
        let bytes = self.0.lock().unwrap().get(key).cloned();
        Ok(bytes.map(|bytes| {
            let content: Box<dyn Read> = Box::new(std::io::Cursor::new(bytes.clone()));
            (bytes.len() as u64, content)
        }))
    }

    fn put(&self, key: &str, content: &mut dyn Read) -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        self.0.lock().unwrap().insert(key.to_owned(), bytes);
        Ok(())
    }

    fn list(&self, prefix: &str) -> anyhow::Result<Vec<String>> {
        Ok(self.names().into_iter().filter(|name| name.starts_with(prefix)).collect())
    }

    fn delete(&self, key: &str) -> anyhow::Result<()> {
        self.0.lock().unwrap().remove(key);
        Ok(())
    }
}

const NOON: &str = "2026-11-23T12:00:00.5Z";

/// Back-ups into a folder; the n-th copy of the database names `named(n)`.
fn backups(
    dir: &Path,
    files: &Arc<Kept>,
    named: impl Fn(usize) -> Vec<&'static str> + Send + Sync + 'static,
) -> Parts {
    let count = AtomicUsize::new(0);
    let files: Arc<dyn Bytes> = Arc::<Kept>::clone(files);
    Parts {
        snapshot: Box::new(move |folder| {
            let pass = count.fetch_add(1, Ordering::Relaxed) + 1;
            let (database, keys) = (folder.join("database"), folder.join("keys"));
            fs::write(&database, format!("copy {pass}"))?;
            fs::write(&keys, named(pass).iter().flat_map(|key| [*key, "\n"]).collect::<String>())?;
            Ok(Snapshot { database, keys })
        }),
        engine: "sqlite",
        clock: Arc::new(FixedClock::at(Timestamp::parse(NOON).unwrap())),
        dir: dir.join("backups"),
        keep: 2,
        files: FileBytes::Local(files),
        bucket: None,
        secrets: Vec::new(),
    }
}

fn make(parts: Parts, plan: &Plan) -> anyhow::Result<Made> {
    Backups::new(parts).make_blocking(plan, &AtomicBool::new(false))
}

fn members(path: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    adapter_archive::read(path, |name, _, content| {
        let mut text = String::new();
        content.read_to_string(&mut text)?;
        found.push((name.to_owned(), text));
        Ok(())
    })
    .unwrap();
    found
}

fn entries(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn the_archive_has_the_files_that_its_database_names() {
    let (dir, files) = (tempfile::tempdir().unwrap(), Kept::of(&["blobs/a", "blobs/b", "blobs/c"]));
    let made = make(backups(dir.path(), &files, |_| vec!["blobs/a", "blobs/b"]), &Plan::default());
    let made = made.unwrap();
    assert_eq!(made.path, dir.path().join("backups/alveole-20261123T120000.500000Z.tar"));
    assert_eq!((made.files, made.secrets, made.lost.len()), (2, 0, 0));
    assert_eq!(made.size, fs::metadata(&made.path).unwrap().len());
    let found = members(&made.path);
    assert_eq!(found[0].0, ABOUT);
    let wanted =
        [("files/blobs/a", "blobs/a"), ("files/blobs/b", "blobs/b"), ("database.sqlite", "copy 1")];
    let wanted = wanted.map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(found[1..], wanted);
    assert_eq!(entries(&dir.path().join("backups")), ["alveole-20261123T120000.500000Z.tar"]);
}

#[test]
fn a_file_that_is_deleted_meanwhile_makes_the_database_be_copied_again() {
    let (dir, files) = (tempfile::tempdir().unwrap(), Kept::of(&["blobs/a", "blobs/c"]));
    let named = |pass| match pass {
        1 => vec!["blobs/a", "blobs/b"],
        _ => vec!["blobs/a", "blobs/c"],
    };
    let made = make(backups(dir.path(), &files, named), &Plan::default()).unwrap();
    assert_eq!((made.files, made.lost.len()), (2, 0));
    assert_eq!(members(&made.path).last().unwrap().1, "copy 2");
}

#[test]
fn a_file_that_two_copies_name_and_is_not_there_is_reported() {
    let (dir, files) = (tempfile::tempdir().unwrap(), Kept::of(&["blobs/a"]));
    let made = make(backups(dir.path(), &files, |_| vec!["blobs/a", "blobs/b"]), &Plan::default());
    assert_eq!(made.unwrap().lost, ["blobs/b"]);
}

#[test]
fn a_back_up_that_fails_leaves_nothing() {
    let (dir, files) = (tempfile::tempdir().unwrap(), Kept::of(&[]));
    let each =
        |pass| vec![["blobs/a", "blobs/b", "blobs/c", "blobs/d", "blobs/e", "blobs/f"][pass]];
    let failed = make(backups(dir.path(), &files, each), &Plan::default());
    let failed = failed.unwrap_err().to_string();
    assert!(failed.contains("deleted faster"), "{failed}");
    assert!(entries(&dir.path().join("backups")).is_empty());
    let stopped = Backups::new(backups(dir.path(), &files, |_| Vec::new()))
        .make_blocking(&Plan::default(), &AtomicBool::new(true));
    assert_eq!(stopped.unwrap_err().to_string(), "it was stopped");
    assert!(entries(&dir.path().join("backups")).is_empty());
}

#[test]
fn the_newest_are_kept_here_and_in_the_bucket() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let old = ["alveole-20250101T000000.000000Z.tar", "alveole-20261123T115959.000000Z.tar"];
    for name in old.into_iter().chain(["alveole-before-the-move.tar", "notes.txt"]) {
        fs::write(folder.join(name), "old").unwrap();
    }
    let bucket = Kept::of(&[
        "backups/alveole_20250101t000000_000000z",
        "backups/alveole_20261123t115959_000000z",
    ]);
    let mut parts = backups(dir.path(), &Kept::of(&[]), |_| Vec::new());
    parts.bucket = Some(("safe".to_owned(), Arc::<Kept>::clone(&bucket) as Arc<dyn Bytes>));
    let made = make(parts, &Plan::default()).unwrap();
    assert_eq!(made.uploaded.as_deref(), Some("s3://safe/backups/alveole_20261123t120000_500000z"));
    assert_eq!(made.removed, 1);
    let kept = ["alveole-20261123T115959.000000Z.tar", "alveole-20261123T120000.500000Z.tar"];
    let others = ["alveole-before-the-move.tar", "notes.txt"];
    assert_eq!(entries(&folder), [kept, others].concat());
    let kept =
        ["backups/alveole_20261123t115959_000000z", "backups/alveole_20261123t120000_500000z"];
    assert_eq!(bucket.names(), kept);
    let whole = bucket.0.lock().unwrap().get(kept[1]).cloned().unwrap();
    assert_eq!(whole, fs::read(made.path).unwrap());
}

#[test]
fn secrets_are_in_it_when_they_are_asked_for_and_leave_this_machine_never() {
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("jwt.secret");
    fs::write(&secret, "hush").unwrap();
    let bucket = Kept::of(&[]);
    let parts = || {
        let mut parts = backups(dir.path(), &Kept::of(&[]), |_| Vec::new());
        parts.secrets = vec![("jwt.secret".to_owned(), secret.clone())];
        parts.bucket = Some(("safe".to_owned(), Arc::<Kept>::clone(&bucket) as Arc<dyn Bytes>));
        parts
    };
    let to = Some(dir.path().join("here.tar"));
    let made = make(parts(), &Plan { to: to.clone(), secrets: Secrets::Without }).unwrap();
    assert!(!members(&made.path).iter().any(|(name, _)| name.starts_with(SECRETS)));
    assert!(
        make(parts(), &Plan { to, secrets: Secrets::With }).is_err(),
        "there is a file already"
    );
    let made = make(parts(), &Plan { to: None, secrets: Secrets::With }).unwrap();
    assert_eq!(made.secrets, 1);
    assert!(members(&made.path).contains(&("secrets/jwt.secret".to_owned(), "hush".to_owned())));
    assert_eq!((made.uploaded, bucket.names().len()), (None, 0));
}
