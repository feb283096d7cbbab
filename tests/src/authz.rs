//! The authorization table: what each operation answers to each kind of caller.
//!
//! Every operation of `/openapi.json` must have a row (the architecture test and the journey
//! `authz` both say which are missing), so that no route can appear without somebody deciding who
//! may use it. Each row is tried on things that belong to **somebody else**, with a request that
//! is otherwise right: so the status tells about permission and nothing else. A REST crate may keep its
//! rows in its `tests/authz.txt`, where its HTTP tests try them, too.

use std::{fs, path::PathBuf};

use crate::server::workspace;

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Nobody.
    Anonymous,
    /// An ordinary account.
    User,
    /// An administrator.
    Admin,
    /// Who may do everything.
    SuperAdmin,
}

impl Caller {
    /// In the order of [`Rule::expected`].
    pub const ALL: [Self; 4] = [Self::Anonymous, Self::User, Self::Admin, Self::SuperAdmin];

    /// The role's word, for those who are signed in.
    pub const fn role(self) -> Option<&'static str> {
        match self {
            Self::Anonymous => None,
            Self::User => Some("user"),
            Self::Admin => Some("admin"),
            Self::SuperAdmin => Some("super_admin"),
        }
    }
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Method and path, parameters as `{}`.
    pub operation: &'static str,
    /// The body, if it takes one. `$unique`, `$password`, `$email`, `$refresh` and `$other` (a
    /// third person's id) are filled in, and `$product`.
    pub body: Option<&'static str>,
    /// The status for each of [`Caller::ALL`].
    pub expected: [u16; 4],
}

const fn rule(operation: &'static str, body: Option<&'static str>, expected: [u16; 4]) -> Rule {
    Rule { operation, body, expected }
}

/// Anybody may, with this answer.
const fn open(status: u16) -> [u16; 4] {
    [status; 4]
}
/// Whoever is signed in.
const fn signed_in(status: u16) -> [u16; 4] {
    [401, status, status, status]
}
/// Those with a permission that only administrators hold.
const fn admins(status: u16) -> [u16; 4] {
    [401, 403, status, status]
}
/// Those with a permission that only a super_admin holds.
const fn super_admins(status: u16) -> [u16; 4] {
    [401, 403, 403, status]
}
/// Somebody else's thing: not there for a stranger, there for an administrator.
const fn hidden(status: u16) -> [u16; 4] {
    [401, 404, status, status]
}

/// The whole table. What PUT does, PATCH does; crates say both.
pub fn table() -> Vec<Rule> {
    let named: Vec<Rule> = TABLE.iter().copied().chain(of_crates()).collect();
    let patches = TABLE.iter().filter_map(|rule| {
        let path = rule.operation.strip_prefix("PUT ")?;
        Some(Rule { operation: format!("PATCH {path}").leak(), ..*rule })
    });
    let known = |rule: &Rule| named.iter().any(|other| other.operation == rule.operation);
    let patches: Vec<Rule> = patches.filter(|rule| !known(rule)).collect();
    named.into_iter().chain(patches).collect()
}

/// The rows that REST crates have in their `tests/authz.txt`.
pub fn of_crates() -> Vec<Rule> {
    let crates = fs::read_dir(workspace().join("crates/rest")).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        crates.map(|folder| folder.path().join("tests/authz.txt")).collect();
    files.sort();
    let texts = files.iter().filter_map(|path| fs::read_to_string(path).ok());
    texts.flat_map(|text| read(text.leak())).collect()
}

/// The rows of a text: `GET /api/v1/things/{} 401 404 404 404`, and a body behind that if there is one.
fn read(text: &'static str) -> Vec<Rule> {
    let row = |line: &'static str| {
        let (fields, body) = match line.find(" {\"") {
            Some(at) => (line.get(..at)?, line.get(at + 1..)),
            None => (line, None),
        };
        let mut statuses = [0; 4];
        let mut words = fields.split_whitespace().skip(2);
        for status in &mut statuses {
            *status = words.next()?.parse().ok()?;
        }
        let end = fields.find(" 4").or_else(|| fields.find(" 2"))?;
        Some(rule(fields.get(..end)?.trim_end(), body, statuses))
    };
    let rows = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    rows.map(|line| row(line).unwrap_or_else(|| panic!("an unreadable row: {line}"))).collect()
}

