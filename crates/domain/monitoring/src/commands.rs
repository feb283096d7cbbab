//! What callers can ask for, made of parsed values only.

use std::time::Duration;

use kernel::{Patch, Timestamp};

use crate::values::{Condition, Pattern, RuleName, Severity};

/// A new rule.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each field is the rule's field of that name")]
pub struct CreateRule {
    pub name: RuleName,
    pub series: Pattern,
    pub condition: Condition,
    pub threshold: f64,
    /// The threshold, when absent.
    pub clear: Option<f64>,
    pub held_for: Duration,
    pub clear_for: Duration,
    pub repeat: Option<Duration>,
    pub severity: Severity,
    pub enabled: bool,
}

/// A partial update: `None` keeps a field.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(missing_docs, reason = "each field is the rule's field of that name")]
pub struct UpdateRule {
    pub name: Option<RuleName>,
    pub series: Option<Pattern>,
    pub condition: Option<Condition>,
    pub threshold: Option<f64>,
    pub clear: Option<f64>,
    pub held_for: Option<Duration>,
    pub clear_for: Option<Duration>,
    pub repeat: Patch<Duration>,
    pub severity: Option<Severity>,
    pub enabled: Option<bool>,
}

/// Which stretch of which series is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadMetrics {
    /// From this moment on.
    pub from: Timestamp,
    /// Before this one.
    pub to: Timestamp,
    /// The shortest step that is wanted; none: as fine as 600 points allow.
    pub step: Option<Duration>,
    /// The series; none: all.
    pub series: Vec<Pattern>,
}
