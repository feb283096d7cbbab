//! Which fonts a document may use, and what each of them has.
//!
//! | module | holds |
//! |---|---|
//! | `library` | the fonts that the machine has: found once, read when a document needs them |
//! | `shape` | texts to glyphs: directions, scripts, the font of each run |

mod library;
mod shape;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

use files::{document::Language, outbound::TypesetError};
use harfrust::{ShapePlan, ShaperData};
use krilla::text::{Font, GlyphId};
use skrifa::{
    FontRef, MetadataProvider as _,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
};

pub use self::library::system_folders;
pub(crate) use self::{
    library::{Library, Region},
    shape::{Cluster, Piece, from_right},
};

/// Upright or bold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Face {
    Regular,
    Bold,
}

/// A font of the binary, or one that was found: its place in the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum FontId {
    Embedded(Face),
    Found(usize),
}

/// The size of the digits in the box of a character without a glyph, in ems of the text around it.
pub(crate) const BOX_DIGIT: f32 = 0.44;
/// The margin around them.
pub(crate) const BOX_MARGIN: f32 = 0.07;

/// Bytes of font files that one document may have in memory.
pub(crate) const FONT_BYTES: u64 = 64 << 20;

type Data = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// A font that is in memory, for shaping and for drawing.
struct Cut {
    data: Data,
    index: u32,
    shaper: ShaperData,
    units: f32,
    font: Font,
}

impl Cut {
    fn load(data: Data, index: u32) -> Option<Self> {
        let reference = FontRef::from_index(data.as_ref().as_ref(), index).ok()?;
        let shaper = ShaperData::new(&reference);
        let font = Font::new(Arc::clone(&data).into(), index)?;
        let units = font.units_per_em();
        // What OpenType allows; widths are divided by it.
        (16.0..=16_384.0).contains(&units).then_some(Self { data, index, shaper, units, font })
    }

    fn reference(&self) -> Option<FontRef<'_>> {
        FontRef::from_index(self.data.as_ref().as_ref(), self.index).ok()
    }
}

/// A font of the binary. Most texts need no more of it than a glyph and its width per character.
struct Embedded {
    cut: Cut,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
}

impl Embedded {
    fn load(data: &'static [u8]) -> Result<Self, TypesetError> {
        let broken = || TypesetError::Internal("the font cannot be read".to_owned());
        let reference = FontRef::new(data).map_err(|_| broken())?;
        Ok(Self {
            cut: Cut::load(Arc::new(data), 0).ok_or_else(broken)?,
            charmap: reference.charmap(),
            metrics: reference.glyph_metrics(Size::unscaled(), LocationRef::default()),
        })
    }

    /// A glyph and how wide it is, in ems.
    fn glyph(&self, character: char) -> Option<(u32, f32)> {
        let id = self.charmap.map(character)?;
        let advance = self.metrics.advance_width(id)?;
        Some((id.to_u32(), advance / self.cut.units))
    }
}

/// DejaVu Sans and DejaVu Sans Bold, which are in the binary.
pub(crate) struct EmbeddedFonts {
    regular: Embedded,
    bold: Embedded,
}

impl EmbeddedFonts {
    pub(crate) fn load() -> Result<Self, TypesetError> {
        let (regular, bold) = (dejavu::sans::regular(), dejavu::sans::bold());
        Ok(Self { regular: Embedded::load(regular)?, bold: Embedded::load(bold)? })
    }

    fn face(&self, face: Face) -> &Embedded {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
        }
    }
}

/// Fonts of the machine, as far as a document may use them.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) library: Arc<Library>,
    /// Whose forms Chinese characters have, where the text around them does not say.
    pub(crate) region: Region,
    /// Fonts that made an earlier try fail.
    pub(crate) excluded: BTreeSet<usize>,
    /// Fonts that were read: known also when the try fails.
    pub(crate) used: Arc<Mutex<BTreeSet<usize>>>,
}

