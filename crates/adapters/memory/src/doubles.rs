//! Stand-ins for what the room of files needs of the world, for tests and examples: they keep no
//! secret and draw nothing.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use files::{
    Files,
    document::Document,
    seal::{Names, Signer},
    service::{Needs, Settings},
    world::{
        ObjectKey, Picture, PictureError, PictureFormat, Pictures, Rendering, TypesetError,
        Typesetter,
    },
};
use kernel::Clock;

use crate::{MemoryDb, MemoryObjects};

/// Names in a row, and signatures that anybody could make.
#[derive(Default)]
pub struct Seal(AtomicU64);

impl Names for Seal {
    #[expect(clippy::expect_used, reason = "a double may panic")]
    fn fresh(&self, prefix: &str) -> ObjectKey {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        ObjectKey::parse(&format!("{prefix}/00/{number}")).expect("prefixes are ours and plain")
    }
}

impl Signer for Seal {
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
pub struct Pencil;

#[async_trait]
impl Pictures for Pencil {
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

/// Typesets by writing down what a document is called.
pub struct Press;

#[async_trait]
impl Typesetter for Press {
    async fn typeset(&self, document: Document) -> Result<Bytes, TypesetError> {
        let (template, title) = (document.template().as_str(), document.title());
        Ok(Bytes::from(format!("%PDF-1.7\n{template}: {title}\n%%EOF\n")))
    }
}

/// The room of files on a store in process.
pub fn files_room(db: Arc<MemoryDb>, clock: Arc<dyn Clock>) -> Files {
    let seal = Arc::new(Seal::default());
    let names: Arc<dyn Names> = Arc::<Seal>::clone(&seal);
    Files::new(Needs {
        work: db,
        objects: MemoryObjects::new(Arc::clone(&clock)),
        clock,
        pictures: Arc::new(Pencil),
        typesetter: Arc::new(Press),
        scanner: None,
        names,
        signer: seal,
        settings: Settings::default(),
    })
}
