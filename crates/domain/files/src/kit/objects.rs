//! The kit of [`Objects`].

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use kernel::{Timestamp, kit::together};

use crate::outbound::{ObjectError, ObjectKey, ObjectReader, Objects};

/// An empty storage.
pub struct Fixture {
    /// The storage under test.
    pub objects: Arc<dyn Objects>,
    /// The time, by the storage's clock or one that differs by less than a minute.
    pub now: fn() -> Timestamp,
}

kernel::cases! { Fixture:
    o1_what_was_written_is_read_back,
    o1_any_range_is_read_back,
    o1_an_empty_object_is_an_object,
    o1_many_small_and_uneven_pieces_are_one_object,
    o2_what_is_not_finished_is_not_there,
    o2_what_was_given_up_is_not_there,
    o3_what_is_finished_says_so,
    o4_what_is_not_there,
    o5_a_range_beyond_the_end_is_refused,
    o6_deleting_twice_is_fine,
    o6_a_reader_gets_the_old_bytes_or_none,
    o7_pages_give_every_object_once_and_in_order,
    o7_a_prefix_is_of_whole_segments,
    o8_writers_simultaneously_do_not_mix,
    o9_a_large_object_passes_piece_by_piece,
}

/// More than any adapter keeps in memory before it begins to store.
const LARGE: usize = 40 << 20;

fn key(name: &str) -> ObjectKey {
    ObjectKey::parse(name).expect("a good key")
}

/// Bytes in which every place can be told from its neighbours.
fn pattern(from: usize, len: usize, seed: u8) -> Bytes {
    (from..from + len).map(|at| ((at * 31) ^ (at >> 8)) as u8 ^ seed).collect()
}

async fn put(objects: &dyn Objects, name: &str, pieces: &[Bytes]) {
    let mut writer = objects.begin(&key(name)).await.expect("begin");
    for piece in pieces {
        writer.write(piece.clone()).await.expect("write");
    }
    writer.finish().await.expect("finish");
}

async fn drain(mut reader: Box<dyn ObjectReader>) -> Result<Vec<u8>, ObjectError> {
    let mut all = Vec::new();
    while let Some(piece) = reader.next().await? {
        all.extend_from_slice(&piece);
    }
    Ok(all)
}

async fn get(objects: &dyn Objects, name: &str, from: u64, to: u64) -> Vec<u8> {
    drain(objects.open(&key(name), from..to).await.expect("open")).await.expect("read")
}

async fn names(objects: &dyn Objects, prefix: &str) -> Vec<String> {
    let found = objects.list(prefix, None, 1000).await.expect("list");
    found.into_iter().map(|(key, _)| key.as_str().to_owned()).collect()
}

async fn o1_what_was_written_is_read_back(fixture: Fixture) {
    let bytes = pattern(0, 100_000, 0);
    put(&*fixture.objects, "blobs/ab/one", std::slice::from_ref(&bytes)).await;
    assert!(get(&*fixture.objects, "blobs/ab/one", 0, 100_000).await == bytes);
    // Reading uses nothing up.
    assert!(get(&*fixture.objects, "blobs/ab/one", 0, 100_000).await == bytes);
}

async fn o1_any_range_is_read_back(fixture: Fixture) {
    let bytes = pattern(0, 700_000, 1);
    put(&*fixture.objects, "a", std::slice::from_ref(&bytes)).await;
    for (from, to) in [(0, 1), (699_999, 700_000), (5, 5), (0, 700_000), (262_143, 524_289)] {
        let read = get(&*fixture.objects, "a", from, to).await;
        assert!(read == bytes[from as usize..to as usize], "{from}..{to}");
    }
}

async fn o1_an_empty_object_is_an_object(fixture: Fixture) {
    put(&*fixture.objects, "empty", &[]).await;
    let stat = fixture.objects.stat(&key("empty")).await.expect("stat").expect("it is there");
    assert_eq!(stat.size, 0);
    assert!(get(&*fixture.objects, "empty", 0, 0).await.is_empty());
}

