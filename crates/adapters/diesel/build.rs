//! `embed_migrations!` reads folders that cargo does not know of.
#![expect(clippy::disallowed_macros, reason = "this is how a build script speaks to cargo")]

fn main() {
    println!("cargo:rerun-if-changed=../../../migrations/sqlite");
    println!("cargo:rerun-if-changed=../../../migrations/postgres");
}
