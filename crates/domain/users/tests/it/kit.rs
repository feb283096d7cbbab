//! The memory adapter, on which everything here stands, keeps this room's promises.

use memory::MemoryDb;
use users::kit::{CASES, Fixture};

#[test]
fn the_memory_adapter_keeps_every_promise() {
    for case in CASES {
        println(case.name);
        pollster::block_on((case.run)(Fixture { work: MemoryDb::new() }));
    }
}

/// Names the case that is running, for when it panics.
#[expect(clippy::disallowed_macros, reason = "tests may print")]
fn println(name: &str) {
    println!("{name}");
}

#[test]
fn every_case_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<&str> = CASES.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), CASES.len());
}
