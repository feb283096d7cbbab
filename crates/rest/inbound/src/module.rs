//! What the program needs to know of inbound webhooks.

use std::{sync::Arc, time::Duration};

use inbound::{Inbound, InboundError};
use kernel::{Actor, Chore, Cursor, PageRequest, Paging, Permission, Runs, page::MAX_LIMIT};
use rest::{
    Module,
    export::{ExportList, ExportPage, ExportPart},
    live::LiveRule,
    module::PathParameter,
    problem::Problem,
    raw::Room,
    rules::RequestRule,
};

use crate::{Failure, codes, dto::PaymentBody, receive, routes};

/// From one count of the backlog to the next.
const COUNT: Duration = Duration::from_secs(10);
/// Bytes of deliveries that are in memory at one moment.
const ROOM: usize = 256 << 20;

const RULES: &[RequestRule] =
    &[RequestRule::new("/webhooks/{source}").method("POST").counts_itself()];

const PAYMENTS: ExportList = ExportList {
    name: "payments",
    about: "Payments that name them as who paid.",
    schema: "inbound.Payment",
};

/// The module as the document describes it, without its service.
pub fn description() -> Module {
    Module {
        tags: &[
            (
                "inbound",
                "Webhooks that other programs send to this server, and for administrators who may send",
            ),
            ("payments", "Payments that providers reported, for administrators"),
        ],
        codes: &[codes::CODES],
        event_types: inbound::events::TYPES,
        rules: &[RULES],
        routes,
        parameters: &[PathParameter {
            name: "source",
            about: "The name of the source",
            example: "stripe",
            pattern: Some("^[a-z][a-z0-9-]{0,49}$"),
        }],
        export_lists: &[PAYMENTS],
        ..Module::new("inbound")
    }
}

/// The module.
pub fn module(inbound: Arc<Inbound>) -> Module {
    receive::begin_counters();
    let mut chores = inbound.chores();
    chores.push(Chore::of(
        &inbound,
        "webhooks.count_inbox",
        Runs::EachProcess(COUNT),
        |inbound| async move { count(&inbound).await },
    ));
    let live = ["payment", "repository"].map(|kind| {
        LiveRule::new(kind, Permission::WebhooksManage).managed_by(Permission::WebhooksManage)
    });
    let exported = Arc::clone(&inbound);
    let read = move |actor, after| export(Arc::clone(&exported), actor, after);
    Module {
        chores,
        consumers: inbound.consumers(),
        jobs: inbound.jobs(),
        live: live.to_vec(),
        export: vec![ExportPart::new(PAYMENTS, read)],
        ..description()
    }
    .service(inbound)
    .service(Arc::new(Room::of_bytes(ROOM)))
}

/// The gauges of the backlog.
async fn count(inbound: &Inbound) -> Result<u64, InboundError> {
    let backlog = inbound.backlog().await?;
    for (state, count) in [("received", backlog.received), ("failed", backlog.failed)] {
        metrics::gauge!("alveole_webhooks_inbox", "state" => state).set(count as f64);
    }
    Ok(0)
}

async fn export(
    inbound: Arc<Inbound>,
    actor: Actor,
    after: Option<String>,
) -> Result<ExportPage, Problem> {
    let cursor = after.and_then(|raw| Cursor::decode(&raw).ok());
    let page = PageRequest { paging: Paging::Cursor(cursor), limit: MAX_LIMIT };
    let page = inbound.own_payments(&actor, page).await.map_err(Failure::from)?;
    let rows = page.items.iter().map(PaymentBody::from);
    Ok(ExportPage::new(rows, page.next.map(|next| next.encode())))
}
