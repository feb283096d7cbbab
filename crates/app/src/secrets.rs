//! The signing secret and the encryption key: judged when they are given, made once and kept when
//! they are not.

use std::{
    collections::HashSet,
    fs,
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use anyhow::Context as _;

use crate::config::{Config, Mode, Secret};

/// Bytes that a secret must have.
const MIN: usize = 32;
/// Secrets that stand in tutorials.
const KNOWN: [&str; 11] = [
    "secret",
    "changeme",
    "change-me",
    "change_me",
    "replace-me",
    "replace_me",
    "example",
    "password",
    "insecure",
    "0123456789abcdef",
    "abcdefghijklmnop",
];

/// Says what is wrong with a secret. Outside production only its length counts.
pub fn judge(secret: &str, mode: Mode) -> Result<(), String> {
    if secret.len() < MIN {
        return Err(format!("must have at least {MIN} bytes, not {}", secret.len()));
    }
    if mode == Mode::Production {
        let lower = secret.to_ascii_lowercase();
        if KNOWN.iter().any(|known| lower.contains(known)) {
            return Err("is a well-known example; make your own".to_owned());
        }
        let variety: HashSet<char> = secret.chars().collect();
        if variety.len() < 10 || repeats(secret.as_bytes()) {
            return Err(
                "is not random: it repeats itself; make one with `openssl rand -base64 48`"
                    .to_owned(),
            );
        }
    }
    Ok(())
}

/// True when a text is a shorter one, again and again.
fn repeats(text: &[u8]) -> bool {
    (1..=text.len() / 2)
        .any(|period| text.iter().zip(text.iter().skip(period)).all(|(a, b)| a == b))
}

/// The configured secret, or the one in the data folder, which is made at the first start.
pub fn jwt_secret(config: &Config) -> anyhow::Result<String> {
    match &config.auth.jwt_secret {
        Some(secret) => Ok(Secret::expose(secret).to_owned()),
        None => kept(&config.server.data_dir.join("jwt.secret")),
    }
}

/// What links to files are signed with, and names, addresses and requests are digested with: the
/// signing secret where there is one, else the encryption key,
/// else a secret of this machine's own.
pub fn link_secret(config: &Config) -> anyhow::Result<String> {
    match (&config.auth.jwt_secret, &config.auth.encryption_key) {
        (None, Some(key)) => Ok(Secret::expose(key).to_owned()),
        _ => jwt_secret(config),
    }
}

/// The configured encryption key, or, in development, the one in the data folder, which is made at the
/// first start. In production there is none unless it is given: replicas that each made their own would
/// not read one another's secrets.
pub fn encryption_key(config: &Config) -> anyhow::Result<Option<String>> {
    match (&config.auth.encryption_key, config.server.mode) {
        (Some(key), _) => Ok(Some(Secret::expose(key).to_owned())),
        (None, Mode::Development) => kept(&config.server.data_dir.join("encryption.key")).map(Some),
        (None, Mode::Production) => Ok(None),
    }
}

/// Reads a secret from a file that only its owner can read, making it when it is not there. Two
/// processes that start at once agree: the file appears whole, and only one of them makes it.
fn kept(path: &Path) -> anyhow::Result<String> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("making {}", folder.display()))?;
    }
    match fs::read_to_string(path) {
        Ok(secret) => return checked(&secret, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    }
    // Process ids are no good for the draft's name: in containers everybody is number 1.
    let fresh = crate::wire::fresh_secret()?;
    let mark: String = crate::wire::fresh_secret()?.chars().take(12).collect();
    let draft = path.with_extension(format!("{mark}.new"));
    let linked = write_new(&draft, &fresh)
        // A hard link does not replace what somebody else put there in the meantime.
        .and_then(|()| fs::hard_link(&draft, path));
    let _ = fs::remove_file(&draft);
    match linked {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        // Some shared folders know no hard links. There the file may be seen half-written, but it
        // is still made by one process only.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
            ) =>
        {
            match write_new(path, &fresh) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                written => written.with_context(|| format!("writing {}", path.display()))?,
            }
        }
        Err(error) => return Err(error).with_context(|| format!("writing {}", path.display())),
    }
    // The name must survive a power cut as the content does.
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    checked(&fs::read_to_string(path)?, path)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn checked(text: &str, path: &Path) -> anyhow::Result<String> {
    let secret = text.trim_end();
    anyhow::ensure!(
        secret.len() >= MIN,
        "{} holds a secret of fewer than {MIN} bytes; put it back as it was, or remove the file to \
         have a new one made (what the old one signed or encrypted is lost)",
        path.display()
    );
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others could read a secret; now they cannot");
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))
            .with_context(|| format!("closing {} to others", path.display()))?;
    }
    Ok(secret.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_only_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/jwt.secret");
        let first = kept(&path).unwrap();
        assert!(first.len() >= MIN);
        assert_eq!(kept(&path).unwrap(), first);
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(kept(&path).unwrap(), first);
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn all_who_start_simultaneously_agree_on_one_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwt.secret");
        let gate = std::sync::Barrier::new(16);
        let secrets: HashSet<String> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..16)
                .map(|_| {
                    scope.spawn(|| {
                        gate.wait();
                        kept(&path).unwrap()
                    })
                })
                .collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert_eq!(secrets.len(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "drafts are left behind");
    }

    #[test]
    fn a_damaged_secret_is_reported_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwt.secret");
        fs::write(&path, "half").unwrap();
        assert!(kept(&path).unwrap_err().to_string().contains("jwt.secret"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "half");
    }

    #[test]
    fn weak_secrets_are_refused_in_production() {
        for weak in [
            "short",
            "your-256-bit-secret-your-256-bit-secret",
            &"ab".repeat(20),
            &"q8Zr1tWx5Lm2".repeat(3),
            "Please-ChangeMe-before-you-deploy-this-01",
        ] {
            assert!(judge(weak, Mode::Production).is_err(), "{weak}");
        }
        assert!(judge("4f9c2d7a81b6e35089ffcd1245aa9e73", Mode::Production).is_ok());
        assert!(judge(&"ab".repeat(20), Mode::Development).is_ok());
    }
}
