//! A program without the feature `s3`: bytes of files are kept in a folder.

use std::sync::Arc;

use files::outbound::Objects;

use super::Reach;
use crate::{
    config::{self, Config},
    dependencies::Watched,
};

/// There is none.
pub(super) enum Bucket {}

pub(super) fn open(_: &Config) -> anyhow::Result<Option<Bucket>> {
    Ok(None)
}

pub(super) fn backups(_: &config::Bucket) -> anyhow::Result<Option<Arc<dyn Objects>>> {
    Ok(None)
}

pub(super) fn objects(bucket: &Bucket) -> Arc<dyn Objects> {
    match *bucket {}
}

pub(super) fn ask(bucket: &Bucket) -> Watched {
    match *bucket {}
}

pub(super) fn reach(bucket: Bucket) -> Reach {
    match bucket {}
}
