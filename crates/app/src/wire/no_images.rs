//! A program without the feature `images`: it takes no pictures.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use files::outbound::{ImageProcessor, Picture, PictureError, PictureFormat, Rendering};

use super::pool::Memory;
use crate::config::Config;

struct NoImageProcessor;

#[async_trait]
impl ImageProcessor for NoImageProcessor {
    async fn draw(
        &self,
        _: Bytes,
        _: PictureFormat,
        _: Vec<Rendering>,
    ) -> Result<Vec<Picture>, PictureError> {
        Err(PictureError::Absent)
    }
}

pub(super) fn processor(_: &Config, _: Memory) -> Arc<dyn ImageProcessor> {
    Arc::new(NoImageProcessor)
}
