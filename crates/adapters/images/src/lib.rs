//! Pictures: decoded under limits, oriented, stripped, scaled and written anew.
//!
//! | module | holds |
//! |---|---|
//! | `pool` | places for work, a bounded queue in front of them |
//! | `source` | reading a picture: size and memory are judged from its header, before decoding |
//! | `jpeg` | the markers of a JPEG: is it whole, is it progressive |
//! | `scale` | how a picture is fitted into a box, and the scaling |
//! | `write` | JPEG, PNG and WebP |

mod jpeg;
mod pool;
mod scale;
mod source;
mod write;

use std::panic::{AssertUnwindSafe, catch_unwind};

use async_trait::async_trait;
use bytes::Bytes;
use files::world::{Picture, PictureError, PictureFormat, Pictures, Rendering};

use self::pool::{Pool, PoolError};

/// What pictures may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageLimits {
    /// Pixels of a source, across times down.
    pub max_pixels: u64,
    /// Bytes of memory one source may need, all its buffers together.
    pub max_bytes: u64,
    /// How many are drawn at once, at least 1. Each has a thread for as long as it takes.
    pub places: usize,
    /// How many may wait for a place. The next one is told `Busy`.
    pub queue: usize,
}

impl Default for ImageLimits {
    /// 50 megapixels and 512 MiB each, two at once, 32 waiting.
    fn default() -> Self {
        Self { max_pixels: 50_000_000, max_bytes: 512 << 20, places: 2, queue: 32 }
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
pub struct BoundedPictures {
    limits: ImageLimits,
    quality: Quality,
    pool: Pool,
}

impl BoundedPictures {
    /// With the default quality.
    pub fn new(limits: ImageLimits) -> Self {
        let pool = Pool::new(limits.places, limits.queue);
        Self { limits, quality: Quality::default(), pool }
    }

    /// With another quality.
    pub fn with_quality(self, quality: Quality) -> Self {
        let sane = |quality: u8| quality.clamp(1, 100);
        Self { quality: Quality { jpeg: sane(quality.jpeg), webp: sane(quality.webp) }, ..self }
    }
}

#[async_trait]
impl Pictures for BoundedPictures {
    async fn draw(
        &self,
        source: Bytes,
        format: PictureFormat,
        wanted: Vec<Rendering>,
    ) -> Result<Vec<Picture>, PictureError> {
        let (limits, quality) = (self.limits, self.quality);
        let work = move || draw(&source, format, &wanted, &limits, quality);
        match self.pool.run(work).await {
            Ok(outcome) => outcome,
            Err(PoolError::Full) => Err(PictureError::Busy),
            Err(PoolError::Failed(reason)) => Err(PictureError::Internal(reason)),
        }
    }
}

fn draw(
    bytes: &[u8],
    format: PictureFormat,
    wanted: &[Rendering],
    limits: &ImageLimits,
    quality: Quality,
) -> Result<Vec<Picture>, PictureError> {
    // The decoders are not ours, and what they are given is anybody's: should one of them panic,
    // then about the picture.
    let read = AssertUnwindSafe(|| source::read(bytes, format, wanted, limits));
    let source = catch_unwind(read)
        .unwrap_or_else(|_| Err(PictureError::Broken("it cannot be decoded".to_owned())))?;
    let mut drawer = scale::Drawer::new(source)?;
    wanted
        .iter()
        .map(|rendering| {
            let written = match rendering.format.unwrap_or(format) {
                PictureFormat::Gif => PictureFormat::Png,
                other => other,
            };
            let drawn = drawer.draw(rendering)?;
            let (width, height) = (drawn.width(), drawn.height());
            let bytes = Bytes::from(write::write(drawn, written, quality)?);
            Ok(Picture { format: written, width, height, bytes })
        })
        .collect()
}

/// The README's example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
