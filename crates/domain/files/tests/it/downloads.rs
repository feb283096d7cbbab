//! What is sent.

use files::service::Edition;
use kernel::{Page, PageRequest, SearchQuery};
use pollster::block_on;

use crate::fixture::{Fixture, code, named};
use files::{
    query::{DEFAULT_ORDER, FileFilter, VisibleTo},
    service::NewUpload,
    values::{VariantName, Visibility},
};

#[test]
fn public_files_are_everybodys_to_fetch_and_private_ones_their_owners() {
    let fixture = Fixture::new();
    let private = fixture.text("a.txt", "mine alone, and nobody else's");
    let public = NewUpload { visibility: Visibility::Public, ..named("b.txt") };
    let public = fixture.put(public, b"for whoever comes along").unwrap();
    let fetch = |actor, id| code(block_on(fixture.files.content(actor, id, Edition::Original)));
    assert_eq!(fetch(None, public.id), "ok");
    assert_eq!(fetch(Some(&fixture.eve), public.id), "ok");
    assert_eq!(fetch(None, private.id), "auth.not_signed_in");
    assert_eq!(fetch(Some(&fixture.eve), private.id), "files.not_found");
    assert_eq!(fetch(Some(&fixture.ada), private.id), "ok");
    assert_eq!(fetch(Some(&fixture.root), private.id), "ok");
}

#[test]
fn what_is_no_picture_has_no_variants() {
    let fixture = Fixture::new();
    let id = fixture.text("a.txt", "no picture but words").id;
    let edition = Edition::Variant(VariantName::Thumb);
    let found = block_on(fixture.files.content(Some(&fixture.ada), id, edition));
    assert_eq!(code(found), "files.no_variant");
}

#[test]
fn a_list_is_of_ones_own_files() {
    let fixture = Fixture::new();
    fixture.text("quarterly report.txt", "words of a report");
    fixture.text("letter.txt", "words of a letter");
    let list = |actor, text: Option<&str>| {
        let text = text.map(|text| SearchQuery::parse(text).unwrap());
        let filter = FileFilter { text, ..FileFilter::all(VisibleTo::All) };
        let order = DEFAULT_ORDER.to_vec();
        let page: Page<_> =
            block_on(fixture.files.list(actor, filter, order, PageRequest::default())).unwrap();
        page.items.len()
    };
    assert_eq!(
        (list(&fixture.ada, None), list(&fixture.eve, None), list(&fixture.root, None)),
        (2, 0, 2)
    );
    let found = |text| list(&fixture.ada, Some(text));
    assert_eq!((found("rep"), found("eport"), found("po")), (1, 1, 0));
}

#[test]
fn a_file_that_is_deleted_while_it_is_asked_for_is_not_found() {
    let fixture = Fixture::new();
    let id = fixture.text("a.txt", "gone in a moment, this text").id;
    let content = fixture.content(&fixture.ada, id).unwrap();
    fixture.remove(&fixture.ada, id).unwrap();
    assert_eq!(code(block_on(fixture.files.open(&content, 0..1))), "files.not_found");
}