async fn o1_many_small_and_uneven_pieces_are_one_object(fixture: Fixture) {
    let (mut pieces, mut at) = (Vec::new(), 0);
    for number in 0..400 {
        let len = (number * 37) % 5000;
        pieces.push(pattern(at, len, 2));
        at += len;
    }
    put(&*fixture.objects, "pieces", &pieces).await;
    assert!(get(&*fixture.objects, "pieces", 0, at as u64).await == pattern(0, at, 2));
}

async fn o2_what_is_not_finished_is_not_there(fixture: Fixture) {
    let mut writer = fixture.objects.begin(&key("blobs/x")).await.expect("begin");
    writer.write(pattern(0, LARGE / 2, 3)).await.expect("write");
    assert_eq!(fixture.objects.stat(&key("blobs/x")).await.expect("stat"), None);
    assert!(fixture.objects.open(&key("blobs/x"), 0..1).await.is_err());
    assert_eq!(names(&*fixture.objects, "blobs").await, Vec::<String>::new());
    writer.finish().await.expect("finish");
    assert_eq!(names(&*fixture.objects, "blobs").await, ["blobs/x"]);
}

async fn o2_what_was_given_up_is_not_there(fixture: Fixture) {
    let mut writer = fixture.objects.begin(&key("blobs/x")).await.expect("begin");
    writer.write(pattern(0, 3_000_000, 4)).await.expect("write");
    drop(writer);
    assert_eq!(fixture.objects.stat(&key("blobs/x")).await.expect("stat"), None);
    // Its name is free, too.
    put(&*fixture.objects, "blobs/x", &[pattern(0, 10, 5)]).await;
    assert!(get(&*fixture.objects, "blobs/x", 0, 10).await == pattern(0, 10, 5));
}

async fn o3_what_is_finished_says_so(fixture: Fixture) {
    let minute = Duration::from_secs(60);
    let before = (fixture.now)();
    put(&*fixture.objects, "a/b/c", &[pattern(0, 1234, 6)]).await;
    let stat = fixture.objects.stat(&key("a/b/c")).await.expect("stat").expect("it is there");
    assert_eq!(stat.size, 1234);
    let after = (fixture.now)();
    let (early, late) = (stat.finished_at.plus(minute), after.plus(minute));
    assert!(before < early && stat.finished_at < late, "{stat:?} not in {before:?} .. {after:?}");
    let listed = fixture.objects.list("a", None, 10).await.expect("list");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].1.size, 1234);
}

async fn o4_what_is_not_there(fixture: Fixture) {
    put(&*fixture.objects, "a/b", &[pattern(0, 1, 0)]).await;
    for name in ["no", "a/c", "a/bc"] {
        assert_eq!(fixture.objects.stat(&key(name)).await.expect("stat"), None, "{name}");
        let opened = match fixture.objects.open(&key(name), 0..1).await {
            Ok(reader) => drain(reader).await,
            Err(error) => Err(error),
        };
        assert!(matches!(opened, Err(ObjectError::Missing(_))), "{name}: {opened:?}");
    }
}

async fn o5_a_range_beyond_the_end_is_refused(fixture: Fixture) {
    put(&*fixture.objects, "a", &[pattern(0, 100, 0)]).await;
    for span in [0..101, 100..101, 500..501, 99..200, 101..101] {
        let opened = fixture.objects.open(&key("a"), span.clone()).await;
        assert!(matches!(opened, Err(ObjectError::OutOfRange)), "{span:?}");
    }
    assert!(get(&*fixture.objects, "a", 100, 100).await.is_empty());
}

