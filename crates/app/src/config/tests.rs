use std::{collections::BTreeSet, fs, path::Path};

use kernel::Role;
use serde_json::Value;

use super::*;

fn load(flags: &[(&str, &str)], env: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    };
    Config::load(None, &own(flags), own(env).into_iter(), Path::new("/nonexistent"))
}

fn faults(flags: &[(&str, &str)], env: &[(&str, &str)]) -> Vec<String> {
    load(flags, env).err().map(|error| error.faults).unwrap_or_default()
}

#[test]
fn nothing_needs_to_be_set_in_development() {
    let config = load(&[], &[]).unwrap();
    assert_eq!(config.server.port, 8080);
    assert_eq!(config.server.host, "127.0.0.1");
    assert_eq!(config.database.url, "sqlite://./data/alveole.db");
    assert_eq!(config.rate_limit.auth, Quota::parse("10/min").unwrap());
}

#[test]
fn later_layers_go_before_earlier_ones() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alveole.yaml");
    fs::write(&file, "server:\n  port: 1\n  drain_seconds: 7\nrate_limit:\n  anon: 5/s\n").unwrap();
    let none: [(String, String); 0] = [];
    let port = |env: &[(&str, &str)], flags: &[(String, String)]| {
        let env: Vec<_> = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let config = Config::load(None, flags, env.into_iter(), folder.path()).unwrap();
        assert_eq!(config.server.drain_seconds, 7);
        config.server.port
    };
    assert_eq!(port(&[], &none), 1);
    assert_eq!(port(&[("PORT", "2")], &none), 2);
    assert_eq!(port(&[("ALVEOLE__SERVER__PORT", "3"), ("PORT", "2")], &none), 3);
    let flag = [("server.port".to_owned(), "4".to_owned())];
    assert_eq!(port(&[("PORT", "2")], &flag), 4);
}

#[test]
fn all_errors_are_named_together() {
    let faults = faults(
        &[("server.prot", "1"), ("rate_limit.anon", "often")],
        &[("PORT", "x"), ("ALVEOLE__REDIS__URL", "x:6379"), ("CORS_ALLOWED_ORIGINS", "*")],
    );
    let text = faults.join("\n");
    assert_eq!(faults.len(), 5, "{text}");
    for wanted in ["server.prot", "rate_limit.anon", "PORT", "redis.url", "cors.allowed_origins"] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
}

#[test]
fn unused_accounts_stay_unless_there_is_a_rule_with_time_for_a_warning() {
    assert_eq!(load(&[], &[]).unwrap().users_inactivity, None);
    let rule =
        |days, warning| [("users.inactive_days", days), ("users.inactive_warning_days", warning)];
    let found = load(&rule("90", "7"), &[]).unwrap().users_inactivity.unwrap();
    assert_eq!((found.after.as_secs(), found.warning.as_secs()), (90 * 86_400, 7 * 86_400));
    for (days, warning) in [("90", "6"), ("30", "30"), ("20", "30"), ("-1", "30")] {
        let faults = faults(&rule(days, warning), &[]);
        assert!(faults.len() == 1 && faults[0].contains("users.inactive"), "{faults:?}");
    }
}

#[test]
fn production_needs_a_strong_secret() {
    let production = [("server.mode", "production")];
    assert!(faults(&production, &[])[0].contains("auth.jwt_secret"));
    assert_eq!(
        faults(&production, &[("JWT_SECRET", "your-secret-key-your-secret-key-!")]).len(),
        1
    );
    let strong = [("JWT_SECRET", "4f9c2d7a81b6e35089ffcd1245aa9e73")];
    let config = load(&production, &strong).unwrap();
    assert_eq!(config.server.host, "0.0.0.0");
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(faults(&[], &[("JWT_SECRET", "short")]).len(), 1);
}

#[test]
fn secrets_are_never_shown() {
    let env = [
        ("JWT_SECRET", "4f9c2d7a81b6e35089ffcd1245aa9e73"),
        ("DATABASE_URL", "postgres://ada:hunter22@db/alveole"),
        ("ALVEOLE_ADMIN_EMAIL", "root@example.com"),
        ("ALVEOLE_ADMIN_PASSWORD", "swordfish"),
    ];
    let config = load(&[], &env).unwrap();
    let shown = config.effective();
    let debugged = format!("{:?} {:?}", config.auth, config.first_admin);
    for secret in ["4f9c", "hunter22", "swordfish"] {
        assert!(!shown.contains(secret), "{shown}");
        assert!(!debugged.contains(secret), "{debugged}");
    }
    assert!(shown.contains("postgres://ada:…@db/alveole"));
    assert_eq!(config.first_admin(), Some(("root@example.com", "swordfish")));
    assert_eq!(faults(&[], &[("ALVEOLE_ADMIN_EMAIL", "root@example.com")]).len(), 1);
}

