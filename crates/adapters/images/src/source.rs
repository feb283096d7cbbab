//! Reading a picture. Size and memory are judged from its header, before decoding.

use std::io::Cursor;

use files::outbound::{PictureError, PictureFormat, Rendering};
use image::{
    DynamicImage, ImageDecoder, ImageError, Limits,
    codecs::{gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder},
    metadata::Orientation,
};

use crate::{ImageLimits, jpeg, scale};

/// A picture with eight bits a colour, as it lies in its file.
pub(crate) struct Source {
    /// Its pixels: `L8`, `La8`, `Rgb8` or `Rgba8`.
    pub(crate) image: DynamicImage,
    /// How it is to be turned.
    pub(crate) orientation: Orientation,
    /// The profile of its colours.
    pub(crate) profile: Option<Vec<u8>>,
}

/// What the header of a picture says about its cost.
#[derive(Debug, Clone, Copy)]
struct Shape {
    width: u32,
    height: u32,
    /// Bytes that the decoder writes.
    decoded: u64,
    channels: u64,
    has_alpha: bool,
    /// Bytes that the decoder needs for itself.
    scratch: u64,
}

impl Shape {
    /// `scratch`: what the decoder needs for itself, in bytes per pixel.
    fn of(decoder: &impl ImageDecoder, scratch: u64) -> Self {
        let (width, height) = decoder.dimensions();
        let colour = decoder.color_type();
        Self {
            width,
            height,
            decoded: decoder.total_bytes(),
            channels: u64::from(colour.channel_count()),
            has_alpha: colour.has_alpha(),
            scratch: area(width, height).saturating_mul(scratch),
        }
    }

    /// Bytes of memory from the first look at `source` bytes to the last rendering, at most.
    fn cost(&self, source: usize, wanted: &[Rendering]) -> u64 {
        let source = source as u64;
        let eight = area(self.width, self.height).saturating_mul(self.channels);
        // A picture with more bits is there twice while it is made one with eight, and decoders may
        // copy what they read.
        let narrowed = if self.decoded > eight { eight } else { 0 };
        let parts = [self.decoded, narrowed, self.scratch, source];
        let decoding = parts.into_iter().fold(0, u64::saturating_add);
        // Both ways round: it may be turned.
        let boxes = wanted.iter().flat_map(|one| {
            [(one.width, one.height), (one.height, one.width)].map(|bounds| (bounds, one.fit))
        });
        let size = (self.width, self.height);
        let plans = boxes.map(|(bounds, fit)| scale::plan(size, bounds, fit));
        let band = plans.map(|plan| scale::band_pixels(self.width, &plan, self.has_alpha)).max();
        let band = band.unwrap_or(0).saturating_mul(self.channels);
        let mut targets: Vec<u64> = wanted
            .iter()
            .map(|one| scale::pixels(size, one).saturating_mul(self.channels))
            .collect();
        targets.sort_unstable();
        let largest = targets.pop().unwrap_or(0);
        let others = targets.pop().map_or(0, |second| eight.saturating_add(second * 3));
        let scaling = eight.saturating_add(largest).saturating_add(band);
        // When the largest is turned and written, which is last, the source is gone.
        let writing = others.max(largest.saturating_mul(3));
        let most = decoding.max(scaling).max(writing);
        most.saturating_add(source).saturating_add(OVERHEAD)
    }
}

/// Bytes of chunks and profiles that a decoder may keep, and small things.
const OVERHEAD: u64 = 2 << 20;

fn area(width: u32, height: u32) -> u64 {
    u64::from(width).saturating_mul(u64::from(height))
}

/// Bytes of memory that drawing a picture needs, judged by its header.
pub(crate) fn weigh(
    bytes: &[u8],
    format: PictureFormat,
    wanted: &[Rendering],
    limits: &ImageLimits,
) -> Result<u64, PictureError> {
    let input = Cursor::new(bytes);
    let shape = match format {
        PictureFormat::Jpeg => jpeg_shape(&jpeg::outline(bytes)?),
        PictureFormat::Png => png_shape(bytes)?,
        PictureFormat::WebP => Shape::of(&WebPDecoder::new(input).map_err(refused)?, WEBP_SCRATCH),
        PictureFormat::Gif => Shape::of(&GifDecoder::new(input).map_err(refused)?, GIF_SCRATCH),
    };
    pixels(shape.width, shape.height, limits)?;
    let needed = shape.cost(bytes.len(), wanted);
    if needed > limits.max_bytes {
        return Err(PictureError::TooMuchMemory { limit: limits.max_bytes });
    }
    Ok(needed)
}

const WEBP_SCRATCH: u64 = 4;
const GIF_SCRATCH: u64 = 4;

fn jpeg_shape(outline: &jpeg::Outline) -> Shape {
    let (width, height) = (u32::from(outline.width), u32::from(outline.height));
    // Coefficients have two bytes each.
    let coefficients = area(width, height).saturating_mul(u64::from(outline.samples)) / 50;
    let channels = u64::from(outline.components.min(3));
    Shape {
        width,
        height,
        decoded: area(width, height).saturating_mul(channels),
        channels,
        has_alpha: false,
        scratch: if outline.progressive { coefficients } else { 0 },
    }
}

