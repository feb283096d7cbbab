//! What `--help` says besides the names of commands and options: examples, environment variables and
//! exit codes.

use clap::Command;

/// Each command has at least one. They stand in the help of the command, and a test parses them.
const EXAMPLES: [&str; 40] = [
    "alveole serve",
    "alveole serve --set server.port=9000",
    "alveole serve --set webhooks.allow_networks=10.0.0.0/8",
    "alveole worker --config /etc/alveole/alveole.yaml",
    "alveole migrate up",
    "alveole migrate status",
    "alveole migrate down --steps 2 --yes",
    "alveole openapi",
    "alveole problems",
    "alveole user create --username root --email root@example.org --role super_admin",
    "alveole user list",
    "alveole user set-role ada moderator",
    "alveole user set-password ada",
    "alveole user suspend ada",
    "alveole user reactivate ada",
    "alveole user reset-two-factor --username ada",
    "alveole audit verify",
    "alveole audit export --to audit.jsonl --from 2026-01-01",
    "alveole files verify",
    "alveole files collect",
    "alveole events list --consumer flows.forget_user",
    "alveole events list --consumer webhooks.dispatch",
    "alveole events retry flows.forget_user",
    "alveole events retry webhooks.dispatch",
    "alveole events renew",
    "alveole schedules list",
    "alveole schedules run tasks.purge",
    "alveole keys list",
    "alveole keys generate",
    "alveole keys promote KID",
    "alveole keys retire KID",
    "alveole keys rotate",
    "alveole keys export",
    "alveole seed --users 50 --tasks 1000 --products 500 --files 200",
    "alveole backup",
    "alveole backup /media/safe/alveole.tar --with-secrets",
    "alveole restore data/backups/alveole-20261123T023000.000000Z.tar",
    "alveole restore alveole.tar --replace",
    "alveole restore /media/safe/alveole.tar --config /etc/alveole/alveole.yaml",
    "alveole healthcheck",
];

/// Two examples of a command that has none but its parts.
const CONFIG: [&str; 2] = ["alveole config check", "alveole --set log.level=debug config print"];

/// Variables that settings are read from, for commands that read settings.
const SETTINGS: &str = "Environment variables:
  ALVEOLE__<SECTION>__<NAME>  A setting: ALVEOLE__SERVER__PORT is server.port; it goes before the file, --set
                              before it. A file .env in this folder is read, too
  DATABASE_URL, PORT, JWT_SECRET, REDIS_URL
                              Short for database.url, server.port, auth.jwt_secret and redis.url";

/// Variables of single commands.
const VARIABLES: [(&str, &str); 4] = [
    ("alveole serve", ADMINISTRATOR),
    ("alveole user create", PASSWORD),
    ("alveole user set-password", PASSWORD),
    ("alveole user", PASSWORD),
];
const ADMINISTRATOR: &str = "  ALVEOLE_ADMIN_EMAIL, ALVEOLE_ADMIN_PASSWORD
                              The super_admin that the first start on an empty database makes";
const PASSWORD: &str =
    "  ALVEOLE_PASSWORD            The password; without it, it is read from standard input";

/// Those that read no settings.
const PLAIN: [&str; 2] = ["alveole openapi", "alveole problems"];

/// Exit codes that mean more than failure.
const CODES: [(&str, &str); 6] = [
    ("alveole backup", "nothing was written; standard error says why"),
    (
        "alveole restore",
        "the archive is damaged, or nothing may be replaced; standard error says why",
    ),
    ("alveole audit verify", "the trail has a flaw, or could not be read"),
    ("alveole files verify", "a content is missing or changed"),
    ("alveole config check", "a setting is wrong"),
    ("alveole healthcheck", "the server is not ready, or does not answer"),
];

/// The command line with all of it.
pub(super) fn completed(command: Command) -> Command {
    let root = "Examples:
  alveole serve
  alveole user create --username root --email root@example.org --role super_admin
  alveole config check";
    let text = format!("{root}\n\n{SETTINGS}\n\n{}", codes("alveole"));
    command.after_help(text).mut_subcommands(|part| described(part, "alveole"))
}

fn described(command: Command, above: &str) -> Command {
    let path = format!("{above} {}", command.get_name());
    let mut parts = Vec::new();
    let examples: Vec<String> = examples(&path).map(|line| format!("  {line}")).collect();
    if !examples.is_empty() {
        parts.push(format!("Examples:\n{}", examples.join("\n")));
    }
    if !PLAIN.contains(&path.as_str()) {
        let own = VARIABLES.iter().find(|(name, _)| *name == path);
        parts.push(own.map_or(SETTINGS.to_owned(), |(_, own)| format!("{SETTINGS}\n{own}")));
    }
    parts.push(codes(&path));
    command.after_help(parts.join("\n\n")).mut_subcommands(|part| described(part, &path))
}

/// The examples of a command and of its parts.
fn examples(path: &str) -> impl Iterator<Item = &'static str> {
    let is_it = move |line: &&str| {
        let plain = line.replace("--set log.level=debug ", "");
        plain.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    EXAMPLES.into_iter().chain(CONFIG).filter(is_it)
}

fn codes(path: &str) -> String {
    let failed = CODES.iter().find(|(name, _)| *name == path);
    let failed = failed.map_or("it failed; standard error says why", |(_, meaning)| meaning);
    format!("Exit codes:\n  0  done\n  1  {failed}\n  2  the command line is wrong")
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::{super::Cli, *};

    /// Every command without parts, by its words.
    fn leaves(command: &Command, above: &str, found: &mut Vec<(String, String)>) {
        for part in command.get_subcommands() {
            let path = format!("{above} {}", part.get_name());
            if part.has_subcommands() {
                leaves(part, &path, found);
            } else {
                found.push((path, part.clone().render_help().to_string()));
            }
        }
    }

    #[test]
    fn every_command_has_an_example_and_exit_codes() {
        let mut found = Vec::new();
        leaves(&completed(Cli::command()), "alveole", &mut found);
        assert!(found.len() > 25, "{found:?}");
        for (path, help) in found {
            assert!(
                help.contains(&format!("  {path}")) || path.contains("config"),
                "{path}: {help}"
            );
            assert!(help.contains("Examples:") && help.contains("Exit codes:"), "{path}: {help}");
            let plain = PLAIN.contains(&path.as_str());
            assert_ne!(help.contains("Environment variables:"), plain, "{path}: {help}");
        }
    }

    #[test]
    fn the_examples_are_command_lines() {
        for line in EXAMPLES.into_iter().chain(CONFIG) {
            let matches = completed(Cli::command()).try_get_matches_from(line.split(' '));
            let parsed = matches.and_then(|matches| Cli::from_arg_matches(&matches));
            assert!(parsed.is_ok(), "{line}: {:?}", parsed.err());
        }
    }

    #[test]
    fn the_help_of_the_program_names_variables_and_exit_codes() {
        let help = completed(Cli::command()).render_help().to_string();
        for word in ["Examples:", "DATABASE_URL", "ALVEOLE__<SECTION>__<NAME>", "Exit codes:"] {
            assert!(help.contains(word), "{word}: {help}");
        }
    }
}
