//! `storage.*`: where the bytes of files are kept.

use std::path::{Path, PathBuf};

use super::{Secret, reader::Reader};

/// A bucket of S3, or of a server that speaks like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub region: String,
    /// The server, where it is not Amazon's.
    pub endpoint: Option<String>,
    /// Who we are there.
    pub access_key_id: String,
    /// How we prove it.
    pub secret_access_key: Secret,
    /// What every name begins with; may be empty.
    pub prefix: String,
    /// Whether the bucket's name is part of the path and not of the host's name.
    pub path_style: bool,
    /// For a connection, and for a transfer that stands still.
    pub timeout_seconds: u64,
}

/// `storage.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageConfig {
    /// The folder that files are kept in where there is no bucket.
    pub dir: PathBuf,
    /// The bucket.
    pub bucket: Option<Bucket>,
}

/// The settings, and the bucket of back-ups, which is one of the same server.
pub(super) fn storage(reader: &mut Reader, data_dir: &Path) -> (StorageConfig, Option<Bucket>) {
    let dir = reader.text("storage.dir", &data_dir.join("files").to_string_lossy());
    let name = reader.optional("storage.s3_bucket", bucket_name);
    let region = reader.text("storage.s3_region", "us-east-1");
    let endpoint = reader.optional("storage.s3_endpoint", endpoint);
    let id = reader.optional("storage.s3_access_key_id", |raw| Ok::<_, String>(raw.to_owned()));
    let secret = reader.secret("storage.s3_secret_access_key");
    let prefix = reader.optional("storage.s3_prefix", prefix).unwrap_or_default();
    let path_style = reader.word(
        "storage.s3_path_style",
        if endpoint.is_some() { "true" } else { "false" },
        &[("true", true), ("false", false)],
    );
    let timeout_seconds = reader.number("storage.s3_timeout_seconds", 10, 1, 300);
    let backups = reader.optional("backup.s3_bucket", bucket_name);
    let keys = match (name.is_some() || backups.is_some(), id, secret) {
        (true, Some(id), Some((secret, _))) => Some((id, Secret(secret))),
        (false, None, None) => None,
        _ => {
            reader.fault(
                "storage.s3_bucket (or backup.s3_bucket), storage.s3_access_key_id and \
                 storage.s3_secret_access_key must be set together"
                    .to_owned(),
            );
            None
        }
    };
    let bucket = |name: Option<String>, prefix: &str| {
        let (name, (access_key_id, secret_access_key)) = name.zip(keys.clone())?;
        Some(Bucket {
            name,
            region: region.clone(),
            endpoint: endpoint.clone(),
            access_key_id,
            secret_access_key,
            prefix: prefix.to_owned(),
            path_style,
            timeout_seconds,
        })
    };
    (StorageConfig { dir: PathBuf::from(dir), bucket: bucket(name, &prefix) }, bucket(backups, ""))
}

fn bucket_name(raw: &str) -> Result<String, &'static str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b);
    let sane = (3..=63).contains(&raw.len()) && raw.bytes().all(plain);
    if sane { Ok(raw.to_owned()) } else { Err("must have 3 to 63 of a-z, 0-9, '-', '.' and '_'") }
}

fn endpoint(raw: &str) -> Result<String, &'static str> {
    let url = super::checks::public_url(raw);
    url.map_err(|_| "must be a URL such as https://s3.example.org")
}

fn prefix(raw: &str) -> Result<String, &'static str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let sane = |part: &str| !part.is_empty() && part.bytes().all(plain);
    if raw.len() <= 100 && raw.split('/').all(sane) {
        Ok(raw.to_owned())
    } else {
        Err("must have 1 to 100 of a-z, 0-9, '_' and '/', no part empty")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ConfigError};

    fn load(env: &[(&str, &str)]) -> Result<StorageConfig, ConfigError> {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(None, &[], env, Path::new("/nonexistent")).map(|config| config.storage)
    }

    const BUCKET: (&str, &str) = ("ALVEOLE__STORAGE__S3_BUCKET", "things");
    const ID: (&str, &str) = ("ALVEOLE__STORAGE__S3_ACCESS_KEY_ID", "me");
    const SECRET: (&str, &str) = ("ALVEOLE__STORAGE__S3_SECRET_ACCESS_KEY", "hush");

    #[test]
    fn files_are_in_the_data_folder_unless_somebody_says_so() {
        let wanted = StorageConfig { dir: PathBuf::from("./data/files"), bucket: None };
        assert_eq!(load(&[]).unwrap(), wanted);
        assert_eq!(load(&[("UPLOAD_PATH", "/srv/up")]).unwrap().dir, Path::new("/srv/up"));
    }

    #[test]
    fn a_bucket_needs_its_keys() {
        let bucket = load(&[BUCKET, ID, SECRET]).unwrap().bucket.unwrap();
        assert_eq!((bucket.name.as_str(), bucket.path_style), ("things", false));
        let backups = ("ALVEOLE__BACKUP__S3_BUCKET", "safe");
        assert_eq!(load(&[backups, ID, SECRET]).unwrap().bucket, None, "files stay here");
        assert!(load(&[backups]).is_err());
        let server = ("ALVEOLE__STORAGE__S3_ENDPOINT", "http://127.0.0.1:9000");
        assert!(load(&[BUCKET, ID, SECRET, server]).unwrap().bucket.unwrap().path_style);
        for lacking in [&[BUCKET][..], &[BUCKET, ID], &[ID, SECRET]] {
            let faults = load(lacking).unwrap_err().faults;
            assert!(faults.len() == 1 && faults[0].contains("together"), "{faults:?}");
        }
    }

    #[test]
    fn what_cannot_work_is_reported_at_the_start() {
        for (name, bad) in [
            ("ALVEOLE__STORAGE__S3_BUCKET", "Not A Bucket"),
            ("ALVEOLE__STORAGE__S3_ENDPOINT", "127.0.0.1:9000"),
            ("ALVEOLE__STORAGE__S3_PREFIX", "../up"),
            ("ALVEOLE__STORAGE__S3_PATH_STYLE", "yes"),
        ] {
            let faults = load(&[BUCKET, ID, SECRET, (name, bad)]).unwrap_err().faults;
            assert!(faults.iter().any(|fault| fault.contains(name)), "{name}: {faults:?}");
        }
    }
}
