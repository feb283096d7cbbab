//! Gathers settings from the file, the environment and the flags; later layers go before earlier.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

/// A setting and where it came from.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) value: Value,
    pub(super) source: String,
}

/// Names that are common everywhere, and the settings they are.
const COMMON: [(&str, &str); 14] = [
    ("DATABASE_URL", "database.url"),
    ("JWT_SECRET", "auth.jwt_secret"),
    ("REDIS_URL", "redis.url"),
    ("PORT", "server.port"),
    ("WS_BIND_ADDR", "server.ws_bind_addr"),
    ("CORS_ALLOWED_ORIGINS", "cors.allowed_origins"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "telemetry.otlp_endpoint"),
    ("OTEL_EXPORTER_OTLP_CERTIFICATE", "telemetry.ca_file"),
    ("OTEL_SERVICE_NAME", "telemetry.service_name"),
    ("UPLOAD_PATH", "storage.dir"),
    ("DATABASE_MAX_CONNECTIONS", "database.max_connections"),
    ("ENVIRONMENT", "server.mode"),
    ("MAX_FILE_SIZE", "files.max_file_bytes"),
    ("MAX_INTERNAL_DOC_SIZE", "files.max_document_bytes"),
];
/// A common name whose value is a time such as `24h`, and its setting in seconds.
const EXPIRY: (&str, &str) = ("JWT_EXPIRY", "auth.access_ttl_seconds");
/// Common names that mean nothing here, and what to do instead.
const MEANINGLESS: [(&str, &str); 2] = [
    ("DATABASE_MAX_IDLE_CONNECTIONS", "idle connections are kept; set DATABASE_MAX_CONNECTIONS"),
    ("INTERNAL_DOCS_PATH", "internal documents are kept with all other files; set UPLOAD_PATH"),
];
/// Common names of parts that this version does not have. Whoever sets one expects it to be used.
const NOT_YET: [&str; 1] = ["NATS_URL"];
/// Names whose value can instead be read from a file, by the name with `_FILE` behind it.
const IN_FILES: [&str; 12] = [
    "DATABASE_URL",
    "JWT_SECRET",
    "REDIS_URL",
    "ALVEOLE__DATABASE__URL",
    "ALVEOLE__REDIS__URL",
    "ALVEOLE__AUTH__JWT_SECRET",
    "ALVEOLE__AUTH__KEYS",
    "ALVEOLE__MAIL__SMTP_URL",
    "ALVEOLE__SMS__TOKEN",
    "ALVEOLE__AUTH__ENCRYPTION_KEY",
    "ALVEOLE__STORAGE__S3_SECRET_ACCESS_KEY",
    ADMIN_PASSWORD,
];
const PREFIX: &str = "ALVEOLE__";
/// How our variables begin that are no settings, and settings with an underscore too few.
const PREFIX_OF_OTHERS: &str = "ALVEOLE_";
/// The sections whose settings are in parts of the same kind.
const IN_PARTS: [&str; 2] = ["oauth", "integrations"];
const ADMIN_EMAIL: &str = "ALVEOLE_ADMIN_EMAIL";
const ADMIN_PASSWORD: &str = "ALVEOLE_ADMIN_PASSWORD";

/// The secret of any identity provider can be read from a file too.
fn is_client_secret(name: &str) -> bool {
    name.starts_with("ALVEOLE__OAUTH__") && name.ends_with("__CLIENT_SECRET")
}

/// What was gathered.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) settings: BTreeMap<String, Setting>,
    pub(super) faults: Vec<String>,
    pub(super) admin_email: Option<String>,
    pub(super) admin_password: Option<String>,
}

impl Layers {
    pub(super) fn gather(
        file: Option<&Path>,
        flags: &[(String, String)],
        env: impl Iterator<Item = (String, String)>,
        directory: &Path,
    ) -> Self {
        let mut layers = Self::default();
        match file {
            Some(path) => layers.file(path),
            None => {
                let path = directory.join("alveole.yaml");
                if path.exists() {
                    layers.file(&path);
                }
            }
        }
        layers.environment(env);
        for (key, value) in flags {
            layers.set(key.clone(), Value::String(value.clone()), format!("--set {key}"));
        }
        layers
    }

    fn set(&mut self, key: String, value: Value, source: String) {
        self.settings.insert(key, Setting { value, source });
    }

