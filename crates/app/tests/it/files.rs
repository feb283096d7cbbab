//! Pictures and avatars over HTTP, with a double that draws.

use kernel::Role;

use crate::fixture::TestApp;

const FILES: (&str, &str) = ("POST", "/api/v1/files");
/// The beginning of a GIF; other pictures do not begin with text.
const GIF: &str = "GIF89a that moves about";

#[actix_web::test]
async fn a_picture_has_smaller_editions() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    let made = app.send_file(&token, FILES, "moving.gif", GIF).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let file = &made.json()["data"];
    assert_eq!(
        (&file["filename"], &file["mime_type"]),
        (&"moving.png".into(), &"image/png".into())
    );
    assert_eq!((&file["width"], &file["height"]), (&640.into(), &480.into()));
    let mut tags = Vec::new();
    for variant in ["original", "small", "thumb"] {
        let uri = format!("/api/v1/files/1/download?variant={variant}");
        let sent = app.call_as(&token, "GET", &uri, None).await;
        assert_eq!((sent.status.as_u16(), sent.header("content-type")), (200, "image/png"));
        assert_eq!(sent.header("content-disposition").split(';').next(), Some("attachment"));
        tags.push(sent.header("etag").to_owned());
    }
    tags.dedup();
    assert_eq!(tags.len(), 3);
    let odd = app.call_as(&token, "GET", "/api/v1/files/1/download?variant=huge", None).await;
    assert_eq!((odd.status.as_u16(), &odd.json()["code"]), (400, &"files.variant_unknown".into()));
    let broken = app.send_file(&token, FILES, "a.gif", "GIF89a broken, I fear").await;
    assert_eq!(
        (broken.status.as_u16(), &broken.json()["code"]),
        (422, &"files.bad_picture".into())
    );
    let text = app.send_file(&token, FILES, "a.txt", "no picture").await;
    let uri = format!("{}?variant=thumb", text.json()["data"]["url"].as_str().unwrap());
    assert_eq!(app.call_as(&token, "GET", &uri, None).await.json()["code"], "files.no_variant");
}

#[actix_web::test]
async fn an_avatar_takes_the_place_of_the_former_one() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    let avatar = ("PUT", "/api/v1/users/me/avatar");
    let mut former: Option<String> = None;
    for picture in ["GIF89a of last year", "GIF89a of this year"] {
        let answer = app.send_file(&token, avatar, "me.gif", picture).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let url = answer.json()["data"]["avatar"].as_str().unwrap().to_owned();
        assert!(url.ends_with("/download?variant=thumb"), "{url}");
        // Anybody may see it, and the former one is gone.
        assert_eq!(app.call("GET", &url, &[], None).await.status, 200);
        if let Some(former) = former.replace(url) {
            assert_eq!(app.call("GET", &former, &[], None).await.status, 401);
        }
    }
    let words = app.send_file(&token, avatar, "me.txt", "no picture at all").await;
    assert_eq!(words.json()["code"], "files.type_not_allowed");
    let gone = app.call_as(&token, "DELETE", avatar.1, None).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    let me = app.call_as(&token, "GET", "/api/v1/users/me", None).await;
    assert!(me.json()["data"]["avatar"].is_null());
    let files = app.call_as(&token, "GET", "/api/v1/files", None).await;
    assert_eq!(files.json()["pagination"]["total"], 0);
}