#[test]
fn a_ring_needs_no_secret_unless_its_tokens_are_still_taken() {
    let eddsa = [("server.mode", "production"), ("auth.algorithm", "eddsa")];
    let config = load(&eddsa, &[]).unwrap();
    assert_eq!(config.auth.keys_dir, Path::new("./data/keys"));
    let moved = load(&[("server.data_dir", "/var/lib/alveole")], &[]).unwrap();
    assert_eq!(moved.auth.keys_dir, Path::new("/var/lib/alveole/keys"));
    let [mode, algorithm] = eddsa;
    let both = [mode, algorithm, ("auth.accept_hs256", "true")];
    assert!(faults(&both, &[])[0].contains("JWT_SECRET"));
    let secret = [("JWT_SECRET", "4f9c2d7a81b6e35089ffcd1245aa9e73")];
    assert!(load(&both, &secret).unwrap().warnings().iter().any(|w| w.contains("accept_hs256")));
}

#[test]
fn a_ring_can_come_from_a_file_and_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    fs::write(&path, "{\"keys\":[\"hush\"]}\n").unwrap();
    let config = load(&[], &[("ALVEOLE__AUTH__KEYS_FILE", path.to_str().unwrap())]).unwrap();
    assert_eq!(config.auth.keys.as_ref().unwrap().expose(), "{\"keys\":[\"hush\"]}");
    let shown = format!("{} {:?}", config.effective(), config.auth);
    assert!(!shown.contains("hush"), "{shown}");
}

#[test]
fn roles_can_be_made_to_have_a_second_factor_where_there_is_a_key() {
    let roles = ("auth.require_two_factor_roles", "admin, super_admin");
    let config = load(&[roles], &[]).unwrap();
    assert_eq!(config.auth.require_two_factor_roles, [Role::Admin, Role::SuperAdmin]);
    let production = [("server.mode", "production"), roles];
    let secret = ("JWT_SECRET", "4f9c2d7a81b6e35089ffcd1245aa9e73");
    assert!(faults(&production, &[secret])[0].contains("auth.encryption_key must be set"));
    assert!(faults(&production[..1], &[secret]).is_empty(), "without such roles it need not");
    let key = ("ALVEOLE__AUTH__ENCRYPTION_KEY", "d81b6e3504f9c2a79aa9e7389ffcd124");
    let config = load(&production, &[secret, key]).unwrap();
    let shown = format!("{} {:?}", config.effective(), config.auth);
    assert!(!shown.contains("d81b"), "{shown}");
    let weak = ("ALVEOLE__AUTH__ENCRYPTION_KEY", "short");
    assert!(faults(&[], &[weak])[0].contains("at least 32 bytes"));
}

#[test]
fn a_secret_can_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    fs::write(&path, "4f9c2d7a81b6e35089ffcd1245aa9e73\n").unwrap();
    let config = load(&[], &[("JWT_SECRET_FILE", path.to_str().unwrap())]).unwrap();
    assert_eq!(config.auth.jwt_secret.unwrap().expose(), "4f9c2d7a81b6e35089ffcd1245aa9e73");
    assert_eq!(faults(&[], &[("JWT_SECRET_FILE", "/nonexistent")]).len(), 1);
}

#[test]
fn a_named_file_must_be_there_and_readable() {
    let none = std::iter::empty;
    let load = |path: &Path| Config::load(Some(path), &[], none(), Path::new("/"));
    assert!(load(Path::new("/nonexistent.yaml")).is_err());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.yaml");
    fs::write(&file, "server: [1").unwrap();
    assert!(load(&file).is_err());
    fs::write(&file, "server:\n  port: {a: 1}\n").unwrap();
    assert!(load(&file).unwrap_err().to_string().contains("server.port"));
}

#[test]
fn folders_of_fonts_are_absolute() {
    let dirs = |raw: &str| load(&[], &[("ALVEOLE__PDF__FONT_DIRS", raw)]);
    let config = dirs("/fonts/ours, /fonts/theirs").unwrap();
    assert_eq!(config.pdf.font_dirs, [Path::new("/fonts/ours"), Path::new("/fonts/theirs")]);
    let error = dirs("fonts").unwrap_err().to_string();
    assert!(error.contains("pdf.font_dirs") && error.contains("absolute"), "{error}");
}

