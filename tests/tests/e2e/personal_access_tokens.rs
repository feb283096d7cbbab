//! Personal access tokens, service accounts and roles that somebody made.

use std::time::Duration;

use alveole_tests::{
    Answer, Backend, Client, Person, Server, eventually, server::PASSWORD, sse::Sse,
};
use serde_json::{Value, json};

const TOKENS: &str = "/api/v1/auth/tokens";
const CHECK: &str = "/api/v1/auth/check";
const TASKS: &str = "/api/v1/tasks";
const MACHINES: &str = "/api/v1/admin/service-accounts";
const ROLES: &str = "/api/v1/admin/roles";
/// The longest that anything of this may take to be felt is five seconds.
const SOON: Duration = Duration::from_secs(20);

/// Makes a token; gives its number and a client that comes with it.
fn token(server: &Server, person: &Person, scopes: &[&str]) -> (i64, Client) {
    let made = person.client.post(TOKENS, &json!({"name": "ci", "scopes": scopes})).expect(201);
    (made.id(), server.anonymous().with_token(&secret(&made)))
}

fn secret(made: &Answer) -> String {
    made.at("/data/token").as_str().unwrap().to_owned()
}

fn permission(client: &Client, name: &str) -> Value {
    let path = format!("/api/v1/authz/explain?permission={}", name.replace(':', "%3A"));
    client.get(&path).expect(200).at("/data/permissions/0").clone()
}

pub(crate) fn a_token_is_shown_once_and_does_what_its_scopes_name(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let task = ada.task("seen");
    let wanted = json!({"name": " build server ", "scopes": ["tasks:read", "tasks:read"]});
    let made = ada.client.post(TOKENS, &wanted).expect(201);
    assert_eq!(made.must_have("cache-control"), "no-store");
    assert_eq!(made.must_have("location"), format!("{TOKENS}/{}", made.id()));
    assert_eq!(*made.at("/data/name"), "build server");
    assert_eq!(*made.at("/data/scopes"), json!(["tasks:read"]));
    let secret = secret(&made);
    assert!(secret.starts_with("alv_") && secret.len() >= 4 + 43, "256 bits");
    assert!(made.at("/data/expires_at").is_string(), "there is a longest life");

    // it is nowhere to be found again
    let listed = ada.client.get(TOKENS).expect(200);
    assert_eq!(listed.ids(), [made.id()]);
    assert_eq!(*listed.at("/data/0/last_used_at"), Value::Null);
    assert!(!listed.text.contains(&secret));
    let kept = server.sql("SELECT count(*) FROM receipts");
    assert_eq!(kept.trim(), "0", "no answer with a secret is kept");
    let keyed = ada.client.request("POST", TOKENS).header("idempotency-key", "k1");
    keyed.json(&wanted).send().problem(400, "idempotency.not_taken");

    let client = server.anonymous().with_token(&secret);
    assert_eq!(client.get(&format!("{TASKS}/{task}")).expect(200).id(), task);
    assert_eq!(client.get(TASKS).expect(200).ids(), [task]);
    let refused =
        client.post(TASKS, &json!({"title": "x"})).problem(403, "auth.missing_permission");
    assert_eq!(*refused.at("/permission"), "tasks:write");
    client.delete(&format!("{TASKS}/{task}")).problem(403, "auth.missing_permission");
    let bulk = json!({"operations": [{"op": "delete", "id": task}]});
    client.post("/api/v1/tasks/bulk", &bulk).problem(403, "auth.missing_permission");
    let people = client.get("/api/v1/users").problem(403, "auth.missing_permission");
    assert_eq!(*people.at("/permission"), "users:read");

    let told = client.get(CHECK).expect(200);
    assert_eq!(*told.at("/data/permissions"), json!(["tasks:read"]));
    assert_eq!(*told.at("/data/scopes"), json!(["tasks:read"]));
    assert_eq!(
        (told.at("/data/token_id"), told.at("/data/session_id")),
        (&json!(made.id()), &Value::Null)
    );
    assert_eq!(told.at("/data/expires_at"), made.at("/data/expires_at"));
    let told = ada.client.get(CHECK).expect(200);
    assert_eq!((told.at("/data/token_id"), told.at("/data/scopes")), (&Value::Null, &Value::Null));
    let why = permission(&client, "users:read");
    assert_eq!((&why["granted"], &why["held_by"]), (&json!(false), &json!(["user"])));
    let all = client.get("/api/v1/authz/explain").expect(200);
    assert_eq!(*all.at("/data/scopes"), json!(["tasks:read"]));

    // that it was used is noted beside the call
    let noted = || ada.client.get(TOKENS).expect(200).at("/data/0/last_used_at").is_string();
    assert!(eventually(SOON, noted));
    assert_eq!(*ada.client.get(TOKENS).expect(200).at("/data/0/last_used_ip"), "127.0.0.1");
    assert!(!server.log().contains(&secret), "no log line has it");
}

