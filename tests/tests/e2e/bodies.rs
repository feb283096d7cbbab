//! Request bodies over plain sockets: those that no handler reads, those that hardly arrive, and
//! those that are announced as too long.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    thread,
    time::{Duration, Instant},
};

use alveole_tests::{Backend, Person, Server};
use serde_json::json;

const TASKS: &str = "/api/v1/tasks";
const FILES: &str = "/api/v1/files";
const UPLOADS: &str = "/api/v1/files/uploads";
const IMPORT: &str = "/api/v1/admin/products/import";
const FORM: &str = "multipart/form-data; boundary=x";

/// What the system may keep between two sockets, and what the framework has read already.
const BUFFERS: usize = 24 << 20;

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// The head of a request, with the caller's token and `headers`.
fn head(method: &str, path: &str, person: Option<&Person>, headers: &[(&str, &str)]) -> String {
    let mut lines = vec![format!("{method} {path} HTTP/1.1"), "Host: localhost".to_owned()];
    lines.extend(person.map(|person| format!("Authorization: Bearer {}", person.access_token)));
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.join("\r\n") + "\r\n\r\n"
}

/// Reads one answer: its head in lower case, and its body where it has a length.
fn answer(reader: &mut BufReader<TcpStream>) -> (u16, String, String) {
    let mut head = String::new();
    loop {
        let mut line = String::new();
        let count = reader.read_line(&mut line).unwrap();
        assert!(count > 0, "the connection ended: {head}");
        if line == "\r\n" {
            break;
        }
        head += &line.to_lowercase();
    }
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    (status, head, String::from_utf8_lossy(&body).into_owned())
}

fn reader(stream: &TcpStream) -> BufReader<TcpStream> {
    BufReader::new(stream.try_clone().unwrap())
}

/// Sends chunks until the server has closed; gives how many bytes it took and for how long.
fn flood(mut stream: TcpStream) -> (usize, Duration) {
    let started = Instant::now();
    let mut chunk = b"10000\r\n".to_vec();
    chunk.extend_from_slice(&vec![b' '; 0x10000]);
    chunk.extend_from_slice(b"\r\n");
    let mut sent = 0;
    while stream.write_all(&chunk).is_ok() {
        sent += chunk.len();
        if started.elapsed() > Duration::from_secs(15) || sent > 1 << 30 {
            break;
        }
    }
    (sent, started.elapsed())
}

pub(crate) fn an_answer_that_leaves_before_its_body_ends_the_connection(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let json = ("Content-Type", "application/json");
    let text = ("Content-Type", "text/plain");
    let form = ("Content-Type", FORM);
    let gzip = ("Accept-Encoding", "gzip");
    let cases = [
        ("GET", "/health", None, vec![], 200),
        ("GET", TASKS, Some(&ada), vec![gzip], 200),
        ("HEAD", "/health", None, vec![], 200),
        ("GET", TASKS, None, vec![gzip], 401),
        ("POST", FILES, None, vec![form], 401),
        ("GET", "/nowhere", None, vec![], 404),
        ("PUT", "/health", None, vec![json], 405),
        ("POST", TASKS, Some(&ada), vec![json], 413),
        ("POST", TASKS, Some(&ada), vec![text], 415),
        ("POST", FILES, Some(&ada), vec![text], 415),
    ];
    for (method, path, person, mut headers, status) in cases {
        headers.push(("Transfer-Encoding", "chunked"));
        let mut stream = connect(&server);
        stream.write_all(head(method, path, person, &headers).as_bytes()).unwrap();
        let sending = stream.try_clone().unwrap();
        let sending = thread::spawn(move || flood(sending));
        let what = format!("{method} {path} {status}");
        if method == "HEAD" {
            let mut line = String::new();
            reader(&stream).read_line(&mut line).unwrap();
            assert!(line.contains("200"), "{what}: {line}");
        } else {
            let (got, head, _) = answer(&mut reader(&stream));
            assert_eq!(got, status, "{what}: {head}");
            assert!(head.contains("connection: close"), "{what}: {head}");
        }
        let (sent, time) = sending.join().unwrap();
        assert!(sent < BUFFERS, "{what}: {sent} bytes");
        assert!(time < Duration::from_secs(8), "{what}: {time:?}");
    }
    server.anonymous().get("/health").expect(200);
}

