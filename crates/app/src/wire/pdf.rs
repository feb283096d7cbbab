//! Documents are typeset (feature `pdf`).

use std::sync::Arc;

use adapter_pdf::{PdfLimits, PdfTypesetter, system_folders};
use anyhow::Context as _;
use files::outbound::Typesetter;

use super::pool::Memory;
use crate::config::Config;

/// What typesets.
pub(super) fn typesetter(config: &Config, memory: Memory) -> anyhow::Result<Arc<dyn Typesetter>> {
    let limits = PdfLimits { places: config.pdf.places, queue: config.pdf.queue };
    let mut fonts = config.pdf.font_dirs.clone();
    for folder in &fonts {
        std::fs::read_dir(folder)
            .with_context(|| format!("the folder of fonts {} (pdf.font_dirs)", folder.display()))?;
    }
    fonts.extend(system_folders());
    Ok(Arc::new(PdfTypesetter::new(limits, memory, fonts).context("the fonts of documents")?))
}
