//! JSON lines: one object a line, whose keys are the columns.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io::BufRead;

use polya_models::table::{Column, Lines, Table, TextCells};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::error::Fault;
use super::scan::MAX_COLUMNS;

/// Reads the wanted keys. A key that no row has makes no column; one that some rows have is missing in the others.
pub(super) fn read(mut reader: impl BufRead, name: &str, wanted: &[String]) -> Result<Table, Fault> {
    let mut keys = Keys::new(wanted);
    let mut lines = Lines::new();
    let mut buffer = Vec::new();
    let mut line = 0;
    loop {
        buffer.clear();
        if reader.read_until(b'\n', &mut buffer).map_err(Fault::io)? == 0 {
            break;
        }
        line += 1;
        let text = buffer.trim_ascii();
        if !text.is_empty() {
            keys.row(text, line)?;
            lines.push(line);
        }
    }
    if lines.is_empty() {
        return Err(Fault::Empty);
    }
    let mut table = Table::builder(name).rows(lines.len()).lines(lines);
    let mut columns = keys.columns;
    for key in &keys.order {
        if let Some((header, cells)) = columns.iter_mut().find(|(header, _)| header == key) {
            table = table.column(Column::from_text(header.as_str(), std::mem::take(cells)));
        }
    }
    table
        .headers_seen(keys.order)
        .build()
        .map_err(|error| Fault::Malformed { format: "table", message: error.to_string() })
}

/// All keys met so far, and the cells of the wanted ones.
struct Keys {
    /// In the order of their first appearance.
    order: Vec<String>,
    known: HashMap<String, Key>,
    columns: Vec<(String, TextCells)>,
    rows: usize,
}

/// One key: the row that had it last (from 1), and its column if it is wanted.
struct Key {
    last_row: usize,
    column: Option<usize>,
}

impl Keys {
    fn new(wanted: &[String]) -> Self {
        let mut columns: Vec<(String, TextCells)> = Vec::new();
        for name in wanted {
            if !columns.iter().any(|(header, _)| header == name) {
                columns.push((name.clone(), TextCells::new()));
            }
        }
        Self { order: Vec::new(), known: HashMap::new(), columns, rows: 0 }
    }

    fn row(&mut self, text: &[u8], line: usize) -> Result<(), Fault> {
        self.rows += 1;
        let row = self.rows;
        let found = match text.first() {
            Some(b'{') => None,
            Some(b'[') => Some("an array"),
            Some(b'"') => Some("a string"),
            Some(b'0'..=b'9' | b'-') => Some("a number"),
            _ if matches!(text, b"true" | b"false" | b"null") => Some("a single value"),
            _ => None,
        };
        if let Some(found) = found {
            return Err(Fault::NotAnObject { line, row, found });
        }
        if std::str::from_utf8(text).is_err() {
            return Err(Fault::NotUtf8 { line, row: Some(row), column: None });
        }
        let mut fault = None;
        let mut json = serde_json::Deserializer::from_slice(text);
        let outcome = RowSeed { keys: self, line, fault: &mut fault }.deserialize(&mut json).and_then(|()| json.end());
        if let Some(fault) = fault {
            return Err(fault);
        }
        outcome.map_err(|error| invalid(&error, line, row))?;
        for (_, cells) in &mut self.columns {
            if cells.len() < row {
                cells.push_missing();
            }
        }
        Ok(())
    }

    /// Notes a key of the current row and tells its column, if it is wanted.
    fn note(&mut self, key: Cow<'_, str>, line: usize) -> Result<Option<usize>, Fault> {
        let row = self.rows;
        if let Some(known) = self.known.get_mut(key.as_ref()) {
            if known.last_row == row {
                return Err(Fault::DuplicateKey { line, row, key: key.into_owned() });
            }
            known.last_row = row;
            return Ok(known.column);
        }
        if self.order.len() >= MAX_COLUMNS {
            return Err(Fault::TooManyColumns { line, limit: MAX_COLUMNS });
        }
        let column = self.columns.iter().position(|(header, _)| *header == key);
        self.order.push(key.as_ref().to_owned());
        self.known.insert(key.into_owned(), Key { last_row: row, column });
        Ok(column)
    }

    fn cell(&mut self, column: usize, value: &RawValue, line: usize) -> Result<(), Fault> {
        let row = self.rows;
        let Some((key, cells)) = self.columns.get_mut(column) else { return Ok(()) };
        let text = value.get();
        match text.as_bytes().first() {
            Some(b'n') => cells.push_missing(),
            Some(b'"') => {
                cells.push_label(&serde_json::from_str::<String>(text).map_err(|error| invalid(&error, line, row))?)
            }
            Some(b'{') => return Err(Fault::NestedValue { line, row, key: key.clone(), found: "an object" }),
            Some(b'[') => return Err(Fault::NestedValue { line, row, key: key.clone(), found: "an array" }),
            _ => cells.push_label(text),
        }
        Ok(())
    }
}

fn invalid(error: &serde_json::Error, line: usize, row: usize) -> Fault {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or_default().to_owned();
    Fault::InvalidJson { line, row, byte: error.column(), message }
}

/// Reads one object into the columns; a fault of its own leaves by `fault`.
struct RowSeed<'a> {
    keys: &'a mut Keys,
    line: usize,
    fault: &'a mut Option<Fault>,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Text(key)) = map.next_key::<Text<'de>>()? {
            let stored = match self.keys.note(key, self.line) {
                Ok(Some(column)) => self.keys.cell(column, map.next_value::<&RawValue>()?, self.line),
                Ok(None) => {
                    map.next_value::<IgnoredAny>()?;
                    Ok(())
                }
                Err(fault) => Err(fault),
            };
            if let Err(fault) = stored {
                *self.fault = Some(fault);
                return Err(serde::de::Error::custom("a fault of the row"));
            }
        }
        Ok(())
    }
}

/// A string, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