pub(crate) fn errors_of_a_token_are_named(backend: Backend) {
    let server = Server::with(backend, &[("ALVEOLE__AUTH__TOKEN_MAX_TTL_SECONDS", "60")]);
    let ada = server.person("ada");
    let post = |body: Value| ada.client.post(TOKENS, &body);
    let unknown = post(json!({"name": "x", "scopes": ["tasks:read", "fly"]}));
    let unknown = unknown.problem(400, "auth.permission_unknown");
    assert_eq!(unknown.faulty_fields(), ["/scopes/1"]);
    assert!(
        unknown.at("/detail").as_str().unwrap().contains("tasks:write"),
        "the known are listed"
    );
    post(json!({"name": "x", "scopes": []})).problem(400, "auth.scopes_empty");
    post(json!({"name": "", "scopes": ["tasks:read"]})).problem(400, "auth.token_name_empty");
    let long = "x".repeat(101);
    post(json!({"name": long, "scopes": ["tasks:read"]})).problem(400, "auth.token_name_too_long");
    for end in ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "tomorrow"] {
        let body = json!({"name": "x", "scopes": ["tasks:read"], "expires_at": end});
        let answer = post(body).problem(400, "auth.token_expiry_invalid");
        assert_eq!(answer.faulty_fields(), ["/expires_at"]);
    }
    let more = post(json!({"name": "x", "scopes": ["tasks:read", "audit:read"]}));
    let more = more.problem(403, "auth.missing_permission");
    assert_eq!(*more.at("/permission"), "audit:read");
    assert_eq!(ada.client.get(TOKENS).expect(200).rows().len(), 0);
    // others' tokens are not there
    let (id, client) = token(&server, &server.person("eve"), &["tasks:read"]);
    ada.client.delete(&format!("{TOKENS}/{id}")).problem(404, "auth.token_not_found");
    client.get(CHECK).expect(200);
}

/// What opens an account to others needs a sign-in.
pub(crate) fn a_token_opens_no_further_door(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let (id, client) = token(&server, &ada, &["tasks:read", "tasks:write", "users:read"]);
    let session = ada.client.get("/api/v1/auth/sessions").expect(200).ids()[0];
    let passwords = json!({"current_password": PASSWORD, "new_password": "another long walk"});
    for (method, path, body) in [
        ("GET", TOKENS.to_owned(), None),
        ("POST", TOKENS.to_owned(), Some(json!({"name": "x", "scopes": ["tasks:read"]}))),
        ("DELETE", format!("{TOKENS}/{id}"), None),
        ("POST", "/api/v1/auth/ticket".to_owned(), None),
        ("POST", "/api/v1/auth/logout".to_owned(), None),
        ("POST", "/api/v1/auth/logout-all".to_owned(), None),
        ("GET", "/api/v1/auth/sessions".to_owned(), None),
        ("DELETE", format!("/api/v1/auth/sessions/{session}"), None),
        ("PUT", "/api/v1/users/me".to_owned(), Some(json!({"username": "mallory"}))),
        ("PUT", "/api/v1/users/password".to_owned(), Some(passwords)),
        ("DELETE", "/api/v1/users/me".to_owned(), Some(json!({"password": PASSWORD}))),
    ] {
        let request = client.request(method, &path);
        let answer = match &body {
            Some(body) => request.json(body).send(),
            None => request.send(),
        };
        answer.problem(403, "auth.session_needed");
    }
    let rows = server.admin().client.every_row("/api/v1/admin/audit?limit=100&outcome=denied");
    let by_token = rows.iter().filter(|row| row["detail"] == "by a token").count();
    assert_eq!(by_token, 9, "all but the two that only read");
    client.get("/api/v1/auth/me").expect(200);
    ada.client.get("/api/v1/auth/me").expect(200);
}

