//! Bookmarks: parse, call, present.

use actix_web::{delete, get, post, route, web::Data};
use bookmarks::{Bookmarks, query::ORDER};
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope, PageEnvelope},
};

use crate::{
    Answer,
    dto::{self, BookmarkBody, CreateBookmarkBody, UpdateBookmarkBody, etag_of},
};

/// List your bookmarks
///
/// The newest first.
#[utoipa::path(
    tag = "bookmarks",
    operation_id = "bookmarks_list",
    responses((status = 200, description = "A page of bookmarks", body = PageEnvelope<BookmarkBody>)),
    extensions(("x-alveole" = json!({"permission": "bookmarks:read", "paged": true})))
)]
#[get("/bookmarks")]
pub(crate) async fn list(call: Call, bookmarks: Data<Bookmarks>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let request = query.page_in_order(ORDER.text, ORDER.directions.len());
    query.finish()?;
    let page = bookmarks.list(&actor, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|bookmark| BookmarkBody::from(&bookmark))))
}

/// Create a bookmark
#[utoipa::path(
    tag = "bookmarks",
    operation_id = "bookmarks_create",
    request_body = CreateBookmarkBody,
    responses((status = 201, description = "The new bookmark", body = Envelope<BookmarkBody>)),
    extensions(("x-alveole" = json!({"permission": "bookmarks:write", "idempotent": true, "tagged": true})))
)]
#[post("/bookmarks")]
pub(crate) async fn create(call: Call, bookmarks: Data<Bookmarks>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let command = dto::create(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::created)?;
    let outcome = bookmarks.create(&actor, idempotent, command).await?;
    reply::outcome(outcome, dto::created)
}

/// Read a bookmark
#[utoipa::path(
    tag = "bookmarks",
    operation_id = "bookmarks_read",
    responses((status = 200, description = "The bookmark", body = Envelope<BookmarkBody>)),
    extensions(("x-alveole" = json!({"permission": "bookmarks:read", "conditional": "read"})))
)]
#[get("/bookmarks/{id}")]
pub(crate) async fn read(call: Call, bookmarks: Data<Bookmarks>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let bookmark = bookmarks.get(&actor, id).await?;
    reply::tagged_unless_known(&call, BookmarkBody::from(&bookmark), &etag_of(&bookmark))
}

/// Change a bookmark
///
/// A merge patch: an absent field stays, null clears.
#[utoipa::path(
    tag = "bookmarks",
    operation_id = "bookmarks_update",
    request_body = UpdateBookmarkBody,
    responses((status = 200, description = "The bookmark as it is now", body = Envelope<BookmarkBody>)),
    extensions(("x-alveole" = json!({"permission": "bookmarks:write", "conditional": "write"})))
)]
#[route("/bookmarks/{id}", method = "PUT", method = "PATCH")]
pub(crate) async fn update(call: Call, bookmarks: Data<Bookmarks>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let update = dto::update(&body)?;
    let bookmark = bookmarks.update(&actor, id, call.expected()?, update).await?;
    Ok(reply::tagged(BookmarkBody::from(&bookmark), &etag_of(&bookmark)))
}


/// Delete a bookmark
///
/// For good.
#[utoipa::path(
    tag = "bookmarks",
    operation_id = "bookmarks_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "bookmarks:write", "conditional": "write"})))
)]
#[delete("/bookmarks/{id}")]
pub(crate) async fn remove(call: Call, bookmarks: Data<Bookmarks>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    bookmarks.remove(&actor, id, call.expected()?).await?;
    Ok(reply::done("Bookmark deleted."))
}
