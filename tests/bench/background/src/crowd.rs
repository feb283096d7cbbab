//! Many sockets of the chat in one process: `alveole-bench crowd PORT TOKENS`, told what to do by lines on standard
//! input. TOKENS is a file with an access token a line; a token serves at most ten sockets. Each line is answered by one of JSON.
//!
//! | line | does |
//! |---|---|
//! | `open COUNT ROOM ROOMS [EACH]` | opens sockets, EACH (10) of one person; ROOM is joined, with a number behind it where ROOMS is not 0; `-` for none |
//! | `say COUNT RATE` | sends into the rooms, by one socket of each person in turn, and waits until all sockets have everything; RATE a second, 0 as fast as echoes come back, 64 at a time, as many as `wrk` keeps open |
//! | `cut` | breaks all connections |
//! | `resume` | opens them again behind what they had, and waits until each is complete |
//! | `wait MESSAGES` | waits until all sockets have so many messages since the last line |

use std::{
    cell::{Cell, RefCell},
    io::{self, BufRead as _},
    process::ExitCode,
    rc::Rc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Notify,
    task::{JoinHandle, LocalSet, spawn_local},
    time::{sleep, sleep_until, timeout},
};

const SOCKETS_OF_A_PERSON: usize = 10;
/// Messages without their echo, at most.
const WINDOW: usize = 64;
const PATIENCE: Duration = Duration::from_secs(60);

/// What a socket has seen.
#[derive(Default)]
struct Seen {
    joined: bool,
    epoch: i64,
    last: i64,
    /// What it missed when it came back: up to this place.
    head: i64,
    messages: usize,
    echoes: usize,
    wrong: usize,
    latencies: Vec<u32>,
    echo_latencies: Vec<u32>,
}

struct Socket {
    token: usize,
    room: String,
    seen: Rc<RefCell<Seen>>,
    write: Option<Rc<tokio::sync::Mutex<OwnedWriteHalf>>>,
    reader: Option<JoinHandle<()>>,
}

fn micros() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
}

/// A text frame, masked by zeros: what is masked is the same, and the server cannot know.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80 | opcode];
    match u8::try_from(payload.len()) {
        Ok(length) if length < 126 => bytes.push(0x80 | length),
        _ => {
            bytes.push(0x80 | 126);
            bytes.extend(u16::try_from(payload.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

async fn connect(port: u16, token: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET /api/v1/chat/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    if head.starts_with(b"HTTP/1.1 101") {
        Ok(stream)
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&head).into_owned()))
    }
}

/// Reads until the connection ends.
async fn read(
    mut stream: OwnedReadHalf,
    write: Rc<tokio::sync::Mutex<OwnedWriteHalf>>,
    seen: Rc<RefCell<Seen>>,
) {
    let mut buffer: Vec<u8> = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(count) => buffer.extend(chunk.get(..count).unwrap_or_default()),
        }
        let mut used = 0;
        while let Some((opcode, start, end)) = cut(buffer.get(used..).unwrap_or_default()) {
            let payload = buffer.get(used + start..used + end).unwrap_or_default();
            match opcode {
                1 => seen.borrow_mut().take(payload),
                8 => return,
                9 => {
                    let pong = frame(10, payload);
                    let _ = write.lock().await.write_all(&pong).await;
                }
                _ => {}
            }
            used += end;
        }
        buffer.drain(..used);
        if buffer.is_empty() {
            buffer = Vec::new();
        }
    }
}

/// The first whole frame: its opcode, and where its payload begins and ends.
fn cut(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (start, length) = match second & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]))),
        127 => {
            let long = bytes.get(2..10)?.try_into().ok()?;
            (10, usize::try_from(u64::from_be_bytes(long)).ok()?)
        }
        length => (2, usize::from(length)),
    };
    (bytes.len() >= start + length).then_some((first & 0x0f, start, start + length))
}

