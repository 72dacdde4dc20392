//! What can be wrong with a data file, and where.

use std::io;

/// A data file that cannot be read as a table: which file, what is wrong with it, and where.
#[derive(Debug, thiserror::Error)]
#[error("{file}{}: {fault}", self.place())]
pub struct ReadError {
    file: String,
    fault: Fault,
}

/// What is wrong with a data file. Lines and rows count from 1; row 1 is the first data row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// There is no such file.
    #[error("no such file")]
    NotFound,
    /// The path names a folder.
    #[error("this is a folder, not a file")]
    IsFolder,
    /// The system does not allow reading.
    #[error("reading is not permitted")]
    NotPermitted,
    /// Reading failed.
    #[error("reading failed: {0}")]
    Io(io::Error),
    /// The ending says nothing about the format.
    #[error("the ending tells no format")]
    UnknownEnding,
    /// Support of this format was left out when the program was built.
    #[error("this build reads no {format}")]
    NotBuilt {
        /// The format.
        format: &'static str,
    },
    /// The bytes are of another kind of file.
    #[error("this is {found}, not {expected}")]
    OtherFormat {
        /// What the first bytes say.
        found: &'static str,
        /// What was asked for.
        expected: &'static str,
    },
    /// Bytes that are not UTF-8.
    #[error("{} is not UTF-8", what(column.as_deref()))]
    NotUtf8 {
        /// The line.
        line: usize,
        /// The row, unless it is the header.
        row: Option<usize>,
        /// The header of the cell's column.
        column: Option<String>,
    },
    /// Nothing but blank lines.
    #[error("the file is empty: not even a header")]
    Empty,
    /// Two columns under one header.
    #[error("duplicate header: columns {} and {} are both called `{header}`", columns.0, columns.1)]
    DuplicateHeader {
        /// The line of the header, where the file has lines.
        line: Option<usize>,
        /// The header.
        header: String,
        /// The positions of the two columns, from 1.
        columns: (usize, usize),
    },
    /// A column without a name is wanted.
    #[error("a column without a header cannot be used")]
    NamelessColumn {
        /// The line of the header.
        line: usize,
    },
    /// A header beyond any sensible number of columns.
    #[error("more than {limit} columns")]
    TooManyColumns {
        /// The line.
        line: usize,
        /// The largest number of columns.
        limit: usize,
    },
    /// The header is cut at another separator than the file's.
    #[error("the header is one cell, `{header}`: {found} instead of {expected} between the cells")]
    Separator {
        /// The line of the header.
        line: usize,
        /// The header as read.
        header: String,
        /// The separator that seems meant.
        found: &'static str,
        /// The separator of the format.
        expected: &'static str,
    },
    /// Lines end in a carriage return alone.
    #[error("lines end in a carriage return alone")]
    CarriageReturns {
        /// The line.
        line: usize,
    },
    /// A row with more or fewer cells than the header.
    #[error("row {row} has {found} cells, and the header has {expected}")]
    Ragged {
        /// The line on which the row starts.
        line: usize,
        /// The row.
        row: usize,
        /// The number of headers.
        expected: usize,
        /// The number of cells.
        found: usize,
    },
    /// A quoted cell that is still open at the end of the file.
    #[error("the quote that opens here is never closed")]
    UnclosedQuote {
        /// The line of the opening quote.
        line: usize,
    },
    /// Something between a closing quote and the next separator.
    #[error("text after a closing quote")]
    TextAfterQuote {
        /// The line.
        line: usize,
    },
    /// A line that is no JSON.
    #[error("row {row} is no valid JSON: {message} (at byte {byte} of the line)")]
    InvalidJson {
        /// The line.
        line: usize,
        /// The row.
        row: usize,
        /// Where in the line, from 1.
        byte: usize,
        /// What is wrong.
        message: String,
    },
    /// A line that is JSON, but no object.
    #[error("row {row} is {found}, not an object")]
    NotAnObject {
        /// The line.
        line: usize,
        /// The row.
        row: usize,
        /// What it is instead.
        found: &'static str,
    },
    /// An object or array as a value.
    #[error("row {row} has {found} under `{key}`, and a cell is a number, a string, true, false or null")]
    NestedValue {
        /// The line.
        line: usize,
        /// The row.
        row: usize,
        /// The key.
        key: String,
        /// What stands there.
        found: &'static str,
    },
    /// One key twice in an object.
    #[error("row {row} has the key `{key}` twice")]
    DuplicateKey {
        /// The line.
        line: usize,
        /// The row.
        row: usize,
        /// The key.
        key: String,
    },
    /// A column whose type has no cells that a table can hold.
    #[error("column `{column}` is of type {kind}, which a table cannot hold")]
    UnsupportedType {
        /// The column.
        column: String,
        /// Its type.
        kind: String,
    },
    /// The bytes are no valid file of their format.
    #[error("this is no valid {format} file: {message}")]
    Malformed {
        /// The format.
        format: &'static str,
        /// What the format's reader says.
        message: String,
    },
}

