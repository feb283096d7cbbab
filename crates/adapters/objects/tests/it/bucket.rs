//! What is true of a bucket alone.

use std::{fs, time::Duration};

use adapter_objects::{
    S3Config, S3ConfigError, S3Objects,
    sink::{BUCKET, S3Sink},
};
use bytes::Bytes;
use files::outbound::{ObjectError, ObjectKey, Objects as _};
use libtest_mimic::Trial;
use tempfile::TempDir;

use super::trial;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("s3::prefixes_do_not_see_one_another", prefixes),
        trial("s3::without_a_prefix_names_are_whole", no_prefix),
        trial("s3::a_server_that_is_away_is_unavailable", away),
        trial("s3::wrong_keys_are_told", wrong_keys),
        trial("s3::a_prefix_that_is_no_name_is_refused", bad_prefix),
    ]
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::parse(name).unwrap()
}

async fn put(objects: &S3Objects, name: &str) -> Result<(), ObjectError> {
    let mut writer = objects.begin(&key(name)).await?;
    writer.write(Bytes::from_static(b"bytes")).await?;
    writer.finish().await
}

async fn prefixes() {
    let folder = TempDir::new().unwrap();
    let sink = S3Sink::start(folder.path()).unwrap();
    let one = S3Objects::new(sink.config("one")).unwrap();
    let other = S3Objects::new(sink.config("one_more")).unwrap();
    put(&one, "a").await.unwrap();
    put(&other, "b").await.unwrap();
    one.check().await.unwrap();
    for (objects, name) in [(&one, "a"), (&other, "b")] {
        let listed = objects.list("", None, 10).await.unwrap();
        let names: Vec<&str> = listed.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(names, [name]);
    }
    assert_eq!(other.stat(&key("a")).await.unwrap(), None);
}

async fn no_prefix() {
    let folder = TempDir::new().unwrap();
    let sink = S3Sink::start(folder.path()).unwrap();
    let objects = S3Objects::new(sink.config("")).unwrap();
    put(&objects, "blobs/a").await.unwrap();
    assert!(fs::metadata(folder.path().join(BUCKET).join("blobs/a")).is_ok());
    assert_eq!(objects.list("", None, 10).await.unwrap().len(), 1);
    assert_eq!(objects.list("blobs", None, 10).await.unwrap().len(), 1);
}

async fn away() {
    let folder = TempDir::new().unwrap();
    let config = S3Sink::start(folder.path()).unwrap().config("");
    let objects = S3Objects::new(S3Config { timeout: Duration::from_millis(200), ..config });
    let put = put(&objects.unwrap(), "a").await;
    assert!(matches!(put, Err(ObjectError::Unavailable(_))), "{put:?}");
}

async fn wrong_keys() {
    let folder = TempDir::new().unwrap();
    let sink = S3Sink::start(folder.path()).unwrap();
    let secret_access_key = "wrong".to_owned();
    let objects = S3Objects::new(S3Config { secret_access_key, ..sink.config("") }).unwrap();
    let put = put(&objects, "a").await;
    let Err(ObjectError::Internal(why)) = &put else { unreachable!("{put:?}") };
    assert!(!why.contains("wrong"), "the secret is told: {why}");
}

async fn bad_prefix() {
    let config = S3Config {
        bucket: "b".to_owned(),
        region: "r".to_owned(),
        endpoint: None,
        access_key_id: String::new(),
        secret_access_key: String::new(),
        prefix: "../up".to_owned(),
        path_style: false,
        timeout: Duration::from_secs(1),
    };
    assert!(matches!(S3Objects::new(config), Err(S3ConfigError::Prefix)));
}
