//! What the port promises, against a server that speaks like clamd.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    os::unix::net::UnixListener,
    thread,
};

use adapter_clamd::{
    Clamd,
    sink::{ClamdSink, eicar},
};
use bytes::Bytes;
use files::outbound::{ScanError, Scanner as _, Verdict};

fn run<T>(doing: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(doing)
}

async fn scan(clamd: &Clamd, pieces: &[&[u8]]) -> Result<Verdict, ScanError> {
    let mut scan = clamd.begin().await?;
    for piece in pieces {
        scan.write(&Bytes::copy_from_slice(piece)).await?;
    }
    scan.finish().await
}

#[test]
fn m1_what_is_bad_is_found_however_it_is_cut() {
    let sink = ClamdSink::start().unwrap();
    let clamd = Clamd::tcp(sink.address());
    let bad = [b"before ", eicar().as_bytes(), b" behind"].concat();
    run(async {
        for cut in [1, 7, 20, bad.len()] {
            let (first, second) = bad.split_at(cut);
            let found = scan(&clamd, &[first, b"", second]).await.unwrap();
            assert_eq!(found, Verdict::Infected("Eicar-Signature".to_owned()), "cut at {cut}");
        }
        assert_eq!(scan(&clamd, &[b"good ", b"words"]).await.unwrap(), Verdict::Clean);
        assert_eq!(scan(&clamd, &[]).await.unwrap(), Verdict::Clean);
        let large = vec![b'x'; 3 << 20];
        assert_eq!(scan(&clamd, &[&large, &large]).await.unwrap(), Verdict::Clean);
        assert!(clamd.ping().await);
    });
    assert_eq!(sink.seen(), 7);
}

#[test]
fn m2_what_was_not_looked_at_is_not_clean() {
    run(async {
        // too large for it
        let sink = ClamdSink::start().unwrap();
        sink.take_at_most(1 << 20);
        let clamd = Clamd::tcp(sink.address());
        let piece = vec![b'x'; 1 << 20];
        let pieces: Vec<&[u8]> = vec![&piece; 64];
        let why = scan(&clamd, &pieces).await.unwrap_err();
        assert!(why.to_string().contains("clamd"), "{why}");
        let why = scan(&clamd, &[&piece, b"x"]).await.unwrap_err();
        assert!(why.to_string().contains("size limit exceeded"), "{why}");
        // not there
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let clamd = Clamd::tcp(address.to_string());
        assert!(scan(&clamd, &[b"x"]).await.is_err());
        assert!(!clamd.ping().await);
        // hangs up, or says what nobody understands
        for said in [&b""[..], b"OK\0", b"stream: FOUND\0", b"stream: ERROR\0", b"stream: OK? no\0"]
        {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let clamd = Clamd::tcp(listener.local_addr().unwrap().to_string());
            let answering = thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                stream.write_all(said).unwrap();
            });
            assert!(scan(&clamd, &[b"x"]).await.is_err(), "{said:?}");
            answering.join().unwrap();
        }
    });
}

#[test]
fn it_may_be_behind_a_socket_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clamd.ctl");
    let listener = UnixListener::bind(&path).unwrap();
    let answering = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // A server that closes at once may be gone before the client writes its request.
        let mut asked = [0; 6];
        stream.read_exact(&mut asked).unwrap();
        stream.write_all(b"PONG\0").unwrap();
    });
    let clamd = Clamd::unix(path);
    assert!(run(clamd.ping()));
    answering.join().unwrap();
}
