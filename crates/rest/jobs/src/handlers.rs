//! Jobs: parse, call, present.

use actix_web::{HttpResponse, get, http::StatusCode, post, route, web::Data};
use jobs::{
    JobAdmin,
    query::{DEFAULT_ORDER, JobSort},
    service::Cancelled,
};
use rest::{
    call::{Body, Call},
    reply::{self, Envelope, PageEnvelope},
};

use crate::{
    Answer,
    dto::{
        self, EnqueueBody, FilterParams, JobBody, JobViewBody, KindBody, QueueBody, RetriedBody,
        RetryBody, StatsBody, UpdateQueueBody, job_etag, queue_etag,
    },
};

/// List jobs
#[utoipa::path(
    tag = "jobs",
    operation_id = "jobs_list",
    params(FilterParams),
    responses((status = 200, description = "A page of jobs", body = PageEnvelope<JobBody>)),
    extensions(("x-alveole" = json!({"permission": "jobs:manage", "paged": true})))
)]
#[get("/admin/jobs")]
pub(crate) async fn list(call: Call, jobs: Data<JobAdmin>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let filter = dto::filter(&mut query);
    let order = query.order(&JobSort::ALL, &DEFAULT_ORDER);
    let request = query.page(&order, &JobSort::ALL);
    query.finish()?;
    let page = jobs.list(&actor, filter, order, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|job| JobBody::from(&job))))
}

/// Enqueue a job
///
/// Of a kind that `GET /admin/jobs/kinds` lists.
#[utoipa::path(
    tag = "jobs",
    operation_id = "jobs_enqueue",
    request_body = EnqueueBody,
    responses(
        (status = 201, description = "The new job", body = Envelope<JobViewBody>),
        (status = 409, description = "A job with this key has not ended")
    ),
    extensions(("x-alveole" = json!({
        "permission": "jobs:manage", "idempotent": true, "tagged": true, "codes": ["jobs.duplicate"]
    })))
)]
#[post("/admin/jobs")]
pub(crate) async fn enqueue(call: Call, jobs: Data<JobAdmin>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let command = dto::enqueue(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::created)?;
    let outcome = jobs.enqueue(&actor, idempotent, command).await?;
    reply::outcome(outcome, dto::created)
}

/// List the kinds that can be enqueued by hand
#[utoipa::path(
    tag = "jobs",
    operation_id = "jobs_kinds",
    responses((status = 200, description = "The kinds, by name", body = Envelope<Vec<KindBody>>)),
    extensions(("x-alveole" = json!({"permission": "jobs:manage"})))
)]
#[get("/admin/jobs/kinds")]
pub(crate) async fn kinds(call: Call, jobs: Data<JobAdmin>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let kinds = jobs.manual_kinds(&actor)?;
    let kinds: Vec<KindBody> =
        kinds.iter().map(|(kind, manual)| KindBody::new(kind, *manual)).collect();
    Ok(reply::ok(kinds))
}

/// Count jobs
///
/// By queue: how many wait and run, and how fast they are.
#[utoipa::path(
    tag = "jobs",
    operation_id = "jobs_stats",
    responses((status = 200, description = "The queues, by name", body = Envelope<Vec<StatsBody>>)),
    extensions(("x-alveole" = json!({"permission": "jobs:manage"})))
)]
#[get("/admin/jobs/stats")]
pub(crate) async fn stats(call: Call, jobs: Data<JobAdmin>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let stats = jobs.stats(&actor).await?;
    Ok(reply::ok(stats.iter().map(StatsBody::from).collect::<Vec<_>>()))
}

/// Retry many jobs
///
/// Those first that ended first.
#[utoipa::path(
    tag = "jobs",
    operation_id = "jobs_retry_all",
    request_body = RetryBody,
    responses((status = 200, description = "How many are due now", body = Envelope<RetriedBody>)),
    extensions(("x-alveole" = json!({"permission": "jobs:manage"})))
)]
#[post("/admin/jobs/retry")]
pub(crate) async fn retry_all(call: Call, jobs: Data<JobAdmin>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let command = dto::retry(&body)?;
    let count = jobs.retry_all(&actor, command).await?;
    Ok(reply::ok(RetriedBody { count }))
}

