//! Links.

use std::time::Duration;

use files::{
    FileError, FileId,
    service::{Content, Edition},
    values::{ShareId, VariantName},
};
use kernel::{Actor, DomainError as _};
use pollster::block_on;

use crate::fixture::{Fixture, code, fresh, named, png};

const PATH: &str = "/api/v1/files/1/shared";

impl Fixture {
    fn share(&self, actor: &Actor, id: FileId) -> Result<(ShareId, i64, String), FileError> {
        let shared = block_on(self.files.share(actor, None, id, Duration::from_secs(60)));
        shared.map(fresh).map(|share| {
            let signature = self.files.link_signature(PATH, share.id, share.expires_at);
            (share.id, share.expires_at.seconds(), signature)
        })
    }

    fn open(&self, id: FileId, path: &str, exp: i64, sig: &str) -> Result<Content, FileError> {
        self.open_edition(id, path, exp, sig, Edition::Original)
    }

    fn open_edition(
        &self,
        id: FileId,
        path: &str,
        exp: i64,
        sig: &str,
        edition: Edition,
    ) -> Result<Content, FileError> {
        block_on(self.files.shared(id, path, exp, sig, edition))
    }
}

#[test]
fn a_link_opens_its_file_until_it_is_over() {
    let fixture = Fixture::new();
    let id = fixture.text("a.txt", "words for whoever has the link").id;
    let (_, exp, sig) = fixture.share(&fixture.ada, id).unwrap();
    let content = fixture.open(id, PATH, exp, &sig).unwrap();
    assert_eq!(fixture.bytes(&content), b"words for whoever has the link");
    fixture.tick(59);
    assert_eq!(code(fixture.open(id, PATH, exp, &sig)), "ok");
    fixture.tick(1);
    assert_eq!(code(fixture.open(id, PATH, exp, &sig)), "files.bad_link");
}

#[test]
fn a_link_to_a_picture_opens_its_editions() {
    let fixture = Fixture::new();
    let text = fixture.text("a.txt", "words for whoever has the link").id;
    let picture = fixture.put(named("a.png"), &png("for whoever has the link")).unwrap().id;
    for name in VariantName::ALL {
        let edition = Edition::Variant(*name);
        let (_, exp, sig) = fixture.share(&fixture.ada, picture).unwrap();
        let by_link = fixture.open_edition(picture, PATH, exp, &sig, edition).unwrap();
        let own = block_on(fixture.files.content(Some(&fixture.ada), picture, edition)).unwrap();
        assert_eq!(by_link, own);
        let (_, exp, sig) = fixture.share(&fixture.ada, text).unwrap();
        let none = fixture.open_edition(text, PATH, exp, &sig, edition);
        assert_eq!(code(none), "files.no_variant");
    }
}

#[test]
fn nothing_of_a_link_can_be_changed() {
    let fixture = Fixture::new();
    let id = fixture.text("a.txt", "words for whoever has the link").id;
    let other = fixture.text("b.txt", "words for nobody but ourselves").id;
    let (share, exp, sig) = fixture.share(&fixture.ada, id).unwrap();
    let mac = sig.split_once('.').unwrap().1;
    let forged = format!("{}.{mac}", share.get() + 1);
    let upper = sig.to_ascii_uppercase();
    for (id, path, exp, sig) in [
        (other, PATH, exp, sig.as_str()),
        (id, "/api/v1/files/2/shared", exp, &sig),
        (id, PATH, exp + 1, &sig),
        (id, PATH, exp, &forged),
        (id, PATH, exp, &upper),
        (id, PATH, exp, mac),
        (id, PATH, exp, ""),
        (id, PATH, exp, "1."),
    ] {
        assert_eq!(code(fixture.open(id, path, exp, sig)), "files.bad_link", "{sig}");
    }
}

#[test]
fn a_link_can_be_taken_back_and_goes_with_its_file() {
    let fixture = Fixture::new();
    let id = fixture.text("a.txt", "words for whoever has the link").id;
    let (first, exp, sig) = fixture.share(&fixture.ada, id).unwrap();
    let (_, exp2, sig2) = fixture.share(&fixture.ada, id).unwrap();
    assert_eq!(block_on(fixture.files.shares(&fixture.ada, id)).unwrap().len(), 2);
    let back = |actor| code(block_on(fixture.files.unshare(actor, id, first)));
    assert_eq!(back(&fixture.eve), "files.not_found");
    assert_eq!(back(&fixture.ada), "ok");
    assert_eq!(back(&fixture.ada), "files.share_not_found");
    assert_eq!(code(fixture.open(id, PATH, exp, &sig)), "files.bad_link");
    assert_eq!(code(fixture.open(id, PATH, exp2, &sig2)), "ok");
    fixture.remove(&fixture.ada, id).unwrap();
    assert_eq!(code(fixture.open(id, PATH, exp2, &sig2)), "files.bad_link");
}

#[test]
fn only_who_keeps_a_file_shares_it() {
    let fixture = Fixture::new();
    let id = fixture.text("a.txt", "words for whoever has the link").id;
    let refused = fixture.share(&fixture.eve, id).err().unwrap();
    assert_eq!(refused.code(), "files.not_found");
    assert_eq!(code(fixture.share(&fixture.root, id)), "ok");
}