/// The number behind a name in a text of JSON.
fn number(text: &str, name: &str) -> Option<i64> {
    let from = text.find(name)? + name.len();
    let rest = text.get(from..)?;
    rest.get(..rest.find(|c: char| !c.is_ascii_digit())?)?.parse().ok()
}

impl Seen {
    fn take(&mut self, payload: &[u8]) {
        let text = std::str::from_utf8(payload).unwrap_or_default();
        if text.starts_with("{\"type\":\"joined\"") {
            self.joined = true;
            self.epoch = number(text, "\"epoch\":").unwrap_or_default();
            self.head = number(text, "\"seq\":").unwrap_or_default();
            if text.contains("\"recovered\":false") {
                // Who has a place and does not get on from there has lost something.
                self.wrong += usize::from(self.last != 0);
                self.last = self.head;
            }
            return;
        }
        // Entries of the log are the frames with a place.
        let Some(seq) = number(text, "\"seq\":") else { return };
        if self.last != 0 && seq != self.last + 1 {
            self.wrong += 1;
        }
        self.last = seq;
        if !text.starts_with("{\"type\":\"message\"") {
            return;
        }
        self.messages += 1;
        let sent = number(text, "\"content\":\"").and_then(|sent| u64::try_from(sent).ok());
        let took = sent.and_then(|sent| u32::try_from(micros().saturating_sub(sent)).ok());
        if text.starts_with("{\"type\":\"message\",\"id\":") {
            self.echoes += 1;
            ECHOES.with(|echoes| echoes.set(echoes.get() + 1));
            ECHOED.with(|echoed| echoed.notify_one());
            self.echo_latencies.extend(took);
        }
        self.latencies.extend(took);
    }
}

struct Crowd {
    port: u16,
    tokens: Vec<String>,
    sockets: Vec<Socket>,
    said: usize,
}

impl Crowd {
    async fn open_one(&self, number: usize) -> io::Result<()> {
        let Some(socket) = self.sockets.get(number) else { return Ok(()) };
        let Some(token) = self.tokens.get(socket.token) else {
            return Err(io::Error::other("there are too few tokens"));
        };
        let (read_half, mut write_half) = connect(self.port, token).await?.into_split();
        if socket.room != "-" {
            let seen = socket.seen.borrow();
            let join = if seen.last > 0 {
                json!({"type": "join", "room": socket.room, "after": {"epoch": seen.epoch, "seq": seen.last}})
            } else {
                json!({"type": "join", "room": socket.room})
            };
            drop(seen);
            write_half.write_all(&frame(1, join.to_string().as_bytes())).await?;
        } else {
            socket.seen.borrow_mut().joined = true;
        }
        let write = Rc::new(tokio::sync::Mutex::new(write_half));
        let reader = spawn_local(read(read_half, Rc::clone(&write), Rc::clone(&socket.seen)));
        OPENED.with(|opened| opened.borrow_mut().push((number, write, reader)));
        Ok(())
    }

    fn forget(&self) {
        for socket in &self.sockets {
            let mut seen = socket.seen.borrow_mut();
            (seen.messages, seen.echoes) = (0, 0);
            seen.latencies = Vec::new();
            seen.echo_latencies = Vec::new();
        }
    }

    /// Messages that came, how long they took, and how many were not in their place.
    fn report(&self, seconds: f64) -> Value {
        let (mut all, mut echoes, mut messages, mut wrong) = (Vec::new(), Vec::new(), 0, 0);
        for socket in &self.sockets {
            let seen = socket.seen.borrow();
            all.extend(&seen.latencies);
            echoes.extend(&seen.echo_latencies);
            messages += seen.messages;
            wrong += seen.wrong;
        }
        json!({
            "messages": messages, "seconds": seconds, "wrong": wrong,
            "p50": at(&mut all, 0.5), "p99": at(&mut all, 0.99), "max": at(&mut all, 1.0),
            "echo_p50": at(&mut echoes, 0.5), "echo_p99": at(&mut echoes, 0.99), "echoes": echoes.len(),
        })
    }
}

