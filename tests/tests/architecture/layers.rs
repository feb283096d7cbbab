//! The layers of the house, and what each may use.

use std::path::Path;

use alveole_tests::server::workspace;

/// Where a package stands, read from its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    Kernel,
    Domain,
    Flows,
    Archive,
    Memory,
    Diesel,
    Crypto,
    Redis,
    Smtp,
    Sms,
    Clamd,
    Cron,
    OAuth2,
    Http,
    Host,
    Integrations,
    Webhooks,
    Objects,
    Images,
    Pdf,
    Pool,
    Tls,
    RestCore,
    Socket,
    Rest,
    Console,
    App,
    Tests,
}

/// What a layer may use. `"*"` is everything; a trailing `*` is a prefix; [`DOMAINS`] is every package
/// in `crates/domain`.
pub(crate) struct Allowed {
    pub(crate) ours: &'static [&'static str],
    pub(crate) registry: &'static [&'static str],
    pub(crate) optional: &'static [&'static str],
    pub(crate) dev: &'static [&'static str],
}

/// Stands for the domains, which are listed nowhere: their folders say which there are.
const DOMAINS: &str = "crates/domain/*";

/// What flows and stores may use of ours.
const KERNEL_AND_DOMAINS: &[&str] = &["alveole-kernel", DOMAINS];

/// What presents domains over HTTP.
const REST: &[&str] = &[
    "actix-*",
    "async-trait",
    "base64",
    "bytes",
    "csv",
    "futures-util",
    "metrics",
    "schemars", // of frames of sockets, derived from the types that serde writes
    "serde",
    "serde_json",
    "sha2",
    "strsim", // which name a misspelled one is closest to
    "thiserror",
    "tokio",
    "tracing",
    "utoipa",
    "utoipa-*",
];

impl Layer {
    pub(crate) fn of(manifest: &Path) -> Option<Self> {
        let root = workspace();
        let path = manifest.strip_prefix(&root).ok()?.to_str()?.to_owned();
        // the first prefix that matches
        [
            ("crates/kernel/", Self::Kernel),
            ("crates/domain/", Self::Domain),
            ("crates/flows/", Self::Flows),
            ("crates/adapters/archive/", Self::Archive),
            ("crates/adapters/memory/", Self::Memory),
            ("crates/adapters/diesel/", Self::Diesel),
            ("crates/adapters/crypto/", Self::Crypto),
            ("crates/adapters/redis/", Self::Redis),
            ("crates/adapters/smtp/", Self::Smtp),
            ("crates/adapters/sms/", Self::Sms),
            ("crates/adapters/clamd/", Self::Clamd),
            ("crates/adapters/cron/", Self::Cron),
            ("crates/adapters/oauth2/", Self::OAuth2),
            ("crates/adapters/http/", Self::Http),
            ("crates/adapters/host/", Self::Host),
            ("crates/adapters/integrations/", Self::Integrations),
            ("crates/adapters/webhooks/", Self::Webhooks),
            ("crates/adapters/objects/", Self::Objects),
            ("crates/adapters/images/", Self::Images),
            ("crates/adapters/pdf/", Self::Pdf),
            ("crates/adapters/pool/", Self::Pool),
            ("crates/adapters/tls/", Self::Tls),
            ("crates/rest/core/", Self::RestCore),
            ("crates/rest/socket/", Self::Socket),
            ("crates/rest/", Self::Rest),
            ("crates/console/", Self::Console),
            ("crates/app/", Self::App),
            ("tests/", Self::Tests),
        ]
        .into_iter()
        .find(|(prefix, _)| path.starts_with(prefix))
        .map(|(_, layer)| layer)
    }

