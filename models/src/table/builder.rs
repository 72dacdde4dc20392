//! Putting a table together, from a program or from a reader.

use std::collections::HashSet;

use super::{Column, Lines, Table, TextCells};

/// Why columns make no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Two columns under one header.
    #[error("two columns are called `{header}`")]
    DuplicateHeader {
        /// The header.
        header: String,
    },
    /// A column longer or shorter than those before it.
    #[error("column `{header}` has {found} rows, and the table has {expected}")]
    UnequalLengths {
        /// The header of the column.
        header: String,
        /// The number of rows of the table so far.
        expected: usize,
        /// The number of rows of the column.
        found: usize,
    },
}

/// A table being put together.
///
/// ```
/// use polya_models::table::Table;
///
/// let table = Table::builder("trials")
///     .text("region", ["north", "south", "NA"])
///     .numbers("n", vec![10.0, 12.0, 9.0])
///     .build()?;
/// assert_eq!(table.rows(), 3);
/// assert!(table.column("region").is_some_and(|region| region.is_missing(2)));
/// # Ok::<(), polya_models::table::TableError>(())
/// ```
#[derive(Debug, Clone)]
pub struct TableBuilder {
    name: String,
    rows: Option<usize>,
    columns: Vec<Column>,
    headers_seen: Option<Vec<String>>,
    lines: Option<Lines>,
}

impl TableBuilder {
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), rows: None, columns: Vec::new(), headers_seen: None, lines: None }
    }

    /// Adds a column of text read as a file's cells are: trimmed; empty, `NA`, `NaN` and `null` are missing.
    pub fn text<I>(self, header: impl Into<String>, cells: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut column = TextCells::new();
        for cell in cells {
            column.push_cell(cell.as_ref());
        }
        self.column(Column::from_text(header, column))
    }

    /// Adds a column of labels, each a `&str` or an `Option<&str>`: trimmed; only `None` and the empty label are missing, so
    /// `"NA"` is a label.
    pub fn labels<'a, I>(self, header: impl Into<String>, labels: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<Option<&'a str>>,
    {
        let mut column = TextCells::new();
        for label in labels {
            match label.into() {
                Some(label) => column.push_label(label),
                None => column.push_missing(),
            }
        }
        self.column(Column::from_text(header, column))
    }

    /// Adds a column of numbers, NaN where missing.
    pub fn numbers(self, header: impl Into<String>, values: Vec<f64>) -> Self {
        self.column(Column::from_numbers(header, values))
    }

    /// Adds a column.
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// Says how many rows the table has: needed only where no column is kept.
    pub fn rows(mut self, rows: usize) -> Self {
        self.rows = Some(rows);
        self
    }

    /// Says which headers the source has, where it has more than are kept.
    pub fn headers_seen(mut self, headers: Vec<String>) -> Self {
        self.headers_seen = Some(headers);
        self
    }

    /// Says on which line of the source each row starts.
    pub fn lines(mut self, lines: Lines) -> Self {
        self.lines = Some(lines);
        self
    }

    /// The table, if its columns fit together.
    pub fn build(self) -> Result<Table, TableError> {
        let rows = self.rows.or_else(|| self.columns.first().map(Column::len)).unwrap_or(0);
        let mut headers = HashSet::new();
        for column in &self.columns {
            let header = column.name().to_owned();
            if !headers.insert(column.name()) {
                return Err(TableError::DuplicateHeader { header });
            }
            if column.len() != rows {
                return Err(TableError::UnequalLengths { header, expected: rows, found: column.len() });
            }
        }
        let headers_seen =
            self.headers_seen.unwrap_or_else(|| self.columns.iter().map(|column| column.name().to_owned()).collect());
        Ok(Table { name: self.name, rows, columns: self.columns, headers_seen, lines: self.lines })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_must_fit_together() {
        let twice = Table::builder("t").numbers("a", vec![1.0]).numbers("a", vec![2.0]).build();
        assert_eq!(twice, Err(TableError::DuplicateHeader { header: "a".to_owned() }));
        let uneven = Table::builder("t").numbers("a", vec![1.0]).text("b", ["x", "y"]).build();
        assert_eq!(uneven, Err(TableError::UnequalLengths { header: "b".to_owned(), expected: 1, found: 2 }));
    }

    #[test]
    fn a_table_may_have_rows_and_no_column() -> Result<(), TableError> {
        let table = Table::builder("t").rows(7).headers_seen(vec!["x".to_owned()]).build()?;
        assert_eq!((table.rows(), table.columns().len()), (7, 0));
        assert_eq!(table.headers_seen(), ["x"]);
        assert_eq!(table.line_of(0), None);
        Ok(())
    }

    #[test]
    fn labels_may_be_called_na() -> Result<(), TableError> {
        let table = Table::builder("t").labels("country", [Some("NA"), None, Some(" ")]).build()?;
        assert!(
            Table::builder("t")
                .labels("country", ["NA"])
                .build()?
                .column("country")
                .is_some_and(|country| !country.is_missing(0))
        );
        let country =
            table.column("country").map(|c| (0..3).map(|row| c.text(row).map(String::from)).collect::<Vec<_>>());
        assert_eq!(country, Some(vec![Some("NA".to_owned()), None, None]));
        Ok(())
    }
}