/// Opens these sockets, 64 at a time, and waits until each has joined.
async fn open(crowd: &Rc<RefCell<Crowd>>, numbers: Vec<usize>) -> io::Result<f64> {
    let begun = Instant::now();
    let queue = Rc::new(RefCell::new(numbers.clone()));
    let workers: Vec<JoinHandle<io::Result<()>>> = (0..64)
        .map(|_| {
            let (queue, crowd) = (Rc::clone(&queue), Rc::clone(crowd));
            spawn_local(async move {
                loop {
                    let Some(number) = queue.borrow_mut().pop() else { return Ok(()) };
                    #[expect(
                        clippy::await_holding_refcell_ref,
                        reason = "it is only written between lines"
                    )]
                    crowd.borrow().open_one(number).await?;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.map_err(io::Error::other)??;
    }
    let mut all = crowd.borrow_mut();
    for (number, write, reader) in OPENED.with(|opened| std::mem::take(&mut *opened.borrow_mut())) {
        if let Some(socket) = all.sockets.get_mut(number) {
            (socket.write, socket.reader) = (Some(write), Some(reader));
        }
    }
    drop(all);
    until(crowd, |socket| socket.seen.borrow().joined).await?;
    Ok(begun.elapsed().as_secs_f64())
}

/// Waits until this holds for each socket.
async fn until(crowd: &Rc<RefCell<Crowd>>, holds: impl Fn(&Socket) -> bool) -> io::Result<()> {
    let begun = Instant::now();
    loop {
        let left = crowd.borrow().sockets.iter().filter(|socket| !holds(socket)).count();
        if left == 0 {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(io::Error::other(format!("{left} sockets did not get there")));
        }
        sleep(Duration::from_millis(2)).await;
    }
}

/// Milliseconds of a part of these microseconds.
fn at(micros: &mut [u32], part: f64) -> f64 {
    micros.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "small"
    )]
    let index = (micros.len().saturating_sub(1) as f64 * part) as usize;
    micros.get(index).copied().map_or(0.0, |micros| f64::from(micros) / 1000.0)
}

thread_local! {
    /// Echoes since the last line.
    static ECHOES: Cell<usize> = const { Cell::new(0) };
    static ECHOED: Rc<Notify> = Rc::default();
    static OPENED: RefCell<Vec<(usize, Rc<tokio::sync::Mutex<OwnedWriteHalf>>, JoinHandle<()>)>> = const { RefCell::new(Vec::new()) };
}

async fn say(crowd: &Rc<RefCell<Crowd>>, count: usize, rate: f64) -> io::Result<Value> {
    let senders: Vec<(String, Rc<tokio::sync::Mutex<OwnedWriteHalf>>)> = {
        let crowd = crowd.borrow();
        crowd.forget();
        let mut known = std::collections::HashSet::new();
        let first = crowd.sockets.iter().filter(|socket| known.insert(socket.token));
        first
            .filter(|socket| socket.room != "-")
            .filter_map(|one| Some((one.room.clone(), Rc::clone(one.write.as_ref()?))))
            .collect()
    };
    if senders.is_empty() {
        return Err(io::Error::other("nobody is in a room"));
    }
    let from = crowd.borrow().said;
    let begun = Instant::now();
    let echoed = ECHOED.with(Rc::clone);
    ECHOES.set(0);
    let mut per_room = std::collections::HashMap::new();
    for number in 0..count {
        let Some((room, write)) = senders.get(number % senders.len()) else { break };
        if rate > 0.0 {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            sleep_until((begun + Duration::from_secs_f64(number as f64 / rate)).into()).await;
        } else {
            while number >= ECHOES.get() + WINDOW {
                let patience = PATIENCE.saturating_sub(begun.elapsed());
                timeout(patience, echoed.notified())
                    .await
                    .map_err(|_| io::Error::other("echoes are missing"))?;
            }
        }
        *per_room.entry(room.clone()).or_insert(0) += 1;
        let id = format!("{}-{}", std::process::id(), from + number);
        let text = format!(
            "{{\"type\":\"message\",\"room\":\"{room}\",\"content\":\"{} and a text of the usual length, so that frames are of the usual size\",\"id\":\"{id}\"}}",
            micros()
        );
        write.lock().await.write_all(&frame(1, text.as_bytes())).await?;
    }
    let sent = begun.elapsed().as_secs_f64();
    crowd.borrow_mut().said += count;
    let done = until(crowd, |socket| {
        per_room.get(&socket.room).is_none_or(|count| socket.seen.borrow().messages >= *count)
    })
    .await;
    let mut report = crowd.borrow().report(begun.elapsed().as_secs_f64());
    if let Some(report) = report.as_object_mut() {
        report.insert("sent_seconds".to_owned(), json!(sent));
    }
    done.map(|()| report)
}

