//! Objects in a bucket of S3, or of a server that speaks like it.

use std::{ops::Range, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use files::outbound::{ObjectError, ObjectKey, ObjectReader, ObjectStat, ObjectWriter, Objects};
use futures_util::{StreamExt as _, stream::BoxStream};
use kernel::Timestamp;
use object_store::{
    BackoffConfig, ClientOptions, Error, GetOptions, GetRange, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt as _, PutPayload, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    list::{PaginatedListOptions, PaginatedListStore as _},
    path::Path,
};
use tokio::task::JoinHandle;

/// What is sent at once of a large object; at least 5 MiB, and all parts but the last are equal,
/// which some servers ask for. Ten thousand parts are allowed: 80 GiB.
const PART: usize = 8 << 20;
/// What a page of a listing has at most.
const PAGE: usize = 1000;

/// Where the bucket is.
#[derive(Clone)]
pub struct S3Config {
    /// The bucket; it has to be there.
    pub bucket: String,
    /// `us-east-1`, or what the server calls its own.
    pub region: String,
    /// The server, for whatever is not Amazon's: `https://s3.example.org`. `http` only where the
    /// way to it is safe.
    pub endpoint: Option<String>,
    /// Who we are there.
    pub access_key_id: String,
    /// How we prove it.
    pub secret_access_key: String,
    /// Put before every name, with `/` between; may be empty.
    pub prefix: String,
    /// The bucket's name is part of the path (`true`) or of the host's name.
    pub path_style: bool,
    /// For a connection, and for an answer that does not go on, each.
    pub timeout: Duration,
}

/// Why a bucket cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum S3ConfigError {
    /// The prefix is no name of an object.
    #[error("the prefix must have 1 to 100 of a-z, 0-9, '_' and '/', no segment empty")]
    Prefix,
    /// Anything else.
    #[error("{0}")]
    Settings(String),
}

/// What is wrong with a bucket.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// There is no such bucket.
    #[error("the bucket {0} does not exist: make it, or name another one")]
    Missing(String),
    /// It does not let us in.
    #[error(
        "the bucket {0} refuses the access key: check the key and its secret, and that it may list, \
         read, write and delete objects"
    )]
    Denied(String),
    /// It does not answer.
    #[error("the bucket does not answer: {0}")]
    Unavailable(String),
}

/// Objects in a bucket.
#[derive(Clone)]
pub struct S3Objects {
    store: Arc<AmazonS3>,
    bucket: Arc<str>,
    prefix: Arc<str>,
}

impl S3Objects {
    /// Prepares the way to a bucket; asks nothing of it yet.
    pub fn new(config: S3Config) -> Result<Self, S3ConfigError> {
        let sane = config.prefix.len() <= 100 && ObjectKey::parse(&config.prefix).is_ok();
        if !config.prefix.is_empty() && !sane {
            return Err(S3ConfigError::Prefix);
        }
        let bucket = Arc::from(config.bucket.as_str());
        let plain = config.endpoint.as_deref().is_some_and(|url| url.starts_with("http://"));
        let client = ClientOptions::new()
            .with_allow_http(plain)
            .with_connect_timeout(config.timeout)
            .with_read_timeout(config.timeout)
            // Large objects take as long as they take, while something comes.
            .with_timeout_disabled();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(config.bucket)
            .with_region(config.region)
            .with_access_key_id(config.access_key_id)
            .with_secret_access_key(config.secret_access_key)
            .with_virtual_hosted_style_request(!config.path_style)
            .with_client_options(client)
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: 3,
                retry_timeout: config.timeout * 3,
            });
        if let Some(endpoint) = config.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let store = builder.build().map_err(|error| S3ConfigError::Settings(error.to_string()))?;
        Ok(Self { store: Arc::new(store), bucket, prefix: Arc::from(config.prefix) })
    }

    /// Asks whether the bucket is there and lets us in.
    pub async fn check(&self) -> Result<(), BucketError> {
        let Err(error) = self.list("", None, 1).await else { return Ok(()) };
        // The library tells the status of a listing by its text only.
        let (text, bucket) = (error.to_string(), self.bucket.to_string());
        Err(if text.contains("NoSuchBucket") || text.contains("404 Not Found") {
            BucketError::Missing(bucket)
        } else if text.contains("403 Forbidden") || text.contains("401 Unauthorized") {
            BucketError::Denied(bucket)
        } else {
            BucketError::Unavailable(text)
        })
    }

    fn within(&self, name: &str) -> String {
        match (&*self.prefix, name) {
            ("", name) => name.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, name) => format!("{prefix}/{name}"),
        }
    }

    fn path(&self, key: &ObjectKey) -> Path {
        // Every character of a key is one that needs no escape.
        Path::from(self.within(key.as_str()))
    }

    /// Our name of an object of the bucket; `None` for what is not ours.
    fn key(&self, path: &Path) -> Option<ObjectKey> {
        let name = match &*self.prefix {
            "" => path.as_ref(),
            prefix => path.as_ref().strip_prefix(prefix)?.strip_prefix('/')?,
        };
        ObjectKey::parse(name).ok()
    }
}

