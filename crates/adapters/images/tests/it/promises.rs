//! Q1, Q2 and Q4 of `files::outbound::ImageProcessor`.

use std::sync::Arc;

use adapter_images::{BoundedImageProcessor, ImageLimits, Quality};
use adapter_pool::Budget;
use bytes::Bytes;
use files::outbound::{Fit, ImageProcessor as _, PictureError, PictureFormat, Rendering};
use image::{
    DynamicImage, ImageBuffer, Luma, LumaA, Rgba, RgbaImage,
    codecs::gif::GifEncoder,
    imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270},
};

use crate::made::{
    FORMATS, decoded, draw, exif, flag, inside, noise, with_metadata, with_profile, written,
};

const READ_WITH_EXIF: [PictureFormat; 3] =
    [PictureFormat::Jpeg, PictureFormat::Png, PictureFormat::WebP];

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn q1_pictures_come_out_upright_in_all_eight_orientations() {
    let upright = flag(64, 32);
    // What a camera held the other way writes, for each number.
    let stored = [
        upright.clone(),
        flip_horizontal(&upright),
        rotate180(&upright),
        flip_vertical(&upright),
        flip_horizontal(&rotate90(&upright)),
        rotate270(&upright),
        flip_horizontal(&rotate270(&upright)),
        rotate90(&upright),
    ];
    for (orientation, stored) in (1..).zip(&stored) {
        for format in READ_WITH_EXIF {
            let source = with_metadata(stored, format, orientation);
            let wanted = Rendering { format: Some(PictureFormat::Png), ..inside(64, 64) };
            let drawn = draw(&source, format, &[wanted]).await.unwrap();
            let image = decoded(&drawn[0]);
            let told = format!("{format:?}, orientation {orientation}");
            assert_eq!((drawn[0].width, drawn[0].height), (64, 32), "{told}");
            assert_eq!(image.dimensions(), (64, 32), "{told}");
            for (x, y) in [(10, 3), (10, 20), (53, 3), (53, 20)] {
                let (is, should) = (image.get_pixel(x, y).0, upright.get_pixel(x, y).0);
                let near = is.iter().zip(should).all(|(is, should)| is.abs_diff(should) < 12);
                assert!(near, "{told}: {is:?} instead of {should:?} at {x},{y}");
            }
        }
    }
}

#[tokio::test]
async fn q1_a_box_is_meant_for_the_upright_picture() {
    let source = with_metadata(&flag(400, 200), PictureFormat::Png, 6);
    let cover = Rendering { width: 30, height: 90, fit: Fit::Cover, format: None };
    let drawn = draw(&source, PictureFormat::Png, &[inside(50, 500), cover]).await.unwrap();
    assert_eq!((drawn[0].width, drawn[0].height), (50, 100));
    assert_eq!((drawn[1].width, drawn[1].height), (30, 90));
}

#[tokio::test]
async fn q1_nothing_is_left_of_places_profiles_and_comments() {
    for format in READ_WITH_EXIF {
        let source = with_metadata(&flag(40, 40), format, 1);
        assert!(holds(&source, b"WGS-84"), "{format:?}: the test itself");
        let wanted = READ_WITH_EXIF.map(|one| Rendering { format: Some(one), ..inside(40, 40) });
        for picture in draw(&source, format, &wanted).await.unwrap() {
            for part in [&b"WGS-84"[..], b"Exif", b"EXIF", b"eXIf", b"iCCP", b"ICC", b"profile"] {
                assert!(!holds(&picture.bytes, part), "{format:?} to {:?}", picture.format);
            }
        }
    }
}

