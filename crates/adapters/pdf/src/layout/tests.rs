//! V2 and V3: every character is on some page, and within its margins.

use super::*;

fn placed(pages: &[Page]) -> String {
    let texts = pages.iter().flat_map(|page| &page.marks).filter_map(|mark| match mark {
        Mark::Text { text, .. } => Some(text.as_str()),
        Mark::Fill { .. } => None,
    });
    texts.collect::<String>().split_whitespace().collect()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn v3_nothing_juts_out_of_a_page() {
    let fonts = Fonts::load().unwrap();
    for (name, document) in samples::all() {
        let pages = layout(&document, &fonts);
        for (page, number) in pages.iter().zip(1..) {
            for mark in &page.marks {
                let (left, top, right, bottom) = match mark {
                    Mark::Text { x, y, text, style, .. } => {
                        let width = fonts.width(text, style.face, style.size);
                        (*x, y - style.size, x + width, y + style.size * 0.3)
                    }
                    Mark::Fill { x, y, width, height, .. } => (*x, *y, x + width, y + height),
                };
                let within = left > 50.0
                    && top > 20.0
                    && right < page.width - 50.0
                    && bottom < page.height - 20.0;
                assert!(within, "{name}, page {number}: {mark:?}");
            }
        }
    }
}

#[test]
fn v3_no_two_lines_lie_over_each_other() {
    let fonts = Fonts::load().unwrap();
    for (name, document) in samples::all() {
        for page in layout(&document, &fonts) {
            let mut boxes: Vec<(f32, f32, f32, f32, &str)> = Vec::new();
            for mark in &page.marks {
                if let Mark::Text { x, y, text, style, .. } = mark {
                    let width = fonts.width(text, style.face, style.size);
                    boxes.push((*x, y - style.size * 0.7, x + width, *y, text));
                }
            }
            boxes.sort_by(|a, b| a.1.total_cmp(&b.1));
            for (at, one) in boxes.iter().enumerate() {
                for other in boxes[at + 1..].iter().take_while(|other| other.1 < one.3) {
                    let apart = one.2 <= other.0 + 0.01 || other.2 <= one.0 + 0.01;
                    assert!(apart, "{name}: {:?} and {:?}", one.4, other.4);
                }
            }
        }
    }
}

#[test]
fn v2_every_text_is_on_the_pages() {
    let fonts = Fonts::load().unwrap();
    for (name, document) in samples::all() {
        let all = placed(&layout(&document, &fonts));
        let mut texts: Vec<String> = vec![document.title().to_owned()];
        match &document {
            Document::Table(table) => {
                // Cells lie side by side, broken; short ones are whole.
                let cells = table.content().grid.rows.iter().flatten();
                let short = cells.filter(|cell| cell.as_str().chars().count() < 8);
                texts.extend(short.map(|cell| cell.as_str().to_owned()));
            }
            Document::Profile(profile) => {
                let sections = &profile.content().sections;
                let parts = sections.iter().flat_map(|one| one.paragraphs.iter().chain(&one.items));
                texts.extend(parts.map(|part| part.as_str().to_owned()));
            }
            Document::Report(report) => {
                let author = report.content().author.as_ref();
                texts.extend(author.map(|author| author.as_str().to_owned()));
            }
            Document::Invoice(invoice) => {
                let draft = invoice.content();
                texts.push(draft.buyer.name.as_str().to_owned());
                texts.push(draft.currency.show(invoice.totals().gross));
                for item in &draft.items {
                    texts.push(draft.currency.show(invoice.amount(item)));
                }
            }
        }
        for text in texts {
            assert!(all.contains(&squeezed(&text)), "{name}: {text:?}");
        }
    }
}

#[test]
fn a_tower_of_words_goes_on_page_after_page() {
    let fonts = Fonts::load().unwrap();
    let pages = layout(&samples::tower(), &fonts);
    assert!(pages.len() > 4);
    assert_eq!(placed(&pages).matches("word").count(), 2 * 20 * 400);
}

#[test]
fn the_sums_of_an_invoice_are_on_one_page() {
    let fonts = Fonts::load().unwrap();
    for items in 1..60 {
        let pages = layout(&samples::invoice(items), &fonts);
        let on = |wanted: &str| {
            pages.iter().position(|page| {
                page.marks
                    .iter()
                    .any(|mark| matches!(mark, Mark::Text { text, .. } if text.starts_with(wanted)))
            })
        };
        if items > 1 {
            assert_eq!(on("Net"), on("Total"), "{items}");
        }
        assert!(on("Total").is_some());
    }
}
