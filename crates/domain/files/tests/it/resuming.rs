//! Uploads in several requests.

use std::time::Duration;

use bytes::Bytes;
use files::{
    FileError, UploadId,
    file::Attached,
    service::{NewUpload, Settings},
    session::{Checksum, UploadSession},
    values::FileKind,
};
use kernel::{Actor, Idempotent, Outcome, idempotency::IdempotencyKey};
use pollster::block_on;
use sha2::{Digest as _, Sha256};

use crate::fixture::{Fixture, code, fresh, named, png};

impl Fixture {
    fn open_upload(&self, what: NewUpload, length: u64) -> Result<UploadSession, FileError> {
        let opened = self.files.open_upload(&self.ada, what, length, String::new(), None);
        block_on(opened).map(fresh)
    }

    fn opened(&self, length: u64) -> UploadId {
        self.open_upload(named("a.txt"), length).unwrap().id
    }

    /// Continues an upload in pieces of seven bytes.
    fn send_as(
        &self,
        actor: &Actor,
        id: UploadId,
        offset: u64,
        bytes: &[u8],
        checksum: Option<Checksum>,
        whole: bool,
    ) -> Result<UploadSession, FileError> {
        block_on(async {
            let announced = Some(bytes.len() as u64);
            let mut append = self.files.append(actor, id, offset, announced, checksum).await?;
            for piece in bytes.chunks(7) {
                self.files.feed_part(&mut append, Bytes::copy_from_slice(piece)).await?;
            }
            Ok(self.files.end_part(append, whole).await?.upload)
        })
    }

    fn send(&self, id: UploadId, offset: u64, bytes: &[u8]) -> Result<UploadSession, FileError> {
        self.send_as(&self.ada, id, offset, bytes, None, true)
    }

    fn received(&self, id: UploadId) -> Result<u64, FileError> {
        block_on(self.files.upload(&self.ada, id)).map(|upload| upload.received)
    }
}

#[test]
fn pieces_become_a_file() {
    let fixture = Fixture::new();
    let id = fixture.opened(31);
    assert_eq!((fixture.usage(), fixture.objects()), (31, 0));
    assert_eq!(fixture.send(id, 0, b"some words ").unwrap().received, 11);
    assert_eq!(fixture.send(id, 11, b"").unwrap().received, 11);
    assert_eq!(fixture.send(id, 11, b"that are").unwrap().received, 19);
    assert_eq!((fixture.usage(), fixture.objects()), (31, 2));
    let upload = fixture.send(id, 19, b" long enough").unwrap();
    assert_eq!(upload.received, 31);
    let file = block_on(fixture.files.get(&fixture.ada, upload.file.unwrap())).unwrap();
    assert_eq!((file.size, file.name.as_str()), (31, "a.txt"));
    let content = fixture.content(&fixture.ada, file.id).unwrap();
    assert_eq!(fixture.bytes(&content), b"some words that are long enough");
    assert_eq!((fixture.usage(), fixture.objects(), fixture.events().len()), (31, 1, 1));
    assert_eq!(fixture.received(id).unwrap(), 31);
    block_on(fixture.files.abandon(&fixture.ada, id)).unwrap();
    assert_eq!((fixture.usage(), code(fixture.content(&fixture.ada, file.id))), (31, "ok"));
}

#[test]
fn what_came_is_kept_though_the_rest_never_came() {
    let fixture = Fixture::new();
    let id = fixture.opened(31);
    let cut = fixture.send_as(&fixture.ada, id, 0, b"some words ", None, false);
    assert_eq!((code(cut), fixture.received(id).unwrap()), ("files.cut_short", 11));
    // All that was missing came, and then the connection broke.
    let last = fixture.send_as(&fixture.ada, id, 11, b"that are long enough", None, false).unwrap();
    assert!(last.file.is_some());
}