#[test]
fn the_bounds_of_the_chat_reach_its_sockets() {
    let chat = load(&[], &[]).unwrap().chat;
    let (limits, usual) = (chat.socket_limits(), socket::Limits::default());
    assert_eq!(
        (limits.max_sockets, limits.max_per_user, limits.queue_frames, limits.queue_bytes),
        (usual.max_sockets, usual.max_per_user, usual.queue_frames, usual.queue_bytes)
    );
    assert_eq!((chat.presence_max, chat.log_kept()), (100, std::time::Duration::from_hours(720)));
    let other =
        [("chat.sockets_per_user", "3"), ("chat.queue_frames", "64"), ("chat.log_days", "1")];
    let chat = load(&other, &[]).unwrap().chat;
    assert_eq!((chat.socket_limits().max_per_user, chat.socket_limits().queue_frames), (3, 64));
    assert_eq!(chat.log_kept(), std::time::Duration::from_hours(24));
}

/// The example names every setting, and changes none.
#[test]
fn the_example_shows_every_setting_with_its_default() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../alveole.example.yaml");
    let from_example =
        Config::load(Some(&example), &[], std::iter::empty(), Path::new("/")).unwrap();
    let from_nothing = load(&[], &[]).unwrap();
    assert_eq!(from_example.effective(), from_nothing.effective());

    let names = |settings: &Value| -> BTreeSet<String> {
        let sections = settings.as_object().unwrap().iter();
        sections
            .flat_map(|(section, settings)| {
                let names = settings.as_object().unwrap().keys();
                names.map(move |name| format!("{section}.{name}"))
            })
            .collect()
    };
    let yaml = config::File::from(example).format(config::FileFormat::Yaml);
    let written = config::Config::builder().add_source(yaml).build().unwrap();
    let known: Value = serde_json::from_str(&from_nothing.effective()).unwrap();
    assert_eq!(names(&written.try_deserialize().unwrap()), names(&known));
}

/// What is printed is a file of settings, with the same effect.
#[test]
fn what_is_printed_can_be_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("printed.yaml");
    let changed = [
        ("server.port", "9000"),
        ("server.data_dir", "/srv/alveole"),
        ("server.trusted_proxies", "10.0.0.0/8, ::1"),
        ("server.workers", "3"),
        ("database.url", "postgres://ada@db/alveole"),
        ("database.migrate_at_start", "false"),
        ("auth.algorithm", "eddsa"),
        ("auth.require_two_factor_roles", "admin,super_admin"),
        ("audit.retention_seconds", "2592000"),
        ("cors.allowed_origins", "https://a.example.com"),
        ("files.clamd_url", "tcp://127.0.0.1:3310"),
        ("log.format", "json"),
        ("mail.from", "Ada <ada@example.com>"),
        ("rate_limit.user", "5/s"),
        ("redis.url", "redis://cache:6379"),
        ("telemetry.sample_ratio", "0.25"),
    ];
    for settings in [&[][..], &changed] {
        let printed = load(settings, &[]).unwrap().effective();
        fs::write(&file, &printed).unwrap();
        let again = Config::load(Some(&file), &[], std::iter::empty(), Path::new("/")).unwrap();
        assert_eq!(again.effective(), printed);
    }
    // A secret is not printed, and what stands in its place is not taken for one.
    let env = [
        ("JWT_SECRET", "4f9c2d7a81b6e35089ffcd1245aa9e73"),
        ("DATABASE_URL", "postgres://ada:swordfish@db/alveole"),
        ("REDIS_URL", "redis://:swordfish@cache"),
    ];
    fs::write(&file, load(&[], &env).unwrap().effective()).unwrap();
    let refused = Config::load(Some(&file), &[], std::iter::empty(), Path::new("/")).unwrap_err();
    assert_eq!(refused.faults.len(), 3, "{refused}");
    assert!(refused.faults.iter().all(|fault| fault.contains("set the secret")), "{refused}");
}

