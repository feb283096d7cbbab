//! The rules of the use cases, on the memory adapter and on virtual time.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "these are tests: their failures are panics, and golden files are files"
)]

mod fixture;
mod people;
mod retries;
mod windows;

use kernel::{NewEvent, consumer::USER_DELETED, event::Envelope, kit::deliver};
use pollster::block_on;
use webhooks::{
    commands::{From, Overlap, UpdateEndpoint},
    delivery::{DeliveryState, Filter},
    endpoint::{Reason, State},
    events,
    signature::{SigningSecret, sign},
    values::{Patterns, Rate},
};

use crate::fixture::Fixture;

#[test]
fn w1_an_event_is_sent_signed_to_whoever_hears_it() {
    let fixture = Fixture::new();
    let (endpoint, secret) = fixture.create("task.*");
    fixture.create("file.*");
    let event = fixture.append(&fixture.ada, "task.created.v1");
    fixture.append(&fixture.eve, "task.created.v1");
    fixture.append(&fixture.ada, "other.created.v1");
    fixture.run();
    let sent = fixture.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let header = |name: &str| sent[0].header(name);
    let body = std::str::from_utf8(&sent[0].request.body).unwrap();
    assert!(
        header("webhook-id").starts_with("evt_")
            && header("webhook-id").ends_with(&format!("_{event}"))
    );
    assert_eq!(header("webhook-timestamp"), fixture.now().seconds().to_string());
    let id = header("webhook-id");
    let expected = sign(&[secret], &id, fixture.now().seconds(), body.as_bytes());
    assert_eq!(header("webhook-signature"), expected);
    let json: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!((json["type"].as_str(), json["id"].as_str()), (Some("task.created.v1"), Some(&*id)));
    let view = block_on(fixture.webhooks.get(&fixture.ada, endpoint)).unwrap();
    assert_eq!(view.endpoint.health.last_success_at, Some(fixture.now()));
    assert_eq!((view.behind, view.endpoint.behind), (0, None));
    assert_eq!(fixture.states(endpoint), [(DeliveryState::Succeeded, 1)]);
}

#[test]
fn w1_what_was_removed_before_is_listed() {
    let fixture = Fixture::new();
    let (endpoint, _) = fixture.create("task.*");
    fixture.run();
    block_on(fixture.webhooks.disable(&fixture.ada, endpoint, None)).unwrap();
    for _ in 0..5 {
        fixture.append(&fixture.ada, "task.created.v1");
    }
    fixture.advance_hours(1);
    fixture.prune_feed(3);
    fixture.append(&fixture.ada, "task.created.v1");
    block_on(fixture.webhooks.enable(&fixture.ada, endpoint, None, From::Cursor)).unwrap();
    fixture.run();
    let missed = block_on(fixture.webhooks.get(&fixture.ada, endpoint)).unwrap().endpoint.missed;
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0].to.get() - missed[0].from.get(), 1, "{missed:?}");
    assert_eq!(fixture.sent().len(), 5, "what is kept is sent");
}

#[test]
fn w3_both_secrets_sign_while_they_rotate() {
    let fixture = Fixture::new();
    let (endpoint, old) = fixture.create("task.*");
    fixture.run();
    let overlap = Overlap::parse(3600).unwrap();
    let (new, until) = block_on(fixture.webhooks.rotate(&fixture.ada, endpoint, overlap)).unwrap();
    assert_eq!(until, Some(fixture.now().plus(std::time::Duration::from_secs(3600))));
    let signed = |secrets: &[SigningSecret]| {
        let event = fixture.append(&fixture.ada, "task.created.v1");
        fixture.run();
        let sent = fixture.sent().pop().unwrap();
        assert!(sent.header("webhook-id").ends_with(&format!("_{event}")));
        let at = fixture.now().seconds();
        let expected = sign(secrets, &sent.header("webhook-id"), at, &sent.request.body);
        assert_eq!(sent.header("webhook-signature"), expected);
    };
    signed(&[new.clone(), old]);
    fixture.advance_hours(2);
    signed(std::slice::from_ref(&new));
    let (last, until) = {
        let overlap = Overlap::parse(0).unwrap();
        block_on(fixture.webhooks.rotate(&fixture.ada, endpoint, overlap)).unwrap()
    };
    assert_eq!(until, None);
    signed(&[last]);
}

