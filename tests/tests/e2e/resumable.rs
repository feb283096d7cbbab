//! Uploads in several requests, by tus 1.0.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use alveole_tests::{Answer, Backend, Client, Person, Server, client::Request, eventually};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

const UPLOADS: &str = "/api/v1/files/uploads";
const BYTES: &str = "application/offset+octet-stream";

fn tus<'a>(client: &'a Client, method: &str, path: &str) -> Request<'a> {
    client.request(method, path).header("tus-resumable", "1.0.0")
}

fn metadata(name: &str) -> String {
    format!("filename {},is_draft", STANDARD.encode(name))
}

/// Begins an upload; gives where it is.
fn begin(person: &Person, name: &str, query: &str, length: usize) -> String {
    let request = tus(&person.client, "POST", &format!("{UPLOADS}{query}"));
    let request = request.header("upload-length", &length.to_string());
    let answer = request.header("upload-metadata", &metadata(name)).send().expect(201);
    answer.must_have("location").to_owned()
}

fn patch(client: &Client, at: &str, offset: usize, bytes: &[u8]) -> Answer {
    let request = tus(client, "PATCH", at).header("upload-offset", &offset.to_string());
    request.raw(BYTES, bytes).send()
}

/// Where an upload ends; nothing when it is not there.
fn offset(client: &Client, at: &str) -> Option<usize> {
    let answer = tus(client, "HEAD", at).send();
    match answer.status {
        404 => None,
        _ => Some(answer.expect(200).must_have("upload-offset").parse().unwrap()),
    }
}

/// Text that is the same nowhere.
fn words(len: usize) -> Vec<u8> {
    let lines = (0..).map(|number: u64| format!("line {number} of many\n"));
    let mut words: Vec<u8> = lines.flat_map(String::into_bytes).take(len).collect();
    words.truncate(len);
    words
}

/// What a file holds.
fn content(client: &Client, file: &str) -> Vec<u8> {
    client.get(&format!("{file}/download")).expect(200).bytes
}

/// Begins a request that continues an upload and does not end by itself.
fn stream(server: &Server, token: &str, at: &str, offset: usize, length: usize) -> TcpStream {
    stream_with(server, token, at, offset, length, "")
}

