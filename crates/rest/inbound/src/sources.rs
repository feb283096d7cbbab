//! Sources: parse, call, present.

use actix_web::{
    HttpResponse, delete, get,
    http::{StatusCode, header},
    patch, put,
    web::Data,
};
use inbound::{
    Inbound,
    service::{Absent, Put},
};
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope},
};

use crate::{
    Answer,
    dto::{self, PutSourceBody, SourceBody, source_etag},
};

/// List sources of webhooks
#[utoipa::path(
    tag = "inbound",
    operation_id = "webhook_sources_list",
    responses((status = 200, description = "The sources, by name", body = Envelope<Vec<SourceBody>>)),
    extensions(("x-alveole" = json!({"permission": "webhooks:manage"})))
)]
#[get("/admin/webhooks/sources")]
pub(crate) async fn list(call: Call, inbound: Data<Inbound>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let sources = inbound.sources(&actor).await?;
    Ok(reply::ok(sources.iter().map(SourceBody::from).collect::<Vec<_>>()))
}

/// Read a source of webhooks
///
/// Its secrets are not shown, but how many there are, and how each ends.
#[utoipa::path(
    tag = "inbound",
    operation_id = "webhook_sources_read",
    responses(
        (status = 200, description = "The source", body = Envelope<SourceBody>),
        (status = 404, description = "There is no source of this name")
    ),
    extensions(("x-alveole" = json!({
        "permission": "webhooks:manage", "conditional": "read", "codes": ["webhooks.source_not_found"]
    })))
)]
#[get("/admin/webhooks/sources/{source}")]
pub(crate) async fn read(call: Call, inbound: Data<Inbound>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let source = inbound.source(&actor, call.segment("source")).await?;
    reply::tagged_unless_known(&call, SourceBody::from(&source), &source_etag(&source))
}

/// Add or change a source of webhooks
///
/// A new one needs `scheme` and `secrets`. Else a merge patch: an absent field stays, null clears. While a secret is
/// exchanged, the old and the new one stand in `secrets`, and both verify.
#[utoipa::path(
    tag = "inbound",
    operation_id = "webhook_sources_put",
    request_body = PutSourceBody,
    responses(
        (status = 200, description = "The source as it is now", body = Envelope<SourceBody>),
        (status = 201, description = "The new source", body = Envelope<SourceBody>),
        (status = 404, description = "`If-Match` names a version, and there is no source of this name"),
        (status = 409, description = "There are 100 sources, the server has no encryption key, or it lost a race"),
        (status = 412, description = "The source was changed meanwhile")
    ),
    extensions(("x-alveole" = json!({
        "permission": "webhooks:manage", "conditional": "write",
        "codes": [
            "webhooks.source_not_found", "webhooks.too_many_sources", "webhooks.source_stale"
        ]
    })))
)]
#[put("/admin/webhooks/sources/{source}")]
pub(crate) async fn put(call: Call, inbound: Data<Inbound>, body: Body) -> Answer {
    write(&call, &inbound, &body, Absent::Add).await
}

/// Change a source of webhooks
///
/// A merge patch: an absent field stays, null clears.
#[utoipa::path(
    tag = "inbound",
    operation_id = "webhook_sources_update",
    request_body = PutSourceBody,
    responses(
        (status = 200, description = "The source as it is now", body = Envelope<SourceBody>),
        (status = 404, description = "There is no source of this name"),
        (status = 412, description = "The source was changed meanwhile")
    ),
    extensions(("x-alveole" = json!({
        "permission": "webhooks:manage", "conditional": "write",
        "codes": ["webhooks.source_not_found", "webhooks.source_stale"]
    })))
)]
#[patch("/admin/webhooks/sources/{source}")]
pub(crate) async fn update(call: Call, inbound: Data<Inbound>, body: Body) -> Answer {
    write(&call, &inbound, &body, Absent::Refuse).await
}

async fn write(call: &Call, inbound: &Inbound, body: &Body, absent: Absent) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let (command, name) = (dto::put_source(body)?, call.segment("source"));
    let Put { source, added } =
        inbound.put_source(&actor, name, absent, call.expected()?, command).await?;
    let mut response: HttpResponse =
        reply::tagged(SourceBody::from(&source), &source_etag(&source));
    if added {
        *response.status_mut() = StatusCode::CREATED;
        let place = format!("/api/v1/admin/webhooks/sources/{}", source.name);
        if let Ok(place) = header::HeaderValue::from_str(&place) {
            response.headers_mut().insert(header::LOCATION, place);
        }
    }
    Ok(response)
}

/// Delete a source of webhooks
///
/// What it sends from now on is not found. Its events and payments stay.
#[utoipa::path(
    tag = "inbound",
    operation_id = "webhook_sources_delete",
    responses(
        (status = 200, description = "It is deleted", body = Done),
        (status = 404, description = "There is no source of this name"),
        (status = 412, description = "The source was changed meanwhile")
    ),
    extensions(("x-alveole" = json!({
        "permission": "webhooks:manage", "conditional": "write",
        "codes": ["webhooks.source_not_found", "webhooks.source_stale"]
    })))
)]
#[delete("/admin/webhooks/sources/{source}")]
pub(crate) async fn remove(call: Call, inbound: Data<Inbound>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    inbound.remove_source(&actor, call.segment("source"), call.expected()?).await?;
    Ok(reply::done("Source deleted."))
}
