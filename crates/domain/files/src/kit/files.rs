//! Files.

use kernel::{
    OwnedId, Page, PageRequest, Paging, SearchQuery, SortKey, StoreError, page::Direction,
};

use super::{Fixture, moment, no_blob, no_file, nobody, together};
use crate::{
    file::{Attached, File, NewFile, NewShare},
    media::Media,
    query::{FileFilter, FileSort, VisibleTo},
    text_type::{Charset, TextName},
    values::{FileKind, FileName, Visibility},
};

const ODD_NAMES: [&str; 6] = [
    "O'Brien $1 ?1 100% _x_.pdf",
    "'; DROP TABLE files; --",
    "Grüße ß ﬁ e\u{301}.txt",
    "日本語のファイル名.docx",
    "👩‍👩‍👧‍👦 𝒳.png",
    "null NULL {} [] &amp;",
];

fn came_of(new: &NewFile, file: &File) -> File {
    File {
        id: file.id,
        blob: new.blob,
        owner: new.owner,
        name: new.name.clone(),
        kind: new.kind,
        visibility: new.visibility,
        attached: new.attached,
        media: new.media,
        text_name: new.text_name.clone(),
        charset: new.charset,
        size: new.size,
        hash: new.hash,
        pixels: new.pixels,
        uploaded_at: new.uploaded_at,
        updated_at: new.uploaded_at,
        version: 1,
    }
}

pub(super) async fn f1_a_file_comes_back_as_it_went_in(fixture: Fixture) {
    let blob = fixture.keep(1).await;
    let places = [None, Some(Attached::Task(fixture.task)), Some(Attached::Owned(fixture.owned))];
    let texts = [None, TextName::parse("text/calendar"), TextName::parse("application/sql")];
    let longest = "ü".repeat(127);
    for (number, name) in ODD_NAMES.into_iter().chain([longest.as_str()]).enumerate() {
        for (kind, media) in FileKind::ALL.iter().zip(Media::ALL) {
            let new = NewFile {
                kind: *kind,
                media: *media,
                text_name: texts[number % texts.len()].clone(),
                charset: Charset::ALL[number % 3],
                attached: places[number % places.len()],
                visibility: Visibility::ALL[number % 2],
                pixels: (number % 2 == 1).then_some((4096, 1)),
                uploaded_at: moment(number as i64),
                ..fixture.plain(&blob, name)
            };
            let file = fixture.insert(new.clone()).await;
            assert_eq!(file, came_of(&new, &file));
            assert_eq!(fixture.get(file.id).await, Some(file));
        }
    }
    assert_eq!(fixture.get(no_file()).await, None);
}

pub(super) async fn f2_what_is_not_there_is_missing(fixture: Fixture) {
    let blob = fixture.keep(1).await;
    let nothing = Some(Attached::Owned(OwnedId::parse(4_000_000_000_000_000_000).unwrap()));
    for (new, what) in [
        (NewFile { owner: nobody(), ..fixture.plain(&blob, "a") }, "files.owner"),
        (NewFile { blob: no_blob(), ..fixture.plain(&blob, "a") }, "files.blob"),
        (NewFile { attached: nothing, ..fixture.plain(&blob, "a") }, "files.product"),
    ] {
        let why = fixture.refused(move |tx| tx.files().insert(&new)).await;
        assert!(matches!(why, StoreError::Missing(missing) if missing == what), "{why:?}");
    }
}

pub(super) async fn f3_a_removed_file_is_gone_with_its_links(fixture: Fixture) {
    let blob = fixture.keep(1).await;
    let file = fixture.insert(fixture.plain(&blob, "quarterly.txt")).await;
    let other = fixture.insert(fixture.plain(&blob, "quarterly.txt")).await;
    let (id, by) = (file.id, fixture.people[0]);
    let share = fixture
        .write(move |tx| {
            let new = NewShare { file: id, by, created_at: moment(0), expires_at: moment(9) };
            tx.shares().insert(&new)
        })
        .await;
    assert_eq!(fixture.write(move |tx| tx.files().remove(id)).await, Some(file));
    assert_eq!(fixture.get(id).await, None);
    assert_eq!(fixture.write(move |tx| tx.files().remove(id)).await, None);
    let share_id = share.id;
    assert_eq!(fixture.read(move |tx| tx.shares().share(id, share_id)).await, None);
    let query = SearchQuery::parse("quarterly").unwrap();
    let filter = FileFilter { text: Some(query), ..FileFilter::all(VisibleTo::All) };
    assert_eq!(listed(&fixture, filter).await, [other.id.get()]);
}

