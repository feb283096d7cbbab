//! The scripts of the world, with fonts of the machine: Debian's fonts-noto-core and fonts-noto-cjk.

use std::{
    fs,
    path::{Path, PathBuf},
};

use files::document::{Document, Language};

use crate::{named, run, samples, typeset_in};

const NOTO: &str = "/usr/share/fonts/truetype/noto";
const CJK: &str = "/usr/share/fonts/opentype/noto";

fn folders() -> [&'static Path; 2] {
    [NOTO, CJK].map(|folder| {
        assert!(Path::new(folder).is_dir(), "{folder}: install fonts-noto-core fonts-noto-cjk");
        Path::new(folder)
    })
}

/// The text of a PDF, as a reader copies it.
fn text_of(pdf: &[u8]) -> String {
    run("pdftotext", &["-enc", "UTF-8", "FILE", "-"], pdf)
}

/// A text without spaces, which line breaks take the place of, and without marks of direction and
/// punctuation, whose places within mixed directions readers find by rules of their own.
fn squeezed(text: &str) -> String {
    let mark = |c| matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| !c.is_whitespace() && !c.is_ascii_punctuation() && !mark(*c)).collect()
}

#[tokio::test]
#[ignore = "run by `make test-pdf`, which brings fonts, pdftotext and qpdf"]
async fn v2_other_programs_read_the_scripts_of_the_world() {
    let world = typeset_in(samples::world(), Language::En, &folders()).await;
    assert!(world.missing.is_empty(), "{:?}", world.missing);
    let verdict = run("qpdf", &["--check", "FILE"], &world.bytes);
    assert!(verdict.contains("No syntax or stream encoding errors"), "{verdict}");
    let text = squeezed(&text_of(&world.bytes));
    for (name, sentence) in samples::WORLD {
        // Where a line is broken depends on the fonts; the words do not.
        for word in sentence.split(' ') {
            let found = text.matches(&squeezed(word)).count();
            assert!(found >= 4, "{name}: {word:?} {found} times in {text}");
        }
    }
    let again = typeset_in(samples::world(), Language::En, &folders()).await;
    assert_eq!(world.bytes, again.bytes, "V1");
}

#[tokio::test]
#[ignore = "run by `make test-pdf`, which brings fonts and pdftotext"]
async fn other_programs_read_numbers_within_hebrew_in_their_order() {
    for line in ["בשנת 1948 נכתבו 30 סעיפים", "יש 12 אנשים וגם ABC בסוף 2026"]
    {
        let pdf = typeset_in(named(line), Language::En, &folders()).await;
        let text = squeezed(&text_of(&pdf.bytes));
        assert!(text.contains(&squeezed(line)), "{line} in {text}");
    }
}

#[tokio::test]
#[ignore = "run by `make test-pdf`, which brings fonts, pdftotext and qpdf"]
async fn other_programs_read_labels_in_four_languages() {
    for (language, labels) in [
        (Language::En, ["Invoice", "Due", "Quantity", "Total"]),
        (Language::Fr, ["Facture", "Échéance", "Quantité", "Total"]),
        (Language::De, ["Rechnung", "Fällig", "Menge", "Gesamt"]),
        (Language::ZhHans, ["发票", "到期日", "数量", "合计"]),
    ] {
        let invoice = typeset_in(samples::invoice(4), language, &folders()).await;
        assert!(invoice.missing.is_empty(), "{:?}", invoice.missing);
        let text = text_of(&invoice.bytes);
        for label in labels {
            assert!(text.contains(label), "{label} in {text}");
        }
        let properties =
            run("qpdf", &["--qdf", "--object-streams=disable", "FILE", "-"], &invoice.bytes);
        assert!(properties.contains(&format!("/Lang ({})", language.as_str())));
        let properties = run("pdfinfo", &["FILE"], &invoice.bytes);
        let title = format!("{} 2026-0042", labels[0]);
        assert!(properties.contains(&title) && properties.contains("Alveole"), "{properties}");
    }
}

#[tokio::test]
#[ignore = "run by `make test-pdf`, which brings fonts"]
async fn other_programs_are_not_needed_to_name_what_the_fonts_lack() {
    // Emoji are in colour and are in no font of outlines.
    let emoji = named("人 🦀 ก \u{10fffd}");
    let typeset = typeset_in(emoji.clone(), Language::En, &folders()).await;
    assert_eq!(typeset.missing, ['🦀', '\u{10fffd}']);
    let core = typeset_in(emoji.clone(), Language::En, &[Path::new(NOTO)]).await;
    assert_eq!(core.missing, ['人', '🦀', '\u{10fffd}']);
    let none = typeset_in(emoji, Language::En, &[]).await;
    assert_eq!(none.missing, ['ก', '人', '🦀', '\u{10fffd}']);
}

/// A folder that is removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("alveole-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn font(name: &str) -> Vec<u8> {
    fs::read(Path::new(NOTO).join(name)).unwrap()
}

/// The same numbers each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by `make test-pdf`, which brings fonts"]
async fn other_programs_fonts_that_are_broken_harm_no_document() {
    let hindi = || -> Document {
        named("सभी मनुष्यों को क्षत्रिय")
    };
    let sound = font("NotoSansDevanagari-Regular.ttf");
    let folder = Folder::new("broken-fonts");
    let path = folder.0.join("font.ttf");
    let mut dice = Dice(42);
    for round in 0..60 {
        let mut bytes = sound.clone();
        match round % 3 {
            0 => bytes.truncate(dice.roll(sound.len())),
            // The tables themselves, and where they are said to be.
            1 => (0..40).for_each(|_| bytes[dice.roll(sound.len())] = dice.roll(256) as u8),
            _ => (0..6).for_each(|_| bytes[dice.roll(400)] = dice.roll(256) as u8),
        }
        fs::write(&path, &bytes).unwrap();
        let typeset = typeset_in(hindi(), Language::En, &[&folder.0]).await;
        assert!(typeset.bytes.starts_with(b"%PDF-"), "{round}");
    }
    // A sound font beside a broken one is used.
    let half = sound.len() / 2;
    fs::write(&path, [&sound[..half], &vec![0xFF; sound.len() - half][..]].concat()).unwrap();
    fs::write(folder.0.join("sound.ttf"), font("NotoSerifDevanagari-Regular.ttf")).unwrap();
    let typeset = typeset_in(hindi(), Language::En, &[&folder.0]).await;
    assert!(typeset.missing.is_empty(), "{:?}", typeset.missing);
}
