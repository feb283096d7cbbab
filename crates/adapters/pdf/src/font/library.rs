//! The fonts that the machine has. Folders are looked through once, when the first document needs
//! more than the fonts of the binary; what each font has is remembered, and font files are read
//! again by the documents that use them.
//!
//! Nothing in the folders is trusted: how many files are looked at, how large they are and how much
//! is remembered of them have bounds, and what cannot be read is left out.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Instant,
};

use files::document::Language;
use skrifa::{
    FontRef, MetadataProvider as _, Tag,
    attribute::Style,
    raw::{FileRef, TableProvider as _},
    string::StringId,
};

use super::{FONT_BYTES, Face, shape::is_kana};

/// Folders within folders.
const MAX_DEPTH: usize = 8;
/// Entries of all folders together.
const MAX_ENTRIES: usize = 50_000;
/// Font files of all folders together.
const MAX_FILES: usize = 4_096;
/// Fonts of one file.
const MAX_FONTS_OF_FILE: usize = 64;
/// Ranges of characters that are remembered, of all fonts together: 8 bytes each.
const MAX_RANGES: usize = 1 << 20;
/// Characters are looked up by pages of this many.
const PAGE: u32 = 256;

/// Where Chinese characters are written in forms of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Region {
    China,
    HongKong,
    Japan,
    Korea,
    Taiwan,
}

impl Region {
    /// From the last word of a family's name.
    fn of(family: &str) -> Option<Self> {
        match family.rsplit(' ').next() {
            Some("SC" | "CN") => Some(Self::China),
            Some("HK") => Some(Self::HongKong),
            Some("JP") => Some(Self::Japan),
            Some("KR") => Some(Self::Korea),
            Some("TC" | "TW") => Some(Self::Taiwan),
            _ => None,
        }
    }

    /// Whose forms a document has where the text around a character does not say: China's with
    /// Chinese labels, else what the characters that the document has tell.
    pub(crate) fn of_document(language: Language, characters: &[char]) -> Self {
        if language == Language::ZhHans {
            Self::China
        } else if characters.iter().copied().any(is_kana) {
            Self::Japan
        } else if characters.iter().any(|c| matches!(c, '\u{ac00}'..='\u{d7a3}')) {
            Self::Korea
        } else {
            Self::China
        }
    }
}

/// Characters that a font has: ranges in order, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Coverage(Vec<(u32, u32)>);

impl Coverage {
    fn of(characters: impl Iterator<Item = u32>) -> Self {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for character in characters {
            match ranges.last_mut() {
                Some((_, end)) if character == end.saturating_add(1) => *end = character,
                Some((start, end)) if (*start..=*end).contains(&character) => {}
                _ => ranges.push((character, character)),
            }
        }
        ranges.sort_unstable();
        Self(ranges)
    }

    fn has(&self, character: char) -> bool {
        let character = u32::from(character);
        let at = self.0.partition_point(|(start, _)| *start <= character);
        at.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|(_, end)| character <= *end)
    }

    fn pages(&self) -> impl Iterator<Item = u32> {
        self.0.iter().flat_map(|(start, end)| start / PAGE..=end / PAGE)
    }
}

/// A font that was found.
#[derive(Debug)]
struct FoundFont {
    file: usize,
    /// Its place in the file.
    index: u32,
    coverage: Arc<Coverage>,
}

/// The upright font of a family and, where it has one, the bold.
#[derive(Debug)]
struct Family {
    regular: usize,
    bold: Option<usize>,
    region: Option<Region>,
}

/// What was found.
#[derive(Debug, Default)]
struct Index {
    files: Vec<PathBuf>,
    fonts: Vec<FoundFont>,
    families: Vec<Family>,
    /// The families that have a character of a page, the first choice first.
    pages: HashMap<u32, Vec<usize>>,
}

/// Fonts in folders.
#[derive(Debug)]
pub(crate) struct Library {
    folders: Vec<PathBuf>,
    index: OnceLock<Index>,
}

