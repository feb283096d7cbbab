//! A program without the feature `files`: back-ups are of the database.

use std::sync::Arc;

use crate::{
    backup::{Bytes, FileBytes},
    config::Config,
};

pub(super) fn files(_: &Config) -> anyhow::Result<FileBytes> {
    Ok(FileBytes::Elsewhere("this program was built without files".to_owned()))
}

pub(super) fn storage(_: &Config) -> anyhow::Result<Option<Arc<dyn Bytes>>> {
    Ok(None)
}

pub(super) fn bucket(_: &Config) -> anyhow::Result<Option<(String, Arc<dyn Bytes>)>> {
    Ok(None)
}
