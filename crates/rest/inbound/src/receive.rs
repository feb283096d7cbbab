//! Deliveries of other programs. They are signed instead of signed in.

use actix_web::{post, web::Data};
use inbound::{Inbound, InboundError, Verified, inbox::Headers, service::Acceptance};
use rest::{
    call::Call,
    raw::{Held, RawBody, Room},
    reply::{self, Envelope},
};

use crate::{Answer, Failure, dto::AcceptanceBody};

/// The rate-limit policy of signed deliveries; its key is the source.
pub const POLICY: &str = "webhook";

/// What deliveries to sources that do not exist are counted under.
const NO_SOURCE: &str = "none";
/// How deliveries end.
const RESULTS: [&str; 5] = ["accepted", "ignored", "duplicate", "revived", "refused"];

/// Makes the counters, so that the first step of each is seen.
pub(crate) fn begin_counters() {
    for result in RESULTS {
        let labels = [("source", NO_SOURCE.to_owned()), ("result", result.to_owned())];
        metrics::counter!("alveole_webhooks_received_total", &labels).increment(0);
    }
}

/// Receive a webhook
///
/// The signature is checked on the raw bytes, by the scheme of the source. What is answered with 200 is stored, and
/// processed once, however often it comes. Signed deliveries count under the policy `webhook` of their source,
/// others under `anon` of their address.
#[utoipa::path(
    tag = "inbound",
    operation_id = "webhooks_receive",
    request_body(
        content = serde_json::Value,
        content_type = "*/*",
        description = "Whatever the source sends, which is signed as it is"
    ),
    responses(
        (status = 200, description = "It is stored", body = Envelope<AcceptanceBody>),
        (status = 400, description = "The signature is missing or not valid"),
        (status = 404, description = "There is no source of this name")
    ),
    extensions(("x-alveole" = json!({
        "permission": "public", "codes": ["webhooks.signature_invalid", "webhooks.source_not_found"]
    })))
)]
#[post("/webhooks/{source}")]
pub(crate) async fn receive(
    call: Call,
    inbound: Data<Inbound>,
    room: Data<Room>,
    body: RawBody,
) -> Answer {
    call.no_query()?;
    let (verified, _held) = match verify(&call, &inbound, &room, body).await {
        Ok(verified) => verified,
        Err(failure) => {
            if failure.0.status().is_client_error() {
                call.count_address().await?;
            }
            return Err(failure);
        }
    };
    let source = verified.source().clone();
    call.count(POLICY, source.as_str()).await?;
    let Acceptance { event, duplicate, revived } = inbound.receive(verified).await?;
    let result = match (duplicate, revived) {
        (false, _) if event.job.is_none() => "ignored",
        (false, _) => "accepted",
        (true, true) => "revived",
        (true, false) => "duplicate",
    };
    count(source.as_str(), result);
    Ok(reply::ok(AcceptanceBody { received: true, duplicate }))
}

/// Reads a delivery and checks its signature. Dropping the second part of the result releases the memory budget.
async fn verify(
    call: &Call,
    inbound: &Inbound,
    room: &Room,
    body: RawBody,
) -> Result<(Verified, Held), Failure> {
    let source = inbound.open_source(call.segment("source")).await.inspect_err(|error| {
        if matches!(error, InboundError::SourceNotFound(_)) {
            count(NO_SOURCE, "refused");
        }
    })?;
    body.check(source.max_bytes())?;
    let refused = |failure: Failure| {
        count(source.name().as_str(), "refused");
        failure
    };
    let mut headers = Vec::new();
    for name in source.headers() {
        if let Some(value) = call.header(name)? {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    let headers = Headers::new(headers);
    inbound.check_headers(&source, &headers).map_err(|error| refused(error.into()))?;
    let (bytes, held) = body.read(source.max_bytes(), room).await?;
    let verified =
        inbound.verify(&source, headers, bytes).map_err(|error| refused(error.into()))?;
    Ok((verified, held))
}

fn count(source: &str, result: &'static str) {
    let labels = [("source", source.to_owned()), ("result", result.to_owned())];
    metrics::counter!("alveole_webhooks_received_total", &labels).increment(1);
}
