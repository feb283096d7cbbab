//! Documents typeset as PDF.
//!
//! | module | holds |
//! |---|---|
//! | `font` | which fonts there are, and texts to glyphs |
//! | `text` | lines: where a text is broken |
//! | `labels` | the words that are not the document's own, by language |
//! | `layout` | what stands where on which page; pure, no PDF in it |
//! | `draw` | the pages as PDF |

mod draw;
mod font;
mod labels;
mod layout;
mod text;

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use adapter_pool::{Budget, Pool, PoolError};
use async_trait::async_trait;
use files::{
    document::{Document, Language},
    outbound::{Typeset, TypesetError, Typesetter},
};

pub use self::font::system_folders;
use self::font::{EmbeddedFonts, FONT_BYTES, Fonts, Found, Library, Region};

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
pub struct PdfTypesetter {
    embedded: Arc<EmbeddedFonts>,
    library: Arc<Library>,
    pool: Pool,
    memory: u64,
}

impl std::fmt::Debug for PdfTypesetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PdfTypesetter").field("library", &self.library).finish_non_exhaustive()
    }
}

/// Bytes of memory that the longest document needs beside its fonts.
const DOCUMENT_BYTES: u64 = 64 << 20;
/// Tries with fonts that were found; each leaves out those of the one before, which failed.
const TRIES: usize = 3;

/// What is to be typeset.
type Job = Arc<(Document, Language)>;

/// What came of a try with the fonts of the binary.
enum Embedded {
    Done(Typeset),
    /// Some of these characters are in fonts that were found.
    Lacks(Vec<char>),
}

impl PdfTypesetter {
    /// Reads the fonts of the binary. Others are looked for in `folders` and in the folders within
    /// them when the first document needs them; those of earlier folders are preferred. `memory`
    /// bounds all documents together, and whatever else shares it.
    pub fn new(
        limits: PdfLimits,
        memory: Budget,
        folders: Vec<PathBuf>,
    ) -> Result<Self, TypesetError> {
        let bytes = memory.bytes();
        Ok(Self {
            embedded: Arc::new(EmbeddedFonts::load()?),
            library: Arc::new(Library::new(folders)),
            pool: Pool::new(limits.places, limits.queue, memory),
            memory: bytes,
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        bytes: u64,
        work: impl FnOnce() -> Result<T, TypesetError> + Send + 'static,
    ) -> Result<T, TypesetError> {
        match self.pool.run(bytes.min(self.memory), work).await {
            Ok(outcome) => outcome,
            Err(PoolError::Full) => Err(TypesetError::Busy),
            Err(error) => Err(TypesetError::Internal(error.to_string())),
        }
    }

    /// With the fonts of the binary, unless `others` have what they lack.
    async fn embedded(
        &self,
        job: &Job,
        others: Option<Arc<Library>>,
    ) -> Result<Embedded, TypesetError> {
        let (job, embedded) = (Arc::clone(job), Arc::clone(&self.embedded));
        let work = move || {
            let (document, language) = &*job;
            let fonts = match others {
                Some(others) => Fonts::unless(embedded, others, *language),
                None => Fonts::new(embedded, None, *language),
            };
            let pages = layout::layout(document, &fonts);
            let missing = fonts.missing();
            if fonts.others_have_more() {
                return Ok(Embedded::Lacks(missing));
            }
            let bytes = draw::draw(document, &pages, &fonts)?;
            Ok(Embedded::Done(Typeset { bytes: bytes.into(), missing }))
        };
        self.run(DOCUMENT_BYTES, work).await
    }

    async fn with_found(&self, job: &Job, found: Found) -> Result<Typeset, TypesetError> {
        let (job, embedded) = (Arc::clone(job), Arc::clone(&self.embedded));
        let work = move || {
            let (document, language) = &*job;
            let fonts = Fonts::new(embedded, Some(found), *language);
            let pages = layout::layout(document, &fonts);
            let bytes = draw::draw(document, &pages, &fonts)?;
            Ok(Typeset { bytes: bytes.into(), missing: fonts.missing() })
        };
        self.run(DOCUMENT_BYTES + FONT_BYTES, work).await
    }
}

#[async_trait]
impl Typesetter for PdfTypesetter {
    async fn typeset(
        &self,
        document: Document,
        language: Language,
    ) -> Result<Typeset, TypesetError> {
        let job = Arc::new((document, language));
        let lacked = match self.embedded(&job, Some(Arc::clone(&self.library))).await? {
            Embedded::Done(typeset) => return Ok(typeset),
            Embedded::Lacks(lacked) => lacked,
        };
        let region = Region::of_document(language, &lacked);
        let mut excluded: BTreeSet<usize> = BTreeSet::new();
        for _ in 0..TRIES {
            let used: Arc<Mutex<BTreeSet<usize>>> = Arc::default();
            let library = Arc::clone(&self.library);
            let found =
                Found { library, region, excluded: excluded.clone(), used: Arc::clone(&used) };
            let error = match self.with_found(&job, found).await {
                Err(TypesetError::Internal(error)) => error,
                outcome => return outcome,
            };
            // A font that is broken in a way that only using it shows.
            let used = used.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let paths: Vec<_> = used.iter().filter_map(|font| self.library.path(*font)).collect();
            tracing::warn!(%error, fonts = ?paths, "a document failed and is set without these fonts");
            excluded.extend(used);
        }
        match self.embedded(&job, None).await? {
            Embedded::Done(typeset) => Ok(typeset),
            Embedded::Lacks(_) => Err(TypesetError::Internal("no font is left".to_owned())),
        }
    }
}

/// The README's example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
