//! Schedules as clients see, change and run them.

use actix_web::{get, http::StatusCode, post, route, web::Data};
use jobs::{
    JobAdmin, Schedule,
    commands::{PREVIEW_MAX, PreviewSchedule, UpdateSchedule},
    schedule::Preview,
};
use kernel::{MissedTicks, Overlap, Timestamp};
use rest::{
    call::{Body, Call},
    etag,
    fields::{Reason, string},
    problem::Problem,
    query::Query,
    reply::{self, Envelope},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Answer,
    dto::{JobViewBody, boolean},
};

/// The longest pattern and the longest name of a zone, in bytes.
const TEXT_MAX: usize = 200;
/// Ticks that a preview shows when the caller says nothing else.
const PREVIEW: u32 = 10;

/// What becomes of ticks that came while no process ran.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = jobs::MissedTicks)]
pub enum MissedWord {
    /// They are left out; only a tick that comes in time enqueues a job.
    Skip,
    /// The last of them enqueues a job.
    Last,
    /// Each of them enqueues a job, the last 100 at most.
    All,
}

/// What a tick does while the job of an earlier one has not ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = jobs::Overlap)]
pub enum OverlapWord {
    /// It enqueues no other.
    Skip,
    /// Its job waits for the end of the earlier one.
    Queue,
    /// Its job may run simultaneously.
    Allow,
}

/// When jobs of a kind are enqueued by themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = jobs::Schedule)]
pub struct ScheduleBody {
    /// Its name.
    #[schema(example = "tasks.purge")]
    pub name: String,
    /// The kind of its jobs.
    #[schema(example = "tasks.purge")]
    pub kind: String,
    /// What their handler is given.
    #[schema(value_type = Object, example = json!({}))]
    pub args: Value,
    /// Minute, hour, day of the month, month and day of the week; or a name such as `@daily`.
    #[schema(example = "*/5 * * * *")]
    pub cron: String,
    /// The zone of the IANA database in which `cron` is read.
    #[schema(example = "Europe/Paris")]
    pub zone: String,
    /// False while nothing ticks.
    pub enabled: bool,
    /// What becomes of ticks that came while no process ran.
    #[schema(value_type = MissedWord)]
    pub missed: &'static str,
    /// What a tick does while the job of an earlier one has not ended.
    #[schema(value_type = OverlapWord)]
    pub overlap: &'static str,
    /// The next tick; null while nothing ticks.
    #[schema(format = DateTime, example = "2026-11-21T08:05:00Z")]
    pub next_at: Option<String>,
    /// The last tick that enqueued a job.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub last_at: Option<String>,
    /// Ticks that came while no process ran, so far.
    #[schema(minimum = 0, example = 0)]
    pub missed_count: i64,
    /// Counts the changes; the `ETag` begins with it.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

impl From<&Schedule> for ScheduleBody {
    fn from(schedule: &Schedule) -> Self {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
        Self {
            name: schedule.name.clone(),
            kind: schedule.kind.clone(),
            args: schedule.args.clone(),
            cron: schedule.cron.clone(),
            zone: schedule.zone.clone(),
            enabled: schedule.enabled,
            missed: schedule.missed.as_str(),
            overlap: schedule.overlap.as_str(),
            next_at: time(schedule.next_at),
            last_at: time(schedule.last_at),
            missed_count: schedule.missed_count,
            version: schedule.version,
        }
    }
}

/// The tag of a schedule's representation: its ticks change it, too.
pub fn schedule_etag(schedule: &Schedule) -> String {
    let micros = |at: Option<Timestamp>| at.map_or(0, Timestamp::micros);
    let Schedule { next_at, last_at, missed_count, .. } = schedule;
    let rest = format!("{}-{}-{missed_count}", micros(*next_at), micros(*last_at));
    etag::of(schedule.version, &rest)
}

/// A change of a schedule; an absent field stays.
#[derive(Debug, ToSchema)]
#[schema(as = jobs::UpdateSchedule, example = json!({
    "cron": "30 2 * * *", "zone": "Europe/Paris", "enabled": true
}))]
pub struct UpdateScheduleBody {
    /// Minute, hour, day of the month, month and day of the week; or `@hourly`, `@daily`, `@weekly`,
    /// `@monthly`, `@yearly`.
    #[schema(nullable = false, min_length = 1, max_length = 200, pattern = r"\S")]
    pub cron: Option<String>,
    /// A zone of the IANA database.
    #[schema(nullable = false, min_length = 1, max_length = 200, pattern = r"\S")]
    pub zone: Option<String>,
    /// Whether it ticks.
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    /// What becomes of ticks that came while no process ran.
    #[schema(value_type = Option<MissedWord>, nullable = false)]
    pub missed: Option<String>,
    /// What a tick does while the job of an earlier one has not ended.
    #[schema(value_type = Option<OverlapWord>, nullable = false)]
    pub overlap: Option<String>,
}

