//! What is usual for an hour of the week, and what is not. Pure.

use std::collections::VecDeque;

use crate::series::Effect;

/// Hours of a week.
pub const HOURS: i64 = 168;
/// How far back a baseline looks, in hours: four weeks.
pub const BACK_HOURS: i64 = 4 * HOURS;
/// Minutes that stand for what is usual before there is a week to look back on.
pub const RECENT: usize = 360;
/// The fewest minutes that say what is usual.
const FEWEST: usize = 60;
/// How many deviations from the median are too many.
const SCORE: f32 = 6.0;
/// The median absolute deviation of a normal distribution, in standard deviations.
const NORMAL: f32 = 0.6745;
/// Minutes in a row that make an anomaly, and that end one.
const RUNNING: u8 = 3;
/// An anomaly that goes on for so many minutes is what is usual from then on.
const ACCEPTED: u16 = 1440;

/// The hour of the week that a moment lies in, from Monday at midnight UTC.
pub const fn hour_of_week(seconds: i64) -> i64 {
    // 1970-01-01 was a Thursday.
    (seconds.div_euclid(3600) + 3 * 24).rem_euclid(HOURS)
}

/// What is usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    /// The median.
    pub median: f32,
    /// The median absolute deviation from it.
    pub mad: f32,
}

/// The middle of these values, which are put in order.
fn middle(values: &mut [f32]) -> Option<f32> {
    let half = values.len() / 2;
    if half >= values.len() {
        return None;
    }
    let upper = *values.select_nth_unstable_by(half, f32::total_cmp).1;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = values.get(..half)?.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    Some(f32::midpoint(lower, upper))
}

impl Usual {
    /// Of the means of minutes; none when they are too few. Gaps do not count.
    pub fn of(minutes: impl IntoIterator<Item = f32>) -> Option<Self> {
        let mut values: Vec<f32> = minutes.into_iter().filter(|value| !value.is_nan()).collect();
        if values.len() < FEWEST {
            return None;
        }
        let median = middle(&mut values)?;
        for value in &mut values {
            *value = (*value - median).abs();
        }
        Some(Self { median, mad: middle(&mut values)? })
    }

    /// How far from the median a value must be to be unusual.
    fn distance(self, effect: Effect) -> f32 {
        let by_score = SCORE * self.mad.max(effect.floor) / NORMAL;
        by_score.max(effect.least).max(effect.share * self.median.abs())
    }

    /// The values between which nothing is unusual.
    pub fn band(self, effect: Effect) -> (f32, f32) {
        let distance = self.distance(effect);
        (self.median - distance, self.median + distance)
    }

    /// True when the mean of a minute is that far away. A gap is not.
    pub fn is_unusual(self, minute: f32, effect: Effect) -> bool {
        (minute - self.median).abs() >= self.distance(effect)
    }
}

/// What a minute changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// An anomaly begins.
    Begins,
    /// It ends.
    Ends,
    /// Nothing.
    Stays,
}

/// One series that is watched: minutes that count, and whether an anomaly goes on.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    recent: VecDeque<f32>,
    /// Minutes in a row that say the opposite of `active`.
    against: u8,
    active: bool,
    /// Minutes that the anomaly has gone on for.
    active_for: u16,
}

impl Watch {
    /// Whether an anomaly goes on.
    pub const fn is_active(&self) -> bool {
        self.active
    }

    /// Of the last hours, where there are no weeks.
    pub fn recent(&self) -> Option<Usual> {
        Usual::of(self.recent.iter().copied())
    }

    /// True when an anomaly has gone on for so long that it is what is usual.
    pub const fn is_accepted(&self) -> bool {
        self.active_for >= ACCEPTED
    }

    /// Adds a minute that says what is usual. A flagged one does not.
    pub fn learn(&mut self, minute: f32) {
        if minute.is_nan() {
            return;
        }
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(minute);
    }

