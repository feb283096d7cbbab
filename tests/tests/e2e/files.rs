//! Files: what comes in, what is refused, what goes out again, and to whom.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::Duration,
};

use adapter_clamd::sink::{ClamdSink, eicar};
use alveole_tests::{Answer, Backend, Client, Person, Server, eventually};
use serde_json::json;

const FILES: &str = "/api/v1/files";

/// A form with one file and words before it.
pub(crate) fn form(words: &[(&str, &str)], name: &str, kind: &str, content: &[u8]) -> Vec<u8> {
    let mut form = Vec::new();
    for (field, word) in words {
        form.extend(
            format!("--x\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{word}\r\n")
                .into_bytes(),
        );
    }
    form.extend(
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: {kind}\r\n\r\n"
        )
        .into_bytes(),
    );
    form.extend_from_slice(content);
    form.extend_from_slice(b"\r\n--x--\r\n");
    form
}

fn post(client: &Client, path: &str, form: &[u8]) -> Answer {
    client.request("POST", path).raw("multipart/form-data; boundary=x", form).send()
}

/// Uploads a file of which nothing is said but its name.
fn put(person: &Person, name: &str, content: &[u8]) -> Answer {
    let form = form(&[], name, "application/octet-stream", content);
    post(&person.client, FILES, &form)
}

fn url(id: i64) -> String {
    format!("{FILES}/{id}/download")
}

pub(crate) fn a_file_comes_back_as_it_went_in(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let content = "Dear Bob,\nthe roof is mended.\n".as_bytes();
    let name = "../../Grüße an Bob.txt";
    let words = [("type", "document"), ("visibility", "private")];
    let answer = post(&ada.client, FILES, &form(&words, name, "text/plain", content)).expect(201);
    let id = answer.id();
    assert_eq!(answer.must_have("location"), format!("{FILES}/{id}"));
    assert_eq!(answer.at("/data/filename"), "Grüße an Bob.txt");
    assert_eq!(answer.at("/data/type"), "document");
    assert_eq!(answer.at("/data/mime_type"), "text/plain");
    assert_eq!(answer.at("/data/size"), content.len());
    let read = ada.client.get(&format!("{FILES}/{id}")).expect(200);
    assert_eq!(read.data(), answer.data());
    let etag = read.etag();
    let again = ada.client.request("GET", &format!("{FILES}/{id}"));
    assert_eq!(again.header("if-none-match", &etag).send().status, 304);

    let sent = ada.client.get(&url(id));
    assert_eq!((sent.status, sent.bytes.as_slice()), (200, content));
    assert_eq!(sent.must_have("content-type"), "text/plain");
    assert_eq!(sent.header("content-encoding"), None);
    assert_eq!(sent.must_have("x-content-type-options"), "nosniff");
    assert!(sent.must_have("content-security-policy").starts_with("sandbox;"));
    let disposition = sent.must_have("content-disposition");
    assert!(disposition.starts_with("attachment; filename=\"Gr__e an Bob.txt\""), "{disposition}");
    assert!(disposition.ends_with("filename*=UTF-8''Gr%C3%BC%C3%9Fe%20an%20Bob.txt"));
    let sha256 = answer.at("/data/sha256").as_str().unwrap();
    assert_eq!(sent.etag(), format!("\"{sha256}\""));

    for (query, found) in
        [("q=bob", 1), ("q=ob", 0), ("type=document", 1), ("type=audio", 0), ("mime=text/plain", 1)]
    {
        let rows = ada.client.get(&format!("{FILES}?{query}")).expect(200);
        assert_eq!(rows.ids().len(), found, "{query}");
    }
    ada.client.get(&format!("{FILES}?mime=x")).problem(400, "files.mime_unknown");
    let stranger = server.person("eve").client;
    stranger.get(&url(id)).problem(404, "files.not_found");
    server.anonymous().get(&url(id)).problem(401, "auth.not_signed_in");
    stranger.delete(&format!("{FILES}/{id}")).problem(404, "files.not_found");
    ada.client
        .request("DELETE", &format!("{FILES}/{id}"))
        .header("if-match", "\"9\"")
        .send()
        .problem(412, "files.stale");
    ada.client.delete(&format!("{FILES}/{id}")).expect(200);
    ada.client.get(&url(id)).problem(404, "files.not_found");
}

