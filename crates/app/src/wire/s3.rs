//! A bucket that keeps the bytes of files (feature `s3`).

use std::{sync::Arc, time::Duration};

use adapter_objects::{BucketError, S3Config, S3Objects};
use files::outbound::Objects;
use kernel::BoxFuture;

use super::Reach;
use crate::{
    config::{self, Config},
    dependencies::{Ask, Watched},
};

/// How long the bucket may take to answer before the start goes on without.
const BUCKET: Duration = Duration::from_secs(5);

/// The bucket.
pub(super) type Bucket = S3Objects;

/// The bucket, if the configuration names one.
pub(super) fn open(config: &Config) -> anyhow::Result<Option<Bucket>> {
    config.storage.bucket.as_ref().map(client).transpose()
}

/// What keeps back-ups in another bucket.
pub(super) fn backups(bucket: &config::Bucket) -> anyhow::Result<Option<Arc<dyn Objects>>> {
    Ok(Some(Arc::new(client(bucket)?)))
}

fn client(bucket: &config::Bucket) -> anyhow::Result<Bucket> {
    let bucket = bucket.clone();
    Ok(S3Objects::new(S3Config {
        bucket: bucket.name,
        region: bucket.region,
        endpoint: bucket.endpoint,
        access_key_id: bucket.access_key_id,
        secret_access_key: bucket.secret_access_key.expose().to_owned(),
        prefix: bucket.prefix,
        path_style: bucket.path_style,
        timeout: Duration::from_secs(bucket.timeout_seconds),
    })?)
}

/// What keeps bytes in it.
pub(super) fn objects(bucket: &Bucket) -> Arc<dyn Objects> {
    Arc::new(bucket.clone())
}

/// How it is.
pub(super) fn ask(bucket: &Bucket) -> Watched {
    let bucket = bucket.clone();
    let ask: Ask = Box::new(move || -> BoxFuture<'static, Result<(), String>> {
        let bucket = bucket.clone();
        Box::pin(async move { bucket.check().await.map_err(|error| error.to_string()) })
    });
    Watched { name: "storage", kind: "s3", needed: false, probed: false, ask }
}

/// Looks at it at the start: a bucket that is wrong would stay wrong, so it is an error.
pub(super) fn reach(bucket: Bucket) -> Reach {
    Box::new(move || {
        let bucket = bucket.clone();
        Box::pin(async move {
            match tokio::time::timeout(BUCKET, bucket.check()).await {
                Ok(Err(error @ (BucketError::Missing(_) | BucketError::Denied(_)))) => {
                    Err(anyhow::Error::new(error).context("storage.s3_bucket"))
                }
                // A line in the log said so.
                _ => Ok(()),
            }
        })
    })
}
