//! Payments that providers reported: parse, call, present.

use actix_web::{get, web::Data};
use inbound::{
    Inbound,
    query::{PAYMENTS, PaymentFilter},
    values::PaymentState,
};
use kernel::text;
use rest::{
    call::Call,
    query::Query,
    reply::{self, Envelope, PageEnvelope},
};
use utoipa::IntoParams;

use crate::{
    Answer,
    dto::{PaymentBody, PaymentStateWord, payment_etag},
    events::source,
};

/// The most characters of a reference.
const LONGEST: usize = 500;

/// Which payments.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterParams {
    /// Reported by one source.
    #[param(nullable = false, example = "stripe")]
    pub provider: Option<String>,
    /// In one state.
    #[param(nullable = false)]
    pub state: Option<PaymentStateWord>,
    /// For one order or deal.
    #[param(nullable = false, min_length = 1, max_length = 500, example = "A-7")]
    pub reference: Option<String>,
}

fn filter(query: &mut Query) -> PaymentFilter {
    let state = |raw: &str| {
        let message = || "must be failed, succeeded, partially_refunded or refunded".to_owned();
        PaymentState::parse(raw).ok_or_else(|| ("payments.state_unknown", message()))
    };
    let reference = |raw: &str| {
        text::bounded(raw, 1, LONGEST)
            .map_err(|error| ("payments.reference_invalid", error.to_string()))
    };
    PaymentFilter {
        provider: query.optional("provider", source),
        state: query.optional("state", state),
        reference: query.optional("reference", reference),
        user: None,
    }
}

/// List payments
///
/// The newest first.
#[utoipa::path(
    tag = "payments",
    operation_id = "payments_list",
    params(FilterParams),
    responses((status = 200, description = "A page of payments", body = PageEnvelope<PaymentBody>)),
    extensions(("x-alveole" = json!({"permission": "webhooks:manage", "paged": true})))
)]
#[get("/admin/payments")]
pub(crate) async fn list(call: Call, inbound: Data<Inbound>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let filter = filter(&mut query);
    let request = query.page_in_order(PAYMENTS.text, PAYMENTS.directions.len());
    query.finish()?;
    let page = inbound.payments(&actor, filter, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|payment| PaymentBody::from(&payment))))
}

/// Read a payment
#[utoipa::path(
    tag = "payments",
    operation_id = "payments_read",
    responses(
        (status = 200, description = "The payment", body = Envelope<PaymentBody>),
        (status = 404, description = "There is no such payment")
    ),
    extensions(("x-alveole" = json!({
        "permission": "webhooks:manage", "conditional": "read", "codes": ["payments.not_found"]
    })))
)]
#[get("/admin/payments/{id}")]
pub(crate) async fn read(call: Call, inbound: Data<Inbound>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let payment = inbound.payment(&actor, id).await?;
    reply::tagged_unless_known(&call, PaymentBody::from(&payment), &payment_etag(&payment))
}
