//! The rule and how it changes. Pure: time is an argument.

use std::time::Duration;

use kernel::Timestamp;

use crate::{
    commands::{CreateRule, UpdateRule},
    values::{Condition, Pattern, RuleId, RuleName, Severity, Unit},
};

/// When people are to know of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Assigned by the store.
    pub id: RuleId,
    /// What it says.
    pub content: RuleContent,
    /// The time of its creation.
    pub created_at: Timestamp,
    /// The time of its last change.
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleContent {
    /// What people know it by.
    pub name: RuleName,
    /// The series that it is about, each by itself.
    pub series: Pattern,
    /// When it is broken.
    pub condition: Condition,
    /// The value beyond which it is broken. An anomaly has none.
    pub threshold: f64,
    /// The value that it must come back to.
    pub clear: f64,
    /// For how long it must be broken before it fires.
    pub held_for: Duration,
    /// For how long it must be whole before it is resolved.
    pub clear_for: Duration,
    /// How often people are reminded; none: never.
    pub repeat: Option<Duration>,
    /// How bad it is.
    pub severity: Severity,
    /// False while nothing is evaluated.
    pub enabled: bool,
}

/// The longest time of a rule.
pub const LONGEST: Duration = Duration::from_hours(24 * 7);
/// The shortest time between two reminders.
pub const SHORTEST_REPEAT: Duration = Duration::from_secs(60);

/// Why a rule contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must not be beyond the threshold")]
pub struct ClearError;

impl RuleContent {
    /// Checks what concerns several fields.
    ///
    /// # Errors
    ///
    /// When the rule would be cleared while it is broken.
    pub fn check(&self) -> Result<(), ClearError> {
        match self.condition {
            Condition::Above if self.clear > self.threshold => Err(ClearError),
            Condition::Below if self.clear < self.threshold => Err(ClearError),
            _ => Ok(()),
        }
    }

    /// True when a value breaks the rule. A gap does not.
    pub fn is_broken(&self, value: f32, is_unusual: bool) -> bool {
        let value = f64::from(value);
        match self.condition {
            Condition::Above => value > self.threshold,
            Condition::Below => value < self.threshold,
            Condition::Anomaly => is_unusual,
        }
    }

    /// True when a value clears the rule. A gap does not.
    pub fn is_cleared(&self, value: f32, is_unusual: bool) -> bool {
        let value = f64::from(value);
        match self.condition {
            // Without a distance between the two, whatever does not break the rule clears it.
            Condition::Above => value < self.clear || value <= self.threshold && self.is_flat(),
            Condition::Below => value > self.clear || value >= self.threshold && self.is_flat(),
            Condition::Anomaly => !is_unusual && !value.is_nan(),
        }
    }

    fn is_flat(&self) -> bool {
        self.clear.to_bits() == self.threshold.to_bits()
    }
}

/// A rule that has no id yet.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRule {
    /// What it says.
    pub content: RuleContent,
    /// See [`Rule::created_at`].
    pub created_at: Timestamp,
}

impl NewRule {
    /// A new rule.
    ///
    /// # Errors
    ///
    /// As [`RuleContent::check`].
    pub fn of(command: CreateRule, created_at: Timestamp) -> Result<Self, ClearError> {
        let CreateRule {
            name,
            series,
            condition,
            threshold,
            clear,
            held_for,
            clear_for,
            repeat,
            severity,
            enabled,
        } = command;
        let clear = clear.unwrap_or(threshold);
        let content = RuleContent {
            name,
            series,
            condition,
            threshold,
            clear,
            held_for,
            clear_for,
            repeat,
            severity,
            enabled,
        };
        content.check()?;
        Ok(Self { content, created_at })
    }

    /// The rule that it becomes under its id.
    pub fn stored(&self, id: RuleId) -> Rule {
        let Self { content, created_at } = self.clone();
        Rule { id, content, created_at, updated_at: created_at, version: 1 }
    }
}

