//! Pictures: decoded under limits, oriented, stripped, scaled and written anew.
//!
//! | module | holds |
//! |---|---|
//! | `source` | reading a picture: size and memory are judged from its header, before decoding |
//! | `jpeg` | the markers of a JPEG: is it whole, is it progressive |
//! | `profile` | colour profiles, to sRGB |
//! | `scale` | how a picture is fitted into a box, and the scaling |
//! | `write` | JPEG, PNG and WebP |

mod jpeg;
mod profile;
mod scale;
mod source;
mod write;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use adapter_pool::{Budget, Pool, PoolError};
use async_trait::async_trait;
use bytes::Bytes;
use files::outbound::{ImageProcessor, Picture, PictureError, PictureFormat, Rendering};
use image::{DynamicImage, metadata::Orientation};

use self::profile::Conversion;

/// What pictures may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageLimits {
    /// Pixels of a source, across times down.
    pub max_pixels: u64,
    /// Bytes of memory that drawing one picture may need, all its buffers together.
    pub max_bytes: u64,
    /// How many are drawn at once, at least 1. Each has a thread for as long as it takes.
    pub places: usize,
    /// How many may wait for a place. The next one is told `Busy`.
    pub queue: usize,
}

impl Default for ImageLimits {
    /// 50 megapixels and 512 MiB each, two simultaneously, 64 waiting.
    fn default() -> Self {
        Self { max_pixels: 50_000_000, max_bytes: 512 << 20, places: 2, queue: 64 }
    }
}

/// How well the lossy formats are written, 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    /// Of JPEG.
    pub jpeg: u8,
    /// Of WebP.
    pub webp: u8,
}

impl Default for Quality {
    /// 82 and 80: smaller than what cameras write, and not to be told from it on a screen.
    fn default() -> Self {
        Self { jpeg: 82, webp: 80 }
    }
}

/// Draws pictures on blocking threads, a bounded number at once.
#[derive(Debug)]
pub struct BoundedImageProcessor {
    limits: ImageLimits,
    quality: Quality,
    pool: Pool,
}

impl BoundedImageProcessor {
    /// With the default quality. `memory` bounds all pictures together; none may need more than the
    /// whole of it.
    pub fn new(limits: ImageLimits, memory: Budget) -> Self {
        let limits = ImageLimits { max_bytes: limits.max_bytes.min(memory.bytes()), ..limits };
        let pool = Pool::new(limits.places, limits.queue, memory);
        Self { limits, quality: Quality::default(), pool }
    }

    /// With another quality.
    pub fn with_quality(self, quality: Quality) -> Self {
        let sane = |quality: u8| quality.clamp(1, 100);
        Self { quality: Quality { jpeg: sane(quality.jpeg), webp: sane(quality.webp) }, ..self }
    }
}

#[async_trait]
impl ImageProcessor for BoundedImageProcessor {
    async fn draw(
        &self,
        source: Bytes,
        format: PictureFormat,
        wanted: Vec<Rendering>,
    ) -> Result<Vec<Picture>, PictureError> {
        let (limits, quality) = (self.limits, self.quality);
        let wanted: Arc<[Rendering]> = wanted.into();
        let ticket = self.pool.join().map_err(refused)?;
        let (bytes, renderings) = (source.clone(), Arc::clone(&wanted));
        let weigh = move || harmless(|| source::weigh(&bytes, format, &renderings, &limits));
        let (ticket, needed) = ticket.look(weigh).await.map_err(refused)?;
        let needed = needed?;
        let limits = ImageLimits { max_bytes: needed, ..limits };
        let work = move || draw(&source, format, &wanted, &limits, quality);
        ticket.run(needed, work).await.map_err(refused)?
    }
}

fn refused(error: PoolError) -> PictureError {
    match error {
        PoolError::Full => PictureError::Busy,
        PoolError::TooHeavy { limit, .. } => PictureError::TooMuchMemory { limit },
        PoolError::Failed(reason) => PictureError::Internal(reason),
    }
}

/// The decoders are not ours, and what they are given is anybody's: should one of them panic, then
/// about the picture.
fn harmless<T>(read: impl FnOnce() -> Result<T, PictureError>) -> Result<T, PictureError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(PictureError::Broken("it cannot be decoded".to_owned())))
}

fn draw(
    bytes: &[u8],
    format: PictureFormat,
    wanted: &[Rendering],
    limits: &ImageLimits,
    quality: Quality,
) -> Result<Vec<Picture>, PictureError> {
    let source = harmless(|| source::read(bytes, format, wanted, limits))?;
    let size = (source.image.width(), source.image.height());
    let conversion = harmless(|| Ok(Conversion::of(source.profile.as_deref(), &source.image)));
    // A profile that cannot be used does not make the picture worse.
    let conversion = conversion.unwrap_or_default();
    let conversion = conversion.as_ref();
    let mut drawer = scale::Drawer::new(source);
    // The largest comes last, when the source is not needed any more.
    let mut order: Vec<(usize, &Rendering)> = wanted.iter().enumerate().collect();
    order.sort_by_key(|(_, rendering)| scale::pixels(size, rendering));
    let Some((last, largest)) = order.pop() else { return Ok(Vec::new()) };
    let mut pictures = Vec::with_capacity(wanted.len());
    for (index, rendering) in order {
        let drawn = drawer.draw(rendering)?;
        pictures.push((
            index,
            finish(drawn, conversion, drawer.orientation(), rendering, (format, quality))?,
        ));
    }
    let (drawn, orientation) = (drawer.draw(largest)?, drawer.orientation());
    drop(drawer);
    pictures.push((last, finish(drawn, conversion, orientation, largest, (format, quality))?));
    pictures.sort_by_key(|(index, _)| *index);
    Ok(pictures.into_iter().map(|(_, picture)| picture).collect())
}

/// Turns and writes what was drawn.
fn finish(
    mut drawn: DynamicImage,
    conversion: Option<&Conversion>,
    orientation: Orientation,
    rendering: &Rendering,
    (source, quality): (PictureFormat, Quality),
) -> Result<Picture, PictureError> {
    let format = match rendering.format.unwrap_or(source) {
        PictureFormat::Gif => PictureFormat::Png,
        other => other,
    };
    if let Some(conversion) = conversion {
        conversion.apply(&mut drawn);
    }
    drawn.apply_orientation(orientation);
    let (width, height) = (drawn.width(), drawn.height());
    let bytes = Bytes::from(write::write(drawn, format, quality)?);
    Ok(Picture { format, width, height, bytes })
}

/// The README's example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
