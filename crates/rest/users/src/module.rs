//! What the program needs to know of accounts and sign-in.

use std::{sync::Arc, time::Duration};

use kernel::{Actor, Chore, Permission, Runs};
use rest::{
    Module,
    dashboard::{Count, CountPart},
    live::LiveRule,
    module::PathParameter,
    problem::Problem,
};
use serde_json::{Value, json};
use users::{UserError, Users, user::User};

use crate::{
    accounts::{
        self,
        dto::{UserBody, user_etag},
    },
    auth, auth_codes, authz, codes,
    keys::{self, PublicKeys},
    present,
};

/// From one count of accounts and sessions to the next.
const COUNT: Duration = Duration::from_secs(60);

/// On the dashboard.
const COUNTS: [Count; 4] = [
    Count { name: "users_count", about: "Accounts" },
    Count { name: "new_users_today", about: "Accounts made since the day began, in UTC" },
    Count { name: "active_users_day", about: "Accounts used within a day" },
    Count { name: "active_sessions", about: "Sessions that have not ended" },
];

/// A name that a person chose.
const WORD: &str = "^[a-z][a-z0-9_-]{1,49}$";

/// The module as the document describes it, without its service.
pub fn description() -> Module {
    Module {
        tags: &[
            ("auth", "Registration, sign-in and sessions"),
            ("account recovery", "One-time links by email: password, address, closed accounts"),
            ("second factor", "Time-based codes (RFC 6238) and recovery codes"),
            ("sign-in providers", "Sign-in with Google or GitHub, for front-ends with PKCE"),
            ("personal access tokens", "Tokens with scopes, for programs"),
            ("users", "Accounts and profiles"),
            ("phone", "The phone number of one's account, which text messages go to"),
            ("admin", "Accounts, for administrators"),
            ("roles", "Custom roles and who has them"),
            ("service accounts", "Accounts of programs, and their tokens"),
            ("audit", "Who did what, when and from where"),
        ],
        codes: &[codes::CODES, auth_codes::CODES],
        event_types: users::events::TYPES,
        rules: &[auth::RULES, accounts::RULES],
        routes: |config| {
            auth::routes(config);
            config.service(authz::explain);
            accounts::routes(config);
        },
        root_routes: Some(|config| {
            config.service(keys::jwks);
        }),
        parameters: &[
            PathParameter {
                name: "provider",
                about: "The name of the provider in this server's settings",
                example: "google",
                pattern: Some("^[a-z][a-z0-9_-]{1,31}$"),
            },
            PathParameter {
                name: "name",
                about: "The name of the role",
                example: "auditors",
                pattern: Some(WORD),
            },
            PathParameter {
                name: "token_id",
                about: "The number of the token",
                example: "1",
                pattern: None,
            },
        ],
        counts: &COUNTS,
        document: Some(complete),
        ..Module::new("users")
    }
}

/// The module.
pub fn module(users: Arc<Users>, keys: PublicKeys) -> Module {
    let warmed = Arc::clone(&users);
    let offered = users.providers().into_iter();
    Module {
        sign_in: offered.map(|name| (name.as_str().to_owned(), provider(name.as_str()))).collect(),
        chores: vec![count(&users)],
        count_parts: vec![CountPart::of(&users, &COUNTS, counts)],
        jobs: users.jobs(),
        live: vec![
            LiveRule::new("user", Permission::UsersRead).managed_by(Permission::UsersManage),
        ],
        warm_up: Some(Arc::new(move |limit| {
            let users = Arc::clone(&warmed);
            Box::pin(async move { users.warm_up(limit).await.map_err(|error| error.to_string()) })
        })),
        ..description()
    }
    .service(users)
    .service(Arc::new(keys))
}

/// An account as its owner sees it, and its entity tag.
pub fn shown(actor: &Actor, user: &User) -> (Value, String) {
    let body = serde_json::to_value(UserBody::own(user)).unwrap_or_default();
    (body, user_etag(actor, user))
}

async fn counts(users: Arc<Users>) -> Result<Vec<u64>, Problem> {
    let counts = users.record_metrics().await.map_err(present)?;
    Ok(vec![counts.accounts, counts.new_today, counts.active_in_a_day, counts.open_sessions])
}

/// The gauges of accounts and sessions.
fn count(users: &Arc<Users>) -> Chore {
    Chore::of(users, "users.count", Runs::EachProcess(COUNT), |users| async move {
        let counts = users.record_metrics().await?;
        metrics::gauge!("alveole_users").set(counts.accounts as f64);
        metrics::gauge!("alveole_sessions_active").set(counts.open_sessions as f64);
        Ok::<_, UserError>(0)
    })
}

/// The sign-in with a provider, as a front-end sees it: an authorization code flow of our own, with
/// PKCE.
fn provider(name: &str) -> Value {
    let shown = match name {
        "google" => "Google",
        "github" => "GitHub",
        other => other,
    };
    json!({
        "type": "oauth2",
        "description": format!("Signs in with {shown}."),
        "flows": {"authorizationCode": {
            "authorizationUrl": format!("/api/v1/auth/{name}"),
            "tokenUrl": "/api/v1/auth/token",
            "refreshUrl": "/api/v1/auth/token",
            "scopes": {}
        }}
    })
}

/// How a bearer token is had from this domain.
const BEARER: &str = "The `access_token` of `POST /api/v1/auth/login`, or a personal access token (`alv_…`) of \
    `POST /api/v1/auth/tokens`. Operations whose `x-permission` is `session` take the former only.";

fn complete(document: &mut Value, modules: &[Module]) {
    if let Some(bearer) = document.pointer_mut("/components/securitySchemes/bearer") {
        bearer["description"] = json!(BEARER);
    }
    let Some(schemas) = document.pointer_mut("/components/schemas") else { return };
    // OAuth2 clients may say more than we know (RFC 6749 §3.2).
    if let Some(Value::Object(request)) = schemas.get_mut("auth.OAuthTokenRequest") {
        request.insert("additionalProperties".to_owned(), json!(true));
    }
    let Some(export) = schemas.get_mut("users.PersonalData") else { return };
    for list in modules.iter().flat_map(|module| module.export_lists) {
        if let Some(properties) = export.get_mut("properties").and_then(Value::as_object_mut) {
            let row = format!("#/components/schemas/{}", list.schema);
            let schema =
                json!({"type": "array", "items": {"$ref": row}, "description": list.about});
            properties.insert(list.name.to_owned(), schema);
        }
        if let Some(required) = export.get_mut("required").and_then(Value::as_array_mut) {
            required.push(json!(list.name));
        }
    }
}
