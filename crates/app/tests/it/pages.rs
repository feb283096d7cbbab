//! The pages behind the links of emails.

use std::{sync::Arc, time::Duration};

use kernel::{
    Clock as _, CommonTx, Role, StoreError, SystemClock, UnitOfWork, UserId, email::Queued,
};
use memory::MemoryDb;
use notifications::Category;

use crate::fixture::{PASSWORD, TestApp, email_settings};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const PAGES: [&str; 4] = ["/verify-email", "/reset-password", "/confirm-email", "/unsubscribe"];

/// The token of the newest email.
async fn token(app: &TestApp) -> String {
    let work: Arc<dyn UnitOfWork<dyn CommonTx>> = Arc::<MemoryDb>::clone(&app.db);
    let now = SystemClock.now();
    let claimed: Result<Vec<Queued>, StoreError> =
        work.write(move |tx| tx.emails().claim(now, now.plus(Duration::from_secs(1)), 100)).await;
    let newest = claimed.unwrap().pop().unwrap();
    let (_, after) = newest.email.text().split_once("?token=").unwrap();
    after.lines().next().unwrap().to_owned()
}

async fn sign_in(app: &TestApp, password: &str) -> u16 {
    let body = format!(r#"{{"email":"ada@example.com","password":"{password}"}}"#);
    app.call("POST", "/api/v1/auth/login", &[], Some(&body)).await.status.as_u16()
}

#[actix_web::test]
async fn pages_have_no_script_and_nothing_breaks_out_of_them() {
    let app = TestApp::new();
    for page in PAGES {
        let uri = format!("{page}?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E");
        let opened = app.call("GET", &uri, &[], None).await;
        assert_eq!(opened.status, 200, "{page}");
        let policy = opened.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"));
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
        assert_eq!(opened.header("cache-control"), "no-store");
        assert_eq!(opened.header("referrer-policy"), "no-referrer");
        assert!(!opened.text.contains("<script"), "{}", opened.text);
        assert!(opened.text.contains(&format!("action=\"{page}\"")), "{}", opened.text);
        assert!(opened.text.contains("value=\"&quot;&gt;&lt;script"), "{}", opened.text);
        let sent = app
            .call("POST", page, &[FORM], Some("token=nonsense&new_password=a+better+horse"))
            .await;
        assert_eq!(sent.status, 422, "{page}: {}", sent.text);
        assert!(sent.text.contains("value=\"nonsense\""), "{}", sent.text);
        let other = app.call("DELETE", page, &[], None).await;
        assert_eq!(other.status, 405, "{page}");
        assert!(other.header("allow").contains("POST"), "{page}");
    }
}

#[actix_web::test]
async fn opening_a_link_changes_nothing_and_its_button_does() {
    let app = TestApp::new();
    app.token("ada", Role::User).await;
    let forgot = r#"{"email":"ada@example.com"}"#;
    app.call("POST", "/api/v1/auth/password/forgot", &[], Some(forgot)).await;
    let token = token(&app).await;
    for _ in 0..2 {
        let opened = app.call("GET", &format!("/reset-password?token={token}"), &[], None).await;
        assert!(opened.text.contains(&token), "{}", opened.text);
    }
    assert_eq!(sign_in(&app, PASSWORD).await, 200);
    let send = async |password: &str| {
        let body = format!("token={token}&new_password={password}");
        app.call("POST", "/reset-password", &[FORM], Some(&body)).await
    };
    let weak = send("short").await;
    assert_eq!(weak.status, 400);
    assert!(weak.text.contains("at least") && weak.text.contains(&token), "{}", weak.text);
    let set = send("a-better-horse-a-newer-staple").await;
    assert_eq!(set.status, 200, "{}", set.text);
    assert!(set.text.contains("Your password is set") && !set.text.contains("<form"));
    assert_eq!(sign_in(&app, PASSWORD).await, 401);
    assert_eq!(sign_in(&app, "a-better-horse-a-newer-staple").await, 200);
    assert_eq!(send("a-better-horse-a-newer-staple").await.status, 422, "a link works once");
}

#[actix_web::test]
async fn a_signed_link_unsubscribes_unless_the_store_fails() {
    let app = TestApp::new();
    app.token("ada", Role::User).await;
    let token = email_settings().token(UserId::parse(1).unwrap(), &[Category::Tasks]);
    let api = format!("/api/v1/notifications/unsubscribe?token={token}");
    let form = format!("token={token}");
    assert_eq!(
        app.call("POST", &api, &[FORM], Some("List-Unsubscribe=One-Click")).await.status,
        200
    );
    let page = app.call("POST", "/unsubscribe", &[FORM], Some(&form)).await;
    assert!(
        page.status == 200 && page.text.contains("no more emails about tasks"),
        "{}",
        page.text
    );
    let errors: [(u16, fn() -> StoreError); 2] = [
        (500, || StoreError::Internal("planned".to_owned())),
        (503, || StoreError::Unavailable("planned".to_owned())),
    ];
    for (status, error) in errors {
        app.store.fail((|_| true, error));
        assert_eq!(app.call("POST", &api, &[], None).await.status, status);
        let page = app.call("POST", "/unsubscribe", &[FORM], Some(&form)).await;
        assert_eq!(page.status, status);
        assert!(!page.text.contains("planned"), "{}", page.text);
    }
}
