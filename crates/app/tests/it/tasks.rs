//! What tasks do with single fields, over HTTP.

use kernel::Role;
use serde_json::Value;

use crate::house::House;

#[actix_web::test]
async fn an_estimate_is_set_read_and_cleared() {
    let house = House::new();
    let token = house.token("ada", Role::User).await;
    let body = r#"{"title": "Write the report", "estimate_minutes": 90}"#;
    let made = house.call_as(&token, "POST", "/api/v1/tasks", Some(body)).await;
    assert_eq!(made.json()["data"]["estimate_minutes"], 90, "{}", made.text);
    let patch =
        async |body: &str| house.call_as(&token, "PATCH", "/api/v1/tasks/1", Some(body)).await;
    assert_eq!(patch(r#"{"priority": "low"}"#).await.json()["data"]["estimate_minutes"], 90);
    let cleared = patch(r#"{"estimate_minutes": null}"#).await;
    assert_eq!(cleared.json()["data"]["estimate_minutes"], Value::Null);
    for bad in ["0", "100001"] {
        let answer = patch(&format!(r#"{{"estimate_minutes": {bad}}}"#)).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["code"], "tasks.estimate_invalid");
        assert_eq!(answer.json()["errors"][0]["field"], "/estimate_minutes");
    }
    assert_eq!(patch(r#"{"estimate_minutes": "x"}"#).await.json()["code"], "request.wrong_type");
}
