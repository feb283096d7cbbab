//! What the program needs to know of bookmarks.

use std::sync::Arc;

use bookmarks::Bookmarks;
use kernel::{Actor, Cursor, PageRequest, Paging, Permission, page::MAX_LIMIT};
use rest::{
    Module,
    export::{ExportList, ExportPage, ExportPart},
    live::LiveRule,
    problem::Problem,
};

use crate::{Failure, codes, dto::BookmarkBody, routes};

const OWNED: ExportList =
    ExportList { name: "bookmarks", about: "Their bookmarks.", schema: "bookmarks.Bookmark" };

/// The module as the document describes it, without its service.
pub fn description() -> Module {
    Module {
        tags: &[("bookmarks", "A title and a note, for their owner only")],
        codes: &[codes::CODES],
        event_types: bookmarks::events::TYPES,
        routes,
        export_lists: &[OWNED],
        ..Module::new("bookmarks")
    }
}

/// The module.
pub fn module(bookmarks: Arc<Bookmarks>) -> Module {
    let exported = Arc::clone(&bookmarks);
    let read = move |actor, after| export(Arc::clone(&exported), actor, after);
    Module {
        consumers: bookmarks.consumers(),
        live: vec![LiveRule::new("bookmark", Permission::BookmarksRead)],
        export: vec![ExportPart::new(OWNED, read)],
        ..description()
    }
    .service(bookmarks)
}

async fn export(
    bookmarks: Arc<Bookmarks>,
    actor: Actor,
    after: Option<String>,
) -> Result<ExportPage, Problem> {
    let cursor = after.and_then(|raw| Cursor::decode(&raw).ok());
    let page = PageRequest { paging: Paging::Cursor(cursor), limit: MAX_LIMIT };
    let page = bookmarks.list(&actor, page).await.map_err(Failure::from)?;
    let rows = page.items.iter().map(BookmarkBody::from);
    Ok(ExportPage::new(rows, page.next.map(|next| next.encode())))
}
