//! The bytes that back-ups are made of and put back to (feature `files`).

use std::{io::Read, path::PathBuf, sync::Arc};

use adapter_objects::FolderObjects;
use anyhow::Context as _;
use bytes::Bytes as Block;
use files::outbound::{ObjectError, ObjectKey, ObjectReader, Objects};
use tokio::runtime::Handle;

use super::s3;
use crate::{
    backup::{Bytes, FileBytes},
    config::Config,
};

/// What is written at once.
const BLOCK: usize = 1 << 17;
/// Names of one page.
const PAGE: usize = 1000;
/// Names of one listing.
const MOST: usize = 10_000;

/// The files that belong into a back-up.
pub(super) fn files(config: &Config) -> anyhow::Result<FileBytes> {
    if let Some(bucket) = &config.storage.bucket {
        return Ok(FileBytes::Elsewhere(format!(
            "files are in the bucket {}, which has versions and copies of its own",
            bucket.name
        )));
    }
    Ok(FileBytes::Local(folder(config)?))
}

/// What keeps the bytes of files, to put them back.
pub(super) fn storage(config: &Config) -> anyhow::Result<Option<Arc<dyn Bytes>>> {
    Ok(Some(match s3::open(config)? {
        Some(bucket) => Arc::new(Waiting(s3::objects(&bucket))),
        None => folder(config)?,
    }))
}

/// The bucket of back-ups, by its name.
pub(super) fn bucket(config: &Config) -> anyhow::Result<Option<(String, Arc<dyn Bytes>)>> {
    let Some(bucket) = &config.backup.bucket else { return Ok(None) };
    let objects = s3::backups(bucket).context("backup.s3_bucket")?;
    Ok(objects.map(|objects| {
        let bytes: Arc<dyn Bytes> = Arc::new(Waiting(objects));
        (bucket.name.clone(), bytes)
    }))
}

fn folder(config: &Config) -> anyhow::Result<Arc<dyn Bytes>> {
    let dir: &PathBuf = &config.storage.dir;
    let objects = FolderObjects::open(dir);
    let objects = objects.with_context(|| format!("storage.dir ({})", dir.display()))?;
    Ok(Arc::new(Waiting(Arc::new(objects))))
}

/// Objects, for a thread that may wait and that belongs to a runtime.
struct Waiting(Arc<dyn Objects>);

fn parsed(key: &str) -> anyhow::Result<ObjectKey> {
    ObjectKey::parse(key).with_context(|| format!("{key:?} is no name of an object"))
}

impl Bytes for Waiting {
    fn open(&self, key: &str) -> anyhow::Result<Option<(u64, Box<dyn Read>)>> {
        let (key, runtime) = (parsed(key)?, Handle::current());
        let Some(about) = runtime.block_on(self.0.stat(&key))? else { return Ok(None) };
        match runtime.block_on(self.0.open(&key, 0..about.size)) {
            Ok(reader) => {
                let content = Content { runtime, reader, block: Block::new() };
                Ok(Some((about.size, Box::new(content))))
            }
            Err(ObjectError::Missing(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn put(&self, key: &str, content: &mut dyn Read) -> anyhow::Result<()> {
        let (key, runtime) = (parsed(key)?, Handle::current());
        let mut writer = runtime.block_on(self.0.begin(&key))?;
        loop {
            let mut block = Vec::with_capacity(BLOCK);
            (&mut *content).take(BLOCK as u64).read_to_end(&mut block)?;
            if block.is_empty() {
                break;
            }
            runtime.block_on(writer.write(Block::from(block)))?;
        }
        Ok(runtime.block_on(writer.finish())?)
    }

    fn list(&self, prefix: &str) -> anyhow::Result<Vec<String>> {
        let (mut names, mut after) = (Vec::new(), None);
        while names.len() < MOST {
            let page = self.0.list(prefix, after.as_ref(), PAGE);
            let page = Handle::current().block_on(page)?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            names.extend(page.iter().map(|(key, _)| key.as_str().to_owned()));
        }
        Ok(names)
    }

    fn delete(&self, key: &str) -> anyhow::Result<()> {
        Ok(Handle::current().block_on(self.0.delete(&parsed(key)?))?)
    }
}

/// An object that is being read.
struct Content {
    runtime: Handle,
    reader: Box<dyn ObjectReader>,
    block: Block,
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.block.is_empty() {
            let next = self.runtime.block_on(self.reader.next());
            match next.map_err(std::io::Error::other)? {
                Some(block) => self.block = block,
                None => return Ok(0),
            }
        }
        let count = self.block.len().min(buffer.len());
        let read = self.block.split_to(count);
        if let Some(to) = buffer.get_mut(..count) {
            to.copy_from_slice(&read);
        }
        Ok(count)
    }
}
