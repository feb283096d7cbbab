//! The JSON of each event is public: it is compared with a file. A deliberate change is a new
//! version of the event; set `ALVEOLE_BLESS=1` to write the files.
#![expect(clippy::disallowed_methods, reason = "golden files are files")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use kernel::{Date, event::Envelope};
use pollster::block_on;
use products::{
    commands::{CreateOwnedProduct, CreateProduct},
    events,
    values::{Brand, Model, SerialNumber},
};

use crate::fixture::{Fixture, name};

#[test]
fn every_event_looks_as_it_was_promised() {
    let fixture = Fixture::new();
    let product = fixture.create(CreateProduct {
        brand: Brand::parse("Talas Audio").unwrap(),
        model: Model::parse("MK-1").unwrap(),
        ..CreateProduct::named(name("Talas \"MK-1\" é"))
    });
    let owned = CreateOwnedProduct {
        serial: SerialNumber::parse("TAL-001234").unwrap(),
        warranty_expires: Some(Date::parse("2026-12-01").unwrap()),
        ..CreateOwnedProduct::of(product.id)
    };
    block_on(fixture.products.own(&fixture.ada, None, owned)).unwrap();
    block_on(fixture.products.warn_of_warranties()).unwrap();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/events");
    let bless = std::env::var("ALVEOLE_BLESS").is_ok_and(|value| value == "1");
    let mut seen = BTreeSet::new();
    for event in fixture.events() {
        let mut json = serde_json::to_string_pretty(&Envelope::from(&event)).unwrap();
        json.push('\n');
        let path = folder.join(format!("{}.json", event.name));
        if bless {
            fs::write(&path, &json).unwrap();
        }
        let promised = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(json, promised, "{} changed: that takes a new version", event.name);
        let read: events::ExpiringSnapshot = serde_json::from_value(event.payload).unwrap();
        assert_eq!(read.id, event.subject);
        seen.insert(event.name);
    }
    let all: BTreeSet<String> = events::ALL.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(seen, all, "the story must tell of every event");
}
