//! What fan-out is measured against: `alveole-bench bare PORT` takes sockets as the chat does, and writes what one of them
//! sends to all of them, in a loop, without a room, a log or a queue.

use std::{cell::RefCell, io, process::ExitCode, rc::Rc};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedWriteHalf},
    task::{LocalSet, spawn_local},
};

type Writers = Rc<RefCell<Vec<Rc<tokio::sync::Mutex<OwnedWriteHalf>>>>>;

/// The handshake is not judged, because the client is ours.
const ACCEPTED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

fn text(payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x81];
    match u8::try_from(payload.len()) {
        Ok(length) if length < 126 => bytes.push(length),
        _ => {
            bytes.push(126);
            bytes.extend(u16::try_from(payload.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

/// The payload of a client's frame, which is masked by zeros and short.
async fn payload(read: &mut (impl tokio::io::AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let _opcode = read.read_u8().await?;
    let length = match read.read_u8().await? & 0x7f {
        126 => usize::from(read.read_u16().await?),
        length => usize::from(length),
    };
    let _mask = read.read_u32().await?;
    let mut payload = vec![0; length];
    read.read_exact(&mut payload).await?;
    Ok(payload)
}

async fn serve(mut stream: TcpStream, writers: Writers, seq: Rc<RefCell<i64>>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    stream.write_all(ACCEPTED).await?;
    let (read, mut write) = stream.into_split();
    let mut read = tokio::io::BufReader::new(read);
    payload(&mut read).await?;
    let joined = br#"{"type":"joined","data":{"room":"bare","epoch":1,"seq":1,"recovered":false}}"#;
    write.write_all(&text(joined)).await?;
    let own = Rc::new(tokio::sync::Mutex::new(write));
    writers.borrow_mut().push(Rc::clone(&own));
    loop {
        let said = payload(&mut read).await?;
        let said: serde_json::Value = serde_json::from_slice(&said).unwrap_or_default();
        let place = {
            let mut seq = seq.borrow_mut();
            *seq += 1;
            *seq
        };
        let (content, id) = (&said["content"], &said["id"]);
        // As many bytes as the chat sends.
        let rest = format!(
            "\"data\":{{\"room\":\"bare\",\"room_id\":1,\"seq\":{place},\"number\":{place},\"message_id\":{place},\"from\":1,\"username\":\"demo1\",\"content\":{content},\"timestamp\":\"2026-11-24T09:30:00.000000Z\"}}}}"
        );
        let all = text(format!("{{\"type\":\"message\",{rest}").as_bytes());
        let echo = text(format!("{{\"type\":\"message\",\"id\":{id},{rest}").as_bytes());
        let others = writers.borrow().clone();
        for writer in others {
            let bytes = if Rc::ptr_eq(&writer, &own) { &echo } else { &all };
            writer.lock().await.write_all(bytes).await?;
        }
    }
}

/// Serves until it is killed.
pub(crate) fn run(port: &str) -> ExitCode {
    let Ok(port) = port.parse::<u16>() else { return ExitCode::FAILURE };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let (writers, seq) = (Writers::default(), Rc::new(RefCell::new(1)));
    let serving = async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            spawn_local(serve(stream, Rc::clone(&writers), Rc::clone(&seq)));
        }
    };
    match LocalSet::new().block_on(&runtime, serving) {
        Ok(()) => ExitCode::SUCCESS,
        Err::<(), io::Error>(_) => ExitCode::FAILURE,
    }
}