#[test]
fn w4_an_endpoint_that_is_gone_is_disabled() {
    let fixture = Fixture::new();
    let (endpoint, _) = fixture.create("task.*");
    fixture.run();
    fixture.answer(410);
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.run();
    let view = block_on(fixture.webhooks.get(&fixture.ada, endpoint)).unwrap();
    assert_eq!((view.endpoint.state, view.endpoint.reason), (State::Disabled, Some(Reason::Gone)));
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.run();
    assert_eq!(fixture.sent().len(), 1, "nothing is sent while it is disabled");
    fixture.answer(200);
    block_on(fixture.webhooks.enable(&fixture.ada, endpoint, None, From::Cursor)).unwrap();
    fixture.run();
    assert_eq!(fixture.sent().len(), 2, "what happened meanwhile is");
}

#[test]
fn a_disabled_endpoint_goes_on_where_it_stood_or_now() {
    let fixture = Fixture::new();
    let (endpoint, _) = fixture.create("task.*");
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.run();
    let webhooks = &fixture.webhooks;
    let disabled = block_on(webhooks.disable(&fixture.ada, endpoint, None)).unwrap();
    assert_eq!(disabled.endpoint.reason, Some(Reason::Manual));
    let again = block_on(webhooks.disable(&fixture.ada, endpoint, None)).unwrap();
    assert_eq!(again.endpoint.version, disabled.endpoint.version);
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.run();
    assert_eq!(fixture.sent().len(), 1);
    block_on(webhooks.enable(&fixture.ada, endpoint, None, From::Cursor)).unwrap();
    fixture.run();
    assert_eq!(fixture.sent().len(), 2);
    block_on(webhooks.disable(&fixture.ada, endpoint, None)).unwrap();
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.run();
    block_on(webhooks.enable(&fixture.ada, endpoint, None, From::Now)).unwrap();
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.run();
    assert_eq!(fixture.sent().len(), 3);
}

#[test]
fn an_update_that_changes_nothing_publishes_nothing() {
    let fixture = Fixture::new();
    let (endpoint, _) = fixture.create("task.*");
    let before = fixture.published().len();
    let update = UpdateEndpoint {
        patterns: Some(Patterns::parse("task.*").unwrap()),
        rate: kernel::Patch::Clear,
        ..UpdateEndpoint::default()
    };
    let view = block_on(fixture.webhooks.update(&fixture.ada, endpoint, Some(1), update)).unwrap();
    assert_eq!((view.endpoint.version, fixture.published().len()), (1, before));
    let update = UpdateEndpoint {
        rate: kernel::Patch::Set(Rate::parse(2).unwrap()),
        ..UpdateEndpoint::default()
    };
    let view = block_on(fixture.webhooks.update(&fixture.ada, endpoint, Some(1), update)).unwrap();
    assert_eq!((view.endpoint.version, fixture.published().len()), (2, before + 1));
}

#[test]
fn a_rate_spreads_requests() {
    let fixture = Fixture::new();
    let (endpoint, _) = fixture.create("task.*");
    let update = UpdateEndpoint {
        rate: kernel::Patch::Set(Rate::parse(1).unwrap()),
        ..UpdateEndpoint::default()
    };
    block_on(fixture.webhooks.update(&fixture.ada, endpoint, None, update)).unwrap();
    fixture.run();
    for _ in 0..6 {
        fixture.append(&fixture.ada, "task.created.v1");
    }
    let began = fixture.now();
    fixture.run();
    assert_eq!(fixture.sent().len(), 6);
    assert!(fixture.now().since(began) >= std::time::Duration::from_secs(5));
}

