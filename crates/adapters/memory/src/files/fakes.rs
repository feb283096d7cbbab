//! Stand-ins for what the room of files needs of the world, for tests and examples: they keep no
//! secret and draw nothing.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use files::{
    Files, FilesTx,
    document::{Document, Language},
    link_signer::{LinkSigner, Names},
    outbound::{
        ImageProcessor, ObjectKey, Picture, PictureError, PictureFormat, Rendering, Typeset,
        TypesetError, Typesetter,
    },
    service::{Dependencies, Settings},
};
use kernel::{Clock, UnitOfWork};

use super::objects::MemoryObjects;

/// Names in a row, and signatures that anybody could make.
#[derive(Default)]
pub struct FakeLinkSigner(AtomicU64);

impl Names for FakeLinkSigner {
    #[expect(clippy::expect_used, reason = "a double may panic")]
    fn fresh(&self, prefix: &str) -> ObjectKey {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        ObjectKey::parse(&format!("{prefix}/00/{number}")).expect("prefixes are ours and plain")
    }
}

impl LinkSigner for FakeLinkSigner {
    fn sign(&self, message: &str) -> [u8; 32] {
        let mut signature = [7_u8; 32];
        for (at, byte) in message.bytes().enumerate() {
            if let Some(place) = signature.get_mut(at % 32) {
                *place = place.rotate_left(1) ^ byte;
            }
        }
        signature
    }

    fn verify(&self, message: &str, signature: &[u8; 32]) -> bool {
        self.sign(message) == *signature
    }
}

/// Draws by writing down what it was asked for; what says `broken` it does not read.
pub struct FakeImageProcessor;

#[async_trait]
impl ImageProcessor for FakeImageProcessor {
    async fn draw(
        &self,
        source: Bytes,
        format: PictureFormat,
        wanted: Vec<Rendering>,
    ) -> Result<Vec<Picture>, PictureError> {
        if source.windows(6).any(|word| word == b"broken") {
            return Err(PictureError::Broken("it says so".to_owned()));
        }
        let draw = |rendering: Rendering| {
            let written = rendering.format.unwrap_or(format).written();
            Picture {
                format: written,
                width: rendering.width.min(640),
                height: rendering.height.min(480),
                bytes: Bytes::from(format!("{written:?} {rendering:?} of {} bytes", source.len())),
            }
        };
        Ok(wanted.into_iter().map(draw).collect())
    }
}

/// Typesets by writing down what a document is called. It lacks the characters for private use.
pub struct FakeTypesetter;

#[async_trait]
impl Typesetter for FakeTypesetter {
    async fn typeset(
        &self,
        document: Document,
        language: Language,
    ) -> Result<Typeset, TypesetError> {
        let (template, title) = (document.template().as_str(), document.title());
        let language = language.as_str();
        let text = format!("%PDF-1.7\n{template} in {language}: {title}\n%%EOF\n");
        let private = |character: &char| matches!(character, '\u{e000}'..='\u{f8ff}');
        let missing: BTreeSet<char> = title.chars().filter(private).collect();
        Ok(Typeset { bytes: Bytes::from(text), missing: missing.into_iter().collect() })
    }
}

/// The room of files on a store in process.
pub fn files_service(work: Arc<dyn UnitOfWork<dyn FilesTx>>, clock: Arc<dyn Clock>) -> Files {
    let signer = Arc::new(FakeLinkSigner::default());
    let names: Arc<dyn Names> = Arc::<FakeLinkSigner>::clone(&signer);
    Files::new(Dependencies {
        work,
        objects: MemoryObjects::new(Arc::clone(&clock)),
        clock,
        image_processor: Arc::new(FakeImageProcessor),
        typesetter: Arc::new(FakeTypesetter),
        scanner: None,
        names,
        signer,
        settings: Settings::default(),
    })
}