/// `null` in the file, and emptiness in the environment, both mean "not set".
#[test]
fn what_is_empty_is_not_set() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.yaml");
    let env = [
        ("JWT_SECRET", ""),
        ("JWT_SECRET_FILE", ""),
        ("DATABASE_URL", " "),
        ("REDIS_URL", ""),
        ("ALVEOLE_ADMIN_EMAIL", ""),
        ("ALVEOLE__SERVER__PORT", ""),
    ];
    for text in ["", "# nothing\n", "server:\ncors:\n", "server:\n  port: null\n"] {
        fs::write(&file, text).unwrap();
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let config = Config::load(Some(&file), &[], env, folder.path()).unwrap();
        assert_eq!(config.effective(), load(&[], &[]).unwrap().effective(), "{text:?}");
    }
    assert_eq!(faults(&[("server.port", "")], &[]).len(), 1, "a flag is always meant");
}

#[test]
fn every_kind_of_wrong_value_is_reported_with_what_would_be_right() {
    let wrong = [
        ("server.port", "65536", "from 0 to 65535"),
        ("server.port", "-1", "from 0 to 65535"),
        ("server.port", "80.5", "from 0 to 65535"),
        ("server.host", "http://x", "host name"),
        ("server.host", "localhost:80", "without scheme and port"),
        ("server.public_url", "api.example.com", "https://api.example.com"),
        ("server.public_url", "https://", "https://api.example.com"),
        ("server.trusted_proxies", "10.0.0.0/8,x", "10.0.0.0/8"),
        ("server.mode", "prod", "development, production"),
        ("server.workers", "0", "from 1 to 1024"),
        ("database.url", "mysql://x", "sqlite://path"),
        ("database.synchronous", "off", "full, normal"),
        ("auth.algorithm", "rs256", "hs256, eddsa"),
        ("auth.accept_hs256", "yes", "true, false"),
        ("auth.require_two_factor_roles", "admin,root", "moderator"),
        ("auth.bcrypt_cost", "3", "from 4 to 16"),
        ("auth.bcrypt_cost", "17", "from 4 to 16"),
        ("server.ws_bind_addr", "8081", "0.0.0.0:8081"),
        ("server.ws_bind_addr", "localhost:8081", "0.0.0.0:8081"),
        ("chat.max_sockets", "0", "from 1 to"),
        ("chat.sockets_per_user", "0", "from 1 to 10000"),
        ("chat.queue_frames", "63", "from 64 to 65536"),
        ("chat.queue_bytes", "65535", "from 65536 to"),
        ("chat.presence_max", "many", "from 0 to 100000"),
        ("chat.log_days", "0", "from 1 to 3650"),
        ("monitoring.interval_seconds", "0", "from 1 to 60"),
        ("monitoring.retention", "90,7,730", "each at least the one before"),
        ("monitoring.retention", "0", "days from 1 to 3650"),
        ("monitoring.replica", "a b", "letters, digits"),
        ("rate_limit.user", "0/min", "60/min"),
        ("cache.live_ttl_seconds", "6", "from 0 to 5"),
        ("audit.retention_seconds", "2591999", "30 days"),
        ("audit.retention_seconds", "-1", "for ever"),
        ("log.format", "xml", "json, pretty"),
        ("log.level", "verbose", "off, error, warn, info, debug, trace"),
        ("log.level", "alveole=loud", "warn,alveole=debug"),
        ("files.clamd_url", "127.0.0.1:3310", "tcp://127.0.0.1:3310"),
        ("files.clamd_url", "tcp://clamav", "tcp://127.0.0.1:3310"),
        ("files.clamd_url", "unix://clamd.ctl", "tcp://127.0.0.1:3310"),
        ("cors.allowed_origins", "*", "https://app.example.com"),
        ("cors.allowed_origins", "https://app.example.com/", "without a path"),
        ("cors.allowed_origins", "https://App.example.com", "small letters"),
        ("cors.allowed_origins", "https://", "https://app.example.com"),
        ("cors.allowed_origins", "https://a:b@c", "https://app.example.com"),
        ("cors.allowed_origins", "https://a,null", "https://app.example.com"),
    ];
    for (key, value, right) in wrong {
        let faults = faults(&[(key, value)], &[]);
        assert_eq!(faults.len(), 1, "{key}={value}: {faults:?}");
        let fault = &faults[0];
        assert!(fault.starts_with(key) && fault.contains("--set"), "{fault}");
        assert!(fault.contains(right), "{fault}");
    }
    let right = [
        ("server.host", "::1"),
        ("server.host", "alveole.internal"),
        ("server.public_url", "http://localhost:8080"),
        ("server.public_url", "https://example.com/api/"),
        ("server.trusted_proxies", "127.0.0.1, ::1, 10.0.0.0/8"),
        ("log.level", "warn,alveole=debug,sqlx::query=off"),
        ("audit.retention_seconds", "0"),
        ("audit.retention_seconds", "2592000"),
        ("cors.allowed_origins", "https://a.example.com, http://localhost:3000, http://[::1]:80"),
        ("database.url", "postgresql://u:p@h/db?sslmode=require"),
    ];
    for (key, value) in right {
        assert!(faults(&[(key, value)], &[]).is_empty(), "{key}={value}");
    }
    assert_eq!(
        load(&[("server.public_url", "https://example.com/")], &[]).unwrap().server.public_url,
        Some("https://example.com".to_owned())
    );
}

