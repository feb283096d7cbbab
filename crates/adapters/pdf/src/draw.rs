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
    font::{BOX_DIGIT, BOX_MARGIN, Face, Fonts, Shape},
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
                Mark::Text { x, y, text: line, style } => {
                    text(&mut surface, (*x, *y), line, *style, fonts);
                }
            }
        }
        surface.finish();
        sheet.finish();
    }
    pdf.set_metadata(metadata(document));
    pdf.finish().map_err(|error| TypesetError::Internal(format!("{error:?}")))
}

/// Nothing but what the document says: no clock, no chance.
fn metadata(document: &Document) -> Metadata {
    let title = match document.template() {
        Template::Invoice => format!("Invoice {}", document.title()),
        _ => document.title().to_owned(),
    };
    let metadata = Metadata::new().title(title).creator("Alveole".to_owned());
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

/// Glyphs of one face that follow each other.
struct Run {
    face: Face,
    x: f32,
    text: String,
    glyphs: Vec<KrillaGlyph>,
}

fn text(surface: &mut Surface<'_>, (x, y): (f32, f32), text: &str, style: Style, fonts: &Fonts) {
    surface.set_stroke(None);
    surface.set_fill(Some(paint(style.colour)));
    let mut x = x;
    let mut run: Option<Run> = None;
    for character in text.chars() {
        let shape = fonts.shape(character, style.face);
        match shape {
            Shape::Glyph { face, id, advance } => {
                if run.as_ref().is_some_and(|run| run.face != face) {
                    finish(surface, run.take(), y, style, fonts);
                }
                let run = run.get_or_insert_with(|| Run {
                    face,
                    x,
                    text: String::new(),
                    glyphs: Vec::new(),
                });
                let start = run.text.len();
                run.text.push(character);
                let range = start..run.text.len();
                run.glyphs.push(KrillaGlyph::new(id, advance, 0.0, 0.0, 0.0, range, None));
            }
            Shape::Code { across, advance } => {
                finish(surface, run.take(), y, style, fonts);
                code(surface, (x, y), character, (across, advance), style, fonts);
            }
        }
        x += shape.advance() * style.size;
    }
    finish(surface, run, y, style, fonts);
}

fn finish(surface: &mut Surface<'_>, run: Option<Run>, y: f32, style: Style, fonts: &Fonts) {
    if let Some(Run { face, x, text, glyphs }) = run {
        let start = Point::from_xy(x, y);
        surface.draw_glyphs(start, &glyphs, fonts.font(face), &text, style.size, false);
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
        let Shape::Glyph { id, advance, .. } = fonts.shape(shown, Face::Regular) else { continue };
        let id: GlyphId = id;
        let (back, down) = if at < across { (0.0, 0.0) } else { (-step * across as f32, -row) };
        let centred = (step - advance) / 2.0;
        glyphs.push(KrillaGlyph::new(id, step, back + centred, down, 0.0, 0..text.len(), None));
    }
    let start = Point::from_xy(x + 2.0 * BOX_MARGIN * em, top + height * 0.5 - em * 0.06);
    surface.draw_glyphs(start, &glyphs, fonts.font(Face::Regular), &text, digit, false);
}
