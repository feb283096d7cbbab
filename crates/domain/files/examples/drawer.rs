//! The files room in a program of its own: no web server, no database, no disk. Swap `MemoryDb` and
//! `MemoryObjects` for a store and a storage that pass their kits and nothing else changes.
//!
//! `cargo run -p alveole-files --example drawer`
#![expect(clippy::disallowed_macros, reason = "a program may print, a domain may not")]

use std::{error::Error, sync::Arc, time::Duration};

use bytes::Bytes;
use files::{
    file::Uploaded,
    service::{Edition, NewUpload},
    values::{FileKind, FileName, Visibility},
};
use kernel::{Actor, Outcome, Role, SystemClock};
use memory::{MemoryDb, fakes::files_service};

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let db = MemoryDb::new();
    let ada = Actor::new(db.add_person("ada")?, Role::User);
    let files = files_service(db, Arc::new(SystemClock));
    let mut lines = Vec::new();

    // Bytes come in pieces; what they are is found out by looking at them.
    let what = |name: &str| NewUpload {
        kind: FileKind::Document,
        visibility: Visibility::Private,
        name: FileName::tamed(name),
        declared: None,
        attached: None,
        at_least: 0,
        kind_follows: false,
    };
    let mut upload = files.begin(&ada, what("../../letters/to bob.txt")).await?;
    for piece in ["Dear Bob,\n", "the roof is mended.\n"] {
        files.feed(&mut upload, Bytes::from(piece)).await?;
    }
    let Outcome::Executed(Uploaded { file, .. }) = files.complete(upload, None).await? else {
        return Err("nothing was sent twice".into());
    };
    lines.push(format!("{}: {}, {} bytes", file.name.as_str(), file.media.as_str(), file.size));

    // What only looks like a text is refused.
    let page = Bytes::from("<script>alert(1)</script>");
    let refused = files.keep(&ada, what("harmless.txt"), page, None).await;
    let refused = refused.err().ok_or("markup is refused")?.to_string();
    lines.extend(refused.split(". ").next().map(str::to_owned));

    // A link opens the file for whoever has it.
    let path = format!("/api/v1/files/{}/shared", file.id);
    let lasts = Duration::from_secs(60);
    let Outcome::Executed(share) = files.share(&ada, None, file.id, lasts).await? else {
        return Err("nothing was sent twice".into());
    };
    let sig = files.link_signature(&path, share.id, share.expires_at);
    let content =
        files.shared(file.id, &path, share.expires_at.seconds(), &sig, Edition::Original).await?;
    let mut reader = files.open(&content, 0..9).await?;
    while let Some(piece) = reader.next().await? {
        lines.push(String::from_utf8(piece.to_vec())?);
    }
    files.remove(&ada, file.id, None).await?;
    let gone = files.content(Some(&ada), file.id, Edition::Original).await;
    lines.push(gone.err().ok_or("it is gone")?.to_string());

    for line in &lines {
        println!("{line}");
    }
    assert_eq!(
        lines,
        [
            "to bob.txt: text/plain, 30 bytes",
            "The content is markup or a script, which is not kept",
            "Dear Bob,",
            "There is no file 1.",
        ]
    );
    Ok(())
}
