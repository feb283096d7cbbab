//! Links.

use std::time::Duration;

use files::{FileError, FileId, service::Content, values::ShareId};
use kernel::{Actor, Fault as _};
use pollster::block_on;

use crate::house::{House, code};

const PATH: &str = "/api/v1/files/1/shared";

impl House {
    fn share(&self, actor: &Actor, id: FileId) -> Result<(ShareId, i64, String), FileError> {
        let shared = block_on(self.files.share(actor, id, Duration::from_secs(60), PATH));
        shared.map(|(share, signature)| (share.id, share.expires_at.seconds(), signature))
    }

    fn open(&self, id: FileId, path: &str, exp: i64, sig: &str) -> Result<Content, FileError> {
        block_on(self.files.shared(id, path, exp, sig))
    }
}

#[test]
fn a_link_opens_its_file_until_it_is_over() {
    let house = House::new();
    let id = house.text("a.txt", "words for whoever has the link").id;
    let (_, exp, sig) = house.share(&house.ada, id).unwrap();
    let content = house.open(id, PATH, exp, &sig).unwrap();
    assert_eq!(house.bytes(&content), b"words for whoever has the link");
    house.tick(59);
    assert_eq!(code(house.open(id, PATH, exp, &sig)), "ok");
    house.tick(1);
    assert_eq!(code(house.open(id, PATH, exp, &sig)), "files.bad_link");
}

#[test]
fn nothing_of_a_link_can_be_changed() {
    let house = House::new();
    let id = house.text("a.txt", "words for whoever has the link").id;
    let other = house.text("b.txt", "words for nobody but ourselves").id;
    let (share, exp, sig) = house.share(&house.ada, id).unwrap();
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
        assert_eq!(code(house.open(id, path, exp, sig)), "files.bad_link", "{sig}");
    }
}

#[test]
fn a_link_can_be_taken_back_and_goes_with_its_file() {
    let house = House::new();
    let id = house.text("a.txt", "words for whoever has the link").id;
    let (first, exp, sig) = house.share(&house.ada, id).unwrap();
    let (_, exp2, sig2) = house.share(&house.ada, id).unwrap();
    assert_eq!(block_on(house.files.shares(&house.ada, id)).unwrap().len(), 2);
    let back = |actor| code(block_on(house.files.unshare(actor, id, first)));
    assert_eq!(back(&house.eve), "files.not_found");
    assert_eq!(back(&house.ada), "ok");
    assert_eq!(back(&house.ada), "files.share_not_found");
    assert_eq!(code(house.open(id, PATH, exp, &sig)), "files.bad_link");
    assert_eq!(code(house.open(id, PATH, exp2, &sig2)), "ok");
    house.remove(&house.ada, id).unwrap();
    assert_eq!(code(house.open(id, PATH, exp2, &sig2)), "files.bad_link");
}

#[test]
fn only_who_keeps_a_file_shares_it() {
    let house = House::new();
    let id = house.text("a.txt", "words for whoever has the link").id;
    let refused = house.share(&house.eve, id).err().unwrap();
    assert_eq!(refused.code(), "files.not_found");
    assert_eq!(code(house.share(&house.root, id)), "ok");
}