pub(super) async fn f3_of_many_who_remove_one_file_one_is_given_it(fixture: Fixture) {
    let blob = fixture.keep(1).await;
    let id = fixture.insert(fixture.plain(&blob, "a")).await.id;
    let one = |_| {
        let work = fixture.work.clone();
        let future: kernel::BoxFuture<'_, bool> = Box::pin(async move {
            let removed: Result<_, StoreError> = work.write(move |tx| tx.files().remove(id)).await;
            removed.unwrap().is_some()
        });
        future
    };
    let given = together((0..8).map(one).collect()).await;
    assert_eq!(given.into_iter().filter(|given| *given).count(), 1);
}

/// Some files that differ in everything.
async fn several(fixture: &Fixture) -> Vec<File> {
    let mut files = Vec::new();
    for number in 0..12_u8 {
        let blob = fixture.keep(number % 3).await;
        let n = usize::from(number);
        let new = NewFile {
            owner: fixture.people[n % 2],
            kind: FileKind::ALL[n % 4],
            media: Media::ALL[n % 3],
            text_name: (n % 4 == 1).then(|| TextName::parse("text/vcard").unwrap()),
            attached: (n % 5 == 0).then_some(Attached::Task(fixture.task)),
            uploaded_at: moment(i64::from(number / 4)),
            ..fixture.plain(&blob, &format!("{} {}.txt", ["beta", "alpha", "Ärger"][n % 3], n / 6))
        };
        files.push(fixture.insert(new).await);
    }
    files
}

async fn page(
    fixture: &Fixture,
    filter: FileFilter,
    order: Vec<SortKey<FileSort>>,
    paging: Paging,
    limit: u32,
) -> Page<File> {
    let request = PageRequest { paging, limit };
    fixture.read(move |tx| tx.files().list(&filter, &order, &request)).await
}

async fn listed(fixture: &Fixture, filter: FileFilter) -> Vec<i64> {
    let order = vec![SortKey { field: FileSort::Id, direction: Direction::Ascending }];
    let page = page(fixture, filter, order, Paging::Number(1), 100).await;
    assert_eq!(page.total, Some(page.items.len() as u64));
    page.items.iter().map(|file| file.id.get()).collect()
}

pub(super) async fn f4_every_order_is_the_same_by_number_and_by_cursor(fixture: Fixture) {
    let files = several(&fixture).await;
    for (_, field) in FileSort::ALL {
        for direction in [Direction::Ascending, Direction::Descending] {
            let order = vec![SortKey { field, direction }];
            let mut expected = files.clone();
            expected.sort_by_key(|file| (field.sort_value(file), file.id));
            if direction == Direction::Descending {
                expected.reverse();
            }
            for limit in [1, 5, 12, 100] {
                let all = FileFilter::all(VisibleTo::All);
                let mut numbered = Vec::new();
                for number in 1.. {
                    let paging = Paging::Number(number);
                    let page = page(&fixture, all.clone(), order.clone(), paging, limit).await;
                    assert_eq!((page.total, page.next), (Some(12), None));
                    if page.items.is_empty() {
                        break;
                    }
                    numbered.extend(page.items);
                }
                assert_eq!(numbered, expected, "{field:?} {direction:?} by number");
                let mut followed = Vec::new();
                let mut cursor = None;
                loop {
                    let paging = Paging::Cursor(cursor);
                    let page = page(&fixture, all.clone(), order.clone(), paging, limit).await;
                    followed.extend(page.items);
                    cursor = page.next;
                    if cursor.is_none() {
                        break;
                    }
                }
                assert_eq!(followed, expected, "{field:?} {direction:?} by cursor");
            }
        }
    }
}

