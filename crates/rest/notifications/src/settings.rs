//! Preferences, quiet hours, and the way off the list: parse, call, present.

use actix_web::{HttpRequest, get, http::Method, post, route, web::Data};
use notifications::Notifications;
use rest::{
    call::{Body, Call},
    reply::{self, Envelope},
};

use crate::{
    Answer,
    settings_dto::{
        self as dto, PreferencesBody, QuietHoursBody, UnsubscribedBody, UpdatePreferencesBody,
        UpdateQuietHoursBody, settings_etag,
    },
};

/// Read your preferences
///
/// How each channel brings each kind of notification, and why.
#[utoipa::path(
    tag = "notifications",
    operation_id = "notifications_preferences",
    responses((status = 200, description = "What you chose, and what follows", body = Envelope<PreferencesBody>)),
    extensions(("x-alveole" = json!({"permission": "notifications:read", "conditional": "read"})))
)]
#[get("/notifications/preferences")]
pub(crate) async fn preferences(call: Call, notifications: Data<Notifications>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let settings = notifications.settings(&actor).await?;
    let body = PreferencesBody::from(&settings.preferences);
    reply::tagged_unless_known(&call, body, &settings_etag(&settings))
}

/// Change your preferences
///
/// `PUT` replaces what you chose, `PATCH` adds to it. They hold for what has not gone out yet.
#[utoipa::path(
    tag = "notifications",
    operation_id = "notifications_choose",
    request_body = UpdatePreferencesBody,
    responses((status = 200, description = "What you chose, and what follows", body = Envelope<PreferencesBody>)),
    extensions(("x-alveole" = json!({"permission": "notifications:write", "conditional": "write"})))
)]
#[route("/notifications/preferences", method = "PUT", method = "PATCH")]
pub(crate) async fn choose(
    call: Call,
    request: HttpRequest,
    notifications: Data<Notifications>,
    body: Body,
) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let chosen = dto::preferences(&body)?;
    let (expected, replace) = (call.expected()?, request.method() == Method::PUT);
    let settings = notifications.choose(&actor, expected, chosen, replace).await?;
    Ok(reply::tagged(PreferencesBody::from(&settings.preferences), &settings_etag(&settings)))
}

/// Read your quiet hours
#[utoipa::path(
    tag = "notifications",
    operation_id = "notifications_quiet_hours",
    responses((status = 200, description = "Your quiet hours", body = Envelope<QuietHoursBody>)),
    extensions(("x-alveole" = json!({"permission": "notifications:read", "conditional": "read"})))
)]
#[get("/notifications/quiet-hours")]
pub(crate) async fn quiet_hours(call: Call, notifications: Data<Notifications>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let settings = notifications.settings(&actor).await?;
    let body = QuietHoursBody::from(&settings.quiet);
    reply::tagged_unless_known(&call, body, &settings_etag(&settings))
}

/// Change your quiet hours
///
/// An absent field stays. What was held is looked at again.
#[utoipa::path(
    tag = "notifications",
    operation_id = "notifications_be_quiet",
    request_body = UpdateQuietHoursBody,
    responses((status = 200, description = "Your quiet hours", body = Envelope<QuietHoursBody>)),
    extensions(("x-alveole" = json!({"permission": "notifications:write", "conditional": "write"})))
)]
#[route("/notifications/quiet-hours", method = "PUT", method = "PATCH")]
pub(crate) async fn be_quiet(call: Call, notifications: Data<Notifications>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let change = dto::quiet_hours(&body)?;
    let settings = notifications.be_quiet(&actor, call.expected()?, change).await?;
    Ok(reply::tagged(QuietHoursBody::from(&settings.quiet), &settings_etag(&settings)))
}

/// Get no more emails of a category
///
/// What email programs call (`List-Unsubscribe-Post`, RFC 8058), signed out. The body is not read.
#[utoipa::path(
    tag = "notifications",
    operation_id = "notifications_unsubscribe",
    params(("token" = String, Query, description = "From the link in an email")),
    responses(
        (status = 200, description = "There are no more emails", body = Envelope<UnsubscribedBody>),
        (status = 422, description = "The link does not work")
    ),
    extensions(("x-alveole" = json!({"permission": "public", "codes": ["notifications.bad_link"]})))
)]
#[post("/notifications/unsubscribe")]
pub(crate) async fn unsubscribe(call: Call, notifications: Data<Notifications>) -> Answer {
    let mut query = call.query();
    let token = query.take("token").unwrap_or_default();
    query.finish()?;
    let about = notifications.unsubscribe(&token).await?;
    Ok(reply::ok(UnsubscribedBody::from(about)))
}
