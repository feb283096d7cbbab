//! Tables: how wide columns are, and rows below a head that is repeated.

use files::document::{Align, Column, Grid, TableDraft};

use super::{
    FAINT, Flow, INK, Page, SHADE, SMALL, Style, TITLE,
    flow::{Cell, Dress, Head},
};
use crate::{
    font::{Face, Fonts},
    text::extent,
};

/// More columns than this are set across the page.
const UPRIGHT: usize = 6;
/// Between the text and the edge of a cell.
const INSET: f32 = 4.0;

/// A table of its own.
pub(crate) fn table(draft: &TableDraft, fonts: &Fonts) -> Vec<Page> {
    let across = draft.grid.columns.len() > UPRIGHT;
    let mut flow = Flow::new(draft.title.as_str(), across, fonts);
    flow.text(draft.title.as_str(), TITLE);
    let rows = flow.labels().rows(draft.grid.rows.len());
    flow.text(&rows, SMALL);
    flow.gap(10.0);
    grid(&mut flow, &draft.grid);
    flow.finish()
}

/// A table within a document.
pub(crate) fn grid(flow: &mut Flow<'_>, grid: &Grid) {
    let head: Vec<(&str, Option<Align>)> = grid.columns.iter().map(labelled).collect();
    let rows: Vec<Vec<&str>> =
        grid.rows.iter().map(|row| row.iter().map(|cell| cell.as_str()).collect()).collect();
    set(flow, &head, &rows);
}

fn labelled(column: &Column) -> (&str, Option<Align>) {
    (column.label.as_str(), column.align)
}

/// Sets a table from margin to margin.
pub(crate) fn set(flow: &mut Flow<'_>, head: &[(&str, Option<Align>)], rows: &[Vec<&str>]) {
    let size = match head.len() {
        0..=6 => 9.0,
        7..=10 => 8.0,
        _ => 6.5,
    };
    let body = Style::new(Face::Regular, size, INK);
    let bold = Style::new(Face::Bold, size, FAINT);
    let widths = widths(flow, head, rows, body, bold);
    let cells = |flow: &Flow<'_>, texts: &mut dyn Iterator<Item = &str>, style: Style| {
        let mut x = flow.left();
        let mut cells = Vec::with_capacity(head.len());
        for ((width, (_, align)), text) in widths.iter().zip(head).zip(texts) {
            let inner = width - 2.0 * INSET;
            let lines = flow.lines(text, style, inner);
            cells.push(Cell { x: x + INSET, width: inner, align: *align, lines });
            x += width;
        }
        cells
    };
    let labels = cells(flow, &mut head.iter().map(|(label, _)| *label), bold);
    let head = Head { cells: labels, dress: Dress { pad: 4.0, shade: Some(SHADE), rule: true } };
    let dress = Dress { pad: 3.0, shade: None, rule: true };
    // A head that would eat up the pages is set once.
    let height = Flow::height_of(&head.cells, head.dress);
    let repeated = (height < flow.page_height() / 3.0).then_some(&head);
    flow.keep(height + 2.0 * body.leading);
    flow.row(head.cells.clone(), head.dress, None);
    for row in rows {
        let cells = cells(flow, &mut row.iter().copied(), body);
        flow.row(cells, dress, repeated);
    }
}

/// Each column gets what its longest word needs, and of the rest what its longest text needs, as
/// far as it goes round; what is left over is shared out.
fn widths(
    flow: &Flow<'_>,
    head: &[(&str, Option<Align>)],
    rows: &[Vec<&str>],
    body: Style,
    bold: Style,
) -> Vec<f32> {
    let total = flow.width();
    let measure = |text: &str, style: Style| {
        let (line, word) = extent(text, style.face, flow.fonts);
        let room = |ems: f32| ems * style.size + 2.0 * INSET + 0.1;
        (room(word), room(line))
    };
    let mut least: Vec<f32> = Vec::with_capacity(head.len());
    let mut wished: Vec<f32> = Vec::with_capacity(head.len());
    for (label, _) in head {
        let (word, line) = measure(label, bold);
        least.push(word);
        wished.push(line);
    }
    for row in rows {
        for ((text, least), wished) in row.iter().zip(&mut least).zip(&mut wished) {
            let (word, line) = measure(text, body);
            *least = least.max(word);
            *wished = wished.max(line);
        }
    }
    let base = share(&least, total);
    let used: f32 = base.iter().sum();
    let more: Vec<f32> = wished.iter().zip(&base).map(|(w, b)| (w - b).max(0.0)).collect();
    let extra = share(&more, (total - used).max(0.0));
    let mut widths: Vec<f32> = base.iter().zip(&extra).map(|(b, e)| b + e).collect();
    let sum: f32 = widths.iter().sum();
    if sum > 0.0 {
        let stretch = (total / sum).max(1.0);
        for width in &mut widths {
            *width *= stretch;
        }
    }
    widths
}

/// Gives each what it needs, as long as there is enough; where there is not, those who need least
/// get it all and the others alike.
fn share(needs: &[f32], total: f32) -> Vec<f32> {
    let mut order: Vec<usize> = (0..needs.len()).collect();
    let need = |at: usize| needs.get(at).copied().unwrap_or(0.0);
    order.sort_by(|a, b| need(*a).total_cmp(&need(*b)));
    let mut given = vec![0.0; needs.len()];
    let mut left = total;
    let mut waiting = needs.len();
    for at in order {
        let part = need(at).min(left / waiting.max(1) as f32);
        if let Some(given) = given.get_mut(at) {
            *given = part;
        }
        left -= part;
        waiting = waiting.saturating_sub(1);
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Mark;

    #[test]
    fn who_needs_little_gets_it() {
        assert_eq!(share(&[10.0, 20.0, 30.0], 100.0), [10.0, 20.0, 30.0]);
        assert_eq!(share(&[90.0, 10.0, 90.0], 100.0), [45.0, 10.0, 45.0]);
        assert_eq!(share(&[], 100.0), Vec::<f32>::new());
    }

    #[test]
    fn columns_fill_the_page_and_the_head_comes_again() {
        let fonts = Fonts::load().unwrap();
        let mut flow = Flow::new("T", false, &fonts);
        let head = [("Name", None), ("Number", Some(Align::Right))];
        let numbers: Vec<String> = (0..120).map(|number| number.to_string()).collect();
        let rows: Vec<Vec<&str>> = numbers.iter().map(|n| vec!["somebody", n.as_str()]).collect();
        let sizes = widths(
            &flow,
            &head,
            &rows,
            Style::new(Face::Regular, 9.0, INK),
            Style::new(Face::Bold, 9.0, INK),
        );
        assert!((sizes.iter().sum::<f32>() - flow.width()).abs() < 0.01);
        set(&mut flow, &head, &rows);
        let pages = flow.finish();
        assert!(pages.len() > 2);
        for page in &pages {
            let labels = page
                .marks
                .iter()
                .filter(|mark| matches!(mark, Mark::Text { text, .. } if text == "Number"));
            assert_eq!(labels.count(), 1);
        }
    }

    #[test]
    fn a_head_as_high_as_a_page_is_set_once() {
        let fonts = Fonts::load().unwrap();
        let mut flow = Flow::new("T", true, &fonts);
        let label = "M".repeat(200);
        let head = vec![(label.as_str(), None); 20];
        let rows = vec![vec!["x"; 20]; 10];
        set(&mut flow, &head, &rows);
        assert!(flow.finish().len() < 6);
    }
}
