//! The JSON of each event is public: it is compared with a file. A deliberate change is a new version of the event; set
//! `ALVEOLE_BLESS=1` to write the files.
#![expect(clippy::disallowed_methods, reason = "golden files are files")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use chat::{
    commands::UpdateMember,
    events::{self, ReactionSnapshot},
    values::{Emoji, MemberRole},
};
use kernel::event::Envelope;
use pollster::block_on;

use crate::fixture::{Fixture, content, executed};

fn story() -> Fixture {
    let fixture = Fixture::new();
    let (ada, bob) = (&fixture.ada, &fixture.bob);
    let room = fixture.create(ada, "closed", true).unwrap();
    let invite = block_on(fixture.chat.invite(ada, room.into(), None, bob.user)).unwrap();
    block_on(fixture.chat.accept(bob, executed(invite).invitation.id)).unwrap();
    let update = UpdateMember { role: Some(MemberRole::Moderator), ..UpdateMember::default() };
    fixture.update_member(ada, room, bob.user, update).unwrap();
    fixture.set_retention(room, 30);
    let message = fixture.send(ada, room, "Hello, @bob");
    block_on(fixture.chat.edit(ada, message.id, None, content("Hello"))).unwrap();
    let thumb = Emoji::parse("👍").unwrap();
    block_on(fixture.chat.react(bob, message.id, thumb, true)).unwrap();
    block_on(fixture.chat.delete(bob, message.id, None)).unwrap();
    block_on(fixture.chat.leave(bob, room.into())).unwrap();
    block_on(fixture.chat.remove(ada, room.into(), None)).unwrap();
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
        assert!(seen.insert(event.name.clone()), "{} comes once", event.name);
        if event.name == events::REACTED {
            let snapshot: ReactionSnapshot = serde_json::from_value(event.payload).unwrap();
            assert_eq!((snapshot.message.id, snapshot.on), (event.subject, true));
        }
    }
    let all: BTreeSet<String> = events::ALL.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(seen, all, "the story must tell of every event");
    let files = fs::read_dir(&folder).unwrap();
    let files: BTreeSet<String> = files
        .map(|file| file.unwrap().file_name().to_string_lossy().replace(".json", ""))
        .collect();
    assert_eq!(files, all);
}
