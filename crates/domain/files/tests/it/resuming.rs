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
use kernel::{Actor, Once, Settled, once::Slip};
use pollster::block_on;
use sha2::{Digest as _, Sha256};

use crate::house::{House, code, fresh, named, png};

impl House {
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
            self.files.end_part(append, whole).await
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
    let house = House::new();
    let id = house.opened(31);
    assert_eq!((house.usage(), house.objects()), (31, 0));
    assert_eq!(house.send(id, 0, b"some words ").unwrap().received, 11);
    assert_eq!(house.send(id, 11, b"").unwrap().received, 11);
    assert_eq!(house.send(id, 11, b"that are").unwrap().received, 19);
    assert_eq!((house.usage(), house.objects()), (31, 2));
    let upload = house.send(id, 19, b" long enough").unwrap();
    assert_eq!(upload.received, 31);
    let file = block_on(house.files.get(&house.ada, upload.file.unwrap())).unwrap();
    assert_eq!((file.size, file.name.as_str()), (31, "a.txt"));
    let content = house.content(&house.ada, file.id).unwrap();
    assert_eq!(house.bytes(&content), b"some words that are long enough");
    assert_eq!((house.usage(), house.objects(), house.events().len()), (31, 1, 1));
    assert_eq!(house.received(id).unwrap(), 31);
    block_on(house.files.abandon(&house.ada, id)).unwrap();
    assert_eq!((house.usage(), code(house.content(&house.ada, file.id))), (31, "ok"));
}

#[test]
fn what_came_is_kept_though_the_rest_never_came() {
    let house = House::new();
    let id = house.opened(31);
    let cut = house.send_as(&house.ada, id, 0, b"some words ", None, false);
    assert_eq!((code(cut), house.received(id).unwrap()), ("files.cut_short", 11));
    // All that was missing came, and then the connection broke.
    let last = house.send_as(&house.ada, id, 11, b"that are long enough", None, false).unwrap();
    assert!(last.file.is_some());
}

#[test]
fn large_pieces_are_kept_while_they_come() {
    let house = House::with(Settings::default());
    let what = NewUpload { kind: FileKind::Document, ..named("a.txt") };
    let id = house.open_upload(what, 20 << 20).unwrap().id;
    let piece = Bytes::from(vec![b'x'; 1 << 20]);
    block_on(async {
        let mut append = house.files.append(&house.ada, id, 0, None, None).await.unwrap();
        for _ in 0..19 {
            house.files.feed_part(&mut append, piece.clone()).await.unwrap();
        }
    });
    // Dropped in the middle, as a crash would.
    assert_eq!((house.received(id).unwrap(), house.objects()), (16 << 20, 2));
    let mut append = block_on(house.files.append(&house.ada, id, 16 << 20, None, None)).unwrap();
    for _ in 0..4 {
        block_on(house.files.feed_part(&mut append, piece.clone())).unwrap();
    }
    assert_eq!(house.received(id).unwrap(), 16 << 20, "never whole without a file");
    let upload = block_on(house.files.end_part(append, true)).unwrap();
    assert!(upload.file.is_some());
    assert_eq!(house.objects(), 1);
}

#[test]
fn a_checksum_holds_for_all_bytes_of_a_request() {
    let house = House::new();
    let id = house.opened(31);
    let words = b"some words that are long enough";
    let sum = |bytes: &[u8]| Some(Checksum::Sha256(Sha256::digest(bytes).into()));
    let send = |from: usize, to: usize, checksum, whole| {
        house.send_as(&house.ada, id, from as u64, &words[from..to], checksum, whole)
    };
    assert_eq!(code(send(0, 11, sum(b"other words"), true)), "files.checksum_mismatch");
    assert_eq!(code(send(0, 11, sum(&words[..11]), false)), "files.cut_short");
    assert_eq!(code(send(0, 31, sum(b"other words"), true)), "files.checksum_mismatch");
    assert_eq!((house.received(id).unwrap(), house.objects()), (0, 0));
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
    let house = House::new();
    let id = house.opened(31);
    house.send(id, 0, b"some words ").unwrap();
    assert!(matches!(house.send(id, 0, b"x"), Err(FileError::WrongOffset(11))));
    assert_eq!(code(house.send(id, 12, b"x")), "files.upload_offset");
    assert_eq!(code(house.send(id, 11, &[b'x'; 21])), "files.upload_too_long");
    let unannounced = block_on(async {
        let mut append = house.files.append(&house.ada, id, 11, None, None).await?;
        house.files.feed_part(&mut append, Bytes::from_static(&[b'x'; 20])).await?;
        house.files.feed_part(&mut append, Bytes::from_static(b"x")).await
    });
    assert_eq!((code(unannounced), house.received(id).unwrap()), ("files.upload_too_long", 11));
    // Two began at the same place; the slower one is told.
    let mut slow = block_on(house.files.append(&house.ada, id, 11, None, None)).unwrap();
    house.send(id, 11, b"that are").unwrap();
    block_on(house.files.feed_part(&mut slow, Bytes::from_static(b"of mine"))).unwrap();
    let late = block_on(house.files.end_part(slow, true));
    assert!(matches!(late, Err(FileError::WrongOffset(19))));
    assert_eq!(house.objects(), 2);
    let mut slow = block_on(house.files.append(&house.ada, id, 19, None, None)).unwrap();
    house.send(id, 19, b" long enough").unwrap();
    block_on(house.files.feed_part(&mut slow, Bytes::from_static(b" of my words"))).unwrap();
    let late = block_on(house.files.end_part(slow, true));
    assert!(matches!(late, Err(FileError::WrongOffset(31))), "{late:?}");
    assert_eq!((house.objects(), house.usage(), house.events().len()), (1, 31, 1));
}

