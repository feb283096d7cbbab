//! Documents typeset as PDF.
//!
//! | module | holds |
//! |---|---|
//! | `font` | which glyph a character has and how wide it is; the form of those that have none |
//! | `text` | lines: where a text is broken |
//! | `layout` | what stands where on which page; pure, no PDF in it |
//! | `draw` | the pages as PDF |

mod draw;
mod font;
mod layout;
mod text;

use std::sync::Arc;

use adapter_pool::{Budget, Pool, PoolError};
use async_trait::async_trait;
use bytes::Bytes;
use files::{
    document::Document,
    outbound::{TypesetError, Typesetter},
};

use self::font::Fonts;

/// How many documents are typeset at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PdfLimits {
    /// How many at once, at least 1. Each has a thread for as long as it takes.
    pub places: usize,
    /// How many may wait for a place. The next one is told `Busy`.
    pub queue: usize,
}

impl Default for PdfLimits {
    /// Two at once, 32 waiting.
    fn default() -> Self {
        Self { places: 2, queue: 32 }
    }
}

/// Typesets on blocking threads, a bounded number at once.
#[derive(Debug)]
pub struct PdfTypesetter {
    fonts: Arc<Fonts>,
    pool: Pool,
    /// Bytes of memory that are reserved for each document.
    reserved: u64,
}

/// Bytes of memory that the longest document needs.
const DOCUMENT_BYTES: u64 = 64 << 20;

impl PdfTypesetter {
    /// Reads the fonts, which are in the binary. `memory` bounds all documents together, and whatever
    /// else shares it.
    pub fn new(limits: PdfLimits, memory: Budget) -> Result<Self, TypesetError> {
        let fonts = Arc::new(Fonts::load()?);
        let reserved = DOCUMENT_BYTES.min(memory.bytes());
        Ok(Self { fonts, pool: Pool::new(limits.places, limits.queue, memory), reserved })
    }
}

#[async_trait]
impl Typesetter for PdfTypesetter {
    async fn typeset(&self, document: Document) -> Result<Bytes, TypesetError> {
        let fonts = Arc::clone(&self.fonts);
        let work = move || {
            let pages = layout::layout(&document, &fonts);
            draw::draw(&document, &pages, &fonts)
        };
        match self.pool.run(self.reserved, work).await {
            Ok(outcome) => outcome.map(Bytes::from),
            Err(PoolError::Full) => Err(TypesetError::Busy),
            Err(error) => Err(TypesetError::Internal(error.to_string())),
        }
    }
}

/// The README's example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