#[tokio::test]
async fn q5_colours_of_a_profile_become_srgb() {
    // Adobe RGB has greener greens: what is a medium green there is a stronger one in sRGB.
    let profile = moxcms::ColorProfile::new_adobe_rgb().encode().unwrap();
    let image = image::RgbImage::from_pixel(20, 20, image::Rgb([60, 160, 60]));
    for format in READ_WITH_EXIF {
        let source = with_profile(&image, format, &profile);
        let drawn = draw(&source, format, &[inside(20, 20)]).await.unwrap();
        let [red, green, blue] = decoded(&drawn[0]).get_pixel(10, 10).0;
        assert!(
            red < 15 && green.abs_diff(161) < 6 && blue.abs_diff(55) < 12,
            "{format:?}: {red} {green} {blue}"
        );
        let srgb = moxcms::ColorProfile::new_srgb().encode().unwrap();
        let source = with_profile(&image, format, &srgb);
        let drawn = draw(&source, format, &[inside(20, 20)]).await.unwrap();
        let same = decoded(&drawn[0]).get_pixel(10, 10).0;
        assert!(same.iter().zip([60, 160, 60]).all(|(is, was)| is.abs_diff(was) < 6), "{same:?}");
    }
}

#[tokio::test]
async fn q1_what_cannot_be_read_of_the_metadata_does_no_harm() {
    // A JPEG's first segment is replaced by EXIF of which a piece is missing.
    for end in 0..exif(6).len() {
        let plain = written(&DynamicImage::ImageRgb8(flag(16, 8)), PictureFormat::Jpeg);
        let mut block = b"Exif\0\0".to_vec();
        block.extend(&exif(6)[..end]);
        let length = u16::try_from(block.len() + 2).unwrap().to_be_bytes();
        let source = [&[0xFF, 0xD8, 0xFF, 0xE1][..], &length, &block, &plain[2..]].concat();
        let drawn = draw(&Bytes::from(source), PictureFormat::Jpeg, &[inside(16, 16)]).await;
        assert!(drawn.is_ok(), "{end}: {drawn:?}");
    }
}