/// Read a job
///
/// With its last 50 runs.
#[utoipa::path(
    tag = "jobs",
    operation_id = "jobs_read",
    responses((status = 200, description = "The job", body = Envelope<JobViewBody>)),
    extensions(("x-alveole" = json!({"permission": "jobs:manage", "conditional": "read"})))
)]
#[get("/admin/jobs/{id}")]
pub(crate) async fn read(call: Call, jobs: Data<JobAdmin>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let view = jobs.get(&actor, id).await?;
    reply::tagged_unless_known(&call, JobViewBody::from(&view), &job_etag(&view))
}

/// Retry a job
///
/// A dead or cancelled job is due now, with all its attempts.
#[utoipa::path(
    tag = "jobs",
    operation_id = "jobs_retry",
    responses(
        (status = 200, description = "The job as it is now", body = Envelope<JobViewBody>),
        (status = 409, description = "The job is neither dead nor cancelled")
    ),
    extensions(("x-alveole" = json!({
        "permission": "jobs:manage", "tagged": true, "codes": ["jobs.state"]
    })))
)]
#[post("/admin/jobs/{id}/retry")]
pub(crate) async fn retry(call: Call, jobs: Data<JobAdmin>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let view = jobs.retry(&actor, id).await?;
    Ok(reply::tagged(JobViewBody::from(&view), &job_etag(&view)))
}

/// Cancel a job
///
/// One that has not started never runs. One that runs is stopped by its worker within a second.
#[utoipa::path(
    tag = "jobs",
    operation_id = "jobs_cancel",
    responses(
        (status = 200, description = "It never runs", body = Envelope<JobViewBody>),
        (status = 202, description = "It runs; its worker stops it", body = Envelope<JobViewBody>),
        (status = 409, description = "The job has ended")
    ),
    extensions(("x-alveole" = json!({
        "permission": "jobs:manage", "tagged": true, "codes": ["jobs.state"]
    })))
)]
#[post("/admin/jobs/{id}/cancel")]
pub(crate) async fn cancel(call: Call, jobs: Data<JobAdmin>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let (status, view) = match jobs.cancel(&actor, id).await? {
        Cancelled::Done(view) => (StatusCode::OK, view),
        Cancelled::Requested(view) => (StatusCode::ACCEPTED, view),
    };
    let mut response: HttpResponse = reply::tagged(JobViewBody::from(&view), &job_etag(&view));
    *response.status_mut() = status;
    Ok(response)
}

/// Read a queue
#[utoipa::path(
    tag = "jobs",
    operation_id = "queues_read",
    responses(
        (status = 200, description = "The queue", body = Envelope<QueueBody>),
        (status = 404, description = "No kind of this program uses the queue")
    ),
    extensions(("x-alveole" = json!({
        "permission": "jobs:manage", "conditional": "read", "codes": ["jobs.queue_not_found"]
    })))
)]
#[get("/admin/queues/{queue}")]
pub(crate) async fn queue(call: Call, jobs: Data<JobAdmin>) -> Answer {
    let actor = call.actor()?;
    let name = call.segment("queue").to_owned();
    call.no_query()?;
    let settings = jobs.queue(&actor, name).await?;
    reply::tagged_unless_known(&call, QueueBody::from(&settings), &queue_etag(&settings))
}

/// Pause or limit a queue
///
/// A merge patch: an absent field stays, null clears. Workers notice within a second; jobs that run go on.
#[utoipa::path(
    tag = "jobs",
    operation_id = "queues_update",
    request_body = UpdateQueueBody,
    responses(
        (status = 200, description = "The queue as it is now", body = Envelope<QueueBody>),
        (status = 404, description = "No kind of this program uses the queue")
    ),
    extensions(("x-alveole" = json!({
        "permission": "jobs:manage", "conditional": "write", "codes": ["jobs.queue_not_found"]
    })))
)]
#[route("/admin/queues/{queue}", method = "PUT", method = "PATCH")]
pub(crate) async fn update_queue(call: Call, jobs: Data<JobAdmin>, body: Body) -> Answer {
    let actor = call.actor()?;
    let name = call.segment("queue").to_owned();
    call.no_query()?;
    let update = dto::update_queue(&body)?;
    let expected = dto::known_version(call.expected()?);
    let settings = jobs.update_queue(&actor, name, expected, update).await?;
    Ok(reply::tagged(QueueBody::from(&settings), &queue_etag(&settings)))
}