impl Rule {
    /// Applies a partial update; false when it changes no field.
    ///
    /// # Errors
    ///
    /// As [`RuleContent::check`]; then nothing changed.
    pub fn update(&mut self, update: &UpdateRule, now: Timestamp) -> Result<bool, ClearError> {
        let UpdateRule {
            name,
            series,
            condition,
            threshold,
            clear,
            held_for,
            clear_for,
            repeat,
            severity,
            enabled,
        } = update;
        let mut content = self.content.clone();
        // A threshold that moves takes along what it is cleared by, where the two are one.
        let was_flat = content.is_flat();
        content.threshold = threshold.unwrap_or(content.threshold);
        content.clear = match clear {
            Some(clear) => *clear,
            None if was_flat => content.threshold,
            None => content.clear,
        };
        if let Some(name) = name {
            content.name = name.clone();
        }
        if let Some(series) = series {
            content.series = series.clone();
        }
        content.condition = condition.unwrap_or(content.condition);
        content.held_for = held_for.unwrap_or(content.held_for);
        content.clear_for = clear_for.unwrap_or(content.clear_for);
        content.severity = severity.unwrap_or(content.severity);
        content.enabled = enabled.unwrap_or(content.enabled);
        repeat.clone().apply(&mut content.repeat);
        content.check()?;
        let changed = content != self.content;
        if changed {
            self.content = content;
            self.updated_at = now;
        }
        Ok(changed)
    }
}

/// How a rule of the first start differs from the others.
struct DefaultRule {
    name: &'static str,
    series: &'static str,
    threshold: f64,
    clear: f64,
    minutes: u64,
    severity: Severity,
}

const DEFAULTS: [DefaultRule; 7] = [
    DefaultRule {
        name: "CPU busy",
        series: "cpu.total",
        threshold: 90.0,
        clear: 80.0,
        minutes: 5,
        severity: Severity::Warning,
    },
    DefaultRule {
        name: "Memory nearly full",
        series: "memory.used_percent",
        threshold: 90.0,
        clear: 85.0,
        minutes: 5,
        severity: Severity::Critical,
    },
    DefaultRule {
        name: "Disk nearly full",
        series: "disk.used_percent",
        threshold: 90.0,
        clear: 88.0,
        minutes: 5,
        severity: Severity::Critical,
    },
    DefaultRule {
        name: "Requests fail",
        series: "http.5xx_percent",
        threshold: 5.0,
        clear: 1.0,
        minutes: 2,
        severity: Severity::Critical,
    },
    DefaultRule {
        name: "Requests slow",
        series: "http.p95",
        threshold: 1.0,
        clear: 0.5,
        minutes: 5,
        severity: Severity::Warning,
    },
    DefaultRule {
        name: "Jobs wait",
        series: "jobs.oldest",
        threshold: 600.0,
        clear: 300.0,
        minutes: 5,
        severity: Severity::Warning,
    },
    DefaultRule {
        name: "Events wait",
        series: "outbox.lag",
        threshold: 300.0,
        clear: 60.0,
        minutes: 5,
        severity: Severity::Warning,
    },
];

/// The rules of the first start. People change and delete them like others.
pub fn defaults() -> Vec<CreateRule> {
    let create = |rule: &DefaultRule| {
        Some(CreateRule {
            name: RuleName::parse(rule.name).ok()?,
            series: Pattern::parse(rule.series).ok()?,
            condition: Condition::Above,
            threshold: rule.threshold,
            clear: Some(rule.clear),
            held_for: Duration::from_mins(rule.minutes),
            clear_for: Duration::from_mins(rule.minutes),
            repeat: Some(Duration::from_hours(4)),
            severity: rule.severity,
            enabled: true,
        })
    };
    DEFAULTS.iter().filter_map(create).collect()
}

