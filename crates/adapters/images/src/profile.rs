//! Colour profiles: what is drawn is sRGB, because no profile is written.

use std::sync::Arc;

use image::DynamicImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

/// The way from the colours of a source to sRGB.
pub(crate) struct Conversion {
    transform: Arc<Transform8BitExecutor>,
    layout: Layout,
}

impl Conversion {
    /// None for sRGB, for a profile that cannot be read, and for one of other colours than the
    /// pixels have: printer's ink is turned into RGB by the decoder.
    pub(crate) fn of(profile: Option<&[u8]>, image: &DynamicImage) -> Option<Self> {
        let profile = ColorProfile::new_from_slice(profile?).ok()?;
        let (layout, space) = match image {
            DynamicImage::ImageLuma8(_) => (Layout::Gray, DataColorSpace::Gray),
            DynamicImage::ImageLumaA8(_) => (Layout::GrayAlpha, DataColorSpace::Gray),
            DynamicImage::ImageRgb8(_) => (Layout::Rgb, DataColorSpace::Rgb),
            DynamicImage::ImageRgba8(_) => (Layout::Rgba, DataColorSpace::Rgb),
            _ => return None,
        };
        if profile.color_space != space {
            return None;
        }
        let (target, options) = match space {
            DataColorSpace::Gray => {
                (ColorProfile::new_gray_with_gamma(2.2), TransformOptions::default())
            }
            _ => (ColorProfile::new_srgb(), TransformOptions::default()),
        };
        let transform = profile.create_transform_8bit(layout, &target, layout, options).ok()?;
        Some(Self { transform, layout })
    }

    /// Converts the pixels in place, row by row. What cannot be converted stays as it is.
    pub(crate) fn apply(&self, image: &mut DynamicImage) {
        let width = image.width() as usize;
        let (pixels, channels): (&mut [u8], usize) = match (image, self.layout) {
            (DynamicImage::ImageLuma8(image), Layout::Gray) => (image, 1),
            (DynamicImage::ImageLumaA8(image), Layout::GrayAlpha) => (image, 2),
            (DynamicImage::ImageRgb8(image), Layout::Rgb) => (image, 3),
            (DynamicImage::ImageRgba8(image), Layout::Rgba) => (image, 4),
            _ => return,
        };
        let mut before = Vec::with_capacity(width * channels);
        for row in pixels.chunks_exact_mut((width * channels).max(1)) {
            before.clear();
            before.extend_from_slice(row);
            if self.transform.transform(&before, row).is_err() {
                row.copy_from_slice(&before);
            }
        }
    }
}
