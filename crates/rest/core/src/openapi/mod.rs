//! The OpenAPI document: generated from the handlers that route, then completed by what holds for
//! every operation (who may call it, the failures it shares with all others, the headers of
//! conditional, idempotent and paged calls).
#![expect(
    clippy::indexing_slicing,
    reason = "the index of a JSON value gives null or makes the member; it does not panic on objects"
)]

mod failures;
mod headers;
mod names;
mod operation;
mod order;
mod schemas;
mod share;
mod sign_in;

use std::collections::BTreeSet;

use actix_web::App;
use kernel::{Permission, Role};
use serde_json::{Map, Value, json};
use utoipa_actix_web::{AppExt as _, scope};

pub use self::sign_in::with_sign_in;

use self::{operation::Place, share::MODULE};
use crate::{
    api::ApiError,
    codes::Codes,
    module::{Module, PathParameter},
};

/// Where references to schemas lead.
const SCHEMAS: &str = "#/components/schemas/";

/// What the document says of the program as a whole.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Its name.
    pub title: &'static str,
    /// What it is, in Markdown.
    pub description: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its licence by SPDX name.
    pub license: &'static str,
}

impl Default for About {
    fn default() -> Self {
        Self { title: "API", description: "", version: "0.1.0", license: "MIT" }
    }
}

/// The operations and schemas of a module as its routes give them.
fn routed(module: &Module, base: &'static str) -> serde_json::Result<Value> {
    let routes = module.routes;
    let mut app = App::new().into_utoipa_app().service(scope(base).configure(routes));
    if let Some(root_routes) = module.root_routes {
        app = app.configure(root_routes);
    }
    let (_, document) = app.split_for_parts();
    order::read(&serde_json::to_string(&document)?)
}

/// Names the PATCH of a handler that answers to PUT, too: `tasks_update` becomes `tasks_patch`.
fn same_as_put(operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let words: Vec<&str> =
        id.split('_').map(|word| if word == "update" { "patch" } else { word }).collect();
    let named = words.join("_");
    operation["operationId"] =
        if named == id { json!(format!("{id}_patch")) } else { json!(named) };
    operation["description"] = json!("The same as PUT.");
}

/// The operations and schemas of all modules, in the order of the modules and of their routes.
fn merged(base: &'static str, modules: &[Module]) -> Result<Value, ApiError> {
    let mut merged = json!({"paths": {}, "components": {"schemas": {}}});
    let mut operations = BTreeSet::new();
    let mut order = Vec::new();
    for module in modules {
        let mut part = routed(module, base)?;
        let mut paths = part["paths"].as_object_mut().map(std::mem::take).unwrap_or_default();
        let declared = paths.remove(order::ORDER).unwrap_or_default();
        for path in declared.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let item = paths.get(path).and_then(Value::as_object).cloned().unwrap_or_default();
            let put = item.get("put").map(|put| put["operationId"].clone());
            for (method, mut operation) in item {
                if method == "patch" && Some(&operation["operationId"]) == put.as_ref() {
                    same_as_put(&mut operation);
                }
                let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
                if !operations.insert(id.clone()) {
                    return Err(ApiError::Operation(id));
                }
                operation[MODULE] = json!(module.name);
                merged["paths"][path][method] = operation;
            }
            if !order.iter().any(|known| known == path) {
                order.push(path.to_owned());
            }
        }
        let schemas = &mut part["components"]["schemas"];
        for (name, schema) in schemas.as_object_mut().map(std::mem::take).unwrap_or_default() {
            // A reference to itself: another module describes it.
            if schema["$ref"] == json!(format!("{SCHEMAS}{name}")) {
                continue;
            }
            let known = &mut merged["components"]["schemas"][&name];
            if !known.is_null() && *known != schema {
                return Err(ApiError::Schema(name));
            }
            *known = schema;
        }
    }
    merged["paths"][order::ORDER] = json!(order);
    Ok(merged)
}

