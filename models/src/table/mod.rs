//! The data table that a model is bound to: named columns of text or numbers, with the place of each row in its source.
//!
//! A table is plain data: it reads no file. The readers of the facade make one from CSV, TSV, JSON lines, Parquet or Arrow;
//! a program makes one with [`Table::builder`].

mod builder;
mod cells;
mod column;
mod lines;
mod number;

pub use builder::{TableBuilder, TableError};
pub use cells::{TextCells, is_missing_token};
pub use column::{Cells, Column};
pub use lines::Lines;
pub use number::{MAX_COUNT, NumberError, parse_binary, parse_count, parse_real, shortest};

/// Columns of equal length under distinct headers. Rows count from 0 in this interface; messages to people count from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    name: String,
    rows: usize,
    columns: Vec<Column>,
    headers_seen: Vec<String>,
    lines: Option<Lines>,
}

impl Table {
    /// Starts a table. The name is the path of its file, or any label that messages may use.
    pub fn builder(name: impl Into<String>) -> TableBuilder {
        TableBuilder::new(name)
    }

    /// The path of the file, or the label that the table was built with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The column under a header.
    pub fn column(&self, header: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name() == header)
    }

    /// All columns that were read, in the order of the source.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The headers of all columns that were read.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(Column::name)
    }

    /// All headers of the source, also of columns that were not read: a message can name the nearest.
    pub fn headers_seen(&self) -> &[String] {
        &self.headers_seen
    }

    /// Lets go of the cells, for those who have bound the table and go on to name its rows and lines only.
    pub fn forget_cells(&mut self) {
        self.columns = Vec::new();
    }

    /// The line of the source on which a row starts, where the source has lines.
    pub fn line_of(&self, row: usize) -> Option<usize> {
        self.lines.as_ref()?.get(row)
    }
}