pub(crate) fn one_kind_of_token_is_not_taken_for_another(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let made =
        ada.client.post(TOKENS, &json!({"name": "ci", "scopes": ["tasks:read"]})).expect(201);
    let secret = secret(&made);
    let anonymous = server.anonymous();
    let refresh = json!({"refresh_token": secret});
    anonymous.post("/api/v1/auth/refresh", &refresh).problem(401, "auth.bad_refresh_token");
    let ticket = Sse::open(server.port(), &format!("/api/v1/tasks/events?ticket={secret}"), &[]);
    assert_eq!(ticket.status, 401);
    for wrong in [
        ada.refresh_token.clone(),
        format!("alv_{}", ada.refresh_token),
        format!("alv_{}", ada.access_token),
        secret.replacen("alv_", "", 1),
        secret.replacen("alv_", "ALV_", 1),
        format!("{secret}A"),
        "alv_".to_owned(),
    ] {
        anonymous.with_token(&wrong).get(CHECK).problem(401, "auth.bad_token");
    }
    anonymous.with_token(&secret).get(CHECK).expect(200);
    // one token's kept answers are not another's
    let (_, writer) = token(&server, &ada, &["tasks:write"]);
    let (_, reader) = token(&server, &ada, &["tasks:read"]);
    let post = |client: &Client| {
        let request = client.request("POST", TASKS).header("idempotency-key", "same");
        request.json(&json!({"title": "once"})).send()
    };
    let first = post(&writer).expect(201);
    assert_eq!(post(&writer).expect(201).id(), first.id());
    post(&reader).problem(403, "auth.missing_permission");
    assert_ne!(post(&ada.client).expect(201).id(), first.id());
}

pub(crate) fn a_token_ends_by_time_by_deletion_and_with_its_owner(backend: Backend) {
    let server = Server::start(backend);
    let root = server.admin();
    let ada = server.person("ada");
    let (id, client) = token(&server, &ada, &["tasks:read"]);
    let (_, kept) = token(&server, &ada, &["tasks:read", "tasks:write"]);
    // sign-outs and new passwords are about sessions
    let passwords = json!({"current_password": PASSWORD, "new_password": "another long walk"});
    ada.client.put("/api/v1/users/password", &passwords).expect(200);
    ada.client.request("POST", "/api/v1/auth/logout-all").send().expect(200);
    client.get(CHECK).expect(200);
    let ada = server.sign_in(&ada.email, "another long walk");

    ada.client.delete(&format!("{TOKENS}/{id}")).expect(200);
    client.get(CHECK).problem(401, "auth.bad_token");
    ada.client.delete(&format!("{TOKENS}/{id}")).problem(404, "auth.token_not_found");

    let (id, client) = token(&server, &ada, &["tasks:read"]);
    client.get(CHECK).expect(200);
    server.sql(&format!("UPDATE grants SET expires_at = created_at + 1 WHERE id = {id}"));
    client.get(CHECK).problem(401, "auth.token_expired");
    assert!(ada.client.get(TOKENS).expect(200).ids().contains(&id), "expired ones are shown");

    let account = format!("/api/v1/admin/users/{}", ada.id);
    root.client.put(&account, &json!({"status": "suspended"})).expect(200);
    let refused = kept.get(CHECK).problem(401, "auth.bad_token");
    assert!(refused.at("/detail").as_str().unwrap().contains("suspended"), "{refused}");
    root.client.put(&account, &json!({"status": "active"})).expect(200);
    kept.get(CHECK).expect(200);
    root.client.delete(&format!("/api/v1/users/{}", ada.id)).expect(200);
    kept.get(CHECK).problem(401, "auth.bad_token");
    assert_eq!(
        server.sql(&format!("SELECT count(*) FROM grants WHERE user_id = {}", ada.id)).trim(),
        "0"
    );

    let told = root.client.every_row("/api/v1/admin/audit?limit=100");
    for action in ["auth.token_created", "auth.token_deleted"] {
        let row = told.iter().find(|row| row["action"] == action).unwrap();
        assert_eq!(
            (&row["actor_id"], &row["target_id"]),
            (&json!(ada.id), &json!(ada.id)),
            "{row}"
        );
    }
}

