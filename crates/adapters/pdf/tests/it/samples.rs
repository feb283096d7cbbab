//! Documents of every kind, short and long, in several scripts.

use files::document::{
    Align, Cell, Column, Contact, Currency, Document, Grid, Invoice, InvoiceDraft, Item, Line,
    Party, Price, Profile, ProfileDraft, ProfileSection, Prose, Quantity, Report, ReportDraft,
    ReportSection, Table, TableDraft, TaxRate,
};
use kernel::Date;

pub(crate) const SCRIPTS: &str =
    "áéíñ ß őł ŁØÅ Ελληνικά Кириллица 中文 🦀 e\u{301} „quoted“ – 12 €";

pub(crate) fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

fn prose(text: &str) -> Prose {
    Prose::parse(text).unwrap()
}

fn party(name: &str, address: &[&str]) -> Party {
    Party {
        name: line(name),
        address: address.iter().map(|text| line(text)).collect(),
        tax_id: Some(line("DE 123 456 789")),
    }
}

pub(crate) fn invoice(items: usize) -> Document {
    let rates = [Some("19"), Some("7"), None, Some("5.5")];
    let item = |at: usize| Item {
        description: line(match at % 4 {
            0 => "Consulting, by the hour",
            1 => "Käse aus Łódź, gereift",
            2 => {
                "A very long description of a thing that nobody would ever order but that has to be printed all the same, 中文 and all"
            }
            _ => "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        }),
        quantity: Quantity::parse(&format!("{}.5", at + 1)).unwrap(),
        unit_price: Price::parse(if at % 5 == 4 { "-12.5" } else { "1234.567" }).unwrap(),
        tax_rate: rates[at % 4].map(|rate| TaxRate::parse(rate).unwrap()),
    };
    let draft = InvoiceDraft {
        number: line("2026-0042"),
        date: Date::parse("2026-11-21").unwrap(),
        due_date: Some(Date::parse("2026-12-21").unwrap()),
        currency: Currency::parse("EUR").unwrap(),
        seller: party(
            "Bäckerei Müller & Söhne GmbH",
            &["Große Straße 1", "10115 Berlin", "Deutschland"],
        ),
        buyer: party("Zażółć Gęślą Jaźń Sp. z o.o.", &["ul. Świętokrzyska 3/5", "00-001 Warszawa"]),
        items: (0..items).map(item).collect(),
        notes: Some(prose(
            "Thank you.\nPlease pay within thirty days, and name the number of this invoice.",
        )),
    };
    Document::Invoice(Invoice::parse(draft).unwrap())
}

pub(crate) fn profile(sections: usize) -> Document {
    let section = |at: usize| ProfileSection {
        heading: line(["Experience", "Education", "Γλώσσες", "Языки"][at % 4]),
        paragraphs: vec![prose(&format!("{SCRIPTS}. ").repeat(6))],
        items: vec![
            prose("Wrote the first program, for a machine that was never built"),
            prose(&"Explained at length why a machine may weave algebraical patterns. ".repeat(4)),
        ],
    };
    let contact = |label: &str, value: &str| Contact { label: line(label), value: line(value) };
    let draft = ProfileDraft {
        name: line("Ana-María Łucja Őszi-Ångström"),
        title: Some(line("Mathematician and Writer")),
        contact: vec![
            contact("Mail", "ada@example.com"),
            contact("Telephone", "+44 20 7946 0000"),
            contact(
                "Home",
                "https://example.com/a/very/long/address/that/goes/on/and/on/until/it/has/to/be/broken",
            ),
        ],
        sections: (0..sections).map(section).collect(),
    };
    Document::Profile(Profile::parse(draft).unwrap())
}

fn grid(columns: usize, rows: usize) -> Grid {
    let column = |at: usize| Column {
        label: line(&format!("Column {}", at + 1)),
        align: Some(Align::ALL[at % 3]),
    };
    let cell = |row: usize, at: usize| {
        let text = match at % 4 {
            0 => format!("Row {} áéíñ ß", row + 1),
            1 => format!("{}", row * 37 % 1000),
            2 => format!("{}.{:02}", row * 7919 % 100_000, row % 100),
            _ if row % 9 == 3 => "a cell that says more than the others and is broken".to_owned(),
            _ => "Кириллица 中".to_owned(),
        };
        Cell::parse(&text).unwrap()
    };
    Grid {
        columns: (0..columns).map(column).collect(),
        rows: (0..rows).map(|row| (0..columns).map(|at| cell(row, at)).collect()).collect(),
    }
}

pub(crate) fn report(sections: usize) -> Document {
    let section = |at: usize| ReportSection {
        heading: line(&format!("{}. What was found out", at + 1)),
        paragraphs: vec![
            prose(&"Sales rose in all regions, most of all in Łódź and Århus. ".repeat(9)),
            prose(&format!("{SCRIPTS}. ").repeat(5)),
        ],
        table: (at % 2 == 1).then(|| grid(4, 12)),
    };
    let draft = ReportDraft {
        title: line(
            "Quarterly report of the department that counts everything there is to count and then counts it again",
        ),
        author: Some(line("Ewa Świątek")),
        date: Some(Date::parse("2026-11-21").unwrap()),
        sections: (0..sections).map(section).collect(),
    };
    Document::Report(Report::parse(draft).unwrap())
}

pub(crate) fn table(columns: usize, rows: usize) -> Document {
    let title = line("Everything that was sold, Ελληνικά Кириллица 中文");
    Document::Table(Table::parse(TableDraft { title, grid: grid(columns, rows) }).unwrap())
}

/// Cells so long and columns so narrow that a row is higher than a page.
pub(crate) fn tower() -> Document {
    let column = |_| Column { label: line("Narrow"), align: None };
    let cell = |_| Cell::parse(&"word ".repeat(400)).unwrap();
    let grid = Grid {
        columns: (0..20).map(column).collect(),
        rows: (0..2).map(|_| (0..20).map(cell).collect()).collect(),
    };
    Document::Table(Table::parse(TableDraft { title: line("Tower"), grid }).unwrap())
}

/// A sentence of each of these scripts, none of which the fonts of the binary can all show.
pub(crate) const WORLD: [(&str, &str); 12] = [
    ("Arabic", "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق (1948)."),
    ("Hebrew", "כל בני האדם נולדו בני חורין, 30 סעיפים בשנת 1948, ABC בסוף."),
    ("Devanagari", "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता प्राप्त है।"),
    ("Bengali", "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।"),
    ("Tamil", "மனிதப் பிறவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்."),
    ("Thai", "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ"),
    ("Chinese", "人人生而自由，在尊严和权利上一律平等。"),
    ("Japanese", "すべての人間は、生まれながらにして自由であり、尊厳と権利とについて平等である。"),
    ("Korean", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다."),
    ("Greek", "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια."),
    ("Russian", "Все люди рождаются свободными и равными в своём достоинстве и правах."),
    ("Vietnamese", "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm."),
];

/// Sections in the scripts of the world, and a table of them.
pub(crate) fn world() -> Document {
    let section = |(name, text): &(&str, &str)| ReportSection {
        heading: line(&format!("{name}: {}", text.chars().take(12).collect::<String>())),
        paragraphs: vec![prose(text), prose(&format!("{text} ").repeat(3))],
        table: None,
    };
    let column = |label: &str| Column { label: line(label), align: None };
    let row = |(name, text): &(&str, &str)| {
        vec![Cell::parse(&format!("{name}\t\u{2028}1")).unwrap(), Cell::parse(text).unwrap()]
    };
    let table = ReportSection {
        heading: line("Side by side"),
        paragraphs: Vec::new(),
        table: Some(Grid {
            columns: vec![column("Script"), column("Text")],
            rows: WORLD.iter().map(row).collect(),
        }),
    };
    let draft = ReportDraft {
        title: line("世界人権宣言 / הכרזה לכל באי עולם / Declaration"),
        author: Some(line("الجمعية العامة")),
        date: None,
        sections: WORLD.iter().map(section).chain([table]).collect(),
    };
    Document::Report(Report::parse(draft).unwrap())
}

/// One of each.
pub(crate) fn all() -> Vec<(&'static str, Document)> {
    vec![
        ("invoice-short", invoice(4)),
        ("invoice-long", invoice(120)),
        ("profile", profile(5)),
        ("report", report(6)),
        ("table", table(5, 2000)),
        ("table-wide", table(12, 60)),
        ("tower", tower()),
        ("world", world()),
    ]
}
