//! How a picture is fitted into a box, and the scaling.

use fast_image_resize::{
    PixelType, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use files::outbound::{Fit, PictureError, Rendering};
use image::{DynamicImage, ImageBuffer, metadata::Orientation};

use crate::source::Source;

/// The greatest edge of what is drawn.
const MAX_EDGE: u32 = 8192;

/// What is taken of a source and how large it becomes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Plan {
    /// What is taken: left, top, width, height.
    pub(crate) crop: (f64, f64, f64, f64),
    /// Pixels across, at least 1.
    pub(crate) width: u32,
    /// Pixels down, at least 1.
    pub(crate) height: u32,
}

/// Fits `source` into `bounds`, both across and down. Nothing is enlarged.
pub(crate) fn plan(source: (u32, u32), bounds: (u32, u32), fit: Fit) -> Plan {
    let (width, height) = source;
    let bounds = (bounds.0.clamp(1, MAX_EDGE), bounds.1.clamp(1, MAX_EDGE));
    let (wide, high) = (f64::from(width), f64::from(height));
    // Which edge meets the box first when the picture grows from nothing.
    let across_first =
        u64::from(bounds.0) * u64::from(height) <= u64::from(bounds.1) * u64::from(width);
    match fit {
        Fit::Inside if width <= bounds.0 && height <= bounds.1 => {
            Plan { crop: (0.0, 0.0, wide, high), width, height }
        }
        Fit::Inside => {
            let (width, height) = if across_first {
                (bounds.0, share(height, bounds.0, width).min(bounds.1))
            } else {
                (share(width, bounds.1, height).min(bounds.0), bounds.1)
            };
            Plan { crop: (0.0, 0.0, wide, high), width, height }
        }
        Fit::Cover if width <= bounds.0 || height <= bounds.1 => {
            // Not enlarged: cut to what juts out.
            let (across, down) = (width.min(bounds.0), height.min(bounds.1));
            let (left, top) = (f64::from((width - across) / 2), f64::from((height - down) / 2));
            let crop = (left, top, f64::from(across), f64::from(down));
            Plan { crop, width: across, height: down }
        }
        Fit::Cover => {
            let (across, down) = (f64::from(bounds.0), f64::from(bounds.1));
            let crop = if across_first {
                let taken = high * across / down;
                ((wide - taken) / 2.0, 0.0, taken, high)
            } else {
                let taken = wide * down / across;
                (0.0, (high - taken) / 2.0, wide, taken)
            };
            Plan { crop, width: bounds.0, height: bounds.1 }
        }
    }
}

/// `edge` × `part` / `whole`, rounded, at least 1.
fn share(edge: u32, part: u32, whole: u32) -> u32 {
    let whole = u64::from(whole.max(1));
    let exact = (u64::from(edge) * u64::from(part) * 2 + whole) / (whole * 2);
    u32::try_from(exact).unwrap_or(u32::MAX).max(1)
}

/// Rows of the source in a band, without those around it.
const BAND: f64 = 256.0;
/// How far the filter (Lanczos) sees, in pixels of the target.
const SUPPORT: f64 = 3.0;

/// Rows of the target that are scaled together, when `scale` rows of the source become one.
fn band_rows(scale: f64) -> usize {
    // Saturates; at least one.
    ((BAND / scale) as usize).max(1)
}

/// Pixels that the scaler keeps of a source `width` across.
pub(crate) fn band_pixels(width: u32, plan: &Plan, has_alpha: bool) -> u64 {
    let scale = plan.crop.3 / f64::from(plan.height.max(1));
    let seen = BAND.max(scale) + 2.0 * (SUPPORT * scale.max(1.0) + 3.0);
    let copied = if has_alpha { seen as u64 } else { 0 };
    let rows = copied + band_rows(scale).min(plan.height as usize) as u64;
    u64::from(width).saturating_mul(rows)
}

/// Pixels of a rendering, either way round.
pub(crate) fn pixels(source: (u32, u32), wanted: &Rendering) -> u64 {
    let area = |bounds| {
        let plan = plan(source, bounds, wanted.fit);
        u64::from(plan.width) * u64::from(plan.height)
    };
    area((wanted.width, wanted.height)).max(area((wanted.height, wanted.width)))
}

