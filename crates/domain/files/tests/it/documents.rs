//! Documents that are typeset and kept.

use files::{
    Files,
    document::{Document, Language, Line, Profile, ProfileDraft},
    error::FileError,
    service::{MissingGlyphs, NewDocument},
};
use pollster::block_on;

use crate::fixture::{Fixture, fresh};

fn named(name: &str, missing: MissingGlyphs) -> NewDocument {
    let name = Line::parse(name).unwrap();
    let draft = ProfileDraft { name, title: None, contact: Vec::new(), sections: Vec::new() };
    let document = Document::Profile(Profile::parse(draft).unwrap());
    NewDocument { document, language: Language::De, name: None, missing }
}

#[test]
fn what_no_font_has_is_a_warning() {
    let fixture = Fixture::new();
    let files: &Files = &fixture.files;
    let made = |name: &str| {
        let document = named(name, MissingGlyphs::Shown);
        fresh(block_on(files.generate(&fixture.ada, None, document)).unwrap())
    };
    assert_eq!(made("Ada").warnings, []);
    let odd = made("A\u{e001}d\u{e000}\u{e001}");
    let told: Vec<_> =
        odd.warnings.iter().map(|one| (one.code, one.message.contains("(U+E000)"))).collect();
    assert_eq!(told, [("files.glyphs_missing", true)]);
    assert_eq!(odd.warnings[0].message.matches("U+E001").count(), 1);
}

#[test]
fn what_no_font_has_is_refused_when_nothing_else_will_do() {
    let fixture = Fixture::new();
    let document = named("A\u{e001}", MissingGlyphs::Refused);
    let refused = block_on(fixture.files.generate(&fixture.ada, None, document));
    assert!(matches!(refused, Err(FileError::MissingGlyphs(names)) if names.contains("U+E001")));
    let fine = named("Ada", MissingGlyphs::Refused);
    assert!(block_on(fixture.files.generate(&fixture.ada, None, fine)).is_ok());
}