pub(crate) fn parts_and_conditions_are_as_the_rfc_has_them(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let content: Vec<u8> = (0..200_000).map(|n| b'a' + (n % 23) as u8).collect();
    let id = put(&ada, "letters.txt", &content).expect(201).id();
    let path = url(id);
    let etag = ada.client.get(&path).etag();
    let ask = |method: &str, headers: &[(&str, &str)]| {
        let mut request = ada.client.request(method, &path);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.send()
    };
    let part = ask("GET", &[("range", "bytes=100000-100009")]);
    assert_eq!((part.status, &part.bytes[..]), (206, &content[100_000..100_010]));
    assert_eq!(part.must_have("content-range"), "bytes 100000-100009/200000");
    assert_eq!(part.etag(), etag);
    let end = ask("GET", &[("range", "bytes=-3")]);
    assert_eq!((end.status, &end.bytes[..]), (206, &content[199_997..]));
    let none = ask("GET", &[("range", "bytes=200000-")]);
    assert_eq!(none.must_have("content-range"), "bytes */200000");
    none.problem(416, "files.range_not_satisfiable");
    let two = ask("GET", &[("range", "bytes=0-1,5-6")]);
    assert_eq!(two.status, 206);
    let kind = two.must_have("content-type").to_owned();
    let boundary = kind.strip_prefix("multipart/byteranges; boundary=").unwrap();
    let expected = format!(
        "\r\n--{boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/200000\r\n\r\nab\
         \r\n--{boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 5-6/200000\r\n\r\nfg\
         \r\n--{boundary}--\r\n"
    );
    assert_eq!(two.text, expected);
    assert_eq!(two.must_have("content-length"), expected.len().to_string());

    // Conditions come first, and what is not understood is not there.
    for (method, headers, status) in [
        ("GET", vec![("if-match", "\"other\"")], 412),
        ("GET", vec![("if-match", "\"other\""), ("range", "bytes=0-1")], 412),
        ("GET", vec![("if-match", etag.as_str()), ("range", "bytes=0-1")], 206),
        ("GET", vec![("if-none-match", etag.as_str()), ("range", "bytes=0-1")], 304),
        ("GET", vec![("if-none-match", "W/\"x\""), ("range", "bytes=0-1")], 206),
        ("GET", vec![("if-range", etag.as_str()), ("range", "bytes=0-1")], 206),
        ("GET", vec![("if-range", "\"other\""), ("range", "bytes=0-1")], 200),
        ("GET", vec![("range", "pages=0-1")], 200),
        ("GET", vec![("range", "bytes=1-0")], 200),
        ("HEAD", vec![("range", "bytes=0-1")], 200),
    ] {
        let answer = ask(method, &headers);
        assert_eq!(answer.status, status, "{method} {headers:?}");
    }
    let head = ask("HEAD", &[]);
    assert_eq!(head.must_have("content-length"), "200000");
    assert!(head.bytes.is_empty() && head.etag() == etag);
}

