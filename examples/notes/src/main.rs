//! Alveole with notes: `cargo run -- serve`, then open <http://localhost:8080/docs>.

fn main() -> std::process::ExitCode {
    alveole::Program::new().with(notes::extension()).run()
}