impl Library {
    /// Fonts in these folders and the folders within them; those of earlier folders come first.
    pub(crate) const fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders, index: OnceLock::new() }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let begun = Instant::now();
            let index = look_through(&self.folders);
            tracing::info!(
                files = index.files.len(),
                families = index.families.len(),
                milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
                "looked for fonts",
            );
            index
        })
    }

    /// True when some font has the character.
    pub(crate) fn knows(&self, character: char) -> bool {
        self.candidates(character, Face::Regular, Region::China).next().is_some()
    }

    /// Fonts that have a character: those of the region first, then those of none, then the others;
    /// a bold one before the upright one of its family when it is wished for.
    pub(crate) fn candidates(
        &self,
        character: char,
        face: Face,
        region: Region,
    ) -> impl Iterator<Item = usize> {
        let index = self.index();
        let families = index.pages.get(&(u32::from(character) / PAGE));
        let families = families.into_iter().flatten().filter_map(|at| index.families.get(*at));
        let mut families: Vec<&Family> = families.collect();
        families.sort_by_key(|family| match family.region {
            Some(of) if of == region => 0,
            None => 1,
            Some(_) => 2,
        });
        let bold = move |family: &Family| family.bold.filter(|_| face == Face::Bold);
        let fonts = families.into_iter().flat_map(move |family| {
            bold(family).into_iter().chain(std::iter::once(family.regular))
        });
        fonts.filter(move |at| self.covers(*at, character))
    }

    /// True when the font has the character.
    pub(crate) fn covers(&self, font: usize, character: char) -> bool {
        self.index().fonts.get(font).is_some_and(|font| font.coverage.has(character))
    }

    /// The file of a font, and its place in it.
    pub(crate) fn place(&self, font: usize) -> Option<(usize, u32)> {
        self.index().fonts.get(font).map(|font| (font.file, font.index))
    }

    /// Where a font is.
    pub(crate) fn path(&self, font: usize) -> Option<&Path> {
        let (file, _) = self.place(font)?;
        self.index().files.get(file).map(PathBuf::as_path)
    }

    /// The bytes of a file, unless there are more than `limit`.
    pub(crate) fn read(&self, file: usize, limit: u64) -> Option<Vec<u8>> {
        read(self.index().files.get(file)?, limit)
    }
}

/// The folders in which systems keep their fonts.
#[must_use]
pub fn system_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        ["/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts"]
            .map(PathBuf::from)
            .to_vec();
    if let Some(home) = std::env::home_dir() {
        folders.extend(
            [".local/share/fonts", ".fonts", "Library/Fonts"].map(|folder| home.join(folder)),
        );
    }
    folders
}

/// Reads a plain file; a pipe or a device would wait for ever.
fn read(path: &Path, limit: u64) -> Option<Vec<u8>> {
    let plain = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    if plain.len() > limit {
        return None;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(plain.len()).ok()?);
    fs::File::open(path).ok()?.take(limit.saturating_add(1)).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= limit).then_some(bytes)
}

/// Font files below a folder, in the order of their names.
fn files_below(folder: &Path, entries: &mut usize) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            *entries += 1;
            if *entries > MAX_ENTRIES {
                break;
            }
            let path = entry.path();
            let extension = path.extension().and_then(|one| one.to_str()).unwrap_or_default();
            let is_font = ["ttf", "otf", "ttc", "otc"]
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known));
            if is_font {
                files.push(path);
            } else if depth < MAX_DEPTH && path.is_dir() {
                folders.push((path, depth + 1));
            }
        }
    }
    files.sort();
    files
}

/// What is known of a font before families are put together.
struct Candidate {
    /// Of the folder that it is in, and what is preferred in it.
    order: (usize, bool, bool, String),
    upright: bool,
    stretch: f32,
    weight: f32,
    file: usize,
    index: u32,
    coverage: Arc<Coverage>,
}

