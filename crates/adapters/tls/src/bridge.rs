//! The sockets that libpq connects to, and what carries its bytes.

use std::{
    fs::{self, DirBuilder},
    hash::{BuildHasher as _, RandomState},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::PathBuf,
    sync::Arc,
    thread,
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpStream, UnixListener, UnixStream},
    sync::oneshot,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::pki_types::{InvalidDnsNameError, ServerName},
};

use crate::{
    address::{Address, TlsUrlError},
    verify,
};

/// Asks a server for TLS (PostgreSQL, chapter *Message Flow*): eight bytes, answered by one.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// The longest message that a client begins with.
const LONGEST_START: u32 = 10_000;
/// libpq gives up at its own time-out, so the reason has to come a little before.
const AHEAD: Duration = Duration::from_millis(300);

/// Why there is no bridge.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The address cannot be used.
    #[error(transparent)]
    Url(#[from] TlsUrlError),
    /// The certificates of the authorities cannot be used.
    #[error("{0}")]
    Authorities(String),
    /// A host has a name that no certificate can have.
    #[error("{0:?} is no name of a host")]
    Host(String),
    /// There is no place for the sockets.
    #[error(
        "the folder for the sockets of the TLS connections cannot be made in {folder}: {source}; TMPDIR names \
         another place"
    )]
    Folder {
        /// Where.
        folder: String,
        /// Why.
        source: io::Error,
    },
}

/// Carries connections to PostgreSQL over TLS for as long as it is held.
#[derive(Debug)]
pub struct TlsBridge {
    url: String,
    folder: Folder,
    _stop: oneshot::Sender<()>,
}

/// A folder of sockets; it goes with this value.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl TlsBridge {
    /// Opens a bridge for an address; `None` when it asks for no TLS.
    ///
    /// # Errors
    ///
    /// When the address asks for what cannot be done. That a server does not answer is none: libpq gets the
    /// reason with each connection.
    pub fn open(url: &str) -> Result<Option<Self>, TlsError> {
        let Some(address) = Address::parse(url)? else { return Ok(None) };
        let config = Arc::new(verify::client(address.check, address.roots.as_deref())?);
        let folder = Folder::new()?;
        let failed = |source| TlsError::Folder {
            folder: std::env::temp_dir().display().to_string(),
            source,
        };
        let mut doors = Vec::new();
        for (n, (host, port)) in address.hosts.iter().enumerate() {
            let name = ServerName::try_from(host.clone())
                .map_err(|_: InvalidDnsNameError| TlsError::Host(host.clone()))?;
            let path = folder.0.join(format!(".s.PGSQL.{}", n + 1));
            let listener = std::os::unix::net::UnixListener::bind(path).map_err(failed)?;
            listener.set_nonblocking(true).map_err(failed)?;
            let server = Server {
                host: host.clone(),
                port: *port,
                name,
                connector: TlsConnector::from(Arc::clone(&config)),
                patience: address.connect_timeout.saturating_sub(AHEAD),
                user_timeout: address.user_timeout,
            };
            doors.push((listener, Arc::new(server)));
        }
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("postgres-tls".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    for (listener, server) in doors {
                        match UnixListener::from_std(listener) {
                            Ok(listener) => drop(tokio::spawn(serve(listener, server))),
                            Err(error) => tracing::error!(%error, "a socket for TLS is not served"),
                        }
                    }
                    let _ = stopped.await;
                });
            })
            .map_err(failed)?;
        let url = address.through(&folder.0.to_string_lossy());
        Ok(Some(Self { url, folder, _stop: stop }))
    }

    /// The address for libpq.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the sockets are.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder.0
    }
}

impl Folder {
    /// A new folder that nobody else can open.
    fn new() -> Result<Self, TlsError> {
        let parent = std::env::temp_dir();
        let chance = RandomState::new().hash_one(std::process::id());
        let path = parent.join(format!("alveole-{chance:016x}"));
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map(|()| Self(path))
            .map_err(|source| TlsError::Folder { folder: parent.display().to_string(), source })
    }
}

/// A server that connections are carried to.
struct Server {
    host: String,
    port: u16,
    name: ServerName<'static>,
    connector: TlsConnector,
    patience: Duration,
    user_timeout: Duration,
}