pub(crate) fn hostile_forms_are_refused_in_words(backend: Backend) {
    let server = Server::with(backend, &[("ALVEOLE__FILES__MAX_FILE_BYTES", "100000")]);
    let ada = server.person("ada");
    let send = |form: &[u8]| post(&ada.client, FILES, form);
    let one = |name: &str, kind: &str, content: &[u8]| send(&form(&[], name, kind, content));
    let plain = "application/octet-stream";

    // What is not what it is called.
    let pdf = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj";
    one("a.png", plain, pdf).problem(415, "files.type_mismatch");
    one("a.pdf", "image/png", pdf).problem(415, "files.type_mismatch");
    one("a.pdf.exe", plain, pdf).problem(415, "files.type_mismatch");
    one("a.txt", "text/plain", b"<!doctype html><script>1</script>")
        .problem(415, "files.type_not_allowed");
    one("a.svg", "image/svg+xml", b"<svg onload=\"alert(1)\"/>")
        .problem(415, "files.type_not_allowed");
    one("a.exe", plain, b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0")
        .problem(415, "files.type_not_allowed");
    one("a.txt", plain, b"").problem(400, "files.empty");
    send(&form(&[("type", "audio")], "a.txt", plain, b"words and words and words"))
        .problem(415, "files.type_not_allowed");

    // Forms that are not as they should be.
    let fields = |answer: Answer| {
        assert_eq!(answer.status, 400, "{answer}");
        answer.faulty_fields().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(fields(send(&form(&[("typo", "x")], "a.txt", plain, b"x"))), ["/typo"]);
    assert_eq!(
        fields(send(&form(&[("type", "x"), ("visibility", "y")], "a.txt", plain, b"x"))),
        ["/type", "/visibility"]
    );
    let twice = form(&[("type", "image"), ("type", "audio")], "a.txt", plain, b"x");
    send(&twice).problem(400, "request.duplicate");
    let without = b"--x\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage\r\n--x--\r\n";
    assert_eq!(fields(send(without)), ["/file"]);
    let whole = form(&[], "a.txt", plain, b"words");
    let mut late = whole[..whole.len() - "--\r\n".len()].to_vec();
    late.extend(b"\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage\r\n--x--\r\n");
    send(&late).problem(415, "files.type_not_allowed");
    let mut two = whole[..whole.len() - "--\r\n".len()].to_vec();
    two.extend(
        b"\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b\"\r\n\r\ny\r\n--x--\r\n",
    );
    send(&two).problem(400, "request.duplicate");
    send(&whole[..whole.len() - 12]).problem(400, "files.cut_short");
    let answer = ada.client.request("POST", FILES).raw("application/json", b"{}").send();
    answer.problem(415, "request.media_type");
    let head = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\r\nx\r\n--x--\r\n",
        "a".repeat(100_000)
    );
    let refused = send(head.as_bytes());
    assert!((400..500).contains(&refused.status), "{refused}");

    // Too much.
    one("a.txt", plain, &vec![b'x'; 100_001]).problem(413, "files.too_large");
    one("a.txt", plain, &vec![b'x'; 200_000]).problem(413, "files.too_large");
    assert_eq!(ada.client.get(FILES).expect(200).rows().len(), 0);
    one("a.txt", plain, &vec![b'x'; 100_000]).expect(201);
}

pub(crate) fn usage_is_bounded_and_a_repetition_adds_none(backend: Backend) {
    let server = Server::with(backend, &[("ALVEOLE__FILES__QUOTA_BYTES", "1000")]);
    let ada = server.person("ada");
    let form = form(&[], "a.txt", "text/plain", &[b'x'; 600]);
    let send = || {
        let request = ada.client.request("POST", FILES).header("idempotency-key", "once");
        request.raw("multipart/form-data; boundary=x", &form).send()
    };
    let first = send().expect(201);
    let again = send().expect(201);
    assert_eq!(again.must_have("idempotency-replayed"), "true");
    assert_eq!(again.json, first.json);
    put(&ada, "b.txt", &[b'y'; 401]).problem(422, "files.over_quota");
    let both = put(&ada, "b.txt", &[b'y'; 400]).expect(201).id();
    ada.client.delete(&format!("{FILES}/{both}")).expect(200);
    put(&ada, "c.txt", &[b'z'; 400]).expect(201);
}

pub(crate) fn a_link_opens_a_file_until_it_is_taken_back(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let id = put(&ada, "a.txt", b"for whoever has the link").expect(201).id();
    let share = |seconds: i64| {
        let path = format!("{FILES}/{id}/share");
        let answer = ada.client.post(&path, &json!({"expires_in": seconds}));
        let link = answer.at("/data/url").as_str().unwrap_or_default().to_owned();
        let at = link.find("/api/").unwrap_or_default();
        (answer, link[at..].to_owned())
    };
    let (made, link) = share(600);
    made.expect(201);
    let stranger = server.anonymous();
    let sent = stranger.get(&link);
    assert_eq!((sent.status, sent.text.as_str()), (200, "for whoever has the link"));
    let part = stranger.request("GET", &link).header("range", "bytes=0-2").send();
    assert_eq!((part.status, part.text.as_str()), (206, "for"));
    let forged = format!("{}0", &link[..link.len() - 1]);
    if forged != link {
        stranger.get(&forged).problem(403, "files.bad_link");
    }
    stranger.get(&format!("{FILES}/{id}/shared")).problem(403, "files.bad_link");
    stranger.get(&url(id)).problem(401, "auth.not_signed_in");
    stranger.get(&format!("{link}&variant=thumb")).problem(404, "files.no_variant");
    stranger.get(&format!("{link}&variant=huge")).problem(400, "files.variant_unknown");
    let (short, over) = share(1);
    short.expect(201);
    eventually(Duration::from_secs(10), || stranger.get(&over).status == 403);
    let shares = ada.client.get(&format!("{FILES}/{id}/shares")).expect(200);
    let number = shares.ids()[0];
    ada.client.delete(&format!("{FILES}/{id}/shares/{number}")).expect(200);
    stranger.get(&link).problem(403, "files.bad_link");
    share(0).0.problem(400, "files.expires_in_invalid");
}

pub(crate) fn what_is_attached_to_a_task_is_its_peoples(backend: Backend) {
    let server = Server::start(backend);
    let (ada, bob, eve) = (server.person("ada"), server.person("bob"), server.person("eve"));
    let task = ada.task("shared");
    ada.client
        .put(&format!("/api/v1/tasks/{task}/assignee"), &json!({"user_id": bob.id}))
        .expect(200);
    let path = format!("/api/v1/tasks/{task}/attachments");
    let attach = |person: &Person, text: &str| {
        post(&person.client, &path, &form(&[], "a.txt", "text/plain", text.as_bytes()))
    };
    let ours = attach(&ada, "the plan of the roof").expect(201).id();
    let theirs = attach(&bob, "the bill for the tiles").expect(201).id();
    attach(&eve, "nothing to do with it").problem(404, "tasks.not_found");
    assert_eq!(bob.client.get(&path).expect(200).ids(), [ours, theirs]);
    assert_eq!(bob.client.get(&url(ours)).text, "the plan of the roof");
    eve.client.get(&path).problem(404, "tasks.not_found");
    eve.client.get(&url(ours)).problem(404, "files.not_found");
    bob.client.delete(&format!("{path}/{ours}")).problem(403, "files.forbidden");
    ada.client.delete(&format!("{path}/{theirs}")).expect(200);
    assert_eq!(ada.client.get(&path).expect(200).ids(), [ours]);
    let export = ada.client.get("/api/v1/users/me/export");
    assert_eq!(export.at("/files/0/id"), ours);
}

/// Sends the beginning of an upload of `size` bytes of text, in pieces.
fn begin(server: &Server, token: &str, query: &str, size: usize) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let whole = form(&[], "a.txt", "text/plain", b"").len() + size;
    let head = format!(
        "POST {FILES}{query} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {whole}\r\n\r\n\
         --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
         Content-Type: text/plain\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// Resident memory, in bytes.
fn resident(server: &Server) -> u64 {
    server.metric("alveole_process_resident_memory_bytes").unwrap() as u64
}

pub(crate) fn a_large_upload_takes_little_memory(backend: Backend) {
    // `make test-large` says 1024.
    let mebibytes = std::env::var("ALVEOLE_LARGE_MIB").ok().and_then(|text| text.parse().ok());
    let size = mebibytes.unwrap_or(100_usize) << 20;
    let settings = [
        ("ALVEOLE__FILES__MAX_DOCUMENT_BYTES", "2147483648"),
        ("ALVEOLE__FILES__QUOTA_BYTES", "0"),
    ];
    let server = Server::with(backend, &settings);
    let ada = server.person("ada");
    put(&ada, "warm.txt", b"so that all is loaded that is needed").expect(201);
    let before = resident(&server);
    let mut most = before;
    let mut stream = begin(&server, &ada.access_token, "?type=document", size);
    let piece = vec![b'x'; 1 << 20];
    for number in 0..size >> 20 {
        stream.write_all(&piece).unwrap();
        if number % 10 == 0 {
            most = most.max(resident(&server));
        }
    }
    stream.write_all(b"\r\n--x--\r\n").unwrap();
    let mut head = [0_u8; 12];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 201");
    most = most.max(resident(&server));
    let id = ada.client.get(FILES).expect(200).ids()[0];
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let head = format!(
        "GET {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        url(id),
        ada.access_token
    );
    stream.write_all(head.as_bytes()).unwrap();
    // Read as it comes: the whole file is more than a client takes into its memory.
    let (mut piece, mut got, mut head) = (vec![0_u8; 1 << 20], 0, Vec::new());
    loop {
        let len = stream.read(&mut piece).unwrap();
        if len == 0 {
            break;
        }
        let mut content = &piece[..len];
        if got == 0 {
            head.extend_from_slice(content);
            let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            assert!(head.starts_with(b"HTTP/1.1 200"));
            content = &head[end + 4..];
        }
        assert!(content.iter().all(|byte| *byte == b'x'));
        let before = got;
        got += content.len();
        if before >> 24 != got >> 24 {
            most = most.max(resident(&server));
        }
    }
    assert_eq!(got, size);
    most = most.max(resident(&server));
    assert!(most - before < 64 << 20, "{} MiB more", (most - before) >> 20);
}

pub(crate) fn a_kill_in_the_middle_of_uploads_leaves_nothing_dangling(backend: Backend) {
    let settings = [("ALVEOLE__FILES__ORPHAN_GRACE_SECONDS", "10")];
    let mut server = Server::with(backend, &settings);
    let ada = server.person("ada");
    let kept = put(&ada, "kept.txt", b"kept before all of this happened").expect(201).id();
    // Some are cut off in the middle, some at whatever point they have come to.
    let open: Vec<TcpStream> = (0..10)
        .map(|_| {
            let mut stream = begin(&server, &ada.access_token, "", 500_000);
            stream.write_all(&vec![b'y'; 100_000]).unwrap();
            stream
        })
        .collect();
    thread::scope(|scope| {
        for number in 0..10 {
            let client = server.client_of(&ada);
            scope.spawn(move || {
                for round in 0..20 {
                    let words = format!("{number} {round} {}", "words ".repeat(2000));
                    let form = form(&[], "a.txt", "text/plain", words.as_bytes());
                    let request = client.request("POST", FILES);
                    let sent = request.raw("multipart/form-data; boundary=x", &form).try_send();
                    if sent.is_err() {
                        break;
                    }
                }
            });
        }
        thread::sleep(Duration::from_millis(300));
        server.kill9();
    });
    drop(open);
    server.restart();
    let verify = |server: &Server| server.command(&["files", "verify"]).output().unwrap();
    let found = verify(&server);
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(found.status.success(), "{text}");
    thread::sleep(Duration::from_secs(11));
    assert!(server.command(&["files", "collect"]).output().unwrap().status.success());
    // As many objects as contents: none without a row, and none that a row lacks.
    if backend == Backend::Sqlite {
        let folder = server.data_dir().join("files").join("objects");
        let contents: usize = server.sql("SELECT count(*) FROM blobs").trim().parse().unwrap();
        assert_eq!(count(&folder), contents, "{}", folder.display());
    }
    assert!(verify(&server).status.success());
    let ada = server.sign_in(&ada.email, alveole_tests::server::PASSWORD);
    assert_eq!(ada.client.get(&url(kept)).text, "kept before all of this happened");
}

pub(crate) fn what_is_known_as_malware_is_not_kept(backend: Backend) {
    let clamd = ClamdSink::start().unwrap();
    let url = format!("tcp://{}", clamd.address());
    let server = Server::with(backend, &[("ALVEOLE__FILES__CLAMD_URL", &url)]);
    let ada = server.person("ada");
    let ready = server.anonymous().get("/ready").expect(200);
    let states = ready.at("/dependencies").as_array().unwrap().clone();
    let scanner = json!({"name": "scanner", "kind": "clamd", "state": "up"});
    assert!(states.contains(&scanner), "{ready}");
    put(&ada, "good.txt", b"Dear Bob, the roof is mended.").expect(201);
    let bad = format!("Dear Bob, look at this:\n{}\n", eicar());
    let refused = put(&ada, "bad.txt", bad.as_bytes()).problem(422, "files.infected");
    assert!(refused.at("/detail").as_str().unwrap().contains("Eicar-Signature"), "{refused}");
    assert!(server.log().contains("Eicar-Signature"), "the log tells of it");
    // never open: too large for it, and away
    clamd.take_at_most(1000);
    let large = "words that are too many ".repeat(1000);
    let refused = put(&ada, "large.txt", large.as_bytes()).problem(503, "files.unscanned");
    refused.must_have("retry-after");
    drop(clamd);
    let away = eventually(Duration::from_secs(5), || {
        put(&ada, "good.txt", b"Dear Bob, the roof leaks again.").status == 503
    });
    assert!(away, "nobody looks, and it is taken");
    assert_eq!(ada.client.get(FILES).expect(200).ids().len(), 1);
    if backend == Backend::Sqlite {
        assert_eq!(count(&server.data_dir().join("files").join("objects")), 1);
    }
}

/// How many files are in a folder and those in it.
pub(crate) fn count(folder: &std::path::Path) -> usize {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { count(&path) } else { 1 })
        .sum()
}
