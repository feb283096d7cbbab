//! What stands where on which page. Pure: the same document gives the same pages, and nothing of
//! PDF is known here.
//!
//! Lengths are in points, from the left and the top.

mod flow;
mod grid;
mod invoice;
mod prose;

use files::document::Document;

use crate::font::{Face, Fonts};

pub(crate) use self::flow::Flow;

/// A shade of grey, or the one colour that is used: 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colour(pub(crate) u8, pub(crate) u8, pub(crate) u8);

pub(crate) const INK: Colour = Colour(0x1b, 0x1f, 0x24);
pub(crate) const FAINT: Colour = Colour(0x5b, 0x63, 0x6d);
pub(crate) const ACCENT: Colour = Colour(0x1f, 0x4e, 0x79);
pub(crate) const RULE: Colour = Colour(0xd0, 0xd5, 0xdb);
pub(crate) const SHADE: Colour = Colour(0xee, 0xf1, 0xf5);

/// How a line is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) face: Face,
    pub(crate) size: f32,
    /// From one line to the next.
    pub(crate) leading: f32,
    pub(crate) colour: Colour,
}

impl Style {
    pub(crate) const fn new(face: Face, size: f32, colour: Colour) -> Self {
        Self { face, size, leading: size * 1.35, colour }
    }
}

pub(crate) const BODY: Style = Style::new(Face::Regular, 10.0, INK);
pub(crate) const STRONG: Style = Style::new(Face::Bold, 10.0, INK);
pub(crate) const SMALL: Style = Style::new(Face::Regular, 8.0, FAINT);
pub(crate) const LABEL: Style = Style::new(Face::Bold, 8.0, FAINT);
pub(crate) const HEADING: Style = Style::new(Face::Bold, 13.0, ACCENT);
pub(crate) const TITLE: Style = Style::new(Face::Bold, 20.0, ACCENT);

/// A line of text, or a filled box.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    /// `y` is the base line; `from_right` says where its paragraph begins.
    Text { x: f32, y: f32, text: String, from_right: bool, style: Style },
    /// `y` is the upper edge.
    Fill { x: f32, y: f32, width: f32, height: f32, colour: Colour },
}

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) marks: Vec<Mark>,
}

/// The pages of a document.
pub(crate) fn layout(document: &Document, fonts: &Fonts) -> Vec<Page> {
    match document {
        Document::Invoice(one) => invoice::invoice(one, fonts),
        Document::Profile(one) => prose::profile(one.content(), fonts),
        Document::Report(one) => prose::report(one.content(), fonts),
        Document::Table(one) => grid::table(one.content(), fonts),
    }
}

#[cfg(test)]
#[path = "../tests/it/samples.rs"]
mod samples;
#[cfg(test)]
mod tests;
