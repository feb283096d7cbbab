//! Pictures and their metadata.
#![expect(clippy::unwrap_used, reason = "these are helpers of tests; they fail by panicking")]

use std::io::Cursor;

use bytes::Bytes;
use files::outbound::{Fit, ImageProcessor as _, Picture, PictureError, PictureFormat, Rendering};
use image::{
    DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
};

use adapter_images::{BoundedImageProcessor, ImageLimits};
use adapter_pool::Budget;

pub(crate) const FORMATS: [PictureFormat; 4] =
    [PictureFormat::Jpeg, PictureFormat::Png, PictureFormat::WebP, PictureFormat::Gif];

pub(crate) fn file_format(format: PictureFormat) -> ImageFormat {
    match format {
        PictureFormat::Jpeg => ImageFormat::Jpeg,
        PictureFormat::Png => ImageFormat::Png,
        PictureFormat::WebP => ImageFormat::WebP,
        PictureFormat::Gif => ImageFormat::Gif,
    }
}

/// Left half red, right half blue; the upper quarter of each lighter.
pub(crate) fn flag(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let light = if y < height / 4 { 120 } else { 0 };
        if x < width / 2 { Rgb([255, light, light]) } else { Rgb([light, light, 255]) }
    })
}

/// Something that does not compress to nothing.
pub(crate) fn noise(width: u32, height: u32) -> RgbImage {
    let mut dice = Dice(42);
    RgbImage::from_fn(width, height, |_, _| Rgb([dice.byte(), dice.byte(), dice.byte()]))
}

pub(crate) fn written(image: &DynamicImage, format: PictureFormat) -> Bytes {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, file_format(format)).unwrap();
    Bytes::from(bytes.into_inner())
}

/// An EXIF block with an orientation and a place on earth.
pub(crate) fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II\x2a\0\x08\0\0\0".to_vec();
    tiff.extend([2, 0]);
    // Orientation, SHORT
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    // GPS directory, LONG, at 38
    tiff.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend([0; 4]);
    // GPSMapDatum, ASCII
    tiff.extend([1, 0, 0x12, 0, 2, 0, 7, 0, 0, 0, 56, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend(b"WGS-84\0");
    tiff
}

/// A picture that carries EXIF and a colour profile.
pub(crate) fn with_metadata(image: &RgbImage, format: PictureFormat, orientation: u8) -> Bytes {
    described(image, format, orientation, b"a profile of ours")
}

/// A picture whose colours are those of a profile.
pub(crate) fn with_profile(image: &RgbImage, format: PictureFormat, profile: &[u8]) -> Bytes {
    described(image, format, 1, profile)
}

fn described(image: &RgbImage, format: PictureFormat, orientation: u8, profile: &[u8]) -> Bytes {
    fn write(mut encoder: impl ImageEncoder, image: &RgbImage, orientation: u8, profile: &[u8]) {
        encoder.set_exif_metadata(exif(orientation)).unwrap();
        encoder.set_icc_profile(profile.to_vec()).unwrap();
        let (width, height) = image.dimensions();
        encoder.write_image(image.as_raw(), width, height, ExtendedColorType::Rgb8).unwrap();
    }
    let mut bytes = Vec::new();
    match format {
        PictureFormat::Jpeg => {
            write(JpegEncoder::new_with_quality(&mut bytes, 95), image, orientation, profile);
        }
        PictureFormat::WebP => {
            write(WebPEncoder::new_lossless(&mut bytes), image, orientation, profile);
        }
        PictureFormat::Png | PictureFormat::Gif => {
            write(PngEncoder::new(&mut bytes), image, orientation, profile);
        }
    }
    Bytes::from(bytes)
}

pub(crate) fn decoded(picture: &Picture) -> RgbImage {
    image::load_from_memory_with_format(&picture.bytes, file_format(picture.format))
        .unwrap()
        .into_rgb8()
}

pub(crate) fn inside(width: u32, height: u32) -> Rendering {
    Rendering { width, height, fit: Fit::Inside, format: None }
}

pub(crate) async fn draw(
    source: &Bytes,
    format: PictureFormat,
    wanted: &[Rendering],
) -> Result<Vec<Picture>, PictureError> {
    let pictures = BoundedImageProcessor::new(ImageLimits::default(), Budget::new(1 << 30));
    pictures.draw(source.clone(), format, wanted.to_vec()).await
}

/// A small generator of numbers that look random and are always the same.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[4]
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end as u64)).unwrap()
    }
}