#[test]
fn large_pieces_are_kept_while_they_come() {
    let fixture = Fixture::with(Settings::default());
    let what = NewUpload { kind: FileKind::Document, ..named("a.txt") };
    let id = fixture.open_upload(what, 20 << 20).unwrap().id;
    let piece = Bytes::from(vec![b'x'; 1 << 20]);
    block_on(async {
        let mut append = fixture.files.append(&fixture.ada, id, 0, None, None).await.unwrap();
        for _ in 0..19 {
            fixture.files.feed_part(&mut append, piece.clone()).await.unwrap();
        }
    });
    // Dropped in the middle, as a crash would.
    assert_eq!((fixture.received(id).unwrap(), fixture.objects()), (16 << 20, 2));
    let mut append =
        block_on(fixture.files.append(&fixture.ada, id, 16 << 20, None, None)).unwrap();
    for _ in 0..4 {
        block_on(fixture.files.feed_part(&mut append, piece.clone())).unwrap();
    }
    assert_eq!(fixture.received(id).unwrap(), 16 << 20, "never whole without a file");
    let upload = block_on(fixture.files.end_part(append, true)).unwrap().upload;
    assert!(upload.file.is_some());
    assert_eq!(fixture.objects(), 1);
}

#[test]
fn a_checksum_holds_for_all_bytes_of_a_request() {
    let fixture = Fixture::new();
    let id = fixture.opened(31);
    let words = b"some words that are long enough";
    let sum = |bytes: &[u8]| Some(Checksum::Sha256(Sha256::digest(bytes).into()));
    let send = |from: usize, to: usize, checksum, whole| {
        fixture.send_as(&fixture.ada, id, from as u64, &words[from..to], checksum, whole)
    };
    assert_eq!(code(send(0, 11, sum(b"other words"), true)), "files.checksum_mismatch");
    assert_eq!(code(send(0, 11, sum(&words[..11]), false)), "files.cut_short");
    assert_eq!(code(send(0, 31, sum(b"other words"), true)), "files.checksum_mismatch");
    assert_eq!((fixture.received(id).unwrap(), fixture.objects()), (0, 0));
    assert_eq!(send(0, 11, sum(&words[..11]), true).unwrap().received, 11);
    assert!(send(11, 31, sum(&words[11..]), true).unwrap().file.is_some());
    for (algorithm, len, known) in
        [("sha1", 20, true), ("sha256", 32, true), ("sha1", 32, false), ("md5", 16, false)]
    {
        assert_eq!(Checksum::parse(algorithm, &vec![0; len]).is_some(), known, "{algorithm}");
    }
}

#[test]
fn bytes_begin_where_the_upload_ends() {
    let fixture = Fixture::new();
    let id = fixture.opened(31);
    fixture.send(id, 0, b"some words ").unwrap();
    assert!(matches!(fixture.send(id, 0, b"x"), Err(FileError::WrongOffset(11))));
    assert_eq!(code(fixture.send(id, 12, b"x")), "files.upload_offset");
    assert_eq!(code(fixture.send(id, 11, &[b'x'; 21])), "files.upload_too_long");
    let unannounced = block_on(async {
        let mut append = fixture.files.append(&fixture.ada, id, 11, None, None).await?;
        fixture.files.feed_part(&mut append, Bytes::from_static(&[b'x'; 20])).await?;
        fixture.files.feed_part(&mut append, Bytes::from_static(b"x")).await
    });
    assert_eq!((code(unannounced), fixture.received(id).unwrap()), ("files.upload_too_long", 11));
    // Two began at the same place; the slower one is told.
    let mut slow = block_on(fixture.files.append(&fixture.ada, id, 11, None, None)).unwrap();
    fixture.send(id, 11, b"that are").unwrap();
    block_on(fixture.files.feed_part(&mut slow, Bytes::from_static(b"of mine"))).unwrap();
    let late = block_on(fixture.files.end_part(slow, true));
    assert!(matches!(late, Err(FileError::WrongOffset(19))));
    assert_eq!(fixture.objects(), 2);
    let mut slow = block_on(fixture.files.append(&fixture.ada, id, 19, None, None)).unwrap();
    fixture.send(id, 19, b" long enough").unwrap();
    block_on(fixture.files.feed_part(&mut slow, Bytes::from_static(b" of my words"))).unwrap();
    let late = block_on(fixture.files.end_part(slow, true));
    assert!(matches!(late, Err(FileError::WrongOffset(31))), "{late:?}");
    assert_eq!((fixture.objects(), fixture.usage(), fixture.events().len()), (1, 31, 1));
}

