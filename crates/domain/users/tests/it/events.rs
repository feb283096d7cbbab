//! The events' JSON is public: each is compared with its golden file in `tests/events/`.
//! `ALVEOLE_BLESS=1` rewrites them.

use std::path::Path;

use kernel::{Audience, Event, EventId, Permission, Role, UserId, event::Envelope};
use pollster::block_on;
use users::{commands::Administer, events};

use crate::fixture::{Fixture, PASSWORD, origin, password};

#[test]
fn every_event_is_as_its_golden_file_says() {
    let (ada, told): (UserId, Vec<Event>) = block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let ada = fixture.actor("ada").await;
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let administer = Administer { role: Some(Role::Moderator), status: None };
        fixture.users.administer(&root, ada.user, None, administer, origin()).await.unwrap();
        fixture.users.remove_me(&ada, password(PASSWORD), origin()).await.unwrap();
        let events = fixture.events().await.into_iter();
        (ada.user, events.filter(|event| event.subject == ada.user.get()).collect())
    });
    let names: Vec<&str> = told.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, [events::CREATED, events::UPDATED, events::DELETED], "each event once");
    for (number, event) in (1..).zip(told) {
        let managers = Audience::holders(Permission::UsersManage);
        assert_eq!(event.audience, [Audience::person(ada), managers]);
        assert_eq!(event.request_id.as_deref(), Some("r-1"));
        let event = Event { id: EventId::parse(number).unwrap(), ..event };
        compare(&event.name, &Envelope::from(&event));
    }
}

#[test]
fn the_owner_alone_hears_of_security() {
    let (ada, told): (UserId, Vec<Event>) = block_on(async {
        let fixture = Fixture::new();
        fixture.person("ada").await;
        let ada = fixture.actor("ada").await.user;
        let root = fixture.with_role("root", Role::SuperAdmin).await;
        let administer = Administer { role: Some(Role::Moderator), status: None };
        fixture.users.administer(&root, ada, None, administer, origin()).await.unwrap();
        let events = fixture.all_events().await.into_iter();
        (ada, events.filter(|event| event.name == events::SECURITY).collect())
    });
    let of_ada: Vec<&Event> = told.iter().filter(|event| event.subject == ada.get()).collect();
    let [event] = of_ada.as_slice() else { panic!("{told:?}") };
    assert_eq!(event.audience, [Audience::person(ada)]);
    let event = Event { id: EventId::parse(4).unwrap(), ..(*event).clone() };
    compare(&event.name, &Envelope::from(&event));
}

#[expect(clippy::disallowed_methods, reason = "golden files are files")]
fn compare(name: &str, envelope: &Envelope) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/events/{name}.json"));
    let told = format!("{}\n", serde_json::to_string_pretty(envelope).unwrap());
    if std::env::var("ALVEOLE_BLESS").is_ok() {
        std::fs::write(&path, &told).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(told, golden, "{name} changed; if that is meant, run with ALVEOLE_BLESS=1");
}
