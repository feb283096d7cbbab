//! Preferences and quiet hours as clients see and send them.

use notifications::{
    Category, Kind,
    preferences::{Channel, Mode, Preference, Preferences, Scope},
    quiet::{Day, Minute, QuietHours, Zone},
    settings::Settings,
};
use rest::{
    call::Body,
    etag,
    fields::{Fields, Misread, Reason, string, strings},
    problem::Problem,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The most preferences that are told apart.
const MOST: usize = (Kind::ALL.len() + Category::ALL.len() + 1) * Channel::ALL.len();

/// The tag of preferences and of quiet hours: they are kept, and change, as one.
pub fn settings_etag(settings: &Settings) -> String {
    // Another release may know more kinds.
    etag::of(settings.version, &Kind::ALL.len().to_string())
}

/// How a channel brings notifications of a kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = notifications::EffectivePreference)]
pub struct EffectiveBody {
    /// What happened.
    #[schema(example = "task.assigned")]
    pub kind: &'static str,
    /// The category of the kind.
    #[schema(example = "tasks")]
    pub category: &'static str,
    /// The way out of the inbox.
    #[schema(example = "email", pattern = "^(email|sms|webhook)$")]
    pub channel: &'static str,
    /// `on`, `off` or `digest`: several together, some time after the first of them.
    #[schema(example = "on", pattern = "^(on|off|digest)$")]
    pub mode: &'static str,
    /// What decided: your preference about the `kind`, the `category` or the `channel`, or, without one,
    /// the `default` of the kind; by `sms` and `webhook` that is `off`. Nothing changes what is `required`.
    #[schema(example = "default", pattern = "^(kind|category|channel|default|required)$")]
    pub why: &'static str,
}

/// What you chose about a kind, a category, or, with neither, everything.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = notifications::Preference, example = json!({"category": "tasks", "channel": "email", "mode": "off"}))]
pub struct PreferenceBody {
    /// The kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// The category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<&'static str>,
    /// The way out of the inbox.
    #[schema(pattern = "^(email|sms|webhook)$")]
    pub channel: &'static str,
    /// `on`, `off` or, by email only, `digest`: several together, some time after the first of them.
    #[schema(pattern = "^(on|off|digest)$")]
    pub mode: &'static str,
}

/// What you hear by which channel. The inbox has every notification.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = notifications::Preferences)]
pub struct PreferencesBody {
    /// How each channel brings each kind, and why.
    pub effective: Vec<EffectiveBody>,
    /// What you chose. The most specific counts: kind before category before everything.
    pub preferences: Vec<PreferenceBody>,
}

impl From<&Preferences> for PreferencesBody {
    fn from(preferences: &Preferences) -> Self {
        let pairs = Kind::ALL
            .iter()
            .flat_map(|kind| Channel::ALL.iter().map(move |channel| (*kind, *channel)));
        let effective = pairs.map(|(kind, channel)| {
            let effective = preferences.effective(kind, channel);
            EffectiveBody {
                kind: kind.as_str(),
                category: kind.category().as_str(),
                channel: channel.as_str(),
                mode: effective.mode.as_str(),
                why: effective.why.as_str(),
            }
        });
        let chosen = preferences.all().iter().map(|one| {
            let (kind, category) = match one.scope {
                Scope::Kind(kind) => (Some(kind.as_str()), None),
                Scope::Category(category) => (None, Some(category.as_str())),
                Scope::All => (None, None),
            };
            let (channel, mode) = (one.channel.as_str(), one.mode.as_str());
            PreferenceBody { kind, category, channel, mode }
        });
        Self { effective: effective.collect(), preferences: chosen.collect() }
    }
}

/// Preferences: `PUT` replaces all that you chose, `PATCH` adds these to them.
#[derive(Debug, ToSchema)]
#[schema(as = notifications::UpdatePreferences, example = json!({
    "preferences": [{"category": "tasks", "channel": "email", "mode": "off"}]
}))]
pub struct UpdatePreferencesBody {
    /// At most one for each kind, category and channel; of several the last counts.
    pub preferences: Vec<PreferenceBody>,
}

/// Hours in which no email and no text message is sent; they are sent at their end.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = notifications::QuietHours)]
pub struct QuietHoursBody {
    /// Where the hours are meant, by a name of the time zone database.
    #[schema(example = "Europe/Paris")]
    pub zone: &'static str,
    /// The days on which they begin; none: there are no quiet hours.
    #[schema(example = json!(["mon", "tue", "wed", "thu", "fri"]))]
    pub days: Vec<&'static str>,
    /// The first quiet minute.
    #[schema(example = "22:00")]
    pub from: String,
    /// The first minute that is not quiet; when it is not later than `from`, on the next day.
    #[schema(example = "07:00")]
    pub to: String,
}

impl From<&QuietHours> for QuietHoursBody {
    fn from(quiet: &QuietHours) -> Self {
        let QuietHours { zone, days, from, to } = quiet;
        Self {
            zone: zone.as_str(),
            days: days.iter().map(|day| day.as_str()).collect(),
            from: from.to_string(),
            to: to.to_string(),
        }
    }
}

