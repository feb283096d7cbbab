//! What the program needs to know of webhooks.

use std::{sync::Arc, time::Duration};

use kernel::{Actor, Chore, Cursor, PageRequest, Paging, Permission, Runs, page::MAX_LIMIT};
use rest::{
    Module,
    export::{ExportList, ExportPage, ExportPart},
    live::LiveRule,
    problem::Problem,
};
use webhooks::{WebhookError, Webhooks, commands::Whose, delivery::Tries, endpoint::State};

use crate::{Failure, codes, document, dto::EndpointBody, routes};

const OWNED: ExportList = ExportList {
    name: "webhook_endpoints",
    about: "Their webhook endpoints, without secrets.",
    schema: "webhooks.Endpoint",
};

/// From one count of endpoints to the next.
const COUNT: Duration = Duration::from_secs(15);

/// The module as the document describes it, without its service.
pub fn description() -> Module {
    Module {
        tags: &[("webhooks", "Endpoints that hear of events, signed as Standard Webhooks")],
        codes: &[codes::CODES],
        event_types: webhooks::events::TYPES,
        routes,
        export_lists: &[OWNED],
        document: Some(document::complete),
        ..Module::new("webhooks")
    }
}

/// The module.
pub fn module(webhooks: Arc<Webhooks>) -> Module {
    let exported = Arc::clone(&webhooks);
    let read = move |actor, after| export(Arc::clone(&exported), actor, after);
    let mut chores = webhooks.chores();
    let runs = Runs::EachProcess(COUNT);
    chores.push(Chore::of(&webhooks, "webhooks.count", runs, |webhooks| async move {
        count(&webhooks).await
    }));
    let live = LiveRule::new("webhook", Permission::WebhooksWrite);
    Module {
        consumers: webhooks.consumers(),
        chores,
        live: vec![live],
        export: vec![ExportPart::new(OWNED, read)],
        ..description()
    }
    .service(webhooks)
}

/// The gauges of endpoints, and of what waits for them.
async fn count(webhooks: &Webhooks) -> Result<u64, WebhookError> {
    let states = webhooks.states().await?;
    for state in State::ALL {
        let number = states.get(state).copied().unwrap_or(0);
        metrics::gauge!("alveole_webhook_endpoints", "state" => state.as_str()).set(number as f64);
    }
    for (tries, name) in [(Tries::First, "first"), (Tries::Again, "again")] {
        let (number, age) = webhooks.waiting(tries).await?;
        metrics::gauge!("alveole_webhook_deliveries_waiting", "tries" => name).set(number as f64);
        let oldest = metrics::gauge!("alveole_webhook_oldest_waiting_seconds", "tries" => name);
        oldest.set(age.as_secs_f64());
    }
    Ok(0)
}

async fn export(
    webhooks: Arc<Webhooks>,
    actor: Actor,
    after: Option<String>,
) -> Result<ExportPage, Problem> {
    let cursor = after.and_then(|raw| Cursor::decode(&raw).ok());
    let page = PageRequest { paging: Paging::Cursor(cursor), limit: MAX_LIMIT };
    let page = webhooks.list(&actor, Whose::Own, page).await.map_err(Failure::from)?;
    let rows = page.items.iter().map(EndpointBody::from);
    Ok(ExportPage::new(rows, page.next.map(|next| next.encode())))
}