/// How the value of a series is written for people: `93.5 %`, `1.2 GB`.
pub fn shown(value: f64, unit: Unit) -> String {
    let short = |value: f64| {
        let text = format!("{value:.1}");
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    };
    let bytes = |value: f64| {
        let units = ["B", "kB", "MB", "GB", "TB"];
        let power = (value.abs().max(1.0).log10() / 3.0).floor().clamp(0.0, 4.0);
        let unit = units.get(power as usize).copied().unwrap_or("B");
        format!("{} {unit}", short(value / 1000_f64.powf(power)))
    };
    match unit {
        Unit::Percent => format!("{} %", short(value)),
        Unit::Bytes => bytes(value),
        Unit::BytesPerSecond => format!("{}/s", bytes(value)),
        Unit::PerSecond => format!("{}/s", short(value)),
        Unit::Seconds if value.abs() < 1.0 => format!("{} ms", short(value * 1000.0)),
        Unit::Seconds => format!("{} s", short(value)),
        Unit::Count => short(value),
    }
}

#[cfg(test)]
mod tests {
    use kernel::Patch;

    use super::*;

    fn rule(create: CreateRule) -> Rule {
        let at = Timestamp::parse("2026-11-25T08:00:00Z").unwrap();
        NewRule::of(create, at).unwrap().stored(RuleId::parse(1).unwrap())
    }

    #[test]
    fn every_default_rule_is_good() {
        assert_eq!(defaults().len(), DEFAULTS.len());
        for create in defaults() {
            rule(create);
        }
    }

    #[test]
    fn what_breaks_a_rule_does_not_clear_it() {
        let mut all = defaults();
        let mut flat = all[0].clone();
        flat.clear = None;
        let mut below = flat.clone();
        below.condition = Condition::Below;
        all.extend([flat.clone(), below]);
        for create in all {
            let content = rule(create).content;
            for value in 0..2000 {
                let value = value as f32 / 2.0;
                assert!(!(content.is_broken(value, false) && content.is_cleared(value, false)));
            }
            assert!(!content.is_broken(f32::NAN, false) && !content.is_cleared(f32::NAN, false));
        }
        let flat = rule(flat).content;
        assert!(flat.is_cleared(90.0, false) && flat.is_broken(90.1, false));
    }

    #[test]
    fn a_clear_beyond_the_threshold_is_refused() {
        let mut create = defaults().remove(0);
        create.clear = Some(91.0);
        let at = Timestamp::parse("2026-11-25T08:00:00Z").unwrap();
        assert_eq!(NewRule::of(create.clone(), at), Err(ClearError));
        create.condition = Condition::Below;
        create.clear = Some(89.0);
        assert_eq!(NewRule::of(create, at), Err(ClearError));
    }

    #[test]
    fn an_update_changes_what_it_names() {
        let mut create = defaults().remove(0);
        create.clear = None;
        let mut flat = rule(create);
        let later = flat.created_at.plus(Duration::from_secs(5));
        let update = UpdateRule { threshold: Some(50.0), ..UpdateRule::default() };
        assert_eq!(flat.update(&update, later), Ok(true));
        assert!((flat.content.clear - 50.0).abs() < 0.1, "it moves along");
        assert_eq!(flat.update(&update, later), Ok(false));
        let update = UpdateRule { repeat: Patch::Clear, ..UpdateRule::default() };
        assert_eq!(flat.update(&update, later), Ok(true));
        assert_eq!(flat.content.repeat, None);
        let before = flat.clone();
        let update = UpdateRule { clear: Some(51.0), ..UpdateRule::default() };
        assert_eq!(flat.update(&update, later), Err(ClearError));
        assert_eq!(flat, before);
    }

    #[test]
    fn values_are_written_for_people() {
        assert_eq!(shown(93.46, Unit::Percent), "93.5 %");
        assert_eq!(shown(1_234_567.0, Unit::Bytes), "1.2 MB");
        assert_eq!(shown(0.25, Unit::Seconds), "250 ms");
        assert_eq!(shown(600.0, Unit::Seconds), "600 s");
        assert_eq!(shown(0.0, Unit::BytesPerSecond), "0 B/s");
        assert_eq!(shown(12.0, Unit::Count), "12");
    }
}
