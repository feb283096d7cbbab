//! Bounds of tokens and roles, which take too many calls for a journey.

use kernel::Role;

use crate::fixture::TestApp;

#[actix_web::test]
async fn an_account_has_a_hundred_tokens_and_no_more() {
    let app = TestApp::new();
    let root = app.token("root", Role::SuperAdmin).await;
    let bot = Some(r#"{"username":"bot"}"#);
    let bot = app.call_as(&root, "POST", "/api/v1/admin/service-accounts", bot).await.json();
    let of_bot = format!("/api/v1/admin/service-accounts/{}/tokens", bot["data"]["id"]);
    let body = Some(r#"{"name":"ci","scopes":["tasks:read"]}"#);
    for path in ["/api/v1/auth/tokens", &of_bot] {
        let bearer = format!("Bearer {root}");
        let keyed = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
        let answer = app.call("POST", path, &keyed, body).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (400, &"idempotency.not_taken".into())
        );
        for _ in 0..100 {
            assert_eq!(app.call_as(&root, "POST", path, body).await.status, 201);
        }
        let answer = app.call_as(&root, "POST", path, body).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (409, &"auth.tokens_too_many".into())
        );
        let listed = app.call_as(&root, "GET", path, None).await.json();
        assert_eq!(listed["data"].as_array().unwrap().len(), 100);
    }
}

#[actix_web::test]
async fn there_are_a_hundred_roles_and_no_more() {
    let app = TestApp::new();
    let root = app.token("root", Role::SuperAdmin).await;
    let make = async |number: u32| {
        let body = format!(r#"{{"name":"role{number}","permissions":[]}}"#);
        app.call_as(&root, "POST", "/api/v1/admin/roles", Some(&body)).await
    };
    for number in 0..100 {
        assert_eq!(make(number).await.status, 201);
    }
    let answer = make(100).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (409, &"users.roles_full".into()));
}

#[actix_web::test]
async fn a_service_account_is_an_admin_at_most() {
    let app = TestApp::new();
    let root = app.token("root", Role::SuperAdmin).await;
    let bot = Some(r#"{"username":"bot", "role":"admin"}"#);
    let bot = app.call_as(&root, "POST", "/api/v1/admin/service-accounts", bot).await.json();
    let id = &bot["data"]["id"];
    let raise = Some(r#"{"role":"super_admin"}"#);
    let raised = app.call_as(&root, "PUT", &format!("/api/v1/admin/users/{id}"), raise).await;
    let code = "users.service_account_limit";
    assert_eq!((raised.status.as_u16(), &raised.json()["code"]), (422, &code.into()));
    let role = Some(r#"{"name":"heads","permissions":["roles:manage"]}"#);
    assert_eq!(app.call_as(&root, "POST", "/api/v1/admin/roles", role).await.status, 201);
    let heads = Some(r#"{"roles":["heads"]}"#);
    let path = format!("/api/v1/admin/users/{id}/roles");
    let given = app.call_as(&root, "PUT", &path, heads).await;
    assert_eq!((given.status.as_u16(), &given.json()["code"]), (422, &code.into()));
}

#[actix_web::test]
async fn identities_need_a_session() {
    let app = TestApp::new();
    let ada = app.token("ada", Role::User).await;
    let body = Some(r#"{"name":"ci","scopes":["tasks:read"]}"#);
    let made = app.call_as(&ada, "POST", "/api/v1/auth/tokens", body).await.json();
    let token = made["data"]["token"].as_str().unwrap();
    let refused = app.call_as(token, "GET", "/api/v1/auth/identities", None).await;
    let code = "auth.session_needed";
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (403, &code.into()));
    assert_eq!(app.call_as(&ada, "GET", "/api/v1/auth/identities", None).await.status, 200);
}
