//! The frames of both sides: one JSON object each.

use kernel::{ErrorKind, event::Envelope};
use monitoring::{Series, evaluate::Unusual, service::ReplicaSample, values::Pattern};
use rest::{
    fields::{Fields, integer, string, strings},
    problem::Problem,
};
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::{Value, json};
use socket::{
    Frame,
    answer::{answer, frame_id},
};

use crate::dto::pattern;

/// Patterns of one socket.
const MOST: usize = 20;

/// What a client asks for, and what it calls that.
#[derive(Debug)]
pub(super) struct Request {
    /// The client's id, which the answer repeats.
    pub(super) id: Option<String>,
    /// What it asks for.
    pub(super) command: Command,
}

/// What a client asks for.
#[derive(Debug)]
pub(super) enum Command {
    /// To see these series instead of others, and first what was measured since a moment.
    Subscribe(Vec<Pattern>, Option<i64>),
    /// An answer.
    Ping,
}

/// Reads a frame.
pub(super) fn read(text: &str) -> Result<Request, Problem> {
    let malformed = |detail: &str| {
        Problem::new(ErrorKind::Invalid, "socket.frame_malformed", detail.to_owned())
    };
    let mut fields = Fields::parse(text.as_bytes()).map_err(|p| malformed(p.detail()))?;
    let id = fields.optional("id", string(frame_id));
    let Some(Value::String(kind)) = fields.take("type") else {
        return Err(malformed("A frame is an object with a `type`, which is a string."));
    };
    let command = match kind.as_str() {
        "subscribe" => {
            let series = fields.required("series", strings(pattern));
            let since = fields.optional("since", integer(Ok));
            if series.as_ref().is_some_and(|series| series.is_empty() || series.len() > MOST) {
                let message = format!("must name from 1 to {MOST} series");
                fields.fault("series", "monitoring.series_invalid", message);
            }
            series.map(|series| Command::Subscribe(series, since))
        }
        "ping" => Some(Command::Ping),
        _ => {
            let detail = "There is no such `type` of frame.";
            return Err(Problem::new(ErrorKind::Invalid, "socket.type_unknown", detail));
        }
    };
    fields.finish(command).map(|command| Request { id, command })
}

/// True when the series is one of those.
pub(super) fn is_wanted(series: &Series, wanted: &[Pattern]) -> bool {
    wanted.iter().any(|pattern| pattern.matches(series.name.as_str()))
}

/// The values of the series that are wanted; a gap has none.
struct Values<'a> {
    series: &'a [Series],
    of: &'a [f32],
    wanted: &'a [Pattern],
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (series, value) in self.series.iter().zip(self.of) {
            if value.is_finite() && is_wanted(series, self.wanted) {
                map.serialize_entry(series.name.as_str(), value)?;
            }
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Sample<'a> {
    at: i64,
    replica: &'a str,
    v: Values<'a>,
}

/// What a replica reported.
pub(super) fn sample(series: &[Series], sample: &ReplicaSample, wanted: &[Pattern]) -> Frame {
    let ReplicaSample { replica, at_ms, values, unusual: _ } = sample;
    let v = Values { series, of: values, wanted };
    answer("sample", None, Sample { at: *at_ms, replica: replica.as_str(), v })
}

/// The series that the socket sees from here on.
pub(super) fn subscribed(
    series: &[Series],
    wanted: &[Pattern],
    interval_ms: u128,
    id: Option<&str>,
) -> Frame {
    let seen = series.iter().filter(|series| is_wanted(series, wanted));
    let seen: Vec<Value> = seen
        .map(|series| json!({"name": series.name.as_str(), "unit": series.unit.as_str()}))
        .collect();
    answer("subscribed", id, json!({"series": seen, "interval_ms": interval_ms as u64}))
}

/// Something happened to an alert.
pub(super) fn alert(envelope: &Envelope) -> Frame {
    let event = envelope.name.split('.').nth(1).unwrap_or_default();
    answer(
        "alert",
        None,
        json!({"event": event, "at": envelope.occurred_at, "alert": envelope.data}),
    )
}

/// An anomaly begins or ends.
pub(super) fn anomaly(
    series: &Series,
    sample: &ReplicaSample,
    unusual: &Unusual,
    is_over: bool,
) -> Frame {
    let Unusual { position: _, value, median, low, high } = unusual;
    answer(
        "anomaly",
        None,
        json!({
            "at": sample.at_ms,
            "replica": sample.replica.as_str(),
            "series": series.name.as_str(),
            "state": if is_over { "ends" } else { "begins" },
            "value": value,
            "usual": {"median": median, "low": low, "high": high},
        }),
    )
}
