//! Who may do what, and who hears what.

use kernel::{Actor, PageRequest, Permissions, Role};
use pollster::block_on;
use webhooks::{
    EndpointId, WebhookError,
    commands::{From, Overlap, UpdateEndpoint, Whose},
    delivery::{DeliveryState, Filter},
    error::ENDPOINTS_MAX,
};

use crate::fixture::Fixture;

fn answers(fixture: &Fixture, actor: &Actor, id: EndpointId) -> Vec<Result<(), WebhookError>> {
    let webhooks = &fixture.webhooks;
    let overlap = Overlap::parse(0).unwrap();
    let (filter, page) = (Filter::default(), PageRequest::default());
    vec![
        block_on(webhooks.get(actor, id)).map(drop),
        block_on(webhooks.update(actor, id, None, UpdateEndpoint::default())).map(drop),
        block_on(webhooks.enable(actor, id, None, From::Cursor)).map(drop),
        block_on(webhooks.disable(actor, id, None)).map(drop),
        block_on(webhooks.rotate(actor, id, overlap)).map(drop),
        block_on(webhooks.test(actor, id, None)).map(drop),
        block_on(webhooks.deliveries(actor, id, filter, page)).map(drop),
        block_on(webhooks.remove(actor, id, None)).map(drop),
    ]
}

#[test]
fn endpoints_of_others_are_found_by_those_who_manage_them() {
    let fixture = Fixture::new();
    let (id, _) = fixture.create("task.*");
    for answer in answers(&fixture, &fixture.eve, id) {
        assert!(matches!(answer, Err(WebhookError::NotFound(_))), "{answer:?}");
    }
    let none = Actor { permissions: Permissions::NONE, ..fixture.ada.clone() };
    for answer in answers(&fixture, &none, id) {
        assert!(matches!(answer, Err(WebhookError::MissingPermission(_))), "{answer:?}");
    }
    let root = Actor::new(fixture.eve.user, Role::Admin);
    let everyone = fixture.webhooks.list(&root, Whose::Everyone, PageRequest::default());
    assert_eq!(block_on(everyone).unwrap().items.len(), 1);
    let refused = fixture.webhooks.list(&fixture.eve, Whose::Everyone, PageRequest::default());
    assert!(matches!(block_on(refused), Err(WebhookError::MissingPermission(_))));
    for answer in answers(&fixture, &root, id) {
        answer.unwrap();
    }
}

#[test]
fn w12_an_endpoint_hears_what_its_owner_may_see() {
    let fixture = Fixture::new();
    fixture.create_as(&fixture.eve, Fixture::command("*"));
    fixture.run();
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.run();
    let of_tasks = |fixture: &Fixture| {
        let is_task = |body: &[u8]| String::from_utf8_lossy(body).contains("\"task.");
        fixture.sent().iter().filter(|one| is_task(&one.request.body)).count()
    };
    assert_eq!(of_tasks(&fixture), 0, "events of others");
    fixture.append(&fixture.eve, "task.created.v1");
    fixture.run();
    assert_eq!(of_tasks(&fixture), 1);
    fixture.append(&fixture.eve, "unknown.created.v1");
    fixture.run();
    assert_eq!(of_tasks(&fixture), 1, "no rule shows them");
}

#[test]
fn w12_an_owner_who_may_not_see_an_event_any_more_does_not_get_it() {
    let fixture = Fixture::new();
    let (id, _) = fixture.create("task.*");
    fixture.run();
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.dispatch();
    fixture.db.suspend(fixture.ada.user).unwrap();
    fixture.run();
    assert!(fixture.sent().is_empty());
    assert_eq!(fixture.states(id), [(DeliveryState::Cancelled, 0)]);
    // Nor is anything dispatched meanwhile.
    fixture.append(&fixture.ada, "task.created.v1");
    fixture.run();
    assert_eq!(fixture.states(id).len(), 1);
}

#[test]
fn a_person_has_a_limited_number_of_endpoints() {
    let fixture = Fixture::new();
    for _ in 0..ENDPOINTS_MAX {
        fixture.create("task.*");
    }
    let one_more = block_on(fixture.webhooks.create(&fixture.ada, Fixture::command("task.*")));
    assert!(matches!(one_more, Err(WebhookError::TooMany)));
    fixture.create_as(&fixture.eve, Fixture::command("task.*"));
}

#[test]
fn w9_an_endpoint_is_on_the_public_internet() {
    let fixture = Fixture::new();
    for url in ["https://127.0.0.1/", "http://example.com/", "https://0x7f.1/", "nonsense"] {
        let command = webhooks::commands::CreateEndpoint {
            url: url.to_owned(),
            ..Fixture::command("task.*")
        };
        let refused = block_on(fixture.webhooks.create(&fixture.ada, command));
        assert!(matches!(refused, Err(WebhookError::Invalid(_))), "{url}");
    }
}