    /// What the next minute does, given whether it is unusual; none when it was not measured.
    pub const fn turn(&mut self, is_unusual: Option<bool>) -> Turn {
        let Some(is_unusual) = is_unusual else { return Turn::Stays };
        self.active_for = if self.active { self.active_for.saturating_add(1) } else { 0 };
        if is_unusual == self.active {
            self.against = 0;
            return Turn::Stays;
        }
        self.against += 1;
        if self.against < RUNNING {
            return Turn::Stays;
        }
        self.against = 0;
        self.active = is_unusual;
        if is_unusual { Turn::Begins } else { Turn::Ends }
    }
}

/// The names of the days that hours of the week belong to, from Monday.
pub const DAYS: [&str; 7] =
    ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

/// `Mondays 9–10 h`, in UTC.
pub fn label(hour: i64) -> String {
    let day = usize::try_from(hour.rem_euclid(HOURS) / 24).unwrap_or(0);
    let day = DAYS.get(day).copied().unwrap_or_default();
    let hour = hour.rem_euclid(24);
    format!("{day} {hour}\u{2013}{} h", hour + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINTS: Effect = Effect { floor: 1.0, least: 10.0, share: 0.0 };

    #[test]
    fn the_week_begins_on_monday() {
        assert_eq!(hour_of_week(0), 3 * 24);
        // 2026-11-23T09:30:00Z, a Monday.
        assert_eq!(hour_of_week(1_795_426_200), 9);
        assert_eq!(label(9), "Mondays 9–10 h");
        assert_eq!(label(167), "Sundays 23–24 h");
        assert_eq!(hour_of_week(-3600), 3 * 24 - 1);
    }

    #[test]
    fn median_and_deviation_are_those_of_the_middle() {
        let minutes = (0..101).map(|value| value as f32);
        assert_eq!(Usual::of(minutes), Some(Usual { median: 50.0, mad: 25.0 }));
        let even = (0..100).map(|value| value as f32);
        assert_eq!(Usual::of(even), Some(Usual { median: 49.5, mad: 25.0 }));
        assert_eq!(Usual::of((0..59).map(|_| 1.0)), None, "too few");
        let gaps = (0..200).map(|value| if value % 2 == 0 { f32::NAN } else { 7.0 });
        assert_eq!(Usual::of(gaps), Some(Usual { median: 7.0, mad: 0.0 }));
    }

    #[test]
    fn a_small_effect_is_never_unusual() {
        let usual = Usual { median: 30.0, mad: 0.1 };
        assert!(!usual.is_unusual(39.9, POINTS) && usual.is_unusual(40.0, POINTS));
        assert!(usual.is_unusual(20.0, POINTS) && !usual.is_unusual(f32::NAN, POINTS));
        let noisy = Usual { median: 30.0, mad: 3.0 };
        assert!(!noisy.is_unusual(56.0, POINTS) && noisy.is_unusual(57.0, POINTS));
        let share = Effect { floor: 0.1, least: 1.0, share: 0.2 };
        let usual = Usual { median: 1000.0, mad: 1.0 };
        assert!(!usual.is_unusual(1199.0, share) && usual.is_unusual(1200.0, share));
    }

    #[test]
    fn three_minutes_in_a_row_begin_and_end_an_anomaly() {
        let mut watch = Watch::default();
        let mut said = Vec::new();
        for minute in [true, true, false, true, true, true, false, true, false, false, false] {
            said.push(watch.turn(Some(minute)));
        }
        let begins: Vec<usize> =
            said.iter().enumerate().filter(|(_, t)| **t == Turn::Begins).map(|(i, _)| i).collect();
        let ends: Vec<usize> =
            said.iter().enumerate().filter(|(_, t)| **t == Turn::Ends).map(|(i, _)| i).collect();
        assert_eq!((begins, ends), (vec![5], vec![10]));
        assert_eq!(watch.turn(None), Turn::Stays);
    }
}