fn look_through(folders: &[PathBuf]) -> Index {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut candidates: Vec<Candidate> = Vec::new();
    // A folder may be named that is within another.
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let (mut entries, mut ranges) = (0, 0);
    for (rank, folder) in folders.iter().enumerate() {
        for path in files_below(folder, &mut entries) {
            if files.len() >= MAX_FILES || !seen.insert(path.clone()) {
                continue;
            }
            let Some(bytes) = read(&path, FONT_BYTES) else { continue };
            candidates.extend(fonts_of(&bytes, rank, files.len(), &mut ranges));
            files.push(path);
        }
    }
    if files.len() >= MAX_FILES || entries > MAX_ENTRIES || ranges > MAX_RANGES {
        tracing::warn!(files = files.len(), "too many fonts: some are left out");
    }

    let mut families: BTreeMap<(usize, bool, bool, String), Vec<Candidate>> = BTreeMap::new();
    for candidate in candidates {
        families.entry(candidate.order.clone()).or_default().push(candidate);
    }
    let mut index = Index { files, ..Index::default() };
    for ((.., name), mut fonts) in families {
        let slanted = |font: &Candidate| (!font.upright, (font.stretch - 1.0).abs());
        let nearest = |fonts: &[Candidate], weight: f32, least: f32| {
            let fonts = fonts.iter().enumerate().filter(|(_, font)| font.weight >= least);
            let best = fonts.min_by(|(_, a), (_, b)| {
                let key = |font: &Candidate| (slanted(font), (font.weight - weight).abs());
                key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal)
            });
            best.map(|(at, _)| at)
        };
        fonts.sort_by_key(|font| (font.file, font.index));
        let Some(regular) = nearest(&fonts, 400.0, 0.0) else { continue };
        let bold = nearest(&fonts, 700.0, 600.0).filter(|at| *at != regular);
        let mut add = |at: usize| {
            let font = fonts.get(at)?;
            let coverage = Arc::clone(&font.coverage);
            index.fonts.push(FoundFont { file: font.file, index: font.index, coverage });
            Some(index.fonts.len() - 1)
        };
        let Some(regular) = add(regular) else { continue };
        let bold = bold.and_then(add);
        index.families.push(Family { regular, bold, region: Region::of(&name) });
    }
    for (at, family) in index.families.iter().enumerate() {
        for font in std::iter::once(family.regular).chain(family.bold) {
            for page in index.fonts.get(font).iter().flat_map(|font| font.coverage.pages()) {
                let families = index.pages.entry(page).or_default();
                if families.last() != Some(&at) {
                    families.push(at);
                }
            }
        }
    }
    index
}

fn fonts_of(bytes: &[u8], rank: usize, file: usize, ranges: &mut usize) -> Vec<Candidate> {
    let Ok(fonts) = FileRef::new(bytes) else { return Vec::new() };
    // Fonts of one file often share one table of characters.
    let mut known: Vec<(*const u8, Arc<Coverage>)> = Vec::new();
    let mut candidates = Vec::new();
    for (font, index) in fonts.fonts().take(MAX_FONTS_OF_FILE).zip(0..) {
        let Ok(font) = font else { continue };
        let Some(table) = font.data_for_tag(Tag::new(b"cmap")) else { continue };
        let (Some(name), true) = (family(&font), may_be_embedded(&font)) else { continue };
        let start = table.as_bytes().as_ptr();
        let shared = known.iter().find(|(at, _)| *at == start).map(|(_, known)| Arc::clone(known));
        let coverage = match shared {
            Some(coverage) => coverage,
            None if *ranges > MAX_RANGES => continue,
            None => {
                let mapped = font.charmap().mappings();
                let mapped = mapped.filter(|(_, glyph)| glyph.to_u32() != 0);
                let coverage = Arc::new(Coverage::of(mapped.map(|(character, _)| character)));
                *ranges += coverage.0.len();
                known.push((start, Arc::clone(&coverage)));
                coverage
            }
        };
        let attributes = font.attributes();
        candidates.push(Candidate {
            order: (rank, name.contains("Mono"), !name.contains("Sans"), name),
            upright: attributes.style == Style::Normal,
            stretch: attributes.stretch.ratio(),
            weight: attributes.weight.value(),
            file,
            index,
            coverage,
        });
    }
    candidates
}

