use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use super::*;

const SPREAD: Duration = Duration::from_secs(360);
const LIFE: Duration = Duration::from_secs(3665);
const TIMES: (Duration, Duration) = (SPREAD, LIFE);

fn now() -> Timestamp {
    Timestamp::parse("2026-11-21T08:00:00Z").unwrap()
}

fn later(seconds: u64) -> Timestamp {
    now().plus(Duration::from_secs(seconds))
}

fn folder() -> (tempfile::TempDir, KeyFolder) {
    let home = tempfile::tempdir().unwrap();
    let folder = KeyFolder::strict(home.path().join("deep/keys"));
    (home, folder)
}

fn states(folder: &KeyFolder) -> Vec<KeyState> {
    folder.records().unwrap().iter().map(|record| record.state).collect()
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_rotation_from_the_first_key_to_its_end() {
    let (_home, folder) = folder();
    assert!(matches!(folder.load(), Err(FolderError::Empty(_))));
    assert!(folder.records().unwrap().is_empty());
    let first = folder.generate(now()).unwrap();
    assert_eq!(first.state, KeyState::Signing, "there is nobody to tell of the first one");
    let second = folder.generate(now()).unwrap();
    assert_eq!(second.state, KeyState::Next);
    assert_eq!(folder.load().unwrap().says().len(), 2);

    let early = folder.promote(&second.kid, later(359), Force::No, TIMES).unwrap_err();
    assert!(early.to_string().contains("2026-11-21T08:06:00Z"), "{early}");
    let promoted = folder.rotate(later(360), Force::No, TIMES).unwrap();
    assert_eq!(
        (promoted.kid, promoted.before.unwrap().kid),
        (second.kid.clone(), first.kid.clone())
    );
    assert_eq!(states(&folder), [KeyState::Verifying, KeyState::Signing]);

    let early = folder.retire(&first.kid, later(360 + 3664), Force::No, LIFE).unwrap_err();
    assert!(early.to_string().contains("2026-11-21T09:07:05Z"), "{early}");
    folder.retire(&first.kid, later(360 + 3665), Force::No, LIFE).unwrap();
    assert_eq!(states(&folder), [KeyState::Retired, KeyState::Signing]);
    assert!(!folder.key_path(&first.kid).exists(), "the private half is gone");
    assert_eq!(folder.load().unwrap().says(), [(KeyState::Signing, second.kid)]);
}

#[test]
fn steps_that_make_no_sense_are_refused_and_change_nothing() {
    let (_home, folder) = folder();
    let first = folder.generate(now()).unwrap().kid;
    let second = folder.generate(now()).unwrap().kid;
    let far = later(1_000_000);
    folder.promote(&second, far, Force::No, TIMES).unwrap();
    folder.retire(&first, far, Force::Yes, LIFE).unwrap();
    let before = folder.records().unwrap();
    let refused = [
        folder.promote(&second, far, Force::Yes, TIMES).map(|_| ()),
        folder.promote(&first, far, Force::Yes, TIMES).map(|_| ()),
        folder.promote("nobody", far, Force::Yes, TIMES).map(|_| ()),
        folder.promote("../../etc/passwd", far, Force::Yes, TIMES).map(|_| ()),
        folder.retire(&second, far, Force::Yes, LIFE),
        folder.retire(&first, far, Force::Yes, LIFE),
        folder.retire("nobody", far, Force::Yes, LIFE),
        folder.rotate(far, Force::Yes, TIMES).map(|_| ()),
    ];
    assert!(refused.iter().all(Result::is_err), "{refused:?}");
    assert_eq!(folder.records().unwrap(), before);
    assert!(folder.load().is_ok());
}

#[test]
fn the_key_before_can_be_taken_back_immediately() {
    let (_home, folder) = folder();
    let first = folder.generate(now()).unwrap().kid;
    let second = folder.generate(now()).unwrap().kid;
    folder.promote(&second, later(1), Force::Yes, TIMES).unwrap();
    folder.promote(&first, later(2), Force::No, TIMES).unwrap();
    assert_eq!(states(&folder), [KeyState::Signing, KeyState::Verifying]);
    assert_eq!(folder.records().unwrap()[0].tokens_until, None);
    assert!(folder.retire(&second, later(3), Force::No, LIFE).is_err());
}

/// The life of tokens may be set shorter or longer between a promotion and a retirement.
#[test]
fn of_two_lives_the_longer_counts() {
    let (_home, folder) = folder();
    let first = folder.generate(now()).unwrap().kid;
    let second = folder.generate(now()).unwrap().kid;
    folder.promote(&second, now(), Force::Yes, (SPREAD, Duration::from_secs(100))).unwrap();
    let retire = |at, life| folder.retire(&first, at, Force::No, Duration::from_secs(life));
    assert!(retire(later(150), 200).is_err());
    assert!(retire(later(50), 10).is_err());
    retire(later(150), 10).unwrap();
}

#[test]
fn a_key_that_never_signed_goes_immediately() {
    let (_home, folder) = folder();
    folder.generate(now()).unwrap();
    let second = folder.generate(now()).unwrap().kid;
    folder.retire(&second, now(), Force::No, LIFE).unwrap();
    assert_eq!(states(&folder), [KeyState::Signing, KeyState::Retired]);
}

#[test]
fn all_who_start_simultaneously_agree_on_the_first_key() {
    let (_home, folder) = folder();
    let gate = std::sync::Barrier::new(16);
    let made: usize = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    gate.wait();
                    let made = folder.begin(now()).unwrap();
                    assert_eq!(folder.load().unwrap().says().len(), 1);
                    usize::from(made.is_some())
                })
            })
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).sum()
    });
    assert_eq!(made, 1);
}