pub(crate) fn a_stream_ends_with_the_token_that_opened_it(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let made = |scopes: &[&str]| {
        let body = json!({"name": "ci", "scopes": scopes});
        let made = ada.client.post(TOKENS, &body).expect(201);
        (made.id(), secret(&made))
    };
    let (_, other) = made(&["users:read"]);
    let bearer = format!("Bearer {other}");
    let refused = Sse::open(server.port(), "/api/v1/tasks/events", &[("Authorization", &bearer)]);
    assert_eq!(refused.status, 403);
    let (id, secret) = made(&["tasks:read"]);
    let mut stream = Sse::tasks(server.port(), &secret, None);
    ada.task("seen");
    assert_eq!(stream.next_event().name, "task.created.v1");
    ada.client.delete(&format!("{TOKENS}/{id}")).expect(200);
    assert!(stream.ends_within(SOON));
}

pub(crate) fn a_service_account_works_by_token_and_never_signs_in(backend: Backend) {
    let server = Server::start(backend);
    let admin = server.person_with_role("admin");
    let ada = server.person("ada");
    let wanted = json!({"username": "deploy-bot", "role": "moderator"});
    let keyed = || admin.client.request("POST", MACHINES).header("idempotency-key", "k");
    let bot = keyed().json(&wanted).send().expect(201);
    assert_eq!(keyed().json(&wanted).send().expect(201).id(), bot.id(), "made once");
    assert_eq!(*bot.at("/data/provider"), "service");
    assert_eq!(*bot.at("/data/email"), "deploy-bot@service.invalid");
    admin.client.post(MACHINES, &wanted).problem(409, "users.username_taken");
    admin
        .client
        .post(MACHINES, &json!({"username": ".bot"}))
        .problem(400, "users.username_invalid");
    let equal = json!({"username": "other", "role": "admin"});
    admin.client.post(MACHINES, &equal).problem(403, "users.above_your_role");
    ada.client.post(MACHINES, &wanted).problem(403, "auth.missing_permission");
    for login in [json!({"username": "deploy-bot"}), json!({"email": "deploy-bot@service.invalid"})]
    {
        let mut login = login;
        login["password"] = json!(PASSWORD);
        let answer = server.anonymous().post("/api/v1/auth/login", &login);
        answer.problem(401, "auth.bad_credentials");
    }
    assert_eq!(admin.client.get(MACHINES).expect(200).ids(), [bot.id()]);

    let path = format!("{MACHINES}/{}/tokens", bot.id());
    let scopes = json!({"name": "ci", "scopes": ["tasks:read", "tasks:write"]});
    let made = admin.client.post(&path, &scopes).expect(201);
    assert_eq!(made.must_have("location"), format!("{path}/{}", made.id()));
    let client = server.anonymous().with_token(&secret(&made));
    client.post(TASKS, &json!({"title": "by a machine"})).expect(201);
    assert_eq!(*client.get(CHECK).expect(200).at("/data/user_id"), bot.id());
    let more = json!({"name": "ci", "scopes": ["users:manage"]});
    admin.client.post(&path, &more).problem(403, "auth.missing_permission");
    let of_ada = format!("{MACHINES}/{}/tokens", ada.id);
    admin.client.post(&of_ada, &scopes).problem(404, "users.not_found");
    admin.client.get(&of_ada).problem(404, "users.not_found");
    ada.client.get(&path).problem(403, "auth.missing_permission");

    // who comes with a token makes no other
    let (_, by_token) = token(&server, &admin, &["users:manage", "tasks:read", "tasks:write"]);
    by_token.post(&path, &scopes).problem(403, "auth.session_needed");
    assert_eq!(by_token.get(&path).expect(200).ids(), [made.id()]);
    admin.client.delete(&format!("{path}/{}", made.id())).expect(200);
    client.get(CHECK).problem(401, "auth.bad_token");
    admin.client.delete(&format!("{path}/{}", made.id())).problem(404, "auth.token_not_found");

    let last = admin.client.post(&path, &scopes).expect(201);
    let machine = format!("{MACHINES}/{}", bot.id());
    let stale = admin.client.request("DELETE", &machine).header("if-match", "\"9\"").send();
    stale.problem(412, "users.stale");
    admin.client.delete(&format!("{MACHINES}/{}", ada.id)).problem(404, "users.not_found");
    admin.client.delete(&machine).expect(200);
    let client = server.anonymous().with_token(&secret(&last));
    client.get(CHECK).problem(401, "auth.bad_token");
}