pub(crate) fn a_body_that_stays_away_ends_the_connection(backend: Backend) {
    let server = Server::start(backend);
    for headers in [("Content-Length", "1000"), ("Transfer-Encoding", "chunked")] {
        let mut stream = connect(&server);
        stream.write_all(head("GET", "/health", None, &[headers]).as_bytes()).unwrap();
        let started = Instant::now();
        let mut reader = reader(&stream);
        let (status, head, _) = answer(&mut reader);
        assert_eq!(status, 200);
        assert!(head.contains("connection: close"), "{head}");
        assert!(started.elapsed() < Duration::from_millis(1500), "the answer does not wait");
        assert_eq!(reader.read(&mut [0; 1]).unwrap_or_default(), 0);
        assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    }
}

pub(crate) fn connections_stay_open_after_a_whole_body(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let mut stream = connect(&server);
    let mut reader = reader(&stream);
    let body = json!({"title": "A task"}).to_string();
    let length = body.len().to_string();
    let json = [("Content-Type", "application/json"), ("Content-Length", &length)];
    let chunked = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")];
    for _ in 0..3 {
        stream.write_all((head("POST", TASKS, Some(&ada), &json) + &body).as_bytes()).unwrap();
        assert_eq!(answer(&mut reader).0, 201);
        let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        stream.write_all((head("POST", TASKS, Some(&ada), &chunked) + &chunks).as_bytes()).unwrap();
        assert_eq!(answer(&mut reader).0, 201);
        // a body that is there and that no handler reads
        stream.write_all((head("GET", "/health", None, &json) + &body).as_bytes()).unwrap();
        assert_eq!(answer(&mut reader).0, 200);
        stream.write_all((head("POST", FILES, None, &json) + &body).as_bytes()).unwrap();
        assert_eq!(answer(&mut reader).0, 401);
    }
    // requests that do not wait for the answers before them
    let post = head("POST", TASKS, Some(&ada), &json) + &body;
    let get = head("GET", TASKS, Some(&ada), &[]);
    stream.write_all([post.as_str(), &get, &post, &get].concat().as_bytes()).unwrap();
    let statuses: Vec<u16> = (0..4).map(|_| answer(&mut reader).0).collect();
    assert_eq!(statuses, [201, 200, 201, 200]);
}

/// A form with a file whose content is still to come.
fn begun_form() -> &'static str {
    "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
     Content-Type: text/plain\r\n\r\n"
}

pub(crate) fn a_body_that_only_drips_is_ended(backend: Backend) {
    let settings =
        [("ALVEOLE__SERVER__BODY_GRACE_SECONDS", "2"), ("ALVEOLE__SERVER__MIN_BODY_RATE", "1024")];
    let server = Server::with(backend, &settings);
    let ada = server.person("ada");
    let keeper = server.admin();
    let session = begin_upload(&ada, 100_000);
    let chunked = ("Transfer-Encoding", "chunked");
    let cases = [
        ("POST", TASKS.to_owned(), &ada, vec![("Content-Type", "application/json"), chunked], "{"),
        ("POST", FILES.to_owned(), &ada, vec![("Content-Type", FORM), chunked], begun_form()),
        (
            "PATCH",
            session.clone(),
            &ada,
            vec![
                ("Content-Type", "application/offset+octet-stream"),
                ("Tus-Resumable", "1.0.0"),
                ("Upload-Offset", "0"),
                chunked,
            ],
            "a",
        ),
        ("POST", IMPORT.to_owned(), &keeper, vec![("Content-Type", "text/csv"), chunked], "name\n"),
        (
            "POST",
            "/api/v1/generate-pdf".to_owned(),
            &ada,
            vec![("Content-Type", "application/json"), chunked],
            "{",
        ),
    ];
    thread::scope(|scope| {
        for (method, path, person, headers, start) in cases {
            let server = &server;
            scope.spawn(move || {
                let mut stream = connect(server);
                let first = format!("{:x}\r\n{start}\r\n", start.len());
                let request = head(method, &path, Some(person), &headers) + &first;
                stream.write_all(request.as_bytes()).unwrap();
                let started = Instant::now();
                let mut dripping = stream.try_clone().unwrap();
                let drip = thread::spawn(move || {
                    while dripping.write_all(b"1\r\n \r\n").is_ok()
                        && started.elapsed() < Duration::from_secs(15)
                    {
                        thread::sleep(Duration::from_millis(100));
                    }
                });
                let (status, head, body) = answer(&mut reader(&stream));
                assert_eq!(status, 408, "{method} {path}: {head}{body}");
                assert!(body.contains("request.body_timeout"), "{method} {path}: {body}");
                assert!(head.contains("connection: close"), "{method} {path}: {head}");
                let time = started.elapsed();
                assert!(time > Duration::from_millis(1900), "{method} {path}: {time:?}");
                assert!(time < Duration::from_secs(8), "{method} {path}: {time:?}");
                drip.join().unwrap();
            });
        }
    });
    // What came of a resumable upload is kept.
    let kept = ada.client.get(&session).expect(200);
    assert!(kept.at("/data/offset").as_u64().unwrap() >= 1, "{kept}");
}

