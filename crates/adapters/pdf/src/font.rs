//! Which glyph a character has and how wide it is; the form of those that have none.

use files::outbound::TypesetError;
use krilla::text::{Font, GlyphId};
use skrifa::{
    FontRef, MetadataProvider as _,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
};

/// Upright or bold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Regular,
    Bold,
}

/// The size of the digits in the box of a character without a glyph, in ems of the text around it.
pub(crate) const BOX_DIGIT: f32 = 0.44;
/// The margin around them.
pub(crate) const BOX_MARGIN: f32 = 0.07;

/// A character as it will be seen. Widths are in ems.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// A glyph of a face, which may be another than was wished for.
    Glyph { face: Face, id: GlyphId, advance: f32 },
    /// A box with the digits of its code point in two rows, so many across.
    Code { across: usize, advance: f32 },
}

impl Shape {
    pub(crate) const fn advance(self) -> f32 {
        match self {
            Self::Glyph { advance, .. } | Self::Code { advance, .. } => advance,
        }
    }
}

/// One face, for measuring and for drawing.
struct Cut {
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units: f32,
    font: Font,
}

impl Cut {
    fn load(data: &'static [u8]) -> Result<Self, TypesetError> {
        let broken = || TypesetError::Internal("the font cannot be read".to_owned());
        let reference = FontRef::new(data).map_err(|_| broken())?;
        let font = Font::new(data.into(), 0).ok_or_else(broken)?;
        Ok(Self {
            charmap: reference.charmap(),
            metrics: reference.glyph_metrics(Size::unscaled(), LocationRef::default()),
            units: font.units_per_em(),
            font,
        })
    }

    fn glyph(&self, character: char) -> Option<(GlyphId, f32)> {
        let id = self.charmap.map(character)?;
        let advance = self.metrics.advance_width(id)?;
        Some((GlyphId::new(id.to_u32()), advance / self.units))
    }
}

/// DejaVu Sans and DejaVu Sans Bold.
pub(crate) struct Fonts {
    regular: Cut,
    bold: Cut,
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fonts(DejaVu Sans)")
    }
}

impl Fonts {
    pub(crate) fn load() -> Result<Self, TypesetError> {
        let (regular, bold) = (dejavu::sans::regular(), dejavu::sans::bold());
        Ok(Self { regular: Cut::load(regular)?, bold: Cut::load(bold)? })
    }

    fn cut(&self, face: Face) -> &Cut {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
        }
    }

    /// For drawing.
    pub(crate) fn font(&self, face: Face) -> Font {
        self.cut(face).font.clone()
    }

    /// How a character will be seen: in the face wished for, else upright, else as a box.
    pub(crate) fn shape(&self, character: char, face: Face) -> Shape {
        for face in [face, Face::Regular] {
            if let Some((id, advance)) = self.cut(face).glyph(character) {
                return Shape::Glyph { face, id, advance };
            }
        }
        let across = if u32::from(character) > 0xFFFF { 3 } else { 2 };
        let digits: f32 = (0..across).map(|_| self.digit_advance()).sum();
        Shape::Code { across, advance: digits + 4.0 * BOX_MARGIN }
    }

    /// How wide a digit in a box is, in ems of the text around it.
    pub(crate) fn digit_advance(&self) -> f32 {
        self.regular.glyph('0').map_or(0.6, |(_, advance)| advance) * BOX_DIGIT
    }

    /// How wide a text is at a size, in points.
    pub(crate) fn width(&self, text: &str, face: Face, size: f32) -> f32 {
        text.chars().map(|character| self.shape(character, face).advance()).sum::<f32>() * size
    }
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
                let shape = fonts.shape(character, wished);
                assert!(
                    matches!(shape, Shape::Glyph { face, .. } if face == wished),
                    "{character:?}: {shape:?}"
                );
            }
        }
    }

    #[test]
    fn what_the_font_lacks_is_a_box_with_its_number() {
        let fonts = Fonts::load().unwrap();
        assert!(matches!(fonts.shape('中', Face::Bold), Shape::Code { across: 2, .. }));
        assert!(matches!(fonts.shape('🦀', Face::Regular), Shape::Code { across: 3, .. }));
        assert!(matches!(fonts.shape('\u{7}', Face::Regular), Shape::Code { across: 2, .. }));
        assert!(fonts.width("中", Face::Regular, 10.0) > 5.0);
    }
}