#[test]
fn a_test_is_sent_and_harms_nothing() {
    let fixture = Fixture::new();
    let (endpoint, secret) = fixture.create("task.*");
    fixture.run();
    fixture.answer(500);
    let view = block_on(fixture.webhooks.test(&fixture.ada, endpoint, None)).unwrap();
    assert_eq!(view.shown.delivery.state, DeliveryState::Failed);
    assert_eq!((view.attempts.len(), view.attempts[0].status), (1, Some(500)));
    let sent = fixture.sent().pop().unwrap();
    let at = fixture.now().seconds();
    let expected = sign(&[secret], &sent.header("webhook-id"), at, &sent.request.body);
    assert_eq!(sent.header("webhook-signature"), expected);
    let health = block_on(fixture.webhooks.get(&fixture.ada, endpoint)).unwrap().endpoint.health;
    assert_eq!(health, webhooks::endpoint::Health::default());
    let unknown =
        block_on(fixture.webhooks.test(&fixture.ada, endpoint, Some("no.such.v1".to_owned())));
    assert!(matches!(unknown, Err(webhooks::WebhookError::Invalid(_))));
    let retried = block_on(fixture.webhooks.retry(&fixture.ada, view.shown.delivery.id));
    assert!(matches!(retried, Err(webhooks::WebhookError::DeliveryState)));
    let page = kernel::PageRequest::default();
    let listed = fixture.webhooks.deliveries(&fixture.ada, endpoint, Filter::default(), page);
    assert_eq!(block_on(listed).unwrap().items.len(), 1);
}

#[test]
fn a_deleted_account_leaves_nothing_and_the_second_delivery_changes_nothing() {
    let fixture = Fixture::new();
    fixture.create("task.*");
    let consumers = fixture.webhooks.consumers();
    let consumer = consumers.iter().find(|one| one.events == [USER_DELETED]).unwrap();
    let deleted = NewEvent {
        name: USER_DELETED,
        at: fixture.now(),
        actor: None,
        subject: fixture.ada.user.get(),
        audience: Vec::new(),
        payload: serde_json::Value::Null,
        request_id: None,
    };
    let [first, second] = block_on(deliver(&*fixture.work, consumer, &deleted));
    first.unwrap();
    second.expect_err("it was handled before");
    let page = kernel::PageRequest::default();
    let own = webhooks::commands::Whose::Own;
    let left = block_on(fixture.webhooks.list(&fixture.ada, own, page)).unwrap();
    assert!(left.items.is_empty());
}

/// Compares with `tests/events/`; `ALVEOLE_BLESS=1` (`make golden`) rewrites the files.
#[test]
fn every_event_looks_as_it_was_promised() {
    let fixture = Fixture::new();
    let (endpoint, _) = fixture.create("task.*");
    let webhooks = &fixture.webhooks;
    fixture.run();
    let overlap = Overlap::parse(0).unwrap();
    block_on(webhooks.rotate(&fixture.ada, endpoint, overlap)).unwrap();
    fixture.answer(500);
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.run_for_hours(6 * 24, |fixture| {
        fixture.append(&fixture.ada, "task.created.v1");
    });
    block_on(webhooks.remove(&fixture.ada, endpoint, None)).unwrap();
    let folder = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/events");
    let published = fixture.published();
    for name in events::ALL {
        let event = published.iter().find(|event| event.name == name);
        let event = event.unwrap_or_else(|| panic!("{name} was not published"));
        assert_eq!(
            (event.subject, &*event.audience),
            (endpoint.get(), &[fixture.ada.user.into()][..])
        );
        let json = serde_json::to_string_pretty(&Envelope::from(event)).unwrap() + "\n";
        let path = folder.join(format!("{name}.json"));
        if std::env::var_os("ALVEOLE_BLESS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &json).unwrap();
        }
        let promised = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(json, promised, "{name} changed: that takes a new version");
    }
}