fn begin_upload(person: &Person, length: u64) -> String {
    let request = person.client.request("POST", UPLOADS);
    let request =
        request.header("tus-resumable", "1.0.0").header("upload-metadata", "filename YS50eHQ=");
    let answer = request.header("upload-length", &length.to_string()).send().expect(201);
    answer.must_have("location").to_owned()
}

pub(crate) fn a_length_over_the_limit_is_refused_before_the_body(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let keeper = server.admin();
    let session = begin_upload(&ada, 1000);
    let json = ("Content-Type", "application/json");
    let form = ("Content-Type", FORM);
    let csv = ("Content-Type", "text/csv");
    let tus = vec![
        ("Content-Type", "application/offset+octet-stream"),
        ("Tus-Resumable", "1.0.0"),
        ("Upload-Offset", "0"),
    ];
    let huge = (100_u64 << 30).to_string();
    let cases = [
        ("POST", TASKS.to_owned(), Some(&ada), vec![json], 413),
        ("POST", FILES.to_owned(), Some(&ada), vec![form], 413),
        ("POST", format!("{FILES}?type=image"), Some(&ada), vec![form], 413),
        ("PUT", "/api/v1/users/me/avatar".to_owned(), Some(&ada), vec![form], 413),
        ("PATCH", session, Some(&ada), tus, 413),
        ("POST", IMPORT.to_owned(), Some(&keeper), vec![csv], 413),
        ("POST", "/api/v1/generate-pdf".to_owned(), Some(&ada), vec![json], 413),
        // who and whether they may go first
        ("POST", FILES.to_owned(), None, vec![form], 401),
        ("POST", IMPORT.to_owned(), None, vec![csv], 401),
        ("POST", IMPORT.to_owned(), Some(&ada), vec![csv], 403),
    ];
    for (method, path, person, mut headers, status) in cases {
        headers.push(("Content-Length", &huge));
        for expects in [false, true] {
            if expects {
                headers.push(("Expect", "100-continue"));
            }
            let mut stream = connect(&server);
            stream.write_all(head(method, &path, person, &headers).as_bytes()).unwrap();
            let started = Instant::now();
            let (got, head, body) = answer(&mut reader(&stream));
            assert_eq!(got, status, "{method} {path}, expects: {expects}: {head}{body}");
            assert!(head.contains("connection: close"), "{method} {path}: {head}");
            assert!(started.elapsed() < Duration::from_secs(2), "{method} {path}");
        }
    }
}

pub(crate) fn a_client_that_expects_is_asked_for_its_body(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let body = json!({"title": "A task"}).to_string();
    let content = "The roof is mended. ".repeat(50_000);
    let whole = format!("{}{content}\r\n--x--\r\n", begun_form());
    let session = begin_upload(&ada, 3);
    let tus = vec![
        ("Content-Type", "application/offset+octet-stream"),
        ("Tus-Resumable", "1.0.0"),
        ("Upload-Offset", "0"),
    ];
    let cases = [
        ("POST", TASKS, vec![("Content-Type", "application/json")], body.as_str(), 201),
        ("POST", "/api/v1/files?type=document", vec![("Content-Type", FORM)], &whole, 201),
        ("PATCH", &session, tus, "abc", 204),
    ];
    let mut stream = connect(&server);
    let mut reader = reader(&stream);
    for (method, path, mut headers, body, status) in cases {
        let length = body.len().to_string();
        headers.extend([("Content-Length", length.as_str()), ("Expect", "100-continue")]);
        stream.write_all(head(method, path, Some(&ada), &headers).as_bytes()).unwrap();
        assert_eq!(answer(&mut reader).0, 100, "{method} {path}");
        stream.write_all(body.as_bytes()).unwrap();
        let (got, head, text) = answer(&mut reader);
        assert_eq!(got, status, "{method} {path}: {head}{text}");
    }
    // Only what a handler reads is asked for.
    let headers =
        [("Content-Type", "text/plain"), ("Content-Length", "5"), ("Expect", "100-continue")];
    stream.write_all(head("POST", TASKS, Some(&ada), &headers).as_bytes()).unwrap();
    assert_eq!(answer(&mut reader).0, 415);
    let _ = stream.shutdown(Shutdown::Both);
}