#[test]
fn usage_is_reserved_from_the_beginning() {
    let fixture = Fixture::new();
    let of = |kind| NewUpload { kind, ..named("a.txt") };
    assert_eq!(code(fixture.open_upload(of(FileKind::Attachment), 1001)), "files.too_large");
    assert_eq!(code(fixture.open_upload(of(FileKind::Attachment), 0)), "files.empty");
    fixture.open_upload(of(FileKind::Audio), 3000).unwrap();
    let second = fixture.open_upload(of(FileKind::Document), 2000).unwrap().id;
    assert_eq!(code(fixture.open_upload(of(FileKind::Attachment), 1)), "files.over_quota");
    assert_eq!(code(fixture.put(named("b.txt"), b"no room for it")), "files.over_quota");
    block_on(fixture.files.abandon(&fixture.ada, second)).unwrap();
    assert_eq!(fixture.usage(), 3000);
    for _ in 0..99 {
        fixture.opened(1);
    }
    assert_eq!(code(fixture.open_upload(named("a.txt"), 1)), "files.too_many_uploads");
    assert_eq!(fixture.usage(), 3099);
}

#[test]
fn an_upload_is_its_owners_alone() {
    let fixture = Fixture::new();
    let id = fixture.opened(31);
    for actor in [&fixture.bob, &fixture.eve, &fixture.root] {
        assert_eq!(code(block_on(fixture.files.upload(actor, id))), "files.upload_not_found");
        assert_eq!(code(block_on(fixture.files.abandon(actor, id))), "files.upload_not_found");
        let sent = fixture.send_as(actor, id, 0, b"mine", None, true);
        assert_eq!(code(sent), "files.upload_not_found");
    }
    assert_eq!(fixture.received(id).unwrap(), 0);
}

#[test]
fn what_can_never_be_a_file_ends_its_upload() {
    let fixture = Fixture::new();
    // Its beginning tells.
    let id = fixture.opened(500);
    assert_eq!(code(fixture.send(id, 0, &png("a picture"))), "files.type_mismatch");
    assert_eq!(code(fixture.received(id)), "files.upload_not_found");
    // Only the whole tells.
    let page = b"<!doctype html><script>alert(1)</script>";
    let id = fixture.opened(page.len() as u64);
    fixture.send(id, 0, &page[..9]).unwrap();
    assert_eq!(code(fixture.send(id, 9, &page[9..])), "files.type_not_allowed");
    assert_eq!(code(fixture.received(id)), "files.upload_not_found");
    // What it was to be attached to is gone.
    let task = fixture.db.add_task(fixture.ada.user, fixture.bob.user).unwrap();
    let attached = NewUpload { attached: Some(Attached::Task(task)), ..named("a.txt") };
    let id = fixture.open_upload(attached.clone(), 10).unwrap().id;
    fixture.db.purge_task(task).unwrap();
    assert_eq!(code(fixture.send(id, 0, b"all of it.")), "tasks.not_found");
    assert_eq!(code(fixture.received(id)), "files.upload_not_found");
    assert_eq!(code(fixture.open_upload(attached, 10)), "tasks.not_found");
    assert_eq!((fixture.usage(), fixture.objects(), fixture.events().len()), (0, 0, 0));
}

#[test]
fn a_failure_that_passes_costs_nothing() {
    let fixture = Fixture::new();
    let id = fixture.opened(31);
    fixture.send(id, 0, b"some words ").unwrap();
    *fixture.disk.full.lock().unwrap() = true;
    let sent = fixture.send(id, 11, b"that are long enough");
    assert_eq!(code(sent), "files.storage_unavailable");
    *fixture.disk.full.lock().unwrap() = false;
    assert_eq!(fixture.received(id).unwrap(), 11);
    assert!(fixture.send(id, 11, b"that are long enough").unwrap().file.is_some());
    assert_eq!((fixture.usage(), fixture.objects()), (31, 1));
}

#[test]
fn pictures_are_drawn_anew_as_always() {
    let fixture = Fixture::new();
    let bytes = png("a picture");
    let id = fixture.open_upload(named("a.png"), bytes.len() as u64).unwrap().id;
    fixture.send(id, 0, &bytes[..9]).unwrap();
    let file = fixture.send(id, 9, &bytes[9..]).unwrap().file.unwrap();
    let file = block_on(fixture.files.get(&fixture.ada, file)).unwrap();
    assert!(file.pixels.is_some());
    assert_eq!((fixture.usage(), fixture.objects()), (file.size, 3));
}