#[test]
fn room_is_held_from_the_beginning() {
    let house = House::new();
    let of = |kind| NewUpload { kind, ..named("a.txt") };
    assert_eq!(code(house.open_upload(of(FileKind::Attachment), 1001)), "files.too_large");
    assert_eq!(code(house.open_upload(of(FileKind::Attachment), 0)), "files.empty");
    house.open_upload(of(FileKind::Audio), 3000).unwrap();
    let second = house.open_upload(of(FileKind::Document), 2000).unwrap().id;
    assert_eq!(code(house.open_upload(of(FileKind::Attachment), 1)), "files.over_quota");
    assert_eq!(code(house.put(named("b.txt"), b"no room for it")), "files.over_quota");
    block_on(house.files.abandon(&house.ada, second)).unwrap();
    assert_eq!(house.usage(), 3000);
    for _ in 0..99 {
        house.opened(1);
    }
    assert_eq!(code(house.open_upload(named("a.txt"), 1)), "files.too_many_uploads");
    assert_eq!(house.usage(), 3099);
}

#[test]
fn an_upload_is_its_owners_alone() {
    let house = House::new();
    let id = house.opened(31);
    for actor in [&house.bob, &house.eve, &house.root] {
        assert_eq!(code(block_on(house.files.upload(actor, id))), "files.upload_not_found");
        assert_eq!(code(block_on(house.files.abandon(actor, id))), "files.upload_not_found");
        let sent = house.send_as(actor, id, 0, b"mine", None, true);
        assert_eq!(code(sent), "files.upload_not_found");
    }
    assert_eq!(house.received(id).unwrap(), 0);
}

#[test]
fn what_can_never_be_a_file_ends_its_upload() {
    let house = House::new();
    // Its beginning tells.
    let id = house.opened(500);
    assert_eq!(code(house.send(id, 0, &png("a picture"))), "files.type_mismatch");
    assert_eq!(code(house.received(id)), "files.upload_not_found");
    // Only the whole tells.
    let page = b"<!doctype html><script>alert(1)</script>";
    let id = house.opened(page.len() as u64);
    house.send(id, 0, &page[..9]).unwrap();
    assert_eq!(code(house.send(id, 9, &page[9..])), "files.type_not_allowed");
    assert_eq!(code(house.received(id)), "files.upload_not_found");
    // What it was to be attached to is gone.
    let task = house.db.add_task(house.ada.user, house.bob.user).unwrap();
    let attached = NewUpload { attached: Some(Attached::Task(task)), ..named("a.txt") };
    let id = house.open_upload(attached.clone(), 10).unwrap().id;
    house.db.purge_task(task).unwrap();
    assert_eq!(code(house.send(id, 0, b"all of it.")), "tasks.not_found");
    assert_eq!(code(house.received(id)), "files.upload_not_found");
    assert_eq!(code(house.open_upload(attached, 10)), "tasks.not_found");
    assert_eq!((house.usage(), house.objects(), house.events().len()), (0, 0, 0));
}

#[test]
fn a_failure_that_passes_costs_nothing() {
    let house = House::new();
    let id = house.opened(31);
    house.send(id, 0, b"some words ").unwrap();
    *house.disk.full.lock().unwrap() = true;
    let sent = house.send(id, 11, b"that are long enough");
    assert_eq!(code(sent), "files.storage_unavailable");
    *house.disk.full.lock().unwrap() = false;
    assert_eq!(house.received(id).unwrap(), 11);
    assert!(house.send(id, 11, b"that are long enough").unwrap().file.is_some());
    assert_eq!((house.usage(), house.objects()), (31, 1));
}