/// The text of the document: what `openapi/openapi.json` holds.
///
/// # Errors
/// When modules contradict one another.
pub fn text(
    about: &About,
    base: &'static str,
    modules: &[Module],
    codes: &Codes,
) -> Result<String, ApiError> {
    let mut document = merged(base, modules)?;
    describe(&mut document, about, modules);
    let known: Vec<&PathParameter> = modules.iter().flat_map(|m| m.parameters).collect();
    complete(&mut document, |path, method, module, operation| {
        let place = Place { path, method, module, known: &known, codes };
        operation::complete(&place, operation);
    });
    for complete in modules.iter().filter_map(|module| module.document) {
        complete(&mut document, modules);
    }
    schemas::complete(&mut document);
    names::refer_to_payloads(&mut document);
    for (name, schema) in failures::schemas(codes) {
        document["components"]["schemas"][name] = schema;
    }
    names::rename(&mut document)?;
    share::share(&mut document, base);
    components(&mut document, modules, codes);
    order::arrange(&mut document);
    Ok(order::write(&document)?)
}

/// What the document says of all operations together.
fn describe(document: &mut Value, about: &About, modules: &[Module]) {
    document["openapi"] = json!("3.1.0");
    document["info"] = json!({
        "title": about.title,
        "description": format!("{}\n\n{}{}", about.description, headers::COMMON, aliases(modules)).trim_start(),
        "version": about.version,
        "license": {"name": about.license, "identifier": about.license},
    });
    document["servers"] = json!([{"url": "/", "description": "This server"}]);
    let tags = modules.iter().flat_map(|module| module.tags);
    document["tags"] =
        tags.map(|(name, about)| json!({"name": name, "description": about})).collect();
    document["security"] = json!([sign_in::bearer()]);
    document["x-permissions"] = permissions();
    document["components"]["securitySchemes"] = json!({
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An access token. Operations whose `x-permission` is `session` take the token \
                of a session only."
        },
    });
}

/// The other paths that resources have.
fn aliases(modules: &[Module]) -> String {
    let all = modules.iter().flat_map(|module| module.aliases);
    let line = |(from, to): &(&str, &str)| {
        format!("\n\nThe paths below `{from}` are those below `{to}`: the same operations.")
    };
    all.map(line).collect::<Vec<_>>().concat()
}

/// What the `x-permission` of an operation means, and the built-in roles that have it.
fn permissions() -> Value {
    let everyone: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let mut all = json!({
        "public": {"description": "No sign-in is needed.", "roles": ["anonymous"]},
        "signed-in": {"description": "Any sign-in or token will do.", "roles": everyone},
        "session": {
            "description": "Needs a sign-in; a personal access token is not enough.",
            "roles": everyone,
        },
    });
    for permission in Permission::all() {
        let roles = Role::ALL.iter().filter(|role| role.permissions().contains(permission));
        let roles: Vec<&str> = roles.map(|role| role.as_str()).collect();
        all[permission.as_str()] = json!({"description": permission.allows(), "roles": roles});
    }
    all
}

fn complete(document: &mut Value, see: impl Fn(&str, &str, &str, &mut Map<String, Value>)) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (path, item) in paths.iter_mut() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let Some(operation) = operation.as_object_mut() else { continue };
            let module = operation.get(MODULE).and_then(Value::as_str).unwrap_or_default();
            let module = module.to_owned();
            see(path, method, &module, operation);
        }
    }
}

/// Adds the failures and headers to which operations refer, and no others.
fn components(document: &mut Value, modules: &[Module], codes: &Codes) {
    let modules: Vec<&str> = modules.iter().map(|module| module.name).collect();
    let mut used = BTreeSet::new();
    references(&document["paths"], &mut used);
    for (name, response) in failures::components(&modules, codes) {
        if used.contains(&format!("responses/{name}")) {
            document["components"]["responses"][name] = response;
        }
    }
    references(&document["components"]["responses"], &mut used);
    for (name, header) in headers::components(|name| used.contains(&format!("headers/{name}"))) {
        document["components"]["headers"][name] = header;
    }
}

/// Where a piece of the document refers to, below `components`: `schemas/Task`.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            let reference = map.get("$ref").and_then(Value::as_str);
            found
                .extend(reference.and_then(|r| r.strip_prefix("#/components/")).map(str::to_owned));
            map.values().for_each(|inner| references(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, found)),
        _ => {}
    }
}
