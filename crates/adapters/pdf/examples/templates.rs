//! Typesets a document of every kind into a folder:
//! `cargo run -p alveole-adapter-pdf --example templates -- out`.
#![expect(clippy::disallowed_macros, reason = "an example prints")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "its documents are the tests'")]

#[path = "../tests/it/samples.rs"]
mod samples;

use std::path::PathBuf;

use adapter_pdf::{PdfLimits, PdfTypesetter, system_folders};
use adapter_pool::Budget;
use files::{document::Language, outbound::Typesetter as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let typesetter =
        PdfTypesetter::new(PdfLimits::default(), Budget::new(256 << 20), system_folders())?;
    let mut documents: Vec<_> = samples::all()
        .into_iter()
        .map(|(name, document)| (name.to_owned(), document, Language::En))
        .collect();
    for language in Language::ALL {
        documents.push((format!("invoice-{}", language.as_str()), samples::invoice(4), language));
    }
    for (name, document, language) in documents {
        let typeset = typesetter.typeset(document, language).await?;
        let file = folder.join(format!("{name}.pdf"));
        std::fs::write(&file, &typeset.bytes)?;
        println!(
            "{}: {} bytes, without {:?}",
            file.display(),
            typeset.bytes.len(),
            typeset.missing
        );
    }
    Ok(())
}
