//! What administrators look at first: the counts that modules bring, and the settings.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{get, web::Data};
use kernel::{BoxFuture, Timestamp, UserId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::{
    call::Call,
    module::Module,
    problem::{Answer, Problem},
    reply::{self, Envelope},
};

/// How old the answer may be. However many ask, the stores count once in that time.
const FRESH: Duration = Duration::from_secs(10);

/// The longest span that [`ActiveUsers`] counts.
const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_secs(60);

/// One number on the dashboard.
#[derive(Debug, Clone, Copy)]
pub struct Count {
    /// The member of the answer.
    pub name: &'static str,
    /// What it counts, for the OpenAPI document.
    pub about: &'static str,
}

/// Counts, in the order of the module's [`Module::counts`].
pub type ReadCounts = Arc<dyn Fn() -> BoxFuture<'static, Result<Vec<u64>, Problem>> + Send + Sync>;

/// What a module counts.
#[derive(Clone)]
pub struct CountPart {
    /// The numbers.
    pub counts: &'static [Count],
    /// Reads them.
    pub read: ReadCounts,
}

impl CountPart {
    /// Numbers that `read` reads, in their order.
    pub fn new<F, R>(counts: &'static [Count], read: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<Vec<u64>, Problem>> + Send + 'static,
    {
        Self { counts, read: Arc::new(move || Box::pin(read())) }
    }

    /// Numbers that `read` asks a service for, in their order.
    pub fn of<S, F, R>(service: &Arc<S>, counts: &'static [Count], read: F) -> Self
    where
        S: Send + Sync + 'static,
        F: Fn(Arc<S>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Vec<u64>, Problem>> + Send + 'static,
    {
        let service = Arc::clone(service);
        Self::new(counts, move || read(Arc::clone(&service)))
    }
}

/// The people of this process: counted by the operations that they call.
const ACTIVE: [Count; 2] = [
    Count {
        name: "active_users_minute",
        about: "People who called this server within the last minute. Each server counts for itself",
    },
    Count {
        name: "active_users_hour",
        about: "People who called this server within the last hour. Each server counts for itself",
    },
];

/// Who called lately.
#[derive(Debug, Default)]
pub struct ActiveUsers(Mutex<Called>);

#[derive(Debug, Default)]
struct Called {
    last: HashMap<UserId, Timestamp>,
    pruned: Option<Timestamp>,
}

impl ActiveUsers {
    /// Notes a call.
    pub fn note(&self, user: UserId, now: Timestamp) {
        let mut called = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        called.last.insert(user, now);
        if called.pruned.is_none_or(|pruned| now.since(pruned) >= MINUTE) {
            called.last.retain(|_, last| now.since(*last) <= HOUR);
            called.pruned = Some(now);
        }
    }

    /// How many called within a span of at most an hour.
    fn within(&self, span: Duration, now: Timestamp) -> u64 {
        let called = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        called.last.values().filter(|last| now.since(**last) <= span).count() as u64
    }
}

/// The counts of all modules.
pub struct Dashboard {
    parts: Vec<CountPart>,
    /// Who calls.
    pub active: ActiveUsers,
    counted: tokio::sync::Mutex<Option<(Timestamp, Map<String, Value>)>>,
}

impl Dashboard {
    pub(crate) fn new(parts: Vec<CountPart>) -> Self {
        Self { parts, active: ActiveUsers::default(), counted: tokio::sync::Mutex::new(None) }
    }

    /// The counts and when they were read. Who asks while another one's answer is being read waits for it.
    async fn counts(&self, now: Timestamp) -> Result<(Timestamp, Map<String, Value>), Problem> {
        let mut counted = self.counted.lock().await;
        if let Some((at, counts)) = counted.as_ref()
            && *at <= now
            && now.since(*at) < FRESH
        {
            return Ok((*at, counts.clone()));
        }
        let mut counts = Map::new();
        for part in &self.parts {
            let numbers = (part.read)().await?;
            counts.extend(
                part.counts.iter().zip(numbers).map(|(count, n)| (count.name.to_owned(), json!(n))),
            );
        }
        for (count, span) in ACTIVE.iter().zip([MINUTE, HOUR]) {
            counts.insert(count.name.to_owned(), json!(self.active.within(span, now)));
        }
        *counted = Some((now, counts.clone()));
        Ok((now, counts))
    }
}

/// The counts, each at most ten seconds old.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = admin::Dashboard)]
pub struct DashboardBody {
    /// When they were read.
    #[schema(format = DateTime)]
    at: String,
    #[serde(flatten)]
    #[schema(ignore)]
    counts: Map<String, Value>,
}

/// The effective settings of a program, as JSON; secrets are left out.
#[derive(Debug, Clone)]
pub struct EffectiveSettings(pub Value);

/// The module as the document describes it, without the settings.
pub fn description() -> Module {
    Module {
        tags: &[("dashboard", "Counts and settings, for administrators")],
        routes: |config| {
            config.service(read_dashboard).service(read_settings);
        },
        document: Some(document),
        ..Module::new("dashboard")
    }
}

/// The module: `GET /admin/dashboard` with the counts of all modules, and `GET /admin/settings`.
pub fn module(settings: EffectiveSettings) -> Module {
    description().service(Arc::new(settings))
}

/// The effective settings, by section. Secrets are left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = admin::Settings)]
pub struct SettingsBody {
    /// Each setting by its name, with its value and where that comes from.
    #[schema(value_type = Object)]
    settings: Value,
}

/// Adds the counts of all modules to the schema of the answer.
fn document(document: &mut Value, modules: &[Module]) {
    let schema = document.pointer_mut("/components/schemas/admin.Dashboard");
    let Some(schema) = schema.and_then(Value::as_object_mut) else { return };
    for count in modules.iter().flat_map(|module| module.counts).chain(&ACTIVE) {
        let number = json!({"type": "integer", "format": "int64", "minimum": 0, "description": format!("{}.", count.about)});
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert(count.name.to_owned(), number);
        }
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.push(json!(count.name));
        }
    }
}

/// Read the dashboard
///
/// How much there is of everything, and how many people are there. Read at most every ten seconds, however many
/// ask.
#[utoipa::path(
    tag = "dashboard",
    operation_id = "admin_dashboard",
    responses((status = 200, description = "The counts", body = Envelope<DashboardBody>)),
    extensions(("x-alveole" = json!({"permission": "monitoring:read"})))
)]
#[get("/admin/dashboard")]
pub(crate) async fn read_dashboard(call: Call) -> Answer {
    call.actor()?;
    call.no_query()?;
    let state = call.state();
    let (at, counts) = state.dashboard.counts(state.clock.now()).await?;
    Ok(reply::ok(DashboardBody { at: at.to_string(), counts }))
}