/// Draws renderings of one source.
pub(crate) struct Drawer {
    pixels: Vec<u8>,
    width: u32,
    height: u32,
    kind: PixelType,
    orientation: Orientation,
    resizer: Resizer,
}

impl Drawer {
    pub(crate) fn new(source: Source) -> Self {
        let (width, height) = (source.image.width(), source.image.height());
        let (kind, pixels) = match source.image {
            DynamicImage::ImageLuma8(image) => (PixelType::U8, image.into_raw()),
            DynamicImage::ImageLumaA8(image) => (PixelType::U8x2, image.into_raw()),
            DynamicImage::ImageRgb8(image) => (PixelType::U8x3, image.into_raw()),
            other => (PixelType::U8x4, other.into_rgba8().into_raw()),
        };
        let orientation = source.orientation;
        Self { pixels, width, height, kind, orientation, resizer: Resizer::new() }
    }

    /// How what was drawn is to be turned.
    pub(crate) const fn orientation(&self) -> Orientation {
        self.orientation
    }

    /// Draws one, as it lies in the source. The picture is turned after it became smaller: that is
    /// the same picture for less work, with the box turned the other way round.
    pub(crate) fn draw(&mut self, rendering: &Rendering) -> Result<DynamicImage, PictureError> {
        let lying = matches!(
            self.orientation,
            Orientation::Rotate90
                | Orientation::Rotate270
                | Orientation::Rotate90FlipH
                | Orientation::Rotate270FlipH
        );
        let bounds = if lying {
            (rendering.height, rendering.width)
        } else {
            (rendering.width, rendering.height)
        };
        let plan = plan((self.width, self.height), bounds, rendering.fit);
        let (width, height, kind) = (plan.width, plan.height, self.kind);
        let bytes = self.scale(&plan)?;
        let image = match kind {
            PixelType::U8 => {
                ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8)
            }
            PixelType::U8x2 => {
                ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLumaA8)
            }
            PixelType::U8x3 => {
                ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8)
            }
            _ => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8),
        };
        image.ok_or_else(|| internal("a picture of another size came out"))
    }

    /// Scales band by band: the scaler keeps an intermediate picture, and with alpha a second copy of
    /// the source, both of which are as small as a band then. A filter sees the rows around its band.
    fn scale(&mut self, plan: &Plan) -> Result<Vec<u8>, PictureError> {
        let (left, top, across, down) = plan.crop;
        let across = across.min(f64::from(self.width) - left);
        let scale = down / f64::from(plan.height);
        let stride = self.width as usize * self.kind.size();
        let target_stride = plan.width as usize * self.kind.size();
        let mut bytes = vec![0; target_stride * plan.height as usize];
        let rows = band_rows(scale);
        let bands = bytes.chunks_mut(target_stride * rows);
        for (first, band) in (0_u32..).step_by(rows).zip(bands) {
            let count = band.len() / target_stride;
            let from = top + f64::from(first) * scale;
            let taken = count as f64 * scale;
            let around = SUPPORT * scale.max(1.0) + 2.0;
            // Saturates at 0.
            let above = (from - around).floor() as u32;
            let below = ((from + taken + around).ceil() as u32).min(self.height);
            let seen = self
                .pixels
                .get(above as usize * stride..below as usize * stride)
                .ok_or_else(|| internal("a band outside the picture"))?;
            let source = ImageRef::new(self.width, below - above, seen, self.kind);
            let source = source.map_err(internal)?;
            let count = u32::try_from(count).map_err(internal)?;
            let target = Image::from_slice_u8(plan.width, count, band, self.kind);
            let mut target = target.map_err(internal)?;
            let top = from - f64::from(above);
            // The sums may round to a hair beyond the picture, which the scaler refuses.
            let taken = taken.min(f64::from(below - above) - top);
            let options = ResizeOptions::new().crop(left, top, across, taken);
            self.resizer.resize(&source, &mut target, &options).map_err(internal)?;
        }
        Ok(bytes)
    }
}

