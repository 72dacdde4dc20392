//! CSV and TSV: the header, and the cells of the wanted columns.

use std::collections::HashMap;
use std::io::BufRead;

use polya_models::table::{Column, Lines, Table, TextCells};

use super::error::Fault;
use super::scan::{Record, Scanner};

/// A separator with its name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Separator {
    byte: u8,
    name: &'static str,
}

/// The separator of CSV.
pub(super) const COMMA: Separator = Separator { byte: b',', name: "commas" };
/// The separator of TSV.
pub(super) const TAB: Separator = Separator { byte: b'\t', name: "tabs" };
const SEMICOLON: Separator = Separator { byte: b';', name: "semicolons" };

/// Reads the wanted columns. A wanted column that is not there is left out: who binds the table says so.
pub(super) fn read(reader: impl BufRead, separator: Separator, name: &str, wanted: &[String]) -> Result<Table, Fault> {
    let mut scanner = Scanner::new(reader, separator.byte);
    let mut record = Record::default();
    if !scanner.next(&mut record, |_| true)? {
        return Err(Fault::Empty);
    }
    let headers = headers(&record)?;
    check_names(&headers, record.line, separator, wanted)?;
    // slots[i]: which kept column the i-th cell of a row goes to.
    let mut columns: Vec<(&str, TextCells)> = Vec::new();
    let mut slots = vec![None; headers.len()];
    for (slot, header) in slots.iter_mut().zip(&headers) {
        if wanted.contains(header) {
            *slot = Some(columns.len());
            columns.push((header, TextCells::new()));
        }
    }
    let mut lines = Lines::new();
    while scanner.next(&mut record, |column| matches!(slots.get(column), Some(Some(_))))? {
        let (line, row) = (record.line, lines.len() + 1);
        if record.cells != headers.len() {
            return Err(Fault::Ragged { line, row, expected: headers.len(), found: record.cells });
        }
        lines.push(line);
        for ((_, bytes, quoted), (header, column)) in record.kept().zip(&mut columns) {
            let cell = std::str::from_utf8(bytes).map_err(|_| Fault::NotUtf8 {
                line,
                row: Some(row),
                column: Some((*header).to_owned()),
            })?;
            if quoted { column.push_label(cell) } else { column.push_cell(cell) }
        }
    }
    let mut table = Table::builder(name).rows(lines.len()).lines(lines);
    for (header, cells) in columns {
        table = table.column(Column::from_text(header, cells));
    }
    table
        .headers_seen(headers)
        .build()
        .map_err(|error| Fault::Malformed { format: "table", message: error.to_string() })
}

fn headers(record: &Record) -> Result<Vec<String>, Fault> {
    let line = record.line;
    record
        .kept()
        .map(|(_, bytes, quoted)| {
            let header =
                std::str::from_utf8(bytes).map_err(|_| Fault::NotUtf8 { line, row: None, column: None })?.trim();
            if !quoted && header.contains('\r') {
                return Err(Fault::CarriageReturns { line });
            }
            Ok(header.to_owned())
        })
        .collect()
}

fn check_names(headers: &[String], line: usize, separator: Separator, wanted: &[String]) -> Result<(), Fault> {
    let mut seen = HashMap::new();
    for (position, header) in headers.iter().enumerate().filter(|(_, header)| !header.is_empty()) {
        if let Some(first) = seen.insert(header, position) {
            return Err(Fault::DuplicateHeader {
                line: Some(line),
                header: header.clone(),
                columns: (first + 1, position + 1),
            });
        }
    }
    if wanted.iter().any(String::is_empty) && headers.iter().any(String::is_empty) {
        return Err(Fault::NamelessColumn { line });
    }
    let [header] = headers else { return Ok(()) };
    for other in [COMMA, TAB, SEMICOLON].into_iter().filter(|other| other.byte != separator.byte) {
        let mut parts = header.split(char::from(other.byte)).map(|part| part.trim().trim_matches('"'));
        if !wanted.contains(header)
            && header.contains(char::from(other.byte))
            && parts.any(|part| wanted.iter().any(|name| name == part))
        {
            return Err(Fault::Separator { line, header: header.clone(), found: other.name, expected: separator.name });
        }
    }
    Ok(())
}
