//! Notifications by webhook (N3, N4, N9): an event for the endpoints of their owner.

use notifications::preferences::{Preference, Scope};

use super::*;

impl Fixture {
    /// Notifications go out as events, and Ada wants all of hers so.
    pub(crate) fn send_webhooks(&mut self) {
        let (work, clock) = (Arc::clone(&self.work), Arc::clone(&self.clock));
        self.notifications = Arc::new(Notifications::new(work, clock as _).with_webhooks());
        self.choose_webhooks(Mode::On);
    }

    fn choose_webhooks(&self, mode: Mode) {
        let chosen = vec![Preference { scope: Scope::All, channel: Channel::Webhook, mode }];
        block_on(self.notifications.choose(&self.ada, None, chosen, false)).unwrap();
    }

    /// The notifications that went out, in their order.
    fn sent(&self) -> Vec<i64> {
        let events = self.events().into_iter();
        events.filter(|event| event.name == events::SENT).map(|event| event.subject).collect()
    }
}

#[test]
fn n3_nothing_is_published_until_someone_wants_it() {
    let mut fixture = Fixture::new();
    fixture.send_webhooks();
    let id = fixture.comment();
    assert_eq!(fixture.sent(), [id.get()]);
    fixture.choose_webhooks(Mode::Off);
    fixture.comment();
    assert_eq!(fixture.sent(), [id.get()]);
    let mut unasked = Fixture::new();
    let (work, clock) = (Arc::clone(&unasked.work), Arc::clone(&unasked.clock));
    unasked.notifications = Arc::new(Notifications::new(work, clock as _).with_webhooks());
    unasked.comment();
    assert_eq!(unasked.sent(), Vec::<i64>::new());
}

#[test]
fn the_event_says_what_the_reader_reads() {
    let mut fixture = Fixture::new();
    fixture.send_webhooks();
    let id = fixture.comment();
    let event = fixture.events().into_iter().find(|event| event.name == events::SENT).unwrap();
    assert_eq!(event.audience, [fixture.ada.user.into()]);
    assert_eq!(
        (event.payload["id"].as_i64(), event.payload["locale"].as_str()),
        (Some(id.get()), Some("en"))
    );
    assert!(event.payload["text"].as_str().unwrap().contains("commented"), "{event:?}");
}

#[test]
fn n4_quiet_hours_hold_webhooks_and_they_go_out_in_order() {
    let mut fixture = Fixture::new();
    fixture.send_webhooks();
    fixture.be_quiet();
    let ids = [fixture.comment(), fixture.comment(), fixture.comment()];
    assert_eq!(fixture.sent(), Vec::<i64>::new());
    // One that was read meanwhile stays.
    block_on(fixture.notifications.set_read(&fixture.ada, ids[1], true)).unwrap();
    fixture.clock.advance(Duration::from_hours(4));
    while fixture.release() > 0 {}
    assert_eq!(fixture.sent(), [ids[0].get(), ids[2].get()]);
}
