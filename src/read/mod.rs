//! Readers: a data file becomes a [`Table`], with only the columns that are wanted.
//!
//! CSV and TSV follow RFC 4180 in UTF-8, with or without BOM, with LF or CRLF. Beyond the standard: headers and cells are
//! trimmed, blanks around a quoted cell are no text, a quote inside an unquoted cell stands for itself, and lines of nothing
//! but blanks are skipped, as R and pandas do (in a file of one column too, where a missing cell is written `NA` or `""`).
//! In JSON lines every line is an object; a key that is absent from a row is a missing cell, a string is a label whatever it
//! says (`"NA"` too), and a number keeps its digits.

#[cfg(feature = "parquet")]
mod arrow;
mod delimited;
mod digest;
mod error;
mod json_lines;
mod scan;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use polya_models::table::Table;

pub use digest::{Sha256Text, sha256};
pub use error::{Fault, ReadError};

use digest::Digested;

/// The format of a data file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One JSON object a line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC, file or stream; also Feather 2.
    ArrowIpc,
}

impl Format {
    /// The format that the ending of a path tells.
    pub fn of(path: &Path) -> Option<Self> {
        Self::from_name(path.extension()?.to_str()?)
    }

    /// The format under a name, as `--data-format` has it; endings are names too.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines),
            "parquet" | "pq" => Some(Self::Parquet),
            "arrow" | "arrows" | "ipc" | "feather" => Some(Self::ArrowIpc),
            _ => None,
        }
    }

    /// The format's name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::JsonLines => "JSON lines",
            Self::Parquet => "Parquet",
            Self::ArrowIpc => "Arrow IPC",
        }
    }
}

/// A table with the fingerprint of the bytes that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The table.
    pub table: Table,
    /// The SHA-256 of the bytes, in hexadecimal.
    pub sha256: Sha256Text,
    /// The number of bytes.
    pub bytes: u64,
}

/// Reads a file, in the given format or the one that its ending tells.
pub fn file(path: &Path, format: Option<Format>, wanted: &[String]) -> Result<Loaded, ReadError> {
    let name = path.display().to_string();
    let opened = open(path).map_err(|fault| fault.at(&name))?;
    let format = format.or_else(|| Format::of(path)).ok_or_else(|| Fault::UnknownEnding.at(&name))?;
    match format {
        Format::Csv => csv(opened, &name, wanted),
        Format::Tsv => tsv(opened, &name, wanted),
        Format::JsonLines => json_lines(opened, &name, wanted),
        Format::Parquet | Format::ArrowIpc => columnar(opened, format, &name, wanted),
    }
}

/// Reads standard input, whose name in messages is `-`.
pub fn stdin(format: Format, wanted: &[String]) -> Result<Loaded, ReadError> {
    let input = io::stdin().lock();
    match format {
        Format::Csv => csv(input, "-", wanted),
        Format::Tsv => tsv(input, "-", wanted),
        Format::JsonLines => json_lines(input, "-", wanted),
        Format::Parquet | Format::ArrowIpc => columnar(input, format, "-", wanted),
    }
}

/// Reads comma-separated values. The name stands in messages.
pub fn csv(reader: impl Read, name: &str, wanted: &[String]) -> Result<Loaded, ReadError> {
    text(reader, name, |reader| delimited::read(reader, delimited::COMMA, name, wanted))
}

/// Reads tab-separated values. The name stands in messages.
pub fn tsv(reader: impl Read, name: &str, wanted: &[String]) -> Result<Loaded, ReadError> {
    text(reader, name, |reader| delimited::read(reader, delimited::TAB, name, wanted))
}

/// Reads one JSON object a line. The name stands in messages.
pub fn json_lines(reader: impl Read, name: &str, wanted: &[String]) -> Result<Loaded, ReadError> {
    text(reader, name, |reader| json_lines::read(reader, name, wanted))
}

fn open(path: &Path) -> Result<File, Fault> {
    let file = File::open(path).map_err(Fault::io)?;
    if file.metadata().map_err(Fault::io)?.is_dir() {
        return Err(Fault::IsFolder);
    }
    Ok(file)
}

/// Digests the bytes while a reader of text consumes them.
fn text<R: Read>(
    reader: R,
    name: &str,
    read: impl FnOnce(&mut scan::Text<Digested<R>>) -> Result<Table, Fault>,
) -> Result<Loaded, ReadError> {
    let mut text = scan::Text::open(Digested::new(reader)).map_err(|fault| fault.at(name))?;
    let table = read(&mut text).map_err(|fault| fault.at(name))?;
    let (sha256, bytes) = text.into_inner().finish();
    Ok(Loaded { table, sha256, bytes })
}

#[cfg(feature = "parquet")]
fn columnar(reader: impl Read, format: Format, name: &str, wanted: &[String]) -> Result<Loaded, ReadError> {
    let mut reader = Digested::new(reader);
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|error| Fault::io(error).at(name))?;
    let table = arrow::read(bytes, format, name, wanted).map_err(|fault| fault.at(name))?;
    let (sha256, bytes) = reader.finish();
    Ok(Loaded { table, sha256, bytes })
}

#[cfg(not(feature = "parquet"))]
fn columnar(_: impl Read, format: Format, name: &str, _: &[String]) -> Result<Loaded, ReadError> {
    Err(Fault::NotBuilt { format: format.name() }.at(name))
}

#[cfg(test)]
mod tests;