async fn serve(listener: UnixListener, server: Arc<Server>) {
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                tokio::spawn(carry(client, Arc::clone(&server)));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection for TLS was not accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn carry(mut client: UnixStream, server: Arc<Server>) {
    let connected = match timeout(server.patience, server.connect()).await {
        Ok(connected) => connected,
        Err(_) => Err("no answer in time".to_owned()),
    };
    match connected {
        // Either side may end as it likes; libpq and the server notice by themselves.
        Ok(mut stream) => drop(copy_bidirectional(&mut client, &mut stream).await),
        Err(why) => {
            let why = format!("PostgreSQL at {}:{} by TLS: {why}", server.host, server.port);
            let _ = timeout(server.patience, refuse(&mut client, &why)).await;
        }
    }
}

impl Server {
    async fn connect(&self) -> Result<TlsStream<TcpStream>, String> {
        let words = |error: io::Error| error.to_string();
        let mut stream =
            TcpStream::connect((self.host.as_str(), self.port)).await.map_err(words)?;
        self.watch(&stream).map_err(words)?;
        stream.write_all(&SSL_REQUEST).await.map_err(words)?;
        // One byte and no more: what comes before the handshake is nobody's.
        match stream.read_u8().await.map_err(words)? {
            b'S' => {}
            b'N' => return Err("the server has TLS turned off".to_owned()),
            _ => return Err("the server does not know of TLS".to_owned()),
        }
        self.connector.connect(self.name.clone(), stream).await.map_err(words)
    }

    /// Bounds what the network may keep libpq waiting, as libpq does on connections of its own.
    fn watch(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let socket = SockRef::from(stream);
        socket.set_keepalive(true)?;
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(Some(self.user_timeout))?;
        Ok(())
    }
}

/// Tells libpq why there is no connection, in an `ErrorResponse`.
async fn refuse(client: &mut UnixStream, why: &str) -> io::Result<()> {
    // First what it has to say, as a server would.
    let length = client.read_u32().await?;
    let mut rest = client.take(u64::from(length.min(LONGEST_START).saturating_sub(4)));
    tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    let mut fields = Vec::new();
    for (kind, text) in [(b'S', "FATAL"), (b'V', "FATAL"), (b'C', "08001"), (b'M', why)] {
        fields.push(kind);
        fields.extend_from_slice(text.replace('\0', " ").as_bytes());
        fields.push(0);
    }
    fields.push(0);
    client.write_u8(b'E').await?;
    client.write_u32(u32::try_from(fields.len() + 4).unwrap_or(u32::MAX)).await?;
    client.write_all(&fields).await?;
    client.shutdown().await
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_sockets_are_nobody_elses_and_go_with_the_bridge() {
        let bridge =
            TlsBridge::open("postgres://a@localhost:1/b?sslmode=require").unwrap().unwrap();
        let folder = bridge.folder().to_owned();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(bridge.url().starts_with("postgres://a@/b?host="), "{}", bridge.url());
        drop(bridge);
        assert!(!folder.exists());
        assert!(TlsBridge::open("postgres://a@localhost:1/b").unwrap().is_none());
    }

    #[test]
    fn authorities_that_cannot_be_read_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.pem");
        fs::write(&empty, "nothing").unwrap();
        for (file, why) in [(empty.to_str().unwrap(), "no certificate"), ("/none.pem", "/none.pem")]
        {
            let url = format!("postgres://localhost/b?sslmode=verify-full&sslrootcert={file}");
            let error = TlsBridge::open(&url).unwrap_err().to_string();
            assert!(error.contains("sslrootcert") && error.contains(why), "{error}");
        }
    }

    /// What libpq would read: the words of an `ErrorResponse`.
    fn asked(server: &str) -> String {
        use std::io::{Read as _, Write as _};
        let url = format!("postgres://a@{server}/b?sslmode=require");
        let bridge = TlsBridge::open(&url).unwrap().unwrap();
        let mut socket =
            std::os::unix::net::UnixStream::connect(bridge.folder().join(".s.PGSQL.1")).unwrap();
        socket.write_all(&[0, 0, 0, 9, 0, 3, 0, 0, 0]).unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        assert_eq!(answer.first(), Some(&b'E'));
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[test]
    fn libpq_gets_the_reason() {
        use std::io::{Read as _, Write as _};
        for (byte, why) in [(b'N', "TLS turned off"), (b'E', "does not know of TLS")] {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let server = listener.local_addr().unwrap().to_string();
            let answered = thread::spawn(move || {
                let (mut client, _) = listener.accept().unwrap();
                let mut request = [0; 8];
                client.read_exact(&mut request).unwrap();
                assert_eq!(request, SSL_REQUEST);
                client.write_all(&[byte]).unwrap();
            });
            let answer = asked(&server);
            assert!(answer.contains(why) && answer.contains(&server), "{answer}");
            answered.join().unwrap();
        }
        assert!(asked("127.0.0.1:1").contains("refused"));
    }
}