/// The rows of the domains that have no table of their own.
const TABLE: &[Rule] = &[
    // operations
    rule("GET /health", None, open(200)),
    rule("GET /ready", None, open(200)),
    rule("GET /metrics", None, open(200)),
    rule("GET /openapi.json", None, open(200)),
    rule("GET /.well-known/jwks.json", None, open(200)),
    // sign-in
    rule(
        "POST /api/v1/auth/register",
        Some(r#"{"username":"$unique","email":"$unique@example.com","password":"$password"}"#),
        open(201),
    ),
    rule(
        "POST /api/v1/auth/login",
        Some(r#"{"email":"$email","password":"$password"}"#),
        open(200),
    ),
    rule("GET /api/v1/auth/setup", None, open(200)),
    rule(
        "POST /api/v1/auth/setup",
        Some(
            r#"{"token":"none","username":"$unique","email":"$unique@example.com","password":"$password"}"#,
        ),
        // the table's administrator is there already
        open(409),
    ),
    rule("POST /api/v1/auth/refresh", Some(r#"{"refresh_token":"$refresh"}"#), open(200)),
    rule(
        "POST /api/v1/auth/2fa/verify",
        Some(r#"{"mfa_token":"nobody's","code":"123456"}"#),
        open(401),
    ),
    rule(
        "POST /api/v1/auth/2fa/setup",
        Some(r#"{"current_password":"$password"}"#),
        signed_in(200),
    ),
    // without a second factor there is nothing to turn on or off
    rule("POST /api/v1/auth/2fa/enable", Some(r#"{"code":"123456"}"#), signed_in(409)),
    rule(
        "POST /api/v1/auth/2fa/disable",
        Some(r#"{"current_password":"$password","code":"123456"}"#),
        signed_in(409),
    ),
    rule(
        "POST /api/v1/auth/2fa/recovery-codes",
        Some(r#"{"current_password":"$password","code":"123456"}"#),
        signed_in(409),
    ),
    rule("POST /api/v1/auth/logout", None, signed_in(200)),
    rule("POST /api/v1/auth/logout-all", None, signed_in(200)),
    rule("POST /api/v1/auth/password/forgot", Some(r#"{"email":"$email"}"#), open(200)),
    rule(
        "POST /api/v1/auth/password/reset",
        Some(r#"{"token":"none","new_password":"another long walk"}"#),
        open(422),
    ),
    rule("POST /api/v1/auth/email/verify", Some(r#"{"token":"none"}"#), open(422)),
    rule("POST /api/v1/auth/email/resend", Some(r#"{"email":"$email"}"#), open(200)),
    rule("POST /api/v1/auth/email/confirm", Some(r#"{"token":"none"}"#), open(422)),
    rule(
        "POST /api/v1/auth/restore-account",
        Some(r#"{"email":"$email","password":"$password"}"#),
        open(200),
    ),
    rule("GET /api/v1/auth/me", None, signed_in(200)),
    rule("GET /api/v1/auth/check", None, signed_in(200)),
    rule("GET /api/v1/authz/explain", None, signed_in(200)),
    rule("POST /api/v1/auth/ticket", None, signed_in(200)),
    rule("GET /api/v1/auth/sessions", None, signed_in(200)),
    rule("DELETE /api/v1/auth/sessions/{}", None, signed_in(404)),
    rule("GET /api/v1/auth/tokens", None, signed_in(200)),
    rule(
        "POST /api/v1/auth/tokens",
        Some(r#"{"name":"ci","scopes":["tasks:read"]}"#),
        signed_in(201),
    ),
    rule("DELETE /api/v1/auth/tokens/{}", None, signed_in(404)),
    // sign-in with other providers; nobody has gone to one, so nobody comes back
    rule("GET /api/v1/auth/providers", None, open(200)),
    rule("GET /api/v1/auth/{}", None, open(302)),
    rule("GET /api/v1/auth/{}/callback", None, open(400)),
    rule(
        "POST /api/v1/auth/token",
        Some(r#"{"grant_type":"refresh_token","refresh_token":"$refresh"}"#),
        open(200),
    ),
    rule("GET /api/v1/auth/identities", None, signed_in(200)),
    rule("POST /api/v1/auth/link/{}", Some(r#"{"current_password":"$password"}"#), signed_in(200)),
    rule("DELETE /api/v1/auth/link/{}", None, signed_in(404)),
    // people
    rule("GET /api/v1/users", None, signed_in(200)),
    rule("GET /api/v1/users/except-me", None, signed_in(200)),
    rule("GET /api/v1/users/me", None, signed_in(200)),
    rule("PUT /api/v1/users/me", Some(r#"{"bio":"hello"}"#), signed_in(200)),
    rule(
        "PUT /api/v1/users/password",
        Some(r#"{"current_password":"$password","new_password":"another long walk"}"#),
        signed_in(200),
    ),
    rule(
        "POST /api/v1/users/me/email",
        Some(r#"{"new_email":"$unique@example.org","current_password":"$password"}"#),
        signed_in(200),
    ),
    rule("POST /api/v1/users/me/phone", Some(r#"{"phone":"1"}"#), signed_in(400)),
    rule("POST /api/v1/users/me/phone/confirm", Some(r#"{"code":"000000"}"#), signed_in(422)),
    rule(
        "DELETE /api/v1/users/me/phone",
        Some(r#"{"current_password":"$password"}"#),
        signed_in(200),
    ),
    rule("GET /api/v1/users/me/export", None, signed_in(200)),
    rule("DELETE /api/v1/users/me", Some(r#"{"password":"$password"}"#), signed_in(200)),
    rule("GET /api/v1/users/{}", None, signed_in(200)),
    rule("PUT /api/v1/users/{}", Some(r#"{"bio":"hello"}"#), admins(200)),
    rule("DELETE /api/v1/users/{}", None, admins(200)),
    rule("DELETE /api/v1/users/{}/2fa", None, admins(200)),
    rule("GET /api/v1/admin/users", None, admins(200)),
    rule("PUT /api/v1/admin/users/{}", Some(r#"{"status":"suspended"}"#), admins(200)),
    rule("GET /api/v1/admin/users/{}/sessions", None, admins(200)),
    rule("DELETE /api/v1/admin/users/{}/sessions", None, admins(200)),
    rule("GET /api/v1/admin/users/{}/roles", None, super_admins(200)),
    rule("PUT /api/v1/admin/users/{}/roles", Some(r#"{"roles":[]}"#), super_admins(200)),
    rule("GET /api/v1/admin/roles", None, super_admins(200)),
    rule(
        "POST /api/v1/admin/roles",
        Some(r#"{"name":"$unique","permissions":["audit:read"]}"#),
        super_admins(201),
    ),
    rule("GET /api/v1/admin/roles/{}", None, super_admins(200)),
    rule("PUT /api/v1/admin/roles/{}", Some(r#"{"permissions":[]}"#), super_admins(200)),
    rule("DELETE /api/v1/admin/roles/{}", None, super_admins(200)),
    rule("GET /api/v1/admin/service-accounts", None, admins(200)),
    rule("POST /api/v1/admin/service-accounts", Some(r#"{"username":"$unique"}"#), admins(201)),
    rule("DELETE /api/v1/admin/service-accounts/{}", None, admins(200)),
    rule("GET /api/v1/admin/service-accounts/{}/tokens", None, admins(200)),
    rule(
        "POST /api/v1/admin/service-accounts/{}/tokens",
        Some(r#"{"name":"ci","scopes":["tasks:read"]}"#),
        admins(201),
    ),
    rule("DELETE /api/v1/admin/service-accounts/{}/tokens/{}", None, admins(200)),
    rule("GET /api/v1/admin/audit", None, admins(200)),
    rule("GET /api/v1/admin/audit/verify", None, admins(200)),
    rule("GET /api/v1/admin/dashboard", None, admins(200)),
    rule("GET /api/v1/admin/settings", None, admins(200)),
    rule("GET /api/v1/admin/audit/export", None, admins(200)),
    // the catalogue, and what people own
    rule("GET /api/v1/products", None, open(200)),
    rule("GET /api/v1/products/search", None, open(200)),
    rule("GET /api/v1/products/{}", None, open(200)),
    rule("GET /api/v1/categories", None, open(200)),
    rule("POST /api/v1/admin/categories", Some(r#"{"name":"$unique"}"#), admins(201)),
    rule("GET /api/v1/admin/categories/{}", None, admins(200)),
    rule("PUT /api/v1/admin/categories/{}", Some(r#"{"name":"other"}"#), admins(200)),
    rule("DELETE /api/v1/admin/categories/{}", None, admins(200)),
    rule("GET /api/v1/admin/products", None, admins(200)),
    rule("POST /api/v1/admin/products", Some(r#"{"name":"$unique"}"#), admins(201)),
    rule("POST /api/v1/admin/products/import", Some("name\n$unique\n"), admins(200)),
    rule("GET /api/v1/admin/products/{}", None, admins(200)),
    rule("PUT /api/v1/admin/products/{}", Some(r#"{"price":100}"#), admins(200)),
    rule("DELETE /api/v1/admin/products/{}", None, admins(200)),
    rule("GET /api/v1/admin/products/{}/stock", None, admins(200)),
    rule(
        "POST /api/v1/admin/products/{}/stock",
        Some(r#"{"delta":1,"reason":"delivery"}"#),
        admins(201),
    ),
    rule("GET /api/v1/user-products", None, signed_in(200)),
    rule("POST /api/v1/user-products", Some(r#"{"product_id":$product}"#), signed_in(201)),
    rule("GET /api/v1/user-products/warranty", None, signed_in(200)),
    rule("GET /api/v1/user-products/{}", None, signed_in(404)),
    rule("PUT /api/v1/user-products/{}", Some(r#"{"notes":"new"}"#), signed_in(404)),
    rule("DELETE /api/v1/user-products/{}", None, signed_in(404)),
    // files; `$form` is a form with a small text file, `$tus` what one says of five bytes in tus
    rule("GET /api/v1/files", None, signed_in(200)),
    rule("POST /api/v1/files", Some("$form"), signed_in(201)),
    // an upload is its owner's alone
    rule("POST /api/v1/files/uploads", Some("$tus"), signed_in(201)),
    rule("GET /api/v1/files/uploads/{}", None, signed_in(404)),
    rule("PATCH /api/v1/files/uploads/{}", Some("$tus"), signed_in(404)),
    rule("DELETE /api/v1/files/uploads/{}", Some("$tus"), signed_in(404)),
    rule("GET /api/v1/files/{}", None, hidden(200)),
    rule("PUT /api/v1/files/{}", Some(r#"{"type":"document"}"#), hidden(200)),
    rule("DELETE /api/v1/files/{}", None, hidden(200)),
    rule("GET /api/v1/files/{}/download", None, hidden(200)),
    rule("POST /api/v1/files/{}/share", Some(r#"{"expires_in":60}"#), hidden(201)),
    rule("GET /api/v1/files/{}/shares", None, hidden(200)),
    rule("DELETE /api/v1/files/{}/shares/{}", None, hidden(200)),
    rule("GET /api/v1/files/{}/shared", None, open(403)),
    rule(
        "POST /api/v1/files/{}/variants",
        Some(r#"{"width":20,"height":20,"fit":"inside"}"#),
        hidden(200),
    ),
    // by the owner's link, which opens nothing to anybody else
    rule("GET /api/v1/files/{}/variant", None, hidden(200)),
    rule("PUT /api/v1/users/me/avatar", Some("$form"), signed_in(415)),
    rule("DELETE /api/v1/users/me/avatar", None, signed_in(200)),
    rule("GET /api/v1/products/{}/files", None, signed_in(404)),
    rule("POST /api/v1/products/{}/files", Some("$form"), signed_in(404)),
    rule(
        "POST /api/v1/generate-pdf",
        Some(
            r#"{"template":"table","data":{"title":"t","columns":[{"label":"a"}],"rows":[["b"]]}}"#,
        ),
        signed_in(201),
    ),
    rule("GET /api/v1/tasks/{}/attachments", None, hidden(200)),
    rule("POST /api/v1/tasks/{}/attachments", Some("$form"), hidden(201)),
    rule("DELETE /api/v1/tasks/{}/attachments/{}", None, hidden(200)),
    // tasks
    rule("GET /api/v1/tasks", None, signed_in(200)),
    rule("POST /api/v1/tasks", Some(r#"{"title":"mine"}"#), signed_in(201)),
    rule(
        "POST /api/v1/tasks/bulk",
        Some(r#"{"operations":[{"op":"create","data":{"title":"mine"}}]}"#),
        signed_in(200),
    ),
    rule("GET /api/v1/tasks/stats", None, signed_in(200)),
    rule("GET /api/v1/tasks/export", None, signed_in(200)),
    rule("GET /api/v1/events", None, signed_in(200)),
    rule("GET /api/v1/events/head", None, signed_in(200)),
    // A socket is opened by a handshake only.
    rule("GET /api/v1/ws", None, open(426)),
    rule("GET /api/v1/tasks/events", None, signed_in(200)),
    rule("GET /api/v1/tasks/{}", None, hidden(200)),
    rule("PUT /api/v1/tasks/{}", Some(r#"{"title":"new"}"#), hidden(200)),
    rule("DELETE /api/v1/tasks/{}", None, hidden(200)),
    rule("POST /api/v1/tasks/{}/restore", None, hidden(200)),
    rule("PUT /api/v1/tasks/{}/assignee", Some(r#"{"user_id":$other}"#), hidden(200)),
    rule("GET /api/v1/tasks/{}/comments", None, hidden(200)),
    rule("POST /api/v1/tasks/{}/comments", Some(r#"{"content":"well"}"#), hidden(201)),
    rule("GET /api/v1/tasks/{}/comments/{}", None, hidden(200)),
    rule("PUT /api/v1/tasks/{}/comments/{}", Some(r#"{"content":"better"}"#), hidden(403)),
    rule("DELETE /api/v1/tasks/{}/comments/{}", None, hidden(200)),
];

/// `GET /api/v1/tasks/{id}` → `GET /api/v1/tasks/{}`.
pub fn normal(method: &str, path: &str) -> String {
    let mut normal = format!("{} ", method.to_ascii_uppercase());
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => {
                inside = true;
                normal.push_str("{}");
            }
            '}' => inside = false,
            _ if !inside => normal.push(c),
            _ => {}
        }
    }
    normal
}

/// Every operation of an OpenAPI document: its normal form and its id.
pub fn operations(document: &serde_json::Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let paths = document.get("paths").and_then(|paths| paths.as_object());
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            if let Some(id) = operation.get("operationId").and_then(|id| id.as_str()) {
                all.push((normal(method, path), id.to_owned()));
            } else if operation.get("responses").is_some() {
                all.push((normal(method, path), "no operationId!".to_owned()));
            }
        }
    }
    all
}

/// What is wrong with the table, judged by a document; empty when nothing is.
pub fn faults(document: &serde_json::Value) -> Vec<String> {
    let (operations, table) = (operations(document), table());
    let mut faults = Vec::new();
    for (operation, id) in &operations {
        if !table.iter().any(|rule| rule.operation == operation) {
            faults.push(format!("`{operation}` ({id}) has no row"));
        }
    }
    for rule in table.iter().filter(|rule| rule.operation.contains("/api/")) {
        if !operations.iter().any(|(name, _)| name == rule.operation) {
            faults.push(format!(
                "the row `{}` is about no operation of the document",
                rule.operation
            ));
        }
    }
    faults
}