/// What to look at.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PreviewParams {
    /// Another pattern than the schedule's.
    #[param(nullable = false, example = "30 2 * * *")]
    pub cron: Option<String>,
    /// Another zone than the schedule's.
    #[param(nullable = false, example = "Europe/Paris")]
    pub zone: Option<String>,
    /// How many ticks; 10 when absent.
    #[param(nullable = false, minimum = 1, maximum = 100, example = 10)]
    pub count: Option<u32>,
}

/// A tick of the near future.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = jobs::PreviewedTick)]
pub struct TickBody {
    /// When, in UTC.
    #[schema(format = DateTime, example = "2026-11-22T01:30:00Z")]
    pub at: String,
    /// The same as the clocks of the zone show it.
    #[schema(format = DateTime, example = "2026-11-22T02:30:00+01:00")]
    pub local: String,
}

/// The next ticks of a schedule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = jobs::SchedulePreview)]
pub struct PreviewBody {
    /// The pattern.
    #[schema(example = "30 2 * * *")]
    pub cron: String,
    /// The zone.
    #[schema(example = "Europe/Paris")]
    pub zone: String,
    /// The ticks, in order.
    pub ticks: Vec<TickBody>,
}

impl PreviewBody {
    /// Of what the schedule would be.
    fn new(schedule: Schedule, ticks: &[Preview]) -> Self {
        let tick =
            |Preview { at, local }: &Preview| TickBody { at: at.to_string(), local: local.clone() };
        let Schedule { cron, zone, .. } = schedule;
        Self { cron, zone, ticks: ticks.iter().map(tick).collect() }
    }
}

/// A text that the calendar can be asked about.
fn short(code: &'static str) -> impl Fn(&str) -> Result<String, Reason> {
    move |raw| {
        let text = raw.trim();
        if text.is_empty() || text.len() > TEXT_MAX {
            return Err((code, format!("must be 1 to {TEXT_MAX} bytes")));
        }
        Ok(text.to_owned())
    }
}

fn missed(raw: &str) -> Result<MissedTicks, Reason> {
    let message = || "must be skip, last or all".to_owned();
    MissedTicks::parse(raw).ok_or_else(|| ("jobs.missed_unknown", message()))
}

fn overlap(raw: &str) -> Result<Overlap, Reason> {
    let message = || "must be skip, queue or allow".to_owned();
    Overlap::parse(raw).ok_or_else(|| ("jobs.overlap_unknown", message()))
}

fn count(raw: &str) -> Result<u32, Reason> {
    let number = raw.parse().ok().filter(|number| (1..=PREVIEW_MAX).contains(number));
    number.ok_or_else(|| ("jobs.count_invalid", format!("must be 1 to {PREVIEW_MAX}")))
}

/// `PUT` and `PATCH /admin/schedules/{schedule}`.
fn update(body: &Body) -> Result<UpdateSchedule, Problem> {
    let mut fields = body.fields()?;
    let cron = fields.keep("cron", string(short("jobs.cron_invalid")));
    let zone = fields.keep("zone", string(short("jobs.zone_unknown")));
    let enabled = fields.keep("enabled", boolean);
    let missed = fields.keep("missed", string(missed));
    let overlap = fields.keep("overlap", string(overlap));
    fields.finish(Some(UpdateSchedule { cron, zone, enabled, missed, overlap }))
}

/// `GET /admin/schedules/{schedule}/preview`.
fn wish(query: &mut Query) -> PreviewSchedule {
    PreviewSchedule {
        cron: query.optional("cron", short("jobs.cron_invalid")),
        zone: query.optional("zone", short("jobs.zone_unknown")),
        count: query.optional("count", count).unwrap_or(PREVIEW),
    }
}

