//! Putting an archive back.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use adapter_diesel::Restoring;
use anyhow::{Context as _, bail, ensure};

use super::{
    ABOUT, About, Bytes, FILES, FORMAT, SECRETS, database_name, make_folder, said, sync_folder,
};

/// What a file of SQLite begins with.
const SQLITE: &[u8] = b"SQLite format 3\0";
/// Bytes of a secret.
const SECRET: u64 = 1 << 16;

/// Where an archive is put back to.
pub struct Target {
    /// The database.
    pub database: Restoring,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// What keeps the bytes of files; nothing where this program keeps none.
    pub files: Option<Arc<dyn Bytes>>,
    /// The folder of the signing secret and the encryption key.
    pub data_dir: PathBuf,
    /// The folder of the ring of keys.
    pub keys_dir: PathBuf,
    /// Whether what is there is replaced.
    pub replace: bool,
}

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// When the archive was made; nothing for a bare copy of a database.
    pub made_at: Option<String>,
    /// Files that were put back.
    pub files: u64,
    /// Secrets that were put back.
    pub secrets: u64,
}

/// Puts a back-up back; whatever is wrong with it is found before anything is replaced. Call it where
/// waiting is fine.
pub fn restore(archive: &Path, target: &Target) -> anyhow::Result<Restored> {
    ensure!(archive.is_file(), "nothing was restored: there is no file {}", archive.display());
    if !target.replace && target.database.exists()? {
        bail!(
            "nothing was restored: there is a database already; {}",
            if target.engine == "sqlite" {
                "--replace puts the back-up in its place"
            } else {
                "make an empty one, and name it in database.url"
            }
        );
    }
    target.database.check()?;
    if is_bare_copy(archive)? {
        target.database.stage(&mut File::open(archive)?)?;
        target.database.install(&mut std::io::empty())?;
        return Ok(Restored { made_at: None, files: 0, secrets: 0 });
    }
    tracing::info!("checking the archive");
    let found = examine(archive, target).context("nothing was restored")?;
    let restored = put_back(archive, target, found);
    if restored.is_err() {
        target.database.discard()?;
    }
    restored
}

/// Earlier versions made copies of the database only.
fn is_bare_copy(archive: &Path) -> anyhow::Result<bool> {
    let mut head = Vec::new();
    File::open(archive)?.take(SQLITE.len() as u64).read_to_end(&mut head)?;
    Ok(head == SQLITE)
}

/// What an archive has.
#[derive(Default)]
struct Found {
    about: Option<About>,
    has_database: bool,
    files: u64,
    secrets: Vec<(PathBuf, Vec<u8>)>,
}

/// Reads the archive to its end. Changes nothing.
fn examine(archive: &Path, target: &Target) -> anyhow::Result<Found> {
    let mut found = Found::default();
    adapter_archive::read(archive, |name, size, content| {
        let looked = look(name, size, content, target, &mut found);
        looked.map_err(|error| format!("{error:#}").into())
    })
    .map_err(said)?;
    ensure!(found.about.is_some() && found.has_database, "it is no archive of a whole database");
    ensure!(
        found.files == 0 || target.files.is_some(),
        "it has files, and this program was built without them"
    );
    if let (Some(files), false) = (&target.files, target.replace || found.files == 0) {
        ensure!(
            files.list("blobs")?.is_empty(),
            "there are files already; --replace puts those of the archive beside them"
        );
    }
    Ok(found)
}

fn look(
    name: &str,
    size: u64,
    content: &mut dyn Read,
    target: &Target,
    found: &mut Found,
) -> anyhow::Result<()> {
    if name == ABOUT {
        ensure!(size <= SECRET, "{name} is too large");
        let mut text = Vec::new();
        content.read_to_end(&mut text)?;
        let about: About = serde_json::from_slice(&text).context(ABOUT)?;
        ensure!(about.format <= FORMAT, "it was made by a newer version, {}", about.version);
        ensure!(
            about.database == target.engine,
            "its database is of {}, and database.url names one of {}",
            about.database,
            target.engine
        );
        found.about = Some(about);
    } else if name == database_name(target.engine) {
        found.has_database = true;
    } else if let Some(secret) = name.strip_prefix(SECRETS) {
        ensure!(size <= SECRET, "{name} is too large");
        let path = place(secret, target)?;
        let mut text = Vec::new();
        content.read_to_end(&mut text)?;
        let there = fs::read(&path).ok();
        ensure!(
            target.replace || there.as_ref().is_none_or(|there| *there == text),
            "{} is there already and is another one; --replace puts that of the archive in its place",
            path.display()
        );
        found.secrets.push((path, text));
    } else if name.starts_with(FILES) {
        found.files += 1;
    } else {
        bail!("{name} is no member of a back-up");
    }
    Ok(())
}

/// Where a secret belongs.
fn place(secret: &str, target: &Target) -> anyhow::Result<PathBuf> {
    match secret.split_once('/') {
        None if ["jwt.secret", "encryption.key"].contains(&secret) => {
            Ok(target.data_dir.join(secret))
        }
        Some(("keys", name)) if !name.contains('/') => Ok(target.keys_dir.join(name)),
        _ => bail!("{SECRETS}{secret} is no secret of this program"),
    }
}

/// Files first, then secrets, then the database: whatever breaks off, what the database names is there.
fn put_back(archive: &Path, target: &Target, found: Found) -> anyhow::Result<Restored> {
    let mut files = 0;
    adapter_archive::read(archive, |name, _, content| {
        let put = match (name.strip_prefix(FILES), &target.files) {
            (Some(key), Some(bytes)) => {
                files += 1;
                bytes.put(key, content)
            }
            _ if name == database_name(target.engine) => {
                target.database.stage(content).map_err(Into::into)
            }
            _ => Ok(()),
        };
        put.map_err(|error| format!("{error:#}").into())
    })
    .map_err(said)?;
    tracing::info!(files, "the files are back");
    let secrets = found.secrets.len() as u64;
    for (path, secret) in found.secrets {
        write_secret(&path, &secret).with_context(|| path.display().to_string())?;
    }
    install(archive, target)?;
    Ok(Restored { made_at: found.about.map(|about| about.made_at), files, secrets })
}

/// A file of SQLite is staged; a dump is read once more, by PostgreSQL's own tool.
fn install(archive: &Path, target: &Target) -> anyhow::Result<()> {
    if target.engine == "sqlite" {
        return Ok(target.database.install(&mut std::io::empty())?);
    }
    adapter_archive::read(archive, |name, _, content| {
        if name == database_name(target.engine) {
            target.database.install(content)?;
        }
        Ok(())
    })
    .map_err(said)?;
    Ok(())
}

/// Whole or not there, and for its owner only.
fn write_secret(path: &Path, secret: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_folder(folder)?;
    }
    let draft = path.with_extension("restoring");
    let _ = fs::remove_file(&draft);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(secret)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    sync_folder(path)
}
