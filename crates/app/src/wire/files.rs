//! The service of files, and what keeps, draws, typesets and checks them (feature `files`).

use std::{sync::Arc, time::Duration};

use adapter_diesel::Db;
use adapter_objects::FolderObjects;
use anyhow::Context as _;
use crypto::HmacLinkSigner;
use files::{
    Files,
    outbound::Objects,
    service::{Dependencies, Settings},
};
use kernel::{BoxFuture, Chore, Clock, Runs};

use super::{Reach, clamd, images, pdf, pool, s3};
use crate::{
    config::Config,
    dependencies::{Ask, Watched},
    secrets,
};

/// How often the folder of files is cleared of what a killed process left.
const CLEAR: Duration = Duration::from_secs(3600);

/// The service, and what comes with it.
pub(super) struct WiredFiles {
    pub(super) service: Arc<Files>,
    pub(super) chores: Vec<Chore>,
    pub(super) storage: Watched,
    pub(super) scanner: Option<Watched>,
    pub(super) reach: Option<Reach>,
    /// True when bytes are kept on a disk of this machine.
    pub(super) on_disk: bool,
}

pub(super) fn wire(
    config: &Config,
    db: &Arc<Db>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<WiredFiles> {
    let (objects, storage, reach, mut chores) = match s3::open(config)? {
        Some(bucket) => {
            let storage = s3::ask(&bucket);
            (s3::objects(&bucket), storage, Some(s3::reach(bucket)), Vec::new())
        }
        None => {
            let (folder, chore) = folder(config)?;
            (folder, ask_folder(config), None, vec![chore])
        }
    };
    let on_disk = reach.is_none();
    let (scanner, ask_scanner) = clamd::scanner(config).unzip();
    let secret = secrets::link_secret(config).context("the secret of links")?;
    let signer = Arc::new(HmacLinkSigner::new(secret.as_bytes()));
    let (section, images) = (&config.files, &config.images);
    let memory = pool::memory(config);
    let service = Arc::new(Files::new(Dependencies {
        work: Arc::<Db>::clone(db),
        clock: Arc::clone(clock),
        objects,
        image_processor: images::processor(config, memory.clone()),
        typesetter: pdf::typesetter(config, memory)?,
        scanner,
        names: Arc::<HmacLinkSigner>::clone(&signer),
        signer,
        settings: Settings {
            max_file: section.max_file_bytes,
            max_document: section.max_document_bytes,
            max_audio: section.max_audio_bytes,
            quota: Some(section.quota_bytes).filter(|bytes| *bytes > 0),
            max_edge: section.max_edge,
            style: format!(
                "{} srgb jpeg {} webp {}",
                env!("CARGO_PKG_VERSION"),
                images.jpeg_quality,
                images.webp_quality
            ),
            orphan_grace: Duration::from_secs(section.orphan_grace_seconds),
            upload_ttl: Duration::from_secs(section.upload_ttl_seconds),
        },
    }));
    chores.extend(service.chores());
    Ok(WiredFiles { service, chores, storage, scanner: ask_scanner, reach, on_disk })
}

/// The folder that keeps bytes, and what clears it.
fn folder(config: &Config) -> anyhow::Result<(Arc<dyn Objects>, Chore)> {
    let folder = FolderObjects::open(&config.storage.dir)
        .with_context(|| format!("storage.dir ({})", config.storage.dir.display()))?;
    let pruned = folder.clone();
    let grace = Duration::from_secs(config.files.orphan_grace_seconds);
    let runs = Runs::EachProcess(CLEAR.min(grace));
    let chore = Chore::new("files.clear_staged", runs, move || {
        let pruned = pruned.clone();
        async move { pruned.clear_staged(grace).await }
    });
    Ok((Arc::new(folder), chore))
}

fn ask_folder(config: &Config) -> Watched {
    let folder = config.storage.dir.clone();
    let ask: Ask = Box::new(move || -> BoxFuture<'static, Result<(), String>> {
        let folder = folder.clone();
        Box::pin(async move {
            let shown = folder.display().to_string();
            let looked = tokio::task::spawn_blocking(move || std::fs::read_dir(&folder).map(drop));
            let found = looked.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
            found.map_err(|error| format!("{shown}: {error}"))
        })
    });
    Watched { name: "storage", kind: "folder", needed: false, probed: false, ask }
}