    /// The table of the house. Differences from its first draft, with their reasons: kernel and
    /// domains use `chrono`, `base64`, `async-trait` and `serde_json` (calendar, cursors, `dyn`
    /// world ports, event payloads); memory uses `async-trait`, `tokio` (`sync` only) and
    /// `serde_json` because the ports it implements speak them; redis and diesel use `metrics`, a
    /// facade without an exporter as `tracing` is one, because only they know when Redis did not
    /// answer and when a unit of work waits, runs and commits; redis uses `serde`, `serde_json` and
    /// `sha2` for values and keys; domains use `sha2` because the hash of an audit entry is a rule
    /// of theirs, arithmetic without I/O that every store must do alike, and `sha1` because tus has every
    /// server know that checksum; oauth2 uses `async-trait`,
    /// `serde`, `serde_json`, `thiserror` and `tokio` (`sync` only) for the port it implements, what
    /// providers say, and keys that many wait for; domains use `bytes` because files stream through
    /// their ports and are not copied on the way, and memory uses it because it keeps them; crypto
    /// knows files because it signs the links to them; pdf uses `skrifa` because where lines are
    /// broken depends on how wide glyphs are, which krilla knows by it and does not tell, and
    /// `harfrust` and the three crates of Unicode because krilla places glyphs and chooses none.
    pub(crate) fn allowed(self) -> Allowed {
        match self {
            Self::Kernel => Allowed {
                ours: &[],
                registry: &[
                    "async-trait",
                    "base64",
                    "chrono",
                    "icu_normalizer", // accents and widths of every script: how words are cut is a rule of ours
                    "schemars", // the JSON Schemas of events, from the types that serde writes
                    "serde",
                    "serde_json",
                    "thiserror",
                ],
                optional: &["mockall", "proptest"], // of the kits: random sequences against a model
                dev: &["proptest", "pollster"],
            },
            Self::Domain => Allowed {
                ours: &["alveole-kernel"],
                registry: &[
                    "chrono",    // time zones of people
                    "chrono-tz", // the same
                    "thiserror",
                    "async-trait",
                    "base64",
                    "bytes",
                    "fst", // the dictionary of the search: which words are near one is a rule, alike on every store
                    "levenshtein_automata", // the same
                    "hmac", // what a signature of a webhook is made of: a rule of theirs, as `sha2` is
                    "schemars", // derived for the payloads of events: a schema that is written beside its type drifts
                    "serde",
                    "serde_json",
                    "sha1",
                    "sha2",
                    "url", // the canonical form of an address, by which it is judged
                ],
                optional: &["mockall"],
                dev: &[
                    "alveole-adapter-cron",
                    "alveole-adapter-memory",
                    "mockall",
                    "pollster",
                    "proptest",
                ],
            },
            Self::Flows => Allowed {
                ours: KERNEL_AND_DOMAINS,
                registry: &["thiserror", "async-trait", "serde_json", "tracing"],
                optional: &[],
                dev: &["alveole-adapter-memory", "pollster"],
            },
            Self::Memory => Allowed {
                ours: KERNEL_AND_DOMAINS,
                registry: &["moka", "governor", "async-trait", "bytes", "tokio", "serde_json"],
                optional: &[],
                dev: &["alveole-*", "libtest-mimic", "pollster", "tokio", "proptest"],
            },
            Self::Diesel => Allowed {
                ours: KERNEL_AND_DOMAINS,
                registry: &[
                    "diesel",
                    "diesel_migrations",
                    "libsqlite3-sys",
                    "metrics",
                    "pq-sys",
                    "r2d2",
                    "serde_json",
                    "thiserror",
                    "tokio",
                    "tracing",
                ],
                optional: &[],
                dev: &["alveole-*", "libtest-mimic", "tempfile", "pollster", "proptest", "tokio"],
            },
            Self::Crypto => Allowed {
                ours: &["alveole-kernel", "alveole-users", "alveole-files", "alveole-webhooks"],
                registry: &[
                    "async-trait",
                    "aws-lc-rs",
                    "base64",
                    "bcrypt",
                    "flate2",
                    "getrandom",
                    "hmac",
                    "jsonwebtoken",
                    "qrcodegen",
                    "serde",
                    "serde_json",
                    "sha2",
                    "subtle",
                    "thiserror",
                    "tokio",
                    "tracing",
                    "zxcvbn",
                ],
                optional: &[],
                dev: &["proptest", "pollster", "tempfile", "tokio"],
            },
            Self::Smtp => Allowed {
                ours: &["alveole-kernel"],
                registry: &["async-trait", "lettre", "thiserror", "tokio"],
                optional: &["base64"],
                dev: &["alveole-adapter-smtp", "tempfile"],
            },
            Self::Sms => Allowed {
                ours: &["alveole-kernel", "alveole-adapter-http"],
                registry: &["async-trait", "tokio"],
                optional: &["alveole-adapter-http", "base64", "serde_json"],
                dev: &["alveole-*", "tempfile"],
            },
            Self::Archive => Allowed {
                ours: &[],
                registry: &["sha2", "tar", "thiserror"],
                optional: &[],
                dev: &["tempfile"],
            },
            Self::Cron => Allowed {
                ours: &["alveole-kernel", "alveole-jobs"],
                registry: &["chrono", "chrono-tz", "croner"],
                optional: &[],
                dev: &[],
            },
            Self::Clamd => Allowed {
                ours: &["alveole-files"],
                registry: &["async-trait", "bytes", "tokio", "tracing"],
                optional: &[],
                dev: &["alveole-adapter-clamd", "tempfile"],
            },
            Self::Host => Allowed {
                ours: &["alveole-monitoring"],
                registry: &["sysinfo"],
                optional: &[],
                dev: &[],
            },
            Self::Redis => Allowed {
                ours: KERNEL_AND_DOMAINS,
                registry: &[
                    "async-trait",
                    "deadpool-redis",
                    "futures-util",
                    "metrics",
                    "serde",
                    "serde_json",
                    "sha2",
                    "thiserror",
                    "tokio",
                    "tracing",
                ],
                optional: &[],
                dev: &["alveole-*", "libtest-mimic", "tempfile", "tokio"],
            },
            Self::Http => Allowed {
                ours: &["alveole-kernel"],
                registry: &["http", "reqwest", "thiserror", "tokio", "url"],
                optional: &[],
                dev: &[],
            },
            Self::Webhooks => Allowed {
                ours: &["alveole-kernel", "alveole-webhooks", "alveole-adapter-http"],
                registry: &["async-trait", "chrono"],
                optional: &[],
                dev: &["alveole-*", "tokio"],
            },
            Self::Integrations => Allowed {
                ours: &["alveole-kernel", "alveole-integrations", "alveole-adapter-http"],
                registry: &["async-trait", "serde", "serde_json", "tokio"],
                optional: &[],
                dev: &["alveole-*", "serde_json"],
            },
            Self::OAuth2 => Allowed {
                ours: &["alveole-kernel", "alveole-users", "alveole-adapter-http"],
                registry: &[
                    "async-trait",
                    "jsonwebtoken",
                    "oauth2",
                    "serde",
                    "serde_json",
                    "thiserror",
                    "tokio",
                    "tracing",
                ],
                optional: &[],
                dev: &["alveole-*", "tokio"],
            },
            Self::Objects => Allowed {
                ours: &["alveole-kernel", "alveole-files"],
                registry: &[
                    "async-trait",
                    "bytes",
                    "futures-util",
                    "object_store",
                    "thiserror",
                    "tokio",
                    "tracing",
                ],
                optional: &["hyper-util", "s3s", "s3s-fs"],
                dev: &["alveole-*", "libtest-mimic", "tempfile"],
            },
            Self::Images => Allowed {
                ours: &["alveole-files", "alveole-adapter-pool"],
                registry: &[
                    "async-trait",
                    "bytes",
                    "fast_image_resize",
                    "image",
                    "jpeg-encoder",
                    "moxcms",
                    "thiserror",
                    "tokio",
                    "webp",
                ],
                optional: &[],
                dev: &["alveole-*", "tokio"],
            },
            Self::Pdf => Allowed {
                ours: &["alveole-kernel", "alveole-files", "alveole-adapter-pool"],
                registry: &[
                    "async-trait",
                    "bytes",
                    "dejavu",
                    "harfrust",
                    "krilla",
                    "skrifa",
                    "thiserror",
                    "tokio",
                    "tracing",
                    "unicode-bidi",
                    "unicode-script",
                    "unicode-segmentation",
                ],
                optional: &[],
                dev: &["alveole-*", "tokio"],
            },
            Self::Pool => Allowed {
                ours: &[],
                registry: &["thiserror", "tokio"],
                optional: &[],
                dev: &["tokio"],
            },
            Self::Tls => Allowed {
                ours: &[],
                registry: &[
                    "rustls-native-certs",
                    "socket2",
                    "thiserror",
                    "tokio",
                    "tokio-rustls",
                    "tracing",
                ],
                optional: &[],
                dev: &["tempfile"],
            },
            Self::RestCore => Allowed {
                ours: &["alveole-kernel"],
                registry: REST,
                optional: &[],
                dev: &["alveole-kernel", "proptest"],
            },
            Self::Socket => Allowed {
                ours: &["alveole-kernel", "alveole-rest"],
                registry: &[
                    "actix-web",
                    "base64",
                    "bytes",
                    "futures-util",
                    "metrics",
                    "schemars", // of frames, derived from the types that serde writes
                    "serde",
                    "serde_json",
                    "sha1", // of the handshake (RFC 6455 §4.2.2)
                    "tokio",
                    "tracing",
                    "utoipa", // of the operation of the socket of events
                    "utoipa-actix-web",
                ],
                optional: &[],
                dev: &["*"],
            },
            Self::Rest => Allowed {
                // Of the domains its own; a test looks at the names.
                ours: &["alveole-kernel", "alveole-rest", "alveole-rest-socket", DOMAINS],
                registry: REST,
                optional: &[],
                dev: &["*"],
            },
            Self::Console => Allowed {
                ours: &["alveole-kernel", "alveole-rest"],
                registry: &["actix-web", "rust-embed"],
                optional: &[],
                dev: &["alveole-kernel", "alveole-rest"],
            },
            Self::App => Allowed {
                ours: &["*"],
                registry: &[
                    "actix-*",
                    "anyhow",
                    "async-trait",
                    "base64",
                    "bytes",
                    "clap",
                    "config",
                    "csv",
                    "dotenvy",
                    "futures-util",
                    "metrics",
                    "metrics-exporter-prometheus",
                    "mimalloc",
                    "opentelemetry",
                    "opentelemetry-otlp",
                    "opentelemetry_sdk",
                    "rustix",
                    "serde",
                    "serde_json",
                    "sha2",
                    "thiserror",
                    "tokio",
                    "tracing",
                    "tracing-opentelemetry",
                    "tracing-subscriber",
                    "utoipa",
                    "utoipa-*",
                ],
                optional: &["alveole-adapter-*"],
                dev: &["*"],
            },
            Self::Tests => {
                Allowed { ours: &["*"], registry: &["*"], optional: &["*"], dev: &["*"] }
            }
        }
    }