fn stream_with(
    server: &Server,
    token: &str,
    at: &str,
    offset: usize,
    length: usize,
    more: &str,
) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head = format!(
        "PATCH {at} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Tus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\nContent-Type: {BYTES}\r\n{more}\
         Content-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

pub(crate) fn an_upload_in_pieces_becomes_one_file(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let client = &ada.client;
    let can = server.anonymous().request("OPTIONS", UPLOADS).send().expect(204);
    assert_eq!(can.must_have("tus-version"), "1.0.0");
    assert_eq!(can.must_have("tus-extension"), "creation,termination,checksum,expiration");
    assert_eq!(can.must_have("tus-checksum-algorithm"), "sha1,sha256");
    assert_eq!(can.must_have("tus-max-size"), (200 << 20).to_string());

    let whole = words(1_000_000);
    let create = || {
        let request = tus(client, "POST", &format!("{UPLOADS}?type=document&visibility=public"));
        let request = request.header("upload-metadata", &metadata("../Grüße.txt"));
        let request = request.header("upload-length", "1000000");
        request.header("idempotency-key", "begun-once").send().expect(201)
    };
    let begun = create();
    let at = begun.must_have("location").to_owned();
    assert_eq!(begun.must_have("tus-resumable"), "1.0.0");
    let expires = begun.must_have("upload-expires");
    assert!(expires.ends_with(" GMT"), "{expires}");
    let again = create();
    assert_eq!(again.must_have("location"), at);
    assert_eq!(again.must_have("upload-expires"), expires);
    assert_eq!(again.must_have("idempotency-replayed"), "true");

    let seen = client.get(&at).expect(200);
    assert_eq!(seen.at("/data/filename"), "Grüße.txt");
    assert_eq!(
        (seen.at("/data/type"), seen.at("/data/visibility")),
        (&"document".into(), &"public".into())
    );
    assert_eq!((seen.at("/data/offset"), seen.at("/data/file_id")), (&0.into(), &().into()));
    let head = tus(client, "HEAD", &at).send().expect(200);
    assert_eq!(head.must_have("upload-offset"), "0");
    assert_eq!(head.must_have("upload-length"), "1000000");
    assert_eq!(head.must_have("upload-metadata"), metadata("../Grüße.txt"));
    assert_eq!(head.must_have("cache-control"), "no-store");

    let mut done = 0;
    for piece in [1, 10, 0, 700_000] {
        let answer = patch(client, &at, done, &whole[done..done + piece]).expect(204);
        done += piece;
        assert_eq!(answer.must_have("upload-offset"), done.to_string());
        assert!(answer.header("upload-expires").is_some());
        assert_eq!(answer.header("content-location"), None);
        assert_eq!(offset(client, &at), Some(done));
    }
    assert_eq!(client.get("/api/v1/files").expect(200).ids(), [] as [i64; 0]);
    // as a client that can send no other method than POST
    let last = tus(client, "POST", &at).header("x-http-method-override", "PATCH");
    let last = last.header("upload-offset", &done.to_string()).raw(BYTES, &whole[done..]);
    let last = last.send().expect(204);
    assert_eq!(last.must_have("upload-offset"), "1000000");
    let file = last.must_have("content-location").to_owned();
    let known = server.anonymous().get(&format!("{file}/download")).expect(200);
    assert!(known.bytes == whole, "another content");
    assert_eq!(client.get(&file).at("/data/filename"), "Grüße.txt");

    // a client that lost the last answer asks again
    let head = tus(client, "HEAD", &at).send().expect(200);
    assert_eq!(head.must_have("upload-offset"), "1000000");
    assert_eq!(head.must_have("content-location"), file);
    patch(client, &at, 1_000_000, b"").expect(204);
    patch(client, &at, 1_000_000, b"x").problem(413, "files.upload_too_long");
    tus(client, "DELETE", &at).send().expect(204);
    tus(client, "DELETE", &at).send().problem(404, "files.upload_not_found");
    assert!(content(client, &file) == whole);
    // its room was counted once
    let second = begin(&ada, "b.txt", "", 100);
    tus(client, "DELETE", &second).send().expect(204);
    assert_eq!(offset(client, &second), None);
}

pub(crate) fn what_came_before_a_connection_broke_is_kept(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let whole = words(900_000);
    let at = begin(&ada, "a.txt", "", whole.len());
    let mut done = 0;
    for cut in [300_000, 200_000, 300_000] {
        let mut stream = stream(&server, &ada.access_token, &at, done, whole.len() - done);
        stream.write_all(&whole[done..done + cut]).unwrap();
        drop(stream);
        let end = || offset(&ada.client, &at).unwrap();
        assert!(eventually(Duration::from_secs(20), || end() > done), "nothing was kept");
        // The HTTP layer forgets what it has in its hands when a connection breaks.
        let kept = end();
        assert!((done + cut / 2..=done + cut).contains(&kept), "{kept} of {done} + {cut}");
        done = kept;
    }
    let last = patch(&ada.client, &at, done, &whole[done..]).expect(204);
    assert!(content(&ada.client, last.must_have("content-location")) == whole);
    assert!(server.command(&["files", "verify"]).output().unwrap().status.success());
}

pub(crate) fn a_checksum_keeps_all_bytes_of_a_request_or_none(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let whole = words(50_000);
    let at = begin(&ada, "a.txt", "", whole.len());
    let send = |from: usize, to: usize, checksum: &str| {
        let request = tus(&ada.client, "PATCH", &at).header("upload-offset", &from.to_string());
        request.header("upload-checksum", checksum).raw(BYTES, &whole[from..to]).send()
    };
    let sha256 = |bytes: &[u8]| format!("sha256 {}", STANDARD.encode(Sha256::digest(bytes)));
    // of the ten bytes "line 0 of ", by another program
    let sha1 = "sha1 IB0Wfgtnd3y1CPb0vUru9++b7fM=";
    for (wrong, code) in [
        ("md5 1B2M2Y8AsgTpgAmY7PhCfg==", "files.checksum_invalid"),
        ("sha256", "files.checksum_invalid"),
        ("sha256 AAAA", "files.checksum_invalid"),
        ("sha1 ***", "files.checksum_invalid"),
    ] {
        send(0, 10, wrong).problem(400, code);
    }
    send(0, 10, &sha256(b"other bytes")).problem(460, "files.checksum_mismatch");
    assert_eq!(offset(&ada.client, &at), Some(0));
    send(0, 10, sha1).expect(204);
    send(10, 20_000, &sha256(&whole[10..20_000])).expect(204);
    assert_eq!(offset(&ada.client, &at), Some(20_000));
    // cut off in the middle
    let more = format!("Upload-Checksum: {}\r\n", sha256(&whole[20_000..]));
    let mut stream = stream_with(&server, &ada.access_token, &at, 20_000, 30_000, &more);
    stream.write_all(&whole[20_000..40_000]).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(offset(&ada.client, &at), Some(20_000));
    // the last bytes, too
    let wrong = send(20_000, 50_000, &sha256(b"other bytes"));
    wrong.problem(460, "files.checksum_mismatch");
    assert_eq!(offset(&ada.client, &at), Some(20_000));
    let last = send(20_000, 50_000, &sha256(&whole[20_000..])).expect(204);
    assert!(content(&ada.client, last.must_have("content-location")) == whole);
}

pub(crate) fn of_eight_who_continue_at_one_place_one_wins(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let begun = b"the beginning; ";
    for round in 0..3 {
        let len = 40_000;
        let at = begin(&ada, "a.txt", "", begun.len() + len);
        patch(&ada.client, &at, 0, begun).expect(204);
        // in the middle, and at the end, where the file comes into being
        let whole = round > 0;
        let answers: Vec<(u8, Answer)> = thread::scope(|scope| {
            let racers: Vec<_> = (b'a'..b'i')
                .map(|letter| {
                    let (client, at) = (&ada.client, &at);
                    scope.spawn(move || {
                        let bytes = vec![letter; if whole { len } else { len / 2 }];
                        (letter, patch(client, at, begun.len(), &bytes))
                    })
                })
                .collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        let (won, lost): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|(_, answer)| answer.status == 204);
        let [(letter, answer)] = won.as_slice() else { panic!("one wins: {won:?}") };
        for (_, answer) in lost {
            let end = answer.problem(409, "files.upload_offset");
            assert!(end.must_have("upload-offset").parse::<usize>().unwrap() > begun.len());
        }
        let answer = if whole {
            answer.clone()
        } else {
            patch(&ada.client, &at, begun.len() + len / 2, &vec![*letter; len / 2]).expect(204)
        };
        let file = content(&ada.client, answer.must_have("content-location"));
        assert_eq!(file, [&begun[..], &vec![*letter; len]].concat());
    }
    assert_eq!(ada.client.get("/api/v1/files").expect(200).ids().len(), 3);
    assert!(server.command(&["files", "verify"]).output().unwrap().status.success());
}

pub(crate) fn a_kill_costs_some_mebibytes_at_most(backend: Backend) {
    let settings = [("ALVEOLE__FILES__ORPHAN_GRACE_SECONDS", "10")];
    let mut server = Server::with(backend, &settings);
    let ada = server.person("ada");
    let whole = words(30 << 20);
    let at = begin(&ada, "a.txt", "?type=document", whole.len());
    let mut stream = stream(&server, &ada.access_token, &at, 0, whole.len());
    stream.write_all(&whole[..20 << 20]).unwrap();
    let (client, port) = (ada.client.clone(), server.port());
    let kept = eventually(Duration::from_secs(30), || {
        offset(&client, &at).is_some_and(|offset| offset >= 16 << 20)
    });
    assert!(kept, "{:?} on port {port}", offset(&client, &at));
    server.kill9();
    drop(stream);
    server.restart();
    let ada = server.sign_in(&ada.email, alveole_tests::server::PASSWORD);
    let done = offset(&ada.client, &at).unwrap();
    assert!((16 << 20..=20 << 20).contains(&done), "{done}");
    let last = patch(&ada.client, &at, done, &whole[done..]).expect(204);
    assert!(content(&ada.client, last.must_have("content-location")) == whole);
    // what the kill left is collected, and nothing else
    thread::sleep(Duration::from_secs(11));
    assert!(server.command(&["files", "collect"]).output().unwrap().status.success());
    if backend == Backend::Sqlite {
        let folder = server.data_dir().join("files").join("objects");
        assert_eq!(crate::files::count(&folder), 1, "{}", folder.display());
    }
    assert!(server.command(&["files", "verify"]).output().unwrap().status.success());
}

pub(crate) fn an_abandoned_upload_is_pruned(backend: Backend) {
    let settings = [
        ("ALVEOLE__FILES__UPLOAD_TTL_SECONDS", "2"),
        ("ALVEOLE__FILES__QUOTA_BYTES", "1000"),
        ("ALVEOLE__FILES__ORPHAN_GRACE_SECONDS", "10"),
    ];
    let server = Server::with(backend, &settings);
    let ada = server.person("ada");
    let at = begin(&ada, "a.txt", "", 900);
    patch(&ada.client, &at, 0, &words(500)).expect(204);
    let more = |length: &str| {
        let request = tus(&ada.client, "POST", UPLOADS).header("upload-length", length);
        request.send()
    };
    // its room is held
    more("101").problem(422, "files.over_quota");
    let since = Instant::now();
    let gone = eventually(Duration::from_secs(10), || offset(&ada.client, &at).is_none());
    assert!(gone && since.elapsed() > Duration::from_secs(1), "{:?}", since.elapsed());
    patch(&ada.client, &at, 500, b"more").problem(404, "files.upload_not_found");
    assert!(server.command(&["files", "collect"]).output().unwrap().status.success());
    more("1000").expect(201);
    if backend == Backend::Sqlite {
        let folder = server.data_dir().join("files").join("objects");
        assert_eq!(crate::files::count(&folder), 0, "{}", folder.display());
    }
}

pub(crate) fn what_is_wrong_with_an_upload_is_said(backend: Backend) {
    let server = Server::start(backend);
    let (ada, eve) = (server.person("ada"), server.person("eve"));
    let client = &ada.client;
    let create = |headers: &[(&str, &str)], query: &str| {
        let mut request = tus(client, "POST", &format!("{UPLOADS}{query}"));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.send()
    };
    for (headers, query, status, code) in [
        (&[][..], "", 400, "files.upload_header"),
        (&[("upload-length", "-1")], "", 400, "files.upload_header"),
        (&[("upload-length", "1e3")], "", 400, "files.upload_header"),
        (&[("upload-length", "99999999999999999999")], "", 400, "files.upload_header"),
        (&[("upload-length", "5"), ("upload-defer-length", "1")], "", 400, "files.upload_header"),
        (
            &[("upload-length", "5"), ("upload-metadata", "filename ?")],
            "",
            400,
            "files.upload_metadata",
        ),
        (&[("upload-length", "5"), ("upload-metadata", "a b c")], "", 400, "files.upload_metadata"),
        (&[("upload-length", "5"), ("upload-metadata", "a,a")], "", 400, "files.upload_metadata"),
        (&[("upload-length", "0")], "", 400, "files.empty"),
        (&[("upload-length", "10485761")], "", 413, "files.too_large"),
        (&[("upload-length", "209715201")], "?type=audio", 413, "files.too_large"),
        (&[("upload-length", "5")], "?type=virus", 400, "files.type_unknown"),
        (&[("upload-length", "5")], "?task_id=7", 404, "tasks.not_found"),
        (&[("upload-length", "5")], "?product_id=7", 404, "products.owned_not_found"),
        (&[("upload-length", "5")], "?product_id=7&task_id=1", 400, "files.two_places"),
        (&[("upload-length", "5")], "?name=a", 400, "request.unknown_parameter"),
    ] {
        create(headers, query).problem(status, code);
    }
    for version in [None, Some("0.2.2")] {
        let request = client.request("POST", UPLOADS).header("upload-length", "5");
        let request =
            version.into_iter().fold(request, |all, one| all.header("tus-resumable", one));
        let answer = request.send().problem(412, "files.tus_version");
        assert_eq!(answer.must_have("tus-version"), "1.0.0");
        assert_eq!(answer.must_have("tus-resumable"), "1.0.0");
    }
    let at = begin(&ada, "a.txt", "", 5000);
    assert_eq!(offset(&eve.client, &at), None);
    patch(&eve.client, &at, 0, b"x").problem(404, "files.upload_not_found");
    let with =
        |kind: &str| tus(client, "PATCH", &at).header("upload-offset", "0").raw(kind, b"x").send();
    with("text/plain").problem(415, "request.media_type");
    tus(client, "PATCH", &at).raw(BYTES, b"x").send().problem(400, "files.upload_header");
    patch(client, &at, 1, b"x").problem(409, "files.upload_offset");
    patch(client, &at, 0, &words(5001)).problem(413, "files.upload_too_long");
    assert_eq!(offset(client, &at), Some(0));
    // what its beginning tells is refused at once, and the rest in the end
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &words(4000)].concat();
    patch(client, &at, 0, &png).problem(415, "files.type_mismatch");
    assert_eq!(offset(client, &at), None);
    let page = b"<!doctype html><script>alert(1)</script>";
    let at = begin(&ada, "a.txt", "", page.len());
    patch(client, &at, 0, &page[..20]).expect(204);
    patch(client, &at, 20, &page[20..]).problem(415, "files.type_not_allowed");
    assert_eq!(offset(client, &at), None);
    // a task that goes away while its attachment comes
    let task = ada.task("with a picture");
    let at = begin(&ada, "a.txt", &format!("?task_id={task}"), 20);
    patch(client, &at, 0, b"half of it").expect(204);
    client.delete(&format!("/api/v1/tasks/{task}")).expect(200);
    patch(client, &at, 10, b"half of it").problem(404, "tasks.not_found");
    let task = ada.task("with another");
    let at = begin(&ada, "a.txt", &format!("?task_id={task}"), 10);
    patch(client, &at, 0, b"all of it.").expect(204);
    let attached = client.get(&format!("/api/v1/tasks/{task}/attachments")).expect(200);
    assert_eq!(attached.rows().len(), 1);
    // nobody begins without end
    for _ in 0..100 {
        create(&[("upload-length", "1")], "").expect(201);
    }
    create(&[("upload-length", "1")], "").problem(422, "files.too_many_uploads");
}
