//! Makes a thumbnail and a smaller copy of a picture:
//! `cargo run -p alveole-adapter-images --example thumbnails -- photo.jpg`. Without a name it draws one.
#![expect(clippy::disallowed_macros, reason = "an example prints")]

use adapter_images::{BoundedImageProcessor, ImageLimits};
use adapter_pool::Budget;
use bytes::Bytes;
use files::outbound::{Fit, ImageProcessor as _, PictureFormat, Rendering};
use image::{ImageFormat, Rgb, RgbImage};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = match std::env::args().nth(1) {
        Some(name) => std::fs::read(name)?,
        None => drawn()?,
    };
    let format = match image::guess_format(&source)? {
        ImageFormat::Jpeg => PictureFormat::Jpeg,
        ImageFormat::Png => PictureFormat::Png,
        ImageFormat::WebP => PictureFormat::WebP,
        _ => PictureFormat::Gif,
    };

    let pictures = BoundedImageProcessor::new(ImageLimits::default(), Budget::new(1 << 30));
    let thumb = Rendering { width: 128, height: 128, fit: Fit::Cover, format: None };
    let small =
        Rendering { width: 640, height: 640, fit: Fit::Inside, format: Some(PictureFormat::WebP) };
    for picture in pictures.draw(Bytes::from(source), format, vec![thumb, small]).await? {
        let (width, height, size) = (picture.width, picture.height, picture.bytes.len());
        println!("{:?}, {width} × {height}, {size} bytes", picture.format);
    }
    Ok(())
}

fn drawn() -> Result<Vec<u8>, image::ImageError> {
    let wave = |x: u32| u8::try_from(x % 256).unwrap_or(0);
    let image = RgbImage::from_fn(800, 600, |x, y| Rgb([wave(x), wave(y), wave(x + y)]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}