pub(crate) fn a_role_is_given_and_taken_without_a_new_sign_in(backend: Backend) {
    let server = Server::start(backend);
    let second =
        (backend == Backend::Postgres).then(|| Server::replica(server.database_url(), &[]));
    let root = server.admin();
    let ada = server.person("ada");
    let there = second.as_ref().map(|second| second.client_of(&ada));
    let audit = "/api/v1/admin/audit";
    let everywhere = |status: u16| {
        // Here at once; on a replica that is not told, as soon as what it keeps ends.
        ada.client.get(audit).expect(status);
        let there = there.as_ref();
        assert!(there.is_none_or(|there| eventually(SOON, || there.get(audit).status == status)));
    };
    everywhere(403);
    let wanted = json!({"name": "auditors", "description": "look", "permissions": ["audit:read"]});
    let made = root.client.post(ROLES, &wanted).expect(201);
    assert_eq!(made.must_have("location"), format!("{ROLES}/auditors"));
    let path = format!("/api/v1/admin/users/{}/roles", ada.id);
    let given = root.client.put(&path, &json!({"roles": ["auditors"]})).expect(200);
    assert_eq!(*given.at("/data/roles/0/name"), "auditors");
    assert_eq!(*root.client.get(&path).expect(200).data(), *given.data());
    everywhere(200);
    let why = permission(&ada.client, "audit:read");
    assert_eq!((&why["granted"], &why["held_by"]), (&json!(true), &json!(["auditors"])));
    let told = ada.client.get("/api/v1/authz/explain").expect(200);
    assert_eq!(*told.at("/data/custom_roles"), json!(["auditors"]));
    assert_eq!(*told.at("/data/role"), "user", "the base role decides about rank");
    let (_, client) = token(&server, &ada, &["audit:read"]);
    client.get(audit).expect(200);

    // the role shrinks, grows, and goes
    let role = format!("{ROLES}/auditors");
    root.client.put(&role, &json!({"permissions": []})).expect(200);
    everywhere(403);
    client.get(audit).problem(403, "auth.missing_permission");
    root.client.put(&role, &json!({"permissions": ["audit:read"]})).expect(200);
    everywhere(200);
    root.client.put(&path, &json!({"roles": []})).expect(200);
    everywhere(403);
    root.client.put(&path, &json!({"roles": ["auditors"]})).expect(200);
    everywhere(200);
    root.client.delete(&role).expect(200);
    everywhere(403);
    client.get(audit).problem(403, "auth.missing_permission");
    let rows = root.client.every_row("/api/v1/admin/audit?limit=100");
    for action in ["roles.created", "roles.updated", "roles.deleted", "users.roles_assigned"] {
        assert!(rows.iter().any(|row| row["action"] == action), "{action}");
    }
    let path = "/api/v1/admin/audit?target_type=role&target_name=auditors";
    let actions: Vec<Value> =
        root.client.get(path).expect(200).rows().iter().map(|row| row["action"].clone()).collect();
    assert_eq!(actions, ["roles.deleted", "roles.updated", "roles.updated", "roles.created"]);
}

