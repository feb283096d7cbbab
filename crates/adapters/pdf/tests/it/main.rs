//! What the port promises, seen from outside. That nothing is cut off (V3) and every character is
//! shown (V2) is tried on the pages in `src/layout/tests.rs`; here are the files.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests; their helpers fail by panicking"
)]

mod samples;

use std::{
    io::Write as _,
    process::{Command, Stdio},
    sync::Arc,
};

use adapter_pdf::{PdfLimits, PdfTypesetter};
use adapter_pool::Budget;
use files::{document::Document, outbound::Typesetter as _};

async fn typeset(document: Document) -> Vec<u8> {
    let typesetter = PdfTypesetter::new(PdfLimits::default(), Budget::new(256 << 20)).unwrap();
    typesetter.typeset(document).await.unwrap().to_vec()
}

#[tokio::test]
async fn v1_equal_documents_give_equal_bytes() {
    for (name, document) in samples::all() {
        let first = typeset(document.clone()).await;
        assert!(first.starts_with(b"%PDF-"), "{name}");
        assert_eq!(first, typeset(document).await, "{name}");
    }
    assert_ne!(typeset(samples::invoice(1)).await, typeset(samples::invoice(2)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_simultaneously_are_all_typeset_and_alike() {
    let typesetter = Arc::new(
        PdfTypesetter::new(PdfLimits { places: 2, queue: 30 }, Budget::new(256 << 20)).unwrap(),
    );
    let tasks: Vec<_> = (0..30)
        .map(|_| {
            let typesetter = Arc::clone(&typesetter);
            tokio::spawn(async move { typesetter.typeset(samples::invoice(3)).await })
        })
        .collect();
    let alone = typeset(samples::invoice(3)).await;
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), alone);
    }
}

/// Runs a program that reads a PDF from a file and gives what it prints.
fn run(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let mut file = std::env::temp_dir();
    file.push(format!("alveole-pdf-{}-{}.pdf", std::process::id(), pdf.len()));
    std::fs::File::create(&file).unwrap().write_all(pdf).unwrap();
    let arguments: Vec<_> = arguments
        .iter()
        .map(|argument| if *argument == "FILE" { file.as_os_str() } else { argument.as_ref() })
        .collect();
    let output = Command::new(program).args(arguments).stderr(Stdio::inherit()).output().unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(output.status.success(), "{program}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
#[ignore = "run by `make test-pdf`, which brings pdftotext and qpdf"]
async fn v2_other_programs_read_what_was_written() {
    for (name, document) in samples::all() {
        let pdf = typeset(document).await;
        let verdict = run("qpdf", &["--check", "FILE"], &pdf);
        assert!(verdict.contains("No syntax or stream encoding errors"), "{name}: {verdict}");
        let text = run("pdftotext", &["FILE", "-"], &pdf);
        // It leaves narrow spaces away.
        assert!(text.contains("1/") || text.contains("1 / "), "{name}");
    }
    let text = run("pdftotext", &["FILE", "-"], &typeset(samples::profile(1)).await);
    for part in ["áéíñ ß őł ŁØÅ Ελληνικά Кириллица", "中", "文", "🦀", "Ana-María Łucja", "• Wrote"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    let text = run("pdftotext", &["-layout", "FILE", "-"], &typeset(samples::invoice(4)).await);
    assert!(text.contains("Bäckerei Müller & Söhne GmbH"));
}
