//! Series and charts as clients see them, and their export.

use std::{fmt::Write as _, time::Duration};

use actix_web::{HttpResponse, get, http::header, web::Data};
use kernel::Timestamp;
use monitoring::{
    Monitoring, Series,
    commands::ReadMetrics,
    service::{Chart, Point, SeriesChart, UsualBand},
    values::{Pattern, Replica},
};
use rest::{
    call::Call,
    fields::Reason,
    query::Query,
    reply::{self, Envelope},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{Answer, dto::pattern};

/// The stretch that is shown when the caller names none.
const HOUR: Duration = Duration::from_hours(1);
/// The longest step.
const LONGEST_STEP: u64 = 31_536_000;
/// The most patterns.
const MOST_PATTERNS: usize = 20;

/// What the numbers of a series are.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = monitoring::Unit)]
pub enum UnitWord {
    /// 0 to 100; of one core where a process is measured.
    Percent,
    /// Bytes.
    Bytes,
    /// Bytes in a second.
    BytesPerSecond,
    /// So many in a second.
    PerSecond,
    /// Seconds.
    Seconds,
    /// A number of things.
    Count,
}

/// A series.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = monitoring::Series)]
pub struct SeriesBody {
    /// Its name.
    #[schema(example = "cpu.total")]
    pub name: String,
    /// What its numbers are.
    #[schema(value_type = UnitWord)]
    pub unit: &'static str,
}

impl From<&Series> for SeriesBody {
    fn from(series: &Series) -> Self {
        let Series { name, unit } = series;
        Self { name: name.as_str().to_owned(), unit: unit.as_str() }
    }
}

/// A point: when it begins, in milliseconds since 1970, and the least, the mean and the greatest value until the next
/// point. A point that is not there was not measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PointBody(pub i64, pub f32, pub f32, pub f32);

impl From<Point> for PointBody {
    fn from(Point { at_ms, cell }: Point) -> Self {
        Self(at_ms, cell.min, cell.mean, cell.max)
    }
}

/// What is usual for a series at this hour of the week.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = monitoring::Usual)]
pub struct UsualBody {
    /// The hour, in UTC.
    #[schema(example = "Mondays 9–10 h")]
    pub label: String,
    /// The median.
    #[schema(example = 30.0)]
    pub median: f32,
    /// From here on it is usual.
    #[schema(example = 20.0)]
    pub low: f32,
    /// Up to here.
    #[schema(example = 40.0)]
    pub high: f32,
}

impl From<UsualBand> for UsualBody {
    fn from(UsualBand { label, median, low, high }: UsualBand) -> Self {
        Self { label, median, low, high }
    }
}

/// What a series did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = monitoring::SeriesChart)]
pub struct ChartBody {
    /// Its name.
    #[schema(example = "cpu.total")]
    pub name: String,
    /// What its numbers are.
    #[schema(value_type = UnitWord)]
    pub unit: &'static str,
    /// Whose it is; absent for the sum of all replicas, and for what all see alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, example = "node-1:8080")]
    pub replica: Option<String>,
    /// In order of time, at most 600: when a point begins, in milliseconds since 1970, and the least, the mean and the
    /// greatest value until the next one. A point that is not there was not measured.
    #[schema(value_type = Vec<Vec<f64>>, max_items = 600, example = json!([[1_795_600_800_000_i64, 12.5, 41.2, 97.0]]))]
    pub points: Vec<PointBody>,
    /// What is usual at this hour, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub usual: Option<UsualBody>,
}

impl From<SeriesChart> for ChartBody {
    fn from(chart: SeriesChart) -> Self {
        let SeriesChart { series: Series { name, unit }, replica, points, usual } = chart;
        Self {
            name: name.as_str().to_owned(),
            unit: unit.as_str(),
            replica: replica.map(|replica| replica.as_str().to_owned()),
            points: points.into_iter().map(PointBody::from).collect(),
            usual: usual.map(UsualBody::from),
        }
    }
}

/// What series did in a stretch of time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = monitoring::Metrics)]
pub struct MetricsBody {
    /// From one point to the next, in seconds.
    #[schema(minimum = 1, example = 10)]
    pub step: i64,
    /// The series, in the order of `GET /monitoring/series`, each replica by itself.
    pub series: Vec<ChartBody>,
    /// Replicas that are not in it, or no longer: their part is missing in the sums, too.
    #[schema(example = json!([]))]
    pub missing: Vec<String>,
}

impl From<Chart> for MetricsBody {
    fn from(chart: Chart) -> Self {
        let Chart { step_ms, series, missing } = chart;
        Self {
            step: step_ms / 1000,
            series: series.into_iter().map(ChartBody::from).collect(),
            missing: missing.iter().map(Replica::as_str).map(str::to_owned).collect(),
        }
    }
}

/// Which stretch of which series.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MetricsParams {
    /// From here on: an RFC 3339 time, or milliseconds since 1970. An hour before `to` when absent.
    #[param(nullable = false, example = "2026-11-25T08:00:00Z")]
    pub from: Option<String>,
    /// Before here; now when absent.
    #[param(nullable = false, example = "2026-11-25T09:00:00Z")]
    pub to: Option<String>,
    /// The shortest step that is wanted, in seconds. The answer has at most 600 points for each series, and says its step.
    #[param(nullable = false, minimum = 1, maximum = 31_536_000, example = 60)]
    pub step: Option<u64>,
    /// Names (`cpu.total`), all of a kind (`cpu.*`) or all (`*`), separated by commas; all when absent.
    #[param(nullable = false, example = "cpu.*,memory.used")]
    pub series: Option<String>,
}