async fn o6_deleting_twice_is_fine(fixture: Fixture) {
    put(&*fixture.objects, "blobs/a", &[pattern(0, 100, 0)]).await;
    put(&*fixture.objects, "blobs/b", &[pattern(0, 100, 1)]).await;
    for _ in 0..2 {
        fixture.objects.delete(&key("blobs/a")).await.expect("delete");
        assert_eq!(fixture.objects.stat(&key("blobs/a")).await.expect("stat"), None);
        assert_eq!(names(&*fixture.objects, "blobs").await, ["blobs/b"]);
    }
    fixture.objects.delete(&key("never/there")).await.expect("delete");
}

async fn o6_a_reader_gets_the_old_bytes_or_none(fixture: Fixture) {
    let bytes = pattern(0, 2_000_000, 7);
    put(&*fixture.objects, "a", std::slice::from_ref(&bytes)).await;
    let reader = fixture.objects.open(&key("a"), 0..2_000_000).await.expect("open");
    fixture.objects.delete(&key("a")).await.expect("delete");
    match drain(reader).await {
        Ok(read) => assert!(read == bytes),
        Err(ObjectError::Missing(_)) => {}
        Err(other) => panic!("{other}"),
    }
}

async fn o7_pages_give_every_object_once_and_in_order(fixture: Fixture) {
    let wanted = ["b/00/a", "b/00/b", "b/00/c_1", "b/00_1/a", "b/01", "b/01a", "b/z/y/x/w"];
    for name in wanted.iter().rev() {
        put(&*fixture.objects, name, &[pattern(0, 3, 0)]).await;
    }
    put(&*fixture.objects, "c/other", &[pattern(0, 3, 0)]).await;
    for limit in [1, 2, 3, 100] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = fixture.objects.list("b", after.as_ref(), limit).await.expect("list");
            assert!(page.len() <= limit);
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            seen.extend(page.into_iter().map(|(key, _)| key.as_str().to_owned()));
        }
        assert_eq!(seen, wanted, "pages of {limit}");
    }
}

async fn o7_a_prefix_is_of_whole_segments(fixture: Fixture) {
    for name in ["blobs/a", "blobs2/b", "blob/c", "blobs/d/e"] {
        put(&*fixture.objects, name, &[pattern(0, 3, 0)]).await;
    }
    assert_eq!(names(&*fixture.objects, "blobs").await, ["blobs/a", "blobs/d/e"]);
    assert_eq!(names(&*fixture.objects, "blobs/d").await, ["blobs/d/e"]);
    assert_eq!(names(&*fixture.objects, "nothing").await, Vec::<String>::new());
}

async fn o8_writers_simultaneously_do_not_mix(fixture: Fixture) {
    let writers = (0..12u8).map(|number| {
        let objects = Arc::clone(&fixture.objects);
        async move {
            let mut writer = objects.begin(&key(&format!("many/{number}"))).await.expect("begin");
            for turn in 0..20 {
                writer.write(pattern(turn * 10_000, 10_000, number)).await.expect("write");
            }
            writer.finish().await.expect("finish");
        }
    });
    together(writers.map(|writer| Box::pin(writer) as _).collect()).await;
    for number in 0..12u8 {
        let read = get(&*fixture.objects, &format!("many/{number}"), 0, 200_000).await;
        assert!(read == pattern(0, 200_000, number), "{number}");
    }
}

async fn o9_a_large_object_passes_piece_by_piece(fixture: Fixture) {
    const PIECE: usize = 1 << 18;
    let mut writer = fixture.objects.begin(&key("large")).await.expect("begin");
    for at in (0..LARGE).step_by(PIECE) {
        writer.write(pattern(at, PIECE, 8)).await.expect("write");
    }
    writer.finish().await.expect("finish");
    let mut reader = fixture.objects.open(&key("large"), 0..LARGE as u64).await.expect("open");
    let mut at = 0;
    while let Some(piece) = reader.next().await.expect("read") {
        assert!(piece.len() <= LARGE / 4, "a piece of {} bytes", piece.len());
        assert!(piece == pattern(at, piece.len(), 8), "at {at}");
        at += piece.len();
    }
    assert_eq!(at, LARGE);
}