pub(super) async fn f4_every_filter_gives_exactly_what_matches(fixture: Fixture) {
    let files = several(&fixture).await;
    let sights = [
        VisibleTo::All,
        VisibleTo::Of(fixture.people[0]),
        VisibleTo::Of(fixture.people[2]),
        VisibleTo::On(Attached::Task(fixture.task)),
        VisibleTo::On(Attached::Task(fixture.deleted_task)),
        VisibleTo::On(Attached::Owned(fixture.owned)),
    ];
    let words = [None, SearchQuery::parse("alp 1").ok()];
    for visible_to in sights {
        for kind in [None, Some(FileKind::Manual), Some(FileKind::Export)] {
            let vcard = TextName::parse("text/vcard");
            for (media, text_name) in
                [(None, None), (Some(Media::Jpeg), None), (Some(Media::Pdf), None), (None, vcard)]
            {
                for text in &words {
                    let (text_name, text) = (text_name.clone(), text.clone());
                    let filter = FileFilter { visible_to, kind, media, text_name, text };
                    let expected: Vec<i64> = files
                        .iter()
                        .filter(|file| filter.matches(file))
                        .map(|file| file.id.get())
                        .collect();
                    assert_eq!(listed(&fixture, filter.clone()).await, expected, "{filter:?}");
                }
            }
        }
    }
}

pub(super) async fn f5_names_are_found_by_the_beginnings_of_their_words(fixture: Fixture) {
    let blob = fixture.keep(1).await;
    let id = fixture.insert(fixture.plain(&blob, "Rapport décembre-2026.pdf")).await.id.get();
    fixture.insert(fixture.plain(&blob, "OR AND NOT.txt")).await;
    let find = |raw: &str| {
        let query = SearchQuery::parse(raw).unwrap();
        listed(&fixture, FileFilter { text: Some(query), ..FileFilter::all(VisibleTo::All) })
    };
    for raw in ["rapp", "DÉC rapport", "2026", "pdf", "\"rapport\"*"] {
        assert_eq!(find(raw).await, [id], "{raw}");
    }
    for raw in ["pp", "rapport OR 2025", "rapport -décembre x", "words:rapport"] {
        assert_eq!(find(raw).await, Vec::<i64>::new(), "{raw}");
    }
    assert_eq!(find("or and not").await.len(), 1);
}

pub(super) async fn f5_names_are_found_by_what_is_inside_of_their_words(fixture: Fixture) {
    let blob = fixture.keep(1).await;
    let long = format!("{}bcdé{}.pdf", "a".repeat(60), "z".repeat(40));
    let names = ["Gerätefoto-SN9315X.jpeg", "foto 100%_.png", "IMG_20261121.jpeg", &long];
    let mut files = Vec::new();
    for name in names {
        files.push(fixture.insert(fixture.plain(&blob, name)).await);
    }
    let find = |raw: &str| {
        let query = SearchQuery::parse(raw).unwrap();
        listed(&fixture, FileFilter { text: Some(query), ..FileFilter::all(VisibleTo::All) })
    };
    let cases: &[(&str, &[usize])] = &[
        ("foto", &[0, 1]),
        ("ratef 315", &[0]),
        ("RÄTE", &[0]),
        ("15x peg", &[0]),
        ("5x", &[]),
        ("eg", &[]),
        ("to", &[]),
        ("%foto", &[0, 1]),
        ("f%to", &[]),
        ("_121", &[2]),
        ("1121 img", &[2]),
        ("aabcde", &[3]),
        ("cdez", &[]),
        ("pdf", &[3]),
    ];
    for (raw, wanted) in cases {
        let wanted: Vec<i64> = wanted.iter().map(|at| files[*at].id.get()).collect();
        assert_eq!(find(raw).await, wanted, "{raw}");
    }
    let id = files[0].id;
    let inside = fixture
        .write(move |tx| {
            tx.files().remove(id)?;
            let text = SearchQuery::parse("foto").ok();
            let filter = FileFilter { text, ..FileFilter::all(VisibleTo::All) };
            let order = [SortKey { field: FileSort::Id, direction: Direction::Ascending }];
            let request = PageRequest { paging: Paging::Number(1), limit: 9 };
            tx.files().list(&filter, &order, &request)
        })
        .await;
    assert_eq!(inside.total, Some(1), "a unit sees its own writes");
    assert_eq!(find("foto").await, [files[1].id.get()]);
}

