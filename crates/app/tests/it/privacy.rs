//! What others see of a person, and what is left of one who is gone.

use kernel::Role;
use serde_json::{Value, json};

use crate::fixture::{Answer, PASSWORD, TestApp};

const OTHERS_SEE: [&str; 7] =
    ["avatar", "bio", "created_at", "first_name", "id", "last_name", "username"];
const FILES: (&str, &str) = ("POST", "/api/v1/files");

fn names(person: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = person.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[actix_web::test]
async fn others_see_seven_fields_of_a_person_and_nothing_else() {
    let app = TestApp::new();
    let ada = app.token("ada", Role::User).await;
    let moderator = app.token("grace", Role::Moderator).await;
    let admin = app.token("admin", Role::Admin).await;
    for token in [&moderator, &ada] {
        for path in ["/api/v1/users", "/api/v1/users/except-me"] {
            let listed = app.call_as(token, "GET", path, None).await;
            let listed = listed.json();
            let rows = listed["data"].as_array().unwrap();
            let own = if token == &ada { 1 } else { 2 };
            let others: Vec<&Value> = rows.iter().filter(|row| row["id"] != own).collect();
            assert_eq!(others.len(), 2, "{path}");
            for other in others {
                assert_eq!(names(other), OTHERS_SEE, "{path}");
            }
        }
    }
    let seen = app.call_as(&moderator, "GET", "/api/v1/users/1", None).await;
    assert_eq!(names(&seen.json()["data"]), OTHERS_SEE);
    let whole = app.call_as(&ada, "GET", "/api/v1/auth/me", None).await.json();
    for (token, path) in
        [(&ada, "/api/v1/users/1"), (&ada, "/api/v1/users/me"), (&admin, "/api/v1/users/1")]
    {
        let seen = app.call_as(token, "GET", path, None).await.json();
        assert_eq!(names(&seen["data"]), names(&whole["data"]), "{path}");
        for field in ["email", "role", "status", "provider", "email_verified", "updated_at"] {
            assert!(!seen["data"][field].is_null(), "{field}");
        }
    }
    let admins = app.call_as(&admin, "GET", "/api/v1/users", None).await.json();
    assert!(admins["data"].as_array().unwrap().iter().all(|row| row["email"].is_string()));
}

/// A public file and a share link of a private one, of the person with this token.
async fn published(app: &TestApp, token: &str) -> [String; 2] {
    let bearer = format!("Bearer {token}");
    let form = "--x\r\nContent-Disposition: form-data; name=\"visibility\"\r\n\r\npublic\r\n--x\r\n\
                Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\npublic text\r\n\
                --x--\r\n";
    let kind = "multipart/form-data; boundary=x";
    let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
    let public = app.call("POST", "/api/v1/files", &headers, Some(form)).await;
    assert_eq!(public.status, 201, "{}", public.text);
    let private = app.send_file(token, FILES, "b.txt", "private text").await;
    let share = format!("/api/v1/files/{}/share", private.json().pointer("/data/id").unwrap());
    let link = app.call_as(token, "POST", &share, Some(r#"{"expires_in": 3600}"#)).await;
    assert_eq!(link.status, 201, "{}", link.text);
    let link = url(&link);
    let public = url(&public);
    [public, link.strip_prefix("http://localhost").unwrap().to_owned()]
}

fn url(answer: &Answer) -> String {
    answer.json().pointer("/data/url").unwrap().as_str().unwrap().to_owned()
}

async fn statuses(app: &TestApp, token: Option<&str>, urls: &[String; 2]) -> [u16; 2] {
    let mut statuses = [0; 2];
    for (status, url) in statuses.iter_mut().zip(urls) {
        let answer = match token {
            Some(token) => app.call_as(token, "GET", url, None).await,
            None => app.call("GET", url, &[], None).await,
        };
        *status = answer.status.as_u16();
    }
    statuses
}

#[actix_web::test]
async fn a_suspended_owners_public_files_and_links_are_closed_until_the_account_is_open_again() {
    let app = TestApp::new();
    let ada = app.token("ada", Role::User).await;
    let eve = app.token("eve", Role::User).await;
    let admin = app.token("admin", Role::Admin).await;
    let urls = published(&app, &ada).await;
    let sent = app.call("GET", &urls[0], &[], None).await;
    assert_eq!(sent.header("cache-control"), "public, max-age=5, must-revalidate");
    let etag = sent.header("etag").to_owned();
    for token in [None, Some(eve.as_str()), Some(admin.as_str())] {
        assert_eq!(statuses(&app, token, &urls).await, [200, 200]);
    }
    let set = async |status: &str| {
        let body = json!({"status": status}).to_string();
        let done = app.call_as(&admin, "PUT", "/api/v1/admin/users/1", Some(&body)).await;
        assert_eq!(done.status, 200, "{}", done.text);
    };
    set("suspended").await;
    assert_eq!(statuses(&app, None, &urls).await, [401, 403]);
    assert_eq!(statuses(&app, Some(&eve), &urls).await, [404, 403]);
    assert_eq!(statuses(&app, Some(&admin), &urls).await, [200, 403], "it is theirs to look at");
    let known = app.call("GET", &urls[0], &[("if-none-match", &etag)], None).await;
    assert_eq!(known.status, 401, "what a cache asks about again is closed as well");
    set("active").await;
    assert_eq!(statuses(&app, None, &urls).await, [200, 200]);
}

#[actix_web::test]
async fn a_deleted_owners_public_files_and_links_vanish_before_the_files_are_removed() {
    let app = TestApp::new();
    let ada = app.token("ada", Role::User).await;
    let eve = app.token("eve", Role::User).await;
    let urls = published(&app, &ada).await;
    // The reactions that remove the files do not run here.
    let body = json!({"password": PASSWORD}).to_string();
    let gone = app.call_as(&ada, "DELETE", "/api/v1/users/me", Some(&body)).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    assert_eq!(statuses(&app, None, &urls).await, [401, 403]);
    assert_eq!(statuses(&app, Some(&eve), &urls).await, [404, 403]);
}