impl ReadError {
    pub(super) fn new(file: impl Into<String>, fault: Fault) -> Self {
        Self { file: file.into(), fault }
    }

    /// The file, as it was named.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What is wrong.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// The line of the file, from 1.
    pub fn line(&self) -> Option<usize> {
        self.fault.line()
    }

    /// The row of data, from 1.
    pub fn row(&self) -> Option<usize> {
        self.fault.row()
    }

    /// Whether the machine failed rather than the request: a file that exists cannot be read.
    pub fn is_machine_failure(&self) -> bool {
        matches!(self.fault, Fault::Io(_) | Fault::NotPermitted)
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        self.fault.help()
    }

    fn place(&self) -> String {
        self.line().map_or_else(String::new, |line| format!(":{line}"))
    }
}

impl Fault {
    pub(super) fn at(self, file: &str) -> ReadError {
        ReadError::new(file, self)
    }

    /// The fault behind an I/O error.
    pub(super) fn io(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::NotPermitted,
            io::ErrorKind::IsADirectory => Self::IsFolder,
            _ => Self::Io(error),
        }
    }

    fn line(&self) -> Option<usize> {
        match self {
            Self::DuplicateHeader { line, .. } => *line,
            Self::NotUtf8 { line, .. }
            | Self::NamelessColumn { line }
            | Self::TooManyColumns { line, .. }
            | Self::Separator { line, .. }
            | Self::CarriageReturns { line }
            | Self::Ragged { line, .. }
            | Self::UnclosedQuote { line }
            | Self::TextAfterQuote { line }
            | Self::InvalidJson { line, .. }
            | Self::NotAnObject { line, .. }
            | Self::NestedValue { line, .. }
            | Self::DuplicateKey { line, .. } => Some(*line),
            _ => None,
        }
    }

    fn row(&self) -> Option<usize> {
        match self {
            Self::NotUtf8 { row, .. } => *row,
            Self::Ragged { row, .. }
            | Self::InvalidJson { row, .. }
            | Self::NotAnObject { row, .. }
            | Self::NestedValue { row, .. }
            | Self::DuplicateKey { row, .. } => Some(*row),
            _ => None,
        }
    }

    fn help(&self) -> Option<&'static str> {
        match self {
            Self::UnknownEnding => Some("name the format: --data-format csv, tsv, jsonl, parquet or arrow"),
            Self::NotBuilt { .. } => Some("build with the feature `parquet`, or convert the file to CSV"),
            Self::OtherFormat { .. } => Some("convert the file, or name its format with --data-format"),
            Self::NotUtf8 { .. } => Some("convert the file to UTF-8: iconv -f LATIN1 -t UTF-8"),
            Self::Empty => Some("the first line names the columns"),
            Self::Separator { .. } => {
                Some("CSV is cut at commas and TSV at tabs, and decimals have a point; for TSV, --data-format tsv")
            }
            Self::CarriageReturns { .. } => Some("end lines with LF or CRLF: tr '\\r' '\\n'"),
            Self::Ragged { found, expected, .. } if found > expected => {
                Some("a cell that holds a separator, a decimal comma too, stands in double quotes")
            }
            Self::Ragged { .. } => Some("every row has a cell for each header; an empty one is missing"),
            Self::UnclosedQuote { .. } | Self::TextAfterQuote { .. } => {
                Some("a quote within a quoted cell is doubled: \"5\"\" pipe\"")
            }
            Self::NotAnObject { found: "an array", .. } => {
                Some("JSON lines has one object a line: jq -c '.[]' makes it from an array")
            }
            Self::NotAnObject { .. } | Self::InvalidJson { .. } => {
                Some("JSON lines has one object a line, such as {\"group\": \"a\", \"n\": 12}")
            }
            Self::UnsupportedType { .. } => Some("store it as text, a number or a boolean"),
            _ => None,
        }
    }
}

fn what(column: Option<&str>) -> String {
    column.map_or_else(|| "the text".to_owned(), |column| format!("the cell of column `{column}`"))
}
