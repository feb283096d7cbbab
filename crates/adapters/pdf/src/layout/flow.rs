//! Fills page after page from above.

use files::document::Align;

use super::{BODY, Colour, Mark, Page, RULE, SMALL, Style};
use crate::{
    font::Fonts,
    labels::Labels,
    text::{Wrapped, wrap},
};

/// A4, upright.
const SHORT: f32 = 595.276;
const LONG: f32 = 841.89;
/// Left and right.
const SIDE: f32 = 56.0;
/// Above and below.
const EDGE: f32 = 56.0;

/// A line of text and how it is set.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) text: String,
    /// Where its paragraph begins.
    pub(crate) from_right: bool,
    pub(crate) style: Style,
}

/// Lines below each other, beside other cells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cell {
    pub(crate) x: f32,
    pub(crate) width: f32,
    /// When not said, each line at the side where its paragraph begins.
    pub(crate) align: Option<Align>,
    pub(crate) lines: Vec<Line>,
}

impl Cell {
    fn height(&self) -> f32 {
        self.lines.iter().map(|line| line.style.leading).sum()
    }
}

/// How a row is set.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Dress {
    /// Above and below the text.
    pub(crate) pad: f32,
    /// Behind it.
    pub(crate) shade: Option<Colour>,
    /// A line below it.
    pub(crate) rule: bool,
}

/// A row that is set again at the top of each page.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) cells: Vec<Cell>,
    pub(crate) dress: Dress,
}

/// Pages that are being filled.
pub(crate) struct Flow<'f> {
    pub(crate) fonts: &'f Fonts,
    side: f32,
    width: f32,
    height: f32,
    title: Vec<Wrapped>,
    pages: Vec<Page>,
    y: f32,
}

impl<'f> Flow<'f> {
    /// The first page. `title` stands above all others.
    pub(crate) fn new(title: &str, across: bool, fonts: &'f Fonts) -> Self {
        let (width, height) = if across { (LONG, SHORT) } else { (SHORT, LONG) };
        let room = width - 2.0 * SIDE;
        let title = wrap(title, SMALL.face, SMALL.size, room, fonts);
        let mut flow = Self { fonts, side: SIDE, width, height, title, pages: Vec::new(), y: 0.0 };
        flow.open();
        flow
    }