#[async_trait]
impl Objects for S3Objects {
    async fn begin(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        Ok(Box::new(Writer {
            store: Arc::clone(&self.store),
            path: self.path(key),
            waiting: Vec::new(),
            size: 0,
            parts: None,
            sending: None,
        }))
    }

    async fn open(
        &self,
        key: &ObjectKey,
        span: Range<u64>,
    ) -> Result<Box<dyn ObjectReader>, ObjectError> {
        if span.start > span.end {
            return Err(ObjectError::OutOfRange);
        }
        if span.start == span.end {
            // No request can ask for nothing.
            let stat = self.stat(key).await?;
            let stat = stat.ok_or_else(|| ObjectError::Missing(key.as_str().to_owned()))?;
            let within = span.end <= stat.size;
            return if within { Ok(Box::new(Empty)) } else { Err(ObjectError::OutOfRange) };
        }
        let range = Some(GetRange::Bounded(span.clone()));
        let options = GetOptions { range, ..GetOptions::default() };
        match self.store.get_opts(&self.path(key), options).await {
            // Servers cut a range at the end of the object.
            Ok(answer) if answer.range == span => {
                let name = key.as_str().to_owned();
                Ok(Box::new(Reader { name, stream: answer.into_stream() }))
            }
            Ok(_) => Err(ObjectError::OutOfRange),
            Err(error) => {
                let error = failure(error, key.as_str());
                if matches!(error, ObjectError::Missing(_)) {
                    return Err(error);
                }
                // A range that begins behind the end is refused in as many ways as there are
                // servers.
                match self.stat(key).await {
                    Ok(Some(stat)) if span.end > stat.size => Err(ObjectError::OutOfRange),
                    Ok(None) => Err(ObjectError::Missing(key.as_str().to_owned())),
                    _ => Err(error),
                }
            }
        }
    }

    async fn stat(&self, key: &ObjectKey) -> Result<Option<ObjectStat>, ObjectError> {
        match self.store.head(&self.path(key)).await {
            Ok(meta) => Ok(Some(stat_of(&meta))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failure(error, key.as_str())),
        }
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        match self.store.delete(&self.path(key)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failure(error, key.as_str())),
        }
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&ObjectKey>,
        limit: usize,
    ) -> Result<Vec<(ObjectKey, ObjectStat)>, ObjectError> {
        let folder = self.within(prefix);
        let folder = if folder.is_empty() { folder } else { format!("{folder}/") };
        let mut offset = after.map(|key| self.within(key.as_str()));
        let mut found = Vec::new();
        while found.len() < limit {
            let wanted = (limit - found.len()).min(PAGE);
            let options = PaginatedListOptions {
                offset: offset.take(),
                max_keys: Some(wanted),
                ..PaginatedListOptions::default()
            };
            let page = self.store.list_paginated(Some(&folder), options).await;
            let objects = page.map_err(|error| failure(error, prefix))?.result.objects;
            let whole = objects.len() >= wanted;
            offset = objects.iter().map(|meta| meta.location.to_string()).max();
            let ours = |meta: &ObjectMeta| Some((self.key(&meta.location)?, stat_of(meta)));
            found.extend(objects.iter().filter_map(ours));
            if !whole || offset.is_none() {
                break;
            }
        }
        found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Ok(found)
    }
}

