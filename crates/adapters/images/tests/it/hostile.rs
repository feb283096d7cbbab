//! Q3 of `files::outbound::ImageProcessor`: what is broken, cut short or too large is refused and harms
//! nobody.
#![expect(clippy::unwrap_used, reason = "these are tests; their helpers fail by panicking")]

use adapter_images::{BoundedImageProcessor, ImageLimits};
use adapter_pool::Budget;
use bytes::Bytes;
use files::outbound::{ImageProcessor as _, PictureError, PictureFormat};
use image::{DynamicImage, ExtendedColorType, ImageEncoder as _, codecs::png::PngEncoder};

use crate::made::{Dice, FORMATS, draw, flag, inside, noise, written};

/// A chunk of a PNG, with its checksum.
fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&name[..], data].concat();
    let mut crc = u32::MAX;
    for byte in &body {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], &body, &(!crc).to_be_bytes()].concat()
}

/// A PNG that says it has this size and then has a few zeros, as a bomb does.
fn png(width: u32, height: u32, bits: u8, colour: u8) -> Bytes {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([bits, colour, 0, 0, 0]);
    // zlib: one block of a run of zeros, never closed
    let zeros = [0x78, 0x9C, 0x62, 0x60, 0x18, 0x05, 0xA3, 0x60, 0x14, 0x8C];
    let parts = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", &zeros),
        chunk(b"IEND", &[]),
    ];
    Bytes::from(parts.concat())
}

#[tokio::test]
async fn q3_a_bomb_is_refused_by_its_header() {
    for (width, height) in [(60_000, 60_000), (i32::MAX as u32, i32::MAX as u32), (50_000_001, 1)] {
        let drawn = draw(&png(width, height, 8, 6), PictureFormat::Png, &[inside(9, 9)]).await;
        let expected = PictureError::TooManyPixels { width, height, max_pixels: 50_000_000 };
        assert_eq!(drawn, Err(expected));
    }
    // The other formats, by the size in their headers.
    let mut gif = written(&DynamicImage::ImageRgb8(flag(8, 8)), PictureFormat::Gif).to_vec();
    gif[6..10].fill(0xFF);
    let mut jpeg = written(&DynamicImage::ImageRgb8(flag(8, 8)), PictureFormat::Jpeg).to_vec();
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xFD, 0, 0xFD, 0]);
    // VP8L: 14 bits across, 14 bits down, less one. All of them set the decoder takes for none.
    let mut webp = written(&DynamicImage::ImageRgb8(flag(8, 8)), PictureFormat::WebP).to_vec();
    webp[21..24].copy_from_slice(&[0xFE, 0xBF, 0xFF]);
    webp[24] |= 0x0F;
    let bombs =
        [(gif, PictureFormat::Gif), (jpeg, PictureFormat::Jpeg), (webp, PictureFormat::WebP)];
    for (bomb, format) in bombs {
        let drawn = draw(&Bytes::from(bomb), format, &[inside(9, 9)]).await;
        assert!(matches!(drawn, Err(PictureError::TooManyPixels { .. })), "{format:?}: {drawn:?}");
    }
}

#[tokio::test]
async fn q3_pixels_that_need_too_much_memory_are_refused_by_the_header() {
    // Few enough pixels, with sixteen bits and alpha.
    let drawn = draw(&png(7000, 7000, 16, 6), PictureFormat::Png, &[inside(9, 9)]).await;
    assert!(matches!(drawn, Err(PictureError::TooMuchMemory { .. })), "{drawn:?}");
    let limits = ImageLimits { max_bytes: 10_000, ..ImageLimits::default() };
    for format in FORMATS {
        let source = written(&DynamicImage::ImageRgb8(flag(90, 90)), format);
        let pictures = BoundedImageProcessor::new(limits, Budget::new(1 << 30));
        let drawn = pictures.draw(source, format, vec![inside(9, 9)]).await;
        let heavy = matches!(drawn, Err(PictureError::TooMuchMemory { limit: 10_000 }));
        assert!(heavy, "{format:?}: {drawn:?}");
    }
}

#[tokio::test]
async fn q3_what_needs_more_than_the_budget_is_refused_by_the_header() {
    let pictures = BoundedImageProcessor::new(ImageLimits::default(), Budget::new(128 << 20));
    let wanted = vec![inside(4096, 4096), inside(128, 128)];
    let bomb = png(7000, 7000, 8, 2);
    let drawn = pictures.draw(bomb, PictureFormat::Png, wanted.clone()).await;
    let limit = 128 << 20;
    assert_eq!(drawn, Err(PictureError::TooMuchMemory { limit }));
    // A photograph of 24 megapixels passes, as far as its header says.
    let photograph = png(6000, 4000, 8, 2);
    let drawn = pictures.draw(photograph, PictureFormat::Png, wanted).await;
    assert!(matches!(drawn, Err(PictureError::Broken(_))), "{drawn:?}");
}

