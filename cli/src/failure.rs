//! What goes to the user when nothing can be given: a message with its place and its help.

use std::ops::Range;

use polya::FitError;
use polya::keep::KeepError;
use polya::read::ReadError;
use serde::Serialize;

use crate::{BROKEN, WRONG};

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where.
    pub place: Box<Place>,
    /// The text that `span` points into.
    pub excerpt: Option<Box<Excerpt>>,
}

/// Where something is wrong; lines, columns and rows count from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file.
    pub file: Option<String>,
    /// The line.
    pub line: Option<usize>,
    /// The column, in characters.
    pub column: Option<usize>,
    /// The row of data.
    pub row: Option<usize>,
}

/// A piece of a model's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The whole text.
    pub text: String,
    /// The bytes concerned.
    pub span: Range<usize>,
    /// Where in the data, in words.
    pub note: Option<String>,
}

/// What is wrong with a model, its data or a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where in the model's text.
    pub span: Option<Range<usize>>,
    /// Which row of the table, from 1.
    pub row: Option<usize>,
    /// Whether it lies in the table rather than in the model.
    pub in_data: bool,
    /// Whether the machine failed.
    pub machine: bool,
}

impl From<polya::Error> for Fault {
    fn from(error: polya::Error) -> Self {
        Self {
            message: error.message(),
            help: error.help(),
            span: error.span(),
            row: error.row(),
            in_data: error.in_data,
            machine: false,
        }
    }
}

impl From<FitError> for Fault {
    fn from(error: FitError) -> Self {
        let message = error.to_string();
        match error {
            FitError::NoStart { span, .. } => Self { message, span, ..Self::default() },
            FitError::Setting { .. } => Self { message, ..Self::default() },
            FitError::Pass { .. } => {
                let help = Some("sample the model as written: --no-integrate".to_owned());
                Self { message, help, ..Self::default() }
            }
            _ => Self { message, machine: true, ..Self::default() },
        }
    }
}

/// A table that a fault may lie in.
#[derive(Debug, Clone, Copy)]
pub struct InTable<'a>(pub Option<&'a polya::Table>);

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    code: u8,
    message: &'a str,
    place: &'a Place,
    help: Option<&'a str>,
}

impl Failure {
    /// The request is wrong.
    pub fn request(message: impl Into<String>) -> Self {
        Self { code: WRONG, message: message.into(), help: None, place: Box::default(), excerpt: None }
    }

    /// The machine failed.
    pub fn machine(message: impl Into<String>) -> Self {
        Self { code: BROKEN, ..Self::request(message) }
    }

    /// The same with help.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into()).filter(|help| !help.is_empty());
        self
    }

    /// The same at a file.
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.place.file = Some(file.into());
        self
    }

    /// A fault of a model or of the data bound to it.
    pub fn of_model(fault: impl Into<Fault>, file: &str, text: &str, table: InTable<'_>) -> Self {
        let fault = fault.into();
        let mut failure = if fault.machine { Self::machine(fault.message) } else { Self::request(fault.message) };
        failure.help = fault.help;
        failure.place.row = fault.row;
        let line_of_row = fault.row.and_then(|row| table.0?.line_of(row.checked_sub(1)?));
        let note = fault.row.zip(table.0).map(|(row, table)| match line_of_row {
            Some(line) => format!("row {row} of {} (line {line})", table.name()),
            None => format!("row {row} of {}", table.name()),
        });
        match (fault.span, table.0) {
            (Some(span), _) => {
                let (line, column) = position(text, span.start);
                *failure.place =
                    Place { file: Some(file.to_owned()), line: Some(line), column: Some(column), row: fault.row };
                failure.excerpt = Some(Box::new(Excerpt { text: text.to_owned(), span, note }));
            }
            (None, Some(table)) if fault.in_data => {
                failure.place.file = Some(table.name().to_owned());
                failure.place.line = line_of_row;
            }
            _ => failure.place.file = Some(file.to_owned()),
        }
        failure
    }

    /// One object `polya.error/1`.
    pub fn to_json(&self) -> String {
        let json = Json {
            schema: "polya.error/1",
            code: self.code,
            message: &self.message,
            place: &self.place,
            help: self.help.as_deref(),
        };
        serde_json::to_string(&json).unwrap_or_else(|_| "{\"schema\":\"polya.error/1\"}".to_owned())
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        let message = error.fault().to_string();
        let mut failure = if error.is_machine_failure() { Self::machine(message) } else { Self::request(message) };
        failure.help = error.help().map(str::to_owned);
        *failure.place =
            Place { file: Some(error.file().to_owned()), line: error.line(), column: None, row: error.row() };
        failure
    }
}

impl From<KeepError> for Failure {
    fn from(error: KeepError) -> Self {
        let message = error.to_string();
        let failure = if error.is_machine_failure() { Self::machine(message) } else { Self::request(message) };
        let failure = failure.in_file(error.path().display().to_string());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}

/// The line and the column of a byte, from 1; a byte order mark is no column.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let mut end = byte.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = text.get(..end).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
    (line, before.get(start..).unwrap_or_default().trim_start_matches('\u{feff}').chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let text = "\u{feff}é = 1\r\nk ~ Binomail(n)\n";
        assert_eq!(position(text, 3), (1, 1));
        assert_eq!(position(text, text.find("= 1").unwrap_or(0)), (1, 3));
        assert_eq!(position(text, text.find("Binomail").unwrap_or(0)), (2, 5));
        assert_eq!(position(text, 9999), (3, 1));
    }

    #[test]
    fn faults_in_data_know_row_and_line() -> Result<(), ReadError> {
        let table = polya::read::csv(&b"k\n1\n\n-2\n"[..], "data.csv", &["k".to_owned()])?.table;
        let fault = Fault { message: "bad".to_owned(), row: Some(2), in_data: true, ..Fault::default() };
        let plain = Failure::of_model(fault.clone(), "m.polya", "k ~ Poisson(3)\n", InTable(Some(&table)));
        assert_eq!(
            *plain.place,
            Place { file: Some("data.csv".to_owned()), line: Some(4), column: None, row: Some(2) }
        );
        let spanned = Failure::of_model(
            Fault { span: Some(4..11), ..fault },
            "m.polya",
            "k ~ Poisson(3)\n",
            InTable(Some(&table)),
        );
        assert_eq!(
            *spanned.place,
            Place { file: Some("m.polya".to_owned()), line: Some(1), column: Some(5), row: Some(2) }
        );
        assert_eq!(spanned.excerpt.and_then(|excerpt| excerpt.note), Some("row 2 of data.csv (line 4)".to_owned()));
        assert_eq!(
            plain.to_json(),
            "{\"schema\":\"polya.error/1\",\"code\":2,\"message\":\"bad\",\"place\":{\"file\":\"data.csv\",\"line\":4,\"column\":null,\"row\":2},\"help\":null}"
        );
        Ok(())
    }
}
