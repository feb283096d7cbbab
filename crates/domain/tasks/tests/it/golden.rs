//! The JSON of each event is public: it is compared with a file. A deliberate change is a new
//! version of the event; set `ALVEOLE_BLESS=1` to write the files.
#![expect(clippy::disallowed_methods, reason = "golden files are files")]

use std::{collections::BTreeSet, fs, path::PathBuf, time::Duration};

use kernel::{Clock as _, Patch, event::Envelope};
use pollster::block_on;
use tasks::{
    commands::{CreateTask, UpdateTask},
    events,
    values::{CommentText, Description, Priority, Status, Tag, Tags},
};

use crate::fixture::{Fixture, moment, status, title};

fn story() -> Fixture {
    let fixture = Fixture::new();
    let tags = ["work", "büro"].iter().map(|tag| Tag::parse(tag).unwrap()).collect();
    let command = CreateTask {
        description: Description::parse("Two pages,\nwith \"figures\".").unwrap(),
        priority: Priority::High,
        due: Some(moment("2026-12-01T09:00:00.123456Z")),
        tags: Tags::parse(tags).unwrap(),
        ..CreateTask::titled(title("Write the report"))
    };
    let id = fixture.create(command).unwrap().id;
    fixture.tick();
    let update = UpdateTask { due: Patch::Clear, ..UpdateTask::default() };
    fixture.update(&fixture.ada, id, update).unwrap();
    fixture.tick();
    block_on(fixture.tasks.assign(&fixture.ada, id, None, Some(fixture.bob.user))).unwrap();
    fixture.tick();
    fixture.update(&fixture.bob, id, status(Status::Completed)).unwrap();
    fixture.clock.advance(Duration::from_micros(1500));
    let text = CommentText::parse("Figures are in.").unwrap();
    block_on(fixture.tasks.comment(&fixture.bob, None, id, text)).unwrap();
    fixture.tick();
    fixture.remove(&fixture.ada, id).unwrap();
    fixture.tick();
    block_on(fixture.tasks.restore(&fixture.root, id)).unwrap();
    fixture.tick();
    let due = fixture.clock.now().plus(Duration::from_secs(60));
    let command = CreateTask { due: Some(due), ..CreateTask::titled(title("Send the report")) };
    fixture.create(command).unwrap();
    for _ in 0..2 {
        block_on(fixture.tasks.remind(Duration::from_secs(60))).unwrap();
        fixture.clock.advance(Duration::from_secs(61));
    }
    fixture
}

#[test]
fn every_event_looks_as_it_was_promised() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/events");
    let bless = std::env::var("ALVEOLE_BLESS").is_ok_and(|value| value == "1");
    let mut seen = BTreeSet::new();
    for event in story().events() {
        // The second task is there to be due.
        if seen.contains(&event.name) {
            continue;
        }
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
        let snapshot: events::TaskSnapshot = serde_json::from_value(event.payload.clone()).unwrap();
        assert_eq!(snapshot.id, event.subject);
        if event.name == events::COMMENTED {
            let commented: events::CommentedSnapshot =
                serde_json::from_value(event.payload).unwrap();
            assert_eq!((commented.task, commented.comment.task_id), (snapshot, event.subject));
        }
    }
}
