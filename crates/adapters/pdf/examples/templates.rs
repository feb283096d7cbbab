//! Typesets a document of every kind into a folder:
//! `cargo run -p alveole-adapter-pdf --example templates -- out`.
#![expect(clippy::disallowed_macros, reason = "an example prints")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "its documents are the tests'")]

#[path = "../tests/it/samples.rs"]
mod samples;

use std::path::PathBuf;

use adapter_pdf::{PdfLimits, PdfTypesetter};
use adapter_pool::Budget;
use files::outbound::Typesetter as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let typesetter = PdfTypesetter::new(PdfLimits::default(), Budget::new(256 << 20))?;
    for (name, document) in samples::all() {
        let pdf = typesetter.typeset(document).await?;
        let file = folder.join(format!("{name}.pdf"));
        std::fs::write(&file, &pdf)?;
        println!("{}: {} bytes", file.display(), pdf.len());
    }
    Ok(())
}
