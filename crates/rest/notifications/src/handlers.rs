//! Notifications: parse, call, present.

use actix_web::{delete, get, post, route, web::Data};
use notifications::{Notifications, query::ORDER};
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope},
};

use crate::{
    Answer,
    dto::{
        self, AllReadBody, Beside, CountBody, FilterParams, InboxBody, NotificationBody,
        ReadAllBody, UpdateNotificationBody,
    },
};

/// List your notifications
///
/// The newest first. `unread_count` counts all that are unread.
#[utoipa::path(
    tag = "notifications",
    operation_id = "notifications_list",
    params(FilterParams),
    responses((status = 200, description = "A page of notifications", body = InboxBody)),
    extensions(("x-alveole" = json!({"permission": "notifications:read", "paged": true})))
)]
#[get("/notifications")]
pub(crate) async fn list(call: Call, notifications: Data<Notifications>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let filter = dto::filter(&mut query);
    let request = query.page_in_order(ORDER.text, ORDER.directions.len());
    query.finish()?;
    let inbox = notifications.list(&actor, filter, request.clone()).await?;
    let page = inbox.page.map(|shown| NotificationBody::from(&shown));
    Ok(reply::page_with(&call, &request, page, Beside { unread_count: inbox.unread }))
}

/// Count your unread notifications
#[utoipa::path(
    tag = "notifications",
    operation_id = "notifications_count",
    responses((status = 200, description = "How many are unread", body = Envelope<CountBody>)),
    extensions(("x-alveole" = json!({"permission": "notifications:read"})))
)]
#[get("/notifications/count")]
pub(crate) async fn count(call: Call, notifications: Data<Notifications>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let unread = notifications.unread(&actor).await?;
    Ok(reply::ok(CountBody::from(&unread)))
}

/// Mark notifications as read
///
/// All that came at `before` or earlier; what came later stays unread.
#[utoipa::path(
    tag = "notifications",
    operation_id = "notifications_read_all",
    request_body = ReadAllBody,
    responses((status = 200, description = "How many were marked", body = Envelope<AllReadBody>)),
    extensions(("x-alveole" = json!({"permission": "notifications:write"})))
)]
#[post("/notifications/read-all")]
pub(crate) async fn read_all(call: Call, notifications: Data<Notifications>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let before = dto::read_all(&body)?;
    let read = notifications.read_all(&actor, before).await?;
    Ok(reply::ok(AllReadBody { read }))
}

/// Read a notification
///
/// It stays unread until you say otherwise.
#[utoipa::path(
    tag = "notifications",
    operation_id = "notifications_read",
    responses((status = 200, description = "The notification", body = Envelope<NotificationBody>)),
    extensions(("x-alveole" = json!({"permission": "notifications:read"})))
)]
#[get("/notifications/{id}")]
pub(crate) async fn show(call: Call, notifications: Data<Notifications>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let shown = notifications.get(&actor, id).await?;
    Ok(reply::ok(NotificationBody::from(&shown)))
}

/// Mark a notification as read or unread
#[utoipa::path(
    tag = "notifications",
    operation_id = "notifications_update",
    request_body = UpdateNotificationBody,
    responses((status = 200, description = "The notification as it is now", body = Envelope<NotificationBody>)),
    extensions(("x-alveole" = json!({"permission": "notifications:write"})))
)]
#[route("/notifications/{id}", method = "PUT", method = "PATCH")]
pub(crate) async fn update(call: Call, notifications: Data<Notifications>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let read = dto::update(&body)?;
    let shown = notifications.set_read(&actor, id, read).await?;
    Ok(reply::ok(NotificationBody::from(&shown)))
}

/// Delete a notification
///
/// For good.
#[utoipa::path(
    tag = "notifications",
    operation_id = "notifications_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "notifications:write"})))
)]
#[delete("/notifications/{id}")]
pub(crate) async fn remove(call: Call, notifications: Data<Notifications>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    notifications.remove(&actor, id).await?;
    Ok(reply::done("Notification deleted."))
}