#[test]
fn what_was_probably_meant_is_said() {
    let hint = |key: &str| faults(&[(key, "1")], &[]).remove(0);
    assert!(hint("server.prot").ends_with("did you mean server.port?"));
    assert!(hint("sever.port").ends_with("did you mean server.port?"));
    assert!(hint("port").ends_with("did you mean server.port?"));
    assert!(hint("server.bcrypt_cost").ends_with("did you mean auth.bcrypt_cost?"));
    assert!(hint("zebra.stripes").ends_with("is no setting"));
    assert!(hint("nats.url").ends_with("no part called nats"));
    assert!(hint("redis.urls").ends_with("did you mean redis.url?"));
    assert!(hint("jobs.worker").ends_with("did you mean jobs.workers?"));
}

#[test]
fn variables_of_parts_that_are_not_there_are_refused() {
    let faults_of_nats = faults(&[], &[("NATS_URL", "x")]);
    assert!(faults_of_nats.len() == 1 && faults_of_nats[0].contains("NATS_URL"));
    let faults = faults(&[], &[("ALVEOLE__AUTH__RHYTHM", "eddsa"), ("ALVEOLE__X", "1")]);
    assert!(faults[0].contains("ALVEOLE__AUTH__RHYTHM"), "{faults:?}");
    assert!(faults[1].contains("ALVEOLE__X"), "{faults:?}");
    // Kubernetes sets such names by itself for a service called alveole.
    assert!(load(&[], &[("ALVEOLE_PORT", "tcp://10.0.0.1:80"), ("HOME", "/root")]).is_ok());
}

#[test]
fn a_secret_given_twice_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    fs::write(&path, "4f9c2d7a81b6e35089ffcd1245aa9e73\n").unwrap();
    let file = path.to_str().unwrap();
    let twice = [("JWT_SECRET_FILE", file), ("JWT_SECRET", "4f9c2d7a81b6e35089ffcd1245aa9e73")];
    assert!(faults(&[], &twice)[0].contains("choose one"));
    let admin = [("ALVEOLE_ADMIN_PASSWORD_FILE", file), ("ALVEOLE_ADMIN_EMAIL", "a@example.com")];
    let config = load(&[], &admin).unwrap();
    assert_eq!(config.first_admin(), Some(("a@example.com", "4f9c2d7a81b6e35089ffcd1245aa9e73")));
}

