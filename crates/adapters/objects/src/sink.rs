//! An S3 server in process, for tests: it keeps its buckets in a folder and asks for signatures.

use std::path::Path;

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::{net::TcpListener, sync::oneshot};

/// The one bucket of a sink.
pub const BUCKET: &str = "alveole";
/// Who may use it.
pub const ACCESS_KEY: &str = "test-access";
/// And how they prove it.
pub const SECRET_KEY: &str = "test-secret";

/// A server on a free port of loopback; it ends when it is dropped.
pub struct S3Sink {
    /// `http://127.0.0.1:<port>`.
    pub endpoint: String,
    _stop: oneshot::Sender<()>,
}

impl S3Sink {
    /// Starts a server that keeps what it is given in `folder`.
    pub fn start(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder.join(BUCKET))?;
        let files = FileSystem::new(folder)
            .map_err(|error| std::io::Error::other(format!("the folder: {error:?}")))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = builder.build();
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("s3-sink".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let serve = async {
                    let listener = TcpListener::from_std(listener)?;
                    loop {
                        let (socket, _) = listener.accept().await?;
                        let service = service.clone();
                        tokio::spawn(async move {
                            let server = Builder::new(TokioExecutor::new());
                            let _ = server.serve_connection(TokioIo::new(socket), service).await;
                        });
                    }
                };
                tokio::select! {
                    _ = stopped => {}
                    ended = serve => {
                        let ended: std::io::Result<()> = ended;
                        let _ = ended;
                    }
                }
            });
        })?;
        Ok(Self { endpoint, _stop: stop })
    }

    /// How to get there.
    pub fn config(&self, prefix: &str) -> crate::S3Config {
        crate::S3Config {
            bucket: BUCKET.to_owned(),
            region: "us-east-1".to_owned(),
            endpoint: Some(self.endpoint.clone()),
            access_key_id: ACCESS_KEY.to_owned(),
            secret_access_key: SECRET_KEY.to_owned(),
            prefix: prefix.to_owned(),
            path_style: true,
            timeout: std::time::Duration::from_secs(10),
        }
    }
}