#[tokio::test]
async fn q2_renderings_come_in_order_each_within_its_box() {
    let wanted = [
        inside(100, 100),
        Rendering { width: 64, height: 64, fit: Fit::Cover, format: Some(PictureFormat::WebP) },
        Rendering { width: 8192, height: 8192, fit: Fit::Cover, format: Some(PictureFormat::Jpeg) },
        Rendering { width: 1, height: 1, fit: Fit::Inside, format: Some(PictureFormat::Png) },
    ];
    let sizes = [(100, 50), (64, 64), (300, 150), (1, 1)];
    for format in FORMATS {
        let source = written(&DynamicImage::ImageRgb8(flag(300, 150)), format);
        let drawn = draw(&source, format, &wanted).await.unwrap();
        assert_eq!(drawn.len(), wanted.len());
        for ((picture, size), wanted) in drawn.iter().zip(sizes).zip(wanted) {
            let image = decoded(picture);
            assert_eq!((picture.width, picture.height), size, "{format:?} {wanted:?}");
            assert_eq!(image.dimensions(), size, "{format:?} {wanted:?}");
            let kept = if format == PictureFormat::Gif { PictureFormat::Png } else { format };
            assert_eq!(picture.format, wanted.format.unwrap_or(kept));
        }
        assert!(draw(&source, format, &[]).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn q2_a_gif_asked_for_is_a_png() {
    let source = written(&DynamicImage::ImageRgb8(flag(8, 8)), PictureFormat::Png);
    let wanted = Rendering { format: Some(PictureFormat::Gif), ..inside(8, 8) };
    let drawn = draw(&source, PictureFormat::Png, &[wanted]).await.unwrap();
    assert_eq!(drawn[0].format, PictureFormat::Png);
    assert!(drawn[0].bytes.starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn a_line_is_a_picture_and_so_is_a_dot() {
    for (width, height, format) in
        [(1, 8000), (8000, 1), (1, 1)].iter().flat_map(|(w, h)| FORMATS.map(|f| (*w, *h, f)))
    {
        let source = written(&DynamicImage::ImageRgb8(flag(width, height)), format);
        let cover = Rendering { fit: Fit::Cover, ..inside(256, 256) };
        let drawn = draw(&source, format, &[inside(256, 256), cover]).await.unwrap();
        let edge = |edge: u32| edge.min(256);
        for picture in &drawn {
            assert_eq!((picture.width, picture.height), (edge(width), edge(height)), "{format:?}");
            assert_eq!(decoded(picture).dimensions(), (edge(width), edge(height)), "{format:?}");
        }
    }
}

#[tokio::test]
async fn of_a_gif_the_first_picture_is_drawn() {
    let mut bytes = Vec::new();
    {
        let mut encoder = GifEncoder::new(&mut bytes);
        for colour in [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]] {
            let frame = RgbaImage::from_pixel(20, 20, Rgba(colour));
            encoder.encode_frame(image::Frame::new(frame)).unwrap();
        }
    }
    let drawn = draw(&Bytes::from(bytes), PictureFormat::Gif, &[inside(10, 10)]).await.unwrap();
    assert_eq!(decoded(&drawn[0]).get_pixel(5, 5).0, [255, 0, 0]);
}

#[tokio::test]
async fn what_is_clear_stays_clear_and_is_white_in_a_jpeg() {
    let clear = RgbaImage::from_fn(40, 40, |x, _| {
        if x < 20 { Rgba([10, 200, 10, 255]) } else { Rgba([255, 0, 0, 0]) }
    });
    let source = written(&DynamicImage::ImageRgba8(clear), PictureFormat::Png);
    let wanted = READ_WITH_EXIF.map(|one| Rendering { format: Some(one), ..inside(20, 20) });
    let drawn = draw(&source, PictureFormat::Png, &wanted).await.unwrap();
    let jpeg = decoded(&drawn[0]);
    let white = jpeg.get_pixel(17, 10).0;
    assert!(white.iter().all(|colour| *colour > 240), "{white:?}");
    assert!(jpeg.get_pixel(2, 10).0[1] > 180);
    for picture in &drawn[1..] {
        let image = image::load_from_memory(&picture.bytes).unwrap();
        assert!(image.color().has_alpha(), "{:?}", picture.format);
        let image = image.into_rgba8();
        assert_eq!(image.get_pixel(17, 10).0[3], 0);
        assert_eq!(image.get_pixel(2, 10).0[3], 255);
        // The colour of what cannot be seen does not bleed into what can.
        assert!(image.get_pixel(9, 10).0[0] < 40, "{:?}", image.get_pixel(9, 10));
    }
}

#[tokio::test]
async fn sixteen_bits_greys_and_palettes_are_read() {
    let rgb16 = DynamicImage::ImageRgb8(flag(30, 30)).to_rgb16();
    let grey16 = ImageBuffer::from_fn(30, 30, |x, _| Luma([u16::try_from(x * 2000).unwrap()]));
    let faint = ImageBuffer::from_fn(30, 30, |x, y| {
        LumaA([u8::try_from(x * 8).unwrap(), u8::try_from(y * 8).unwrap()])
    });
    let sources = [
        (DynamicImage::ImageRgb16(rgb16.clone()), image::ColorType::Rgb8),
        (
            DynamicImage::ImageRgba16(DynamicImage::ImageRgb16(rgb16).to_rgba16()),
            image::ColorType::Rgb8,
        ),
        (DynamicImage::ImageLuma16(grey16), image::ColorType::L8),
        (DynamicImage::ImageLumaA8(faint), image::ColorType::La8),
    ];
    for (image, colour) in sources {
        let told = image.color();
        let source = written(&image, PictureFormat::Png);
        let wanted = READ_WITH_EXIF.map(|one| Rendering { format: Some(one), ..inside(15, 15) });
        let drawn = draw(&source, PictureFormat::Png, &wanted).await.unwrap();
        let png = image::load_from_memory(&drawn[1].bytes).unwrap();
        assert_eq!(png.color(), colour, "{told:?}");
        assert!(drawn.iter().all(|picture| decoded(picture).dimensions() == (15, 15)));
    }
    // GIF is always a palette.
    let source = written(&DynamicImage::ImageRgb8(flag(30, 30)), PictureFormat::Gif);
    let drawn = draw(&source, PictureFormat::Gif, &[inside(30, 30)]).await.unwrap();
    assert_eq!(decoded(&drawn[0]).get_pixel(25, 25).0, [0, 0, 255]);
}

#[tokio::test]
async fn a_jpeg_of_printers_ink_is_read() {
    let mut bytes = Vec::new();
    let ink: Vec<u8> = [0, 255, 255, 0].repeat(64);
    jpeg_encoder::Encoder::new(&mut bytes, 95)
        .encode(&ink, 8, 8, jpeg_encoder::ColorType::Cmyk)
        .unwrap();
    let drawn = draw(&Bytes::from(bytes), PictureFormat::Jpeg, &[inside(8, 8)]).await.unwrap();
    let [red, green, blue] = decoded(&drawn[0]).get_pixel(4, 4).0;
    assert!(red > 200 && green < 60 && blue < 60, "{red} {green} {blue}");
}

#[tokio::test]
async fn q4_the_same_source_gives_the_same_bytes() {
    for format in FORMATS {
        let source = written(&DynamicImage::ImageRgb8(noise(90, 70)), format);
        let wanted = READ_WITH_EXIF.map(|one| Rendering { format: Some(one), ..inside(50, 50) });
        let first = draw(&source, format, &wanted).await.unwrap();
        assert_eq!(draw(&source, format, &wanted).await.unwrap(), first);
    }
}

#[tokio::test]
async fn a_lower_quality_is_smaller() {
    let source = written(&DynamicImage::ImageRgb8(noise(90, 70)), PictureFormat::Png);
    for format in [PictureFormat::Jpeg, PictureFormat::WebP] {
        let mut sizes = Vec::new();
        for quality in [0, 50, 255] {
            let pictures = BoundedImageProcessor::new(ImageLimits::default(), Budget::new(1 << 30))
                .with_quality(Quality { jpeg: quality, webp: quality });
            let wanted = Rendering { format: Some(format), ..inside(90, 90) };
            let drawn = pictures.draw(source.clone(), PictureFormat::Png, vec![wanted]).await;
            sizes.push(drawn.unwrap()[0].bytes.len());
        }
        assert!(sizes[0] < sizes[1] && sizes[1] < sizes[2], "{format:?}: {sizes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_simultaneously_are_all_drawn_and_alike() {
    let limits = ImageLimits { places: 2, queue: 40, ..ImageLimits::default() };
    let pictures = Arc::new(BoundedImageProcessor::new(limits, Budget::new(1 << 30)));
    let source = written(&DynamicImage::ImageRgb8(noise(120, 80)), PictureFormat::Jpeg);
    let draws: Vec<_> = (0..40)
        .map(|_| {
            let (pictures, source) = (Arc::clone(&pictures), source.clone());
            tokio::spawn(async move {
                pictures.draw(source, PictureFormat::Jpeg, vec![inside(60, 60)]).await
            })
        })
        .collect();
    let alone = draw(&source, PictureFormat::Jpeg, &[inside(60, 60)]).await.unwrap();
    for drawn in draws {
        assert_eq!(drawn.await.unwrap().unwrap(), alone);
    }
}

#[tokio::test]
async fn a_picture_of_another_format_than_said_is_broken() {
    for (format, said) in FORMATS.iter().flat_map(|format| FORMATS.map(|said| (*format, said))) {
        let source = written(&DynamicImage::ImageRgb8(flag(8, 8)), format);
        let drawn = draw(&source, said, &[inside(8, 8)]).await;
        if format == said {
            assert!(drawn.is_ok());
        } else {
            assert!(matches!(drawn, Err(PictureError::Broken(_))), "{format:?} as {said:?}");
        }
    }
}
