//! `alveole`: see `alveole help`.

/// Measured: a steadier tail under load than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    alveole::Program::new().run()
}
