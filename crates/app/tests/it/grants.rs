//! Bounds of tokens and roles, which take too many calls for a journey.

use kernel::Role;

use crate::house::House;

#[actix_web::test]
async fn an_account_has_a_hundred_tokens_and_no_more() {
    let house = House::new();
    let root = house.token("root", Role::SuperAdmin).await;
    let bot = Some(r#"{"username":"bot"}"#);
    let bot = house.call_as(&root, "POST", "/api/v1/admin/service-accounts", bot).await.json();
    let of_bot = format!("/api/v1/admin/service-accounts/{}/tokens", bot["data"]["id"]);
    let body = Some(r#"{"name":"ci","scopes":["tasks:read"]}"#);
    for path in ["/api/v1/auth/tokens", &of_bot] {
        let bearer = format!("Bearer {root}");
        let keyed = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
        let answer = house.call("POST", path, &keyed, body).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (400, &"idempotency.not_taken".into())
        );
        for _ in 0..100 {
            assert_eq!(house.call_as(&root, "POST", path, body).await.status, 201);
        }
        let answer = house.call_as(&root, "POST", path, body).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (409, &"auth.tokens_too_many".into())
        );
        let listed = house.call_as(&root, "GET", path, None).await.json();
        assert_eq!(listed["data"].as_array().unwrap().len(), 100);
    }
}

#[actix_web::test]
async fn there_are_a_hundred_roles_and_no_more() {
    let house = House::new();
    let root = house.token("root", Role::SuperAdmin).await;
    let make = async |number: u32| {
        let body = format!(r#"{{"name":"role{number}","permissions":[]}}"#);
        house.call_as(&root, "POST", "/api/v1/admin/roles", Some(&body)).await
    };
    for number in 0..100 {
        assert_eq!(make(number).await.status, 201);
    }
    let answer = make(100).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (409, &"users.roles_full".into()));
}
