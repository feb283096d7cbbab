//! Columns and rows.

use kernel::FieldError;

use super::{Cell, FieldErrors, Line};

/// The greatest number of rows.
pub const MAX_ROWS: usize = 10_000;
/// The greatest number of columns.
pub const MAX_COLUMNS: usize = 20;
/// Faulty rows that are told one by one; what is wrong with a thousand is wrong with all.
const MAX_FAULTS: usize = 100;

/// To which side the cells of a column are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Align {
    /// Text.
    Left,
    /// Marks.
    Center,
    /// Numbers.
    Right,
}

impl Align {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Left, Self::Center, Self::Right];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Center => "center",
            Self::Right => "right",
        }
    }

    /// From the word on the wire.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|align| align.as_str() == raw)
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub label: Line,
    /// How its cells are set; when not said, at the side where their text begins.
    pub align: Option<Align>,
}

/// Columns and rows, each with a cell for every column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Grid {
    pub(crate) fn check(&self, base: &str, faults: &mut FieldErrors) {
        faults.count(&format!("{base}/columns"), self.columns.len(), 1, MAX_COLUMNS);
        faults.count(&format!("{base}/rows"), self.rows.len(), 0, MAX_ROWS);
        let wanted = self.columns.len();
        let ragged = self.rows.iter().enumerate().filter(|(_, row)| row.len() != wanted);
        for (at, row) in ragged.take(MAX_FAULTS) {
            let message =
                format!("must have {wanted} cells, one for each column, not {}", row.len());
            faults.note(&format!("{base}/rows/{at}"), "files.document_row_length", message);
        }
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().flatten().map(Cell::as_str)
    }
}

/// What a table is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDraft {
    /// What it is called.
    pub title: Line,
    /// What it says.
    pub grid: Grid,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table(TableDraft);

impl Table {
    /// 1 to [`MAX_COLUMNS`] columns, at most [`MAX_ROWS`] rows, each with a cell for every column.
    pub fn parse(draft: TableDraft) -> Result<Self, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        draft.grid.check("/data", &mut faults);
        faults.characters(draft.grid.texts());
        faults.finish(Self(draft))
    }

    /// What it is made of.
    pub const fn content(&self) -> &TableDraft {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: usize, rows: Vec<usize>) -> Result<Table, Vec<FieldError>> {
        let label = Line::parse("Name").unwrap();
        let cell = Cell::parse("").unwrap();
        let columns = vec![Column { label: label.clone(), align: None }; columns];
        let rows = rows.into_iter().map(|cells| vec![cell.clone(); cells]).collect();
        Table::parse(TableDraft { title: label, grid: Grid { columns, rows } })
    }

    #[test]
    fn rows_are_as_long_as_there_are_columns() {
        assert!(table(2, vec![2, 2]).is_ok());
        assert!(table(2, Vec::new()).is_ok(), "an empty table is one");
        let faults = table(2, vec![2, 1, 2, 3]).unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["/data/rows/1", "/data/rows/3"]);
        assert_eq!(table(2, vec![1; 5000]).unwrap_err().len(), MAX_FAULTS);
    }

    #[test]
    fn columns_and_rows_are_counted() {
        assert!(table(MAX_COLUMNS, vec![MAX_COLUMNS; 3]).is_ok());
        assert_eq!(table(0, Vec::new()).unwrap_err()[0].code, "files.document_empty");
        assert_eq!(table(MAX_COLUMNS + 1, Vec::new()).unwrap_err()[0].field, "/data/columns");
        assert!(table(1, vec![1; MAX_ROWS]).is_ok());
        assert_eq!(table(1, vec![1; MAX_ROWS + 1]).unwrap_err()[0].field, "/data/rows");
    }
}