#[tokio::test]
async fn q3_a_profile_that_swells_is_not_swollen() {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(vec![0; 64 << 20]).unwrap();
    let image = flag(8, 8);
    encoder.write_image(image.as_raw(), 8, 8, ExtendedColorType::Rgb8).unwrap();
    assert!(bytes.len() < 1 << 20, "the test itself");
    let limits = ImageLimits { max_bytes: 1 << 20, ..ImageLimits::default() };
    let pictures = BoundedImageProcessor::new(limits, Budget::new(1 << 30));
    let drawn = pictures.draw(Bytes::from(bytes), PictureFormat::Png, vec![inside(9, 9)]).await;
    // Whether the profile is passed over or the picture refused: never more than the limit.
    assert!(matches!(drawn, Ok(_) | Err(PictureError::TooMuchMemory { .. })), "{drawn:?}");
}

#[tokio::test]
async fn q3_zeros_without_end_are_broken() {
    let drawn = draw(&png(100, 100, 8, 6), PictureFormat::Png, &[inside(9, 9)]).await;
    assert!(matches!(drawn, Err(PictureError::Broken(_))), "{drawn:?}");
    for (width, height) in [(0, 5), (5, 0), (0, 0)] {
        let drawn = draw(&png(width, height, 8, 6), PictureFormat::Png, &[inside(9, 9)]).await;
        assert!(matches!(drawn, Err(PictureError::Broken(_))), "{drawn:?}");
    }
}

#[tokio::test]
async fn q3_a_picture_cut_short_anywhere_is_broken() {
    for format in FORMATS {
        let source = written(&DynamicImage::ImageRgb8(noise(80, 60)), format);
        for tenth in 0..10 {
            let cut = source.slice(..source.len() * tenth / 10);
            let drawn = draw(&cut, format, &[inside(20, 20)]).await;
            assert!(matches!(drawn, Err(PictureError::Broken(_))), "{format:?}: {tenth}/10");
        }
        assert!(draw(&source, format, &[inside(20, 20)]).await.is_ok());
    }
}

#[tokio::test]
async fn q3_nonsense_behind_a_good_beginning_is_refused() {
    let beginnings: [(&[u8], PictureFormat); 4] = [
        (b"\xFF\xD8\xFF\xE0\0\x10JFIF\0", PictureFormat::Jpeg),
        (b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", PictureFormat::Png),
        (b"RIFF\xFF\xFF\0\0WEBPVP8 ", PictureFormat::WebP),
        (b"GIF89a", PictureFormat::Gif),
    ];
    let mut dice = Dice(7);
    for (beginning, format) in beginnings {
        for _ in 0..150 {
            let length = dice.below(600);
            let tail: Vec<u8> = (0..length).map(|_| dice.byte()).collect();
            let source = Bytes::from([beginning, &tail].concat());
            let drawn = draw(&source, format, &[inside(20, 20)]).await;
            assert!(!matches!(drawn, Err(PictureError::Internal(_))), "{drawn:?}");
        }
        let empty = draw(&Bytes::new(), format, &[inside(20, 20)]).await;
        assert!(matches!(empty, Err(PictureError::Broken(_))), "{empty:?}");
    }
}

#[tokio::test]
async fn q3_good_pictures_with_wrong_bytes_are_drawn_or_refused() {
    let mut dice = Dice(11);
    // Few enough pixels that a size gone wrong is refused and not decoded.
    let limits = ImageLimits { max_pixels: 100_000, max_bytes: 4 << 20, ..ImageLimits::default() };
    let pictures = BoundedImageProcessor::new(limits, Budget::new(1 << 30));
    for format in FORMATS {
        let source = written(&DynamicImage::ImageRgb8(noise(24, 17)), format);
        for _ in 0..400 {
            let mut wrong = source.to_vec();
            // Headers are short: every second change is in the first hundred bytes.
            for turn in 0..=dice.below(4) {
                let end = if turn % 2 == 0 { wrong.len().min(100) } else { wrong.len() };
                let at = dice.below(end);
                wrong[at] = dice.byte();
            }
            let drawn = pictures.draw(Bytes::from(wrong), format, vec![inside(20, 20)]).await;
            assert!(!matches!(drawn, Err(PictureError::Internal(_))), "{format:?}: {drawn:?}");
        }
    }
    // Whoever comes next is served.
    let source = written(&DynamicImage::ImageRgb8(flag(8, 8)), PictureFormat::Png);
    assert!(draw(&source, PictureFormat::Png, &[inside(8, 8)]).await.is_ok());
}
