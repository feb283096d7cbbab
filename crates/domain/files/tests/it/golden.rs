//! The JSON of each event is public: it is compared with a file. A deliberate change is a new
//! version of the event; set `ALVEOLE_BLESS=1` to write the files.
#![expect(clippy::disallowed_methods, reason = "golden files are files")]

use std::{collections::BTreeSet, fs, path::PathBuf, time::Duration};

use files::{events, file::UpdateFile, values::FileName};
use kernel::event::Envelope;
use pollster::block_on;

use crate::fixture::Fixture;

fn story() -> Fixture {
    let fixture = Fixture::new();
    let id = fixture.text("Grüße.txt", "a few kind words, for a start").id;
    fixture.tick(1);
    let renamed =
        UpdateFile { name: Some(FileName::tamed("Regards.txt")), ..UpdateFile::default() };
    block_on(fixture.files.update(&fixture.ada, id, Some(1), renamed)).unwrap();
    fixture.tick(1);
    block_on(fixture.files.share(&fixture.ada, None, id, Duration::from_secs(3600))).unwrap();
    fixture.tick(1);
    fixture.remove(&fixture.root, id).unwrap();
    fixture
}

#[test]
fn every_event_looks_as_it_was_promised() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/events");
    let bless = std::env::var("ALVEOLE_BLESS").is_ok_and(|value| value == "1");
    let mut seen = BTreeSet::new();
    for event in story().events() {
        let mut json = serde_json::to_string_pretty(&Envelope::from(&event)).unwrap();
        json.push('\n');
        let path = folder.join(format!("{}.json", event.name));
        if bless {
            fs::write(&path, &json).unwrap();
        }
        let promised = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(json, promised, "{} changed: that takes a new version", event.name);
        seen.insert(event.name);
    }
    let all: BTreeSet<String> = events::ALL.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(seen, all, "the story must tell of every event");
    let files = fs::read_dir(&folder).unwrap();
    let files: BTreeSet<String> = files
        .map(|file| file.unwrap().file_name().to_string_lossy().replace(".json", ""))
        .collect();
    assert_eq!(files, all);
}

#[test]
fn payloads_can_be_read_back() {
    for event in story().events() {
        let file: events::FileSnapshot = serde_json::from_value(event.payload.clone()).unwrap();
        assert_eq!(file.id, event.subject);
        if event.name == events::SHARED {
            let shared: events::SharedSnapshot = serde_json::from_value(event.payload).unwrap();
            assert_eq!(shared.file, file);
        }
    }
}
