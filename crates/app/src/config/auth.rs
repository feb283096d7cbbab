//! `auth.*`: passwords, tokens, second factors and links.

use std::path::PathBuf;

use kernel::Role;

use super::{Mode, Secret, ServerConfig, checks, reader::Reader, size};

/// How access tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// With one secret, which every verifier needs.
    Hs256,
    /// With a ring of Ed25519 keys, whose public halves are published.
    EdDsa,
}

/// `auth.*`.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// How access tokens are signed.
    pub algorithm: Algorithm,
    /// Signs access tokens with HS256.
    pub jwt_secret: Option<Secret>,
    /// The folder with the ring of keys.
    pub keys_dir: PathBuf,
    /// The ring itself, as a JWK set with private keys; goes before the folder.
    pub keys: Option<Secret>,
    /// Whether tokens of the time before the ring are still taken.
    pub accept_hs256: bool,
    /// `iss` of access tokens.
    pub issuer: String,
    /// `aud` of access tokens.
    pub audience: String,
    /// bcrypt's cost.
    pub bcrypt_cost: u32,
    /// Threads that hash passwords.
    pub hash_threads: usize,
    /// Passwords that may wait to be hashed.
    pub hash_queue: usize,
    /// Life of an access token.
    pub access_ttl_seconds: u64,
    /// Life of a refresh token.
    pub refresh_ttl_seconds: u64,
    /// Life of a session, however often it is refreshed.
    pub session_ttl_seconds: u64,
    /// The beginning of links in emails.
    pub link_base_url: String,
    /// Whether links in emails lead to this server, so that it has the pages behind them.
    pub link_pages: bool,
    /// Life of a link that confirms a mail address.
    pub verify_link_ttl_seconds: u64,
    /// Life of a link that lets set a new password.
    pub reset_link_ttl_seconds: u64,
    /// The pause between two emails of one kind to an account.
    pub link_pause_seconds: u64,
    /// The longest life of a personal access token; 0: without a bound.
    pub token_max_ttl_seconds: u64,
    /// Encrypts what must be read again, such as the secrets of second factors.
    pub encryption_key: Option<Secret>,
    /// The roles that must have a second factor.
    pub require_two_factor_roles: Vec<Role>,
    /// Where front-ends may ask browsers to be sent after a sign-in with a provider.
    pub frontend_urls: Vec<String>,
}

pub(super) fn auth(reader: &mut Reader, server: &ServerConfig) -> AuthConfig {
    let mode = server.mode;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let algorithm = reader.word(
        "auth.algorithm",
        "hs256",
        &[("hs256", Algorithm::Hs256), ("eddsa", Algorithm::EdDsa)],
    );
    let accept_hs256 =
        reader.word("auth.accept_hs256", "false", &[("true", true), ("false", false)]);
    let needs_secret = algorithm == Algorithm::Hs256 || accept_hs256;
    let keys_dir = server.data_dir.join("keys");
    let given = reader.secret("auth.jwt_secret");
    match &given {
        Some((secret, source)) => {
            if let Err(why) = crate::secrets::judge(secret, mode) {
                reader.fault(format!("auth.jwt_secret ({source}) {why}"));
            }
        }
        None if mode == Mode::Production && needs_secret => reader.fault(
            "auth.jwt_secret must be set in production (JWT_SECRET or JWT_SECRET_FILE), at least \
             32 random bytes: `openssl rand -base64 48` makes one"
                .into(),
        ),
        None => {}
    }
    let (encryption_key, require_two_factor_roles) = factors(reader, mode);
    let here = server.public_url.clone();
    let here = here.unwrap_or_else(|| format!("http://localhost:{}", server.port));
    let links = reader.optional("auth.link_base_url", checks::public_url);
    AuthConfig {
        algorithm,
        jwt_secret: given.map(|(secret, _)| Secret(secret)),
        keys_dir: PathBuf::from(reader.text("auth.keys_dir", &keys_dir.display().to_string())),
        keys: reader.secret("auth.keys").map(|(keys, _)| Secret(keys)),
        accept_hs256,
        issuer: reader.text("auth.issuer", "alveole"),
        audience: reader.text("auth.audience", "alveole-api"),
        bcrypt_cost: u32::try_from(reader.number("auth.bcrypt_cost", 12, 4, 16)).unwrap_or(12),
        // As many as cores would stall everything else while people sign in.
        hash_threads: size(reader.number("auth.hash_threads", (cores as u64 / 2).max(1), 1, 256)),
        hash_queue: size(reader.number("auth.hash_queue", 256, 1, 100_000)),
        access_ttl_seconds: reader.number("auth.access_ttl_seconds", 3600, 1, 86_400),
        refresh_ttl_seconds: reader.number("auth.refresh_ttl_seconds", 604_800, 1, 31_536_000),
        session_ttl_seconds: reader.number("auth.session_ttl_seconds", 7_776_000, 1, 315_360_000),
        link_pages: links.as_ref().is_none_or(|links| *links == here),
        link_base_url: links.unwrap_or(here),
        verify_link_ttl_seconds: reader.number(
            "auth.verify_link_ttl_seconds",
            86_400,
            1,
            2_592_000,
        ),
        reset_link_ttl_seconds: reader.number("auth.reset_link_ttl_seconds", 3600, 1, 86_400),
        link_pause_seconds: reader.number("auth.link_pause_seconds", 60, 0, 86_400),
        token_max_ttl_seconds: reader.number(
            "auth.token_max_ttl_seconds",
            31_536_000,
            0,
            315_360_000,
        ),
        encryption_key,
        require_two_factor_roles,
        frontend_urls: reader.list("auth.frontend_urls", checks::endpoint),
    }
}

/// The key of second factors, and the roles that must have one.
fn factors(reader: &mut Reader, mode: Mode) -> (Option<Secret>, Vec<Role>) {
    let given = reader.secret("auth.encryption_key");
    let roles = reader.list("auth.require_two_factor_roles", |raw| {
        Role::parse(raw).ok_or("must be user, moderator, admin or super_admin")
    });
    match &given {
        Some((secret, source)) => {
            if let Err(why) = crate::secrets::judge(secret, mode) {
                reader.fault(format!("auth.encryption_key ({source}) {why}"));
            }
        }
        None if mode == Mode::Production && !roles.is_empty() => reader.fault(
            "auth.encryption_key must be set in production where auth.require_two_factor_roles is, \
             at least 32 random bytes: `openssl rand -base64 48` makes one"
                .into(),
        ),
        None => {}
    }
    (given.map(|(secret, _)| Secret(secret)), roles)
}