pub(super) async fn f6_a_persons_files_come_by_id(fixture: Fixture) {
    let files = several(&fixture).await;
    let owner = fixture.people[1];
    let expected: Vec<File> = files.into_iter().filter(|file| file.owner == owner).collect();
    let mut found = Vec::new();
    loop {
        let after = found.last().map(|file: &File| file.id);
        let more = fixture.read(move |tx| tx.files().of_owner(owner, after, 4)).await;
        if more.is_empty() {
            break;
        }
        assert!(more.len() <= 4);
        found.extend(more);
    }
    assert_eq!(found, expected);
}

pub(super) async fn f7_stranded_are_those_whose_task_is_gone(fixture: Fixture) {
    let blob = fixture.keep(1).await;
    let on = |task| NewFile {
        attached: Some(Attached::Task(task)),
        name: FileName::tamed("a"),
        ..fixture.plain(&blob, "a")
    };
    fixture.insert(fixture.plain(&blob, "free")).await;
    fixture.insert(on(fixture.task)).await;
    fixture.insert(on(fixture.deleted_task)).await;
    let mut gone = Vec::new();
    for _ in 0..3 {
        gone.push(fixture.insert(on(4_000_000_000_000_000_000)).await);
    }
    assert_eq!(fixture.read(|tx| tx.files().stranded(100)).await, gone);
    assert_eq!(fixture.read(|tx| tx.files().stranded(2)).await.len(), 2);
}

pub(super) async fn f8_a_saved_file_is_as_it_was_changed_at_its_version(fixture: Fixture) {
    let blob = fixture.keep(1).await;
    let file = fixture.insert(fixture.plain(&blob, "quarterly.txt")).await;
    let changed = File {
        name: FileName::tamed("yearly.txt"),
        kind: FileKind::Export,
        visibility: Visibility::Public,
        updated_at: moment(7),
        ..file.clone()
    };
    let wanted = changed.clone();
    let saved = fixture
        .write(move |tx| {
            let mut saved = wanted.clone();
            tx.files().save(&mut saved)?;
            Ok(saved)
        })
        .await;
    assert_eq!(saved, File { version: 2, ..changed });
    assert_eq!(fixture.get(file.id).await, Some(saved.clone()));
    for (word, found) in [("quarterly", vec![]), ("yearly", vec![file.id.get()])] {
        let query = Some(SearchQuery::parse(word).unwrap());
        let filter = FileFilter { text: query, ..FileFilter::all(VisibleTo::All) };
        assert_eq!(listed(&fixture, filter).await, found, "{word}");
    }
    for stale in [file, File { id: no_file(), ..saved }] {
        let why = fixture.refused(move |tx| tx.files().save(&mut stale.clone())).await;
        assert!(matches!(why, StoreError::Stale), "{why:?}");
    }
}

pub(super) async fn f8_of_many_who_save_one_file_none_is_lost(fixture: Fixture) {
    let blob = fixture.keep(1).await;
    let id = fixture.insert(fixture.plain(&blob, "0")).await.id;
    let one = |_| {
        let work = fixture.work.clone();
        let future: kernel::BoxFuture<'_, ()> = Box::pin(async move {
            let saved: Result<(), StoreError> = work
                .write(move |tx| {
                    let mut file = tx.files().lock(id)?.ok_or(StoreError::Stale)?;
                    let number: u32 = file.name.as_str().parse().unwrap();
                    file.name = FileName::tamed(&(number + 1).to_string());
                    tx.files().save(&mut file)
                })
                .await;
            saved.unwrap();
        });
        future
    };
    together((0..8).map(one).collect()).await;
    let file = fixture.get(id).await.unwrap();
    assert_eq!((file.name.as_str(), file.version), ("8", 9));
}
