//! Invoices.

use files::document::{Align, Invoice, Party, Prose};

use super::{
    BODY, Flow, HEADING, LABEL, Page, STRONG, Style, TITLE,
    flow::{Cell, Dress, Line},
    grid,
};
use crate::{
    font::{Face, Fonts},
    labels::Labels,
};

/// Between columns.
const GUTTER: f32 = 24.0;
const DUE: Style = Style::new(Face::Bold, 12.0, super::INK);

pub(crate) fn invoice(invoice: &Invoice, fonts: &Fonts) -> Vec<Page> {
    let draft = invoice.content();
    let labels = Labels::of(fonts.language());
    let title = format!("{} {}", labels.invoice, draft.number.as_str());
    let mut flow = Flow::new(&title, false, fonts);
    let (left, width) = (flow.left(), flow.width());
    let half = (width - GUTTER) / 2.0;
    let cell = |x: f32, lines: Vec<Line>| Cell { x, width: half, align: None, lines };

    flow.text(labels.invoice, TITLE);
    flow.gap(12.0);

    let mut facts = Vec::new();
    let mut fact = |label: &str, value: &str| {
        facts.extend(flow.lines(label, LABEL, half));
        facts.extend(flow.lines(value, BODY, half));
        let style = Style { leading: 4.0, ..BODY };
        facts.push(Line { text: String::new(), from_right: false, style });
    };
    fact(labels.number, draft.number.as_str());
    fact(labels.date, &draft.date.to_string());
    if let Some(due) = draft.due_date {
        fact(labels.due, &due.to_string());
    }
    let seller = party(&flow, labels.seller, &draft.seller, half);
    let sides = vec![cell(left, seller), cell(left + half + GUTTER, facts)];
    flow.row(sides, Dress::default(), None);
    flow.gap(10.0);
    let buyer = party(&flow, labels.buyer, &draft.buyer, half);
    flow.row(vec![cell(left, buyer)], Dress::default(), None);
    flow.gap(18.0);

    items(&mut flow, invoice);
    flow.gap(8.0);
    sums(&mut flow, invoice);

    if let Some(notes) = draft.notes.as_ref().map(Prose::as_str) {
        flow.gap(16.0);
        flow.heading(labels.notes, Style { size: 11.0, leading: 15.0, ..HEADING });
        flow.gap(3.0);
        flow.text(notes, BODY);
    }
    flow.finish()
}

fn party(flow: &Flow<'_>, label: &str, party: &Party, width: f32) -> Vec<Line> {
    let mut lines = flow.lines(label, LABEL, width);
    lines.extend(flow.lines(party.name.as_str(), STRONG, width));
    for line in &party.address {
        lines.extend(flow.lines(line.as_str(), BODY, width));
    }
    if let Some(number) = &party.tax_id {
        lines.extend(flow.lines(
            &format!("{} {}", flow.labels().tax_id, number.as_str()),
            BODY,
            width,
        ));
    }
    lines
}

fn items(flow: &mut Flow<'_>, invoice: &Invoice) {
    let draft = invoice.content();
    let taxed = draft.items.iter().any(|item| item.tax_rate.is_some());
    let labels = flow.labels();
    let amount = format!("{} {}", labels.amount, draft.currency.as_str());
    let right = Some(Align::Right);
    let mut head =
        vec![(labels.description, None), (labels.quantity, right), (labels.unit_price, right)];
    if taxed {
        head.push((labels.tax, right));
    }
    head.push((amount.as_str(), right));
    let texts: Vec<Vec<String>> = draft
        .items
        .iter()
        .map(|item| {
            let mut row = vec![
                item.description.as_str().to_owned(),
                item.quantity.show(),
                item.unit_price.show(draft.currency),
            ];
            if taxed {
                row.push(item.tax_rate.map(|rate| rate.show()).unwrap_or_default());
            }
            row.push(draft.currency.show(invoice.amount(item)));
            row
        })
        .collect();
    let rows: Vec<Vec<&str>> =
        texts.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    grid::set(flow, &head, &rows);
}

/// The sums stay together, below the last column.
fn sums(flow: &mut Flow<'_>, invoice: &Invoice) {
    let labels = flow.labels();
    let currency = invoice.content().currency;
    let totals = invoice.totals();
    let mut lines: Vec<(String, String, Style)> = Vec::new();
    if !totals.taxes.is_empty() {
        lines.push((labels.net.to_owned(), currency.show(totals.net), BODY));
    }
    for share in &totals.taxes {
        let label = labels.tax_on(&share.rate.show(), &currency.show(share.net));
        lines.push((label, currency.show(share.tax), BODY));
    }
    let due = format!("{} {}", currency.as_str(), currency.show(totals.gross));
    lines.push((labels.total.to_owned(), due, DUE));

    let width = 280.0;
    let x = flow.left() + flow.width() - width;
    let dress = Dress { pad: 2.0, ..Dress::default() };
    let rows: Vec<Vec<Cell>> = lines
        .iter()
        .map(|(label, value, style)| {
            let value = flow.lines(value, *style, 150.0);
            vec![
                Cell { x, width: 126.0, align: None, lines: flow.lines(label, *style, 126.0) },
                Cell { x: x + 126.0, width: 150.0, align: Some(Align::Right), lines: value },
            ]
        })
        .collect();
    let together: f32 = rows.iter().map(|row| Flow::height_of(row, dress)).sum();
    // Many rates can fill more than a page; then they go on like anything else.
    flow.keep(together.min(flow.page_height() / 2.0) + 8.0);
    let last = rows.len().saturating_sub(1);
    for (at, row) in rows.into_iter().enumerate() {
        if at == last && last > 0 {
            flow.keep(Flow::height_of(&row, dress) + 6.0);
            flow.gap(2.0);
            flow.rule(x, width - 4.0);
            flow.gap(2.0);
        }
        flow.row(row, dress, None);
    }
}