/// The fonts of one document.
pub(crate) struct Fonts {
    embedded: Arc<EmbeddedFonts>,
    found: Option<Found>,
    /// Fonts that are not used. Once they have a character that the others lack, nothing is shaped
    /// any more: the document will be set anew.
    others: Option<Arc<Library>>,
    language: Language,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// Fonts that were read; `None` for those that cannot be.
    cuts: BTreeMap<usize, Option<Rc<Cut>>>,
    /// Files that were read; several fonts may be in one.
    files: BTreeMap<usize, Data>,
    bytes: u64,
    plans: HashMap<(FontId, u32, bool), Rc<ShapePlan>>,
    missing: BTreeSet<char>,
    /// The other fonts have one of them.
    in_others: bool,
}

impl Fonts {
    pub(crate) fn new(
        embedded: Arc<EmbeddedFonts>,
        found: Option<Found>,
        language: Language,
    ) -> Self {
        Self { embedded, found, others: None, language, state: RefCell::default() }
    }

    /// The fonts of the binary, as long as these others have nothing that they lack.
    pub(crate) fn unless(
        embedded: Arc<EmbeddedFonts>,
        others: Arc<Library>,
        language: Language,
    ) -> Self {
        Self { others: Some(others), ..Self::new(embedded, None, language) }
    }

    /// The fonts of the binary alone.
    #[cfg(test)]
    pub(crate) fn load() -> Result<Self, TypesetError> {
        Ok(Self::new(Arc::new(EmbeddedFonts::load()?), None, Language::En))
    }

    /// What labels are written in.
    pub(crate) const fn language(&self) -> Language {
        self.language
    }

    /// True when the other fonts have a character that these lack.
    pub(crate) fn others_have_more(&self) -> bool {
        self.state.borrow().in_others
    }

    /// Notes a character that no font has.
    fn lacks(&self, character: char) {
        let state = &mut *self.state.borrow_mut();
        if state.missing.insert(character)
            && let Some(others) = &self.others
        {
            state.in_others |= others.knows(character);
        }
    }

    /// Characters that were asked for and that no font has.
    pub(crate) fn missing(&self) -> Vec<char> {
        self.state.borrow().missing.iter().copied().collect()
    }

    /// For drawing. The fonts of the binary stand in for one that is gone.
    pub(crate) fn font(&self, id: FontId) -> Font {
        self.with(id, |cut| cut.font.clone())
            .unwrap_or_else(|| self.embedded.regular.cut.font.clone())
    }

    /// How wide a digit in a box is, in ems of the text around it.
    pub(crate) fn digit_advance(&self) -> f32 {
        self.digit('0').map_or(0.6, |(_, advance)| advance) * BOX_DIGIT
    }

    /// The glyph of a digit, and how wide it is.
    pub(crate) fn digit(&self, digit: char) -> Option<(GlyphId, f32)> {
        let (id, advance) = self.embedded.regular.glyph(digit)?;
        Some((GlyphId::new(id), advance))
    }

    /// How wide a text is at a size, in points.
    pub(crate) fn width(&self, text: &str, face: Face, size: f32) -> f32 {
        let plain = text.chars().map(|character| self.plain(character, face));
        let ems = plain.map(|glyph| glyph.map(|(_, _, advance)| advance)).sum::<Option<f32>>();
        ems.unwrap_or_else(|| self.pieces(text, face, false).iter().map(Piece::advance).sum())
            * size
    }

    /// The glyph of a character that stands for itself: letters of Latin, Greek and Cyrillic without
    /// loose accents, digits and signs, in the face wished for, else upright.
    fn plain(&self, character: char, face: Face) -> Option<(Face, u32, f32)> {
        if !stands_for_itself(character) {
            return None;
        }
        [face, Face::Regular].into_iter().find_map(|face| {
            let (id, advance) = self.embedded.face(face).glyph(character)?;
            Some((face, id, advance))
        })
    }

    fn covers(&self, id: FontId, character: char) -> bool {
        match (id, &self.found) {
            (FontId::Embedded(face), _) => {
                self.embedded.face(face).charmap.map(character).is_some()
            }
            (FontId::Found(at), Some(found)) => found.library.covers(at, character),
            (FontId::Found(_), None) => false,
        }
    }

