//! What is kept of files, under which type, and what their senders hear.

use alveole_tests::{Answer, Backend, Person, Server};

fn send(person: &Person, name: &str, declared: &str, bytes: &[u8]) -> Answer {
    let head = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: {declared}\r\n\r\n"
    );
    let form = [head.as_bytes(), bytes, b"\r\n--x--\r\n"].concat();
    let request = person.client.request("POST", "/api/v1/files");
    request.raw("multipart/form-data; boundary=x", &form).send()
}

pub(crate) fn text_is_kept_under_its_name_and_type(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let utf16: Vec<u8> = "\u{feff}Käse".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, declared, bytes, mime, sent) in [
        ("a.ics", "text/calendar", &b"BEGIN:VCALENDAR\r\n"[..], "text/calendar", "text/calendar"),
        ("a.sql", "application/sql", b"SELECT 1;\n", "application/sql", "application/sql"),
        ("a.py", "text/x-python", b"#!/usr/bin/python3\n", "text/x-python", "text/x-python"),
        ("a.txt", "text/plain", b"K\xe4se", "text/plain", "text/plain; charset=windows-1252"),
        ("b.txt", "text/plain", &utf16, "text/plain", "text/plain; charset=utf-16"),
    ] {
        let file = send(&ada, name, declared, bytes).expect(201);
        assert_eq!(
            (file.at("/data/filename"), file.at("/data/mime_type")),
            (&name.into(), &mime.into())
        );
        let path = format!("/api/v1/files/{}/download", file.id());
        assert_eq!(ada.client.get(&path).expect(200).header("content-type"), Some(sent));
    }
    let found = |mime: &str| ada.client.get(&format!("/api/v1/files?mime={mime}")).expect(200);
    assert_eq!(found("text/calendar").rows().len(), 1);
    assert_eq!(found("text/plain").rows().len(), 2);
    send(&ada, "a.js", "text/javascript", b"alert(1)").problem(415, "files.type_mismatch");
}

pub(crate) fn films_and_heic_are_refused_in_words(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let handler = b"\0\0\0\x30moov\0\0\0\x28hdlr\0\0\0\0\0\0\0\0vide............";
    let film = [&b"\0\0\0\x10ftypisom...."[..], handler].concat();
    let refused = send(&ada, "a.mp4", "video/mp4", &film);
    let refused = refused.problem(415, "files.type_not_allowed");
    let detail = refused.at("/detail").as_str().unwrap().to_owned();
    assert!(detail.contains("a film") && detail.contains("JPEG, PNG, WebP, GIF, PDF"), "{detail}");
    let heic = send(&ada, "a.heic", "image/heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    let heic = heic.problem(415, "files.heic_not_allowed");
    assert!(heic.at("/detail").as_str().unwrap().contains("Send it as JPEG"), "{heic}");
}

pub(crate) fn a_picture_that_moves_is_answered_with_a_warning(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\xff".to_vec();
    for _ in 0..2 {
        gif.extend([0x21, 0xF9, 4, 0, 10, 0, 0, 0]);
        gif.extend([0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
    }
    gif.push(0x3B);
    let kept = send(&ada, "a.gif", "image/gif", &gif).expect(201);
    assert_eq!(kept.at("/data/warnings/0/code"), "files.animation_not_kept");
    let seen = ada.client.get(&format!("/api/v1/files/{}", kept.id())).expect(200);
    assert!(seen.json["data"].get("warnings").is_none(), "{seen}");

    // An upload in several requests says it with the answer to the last.
    let tus = |method: &str, path: &str| {
        ada.client.request(method, path).header("Tus-Resumable", "1.0.0")
    };
    let begun = tus("POST", "/api/v1/files/uploads")
        .header("Upload-Length", &gif.len().to_string())
        .header("Upload-Metadata", "filename YS5naWY=")
        .send()
        .expect(201);
    let path = format!("/api/v1/files/uploads/{}", begun.id());
    let more = |offset: usize, bytes: &[u8]| {
        tus("PATCH", &path)
            .header("Upload-Offset", &offset.to_string())
            .raw("application/offset+octet-stream", bytes)
            .send()
            .expect(204)
    };
    assert_eq!(more(0, &gif[..20]).header("upload-warnings"), None);
    let last = more(20, &gif[20..]);
    assert_eq!(last.must_have("upload-warnings"), "files.animation_not_kept");
}