fn moment(raw: &str) -> Result<Timestamp, Reason> {
    let message = || "must be an RFC 3339 time, or milliseconds since 1970".to_owned();
    let by_number = raw.parse::<i64>().ok().map(|millis| {
        millis.checked_mul(1000).and_then(|micros| Timestamp::from_micros(micros).ok())
    });
    let parsed = by_number.unwrap_or_else(|| Timestamp::parse(raw).ok());
    parsed.ok_or_else(|| ("monitoring.range_invalid", message()))
}

fn step(raw: &str) -> Result<Duration, Reason> {
    let seconds = raw.parse().ok().filter(|seconds| (1..=LONGEST_STEP).contains(seconds));
    let message = || format!("must be 1 to {LONGEST_STEP} seconds");
    seconds.map(Duration::from_secs).ok_or_else(|| ("monitoring.step_invalid", message()))
}

fn patterns(raw: &str) -> Result<Vec<Pattern>, Reason> {
    let all: Vec<Pattern> =
        raw.split(',').map(|one| pattern(one.trim())).collect::<Result<_, _>>()?;
    if all.len() > MOST_PATTERNS {
        return Err((
            "monitoring.series_invalid",
            format!("must name at most {MOST_PATTERNS} series"),
        ));
    }
    Ok(all)
}

fn wish(call: &Call, query: &mut Query) -> ReadMetrics {
    let to = query.optional("to", moment).unwrap_or_else(|| call.state().clock.now());
    ReadMetrics {
        from: query.optional("from", moment).unwrap_or_else(|| to.minus(HOUR)),
        to,
        step: query.optional("step", step),
        series: query.optional("series", patterns).unwrap_or_default(),
    }
}

/// List series
///
/// What is measured, in the order in which charts show it.
#[utoipa::path(
    tag = "monitoring",
    operation_id = "monitoring_series",
    responses((status = 200, description = "The series", body = Envelope<Vec<SeriesBody>>)),
    extensions(("x-alveole" = json!({"permission": "monitoring:read"})))
)]
#[get("/monitoring/series")]
pub(crate) async fn list_series(call: Call, monitoring: Data<Monitoring>) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let series = monitoring.series(&actor).await?;
    Ok(reply::ok(series.iter().map(SeriesBody::from).collect::<Vec<_>>()))
}

/// Read what series did
///
/// Any stretch of time in at most 600 points: the answer chooses the step, and says it. Least, mean and greatest value
/// survive each roll-up; what was not measured has no point. Every replica has series of its own; where a sum says
/// something there is one, and `missing` names the replicas whose part it lacks.
#[utoipa::path(
    tag = "monitoring",
    operation_id = "monitoring_metrics",
    params(MetricsParams),
    responses((status = 200, description = "The series and their points", body = Envelope<MetricsBody>)),
    extensions(("x-alveole" = json!({"permission": "monitoring:read"})))
)]
#[get("/monitoring/metrics")]
pub(crate) async fn read_metrics(call: Call, monitoring: Data<Monitoring>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let wish = wish(&call, &mut query);
    query.finish()?;
    let chart = monitoring.metrics(&actor, wish).await?;
    Ok(reply::ok(MetricsBody::from(chart)))
}

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
}

fn format(raw: &str) -> Result<Format, Reason> {
    match raw {
        "csv" => Ok(Format::Csv),
        "json" => Ok(Format::Json),
        _ => Err(("monitoring.format_unknown", "must be csv or json".to_owned())),
    }
}

/// The form of an export.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FormatParams {
    /// `csv` or `json`; `csv` when absent.
    #[param(nullable = false, example = "csv", pattern = "^(csv|json)$")]
    pub format: Option<String>,
}

/// Export what series did
///
/// The points of `GET /monitoring/metrics` as a file. CSV has the columns `time,replica,series,min,mean,max`; times are
/// milliseconds since 1970, and an empty replica is the sum of all, or what all see alike. JSON is the body of that
/// operation. Reading either again gives the same numbers.
#[utoipa::path(
    tag = "monitoring",
    operation_id = "monitoring_export",
    params(FormatParams, MetricsParams),
    responses((status = 200, description = "The file", content((String = "text/csv"), (Envelope<MetricsBody> = "application/json")))),
    extensions(("x-alveole" = json!({"permission": "monitoring:read"})))
)]
#[get("/monitoring/export")]
pub(crate) async fn export_metrics(call: Call, monitoring: Data<Monitoring>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let format = query.optional("format", format).unwrap_or(Format::Csv);
    let wish = wish(&call, &mut query);
    query.finish()?;
    let chart = monitoring.metrics(&actor, wish).await?;
    if format == Format::Json {
        let mut answer = reply::ok(MetricsBody::from(chart));
        let named = header::HeaderValue::from_static("attachment; filename=\"metrics.json\"");
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, named);
        return Ok(answer);
    }
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"));
    answer.insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"metrics.csv\""));
    answer.insert_header((header::CACHE_CONTROL, "private, no-cache"));
    Ok(answer.body(to_csv(chart)))
}

/// Names of replicas and series have no character that a CSV file would have to quote.
fn to_csv(chart: Chart) -> String {
    let mut text = String::from("time,replica,series,min,mean,max\r\n");
    for one in chart.series {
        let replica = one.replica.as_ref().map_or("", Replica::as_str);
        for Point { at_ms, cell } in one.points {
            let name = one.series.name.as_str();
            let (min, mean, max) = (cell.min, cell.mean, cell.max);
            // The shortest digits that give the same number again.
            let _ = write!(text, "{at_ms},{replica},{name},{min},{mean},{max}\r\n");
        }
    }
    text
}