pub(crate) fn roles_are_kept_like_other_things(backend: Backend) {
    let server = Server::start(backend);
    let root = server.admin();
    let admin = server.person_with_role("admin");
    let ada = server.person("ada");
    let wanted = json!({"name": "auditors", "permissions": ["audit:read"]});
    let refused = admin.client.post(ROLES, &wanted).problem(403, "auth.missing_permission");
    assert_eq!(*refused.at("/permission"), "roles:manage");
    let first = root.client.post(ROLES, &wanted).expect(201).etag();
    root.client.post(ROLES, &wanted).problem(409, "users.role_taken");
    for (name, code) in [
        ("Auditors", "users.role_name_invalid"),
        ("a", "users.role_name_invalid"),
        ("admin", "users.role_name_built_in"),
    ] {
        root.client.post(ROLES, &json!({"name": name, "permissions": []})).problem(400, code);
    }
    let long = json!({"name": "aa", "permissions": [], "description": "x".repeat(501)});
    root.client.post(ROLES, &long).problem(400, "users.role_description_too_long");
    let odd = json!({"name": "aa", "permissions": ["fly"]});
    root.client.post(ROLES, &odd).problem(400, "auth.permission_unknown");

    let listed = root.client.get(ROLES).expect(200);
    let names: Vec<&str> = listed.rows().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["user", "moderator", "admin", "super_admin", "auditors"]);
    assert_eq!(*listed.at("/data/0/built_in"), true);
    let role = format!("{ROLES}/auditors");
    assert_eq!(root.client.get(&role).expect(200).etag(), first);
    let known = root.client.request("GET", &role).header("if-none-match", &first).send();
    assert_eq!(known.status, 304);
    assert_eq!(*root.client.get(&format!("{ROLES}/admin")).expect(200).at("/data/built_in"), true);
    let change = |tag: &str, body: Value| {
        root.client.request("PUT", &role).header("if-match", tag).json(&body).send()
    };
    let second = change(&first, json!({"description": "they look"})).expect(200).etag();
    let stale = change(&first, json!({"description": null})).problem(412, "users.role_stale");
    assert_eq!(*stale.at("/current/description"), "they look");
    assert_eq!(stale.etag(), second);
    let cleared = change(&second, json!({"description": null})).expect(200);
    assert_eq!(*cleared.at("/data/description"), "");
    for (method, name, status, code) in [
        ("PUT", "admin", 409, "users.role_built_in"),
        ("DELETE", "super_admin", 409, "users.role_built_in"),
        ("DELETE", "gone", 404, "users.role_not_found"),
        ("PUT", "No-Name", 404, "users.role_not_found"),
    ] {
        let request = root.client.request(method, &format!("{ROLES}/{name}"));
        let answer = if method == "PUT" { request.json(&json!({})).send() } else { request.send() };
        answer.problem(status, code);
    }
    root.client.get(&format!("{ROLES}/gone")).problem(404, "users.role_not_found");

    let path = format!("/api/v1/admin/users/{}/roles", ada.id);
    let unknown = root.client.put(&path, &json!({"roles": ["auditors", "gone", "admin"]}));
    let unknown = unknown.expect(400);
    let fields = unknown.faulty_fields();
    assert!(fields.iter().all(|field| ["/roles/1", "/roles/2"].contains(field)), "{unknown}");
    let many: Vec<String> = (10..31).map(|number| format!("r{number}")).collect();
    root.client.put(&path, &json!({"roles": many})).problem(400, "users.too_many_roles");
    let stale = root.client.request("PUT", &path).header("if-match", "\"9\"");
    stale.json(&json!({"roles": []})).send().problem(412, "users.stale");

    // who holds more than an administrator is out of their reach, and nobody climbs by himself
    root.client.post(ROLES, &json!({"name": "heads", "permissions": ["roles:manage"]})).expect(201);
    root.client.put(&path, &json!({"roles": ["heads"]})).expect(200);
    let suspend = json!({"status": "suspended"});
    let account = format!("/api/v1/admin/users/{}", ada.id);
    admin.client.put(&account, &suspend).problem(403, "users.above_your_role");
    let own = json!({"roles": ["heads", "auditors"]});
    ada.client.put(&path, &own).problem(403, "users.above_your_role");
    let more = ada.client.put(&role, &json!({"permissions": ["users:manage"]}));
    more.problem(403, "auth.missing_permission");
    // a token gives no more than its scopes
    let (_, by_token) = token(&server, &root, &["roles:manage", "users:manage"]);
    by_token.put(&path, &own).problem(403, "auth.missing_permission");
    by_token.put(&account, &json!({"role": "admin"})).problem(403, "auth.missing_permission");
    root.client.put(&account, &suspend).expect(200);
}
