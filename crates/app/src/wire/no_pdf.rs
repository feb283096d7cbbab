//! A program without the feature `pdf`: it typesets no documents.

use std::sync::Arc;

use async_trait::async_trait;
use files::{
    document::{Document, Language},
    outbound::{Typeset, TypesetError, Typesetter},
};

use super::pool::Memory;
use crate::config::Config;

struct NoTypesetter;

#[async_trait]
impl Typesetter for NoTypesetter {
    async fn typeset(&self, _: Document, _: Language) -> Result<Typeset, TypesetError> {
        Err(TypesetError::Absent)
    }
}

pub(super) fn typesetter(_: &Config, _: Memory) -> anyhow::Result<Arc<dyn Typesetter>> {
    Ok(Arc::new(NoTypesetter))
}