    /// Fonts that may have a character, the first choice first.
    fn candidates(&self, character: char, face: Face, region: Option<Region>) -> Vec<FontId> {
        let mut ids = vec![FontId::Embedded(face)];
        if face == Face::Bold {
            ids.push(FontId::Embedded(Face::Regular));
        }
        if let Some(found) = &self.found {
            let region = region.unwrap_or(found.region);
            let fonts = found.library.candidates(character, face, region);
            ids.extend(fonts.filter(|at| !found.excluded.contains(at)).map(FontId::Found));
        }
        ids
    }

    /// True when the font can be used: it is read now, if it was not before.
    fn usable(&self, id: FontId) -> bool {
        match id {
            FontId::Embedded(_) => true,
            FontId::Found(at) => self.cut(at).is_some(),
        }
    }

    fn with<T>(&self, id: FontId, then: impl FnOnce(&Cut) -> T) -> Option<T> {
        match id {
            FontId::Embedded(face) => Some(then(&self.embedded.face(face).cut)),
            FontId::Found(at) => self.cut(at).map(|cut| then(&cut)),
        }
    }

    fn cut(&self, at: usize) -> Option<Rc<Cut>> {
        if let Some(cut) = self.state.borrow().cuts.get(&at) {
            return cut.clone();
        }
        let found = self.found.as_ref()?;
        // Noted before: reading it is where a broken font does its harm.
        found.used.lock().unwrap_or_else(PoisonError::into_inner).insert(at);
        let cut = self.read(&found.library, at).map(Rc::new);
        self.state.borrow_mut().cuts.insert(at, cut.clone());
        cut
    }

    fn read(&self, library: &Library, at: usize) -> Option<Cut> {
        let (file, index) = library.place(at)?;
        let state = &mut *self.state.borrow_mut();
        let data = match state.files.get(&file) {
            Some(data) => Arc::clone(data),
            None => {
                let bytes = library.read(file, FONT_BYTES.saturating_sub(state.bytes))?;
                state.bytes = state.bytes.saturating_add(bytes.len() as u64);
                let data: Data = Arc::new(bytes);
                state.files.insert(file, Arc::clone(&data));
                data
            }
        };
        Cut::load(data, index)
    }
}

/// Characters whose glyph depends on no neighbour and that run from left to right.
const fn stands_for_itself(character: char) -> bool {
    matches!(
        character,
        '\u{0}'..='\u{2ff}'
            | '\u{370}'..='\u{482}'
            | '\u{48a}'..='\u{52f}'
            | '\u{1e00}'..='\u{200a}'
            | '\u{2010}'..='\u{2029}'
            | '\u{202f}'..='\u{205f}'
            | '\u{2070}'..='\u{20cf}'
            | '\u{2100}'..='\u{2bff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_of_europe_have_glyphs_in_both_faces() {
        let fonts = Fonts::load().unwrap();
        for character in "áéíñ ß őłŁøÅ Ελληνικά Кириллица ąčđėģ ŵŷ € £ • – — „“ ’ …\u{a0}".chars()
        {
            for wished in [Face::Regular, Face::Bold] {
                let glyph = fonts.plain(character, wished);
                assert!(matches!(glyph, Some((face, ..)) if face == wished), "{character:?}");
            }
        }
        assert!(fonts.missing().is_empty());
    }

    #[test]
    fn what_no_font_has_is_a_box_with_its_number_and_is_remembered() {
        let fonts = Fonts::load().unwrap();
        for (text, wanted) in [("中", 2), ("🦀", 3), ("\u{7}", 2)] {
            let pieces = fonts.pieces(text, Face::Bold, false);
            assert!(
                matches!(pieces.as_slice(), [Piece::Code { across, .. }] if *across == wanted),
                "{text}"
            );
        }
        assert!(fonts.width("中", Face::Regular, 10.0) > 5.0);
        assert_eq!(fonts.missing(), ['\u{7}', '中', '🦀']);
    }
}