/// Read the settings
///
/// The effective settings of this server, as `alveole config print` prints them. Secrets are left out.
#[utoipa::path(
    tag = "dashboard",
    operation_id = "admin_settings",
    responses((status = 200, description = "The settings", body = Envelope<SettingsBody>)),
    extensions(("x-alveole" = json!({"permission": "monitoring:read"})))
)]
#[get("/admin/settings")]
pub(crate) async fn read_settings(call: Call, settings: Data<EffectiveSettings>) -> Answer {
    call.actor()?;
    call.no_query()?;
    Ok(reply::ok(SettingsBody { settings: settings.0.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(0).expect("1970").plus(Duration::from_secs(seconds))
    }

    fn person(id: i64) -> UserId {
        UserId::parse(id).expect("an id")
    }

    #[test]
    fn people_are_counted_once_and_forgotten_after_an_hour() {
        let active = ActiveUsers::default();
        for (id, second) in [(1, 0), (2, 10), (1, 3590), (3, 3600)] {
            active.note(person(id), at(second));
        }
        assert_eq!(active.within(MINUTE, at(3600)), 2);
        assert_eq!(active.within(HOUR, at(3600)), 3);
        active.note(person(3), at(3611));
        assert_eq!(active.within(HOUR, at(3611)), 2);
        active.note(person(3), at(7300));
        assert_eq!(active.0.lock().expect("not poisoned").last.len(), 1, "they are forgotten");
    }

    #[tokio::test]
    async fn the_stores_count_once_in_ten_seconds() {
        let asked = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let reads = Arc::clone(&asked);
        let part = CountPart::new(&[Count { name: "things_count", about: "Things" }], move || {
            let n = reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            async move { Ok(vec![n]) }
        });
        let dashboard = Dashboard::new(vec![part]);
        for (second, expected) in [(100, 0), (109, 0), (110, 1), (105, 2)] {
            let (_, counts) = dashboard.counts(at(second)).await.expect("counts");
            assert_eq!(counts.get("things_count"), Some(&json!(expected)), "at {second}");
        }
    }
}
