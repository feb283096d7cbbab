//! What the program needs to know of notifications.

use std::sync::Arc;

use kernel::{Actor, Cursor, PageRequest, Paging, Permission, page::MAX_LIMIT};
use notifications::{Notifications, query::Filter};
use rest::{
    Module,
    export::{ExportList, ExportPage, ExportPart},
    live::LiveRule,
    problem::Problem,
};

use crate::{Failure, codes, dto::NotificationBody, routes};

const OWNED: ExportList = ExportList {
    name: "notifications",
    about: "Their notifications.",
    schema: "notifications.Notification",
};

/// The module as the document describes it, without its service.
pub fn description() -> Module {
    Module {
        tags: &[("notifications", "What happened that concerns you: your inbox")],
        codes: &[codes::CODES],
        event_types: notifications::events::TYPES,
        routes,
        export_lists: &[OWNED],
        ..Module::new("notifications")
    }
}

/// The module.
pub fn module(notifications: Arc<Notifications>) -> Module {
    let exported = Arc::clone(&notifications);
    let read = move |actor, after| export(Arc::clone(&exported), actor, after);
    Module {
        consumers: notifications.consumers(),
        chores: notifications.chores(),
        jobs: notifications.jobs(),
        live: vec![LiveRule::new("notification", Permission::NotificationsRead)],
        export: vec![ExportPart::new(OWNED, read)],
        ..description()
    }
    .service(notifications)
}

async fn export(
    notifications: Arc<Notifications>,
    actor: Actor,
    after: Option<String>,
) -> Result<ExportPage, Problem> {
    let cursor = after.and_then(|raw| Cursor::decode(&raw).ok());
    let page = PageRequest { paging: Paging::Cursor(cursor), limit: MAX_LIMIT };
    let page =
        notifications.list(&actor, Filter::default(), page).await.map_err(Failure::from)?.page;
    let rows = page.items.iter().map(NotificationBody::from);
    Ok(ExportPage::new(rows, page.next.map(|next| next.encode())))
}