#[test]
fn steps_simultaneously_all_happen_and_readers_never_see_half_of_one() {
    let (_home, folder) = folder();
    folder.generate(now()).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                folder.load().unwrap();
            }
        });
        let writers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..5 {
                        let kid = folder.generate(now()).unwrap().kid;
                        folder.promote(&kid, now(), Force::Yes, TIMES).unwrap();
                        let old = folder.records().unwrap();
                        let old = old.iter().find(|r| r.state == KeyState::Verifying);
                        // Somebody else may have been quicker.
                        let _ = old.map(|r| folder.retire(&r.kid, now(), Force::Yes, LIFE));
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert_eq!(folder.records().unwrap().len(), 21);
    let files = fs::read_dir(folder.path()).unwrap().count();
    let alive = folder.load().unwrap().says().len();
    assert_eq!(files, alive + 2, "the index, the lock, and the keys in use");
}

#[test]
fn files_are_for_their_owner_and_open_ones_are_refused() {
    let (_home, folder) = folder();
    let kid = folder.generate(now()).unwrap().kid;
    let (key, index) = (folder.key_path(&kid), folder.index_path());
    assert_eq!((mode(folder.path()), mode(&key), mode(&index)), (0o700, 0o600, 0o600));
    let lenient = KeyFolder::lenient(folder.path());
    let open: [(&PathBuf, u32, u32); 5] = [
        (&key, 0o644, 0o600),
        (&key, 0o660, 0o600),
        (&key, 0o602, 0o600),
        (&index, 0o666, 0o600),
        (&folder.path, 0o777, 0o700),
    ];
    for (path, loose, right) in open {
        chmod(path, loose);
        let error = folder.load().unwrap_err();
        assert!(matches!(error, FolderError::Loose { .. }), "{error}");
        assert!(error.to_string().contains("chmod"), "{error}");
        assert!(lenient.load().is_ok());
        chmod(path, right);
        assert!(folder.load().is_ok());
    }
    // What an orchestrator mounts: a sticky folder that everybody may write into.
    chmod(folder.path(), 0o1777);
    assert!(folder.load().is_ok());
}

#[test]
fn damage_is_reported_and_nothing_is_made_in_its_place() {
    let (_home, folder) = folder();
    let kid = folder.generate(now()).unwrap().kid;
    let index = fs::read_to_string(folder.index_path()).unwrap();
    let pem = fs::read_to_string(folder.key_path(&kid)).unwrap();
    let twice = index.replacen("signing", "next", 1);
    for text in [
        String::new(),
        "{}".to_owned(),
        index.replace("\"version\": 1", "\"version\": 2"),
        index.replace(&kid, "../../etc/shadow"),
        index.replace("EdDSA", "HS256"),
        index.replace("2026", "soon"),
        twice,
    ] {
        fs::write(folder.index_path(), text).unwrap();
        assert!(folder.load().is_err());
        let _ = folder.begin(now());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
    fs::write(folder.index_path(), index).unwrap();
    for text in [String::new(), TokenKey::generate().unwrap().to_pem().unwrap()] {
        fs::write(folder.key_path(&kid), text).unwrap();
        assert!(folder.load().unwrap_err().to_string().contains(&kid));
    }
    fs::remove_file(folder.key_path(&kid)).unwrap();
    assert!(folder.load().is_err());
    fs::write(folder.key_path(&kid), pem).unwrap();
    chmod(&folder.key_path(&kid), 0o600);
    assert!(folder.load().is_ok());
}
