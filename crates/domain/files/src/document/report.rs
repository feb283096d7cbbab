//! Titled sections of prose and tables.

use kernel::{Date, FieldError};

use super::{
    FieldErrors, Grid, Line, Prose,
    profile::{MAX_PARTS, MAX_SECTIONS},
    table::MAX_ROWS,
};

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSection {
    /// What it is about.
    pub heading: Line,
    /// In prose.
    pub paragraphs: Vec<Prose>,
    /// In numbers, after the prose.
    pub table: Option<Grid>,
}

/// What a report is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportDraft {
    /// What it is called.
    pub title: Line,
    /// Who wrote it.
    pub author: Option<Line>,
    /// When.
    pub date: Option<Date>,
    /// What it says.
    pub sections: Vec<ReportSection>,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report(ReportDraft);

impl Report {
    /// At least one section; its tables together have no more rows than one table may have.
    pub fn parse(draft: ReportDraft) -> Result<Self, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        faults.count("/data/sections", draft.sections.len(), 1, MAX_SECTIONS);
        for (at, section) in draft.sections.iter().enumerate() {
            let base = format!("/data/sections/{at}");
            faults.count(&format!("{base}/paragraphs"), section.paragraphs.len(), 0, MAX_PARTS);
            if let Some(grid) = &section.table {
                grid.check(&format!("{base}/table"), &mut faults);
            }
        }
        let grids = || draft.sections.iter().filter_map(|section| section.table.as_ref());
        let rows: usize = grids().map(|grid| grid.rows.len()).sum();
        if rows > MAX_ROWS && grids().all(|grid| grid.rows.len() <= MAX_ROWS) {
            let message = format!("must have at most {MAX_ROWS} rows in all tables together");
            faults.note("/data/sections", "files.document_too_many", message);
        }
        let prose = draft.sections.iter().flat_map(|section| &section.paragraphs);
        faults.characters(prose.map(Prose::as_str).chain(grids().flat_map(Grid::texts)));
        faults.finish(Self(draft))
    }

    /// What it is made of.
    pub const fn content(&self) -> &ReportDraft {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Cell, Column},
        *,
    };

    fn section(rows: usize, cells: usize) -> ReportSection {
        let column = Column { label: Line::parse("Name").unwrap(), align: None };
        let row = vec![Cell::parse("x").unwrap(); cells];
        ReportSection {
            heading: Line::parse("Numbers").unwrap(),
            paragraphs: Vec::new(),
            table: Some(Grid { columns: vec![column], rows: vec![row; rows] }),
        }
    }

    fn report(sections: Vec<ReportSection>) -> Result<Report, Vec<FieldError>> {
        let title = Line::parse("Quarter").unwrap();
        Report::parse(ReportDraft { title, author: None, date: None, sections })
    }

    #[test]
    fn tables_are_counted_together_and_errors_say_where() {
        assert!(report(vec![section(MAX_ROWS / 2, 1); 2]).is_ok());
        let faults = report(vec![section(MAX_ROWS / 2, 1); 3]).unwrap_err();
        assert_eq!(faults[0].field, "/data/sections");
        let faults = report(vec![section(1, 1), section(2, 2)]).unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["/data/sections/1/table/rows/0", "/data/sections/1/table/rows/1"]);
        assert_eq!(report(Vec::new()).unwrap_err()[0].code, "files.document_empty");
    }
}
