//! What a replica takes on disk (M3).

use monitoring::row::{Cell, Row};

/// Numbers that look like chance and are the same each time.
fn dice(state: &mut u64) -> f32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 40) as f32 / 16_777_216.0
}

/// Rows that are kept: a week of minutes, 90 days of ten minutes, two years of hours.
const ROWS: usize = 7 * 1440 + 90 * 144 + 730 * 24;
/// What SQLite adds to a row, measured: keys, headers, and pages that are not full.
const AROUND: usize = 110;

/// 62 series of which two thirds change all the time. Of the usual ones many are flat for hours: swap, steal, jobs that
/// died, sockets at night.
#[test]
fn m3_two_years_of_a_busy_replica_are_below_30_mib() {
    let mut state = 7;
    let mut bytes = 0;
    for _ in 0..1000 {
        let cells = (0..62).map(|place| {
            if place % 3 == 0 {
                return Cell::of(0.0);
            }
            let mean = dice(&mut state) * 100.0;
            Cell { min: mean / 2.0, mean, max: mean * 2.0 }
        });
        bytes += Row { samples: 12, cells: cells.collect() }.pack().len();
    }
    let mib = (bytes / 1000 + AROUND) as f64 * ROWS as f64 / 1_048_576.0;
    // And the means of minutes that say what is usual: 16 series, four weeks.
    let usual = (16 * 122 + AROUND) as f64 * 672.0 / 1_048_576.0;
    assert!(mib + usual < 30.0, "{mib} + {usual} MiB");
}
