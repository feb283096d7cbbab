//! Who must have a second factor and has none may do nothing but get one.

use kernel::Role;

use crate::document::document;
use crate::fixture::TestApp;

/// What is allowed without it.
const ALLOWED: [&str; 7] = [
    "get /api/v1/auth/check",
    "get /api/v1/auth/me",
    "get /api/v1/users/me",
    "post /api/v1/auth/2fa/enable",
    "post /api/v1/auth/2fa/setup",
    "post /api/v1/auth/logout",
    "post /api/v1/auth/logout-all",
];

#[actix_web::test]
async fn every_route_is_closed_but_those_that_lead_to_a_second_factor() {
    let app = TestApp::asking([Role::Admin].into_iter().collect());
    let (mut open, mut number) = (Vec::new(), 0);
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["x-permission"] == "public" {
                continue;
            }
            // A new one each time: some of these sign out.
            number += 1;
            let token = app.token(&format!("boss{number}"), Role::Admin).await;
            let concrete = path.replace("{id}", "1").replace("{comment_id}", "1");
            let body = (method != "get").then_some("{}");
            let verb = method.to_uppercase();
            let answer = app.call_as(&token, &verb, &concrete, body).await;
            if answer.status != 403 {
                open.push(format!("{method} {path}"));
                continue;
            }
            assert_eq!(answer.json()["code"], "auth.two_factor_required", "{method} {path}");
        }
    }
    open.sort();
    assert_eq!(open, ALLOWED);
    // others do not notice
    let ada = app.token("ada", Role::User).await;
    assert_eq!(app.call_as(&ada, "GET", "/api/v1/tasks", None).await.status, 200);
}
