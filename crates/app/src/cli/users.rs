//! `alveole user`: accounts, for the operator of the server.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::{Context as _, anyhow, ensure};
use clap::Subcommand;
use kernel::{DomainError as _, PageRequest, Paging, Role, actor::Origin, page::MAX_LIMIT};
use users::{
    UserError, Users,
    commands::{Administer, Register},
    values::{EmailAddress, Password, PersonName, Status, Username},
};

use super::{emit, runtime};
use crate::{config::Config, program::Program};

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make an account; the password is read from ALVEOLE_PASSWORD or from standard input
    Create {
        /// The username
        #[arg(long)]
        username: String,
        /// The email address
        #[arg(long)]
        email: String,
        /// user, moderator, admin or super_admin
        #[arg(long, default_value = "user")]
        role: String,
    },
    /// List the accounts, oldest first: id, username, email address, role, status, last sign-in
    List,
    /// Change the role of an account
    SetRole {
        /// The username
        username: String,
        /// user, moderator, admin or super_admin
        role: String,
    },
    /// Set a new password, read from ALVEOLE_PASSWORD or from standard input; all sessions end
    SetPassword {
        /// The username
        username: String,
    },
    /// Suspend an account: its sessions end, its tokens and files are closed
    Suspend {
        /// The username
        username: String,
    },
    /// End the suspension of an account
    Reactivate {
        /// The username
        username: String,
    },
    /// Take the second factor from an account whose owner lost device and recovery codes; all its
    /// sessions end
    ResetTwoFactor {
        /// The username
        #[arg(long)]
        username: String,
    },
}

pub(super) fn run(program: &Program, config: &Config, command: &UserCommand) -> anyhow::Result<()> {
    if let UserCommand::Create { username, email, role } = command {
        return create(program, config, username, email, role);
    }
    let wired = program.wire(config)?;
    let users = &wired.services.users;
    runtime()?.block_on(async {
        match command {
            UserCommand::Create { .. } => Ok(()),
            UserCommand::List => list(users).await,
            UserCommand::SetRole { username, role } => {
                let role = Some(self::role(role)?);
                administer(users, username, Administer { role, status: None }).await
            }
            UserCommand::Suspend { username } => {
                let status = Some(Status::Suspended);
                administer(users, username, Administer { role: None, status }).await
            }
            UserCommand::Reactivate { username } => {
                let status = Some(Status::Active);
                administer(users, username, Administer { role: None, status }).await
            }
            UserCommand::SetPassword { username } => {
                let password = Password::parse(&read_password()?).context("the password")?;
                let done = users.set_password_by_operator(&name(username)?, password).await;
                let done = done.map_err(with_fields)?;
                ensure!(done, "there is no user {username:?}");
                emit(&format!("{username} has a new password; all sessions have ended.\n"))
            }
            UserCommand::ResetTwoFactor { username } => {
                let done = users.reset_factor_by_operator(&name(username)?).await?;
                ensure!(done, "there is no user {username:?}");
                emit(&format!("{username} has no second factor now.\n"))
            }
        }
    })
}

/// The error with its faulty fields, which an answer by HTTP would list.
fn with_fields(error: UserError) -> anyhow::Error {
    let fields: Vec<String> =
        error.fields().iter().map(|field| format!("{} {}", field.field, field.message)).collect();
    if fields.is_empty() { error.into() } else { anyhow!(fields.join("; ").replace('/', "")) }
}

fn name(raw: &str) -> anyhow::Result<Username> {
    Username::parse(raw).context("the username")
}

fn role(raw: &str) -> anyhow::Result<Role> {
    Role::parse(raw)
        .with_context(|| format!("{raw:?} is no role: user, moderator, admin or super_admin"))
}

fn create(
    program: &Program,
    config: &Config,
    username: &str,
    email: &str,
    role: &str,
) -> anyhow::Result<()> {
    let role = self::role(role)?;
    let register = Register {
        username: name(username)?,
        email: EmailAddress::parse(email).context("--email")?,
        password: Password::parse(&read_password()?).context("the password")?,
        first_name: PersonName::parse("")?,
        last_name: PersonName::parse("")?,
        origin: Origin::default(),
    };
    let wired = program.wire(config)?;
    wired.db.migrate_up()?;
    let made = runtime()?.block_on(wired.services.users.create_by_operator(register, role));
    let user = made.map_err(with_fields)?;
    let (name, role) = (user.username.as_str(), user.role.as_str());
    emit(&format!("Made user {} ({name}, {role}).\n", user.id))
}

async fn list(users: &Users) -> anyhow::Result<()> {
    emit("id\tusername\temail\trole\tstatus\tlast sign-in\n")?;
    let mut cursor = None;
    loop {
        let page = PageRequest { paging: Paging::Cursor(cursor), limit: MAX_LIMIT };
        let found = users.list_by_operator(page).await?;
        for user in &found.items {
            let last = user.last_login_at.map_or_else(|| "-".to_owned(), |at| at.to_string());
            emit(&format!(
                "{}\t{}\t{}\t{}\t{}\t{last}\n",
                user.id,
                user.username.as_str(),
                user.email.as_str(),
                user.role.as_str(),
                user.status.as_str(),
            ))?;
        }
        cursor = found.next;
        if cursor.is_none() {
            return Ok(());
        }
    }
}

async fn administer(users: &Users, username: &str, change: Administer) -> anyhow::Result<()> {
    let user = users.administer_by_operator(&name(username)?, change).await?;
    let user = user.with_context(|| format!("there is no user {username:?}"))?;
    emit(&format!("{username} is {}, {}.\n", user.role.as_str(), user.status.as_str()))
}

fn read_password() -> anyhow::Result<String> {
    if let Ok(password) = std::env::var("ALVEOLE_PASSWORD") {
        return Ok(password);
    }
    if std::io::stdin().is_terminal() {
        eprintln!("Password (shown as you type):");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("reading the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
