//! The API inside an application that has routes of its own.
#![expect(clippy::disallowed_methods, reason = "an application of another project may use `route`")]

use actix_web::{
    App,
    http::StatusCode,
    test::{self, TestRequest},
    web,
};
use kernel::Role;
use serde_json::Value;

use crate::fixture::TestApp;

#[actix_web::test]
async fn an_application_keeps_its_own_paths() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    let page = web::get().to(|| async { "a page of this application" });
    let app = App::new().configure(|config| app.mount(config)).route("/", page);
    let app = test::init_service(app).await;
    let get = async |path: &str| {
        let request = TestRequest::with_uri(path)
            .insert_header(("authorization", format!("Bearer {token}")))
            .to_request();
        let answer = test::call_service(&app, request).await;
        let (status, has_id) = (answer.status(), answer.headers().contains_key("x-request-id"));
        (status, has_id, test::read_body(answer).await)
    };
    let (status, has_id, body) = get("/").await;
    assert_eq!(
        (status, has_id, &body[..]),
        (StatusCode::OK, false, &b"a page of this application"[..])
    );
    // Neither the application's nor ours: the application answers.
    assert_eq!(get("/nothing").await.0, StatusCode::NOT_FOUND);
    assert!(!get("/nothing").await.1);
    for path in
        ["/api/v1/tasks", "/api/v1/products", "/openapi.json", "/problems", "/docs/", "/health"]
    {
        let (status, has_id, _) = get(path).await;
        assert_eq!((status, has_id), (StatusCode::OK, true), "{path}");
    }
    let (status, _, body) = get("/api/v1/nothing").await;
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &"route.not_found".into()));
}
