#![doc = include_str!("../README.md")]

#[cfg(feature = "kit")]
pub mod sink;

use std::{path::PathBuf, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use files::outbound::{Scan, ScanError, Scanner, Verdict};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpStream, UnixStream},
    time::timeout,
};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);
/// How long clamd may take none of our bytes, or think about all of them.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of an answer.
const ANSWER: u64 = 4096;

/// ClamAV's daemon.
#[derive(Debug, Clone)]
pub struct Clamd {
    at: Address,
}

#[derive(Debug, Clone)]
enum Address {
    Tcp(String),
    Unix(PathBuf),
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Clamd {
    /// The daemon at `host:port`.
    pub const fn tcp(address: String) -> Self {
        Self { at: Address::Tcp(address) }
    }

    /// The daemon behind a socket of this machine.
    pub const fn unix(path: PathBuf) -> Self {
        Self { at: Address::Unix(path) }
    }

    /// True when it is there.
    pub async fn ping(&self) -> bool {
        let asked = async {
            let mut stream = self.connect().await.ok()?;
            stream.write_all(b"zPING\0").await.ok()?;
            answer(&mut stream).await.ok()
        };
        timeout(CONNECT, asked).await.ok().flatten().is_some_and(|answer| answer == "PONG")
    }

    async fn connect(&self) -> Result<Box<dyn Stream>, ScanError> {
        let connecting = async {
            Ok::<Box<dyn Stream>, std::io::Error>(match &self.at {
                Address::Tcp(address) => {
                    let stream = TcpStream::connect(address.as_str()).await?;
                    stream.set_nodelay(true)?;
                    Box::new(stream)
                }
                Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
            })
        };
        match timeout(CONNECT, connecting).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(ScanError(format!("clamd cannot be reached: {error}"))),
            Err(_) => Err(ScanError("clamd did not answer in time".to_owned())),
        }
    }
}

#[async_trait]
impl Scanner for Clamd {
    async fn begin(&self) -> Result<Box<dyn Scan>, ScanError> {
        let mut stream = self.connect().await?;
        in_time(stream.write_all(b"zINSTREAM\0")).await?;
        Ok(Box::new(Sending { stream }))
    }
}

/// Content on its way to clamd.
struct Sending {
    stream: Box<dyn Stream>,
}

#[async_trait]
impl Scan for Sending {
    async fn write(&mut self, chunk: &Bytes) -> Result<(), ScanError> {
        // An empty piece would end the stream.
        for piece in chunk.chunks(u32::MAX as usize).filter(|piece| !piece.is_empty()) {
            let len = u32::try_from(piece.len()).unwrap_or(u32::MAX).to_be_bytes();
            let sent = async {
                self.stream.write_all(&len).await?;
                self.stream.write_all(piece).await
            };
            if let Err(error) = in_time(sent).await {
                // It says why before it hangs up: the content is larger than it takes.
                let said = in_time(answer(&mut self.stream)).await.unwrap_or_default();
                return Err(if said.is_empty() { error } else { refused(&said) });
            }
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<Verdict, ScanError> {
        let ended = in_time(self.stream.write_all(&[0; 4])).await;
        let said = in_time(answer(&mut self.stream)).await;
        let said = match (said, ended) {
            (Ok(said), _) if !said.is_empty() => said,
            (Err(error), _) | (_, Err(error)) => return Err(error),
            _ => return Err(ScanError("clamd hung up".to_owned())),
        };
        let found = said.strip_prefix("stream: ").unwrap_or_default();
        match (found, found.strip_suffix(" FOUND")) {
            ("OK", _) => Ok(Verdict::Clean),
            (_, Some(name)) => {
                tracing::warn!(malware = name, "malware in what was sent");
                Ok(Verdict::Infected(name.to_owned()))
            }
            _ => Err(refused(&said)),
        }
    }
}

fn refused(said: &str) -> ScanError {
    ScanError(format!("clamd says: {said}"))
}

/// One answer, up to the zero byte that ends it.
async fn answer(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let mut stream = stream.take(ANSWER);
    while stream.read_buf(&mut bytes).await? > 0 && bytes.last() != Some(&0) {}
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.trim_end_matches(['\0', '\n']).to_owned())
}

async fn in_time<T>(doing: impl Future<Output = std::io::Result<T>>) -> Result<T, ScanError> {
    match timeout(PATIENCE, doing).await {
        Ok(done) => done.map_err(|error| ScanError(format!("clamd broke off: {error}"))),
        Err(_) => Err(ScanError("clamd did not answer in time".to_owned())),
    }
}
