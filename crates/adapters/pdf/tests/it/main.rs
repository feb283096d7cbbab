//! What the port promises, seen from outside. That nothing is cut off (V3) and every character is
//! shown (V2) is tried on the pages in `src/layout/tests.rs`; here are the files. Those that need
//! fonts or programs of the machine are run by `make test-pdf`, which brings them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests; their helpers fail by panicking"
)]

mod samples;
mod world;

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use adapter_pdf::{PdfLimits, PdfTypesetter};
use adapter_pool::Budget;
use files::{
    document::{Document, Language, Profile, ProfileDraft},
    outbound::{Typeset, Typesetter as _},
};

/// Typesets with the fonts of the binary and those in `folders`.
async fn typeset_in(document: Document, language: Language, folders: &[&Path]) -> Typeset {
    let folders = folders.iter().map(|folder| (*folder).to_owned()).collect();
    let memory = Budget::new(256 << 20);
    let typesetter = PdfTypesetter::new(PdfLimits::default(), memory, folders).unwrap();
    typesetter.typeset(document, language).await.unwrap()
}

/// A profile that is a name and nothing else.
fn named(name: &str) -> Document {
    let name = samples::line(name);
    let draft = ProfileDraft { name, title: None, contact: Vec::new(), sections: Vec::new() };
    Document::Profile(Profile::parse(draft).unwrap())
}

async fn typeset(document: Document) -> Vec<u8> {
    typeset_in(document, Language::En, &[]).await.bytes.to_vec()
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

#[tokio::test]
async fn v4_characters_without_a_glyph_are_named() {
    let missing = |typeset: Typeset| typeset.missing;
    assert!(missing(typeset_in(samples::invoice(2), Language::De, &[]).await).is_empty());
    let scripts = typeset_in(samples::profile(1), Language::En, &[]).await;
    assert_eq!(missing(scripts), ['中', '文', '🦀']);
    // Labels are part of it.
    let labels = missing(typeset_in(samples::invoice(1), Language::ZhHans, &[]).await);
    assert!("发票编号日期".chars().all(|label| labels.contains(&label)), "{labels:?}");
    let unseen = typeset_in(named("a\u{200d}b\u{feff} \t\u{2028}c"), Language::En, &[]).await;
    assert!(missing(unseen).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_simultaneously_are_all_typeset_and_alike() {
    let limits = PdfLimits { places: 2, queue: 30 };
    let typesetter =
        Arc::new(PdfTypesetter::new(limits, Budget::new(256 << 20), Vec::new()).unwrap());
    let tasks: Vec<_> = (0..30)
        .map(|_| {
            let typesetter = Arc::clone(&typesetter);
            tokio::spawn(async move { typesetter.typeset(samples::invoice(3), Language::En).await })
        })
        .collect();
    let alone = typeset(samples::invoice(3)).await;
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap().bytes, alone);
    }
}

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// Runs a program that reads a PDF from a file and gives what it prints.
fn run(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let mut file = std::env::temp_dir();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    file.push(format!("alveole-pdf-{}-{number}.pdf", std::process::id()));
    std::fs::File::create(&file).unwrap().write_all(pdf).unwrap();
    let arguments: Vec<_> = arguments
        .iter()
        .map(|argument| if *argument == "FILE" { file.as_os_str() } else { argument.as_ref() })
        .collect();
    let output = Command::new(program).args(arguments).stderr(Stdio::inherit()).output().unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(output.status.success(), "{program}");
    String::from_utf8_lossy(&output.stdout).into_owned()
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