fn internal(error: impl std::fmt::Display) -> PictureError {
    PictureError::Internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_give_the_same_picture_as_the_whole() {
        let mut seed = 7_u32;
        let mut noise = |count: usize| -> Vec<u8> {
            let next = || {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            };
            std::iter::repeat_with(next).take(count).collect()
        };
        let (width, height) = (300, 1100);
        for (kind, colours) in [(PixelType::U8x3, 3), (PixelType::U8x4, 4)] {
            let pixels = noise(width as usize * height as usize * colours);
            let image = match kind {
                PixelType::U8x3 => DynamicImage::ImageRgb8(
                    ImageBuffer::from_raw(width, height, pixels.clone()).unwrap(),
                ),
                _ => DynamicImage::ImageRgba8(
                    ImageBuffer::from_raw(width, height, pixels.clone()).unwrap(),
                ),
            };
            let source = Source { image, orientation: Orientation::NoTransforms, profile: None };
            let mut drawer = Drawer::new(source);
            let whole = Image::from_vec_u8(width, height, pixels, kind).unwrap();
            for (bounds, fit) in [
                ((200, 800), Fit::Inside),
                ((90, 1000), Fit::Inside),
                ((7, 5), Fit::Cover),
                ((300, 900), Fit::Cover),
                ((299, 1099), Fit::Cover),
            ] {
                let plan = plan((width, height), bounds, fit);
                let (left, top, across, down) = plan.crop;
                let mut target = Image::new(plan.width, plan.height, kind);
                let options = ResizeOptions::new().crop(left, top, across, down);
                Resizer::new().resize(&whole, &mut target, &options).unwrap();
                let banded = drawer.scale(&plan).unwrap();
                let most = banded.iter().zip(target.buffer()).map(|(a, b)| a.abs_diff(*b)).max();
                assert!(most <= Some(1), "{kind:?} {bounds:?} {fit:?}: {most:?}");
            }
        }
    }

    fn size(source: (u32, u32), bounds: (u32, u32), fit: Fit) -> (u32, u32) {
        let plan = plan(source, bounds, fit);
        let (left, top, across, down) = plan.crop;
        assert!(left >= 0.0 && top >= 0.0 && across > 0.0 && down > 0.0, "{plan:?}");
        assert!(left + across <= f64::from(source.0), "{plan:?}");
        assert!(top + down <= f64::from(source.1), "{plan:?}");
        assert!(plan.width <= bounds.0 && plan.height <= bounds.1, "{plan:?}");
        assert!(plan.width <= source.0 && plan.height <= source.1, "{plan:?}");
        (plan.width, plan.height)
    }

    #[test]
    fn inside_keeps_everything_and_never_grows() {
        assert_eq!(size((400, 200), (100, 100), Fit::Inside), (100, 50));
        assert_eq!(size((200, 400), (100, 100), Fit::Inside), (50, 100));
        assert_eq!(size((40, 20), (100, 100), Fit::Inside), (40, 20));
        assert_eq!(size((1, 8000), (256, 256), Fit::Inside), (1, 256));
        assert_eq!(size((8000, 1), (256, 256), Fit::Inside), (256, 1));
        assert_eq!(size((1000, 999), (100, 100), Fit::Inside), (100, 100));
        assert_eq!(plan((400, 200), (100, 100), Fit::Inside).crop, (0.0, 0.0, 400.0, 200.0));
    }

    #[test]
    fn cover_fills_the_box_and_cuts_evenly() {
        assert_eq!(size((400, 200), (100, 100), Fit::Cover), (100, 100));
        assert_eq!(plan((400, 200), (100, 100), Fit::Cover).crop, (100.0, 0.0, 200.0, 200.0));
        assert_eq!(plan((200, 400), (100, 100), Fit::Cover).crop, (0.0, 100.0, 200.0, 200.0));
        // One edge is too short to fill the box: nothing is enlarged.
        assert_eq!(size((400, 50), (100, 100), Fit::Cover), (100, 50));
        assert_eq!(plan((400, 50), (100, 100), Fit::Cover).crop, (150.0, 0.0, 100.0, 50.0));
        assert_eq!(size((40, 20), (100, 100), Fit::Cover), (40, 20));
    }

    #[test]
    fn whatever_the_sizes_a_plan_stays_within_both() {
        let edges = [1, 2, 3, 7, 99, 100, 101, 640, 8000];
        for (fit, width) in
            [Fit::Inside, Fit::Cover].into_iter().flat_map(|f| edges.map(|w| (f, w)))
        {
            for height in edges {
                for across in edges {
                    for down in edges {
                        size((width, height), (across, down), fit);
                    }
                }
            }
        }
    }
}