    /// What may not be below this layer, however far.
    pub(crate) fn never(self) -> &'static [&'static str] {
        match self {
            Self::Kernel | Self::Domain | Self::Flows => &[
                "tokio",
                "actix-*",
                "diesel",
                "diesel_migrations",
                "redis",
                "deadpool-redis",
                "reqwest",
                "tracing-subscriber",
                "openssl",
                "openssl-sys",
                "utoipa",
                "validator",
                "alveole-adapter-*",
                "alveole-app",
            ],
            Self::Memory => &["actix-*", "diesel", "redis", "reqwest", "openssl-sys"],
            Self::Diesel => &["actix-*", "redis", "utoipa", "openssl-sys"],
            Self::Crypto => &["actix-*", "diesel", "openssl-sys"],
            Self::Archive
            | Self::Redis
            | Self::Smtp
            | Self::Sms
            | Self::Clamd
            | Self::Cron
            | Self::OAuth2
            | Self::Http
            | Self::Host
            | Self::Integrations
            | Self::Webhooks
            | Self::Objects
            | Self::Images
            | Self::Pdf
            | Self::Pool
            | Self::Tls => &["actix-*", "diesel", "openssl-sys", "native-tls"],
            Self::RestCore | Self::Socket | Self::Rest | Self::Console => &[
                "diesel",
                "redis",
                "deadpool-redis",
                "reqwest",
                "alveole-adapter-*",
                "openssl-sys",
            ],
            Self::App | Self::Tests => &["openssl-sys", "native-tls", "actix-governor"],
        }
    }
}

pub(crate) fn listed(list: &[&str], name: &str) -> bool {
    list.iter().any(|entry| match entry.strip_suffix('*') {
        Some(_) if *entry == DOMAINS => name.strip_prefix("alveole-").is_some_and(is_domain),
        Some(prefix) => name.starts_with(prefix),
        None => *entry == name,
    })
}

fn is_domain(folder: &str) -> bool {
    workspace().join("crates/domain").join(folder).join("Cargo.toml").is_file()
}
