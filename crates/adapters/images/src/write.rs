//! JPEG, PNG and WebP. Nothing but pixels is written: no metadata, no profile, no thumbnail.

use files::outbound::{PictureError, PictureFormat};
use image::{
    DynamicImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use jpeg_encoder::{ColorType, Encoder};
use webp::PixelLayout;

use crate::Quality;

/// Writes a picture with eight bits a colour.
pub(crate) fn write(
    image: DynamicImage,
    format: PictureFormat,
    quality: Quality,
) -> Result<Vec<u8>, PictureError> {
    let image = without_idle_alpha(image);
    match format {
        PictureFormat::Jpeg => jpeg(image, quality.jpeg),
        PictureFormat::WebP => webp(image, quality.webp),
        PictureFormat::Png | PictureFormat::Gif => png(&image),
    }
}

/// An alpha channel that says nothing is left away.
fn without_idle_alpha(image: DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageRgba8(ref pixels) if pixels.pixels().all(|one| one.0[3] == 255) => {
            DynamicImage::ImageRgb8(image.into_rgb8())
        }
        DynamicImage::ImageLumaA8(ref pixels) if pixels.pixels().all(|one| one.0[1] == 255) => {
            DynamicImage::ImageLuma8(image.into_luma8())
        }
        other => other,
    }
}

fn jpeg(image: DynamicImage, quality: u8) -> Result<Vec<u8>, PictureError> {
    let edge = |edge: u32| u16::try_from(edge).map_err(internal);
    let (width, height) = (edge(image.width())?, edge(image.height())?);
    let (kind, pixels) = match image {
        DynamicImage::ImageLuma8(pixels) => (ColorType::Luma, pixels.into_raw()),
        DynamicImage::ImageLumaA8(pixels) => {
            let on_white = pixels.pixels().map(|one| blend(one.0[0], one.0[1]));
            (ColorType::Luma, on_white.collect())
        }
        DynamicImage::ImageRgb8(pixels) => (ColorType::Rgb, pixels.into_raw()),
        other => {
            let pixels = other.into_rgba8();
            let on_white = pixels.pixels().flat_map(|one| {
                let [red, green, blue, alpha] = one.0;
                [red, green, blue].map(|colour| blend(colour, alpha))
            });
            (ColorType::Rgb, on_white.collect())
        }
    };
    let mut bytes = Vec::new();
    // Not with tables made for the picture: then each colour is a scan of its own, which some
    // decoders get wrong at the edges of pictures with halved colours, `zune-jpeg` among them.
    let encoder = Encoder::new(&mut bytes, quality);
    encoder.encode(&pixels, width, height, kind).map_err(internal)?;
    Ok(bytes)
}

/// A colour on white.
fn blend(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha) = (u32::from(colour), u32::from(alpha));
    u8::try_from((colour * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
}

fn png(image: &DynamicImage) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
    image.write_with_encoder(encoder).map_err(internal)?;
    Ok(bytes)
}

fn webp(image: DynamicImage, quality: u8) -> Result<Vec<u8>, PictureError> {
    let (width, height) = (image.width(), image.height());
    let (layout, pixels) = if image.color().has_alpha() {
        (PixelLayout::Rgba, image.into_rgba8().into_raw())
    } else {
        (PixelLayout::Rgb, image.into_rgb8().into_raw())
    };
    let encoder = webp::Encoder::new(&pixels, layout, width, height);
    match encoder.encode_simple(false, f32::from(quality)) {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(error) => Err(internal(format!("WebP: {error:?}"))),
    }
}

fn internal(error: impl std::fmt::Display) -> PictureError {
    PictureError::Internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_blended_with_white() {
        assert_eq!((blend(0, 255), blend(0, 0), blend(255, 128)), (0, 255, 255));
        assert_eq!(blend(0, 128), 127);
    }
}
