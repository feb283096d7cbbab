//! The anomaly rule over simulated time (M6): a daily and a weekly cycle, noise that is correlated, and peaks in one
//! minute of a hundred.

use monitoring::{
    series::effect,
    usual::{Turn, Usual, Watch, hour_of_week},
};

/// Minutes of a week.
const WEEK: i64 = 7 * 1440;
/// A Monday at midnight UTC, in minutes since 1970.
const MONDAY: i64 = 4 * 1440;

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn part(&mut self) -> f32 {
        // SplitMix64: the low quality of a plain congruence makes peaks that follow one another.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = mixed ^ (mixed >> 31);
        (mixed >> 40) as f32 / 16_777_216.0
    }

    /// About normal, with a standard deviation of one.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.part()).sum::<f32>() - 6.0
    }
}

/// A machine whose load follows the day and the week.
struct Load {
    dice: Dice,
    noise: f32,
}

impl Load {
    fn new(seed: u64) -> Self {
        Self { dice: Dice(seed), noise: 0.0 }
    }

    /// The mean of a minute, in percent.
    fn minute(&mut self, minute: i64) -> f32 {
        let hour = (minute.rem_euclid(1440)) as f32 / 60.0;
        let day = minute.div_euclid(1440).rem_euclid(7);
        let weekend = if day >= 5 { 0.5 } else { 1.0 };
        let cycle = 25.0 + 15.0 * weekend * ((hour - 9.0) / 24.0 * std::f32::consts::TAU).sin();
        self.noise = 0.9 * self.noise + 0.8 * self.dice.normal();
        let peak = if self.dice.part() < 0.01 { 30.0 * self.dice.part() } else { 0.0 };
        (cycle + self.noise + peak).clamp(0.0, 100.0)
    }
}

/// What the program keeps: the unflagged minutes of four weeks, by hour.
struct Keeper {
    hours: Vec<Vec<f32>>,
    usual: Option<Usual>,
    watch: Watch,
}

impl Keeper {
    fn new() -> Self {
        Self { hours: Vec::new(), usual: None, watch: Watch::default() }
    }

    fn minute(&mut self, minute: i64, value: f32) -> Turn {
        let effect = effect("cpu.total").unwrap();
        if minute.rem_euclid(60) == 0 {
            let now = self.hours.len();
            let weeks = (1..=4).filter_map(|week| now.checked_sub(week * 168));
            let all: Vec<f32> = weeks.flat_map(|hour| self.hours[hour].clone()).collect();
            self.usual = Usual::of(all);
            self.hours.push(Vec::new());
        }
        let usual = self.usual.or_else(|| self.watch.recent());
        let is_unusual = usual.map(|usual| usual.is_unusual(value, effect));
        if is_unusual != Some(true) {
            self.watch.learn(value);
            self.hours.last_mut().unwrap().push(value);
        }
        self.watch.turn(is_unusual)
    }
}

#[test]
fn m6_a_simulated_year_has_no_false_anomaly_once_four_weeks_are_known() {
    let (mut load, mut keeper, mut episodes) = (Load::new(1), Keeper::new(), Vec::new());
    for minute in MONDAY..MONDAY + 52 * WEEK {
        let turn = keeper.minute(minute, load.minute(minute - MONDAY));
        if turn == Turn::Begins && minute > MONDAY + 4 * WEEK {
            episodes.push(minute);
        }
    }
    assert_eq!(episodes, [0_i64; 0]);
}

#[test]
fn m6_a_step_of_fifteen_points_is_found_within_eight_minutes() {
    let mut late = Vec::new();
    for seed in 0..12_u64 {
        let (mut load, mut keeper) = (Load::new(seed), Keeper::new());
        let step = MONDAY + 5 * WEEK + (seed as i64) * 811;
        let mut found = None;
        for minute in MONDAY..step + 60 {
            let more = if minute >= step { 15.0 } else { 0.0 };
            let turn = keeper.minute(minute, load.minute(minute - MONDAY) + more);
            if turn == Turn::Begins && minute >= step && found.is_none() {
                found = Some(minute - step + 1);
            }
        }
        late.push(found.unwrap_or(99));
    }
    late.sort_unstable();
    assert!(late[0] >= 3, "three minutes in a row: {late:?}");
    assert!(late[late.len() / 2] <= 8, "{late:?}");
}

#[test]
fn the_label_says_the_hour_that_the_baseline_is_of() {
    assert_eq!(hour_of_week(MONDAY * 60), 0);
    assert_eq!(monitoring::usual::label(hour_of_week((MONDAY + 9 * 60) * 60)), "Mondays 9–10 h");
}
