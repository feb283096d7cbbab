//! The authorization table, tried out.

use std::time::Duration;

use alveole_tests::{
    Answer, Backend, Client, Idp, Person, Server,
    authz::{self, Caller, Rule},
    eventually,
    server::PASSWORD,
    sse::Sse,
};
use serde_json::json;

pub(crate) fn every_operation_answers_every_role_as_the_table_says(backend: Backend) {
    let idp = Idp::start();
    let settings = idp.settings("google");
    let settings: Vec<(&str, &str)> =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let server = Server::with(backend, &settings);
    let document = server.anonymous().get("/openapi.json").expect(200).json;
    let faults = authz::faults(&document);
    assert!(
        faults.is_empty(),
        "tests/src/authz.rs must have one row for every operation:\n{}",
        faults.join("\n")
    );
    let stage = Stage::new(&server);
    let mut wrong = Vec::new();
    for rule in &authz::table() {
        for (caller, expected) in Caller::ALL.into_iter().zip(rule.expected) {
            let status = stage.play(rule, caller);
            if status != expected {
                wrong.push(format!("{} as {caller:?}: {status}, not {expected}", rule.operation));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Somebody whose things the callers try to reach.
struct Stage<'a> {
    server: &'a Server,
    owner: Person,
    helper: Person,
}

impl<'a> Stage<'a> {
    fn new(server: &'a Server) -> Self {
        Self { server, owner: server.person("owner"), helper: server.person("helper") }
    }

    /// Sends the request of `rule` as a new caller, on a new thing of the owner's.
    fn play(&self, rule: &Rule, caller: Caller) -> u16 {
        let person = caller.role().map(|role| self.server.person_with_role(role));
        // what needs a body of somebody's own needs somebody
        let somebody = person.clone().unwrap_or_else(|| self.server.person("body"));
        let (method, template) = rule.operation.split_once(' ').unwrap();
        let path = self.path(template);
        if template.ends_with("/events") {
            return person.map_or_else(
                || Sse::open(self.server.port(), &path, &[]).status,
                |person| {
                    let bearer = format!("Bearer {}", person.access_token);
                    Sse::open(self.server.port(), &path, &[("Authorization", &bearer)]).status
                },
            );
        }
        let client = person.map_or_else(|| self.server.anonymous(), |person| person.client);
        let body = rule.body.map(|body| self.fill(body, &somebody));
        send(&client, method, &path, body.as_deref()).status
    }

    /// The owner's newest notification, of a task that the helper gave them.
    fn notification(&self) -> i64 {
        let list = "/api/v1/notifications";
        let newest = || self.owner.client.get(list).expect(200).ids().first().copied();
        let before = newest();
        let task = json!({"title": "the helper's", "assignee_id": self.owner.id});
        self.helper.client.post("/api/v1/tasks", &task).expect(201);
        let came = || newest() != before;
        assert!(eventually(Duration::from_secs(15), came), "{}", self.server.log());
        newest().unwrap()
    }

    /// Fills the parameters of a path with things that are there and the owner's.
    fn path(&self, template: &str) -> String {
        let mut ids = Vec::new();
        if template.contains("/tasks/{}") {
            let task = self.owner.task("the owner's");
            ids.push(task);
            if template.contains("/comments/{}") {
                let comment = self
                    .owner
                    .client
                    .post(
                        &format!("/api/v1/tasks/{task}/comments"),
                        &json!({"content": "the owner's"}),
                    )
                    .expect(201);
                ids.push(comment.id());
            }
            if template.contains("/attachments/{}") {
                ids.push(put(&self.owner.client, &format!("/api/v1/tasks/{task}/attachments")));
            }
            if template.ends_with("/restore") {
                self.owner.client.delete(&format!("/api/v1/tasks/{task}")).expect(200);
            }
        } else if template.contains("/products/{}") || template.contains("/user-products/{}") {
            let product = self.product();
            ids.push(product);
            if template.contains("/user-products/{}") || template.contains("/products/{}/files") {
                let body = json!({"product_id": product});
                ids = vec![self.owner.client.post("/api/v1/user-products", &body).expect(201).id()];
            }
        } else if template.contains("/categories/{}") {
            let body = json!({"name": "somebody's"});
            let made = self.server.admin().client.post("/api/v1/admin/categories", &body);
            ids.push(made.expect(201).id());
        } else if template.contains("/uploads/{}") {
            let begun = send(&self.owner.client, "POST", "/api/v1/files/uploads", Some("$tus"));
            ids.push(begun.expect(201).id());
        } else if template.contains("/files/{}") {
            if template.contains("/variant") {
                return self.picture(template);
            }
            let file = put(&self.owner.client, "/api/v1/files");
            ids.push(file);
            if template.contains("/shares/{}") {
                let path = format!("/api/v1/files/{file}/share");
                ids.push(
                    self.owner.client.post(&path, &json!({"expires_in": 60})).expect(201).id(),
                );
            }
        } else if template.contains("/chat/") && template.contains("{}") {
            ids = self.chat(template);
        } else if template.contains("/monitoring/rules/{}") {
            let body = json!({"name": "x", "series": "cpu.total", "threshold": 1000});
            let made = self.server.admin().client.post("/api/v1/monitoring/rules", &body);
            ids.push(made.expect(201).id());
        } else if template.contains("/monitoring/alerts/{}") {
            ids.push(999_999);
        } else if template.contains("/users/{}") {
            ids.push(self.server.person("target").id);
        } else if template.contains("/auth/tokens/{}") {
            let body = json!({"name": "ci", "scopes": ["tasks:read"]});
            ids.push(self.owner.client.post("/api/v1/auth/tokens", &body).expect(201).id());
        } else if template.contains("/service-accounts/{}") {
            ids.extend(self.machine());
        } else if template.contains("/admin/jobs/{}") {
            let body = json!({"kind": "tasks.purge", "run_at": "2099-01-01T00:00:00Z"});
            let made = self.server.admin().client.post("/api/v1/admin/jobs", &body).expect(201);
            ids.push(made.json["data"]["job"]["id"].as_i64().unwrap());
        } else if template.contains("/webhooks/deliveries/{}") {
            let list = "/api/v1/webhooks/endpoints";
            let body = json!({"url": "https://endpoint.invalid/hook", "events": ["task.*"]});
            let endpoint = self.owner.client.post(list, &body).expect(201).id();
            let test = format!("{list}/{endpoint}/test");
            ids.push(self.owner.client.post(&test, &json!({})).expect(200).id());
        } else if template.contains("/notifications/{}") {
            ids.push(self.notification());
        } else if template.contains("/sessions/{}") {
            let sessions = self.owner.client.get("/api/v1/auth/sessions").expect(200);
            ids.extend(sessions.ids().first());
        } else if let Some((list, _)) = template.split_once("/{}")
            && let Some(body) = created_by(list)
        {
            ids.push(send(&self.owner.client, "POST", list, Some(body)).expect(201).id());
        }
        let mut path = template.to_owned();
        if template.contains("/auth/{}") || template.contains("/auth/link/{}") {
            path = path.replace("{}", "google");
        } else if template.contains("/queues/{}") {
            path = path.replace("{}", "default");
        } else if template.contains("/schedules/{}") {
            path = path.replace("{}", "tasks.purge");
        } else if template.contains("/webhooks/{}") || template.contains("/webhooks/sources/{}") {
            path = path.replace("{}", "none");
        } else if template.contains("/webhooks/events/{}") || template.contains("/payments/{}") {
            path = path.replace("{}", "999999");
        } else if template.contains("/roles/{}") {
            path = path.replacen("{}", &self.role(), 1);
        }
        for id in ids {
            path = path.replacen("{}", &id.to_string(), 1);
        }
        if template.ends_with("/products/search") {
            path.push_str("?q=x");
        }
        assert!(!path.contains("{}"), "say in authz.rs what {template} is about");
        if template.ends_with("/export")
            && !template.contains("/me/")
            && !template.contains("/chat/")
        {
            path.push_str("?format=csv");
        }
        path
    }

    /// Where the owner's new picture is asked for in another size, or fetched in it.
    fn picture(&self, template: &str) -> String {
        let (client, picture) = (&self.owner.client, crate::variants::picture());
        let form = crate::files::form(&[], "a.png", "image/png", &picture);
        let sent = client.request("POST", "/api/v1/files");
        let id = sent.raw("multipart/form-data; boundary=x", &form).send().expect(201).id();
        let sign = format!("/api/v1/files/{id}/variants");
        if template.ends_with("/variants") {
            return sign;
        }
        let wanted = json!({"width": 20, "height": 20, "fit": "inside"});
        crate::variants::link(&client.post(&sign, &wanted).expect(200))
    }

    /// What a path of chat names: a person, or something of a private room of the owner.
    fn chat(&self, template: &str) -> Vec<i64> {
        let client = &self.owner.client;
        if template.contains("/dm/{}") {
            return vec![self.server.person("target").id];
        }
        let name = format!("room{}", self.server.person("number").id);
        let room = json!({"name": name, "is_private": true});
        let room = client.post("/api/v1/chat/rooms", &room).expect(201).id();
        let path = format!("/api/v1/chat/rooms/{room}");
        if template.contains("/messages/{}") {
            let said = client.post(&format!("{path}/messages"), &json!({"content": "x"}));
            return vec![said.expect(201).id(), 1];
        }
        if template.contains("/invitations/{}") {
            let invite = json!({"user_id": self.server.person("target").id});
            return vec![client.post(&format!("{path}/invitations"), &invite).expect(201).id()];
        }
        vec![room, self.owner.id]
    }

    /// A new service account and a token of it.
    fn machine(&self) -> [i64; 2] {
        let root = self.server.admin().client;
        let username = format!("bot{}", self.server.person("number").id);
        let path = "/api/v1/admin/service-accounts";
        let account = root.post(path, &json!({"username": username})).expect(201).id();
        let body = json!({"name": "ci", "scopes": ["tasks:read"]});
        [account, root.post(&format!("{path}/{account}/tokens"), &body).expect(201).id()]
    }

    /// A new role.
    fn role(&self) -> String {
        let name = format!("role{}", self.server.person("number").id);
        let body = json!({"name": name, "permissions": ["audit:read"]});
        self.server.admin().client.post("/api/v1/admin/roles", &body).expect(201);
        name
    }

    /// A new product of the catalogue.
    fn product(&self) -> i64 {
        let body = json!({"name": "somebody's", "stock": 3, "price": 1});
        self.server.admin().client.post("/api/v1/admin/products", &body).expect(201).id()
    }

    fn fill(&self, body: &str, somebody: &Person) -> String {
        let unique = format!("u{}", self.server.person("unique").id);
        let body = if body.contains("$product") {
            body.replace("$product", &self.product().to_string())
        } else {
            body.to_owned()
        };
        body.replace("$unique", &unique)
            .replace("$password", PASSWORD)
            .replace("$email", &somebody.email)
            .replace("$refresh", &somebody.refresh_token)
            .replace("$other", &self.helper.id.to_string())
    }
}

/// The body that creates a resource of `list`, if the table of a REST crate has one.
fn created_by(list: &str) -> Option<&'static str> {
    let create = format!("POST {list}");
    authz::of_crates().into_iter().find(|rule| rule.operation == create)?.body
}

/// A form with a small text file.
const FORM: &str = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--x--\r\n";

/// Uploads it; gives the number of the file.
fn put(client: &Client, path: &str) -> i64 {
    send(client, "POST", path, Some("$form")).expect(201).id()
}

fn send(client: &Client, method: &str, path: &str, body: Option<&str>) -> Answer {
    let request = client.request(method, path);
    match body {
        Some(body) if path.ends_with("/import") => request.raw("text/csv", body.as_bytes()).send(),
        Some("$tus") => {
            let request = request.header("tus-resumable", "1.0.0").header("upload-length", "5");
            let request = request.header("upload-offset", "0");
            request.raw("application/offset+octet-stream", b"").send()
        }
        Some("$form") => request.raw("multipart/form-data; boundary=x", FORM.as_bytes()).send(),
        Some(body) => request.raw("application/json", body.as_bytes()).send(),
        None => request.send(),
    }
}
