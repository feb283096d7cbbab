//! Pictures are drawn (feature `images`).

use std::sync::Arc;

use adapter_images::{BoundedImageProcessor, ImageLimits, Quality};
use files::outbound::ImageProcessor;

use super::pool::Memory;
use crate::config::Config;

/// What draws.
pub(super) fn processor(config: &Config, memory: Memory) -> Arc<dyn ImageProcessor> {
    let images = &config.images;
    let limits = ImageLimits {
        max_pixels: images.max_pixels,
        max_bytes: images.max_bytes,
        places: images.places,
        queue: images.queue,
    };
    let quality = Quality { jpeg: images.jpeg_quality, webp: images.webp_quality };
    Arc::new(BoundedImageProcessor::new(limits, memory).with_quality(quality))
}