#[test]
fn no_error_and_no_debug_text_shows_a_secret() {
    let env = [
        ("JWT_SECRET", "hush"),
        ("DATABASE_URL", "mysql://ada:hunter22@db/alveole"),
        ("ALVEOLE_ADMIN_EMAIL", "no address"),
        ("ALVEOLE_ADMIN_PASSWORD", "swordf"),
    ];
    let error = load(&[], &env).unwrap_err();
    assert_eq!(error.faults.len(), 4, "{error}");
    let urls = [
        ("postgres://ada:hunter22@db/x", "postgres://ada:…@db/x"),
        ("postgres://ada@db/x?password=hunter22", "postgres://ada@db/x?…"),
        ("postgres://db/x?password=hunter22&y=@z", "postgres://…"),
        ("sqlite://./data/a.db", "sqlite://./data/a.db"),
    ];
    let mut shown = error.to_string();
    for (url, safe) in urls {
        let config = load(&[("database.url", url)], &[]).unwrap();
        assert!(config.effective().contains(safe), "{}", config.effective());
        assert_eq!(config.database.url, url);
        shown = format!("{shown} {config:?}");
    }
    shown.push_str(&serde_json::to_string(&Secret("hush".to_owned())).unwrap());
    for secret in ["hush", "hunter22", "swordf"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn production_warns_of_what_is_not_wrong_but_unwise() {
    let secret = [("JWT_SECRET", "4f9c2d7a81b6e35089ffcd1245aa9e73")];
    let warnings = |url: &str| {
        let flags = [("server.mode", "production"), ("server.public_url", url)];
        let given = if url.is_empty() { &flags[..1] } else { &flags[..] };
        load(given, &secret).unwrap().warnings().len()
    };
    assert_eq!(warnings("https://example.com"), 0);
    assert_eq!(warnings("http://example.com"), 1);
    assert_eq!(warnings(""), 1);
    assert!(load(&[], &[]).unwrap().warnings().is_empty());
}

#[test]
fn names_of_other_programs_work_where_they_mean_the_same() {
    let config = load(
        &[],
        &[
            ("JWT_EXPIRY", "12h"),
            ("DATABASE_MAX_CONNECTIONS", "25"),
            ("MAX_FILE_SIZE", "5000000"),
            ("MAX_INTERNAL_DOC_SIZE", "6000000"),
            ("ENVIRONMENT", "development"),
            ("WS_BIND_ADDR", "0.0.0.0:8081"),
        ],
    )
    .unwrap();
    assert_eq!(config.auth.access_ttl_seconds, 43_200);
    assert_eq!(config.database.max_connections, 25);
    assert_eq!(config.files.max_file_bytes, 5_000_000);
    assert_eq!(config.files.max_document_bytes, 6_000_000);
    assert_eq!(config.server.mode, Mode::Development);
    assert_eq!(config.server.ws_bind_addr, "0.0.0.0:8081".parse().ok());
    for (text, wanted) in [("90", Some(90)), ("15m", Some(900)), ("1d", Some(86_400))] {
        let config = load(&[], &[("JWT_EXPIRY", text)]).unwrap();
        assert_eq!(Some(config.auth.access_ttl_seconds), wanted, "{text}");
    }
}

#[test]
fn names_that_mean_nothing_are_refused_with_what_to_do() {
    for (name, value, wanted) in [
        ("JWT_EXPIRY", "soon", "24h"),
        ("JWT_EXPIRY", "48h", "auth.access_ttl_seconds (JWT_EXPIRY)"),
        ("DATABASE_MAX_IDLE_CONNECTIONS", "5", "DATABASE_MAX_CONNECTIONS"),
        ("INTERNAL_DOCS_PATH", "./docs", "UPLOAD_PATH"),
        ("ENVIRONMENT", "staging", "server.mode (ENVIRONMENT)"),
        ("ALVEOLE_SERVER__PORT", "9000", "did you mean ALVEOLE__SERVER__PORT?"),
    ] {
        let found = faults(&[], &[(name, value)]);
        assert!(found.len() == 1 && found[0].contains(wanted), "{name}: {found:?}");
    }
    let misspelt = faults(&[("files.max_fiel_bytes", "1")], &[]);
    assert!(misspelt[0].contains("did you mean files.max_file_bytes?"), "{misspelt:?}");
}

#[test]
fn settings_of_modules_from_outside_are_read_checked_and_shown() {
    let own = [Setting::number("notes.most", 5, 1, 9), Setting::text("notes.color", "red")];
    let load = |most: &str| {
        let env = [("ALVEOLE__NOTES__MOST".to_owned(), most.to_owned())];
        Config::load_with(&own, None, &[], env.into_iter(), Path::new("/nonexistent"))
    };
    let config = load("7").unwrap();
    assert_eq!(
        (config.own["notes.most"].as_str(), config.own["notes.color"].as_str()),
        ("7", "red")
    );
    assert!(config.effective().contains("color"));
    let faults = load("10").unwrap_err().faults;
    assert!(faults[0].contains("notes.most"), "{faults:?}");
}

#[test]
fn a_setting_of_a_feature_that_is_not_compiled_in_names_the_feature() {
    let setting = |source: &str| layers::Setting {
        value: Value::String("redis://127.0.0.1".to_owned()),
        source: source.to_owned(),
    };
    let settings =
        [("redis.url", "REDIS_URL"), ("server.host", "--set"), ("files.clamd_url", "a.yaml")];
    let settings = settings.map(|(key, source)| (key.to_owned(), setting(source)));
    let mut reader = Reader::new(settings.into(), Vec::new());
    reader.refuse(&[("redis", &["redis."]), ("clamd", &["files.clamd_url", "files.scan"])]);
    reader.text("server.host", "");
    assert_eq!(
        reader.finish().unwrap_err().faults,
        [
            "redis.url (REDIS_URL) needs the feature `redis`, which this program was built without",
            "files.clamd_url (a.yaml) needs the feature `clamd`, which this program was built without",
        ]
    );
}