async fn obey(crowd: &Rc<RefCell<Crowd>>, line: &str) -> io::Result<Value> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let parse = |word: &str| word.parse::<usize>().map_err(io::Error::other);
    match words.as_slice() {
        ["open", count, room, rooms, each @ ..] => {
            let (count, rooms) = (parse(count)?, parse(rooms)?);
            let each = each.first().map_or(Ok(SOCKETS_OF_A_PERSON), |each| parse(each))?;
            let first = crowd.borrow().sockets.len();
            for number in first..first + count {
                let room = if rooms == 0 {
                    (*room).to_owned()
                } else {
                    format!("{room}{}", number / each % rooms)
                };
                let token = number / each;
                let socket = Socket { token, room, seen: Rc::default(), write: None, reader: None };
                crowd.borrow_mut().sockets.push(socket);
            }
            let seconds = open(crowd, (first..first + count).collect()).await?;
            Ok(json!({"open": first + count, "seconds": seconds}))
        }
        ["say", count, rate] => {
            say(crowd, parse(count)?, rate.parse::<f64>().map_err(io::Error::other)?).await
        }
        ["wait", count] => {
            let (count, begun) = (parse(count)?, Instant::now());
            until(crowd, |socket| socket.seen.borrow().messages >= count).await?;
            let report = crowd.borrow().report(begun.elapsed().as_secs_f64());
            crowd.borrow().forget();
            Ok(report)
        }
        ["cut"] => {
            let mut crowd = crowd.borrow_mut();
            crowd.forget();
            for socket in &mut crowd.sockets {
                if let Some(reader) = socket.reader.take() {
                    reader.abort();
                }
                socket.write = None;
                socket.seen.borrow_mut().joined = false;
            }
            Ok(json!({"cut": crowd.sockets.len()}))
        }
        ["resume"] => {
            let begun = Instant::now();
            let all = (0..crowd.borrow().sockets.len()).collect();
            open(crowd, all).await?;
            until(crowd, |socket| {
                let seen = socket.seen.borrow();
                seen.last >= seen.head
            })
            .await?;
            Ok(crowd.borrow().report(begun.elapsed().as_secs_f64()))
        }
        _ => Err(io::Error::other(format!("what is `{line}`?"))),
    }
}

/// Does what it is told until the input ends.
pub(crate) fn run(port: &str, tokens: &str) -> ExitCode {
    let Ok(port) = port.parse::<u16>() else { return ExitCode::FAILURE };
    let Ok(tokens) = std::fs::read_to_string(tokens) else { return ExitCode::FAILURE };
    let tokens = tokens.lines().map(str::to_owned).collect();
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let crowd = Rc::new(RefCell::new(Crowd { port, tokens, sockets: Vec::new(), said: 0 }));
    let (lines, mut next) = tokio::sync::mpsc::unbounded_channel::<String>();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if lines.send(line).is_err() {
                return;
            }
        }
    });
    let obeying = async {
        while let Some(line) = next.recv().await {
            let answer = obey(&crowd, &line).await;
            println!("{}", answer.unwrap_or_else(|error| json!({"error": error.to_string()})));
        }
    };
    LocalSet::new().block_on(&runtime, obeying);
    ExitCode::SUCCESS
}