    fn file(&mut self, path: &Path) {
        let shown = path.display().to_string();
        let read = config::Config::builder()
            .add_source(config::File::from(path).format(config::FileFormat::Yaml).required(true))
            .build()
            .and_then(config::Config::try_deserialize::<Value>);
        match read {
            Ok(Value::Object(sections)) => {
                for (section, value) in sections {
                    match value {
                        Value::Object(settings) => {
                            for (name, value) in settings {
                                self.setting(&section, &name, value, &shown);
                            }
                        }
                        Value::Null => {}
                        other => self.set(section, other, shown.clone()),
                    }
                }
            }
            Ok(Value::Null) => {}
            Ok(_) => self.faults.push(format!("{shown} must hold sections with settings")),
            Err(error) => self.faults.push(format!("{shown} cannot be read: {error}")),
        }
    }

    /// A setting of a section, or one of several parts of the same kind in it (`oauth.google`).
    fn setting(&mut self, section: &str, name: &str, value: Value, source: &str) {
        match value {
            Value::Object(parts) if IN_PARTS.contains(&section) => {
                for (part, value) in parts {
                    self.set(format!("{section}.{name}.{part}"), value, source.to_owned());
                }
            }
            Value::Null if IN_PARTS.contains(&section) => {}
            value => self.set(format!("{section}.{name}"), value, source.to_owned()),
        }
    }

    fn environment(&mut self, env: impl Iterator<Item = (String, String)>) {
        // A variable that is set but empty is how compose files and shells say "not set".
        let mut env: BTreeMap<String, String> =
            env.filter(|(_, value)| !value.trim().is_empty()).collect();
        let mut from_file = Vec::new();
        let secrets = env.keys().filter_map(|name| name.strip_suffix("_FILE"));
        let secrets = secrets.filter(|name| is_client_secret(name)).map(str::to_owned);
        let in_files: Vec<String> =
            IN_FILES.map(str::to_owned).into_iter().chain(secrets).collect();
        for name in &in_files {
            let variable = format!("{name}_FILE");
            let Some(path) = env.remove(&variable) else { continue };
            if env.contains_key(name) {
                self.faults.push(format!("{name} and {variable} are both set; choose one"));
                continue;
            }
            match std::fs::read_to_string(&path) {
                Ok(text) => {
                    let text = text.trim_end_matches(['\r', '\n']);
                    from_file.push((name.clone(), text.to_owned()));
                }
                Err(error) => {
                    self.faults.push(format!("{variable}: {path:?} cannot be read: {error}"));
                }
            }
        }
        env.extend(from_file);
        for name in NOT_YET {
            if env.contains_key(name) {
                self.faults.push(format!("{name} is no setting of this version; unset it"));
            }
        }
        for (name, instead) in MEANINGLESS {
            if env.contains_key(name) {
                self.faults.push(format!("{name} is no setting: {instead}"));
            }
        }
        if let Some(value) = env.remove(EXPIRY.0) {
            match seconds(&value) {
                Some(seconds) => self.set(EXPIRY.1.to_owned(), seconds.into(), EXPIRY.0.to_owned()),
                None => self.faults.push(format!(
                    "{} must be a time such as 3600, 90m or 24h, not {value:?}",
                    EXPIRY.0
                )),
            }
        }
        let single = env.keys().filter(|name| {
            let rest = name.strip_prefix(PREFIX_OF_OTHERS).unwrap_or_default();
            !rest.starts_with('_') && rest.contains("__")
        });
        for name in single {
            let meant = name.replacen(PREFIX_OF_OTHERS, PREFIX, 1);
            self.faults.push(format!("{name} is no setting; did you mean {meant}?"));
        }
        self.admin_email = env.remove(ADMIN_EMAIL);
        self.admin_password = env.remove(ADMIN_PASSWORD);
        for (name, key) in COMMON {
            if let Some(value) = env.remove(name) {
                self.set(key.to_owned(), Value::String(value), name.to_owned());
            }
        }
        // Our own names say exactly what is meant, so they go before the common ones.
        for (name, value) in env {
            if let Some(path) = name.strip_prefix(PREFIX) {
                let key = path.to_ascii_lowercase().replace("__", ".");
                self.set(key, Value::String(value), name);
            }
        }
    }
}

/// The seconds of `3600`, `3600s`, `90m`, `24h` or `7d`.
fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) =
        text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}
