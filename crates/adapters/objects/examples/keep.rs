//! Keeps a file's bytes in a folder and reads a part of them back.
#![expect(clippy::disallowed_macros, reason = "an example prints")]

use adapter_objects::FolderObjects;
use bytes::Bytes;
use files::outbound::{ObjectKey, Objects as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("alveole-objects-{}", std::process::id()));
    let objects = FolderObjects::open(&folder)?;
    let key = ObjectKey::parse("blobs/ab/first")?;

    let mut writer = objects.begin(&key).await?;
    writer.write(Bytes::from_static(b"Hello, ")).await?;
    writer.write(Bytes::from_static(b"world")).await?;
    assert_eq!(objects.stat(&key).await?, None);
    writer.finish().await?;

    let mut reader = objects.open(&key, 7..12).await?;
    while let Some(piece) = reader.next().await? {
        println!("{}", String::from_utf8_lossy(&piece));
    }
    for (key, stat) in objects.list("blobs", None, 10).await? {
        println!("{}: {} bytes", key.as_str(), stat.size);
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
