//! What one person chose: preferences and quiet hours.

use kernel::UserId;
use serde::{Deserialize, Serialize};

use crate::{
    kind::{Category, Kind},
    preferences::{Channel, Mode, Preference, Preferences, Scope},
    quiet::{Day, Minute, QuietHours, Zone},
};

/// The settings of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whose.
    pub owner: UserId,
    /// What they want to hear by which channel.
    pub preferences: Preferences,
    /// When nothing leaves the inbox.
    pub quiet: QuietHours,
}

impl Settings {
    /// Those of someone who chose nothing.
    pub fn of(owner: UserId) -> Self {
        Self { owner, preferences: Preferences::default(), quiet: QuietHours::default() }
    }

    /// As stores keep them.
    pub fn to_json(&self) -> String {
        let Self { owner: _, preferences, quiet } = self;
        let QuietHours { zone, days, from, to } = quiet;
        let kept = Kept {
            preferences: preferences.all().iter().map(KeptPreference::from).collect(),
            zone: zone.as_str().to_owned(),
            days: days.iter().map(|day| day.as_str().to_owned()).collect(),
            from: from.to_string(),
            to: to.to_string(),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// From how stores keep them.
    pub fn from_json(owner: UserId, raw: &str) -> Option<Self> {
        let Kept { preferences, zone, days, from, to } = serde_json::from_str(raw).ok()?;
        let preferences: Option<Vec<_>> = preferences.iter().map(KeptPreference::read).collect();
        let days: Option<Vec<_>> = days.iter().map(|day| Day::parse(day)).collect();
        let quiet = QuietHours {
            zone: Zone::parse(&zone).ok()?,
            days: days?,
            from: Minute::parse(&from).ok()?,
            to: Minute::parse(&to).ok()?,
        };
        Some(Self { owner, preferences: Preferences::of(preferences?), quiet })
    }
}

#[derive(Serialize, Deserialize)]
struct Kept {
    preferences: Vec<KeptPreference>,
    zone: String,
    days: Vec<String>,
    from: String,
    to: String,
}

#[derive(Serialize, Deserialize)]
struct KeptPreference {
    kind: Option<String>,
    category: Option<String>,
    channel: String,
    mode: String,
}

impl From<&Preference> for KeptPreference {
    fn from(preference: &Preference) -> Self {
        let Preference { scope, channel, mode } = preference;
        let (kind, category) = match scope {
            Scope::Kind(kind) => (Some(kind.as_str().to_owned()), None),
            Scope::Category(category) => (None, Some(category.as_str().to_owned())),
            Scope::All => (None, None),
        };
        let (channel, mode) = (channel.as_str().to_owned(), mode.as_str().to_owned());
        Self { kind, category, channel, mode }
    }
}

impl KeptPreference {
    fn read(&self) -> Option<Preference> {
        let scope = match (&self.kind, &self.category) {
            (Some(kind), None) => Scope::Kind(Kind::parse(kind)?),
            (None, Some(category)) => Scope::Category(Category::parse(category)?),
            (None, None) => Scope::All,
            (Some(_), Some(_)) => return None,
        };
        let (channel, mode) = (Channel::parse(&self.channel)?, Mode::parse(&self.mode)?);
        Some(Preference { scope, channel, mode })
    }
}