/// Quiet hours; an absent field stays.
#[derive(Debug, ToSchema)]
#[schema(as = notifications::UpdateQuietHours, example = json!({
    "zone": "Europe/Paris", "days": ["mon", "tue", "wed", "thu", "fri"], "from": "22:00", "to": "07:00"
}))]
pub struct UpdateQuietHoursBody {
    /// See `QuietHours`.
    #[schema(nullable = false)]
    pub zone: Option<String>,
    /// See `QuietHours`; empty ends them.
    #[schema(nullable = false)]
    pub days: Option<Vec<String>>,
    /// See `QuietHours`.
    #[schema(nullable = false)]
    pub from: Option<String>,
    /// See `QuietHours`.
    #[schema(nullable = false)]
    pub to: Option<String>,
}

/// The categories whose emails ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = notifications::Unsubscribed)]
pub struct UnsubscribedBody {
    /// There are no more emails about it.
    #[schema(example = "tasks")]
    pub category: &'static str,
    /// Nor about any of these: a digest may be about several.
    #[schema(example = json!(["tasks"]))]
    pub categories: Vec<&'static str>,
}

impl From<Vec<Category>> for UnsubscribedBody {
    fn from(about: Vec<Category>) -> Self {
        let categories: Vec<&'static str> = about.into_iter().map(Category::as_str).collect();
        Self { category: categories.first().copied().unwrap_or_default(), categories }
    }
}

fn one_of<T: Copy>(
    code: &'static str,
    parse: fn(&str) -> Option<T>,
) -> impl Fn(&str) -> Result<T, Reason> {
    move |raw| parse(raw).ok_or_else(|| (code, "is not one that there is".to_owned()))
}

fn minute(raw: &str) -> Result<Minute, Reason> {
    Minute::parse(raw).map_err(|error| ("notifications.time_invalid", error.to_string()))
}

fn zone(raw: &str) -> Result<Zone, Reason> {
    Zone::parse(raw).map_err(|error| ("notifications.zone_unknown", error.to_string()))
}

fn array(value: Value) -> Result<Vec<Value>, Misread> {
    match value {
        Value::Array(items) if items.len() > MOST => Err(Misread::Reason((
            "notifications.too_many_preferences",
            format!("must have at most {MOST} items"),
        ))),
        Value::Array(items) => Ok(items),
        other => Err(Misread::Type("an array", other)),
    }
}

fn preference(fields: &mut Fields) -> Option<Preference> {
    let kind = one_of("notifications.kind_unknown", Kind::parse);
    let kind = fields.optional("kind", string(kind));
    let category = one_of("notifications.category_unknown", Category::parse);
    let category = fields.optional("category", string(category));
    let channel = one_of("notifications.channel_unknown", Channel::parse);
    let channel = fields.required("channel", string(channel));
    let mode = one_of("notifications.mode_unknown", Mode::parse);
    let mode = fields.required("mode", string(mode));
    let scope = match (kind, category) {
        (Some(_), Some(_)) => {
            let message = "cannot stand together with `kind`";
            fields.fault("category", "notifications.kind_and_category", message);
            return None;
        }
        (Some(kind), None) => Scope::Kind(kind),
        (None, Some(category)) => Scope::Category(category),
        (None, None) => Scope::All,
    };
    let (channel, mode) = (channel?, mode?);
    if !channel.brings(mode) {
        let message = "cannot be `digest` by this channel: a text message holds one notification";
        fields.fault("mode", "notifications.no_digest", message);
        return None;
    }
    Some(Preference { scope, channel, mode })
}

/// `PUT` and `PATCH /notifications/preferences`.
pub fn preferences(body: &Body) -> Result<Vec<Preference>, Problem> {
    let mut fields = body.fields()?;
    let mut all = Vec::new();
    let items = fields.required("preferences", array);
    for (place, item) in items.iter().flatten().enumerate() {
        match Fields::nested(item.clone(), format!("/preferences/{place}")) {
            Ok(mut nested) => {
                all.extend(preference(&mut nested));
                fields.faults(nested.close());
            }
            Err(fault) => fields.faults([fault]),
        }
    }
    fields.finish(items.map(|_| all))
}

/// A change of quiet hours.
pub type QuietChange = Box<dyn Fn(&mut QuietHours) + Send>;

/// `PUT` and `PATCH /notifications/quiet-hours`.
pub fn quiet_hours(body: &Body) -> Result<QuietChange, Problem> {
    let mut fields = body.fields()?;
    let zone = fields.keep("zone", string(zone));
    let days = one_of("notifications.day_unknown", Day::parse);
    let days = fields.keep("days", strings(days));
    let from = fields.keep("from", string(minute));
    let to = fields.keep("to", string(minute));
    let change = move |quiet: &mut QuietHours| {
        if let Some(zone) = zone {
            quiet.zone = zone;
        }
        if let Some(days) = &days {
            // In the order of the week, each once.
            quiet.days = Day::ALL.iter().copied().filter(|day| days.contains(day)).collect();
        }
        if let Some(from) = from {
            quiet.from = from;
        }
        if let Some(to) = to {
            quiet.to = to;
        }
    };
    fields.finish(Some(Box::new(change) as QuietChange))
}