#[test]
fn abandoned_uploads_are_pruned() {
    let fixture = Fixture::new();
    let (idle, busy) = (fixture.opened(31), fixture.opened(31));
    fixture.send(idle, 0, b"some words ").unwrap();
    fixture.tick(23 * 3600);
    fixture.send(busy, 0, b"some words ").unwrap();
    fixture.tick(3600);
    assert_eq!(code(fixture.received(idle)), "files.upload_not_found");
    assert_eq!(code(fixture.send(idle, 11, b"more")), "files.upload_not_found");
    fixture.tick(1);
    block_on(fixture.files.purge()).unwrap();
    assert_eq!((fixture.usage(), fixture.objects(), fixture.received(busy).unwrap()), (31, 1, 11));
    fixture.send(busy, 11, b"that are long enough").unwrap();
    fixture.tick(24 * 3600 + 1);
    block_on(fixture.files.purge()).unwrap();
    assert_eq!(code(fixture.received(busy)), "files.upload_not_found");
    assert_eq!((fixture.usage(), fixture.objects()), (31, 1), "the file stays");
}

#[test]
fn parts_without_a_row_are_collected() {
    let fixture = Fixture::with(Settings::default());
    let id = fixture.opened(31);
    fixture.send(id, 0, b"some words ").unwrap();
    let stray = block_on(fixture.files.append(&fixture.ada, id, 11, None, None)).unwrap();
    drop(stray);
    crate::pruning::orphan(&fixture, "parts/00/orphan");
    fixture.tick(3601);
    assert_eq!(block_on(fixture.files.collect()).unwrap(), 1);
    assert!(fixture.send(id, 11, b"that are long enough").unwrap().file.is_some());
}

#[test]
fn bytes_that_wait_too_long_for_their_row_get_none() {
    let fixture =
        Fixture::with(Settings { orphan_grace: Duration::from_secs(10), ..Settings::default() });
    let what = NewUpload { kind: FileKind::Document, ..named("a.txt") };
    let id = fixture.open_upload(what, 20 << 20).unwrap().id;
    let piece = Bytes::from(vec![b'x'; 9 << 20]);
    let checksum = Some(Checksum::Sha256(Sha256::digest(&piece).into()));
    let mut append = block_on(fixture.files.append(&fixture.ada, id, 0, None, checksum)).unwrap();
    block_on(fixture.files.feed_part(&mut append, piece)).unwrap();
    fixture.tick(6);
    assert_eq!(code(block_on(fixture.files.end_part(append, true))), "store.timeout");
    assert_eq!(fixture.received(id).unwrap(), 0);
}

#[test]
fn a_repetition_begins_nothing_new() {
    let fixture = Fixture::new();
    let idempotent = |fingerprint| Idempotent {
        key: IdempotencyKey {
            scope: "kit".to_owned(),
            key: "k".to_owned(),
            fingerprint: [fingerprint; 32],
        },
        encode: std::sync::Arc::new(|upload: &UploadSession| upload.id.to_string().into_bytes()),
    };
    let open = |fingerprint| {
        let idempotent = Some(idempotent(fingerprint));
        let opened =
            fixture.files.open_upload(&fixture.ada, named("a"), 9, String::new(), idempotent);
        block_on(opened)
    };
    let upload = fresh(open(0).unwrap());
    assert_eq!(open(0).unwrap(), Outcome::Replayed(upload.id.to_string().into_bytes()));
    assert_eq!((code(open(1)), fixture.usage()), ("idempotency.key_reused", 9));
}

#[test]
fn whoever_leaves_leaves_no_uploads() {
    let fixture = Fixture::new();
    for _ in 0..3 {
        let id = fixture.opened(31);
        fixture.send(id, 0, b"some words ").unwrap();
    }
    let id = fixture.opened(31);
    fixture.send(id, 0, b"some words that are long enough").unwrap();
    block_on(fixture.files.forget_user(fixture.ada.user)).unwrap();
    assert_eq!((fixture.usage(), fixture.objects()), (0, 0));
    assert_eq!(code(fixture.received(id)), "files.upload_not_found");
}