/// List schedules
#[utoipa::path(
    tag = "jobs",
    operation_id = "schedules_list",
    responses((status = 200, description = "The schedules, by name", body = Envelope<Vec<ScheduleBody>>)),
    extensions(("x-alveole" = json!({"permission": "jobs:manage"})))
)]
#[get("/admin/schedules")]
pub(crate) async fn list(call: Call, jobs: Data<JobAdmin>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let schedules = jobs.schedules(&actor).await?;
    Ok(reply::ok(schedules.iter().map(ScheduleBody::from).collect::<Vec<_>>()))
}

/// Read a schedule
#[utoipa::path(
    tag = "jobs",
    operation_id = "schedules_read",
    responses(
        (status = 200, description = "The schedule", body = Envelope<ScheduleBody>),
        (status = 404, description = "There is no schedule of this name")
    ),
    extensions(("x-alveole" = json!({
        "permission": "jobs:manage", "conditional": "read", "codes": ["jobs.schedule_not_found"]
    })))
)]
#[get("/admin/schedules/{schedule}")]
pub(crate) async fn read(call: Call, jobs: Data<JobAdmin>) -> Answer {
    let actor = call.actor()?;
    let name = call.segment("schedule").to_owned();
    call.no_query()?;
    let schedule = jobs.schedule(&actor, name).await?;
    reply::tagged_unless_known(&call, ScheduleBody::from(&schedule), &schedule_etag(&schedule))
}

/// Change or pause a schedule
///
/// An absent field stays. With another pattern or zone, and when it is enabled again, the next tick is the first
/// from now on. Its ticks do not change the version that `If-Match` names.
#[utoipa::path(
    tag = "jobs",
    operation_id = "schedules_update",
    request_body = UpdateScheduleBody,
    responses(
        (status = 200, description = "The schedule as it is now", body = Envelope<ScheduleBody>),
        (status = 404, description = "There is no schedule of this name")
    ),
    extensions(("x-alveole" = json!({
        "permission": "jobs:manage", "conditional": "write", "codes": ["jobs.schedule_not_found"]
    })))
)]
#[route("/admin/schedules/{schedule}", method = "PUT", method = "PATCH")]
pub(crate) async fn change(call: Call, jobs: Data<JobAdmin>, body: Body) -> Answer {
    let actor = call.actor()?;
    let name = call.segment("schedule").to_owned();
    call.no_query()?;
    let (update, expected) = (update(&body)?, call.expected()?);
    let schedule = jobs.update_schedule(&actor, name, expected, update).await?;
    Ok(reply::tagged(ScheduleBody::from(&schedule), &schedule_etag(&schedule)))
}

/// Preview the next ticks
///
/// Of the schedule as it is, or as it would be with `cron` and `zone`, in UTC and by the clocks of the zone.
#[utoipa::path(
    tag = "jobs",
    operation_id = "schedules_preview",
    params(PreviewParams),
    responses(
        (status = 200, description = "The next ticks", body = Envelope<PreviewBody>),
        (status = 404, description = "There is no schedule of this name")
    ),
    extensions(("x-alveole" = json!({
        "permission": "jobs:manage", "codes": ["jobs.schedule_not_found"]
    })))
)]
#[get("/admin/schedules/{schedule}/preview")]
pub(crate) async fn preview(call: Call, jobs: Data<JobAdmin>) -> Answer {
    let actor = call.actor()?;
    let name = call.segment("schedule").to_owned();
    let mut query = call.query();
    let wish = wish(&mut query);
    query.finish()?;
    let (schedule, ticks) = jobs.preview_schedule(&actor, name, wish).await?;
    Ok(reply::ok(PreviewBody::new(schedule, &ticks)))
}

/// Run a schedule now
///
/// Beside its ticks, and also while it is paused. Where `overlap` is `skip`, the answer is the earlier job if that
/// has not ended.
#[utoipa::path(
    tag = "jobs",
    operation_id = "schedules_run",
    responses(
        (status = 202, description = "The job, which a worker will run", body = Envelope<JobViewBody>),
        (status = 404, description = "There is no schedule of this name")
    ),
    extensions(("x-alveole" = json!({
        "permission": "jobs:manage", "codes": ["jobs.schedule_not_found"]
    })))
)]
#[post("/admin/schedules/{schedule}/run")]
pub(crate) async fn run(call: Call, jobs: Data<JobAdmin>) -> Answer {
    let actor = call.actor()?;
    let name = call.segment("schedule").to_owned();
    call.no_query()?;
    let view = jobs.run_schedule(&actor, name).await?;
    let mut response = reply::ok(JobViewBody::from(&view));
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}
