//! Profiles and reports.

use files::document::{ProfileDraft, ReportDraft};

use super::{
    BODY, Flow, HEADING, LABEL, Page, SMALL, STRONG, Style, TITLE,
    flow::{Cell, Dress},
    grid,
};
use crate::font::Fonts;

const SUBTITLE: Style = Style::new(crate::font::Face::Regular, 12.0, super::FAINT);

pub(crate) fn profile(draft: &ProfileDraft, fonts: &Fonts) -> Vec<Page> {
    let mut flow = Flow::new(draft.name.as_str(), false, fonts);
    flow.text(draft.name.as_str(), TITLE);
    if let Some(title) = &draft.title {
        flow.text(title.as_str(), SUBTITLE);
    }
    flow.gap(8.0);
    flow.rule(flow.left(), flow.width());
    flow.gap(8.0);
    let (left, width) = (flow.left(), flow.width());
    let label_width = 110.0;
    for contact in &draft.contact {
        let label = flow.lines(contact.label.as_str(), LABEL, label_width - 10.0);
        let value = flow.lines(contact.value.as_str(), BODY, width - label_width);
        let cells = vec![
            Cell { x: left, width: label_width - 10.0, align: None, lines: label },
            Cell { x: left + label_width, width: width - label_width, align: None, lines: value },
        ];
        flow.row(cells, Dress { pad: 1.0, ..Dress::default() }, None);
    }
    for section in &draft.sections {
        flow.gap(14.0);
        flow.heading(section.heading.as_str(), HEADING);
        for paragraph in &section.paragraphs {
            flow.gap(5.0);
            flow.text(paragraph.as_str(), BODY);
        }
        for item in &section.items {
            flow.gap(3.0);
            let bullet = flow.lines("•", STRONG, 14.0);
            let lines = flow.lines(item.as_str(), BODY, width - 14.0);
            // The bullet stands where the text begins.
            let from_right = lines.first().is_some_and(|line| line.from_right);
            let (dot, text) =
                if from_right { (left + width - 8.0, left) } else { (left + 2.0, left + 14.0) };
            let cells = vec![
                Cell { x: dot, width: 12.0, align: None, lines: bullet },
                Cell { x: text, width: width - 14.0, align: None, lines },
            ];
            flow.row(cells, Dress::default(), None);
        }
    }
    flow.finish()
}

pub(crate) fn report(draft: &ReportDraft, fonts: &Fonts) -> Vec<Page> {
    let mut flow = Flow::new(draft.title.as_str(), false, fonts);
    flow.text(draft.title.as_str(), TITLE);
    if let Some(author) = &draft.author {
        flow.text(author.as_str(), SUBTITLE);
    }
    if let Some(date) = draft.date {
        flow.gap(2.0);
        flow.text(&date.to_string(), SMALL);
    }
    flow.gap(8.0);
    flow.rule(flow.left(), flow.width());
    for section in &draft.sections {
        flow.gap(16.0);
        flow.heading(section.heading.as_str(), HEADING);
        for paragraph in &section.paragraphs {
            flow.gap(5.0);
            flow.text(paragraph.as_str(), BODY);
        }
        if let Some(table) = &section.table {
            flow.gap(8.0);
            grid::grid(&mut flow, table);
        }
    }
    flow.finish()
}