/// Walks over the chunks before the pixels. The decoder would read all of them, profiles included.
fn png_shape(bytes: &[u8]) -> Result<Shape, PictureError> {
    let broken = || PictureError::Broken("its header cannot be read".to_owned());
    let mut chunks = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n").ok_or_else(broken)?;
    let mut shape = None;
    let mut clear_colour = false;
    while let Some((head, rest)) = chunks.split_at_checked(8) {
        let (length, name) = head.split_at(4);
        let length = u32::from_be_bytes(length.try_into().map_err(|_| broken())?) as usize;
        match (name, rest) {
            (b"IHDR", [w3, w2, w1, w0, h3, h2, h1, h0, depth, colour, ..]) => {
                let width = u32::from_be_bytes([*w3, *w2, *w1, *w0]);
                let height = u32::from_be_bytes([*h3, *h2, *h1, *h0]);
                shape = Some((width, height, *depth, *colour));
            }
            (b"tRNS", _) => clear_colour = true,
            (b"IDAT", _) => break,
            _ => {}
        }
        chunks = rest.get(length.saturating_add(4)..).unwrap_or_default();
    }
    let (width, height, depth, colour) = shape.ok_or_else(broken)?;
    // 0 grey, 2 RGB, 3 a palette, 4 grey with alpha, 6 RGB with alpha
    let colours = if matches!(colour, 0 | 4) { 1 } else { 3 };
    let has_alpha = matches!(colour, 4 | 6) || clear_colour;
    let channels = colours + u64::from(has_alpha);
    let samples = area(width, height).saturating_mul(channels);
    let decoded = if depth == 16 { samples.saturating_mul(2) } else { samples };
    Ok(Shape { width, height, decoded, channels, has_alpha, scratch: 0 })
}

/// Reads a picture, if that needs no more than `limits.max_bytes` of memory.
pub(crate) fn read(
    bytes: &[u8],
    format: PictureFormat,
    wanted: &[Rendering],
    limits: &ImageLimits,
) -> Result<Source, PictureError> {
    let input = Cursor::new(bytes);
    let cost = |shape: Shape| shape.cost(bytes.len(), wanted);
    match format {
        PictureFormat::Jpeg => {
            let scratch = jpeg_shape(&jpeg::outline(bytes)?).scratch;
            let decoder = JpegDecoder::new(input).map_err(refused)?;
            let shape = Shape { scratch, ..Shape::of(&decoder, 0) };
            decode(decoder, cost(shape), limits)
        }
        PictureFormat::Png => {
            let decoder = PngDecoder::with_limits(input, memory(OVERHEAD)).map_err(refused)?;
            let shape = Shape::of(&decoder, 0);
            decode(decoder, cost(shape), limits)
        }
        PictureFormat::WebP => {
            let decoder = WebPDecoder::new(input).map_err(refused)?;
            let shape = Shape::of(&decoder, WEBP_SCRATCH);
            decode(decoder, cost(shape), limits)
        }
        PictureFormat::Gif => {
            let decoder = GifDecoder::new(input).map_err(refused)?;
            let shape = Shape::of(&decoder, GIF_SCRATCH);
            decode(decoder, cost(shape), limits)
        }
    }
}

/// Decodes. `needed`: bytes of memory, as the decoder itself sees the picture.
fn decode(
    mut decoder: impl ImageDecoder,
    needed: u64,
    limits: &ImageLimits,
) -> Result<Source, PictureError> {
    if needed > limits.max_bytes {
        return Err(PictureError::TooMuchMemory { limit: limits.max_bytes });
    }
    decoder.set_limits(memory(limits.max_bytes)).map_err(refused)?;
    // What cannot be read of the orientation does not make the picture worse.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    Ok(Source { image: narrow(image), orientation, profile })
}

fn pixels(width: u32, height: u32, limits: &ImageLimits) -> Result<(), PictureError> {
    let count = area(width, height);
    if count > limits.max_pixels {
        return Err(PictureError::TooManyPixels { width, height, max_pixels: limits.max_pixels });
    }
    if count == 0 {
        return Err(PictureError::Broken("it has no pixels".to_owned()));
    }
    Ok(())
}

fn memory(bytes: u64) -> Limits {
    let mut memory = Limits::no_limits();
    memory.max_alloc = Some(bytes);
    memory
}

/// Eight bits a colour, colours as they are.
fn narrow(image: DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageLuma8(_)
        | DynamicImage::ImageLumaA8(_)
        | DynamicImage::ImageRgb8(_)
        | DynamicImage::ImageRgba8(_) => image,
        DynamicImage::ImageLuma16(_) => DynamicImage::ImageLuma8(image.into_luma8()),
        DynamicImage::ImageLumaA16(_) => DynamicImage::ImageLumaA8(image.into_luma_alpha8()),
        DynamicImage::ImageRgb16(_) | DynamicImage::ImageRgb32F(_) => {
            DynamicImage::ImageRgb8(image.into_rgb8())
        }
        _ => DynamicImage::ImageRgba8(image.into_rgba8()),
    }
}

fn refused(error: ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooMuchMemory { limit: OVERHEAD },
        other => PictureError::Broken(other.to_string()),
    }
}