    /// The words that are not the document's own.
    pub(crate) const fn labels(&self) -> &'static Labels {
        Labels::of(self.fonts.language())
    }

    pub(crate) const fn left(&self) -> f32 {
        self.side
    }

    /// From margin to margin.
    pub(crate) fn width(&self) -> f32 {
        self.width - 2.0 * SIDE
    }

    fn room(&self) -> f32 {
        self.height - EDGE - self.y
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.marks.push(mark);
        }
    }

    fn open(&mut self) {
        self.pages.push(Page { width: self.width, height: self.height, marks: Vec::new() });
        self.y = EDGE;
        if self.pages.len() > 1 {
            let mut y = EDGE - 20.0;
            for Wrapped { text, from_right } in self.title.clone() {
                self.mark(Mark::Text { x: SIDE, y, text, from_right, style: SMALL });
                y += SMALL.leading;
            }
            let rule = y - SMALL.leading + 5.0;
            self.rule_at(SIDE, rule, self.width());
            self.y = rule + 14.0;
        }
    }

    fn rule_at(&mut self, x: f32, y: f32, width: f32) {
        self.mark(Mark::Fill { x, y, width, height: 0.6, colour: RULE });
    }

    /// Leaves room, unless the page has just begun.
    pub(crate) fn gap(&mut self, height: f32) {
        self.y += height;
    }

    /// Begins another page unless there is this much room.
    pub(crate) fn keep(&mut self, height: f32) {
        if self.room() < height && !self.fresh() {
            self.open();
        }
    }

    /// True when a new page would be no better.
    fn fresh(&self) -> bool {
        self.pages.last().is_none_or(|page| {
            page.marks.iter().all(|mark| {
                matches!(mark, Mark::Text { style, .. } if *style == SMALL)
                    || matches!(mark, Mark::Fill { height, .. } if *height < 1.0)
            })
        })
    }

    /// Breaks a text into lines.
    pub(crate) fn lines(&self, text: &str, style: Style, width: f32) -> Vec<Line> {
        wrap(text, style.face, style.size, width, self.fonts)
            .into_iter()
            .map(|Wrapped { text, from_right }| Line { text, from_right, style })
            .collect()
    }

    /// A paragraph from margin to margin.
    pub(crate) fn text(&mut self, text: &str, style: Style) {
        let (x, width) = (self.left(), self.width());
        let lines = self.lines(text, style, width);
        self.row(vec![Cell { x, width, align: None, lines }], Dress::default(), None);
    }

    /// A heading, which is not left alone at the end of a page.
    pub(crate) fn heading(&mut self, text: &str, style: Style) {
        let lines = self.lines(text, style, self.width()).len();
        let height = (0..lines).map(|_| style.leading).sum::<f32>();
        self.keep(height + 6.0 + 2.0 * BODY.leading);
        self.text(text, style);
    }

    /// Cells beside each other. A row that does not fit goes to the next page; one that is higher
    /// than a page goes on on the next.
    pub(crate) fn row(&mut self, mut cells: Vec<Cell>, dress: Dress, head: Option<&Head>) {
        let needed = cells.iter().map(Cell::height).fold(0.0, f32::max) + 2.0 * dress.pad;
        if needed <= self.room() {
            self.place(cells, dress);
            return;
        }
        if !self.fresh() {
            self.turn(head);
        }
        while cells.iter().map(Cell::height).fold(0.0, f32::max) + 2.0 * dress.pad > self.room() {
            let room = self.room() - 2.0 * dress.pad;
            let mut rest = Vec::with_capacity(cells.len());
            for cell in &mut cells {
                let mut height = 0.0;
                let fitting = cell.lines.iter().take_while(|line| {
                    height += line.style.leading;
                    height <= room
                });
                // At least one: a page is never left empty for want of room.
                let count = fitting.count().max(1).min(cell.lines.len());
                let lines = cell.lines.split_off(count);
                rest.push(Cell { lines, ..cell.clone() });
            }
            self.place(std::mem::replace(&mut cells, rest), dress);
            if cells.iter().all(|cell| cell.lines.is_empty()) {
                return;
            }
            self.turn(head);
        }
        self.place(cells, dress);
    }

    /// The next page, with the head of the table that goes on.
    fn turn(&mut self, head: Option<&Head>) {
        self.open();
        if let Some(head) = head {
            self.place(head.cells.clone(), head.dress);
        }
    }

    fn place(&mut self, cells: Vec<Cell>, dress: Dress) {
        let height = cells.iter().map(Cell::height).fold(0.0, f32::max) + 2.0 * dress.pad;
        let (top, left, width) = (self.y, self.left(), self.width());
        if let Some(colour) = dress.shade {
            self.mark(Mark::Fill { x: left, y: top, width, height, colour });
        }
        for cell in cells {
            let mut y = top + dress.pad;
            for Line { text, from_right, style } in cell.lines {
                let free = cell.width - self.fonts.width(&text, style.face, style.size);
                let shift = match cell.align {
                    Some(Align::Center) => free / 2.0,
                    Some(Align::Right) => free,
                    None if from_right => free,
                    Some(Align::Left) | None => 0.0,
                };
                // The base line lies where letters of this size look centred in their leading.
                let base = y + f32::midpoint(style.leading, style.size * 0.73);
                y += style.leading;
                if !text.is_empty() {
                    let x = cell.x + shift.max(0.0);
                    self.mark(Mark::Text { x, y: base, text, from_right, style });
                }
            }
        }
        self.y = top + height;
        if dress.rule {
            self.rule_at(left, self.y - 0.3, width);
        }
    }

    /// A line across part of the page.
    pub(crate) fn rule(&mut self, x: f32, width: f32) {
        self.rule_at(x, self.y, width);
    }

    /// How high a row would be.
    pub(crate) fn height_of(cells: &[Cell], dress: Dress) -> f32 {
        cells.iter().map(Cell::height).fold(0.0, f32::max) + 2.0 * dress.pad
    }

    /// How high a page is, margins left away.
    pub(crate) fn page_height(&self) -> f32 {
        self.height - 2.0 * EDGE
    }

    /// The pages, numbered.
    pub(crate) fn finish(mut self) -> Vec<Page> {
        let count = self.pages.len();
        for (page, number) in self.pages.iter_mut().zip(1..) {
            let text = format!("{number} / {count}");
            let x = self.width - SIDE - self.fonts.width(&text, SMALL.face, SMALL.size);
            let y = self.height - EDGE + 26.0;
            page.marks.push(Mark::Text { x, y, text, from_right: false, style: SMALL });
        }
        self.pages
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{INK, STRONG};

    fn texts(page: &Page) -> Vec<(i32, i32, &str)> {
        page.marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Text { x, y, text, .. } => {
                    Some((x.round() as i32, y.round() as i32, text.as_str()))
                }
                Mark::Fill { .. } => None,
            })
            .collect()
    }

    #[test]
    fn golden_positions() {
        let fonts = Fonts::load().unwrap();
        let mut flow = Flow::new("Title", false, &fonts);
        flow.text("First line\nSecond line", BODY);
        let cell = |x, align, text: &str| Cell {
            x,
            width: 100.0,
            align,
            lines: vec![Line { text: text.to_owned(), from_right: false, style: STRONG }],
        };
        let cells = vec![
            cell(56.0, None, "left"),
            cell(156.0, Some(Align::Center), "mid"),
            cell(256.0, Some(Align::Right), "right"),
        ];
        flow.row(cells, Dress { pad: 4.0, ..Dress::default() }, None);
        let pages = flow.finish();
        assert_eq!(pages.len(), 1);
        assert_eq!(
            texts(&pages[0]),
            [
                (56, 66, "First line"),
                (56, 80, "Second line"),
                (56, 97, "left"),
                (195, 97, "mid"),
                (329, 97, "right"),
                (521, 812, "1 / 1"),
            ]
        );
    }

    #[test]
    fn what_does_not_fit_goes_on_on_the_next_page_and_nothing_is_lost() {
        let fonts = Fonts::load().unwrap();
        let mut flow = Flow::new("A title", false, &fonts);
        let lines: Vec<String> = (0..500).map(|number| format!("line {number}")).collect();
        flow.text(&lines.join("\n"), BODY);
        let pages = flow.finish();
        assert!(pages.len() > 9);
        let placed: Vec<&str> = pages
            .iter()
            .flat_map(texts)
            .map(|(_, _, text)| text)
            .filter(|text| text.starts_with("line"))
            .collect();
        assert_eq!(placed, lines);
        for page in &pages {
            for (_, y, text) in texts(page) {
                assert!(y > 20 && y < 820, "{text} at {y}");
            }
        }
        assert!(texts(&pages[1]).contains(&(56, 36, "A title")));
        assert!(texts(&pages[1]).iter().any(|(_, _, text)| text.starts_with("2 / ")));
    }

    #[test]
    fn a_line_higher_than_a_page_is_set_all_the_same() {
        let fonts = Fonts::load().unwrap();
        let mut flow = Flow::new("A title", false, &fonts);
        let style = Style { leading: 5_000.0, ..Style::new(crate::font::Face::Regular, 9.0, INK) };
        flow.text("a\nb\nc", style);
        assert_eq!(flow.finish().len(), 3);
    }
}
