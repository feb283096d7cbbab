//! The pages as PDF. What goes in is decided; here it is only written.

use files::{
    document::{Document, Template},
    outbound::TypesetError,
};
use kernel::Date;
use krilla::{
    color::rgb,
    geom::{PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    page::PageSettings,
    paint::{Fill, Stroke},
    surface::Surface,
    text::{GlyphId, KrillaGlyph},
};

use crate::{
    font::{BOX_DIGIT, BOX_MARGIN, Face, FontId, Fonts, Piece},
    labels::Labels,
    layout::{Colour, Mark, Page, Style},
};

/// Writes the pages.
pub(crate) fn draw(
    document: &Document,
    pages: &[Page],
    fonts: &Fonts,
) -> Result<Vec<u8>, TypesetError> {
    let mut pdf = krilla::Document::new();
    for page in pages {
        let settings = PageSettings::from_wh(page.width, page.height)
            .ok_or_else(|| TypesetError::Internal("a page has no size".to_owned()))?;
        let mut sheet = pdf.start_page_with(settings);
        let mut surface = sheet.surface();
        for mark in &page.marks {
            match mark {
                Mark::Fill { x, y, width, height, colour } => {
                    fill(&mut surface, (*x, *y, *width, *height), *colour);
                }
                Mark::Text { x, y, text: line, from_right, style } => {
                    let pieces = fonts.pieces(line, style.face, *from_right);
                    text(&mut surface, (*x, *y), line, pieces, *style, fonts);
                }
            }
        }
        surface.finish();
        sheet.finish();
    }
    pdf.set_metadata(metadata(document, Labels::of(fonts.language()), fonts));
    pdf.finish().map_err(|error| TypesetError::Internal(format!("{error:?}")))
}

/// Nothing but what the document says: no clock, no chance.
fn metadata(document: &Document, labels: &Labels, fonts: &Fonts) -> Metadata {
    let title = match document.template() {
        Template::Invoice => format!("{} {}", labels.invoice, document.title()),
        _ => document.title().to_owned(),
    };
    let language = fonts.language().as_str().to_owned();
    let metadata = Metadata::new().title(title).creator("Alveole".to_owned()).language(language);
    let (author, date) = match document {
        Document::Invoice(one) => (Some(&one.content().seller.name), Some(one.content().date)),
        Document::Report(one) => (one.content().author.as_ref(), one.content().date),
        Document::Profile(_) | Document::Table(_) => (None, None),
    };
    let metadata = match author {
        Some(author) => metadata.authors(vec![author.as_str().to_owned()]),
        None => metadata,
    };
    match date.and_then(day) {
        Some(day) => metadata.creation_date(day),
        None => metadata,
    }
}

fn day(date: Date) -> Option<DateTime> {
    let text = date.to_string();
    let mut parts = text.split('-');
    let year = parts.next()?.parse().ok()?;
    let (month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(
        DateTime::new(year)
            .month(month)
            .day(day)
            .hour(0)
            .minute(0)
            .second(0)
            .utc_offset_hour(0)
            .utc_offset_minute(0),
    )
}

fn paint(colour: Colour) -> Fill {
    let Colour(red, green, blue) = colour;
    Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() }
}

fn fill(surface: &mut Surface<'_>, area: (f32, f32, f32, f32), colour: Colour) {
    surface.set_stroke(None);
    surface.set_fill(Some(paint(colour)));
    draw_box(surface, area);
}

fn draw_box(surface: &mut Surface<'_>, (x, y, width, height): (f32, f32, f32, f32)) {
    let mut builder = PathBuilder::new();
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        builder.push_rect(rect);
    }
    if let Some(path) = builder.finish() {
        surface.draw_path(&path);
    }
}

fn text(
    surface: &mut Surface<'_>,
    (x, y): (f32, f32),
    line: &str,
    pieces: Vec<Piece>,
    style: Style,
    fonts: &Fonts,
) {
    surface.set_stroke(None);
    surface.set_fill(Some(paint(style.colour)));
    let mut x = x;
    for piece in pieces {
        let advance = piece.advance();
        match piece {
            Piece::Glyphs { font, glyphs } => {
                let glyphs: Vec<KrillaGlyph> = glyphs
                    .into_iter()
                    .map(|glyph| {
                        let id = GlyphId::new(glyph.id);
                        let (right, up) = (glyph.right, glyph.up);
                        KrillaGlyph::new(id, glyph.advance, right, up, 0.0, glyph.text, None)
                    })
                    .collect();
                let start = Point::from_xy(x, y);
                surface.draw_glyphs(start, &glyphs, fonts.font(font), line, style.size, false);
            }
            Piece::Code { character, across, .. } => {
                code(surface, (x, y), character, (across, advance), style, fonts);
            }
        }
        x += advance * style.size;
    }
}

/// A box with the digits of a code point in two rows. What is copied out of it is the character.
fn code(
    surface: &mut Surface<'_>,
    (x, y): (f32, f32),
    character: char,
    (across, advance): (usize, f32),
    style: Style,
    fonts: &Fonts,
) {
    let em = style.size;
    let digit = em * BOX_DIGIT;
    let (top, height) = (y - em * 0.80, em * 0.95);
    let frame = Stroke { paint: paint(style.colour).paint, width: em * 0.035, ..Stroke::default() };
    surface.set_fill(None);
    surface.set_stroke(Some(frame));
    let width = (advance - 2.0 * BOX_MARGIN) * em;
    draw_box(surface, (x + BOX_MARGIN * em, top, width, height));
    surface.set_stroke(None);
    surface.set_fill(Some(paint(style.colour)));

    let digits = format!("{:0width$X}", u32::from(character), width = across * 2);
    let text = character.to_string();
    // All digits belong to the one character, the lower row set back below the upper one. Offsets
    // are in ems of the digits.
    let step = fonts.digit_advance() / BOX_DIGIT;
    let row = height / 2.0 / digit;
    let mut glyphs: Vec<KrillaGlyph> = Vec::with_capacity(digits.len());
    for (at, shown) in digits.chars().enumerate() {
        let Some((id, advance)) = fonts.digit(shown) else { continue };
        let (back, down) = if at < across { (0.0, 0.0) } else { (-step * across as f32, -row) };
        let centred = (step - advance) / 2.0;
        glyphs.push(KrillaGlyph::new(id, step, back + centred, down, 0.0, 0..text.len(), None));
    }
    let start = Point::from_xy(x + 2.0 * BOX_MARGIN * em, top + height * 0.5 - em * 0.06);
    let font = fonts.font(FontId::Embedded(Face::Regular));
    surface.draw_glyphs(start, &glyphs, font, &text, digit, false);
}
