//! Uploads that are looked at for malware.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use files::{
    outbound::{Scan, ScanError, Scanner, Verdict},
    service::{NewUpload, Settings},
    values::FileKind,
};
use pollster::block_on;

use crate::fixture::{Fixture, code, named, png};

/// Finds the word "virus", and cannot look at the word "away".
struct Reader;

struct Reading(Vec<u8>);

impl Reading {
    fn has(&self, word: &[u8]) -> bool {
        self.0.windows(word.len()).any(|part| part == word)
    }
}

#[async_trait]
impl Scanner for Reader {
    async fn begin(&self) -> Result<Box<dyn Scan>, ScanError> {
        Ok(Box::new(Reading(Vec::new())))
    }
}

#[async_trait]
impl Scan for Reading {
    async fn write(&mut self, chunk: &Bytes) -> Result<(), ScanError> {
        self.0.extend_from_slice(chunk);
        if self.has(b"away") { Err(ScanError("told so".to_owned())) } else { Ok(()) }
    }

    async fn finish(self: Box<Self>) -> Result<Verdict, ScanError> {
        let bad = self.has(b"virus");
        Ok(if bad { Verdict::Infected("Word".to_owned()) } else { Verdict::Clean })
    }
}

fn fixture() -> Fixture {
    Fixture::watched(Settings::default(), Some(Arc::new(Reader)))
}

#[test]
fn what_is_bad_is_not_kept_in_any_format() {
    let fixture = fixture();
    let image = NewUpload { kind: FileKind::Image, ..named("a.png") };
    for (what, bytes, expected) in [
        (named("a.txt"), b"words of no harm, none at all".to_vec(), "ok"),
        (named("a.txt"), b"words with a virus in their middle".to_vec(), "files.infected"),
        (named("a.txt"), b"virus".to_vec(), "files.infected"),
        (image.clone(), png("a picture"), "ok"),
        (image, png("a picture with a virus"), "files.infected"),
        (named("a.txt"), b"words that nobody looks at: away".to_vec(), "files.unscanned"),
    ] {
        assert_eq!(code(fixture.put(what.clone(), &bytes)), expected, "{what:?}");
    }
    // the text, and the picture with its editions
    assert_eq!((fixture.objects(), fixture.events().len()), (4, 2));
}

#[test]
fn an_upload_in_pieces_is_looked_at_as_a_whole() {
    let fixture = fixture();
    let words = b"words with a virus in their middle";
    let send = |words: &[u8]| {
        let whole = words.len() as u64;
        block_on(async {
            let open =
                fixture.files.open_upload(&fixture.ada, named("a.txt"), whole, String::new(), None);
            let id = crate::fixture::fresh(open.await?).id;
            for (offset, piece) in [(0, &words[..15]), (15, &words[15..])] {
                let mut append = fixture.files.append(&fixture.ada, id, offset, None, None).await?;
                fixture.files.feed_part(&mut append, Bytes::copy_from_slice(piece)).await?;
                fixture.files.end_part(append, true).await?;
            }
            Ok::<_, files::FileError>(())
        })
    };
    assert_eq!(code(send(words)), "files.infected");
    assert_eq!((fixture.objects(), fixture.usage()), (0, 0));
    assert_eq!(code(send(b"words that nobody looks at: away")), "files.unscanned");
    assert_eq!((fixture.objects(), fixture.usage()), (1, 32), "to be sent again from there");
}
