//! Runs the kits of the rooms on this store.

fn main() {}