/// What is sent of a large object.
type Sending = JoinHandle<object_store::Result<()>>;

struct Writer {
    store: Arc<AmazonS3>,
    path: Path,
    waiting: Vec<Bytes>,
    size: usize,
    /// Begun when there is more than one part.
    parts: Option<Box<dyn MultipartUpload>>,
    /// One part is on its way while the next comes in: two are in memory at most.
    sending: Option<Sending>,
}

impl Writer {
    /// Everything that waits, up to one part.
    fn take(&mut self) -> PutPayload {
        let mut part = Vec::new();
        let mut room = PART;
        let mut rest = Vec::new();
        for mut chunk in std::mem::take(&mut self.waiting) {
            if room == 0 {
                rest.push(chunk);
            } else if chunk.len() > room {
                part.push(chunk.split_to(room));
                rest.push(chunk);
                room = 0;
            } else {
                room -= chunk.len();
                part.push(chunk);
            }
        }
        self.waiting = rest;
        self.size -= PART - room;
        part.into_iter().collect()
    }

    async fn sent(&mut self) -> Result<(), ObjectError> {
        let Some(sending) = &mut self.sending else { return Ok(()) };
        let sent = sending.await;
        self.sending = None;
        let sent = sent.map_err(|error| ObjectError::Internal(format!("a part: {error}")))?;
        sent.map_err(|error| failure(error, self.path.as_ref()))
    }

    async fn send_part(&mut self) -> Result<(), ObjectError> {
        self.sent().await?;
        let part = self.take();
        let parts = if let Some(parts) = &mut self.parts {
            parts
        } else {
            let begun = self.store.put_multipart(&self.path).await;
            self.parts.insert(begun.map_err(|error| failure(error, self.path.as_ref()))?)
        };
        self.sending = Some(tokio::spawn(parts.put_part(part)));
        Ok(())
    }
}

#[async_trait]
impl ObjectWriter for Writer {
    async fn write(&mut self, chunk: Bytes) -> Result<(), ObjectError> {
        self.size += chunk.len();
        self.waiting.push(chunk);
        // The last part may be short but not empty, so a full one waits for what follows.
        while self.size > PART {
            self.send_part().await?;
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), ObjectError> {
        if self.parts.is_none() {
            let whole = self.take();
            let put = self.store.put(&self.path, whole).await;
            return put.map(|_| ()).map_err(|error| failure(error, self.path.as_ref()));
        }
        self.send_part().await?;
        self.sent().await?;
        let Some(parts) = &mut self.parts else { return Ok(()) };
        parts.complete().await.map_err(|error| failure(error, self.path.as_ref()))?;
        self.parts = None;
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let (Some(mut parts), sending) = (self.parts.take(), self.sending.take()) else { return };
        // What cannot be told any more, the bucket's own rule for unfinished uploads clears away.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Some(sending) = sending {
                    sending.abort();
                    let _ = sending.await;
                }
                if let Err(error) = parts.abort().await {
                    tracing::warn!(%error, "an upload that was given up is left in the bucket");
                }
            });
        }
    }
}

struct Reader {
    name: String,
    stream: BoxStream<'static, object_store::Result<Bytes>>,
}

#[async_trait]
impl ObjectReader for Reader {
    async fn next(&mut self) -> Result<Option<Bytes>, ObjectError> {
        let next = self.stream.next().await.transpose();
        next.map_err(|error| failure(error, &self.name))
    }
}

/// Of a range without bytes.
struct Empty;

#[async_trait]
impl ObjectReader for Empty {
    async fn next(&mut self) -> Result<Option<Bytes>, ObjectError> {
        Ok(None)
    }
}

fn stat_of(meta: &ObjectMeta) -> ObjectStat {
    let finished_at = Timestamp::from_micros(meta.last_modified.timestamp_micros());
    ObjectStat { size: meta.size, finished_at: finished_at.unwrap_or(Timestamp::MIN) }
}

fn failure(error: Error, name: &str) -> ObjectError {
    match error {
        Error::NotFound { .. } => ObjectError::Missing(name.to_owned()),
        // Whatever was tried again in vain.
        Error::Generic { .. } => ObjectError::Unavailable(error.to_string()),
        _ => ObjectError::Internal(error.to_string()),
    }
}