#[test]
fn pictures_are_drawn_anew_as_always() {
    let house = House::new();
    let bytes = png("a picture");
    let id = house.open_upload(named("a.png"), bytes.len() as u64).unwrap().id;
    house.send(id, 0, &bytes[..9]).unwrap();
    let file = house.send(id, 9, &bytes[9..]).unwrap().file.unwrap();
    let file = block_on(house.files.get(&house.ada, file)).unwrap();
    assert!(file.pixels.is_some());
    assert_eq!((house.usage(), house.objects()), (file.size, 3));
}

#[test]
fn what_nobody_continues_is_forgotten() {
    let house = House::new();
    let (idle, busy) = (house.opened(31), house.opened(31));
    house.send(idle, 0, b"some words ").unwrap();
    house.tick(23 * 3600);
    house.send(busy, 0, b"some words ").unwrap();
    house.tick(3600);
    assert_eq!(code(house.received(idle)), "files.upload_not_found");
    assert_eq!(code(house.send(idle, 11, b"more")), "files.upload_not_found");
    house.tick(1);
    block_on(house.files.purge()).unwrap();
    assert_eq!((house.usage(), house.objects(), house.received(busy).unwrap()), (31, 1, 11));
    house.send(busy, 11, b"that are long enough").unwrap();
    house.tick(24 * 3600 + 1);
    block_on(house.files.purge()).unwrap();
    assert_eq!(code(house.received(busy)), "files.upload_not_found");
    assert_eq!((house.usage(), house.objects()), (31, 1), "the file stays");
}

#[test]
fn parts_without_a_row_are_collected() {
    let house = House::with(Settings::default());
    let id = house.opened(31);
    house.send(id, 0, b"some words ").unwrap();
    let stray = block_on(house.files.append(&house.ada, id, 11, None, None)).unwrap();
    drop(stray);
    crate::sweeping::orphan(&house, "parts/00/orphan");
    house.tick(3601);
    assert_eq!(block_on(house.files.collect()).unwrap(), 1);
    assert!(house.send(id, 11, b"that are long enough").unwrap().file.is_some());
}

#[test]
fn bytes_that_wait_too_long_for_their_row_get_none() {
    let house =
        House::with(Settings { orphan_grace: Duration::from_secs(10), ..Settings::default() });
    let what = NewUpload { kind: FileKind::Document, ..named("a.txt") };
    let id = house.open_upload(what, 20 << 20).unwrap().id;
    let piece = Bytes::from(vec![b'x'; 9 << 20]);
    let checksum = Some(Checksum::Sha256(Sha256::digest(&piece).into()));
    let mut append = block_on(house.files.append(&house.ada, id, 0, None, checksum)).unwrap();
    block_on(house.files.feed_part(&mut append, piece)).unwrap();
    house.tick(6);
    assert_eq!(code(block_on(house.files.end_part(append, true))), "store.timeout");
    assert_eq!(house.received(id).unwrap(), 0);
}

#[test]
fn a_repetition_begins_nothing_new() {
    let house = House::new();
    let once = |fingerprint| Once {
        slip: Slip { scope: "kit".to_owned(), key: "k".to_owned(), fingerprint: [fingerprint; 32] },
        seal: std::sync::Arc::new(|upload: &UploadSession| upload.id.to_string().into_bytes()),
    };
    let open = |fingerprint| {
        let once = Some(once(fingerprint));
        let opened = house.files.open_upload(&house.ada, named("a"), 9, String::new(), once);
        block_on(opened)
    };
    let upload = fresh(open(0).unwrap());
    assert_eq!(open(0).unwrap(), Settled::Replay(upload.id.to_string().into_bytes()));
    assert_eq!((code(open(1)), house.usage()), ("idempotency.key_reused", 9));
}

#[test]
fn whoever_leaves_leaves_no_uploads() {
    let house = House::new();
    for _ in 0..3 {
        let id = house.opened(31);
        house.send(id, 0, b"some words ").unwrap();
    }
    let id = house.opened(31);
    house.send(id, 0, b"some words that are long enough").unwrap();
    block_on(house.files.forget_user(house.ada.user)).unwrap();
    assert_eq!((house.usage(), house.objects()), (0, 0));
    assert_eq!(code(house.received(id)), "files.upload_not_found");
}
