//! Reading a picture. Size and memory are judged from its header, before decoding.

use std::io::Cursor;

use files::world::{PictureError, PictureFormat, Rendering};
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageResult, Limits,
    codecs::{gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder},
    metadata::Orientation,
};

use crate::{ImageLimits, jpeg};

/// A picture with eight bits a colour, as it lies in its file.
pub(crate) struct Source {
    /// Its pixels: `L8`, `La8`, `Rgb8` or `Rgba8`.
    pub(crate) image: DynamicImage,
    /// How it is to be turned.
    pub(crate) orientation: Orientation,
}

/// Reads a picture, if it keeps to the limits.
pub(crate) fn read(
    bytes: &[u8],
    format: PictureFormat,
    wanted: &[Rendering],
    limits: &ImageLimits,
) -> Result<Source, PictureError> {
    let input = Cursor::new(bytes);
    match format {
        PictureFormat::Jpeg => {
            let outline = jpeg::outline(bytes)?;
            // Coefficients of all colours have two bytes each.
            let coefficients = u64::from(outline.components) * 2;
            let scratch = if outline.progressive { coefficients } else { 0 };
            decode(JpegDecoder::new(input), scratch, wanted, limits)
        }
        PictureFormat::Png => {
            // The decoder looks at all chunks before the pixels, profiles included; the size is
            // written before all of them.
            if let Some((width, height)) = png_size(bytes) {
                pixels(width, height, limits)?;
            }
            decode(PngDecoder::with_limits(input, memory(limits)), 0, wanted, limits)
        }
        PictureFormat::WebP => decode(WebPDecoder::new(input), 4, wanted, limits),
        PictureFormat::Gif => decode(GifDecoder::new(input), 4, wanted, limits),
    }
}

/// Decodes. `scratch`: what the decoder needs besides the pixels, in bytes per pixel.
fn decode<D: ImageDecoder>(
    decoder: ImageResult<D>,
    scratch: u64,
    wanted: &[Rendering],
    limits: &ImageLimits,
) -> Result<Source, PictureError> {
    let mut decoder = decoder.map_err(refused)?;
    let (width, height) = decoder.dimensions();
    let count = pixels(width, height, limits)?;
    let colour = decoder.color_type();
    let decoded = decoder.total_bytes();
    let channels = u64::from(colour.channel_count());
    let eight = count.saturating_mul(channels);
    // A picture with more bits is there twice while it is made one with eight, one with alpha while
    // its colours are weighed; the rows of a rendering are there at the full height of the source.
    let narrowed = if decoded > eight { eight } else { 0 };
    let weighed = if colour.has_alpha() { eight } else { 0 };
    let across = wanted.iter().map(|one| u64::from(one.width.min(width))).max().unwrap_or(0);
    let rows = across.saturating_mul(u64::from(height)).saturating_mul(channels);
    let needed = [narrowed, weighed, rows, count.saturating_mul(scratch)]
        .iter()
        .fold(decoded, |sum, part| sum.saturating_add(*part));
    if needed > limits.max_bytes {
        return Err(PictureError::TooMuchMemory);
    }
    decoder.set_limits(memory(limits)).map_err(refused)?;
    // What cannot be read of the orientation does not make the picture worse.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    Ok(Source { image: narrow(image), orientation })
}

fn pixels(width: u32, height: u32, limits: &ImageLimits) -> Result<u64, PictureError> {
    let count = u64::from(width).saturating_mul(u64::from(height));
    if count > limits.max_pixels {
        return Err(PictureError::TooManyPixels { width, height, max_pixels: limits.max_pixels });
    }
    if count == 0 {
        return Err(PictureError::Broken("it has no pixels".to_owned()));
    }
    Ok(count)
}

fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    let number = |at: usize| -> Option<u32> {
        Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?))
    };
    Some((number(0)?, number(4)?))
}

fn memory(limits: &ImageLimits) -> Limits {
    let mut memory = Limits::no_limits();
    memory.max_alloc = Some(limits.max_bytes);
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
        ImageError::Limits(_) => PictureError::TooMuchMemory,
        other => PictureError::Broken(other.to_string()),
    }
}
