//! A server that speaks like clamd, for tests: `PING` and `INSTREAM`, nothing else.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// The text that every scanner finds, in two halves so that none finds it here (eicar.org).
pub fn eicar() -> String {
    let (first, second) =
        ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*");
    format!("{first}-{second}")
}

/// Speaks like clamd until it is dropped.
pub struct ClamdSink {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// Bytes that are taken of one content.
    most: AtomicU64,
    /// Contents that were looked at to the end.
    seen: AtomicU64,
    over: AtomicBool,
}

impl ClamdSink {
    /// Starts on a port of its own.
    pub fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            most: AtomicU64::new(u64::MAX),
            seen: AtomicU64::new(0),
            over: AtomicBool::new(false),
        });
        let sharing = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if sharing.over.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&sharing)) else { continue };
                thread::spawn(move || {
                    // Whoever hangs up has heard enough.
                    let _ = shared.serve(stream);
                });
            }
        });
        Ok(Self { address, shared })
    }

    /// Where it is.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Takes so many bytes of one content from now on, as `StreamMaxLength` does.
    pub fn take_at_most(&self, bytes: u64) {
        self.shared.most.store(bytes, Ordering::SeqCst);
    }

    /// How many contents were looked at to the end.
    pub fn seen(&self) -> u64 {
        self.shared.seen.load(Ordering::SeqCst)
    }
}

impl Drop for ClamdSink {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        // Wakes who waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut command = Vec::new();
        while command.last() != Some(&0) {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            command.extend(byte);
        }
        match command.as_slice() {
            b"zPING\0" => stream.write_all(b"PONG\0"),
            b"zINSTREAM\0" => self.scan(&mut stream),
            _ => stream.write_all(b"UNKNOWN COMMAND\0"),
        }
    }

    fn scan(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        let mut content = Vec::new();
        loop {
            let mut len = [0; 4];
            stream.read_exact(&mut len)?;
            let len = u32::from_be_bytes(len) as usize;
            if len == 0 {
                break;
            }
            let before = content.len();
            content.resize(before + len, 0);
            let Some(piece) = content.get_mut(before..) else { break };
            stream.read_exact(piece)?;
            if content.len() as u64 > self.most.load(Ordering::SeqCst) {
                return stream.write_all(b"INSTREAM size limit exceeded. ERROR\0");
            }
        }
        self.seen.fetch_add(1, Ordering::SeqCst);
        let wanted = eicar();
        let found = content.windows(wanted.len()).any(|part| part == wanted.as_bytes());
        stream.write_all(if found { b"stream: Eicar-Signature FOUND\0" } else { b"stream: OK\0" })
    }
}