/// The name of a font's family.
fn family(font: &FontRef<'_>) -> Option<String> {
    let name = [StringId::TYPOGRAPHIC_FAMILY_NAME, StringId::FAMILY_NAME]
        .into_iter()
        .find_map(|id| font.localized_strings(id).english_or_first())?;
    let name: String = name.chars().take(200).collect();
    // It has a placeholder for every character there is.
    (!name.contains("LastResort")).then_some(name)
}

/// True for fonts with outlines of one colour that allow to be embedded and say which characters
/// they have.
fn may_be_embedded(font: &FontRef<'_>) -> bool {
    let has = |tag: &[u8; 4]| font.data_for_tag(Tag::new(tag)).is_some();
    let outlines = has(b"glyf") || has(b"CFF ") || has(b"CFF2");
    let coloured = has(b"COLR") || has(b"SVG ") || has(b"CBDT") || has(b"sbix");
    // Of the field's four bits one alone forbids it.
    let forbidden = font.os2().is_ok_and(|os2| os2.fs_type() & 0xF == 2);
    outlines && !coloured && !forbidden && !font.charmap().is_symbol()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_is_ranges_in_order() {
        let coverage = Coverage::of([5, 3, 4, 4, 10, 11, 12, 300].into_iter());
        assert_eq!(coverage.0, [(3, 4), (5, 5), (10, 12), (300, 300)]);
        for (character, has) in
            [('\u{2}', false), ('\u{4}', true), ('\u{5}', true), ('\u{b}', true)]
        {
            assert_eq!(coverage.has(character), has, "{character:?}");
        }
        assert!(coverage.pages().any(|page| page == 1));
    }

    #[test]
    fn a_region_is_the_last_word_of_a_family() {
        assert_eq!(Region::of("Noto Sans CJK SC"), Some(Region::China));
        assert_eq!(Region::of("Noto Sans CJK JP"), Some(Region::Japan));
        assert_eq!(Region::of("Noto Sans"), None);
        let of = |characters: &[char]| Region::of_document(Language::De, characters);
        assert_eq!(of(&['漢', 'の']), Region::Japan);
        assert_eq!(of(&['漢', '한']), Region::Korea);
        assert_eq!(of(&['漢']), Region::China);
        assert_eq!(Region::of_document(Language::ZhHans, &['漢', 'の']), Region::China);
    }

    #[test]
    fn what_is_no_font_is_left_out() {
        let folder = std::env::temp_dir().join(format!("alveole-fonts-{}", std::process::id()));
        fs::create_dir_all(folder.join("deeper.ttf")).unwrap();
        fs::write(folder.join("empty.ttf"), b"").unwrap();
        fs::write(folder.join("text.otf"), b"This is no font at all.").unwrap();
        fs::write(folder.join("cut.ttf"), &dejavu::sans::regular()[..5_000]).unwrap();
        fs::write(folder.join("whole.ttf"), dejavu::sans::regular()).unwrap();
        std::os::unix::fs::symlink(&folder, folder.join("again")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.join("endless.ttf")).unwrap();
        let library = Library::new(vec![folder.join("nowhere"), folder.clone()]);
        assert!(library.knows('ß') && !library.knows('中'));
        assert!(library.index().families.len() == 1);
        let first = library.candidates('ß', Face::Bold, Region::China).next().unwrap();
        assert!(library.path(first).unwrap().ends_with("whole.ttf"));
        fs::remove_dir_all(folder).unwrap();
    }
}
