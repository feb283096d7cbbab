//! What other domains hear.

use std::{fs, path::PathBuf, time::Duration};

use kernel::{Audience, Clock as _, Permission, event::Envelope};
use monitoring::{
    commands::{CreateRule, UpdateRule},
    events::ALL,
};
use pollster::block_on;

use crate::{fixture::Fixture, rules::busy};

/// Compares with `tests/events/`; `ALVEOLE_BLESS=1` (`make golden`) rewrites the files.
#[test]
fn every_event_looks_as_it_was_promised() {
    let fixture = Fixture::new().without_rules();
    let before = fixture.events().len();
    let (monitoring, admin) = (&fixture.first().monitoring, &fixture.admin);
    let rule = fixture.create(CreateRule {
        held_for: Duration::ZERO,
        clear_for: Duration::ZERO,
        repeat: Some(Duration::from_secs(60)),
        ..busy()
    });
    let update = UpdateRule { threshold: Some(92.5), ..UpdateRule::default() };
    block_on(monitoring.update_rule(admin, rule.id, None, update)).unwrap();
    fixture.set("cpu.total", 97.5);
    fixture.ticks(13);
    let id = fixture.alerts()[0].id;
    block_on(monitoring.acknowledge(admin, id)).unwrap();
    let until = fixture.clock.now().plus(Duration::from_secs(1));
    block_on(monitoring.silence(admin, id, until)).unwrap();
    for _ in 0..2 {
        for value in [1.0, 97.5] {
            fixture.set("cpu.total", value);
            fixture.tick();
        }
    }
    block_on(monitoring.remove_rule(admin, rule.id, None)).unwrap();
    let mut published = fixture.events().split_off(before);
    published.retain(|event| event.name != "alert.fired.v1" || event.payload["version"] == 1);
    published.retain(|event| event.name != "alert.resolved.v1" || event.payload["version"] == 5);
    let mut names: Vec<&str> = published.iter().map(|event| event.name.as_str()).collect();
    names.sort_unstable();
    let mut all = ALL.to_vec();
    all.sort_unstable();
    assert_eq!(names, all);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/events");
    for event in published {
        assert_eq!(event.audience, [Audience::holders(Permission::MonitoringRead)]);
        let json = serde_json::to_string_pretty(&Envelope::from(&event)).unwrap() + "\n";
        let path = folder.join(format!("{}.json", event.name));
        if std::env::var_os("ALVEOLE_BLESS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &json).unwrap();
        }
        let promised = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(json, promised, "{} changed: that takes a new version", event.name);
    }
}
