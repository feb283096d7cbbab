//! An authority of our own, and TLS in front of servers that have none.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    thread,
};

use tempfile::TempDir;
use tokio::{
    io::{
        AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional,
    },
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

const CONFIG: &str = "[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=ca\n\
     [dn]\nCN=alveole tests\n\
     [ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n\
     subjectKeyIdentifier=hash\n";

/// An authority that signs certificates of servers, made by OpenSSL's command.
pub struct Authority {
    dir: TempDir,
}

/// A certificate and its key, in files.
pub struct Identity {
    /// The certificate.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

impl Authority {
    /// A new authority, which nobody trusts yet.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::write(dir.path().join("ca.cnf"), CONFIG).expect("a file");
        let authority = Self { dir };
        authority.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config ca.cnf \
             -keyout ca.key -out ca.pem -days 2",
        );
        authority
    }

    fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.dir.path())
            .output()
            .expect("openssl");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The file with its certificate.
    pub fn file(&self) -> String {
        self.dir.path().join("ca.pem").display().to_string()
    }

    /// A certificate for a host.
    pub fn issue(&self, host: &str) -> Identity {
        let extensions = format!(
            "basicConstraints=CA:FALSE\nsubjectAltName=DNS:{host}\nextendedKeyUsage=serverAuth\n"
        );
        fs::write(self.dir.path().join("server.cnf"), extensions).expect("a file");
        self.openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config ca.cnf \
             -keyout server.key -out server.csr",
        );
        self.openssl(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
             -extfile server.cnf -out server.pem",
        );
        Identity {
            certificate: self.dir.path().join("server.pem"),
            key: self.dir.path().join("server.key"),
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// How a connection begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// With TLS.
    Tls,
    /// In the clear, as SMTP with `STARTTLS`.
    StartTls,
}

/// Takes TLS in front of a server that has none; gives its port. It ends with the process.
pub fn in_front_of(server: SocketAddr, identity: &Identity, begins: Begins, alpn: &str) -> u16 {
    let acceptor = acceptor(&identity.certificate, &identity.key, alpn);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    thread::spawn(move || {
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((client, _)) = listener.accept().await {
                // Who does not trust the certificate hangs up.
                tokio::spawn(carry(client, server, acceptor.clone(), begins));
            }
        });
    });
    port
}

fn acceptor(certificate: &Path, key: &Path, alpn: &str) -> TlsAcceptor {
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).expect("a certificate").collect();
    let key = PrivateKeyDer::from_pem_file(key).expect("a key");
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocols")
        .with_no_client_auth()
        .with_single_cert(chain.expect("a certificate"), key)
        .expect("a certificate and its key");
    if !alpn.is_empty() {
        config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    }
    TlsAcceptor::from(Arc::new(config))
}

async fn carry(
    mut client: TcpStream,
    server: SocketAddr,
    acceptor: TlsAcceptor,
    begins: Begins,
) -> std::io::Result<()> {
    let mut behind = TcpStream::connect(server).await?;
    if begins == Begins::StartTls {
        client.write_all(b"220 front\r\n").await?;
        let mut lines = BufReader::new(&mut client);
        let mut line = String::new();
        lines.read_line(&mut line).await?;
        lines.get_mut().write_all(b"250-front\r\n250 STARTTLS\r\n").await?;
        line.clear();
        lines.read_line(&mut line).await?;
        if !line.starts_with("STARTTLS") {
            return lines.get_mut().write_all(b"530 only by TLS\r\n").await;
        }
        client.write_all(b"220 go on\r\n").await?;
        // The server behind greets; after STARTTLS nobody listens to that.
        while behind.read_u8().await? != b'\n' {}
    }
    let mut client = acceptor.accept(client).await?;
    copy_bidirectional(&mut client, &mut behind).await.map(|_| ())
}
