//! The public halves of the token keys.

use std::{sync::Arc, time::Duration};

use actix_web::{get, web::Data};
use rest::{call::Call, reply};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Answer;

/// The public halves of the token keys, as a JWK set.
pub type PublicKeys = Arc<dyn Fn() -> String + Send + Sync>;

/// How long others may keep the set without asking again.
pub const KEPT: Duration = Duration::from_secs(300);

/// Keys that tokens can be checked with (RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicKeySet {
    /// The key that signs, those to come, and those of tokens that may still be alive.
    keys: Vec<PublicKey>,
}

/// One key (RFC 8037).
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicKey {
    /// Always `OKP`.
    #[schema(example = "OKP")]
    kty: &'static str,
    /// Always `Ed25519`.
    #[schema(example = "Ed25519")]
    crv: &'static str,
    /// The only algorithm of this key: `EdDSA`.
    #[schema(example = "EdDSA")]
    alg: &'static str,
    /// Always `sig`: it signs.
    #[schema(example = "sig")]
    r#use: &'static str,
    /// Its name in the header of tokens: its thumbprint (RFC 7638).
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    kid: String,
    /// The key.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    x: String,
}

/// The keys that access tokens can be checked with
///
/// For services that take our tokens. A token's `kid` names one of them, `alg` must be that key's, `typ`
/// is `at+jwt`, `iss` and `aud` are those of the server's settings. New keys stand here before they sign;
/// ask again when a `kid` is not known. Empty when tokens are signed with a secret (`auth.algorithm:
/// hs256`).
#[utoipa::path(
    tag = "operations",
    operation_id = "jwks",
    responses((
        status = 200, description = "The keys", body = PublicKeySet,
        content_type = "application/jwk-set+json"
    )),
    extensions(("x-alveole" = json!({
        "permission": "public", "plain": true, "conditional": "read"
    })))
)]
#[get("/.well-known/jwks.json")]
pub(crate) async fn jwks(call: Call, keys: Data<PublicKeys>) -> Answer {
    let set = (**keys)();
    reply::published(&call, "application/jwk-set+json", set, KEPT)
}
