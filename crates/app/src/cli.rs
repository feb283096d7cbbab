//! The command line.

mod audit;
mod backup;
mod events;
mod help;
mod schedules;
mod users;

use std::{
    io::{self, ErrorKind, IsTerminal as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use ::users::service::KeyCheck;
use anyhow::{Context as _, bail};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use adapter_diesel::Db;

use crate::{
    config::Config,
    keys::{self, KeysCommand},
    modules::DomainCommand,
    program::Program,
    seed, serve, telemetry, wire,
};

/// An all-in-one backend: accounts, tasks, files and products behind one typed REST API.
#[derive(Debug, Parser)]
#[command(name = "alveole", version, arg_required_else_help = true)]
struct Cli {
    /// Read settings from this file instead of ./alveole.yaml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Override a setting, for example --set server.port=9000
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API
    Serve,
    /// Run the background work only, without HTTP
    Worker,
    /// Change the database's schema
    Migrate {
        #[command(subcommand)]
        direction: Migrate,
    },
    /// Print the OpenAPI document
    Openapi,
    /// Print the table of problem codes
    Problems,
    /// Manage accounts
    User {
        #[command(subcommand)]
        command: users::UserCommand,
    },
    /// Verify and export the audit trail
    Audit {
        #[command(subcommand)]
        command: audit::AuditCommand,
    },
    #[command(flatten)]
    Domain(DomainCommand),
    /// List the events that a consumer could not handle, and retry them
    Events {
        #[command(subcommand)]
        command: events::EventsCommand,
    },
    /// List and run what is enqueued by itself, such as recurring maintenance
    #[command(alias = "chores")]
    Schedules {
        #[command(subcommand)]
        command: schedules::SchedulesCommand,
    },
    /// Manage the keys that sign access tokens (auth.algorithm: eddsa)
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Add sample data; what is there already is not added again
    Seed {
        #[command(flatten)]
        amounts: seed::Amounts,
    },
    /// Copy the database and the files of this machine into one archive while they are in use, and check it
    Backup {
        #[command(flatten)]
        args: backup::BackupArgs,
    },
    /// Check a back-up and put it back; the server must be stopped
    Restore {
        #[command(flatten)]
        args: backup::RestoreArgs,
    },
    /// Look at the settings
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Ask a running server on this machine whether it is ready; exit 0 if it is
    Healthcheck,
}

#[derive(Debug, Subcommand)]
enum Migrate {
    /// Apply what is missing
    Up,
    /// Take the last migrations back, and what their tables hold
    Down {
        /// How many
        #[arg(long, default_value_t = 1)]
        steps: u32,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Say which are applied
    Status,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check the settings; exit 0 if they are right
    Check,
    /// Print the effective settings, secrets left out
    Print,
}

/// Runs the program.
pub fn run(program: &Program) -> ExitCode {
    let command = help::completed(Cli::command());
    match command.try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => match execute(program, &cli) {
            Ok(code) => code,
            Err(error) => {
                eprintln!("alveole: {error:#}");
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            let _ = error.print();
            if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
        }
    }
}

fn execute(program: &Program, cli: &Cli) -> anyhow::Result<ExitCode> {
    program.check()?;
    match &cli.command {
        Command::Openapi => {
            emit(&program.describe()?.0)?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Problems => {
            emit(&program.describe()?.1.markdown())?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Audit { command } => {
            if let Some(code) = audit::without_database(command)? {
                return Ok(code);
            }
        }
        _ => {}
    }
    // A .env file is for development; what the environment says goes before it.
    let _ = dotenvy::dotenv();
    let config = load(program, cli)?;
    match &cli.command {
        Command::Config { command: ConfigCommand::Check } => {
            let known = wire::known_key(&config)?;
            anyhow::ensure!(known != Some(KeyCheck::Different), serve::DIFFERENT_KEY);
            println!("The settings are right.");
            return Ok(ExitCode::SUCCESS);
        }
        Command::Config { command: ConfigCommand::Print } => {
            emit(&format!("{}\n", config.effective()))?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Healthcheck => return Ok(healthcheck(&config)),
        Command::Keys { command } => {
            keys::run(&config, command)?;
            return Ok(ExitCode::SUCCESS);
        }
        _ => {}
    }
    // Its end sends the last spans.
    let _export = telemetry::init(&config.log, &config.telemetry)?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    match &cli.command {
        Command::Serve => serve::serve(program, config)?,
        Command::Worker => serve::work(program, config)?,
        Command::Migrate { direction } => migrate(program, &config, direction)?,
        Command::User { command } => users::run(program, &config, command)?,
        Command::Audit { command } => return audit::run(program, &config, command),
        Command::Domain(command) => return command.run(program, &config),
        Command::Events { command } => return events::run(program, &config, command),
        Command::Schedules { command } => return schedules::run(program, &config, command),
        Command::Seed { amounts } => seed::run(program, &config, *amounts)?,
        Command::Backup { args } => return backup::make(program, &config, args),
        Command::Restore { args } => return backup::restore(&config, args),
        _ => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn load(program: &Program, cli: &Cli) -> anyhow::Result<Config> {
    let mut flags = Vec::new();
    for pair in &cli.set {
        let Some((key, value)) = pair.split_once('=') else {
            bail!("--set takes KEY=VALUE, for example server.port=9000, not {pair:?}");
        };
        flags.push((key.to_owned(), value.to_owned()));
    }
    let directory = std::env::current_dir().context("the working directory")?;
    // Variables that are no text are none of ours.
    let env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let own = program.settings();
    Ok(Config::load_with(&own, cli.config.as_deref(), &flags, env, &directory)?)
}

fn migrate(program: &Program, config: &Config, direction: &Migrate) -> anyhow::Result<()> {
    let db = program.open(config)?;
    match direction {
        Migrate::Up => {
            for name in db.migrate_up()? {
                println!("applied {name}");
            }
        }
        Migrate::Down { steps, yes } => {
            if !yes {
                confirm_down(&db, *steps)?;
            }
            for name in db.migrate_down(*steps)? {
                println!("took back {name}");
            }
        }
        Migrate::Status => {}
    }
    for (name, applied) in db.migrate_status()? {
        println!("{} {name}", if applied { "[x]" } else { "[ ]" });
    }
    Ok(())
}

/// Asks before data is lost.
fn confirm_down(db: &Db, steps: u32) -> anyhow::Result<()> {
    let applied = db.migrate_status()?.into_iter().rev().filter(|(_, applied)| *applied);
    let names: Vec<String> = applied.take(steps as usize).map(|(name, _)| name).collect();
    if names.is_empty() {
        return Ok(());
    }
    let names = names.join(", ");
    if !io::stdin().is_terminal() {
        bail!("this would take back {names} and what their tables hold; --yes does it");
    }
    eprint!("Take back {names} and what their tables hold? Type yes: ");
    let mut line = String::new();
    io::stdin().read_line(&mut line).context("reading the answer")?;
    if line.trim() != "yes" {
        bail!("nothing was taken back");
    }
    Ok(())
}

/// Writes to standard output. A reader that has seen enough (`alveole problems | head`) is no error.
fn emit(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("writing to standard output"),
    }
}

/// A runtime for one command.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("starting the runtime")
}

/// Asks `/ready` over a plain socket, so that the image needs no other tool.
fn healthcheck(config: &Config) -> ExitCode {
    use std::{io::Read as _, io::Write as _, net::TcpStream, time::Duration};
    let ask = || -> std::io::Result<bool> {
        let host = if config.server.host == "0.0.0.0" { "127.0.0.1" } else { &config.server.host };
        let mut stream = TcpStream::connect((host, config.server.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(3)))?;
        stream.write_all(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut head = [0_u8; 12];
        stream.read_exact(&mut head)?;
        Ok(head.ends_with(b" 200"))
    };
    match ask() {
        Ok(true) => {
            println!("ready");
            ExitCode::SUCCESS
        }
        Ok(false) => {
            eprintln!("not ready");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("no answer: {error}");
            ExitCode::FAILURE
        }
    }
}
