//! Rules and alerts: parse, call, present.

use actix_web::{delete, get, post, route, web::Data};
use monitoring::{
    Monitoring,
    query::{ALERTS, RULES},
};
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope, PageEnvelope},
};

use crate::{
    Answer,
    dto::{
        self, AlertBody, AlertParams, CreateRuleBody, RuleBody, SilenceBody, UpdateRuleBody,
        etag_of,
    },
};

/// List rules
///
/// The oldest first. Some come with the program; they can be changed and deleted like others.
#[utoipa::path(
    tag = "monitoring",
    operation_id = "monitoring_rules_list",
    responses((status = 200, description = "A page of rules", body = PageEnvelope<RuleBody>)),
    extensions(("x-alveole" = json!({"permission": "monitoring:read", "paged": true})))
)]
#[get("/monitoring/rules")]
pub(crate) async fn list_rules(call: Call, monitoring: Data<Monitoring>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let request = query.page_in_order(RULES.text, RULES.directions.len());
    query.finish()?;
    let page = monitoring.rules(&actor, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|rule| RuleBody::from(&rule))))
}

/// Create a rule
///
/// It fires once a series has been beyond `threshold` for `for_seconds`, and is resolved once the series has been back
/// at `clear` for `clear_for_seconds`. There are at most 100 rules.
#[utoipa::path(
    tag = "monitoring",
    operation_id = "monitoring_rules_create",
    request_body = CreateRuleBody,
    responses(
        (status = 201, description = "The new rule", body = Envelope<RuleBody>),
        (status = 409, description = "There are as many rules as there may be")
    ),
    extensions(("x-alveole" = json!({
        "permission": "monitoring:manage", "idempotent": true, "tagged": true, "codes": ["monitoring.too_many_rules"]
    })))
)]
#[post("/monitoring/rules")]
pub(crate) async fn create_rule(call: Call, monitoring: Data<Monitoring>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let command = dto::create(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::created)?;
    let outcome = monitoring.create_rule(&actor, idempotent, command).await?;
    reply::outcome(outcome, dto::created)
}

/// Read a rule
#[utoipa::path(
    tag = "monitoring",
    operation_id = "monitoring_rules_read",
    responses((status = 200, description = "The rule", body = Envelope<RuleBody>)),
    extensions(("x-alveole" = json!({
        "permission": "monitoring:read", "conditional": "read", "codes": ["monitoring.rule_not_found"]
    })))
)]
#[get("/monitoring/rules/{id}")]
pub(crate) async fn read_rule(call: Call, monitoring: Data<Monitoring>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let rule = monitoring.rule(&actor, id).await?;
    reply::tagged_unless_known(&call, RuleBody::from(&rule), &etag_of(&rule))
}

/// Change a rule
///
/// A merge patch: an absent field stays, null clears. An alert of it that is open goes on, unless the rule is disabled
/// or is about other series now.
#[utoipa::path(
    tag = "monitoring",
    operation_id = "monitoring_rules_update",
    request_body = UpdateRuleBody,
    responses((status = 200, description = "The rule as it is now", body = Envelope<RuleBody>)),
    extensions(("x-alveole" = json!({
        "permission": "monitoring:manage", "conditional": "write", "codes": ["monitoring.rule_not_found"]
    })))
)]
#[route("/monitoring/rules/{id}", method = "PUT", method = "PATCH")]
pub(crate) async fn update_rule(call: Call, monitoring: Data<Monitoring>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let update = dto::update(&body)?;
    let rule = monitoring.update_rule(&actor, id, call.expected()?, update).await?;
    Ok(reply::tagged(RuleBody::from(&rule), &etag_of(&rule)))
}

/// Delete a rule
///
/// Its alerts stay; those that are open are resolved.
#[utoipa::path(
    tag = "monitoring",
    operation_id = "monitoring_rules_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({
        "permission": "monitoring:manage", "conditional": "write", "codes": ["monitoring.rule_not_found"]
    })))
)]
#[delete("/monitoring/rules/{id}")]
pub(crate) async fn remove_rule(call: Call, monitoring: Data<Monitoring>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    monitoring.remove_rule(&actor, id, call.expected()?).await?;
    Ok(reply::done("Rule deleted."))
}

/// List alerts
///
/// The newest first. One that comes back within an hour is the same alert.
#[utoipa::path(
    tag = "monitoring",
    operation_id = "monitoring_alerts",
    params(AlertParams),
    responses((status = 200, description = "A page of alerts", body = PageEnvelope<AlertBody>)),
    extensions(("x-alveole" = json!({"permission": "monitoring:read", "paged": true})))
)]
#[get("/monitoring/alerts")]
pub(crate) async fn list_alerts(call: Call, monitoring: Data<Monitoring>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let filter = dto::filter(&mut query);
    let request = query.page_in_order(ALERTS.text, ALERTS.directions.len());
    query.finish()?;
    let page = monitoring.alerts(&actor, filter, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|alert| AlertBody::from(&alert))))
}

/// Acknowledge an alert
///
/// It ends the reminders. The end of the alert is still reported. A second time changes nothing.
#[utoipa::path(
    tag = "monitoring",
    operation_id = "monitoring_alerts_ack",
    responses(
        (status = 200, description = "The alert", body = Envelope<AlertBody>),
        (status = 409, description = "The alert is resolved")
    ),
    extensions(("x-alveole" = json!({
        "permission": "monitoring:manage", "codes": ["monitoring.alert_not_found", "monitoring.alert_resolved"]
    })))
)]
#[post("/monitoring/alerts/{id}/ack")]
pub(crate) async fn acknowledge(call: Call, monitoring: Data<Monitoring>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let alert = monitoring.acknowledge(&actor, id).await?;
    Ok(reply::ok(AlertBody::from(&alert)))
}

/// Silence an alert
///
/// Until then no notification says what becomes of it; it still changes, and is listed.
#[utoipa::path(
    tag = "monitoring",
    operation_id = "monitoring_alerts_silence",
    request_body = SilenceBody,
    responses(
        (status = 200, description = "The alert", body = Envelope<AlertBody>),
        (status = 409, description = "The alert is resolved")
    ),
    extensions(("x-alveole" = json!({
        "permission": "monitoring:manage", "codes": ["monitoring.alert_not_found", "monitoring.alert_resolved"]
    })))
)]
#[post("/monitoring/alerts/{id}/silence")]
pub(crate) async fn silence(call: Call, monitoring: Data<Monitoring>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let until = dto::silence(&body)?;
    let alert = monitoring.silence(&actor, id, until).await?;
    Ok(reply::ok(AlertBody::from(&alert)))
}
